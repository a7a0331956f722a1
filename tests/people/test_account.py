import json

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail import hooks

from participation.people.hooks import Section
from participation.people.models import Organisation
from tests import factories


def test_my_space_says_who_i_am(client, resident, territories, organisation):
    resident.commune = territories["04070"]
    resident.save()
    factories.set_member(organisation, resident, speaks=True)
    client.force_login(resident)

    page = client.get(reverse("people:account"))

    for text in ["Mireille du Bléone", resident.email, "Digne-les-Bains", "Ville de Digne-les-Bains", "Se déconnecter"]:
        assert text in page.text


def test_my_space_costs_the_same_whatever_it_lists(client, resident):
    client.force_login(resident)
    client.get(reverse("people:account"))
    costs = []

    for names in ["A", "BCDEFGH"]:
        for name in names:
            carrier = factories.an_organisation(f"Pays {name}", kind=Organisation.Kind.EPCI, contact="04 92 00 00 00")
            factories.set_member(carrier, resident, speaks=True)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("people:account"))
        costs.append(len(queries))

    assert page.text.count("04 92 00 00 00") == 8
    assert costs[0] == costs[1]


def test_the_rooms_above_add_their_sections_in_order(client, resident):
    client.force_login(resident)

    def section(order, title):
        return Section(order, "components/empty_state.html", {"title": title})

    with (
        hooks.register_temporarily("register_account_section", lambda request: section(200, "Mes abonnements")),
        hooks.register_temporarily(
            "register_account_section", lambda request: section(100, f"Les mots de {request.user}")
        ),
        hooks.register_temporarily("register_account_section", lambda request: None),
    ):
        page = client.get(reverse("people:account")).text

    assert page.index("Qui je suis") < page.index("Les mots de Mireille du Bléone") < page.index("Mes abonnements")


def test_i_change_my_pseudonym_and_my_commune(client, resident, territories):
    client.force_login(resident)
    page = client.get(reverse("people:profile"))
    assert 'value="Mireille du Bléone"' in page.text

    page = client.post(
        reverse("people:profile"), {"pseudonym": "MIREILLE du Bléone", "commune": territories["04209"].pk}, follow=True
    )

    assert "Votre profil est modifié." in page.text
    resident.refresh_from_db()
    assert (resident.pseudonym, resident.commune.name) == ("MIREILLE du Bléone", "Sisteron")


def test_i_cannot_take_the_pseudonym_of_another(client, resident):
    factories.a_user("Paul de Thoard")
    client.force_login(resident)

    page = client.post(reverse("people:profile"), {"pseudonym": "paul de thoard"})

    assert page.status_code == 422
    assert "Quelqu’un a déjà ce pseudonyme" in page.text
    resident.refresh_from_db()
    assert resident.pseudonym == "Mireille du Bléone"


def test_what_is_held_about_me_comes_in_one_file(client, resident, organisation):
    factories.set_member(organisation, resident, speaks=True)
    client.force_login(resident)

    with hooks.register_temporarily("register_personal_data", lambda user: ("contributions", [{"text": f"de {user}"}])):
        response = client.get(reverse("people:my_data"))

    data = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="mes-donnees.json"'
    assert "Mireille du Bléone" in response.text  # readable as it is, accents included
    assert data["account"]["email"] == resident.email
    assert data["account"]["organisations"] == [{"name": organisation.name, "edits": False, "speaks": True}]
    assert data["contributions"] == [{"text": "de Mireille du Bléone"}]
    assert "password" not in response.text


def test_my_space_says_whom_to_write_to(client, resident):
    client.force_login(resident)
    assert "les mentions légales disent comment les joindre" in client.get(reverse("people:account")).text

    factories.an_organisation("Provence Alpes Agglomération", kind=Organisation.Kind.EPCI, contact="dpo@exemple.fr")

    page = client.get(reverse("people:account")).text
    assert "Provence Alpes Agglomération" in page
    assert 'href="mailto:dpo@exemple.fr"' in page
