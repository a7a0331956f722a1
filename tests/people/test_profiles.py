"""Verified profiles: who asks for one, who answers, and what everybody then reads."""

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from wagtail.models import ModelLogEntry

from participation.consultations import actions as consultations
from participation.consultations.models import Consultation, Reason
from participation.people import actions
from participation.people.models import Membership, Organisation, ProfileRequest, Role, User
from tests import factories

pytestmark = pytest.mark.django_db

ASKED = {
    "name": "Collectif Vélo Bléone",
    "kind": "collective",
    "territory": "",
    "presentation": "On compte les vélos.",
    "website": "",
    "mandate": "L’assemblée du 3 mars, compte rendu sur demande.",
}
ASK = "/compte/organisations/demander/"


@pytest.fixture
def animator(db):
    actions.set_up_roles()
    return factories.a_user("Maëlle", role=Role.ANIMATOR)


@pytest.fixture
def asked(resident) -> ProfileRequest:
    return actions.ask_for_profile(resident, **{**ASKED, "territory": None})


def answer_address(asked: ProfileRequest) -> str:
    return reverse("wagtailsnippets_people_profilerequest:answer", args=[asked.pk])


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_resident_asks_and_animators_are_written_to(client, resident, animator, django_capture_on_commit_callbacks):
    client.force_login(resident)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(ASK, ASKED)

    asked = ProfileRequest.objects.get()
    assert response.url == reverse("people:account")
    assert (asked.by, asked.state) == (resident, "waiting")
    assert [letter.to for letter in mail.outbox] == [[animator.email]]
    assert answer_address(asked) in mail.outbox[0].body
    assert "Collectif Vélo Bléone" in client.get(reverse("people:account")).text
    assert not Organisation.objects.exists()


def test_what_a_visitor_typed_waits_until_they_are_signed_in(client, resident):
    response = client.post(ASK, ASKED)
    assert response.url.startswith("/compte/")

    client.login(email=resident.email, password=factories.PASSWORD)

    page = client.get(reverse("people:resume")).text
    assert "<strong>Collectif Vélo Bléone</strong>" in page
    assert "L’assemblée du 3 mars" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " \N{ZERO WIDTH SPACE} "),
        ("name", "x" * 121),
        ("kind", "royaume"),
        ("presentation", "x" * 10_000),
        ("website", "javascript:alert(1)"),
        ("mandate", ""),
        ("territory", "999999"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, resident, field, value):
    client.force_login(resident)

    response = client.post(ASK, {**ASKED, field: value})

    assert response.status_code == 422
    assert "L’assemblée du 3 mars" in response.text or field == "mandate"
    assert not ProfileRequest.objects.exists()


def test_a_name_on_two_lines_is_one(client, resident):
    client.force_login(resident)

    client.post(ASK, {**ASKED, "name": "Collectif\r\nBcc: tous@exemple.fr"})

    assert ProfileRequest.objects.get().name == "Collectif Bcc: tous@exemple.fr"


def test_the_same_request_sent_twice_is_one_and_nobody_asks_without_end(client, resident):
    client.force_login(resident)

    for name in ["A", "A", "B", "C", "D"]:
        client.post(ASK, {**ASKED, "name": f"Collectif {name}"})

    assert sorted(ProfileRequest.objects.values_list("name", flat=True)) == [
        "Collectif A",
        "Collectif B",
        "Collectif C",
    ]


def test_one_takes_one_s_own_request_back_while_it_waits(client, asked, resident):
    address = reverse("people:take_profile_back", args=[asked.pk])
    client.force_login(factories.a_user())
    assert client.post(address).status_code == 404

    client.force_login(resident)
    client.post(address)

    assert not ProfileRequest.objects.exists()


# ── Answering ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_animator_accepts_the_organisation_is_verified_and_the_asker_has_its_mandate(
    client, asked, animator, resident, django_capture_on_commit_callbacks
):
    client.force_login(animator)
    assert "L’assemblée du 3 mars" in client.get(answer_address(asked)).text

    with django_capture_on_commit_callbacks(execute=True):
        client.post(answer_address(asked), {"act": "accept", "organisation": "", "checked": "Compte rendu lu."})

    organisation = Organisation.objects.get()
    member = Membership.objects.get()
    assert (organisation.name, organisation.slug) == ("Collectif Vélo Bléone", "collectif-velo-bleone")
    assert (organisation.verified_by, organisation.checked) == (animator, "Compte rendu lu.")
    assert (member.user, member.edits, member.speaks) == (resident, False, True)
    assert [letter.to for letter in mail.outbox] == [[resident.email]]
    assert organisation.get_absolute_url() in mail.outbox[0].body
    assert client.get(organisation.get_absolute_url()).status_code == 200
    history = ModelLogEntry.objects.for_instance(organisation)
    assert set(history.values_list("action", "user")) == {
        ("wagtail.create", animator.pk),
        ("people.verify", animator.pk),
    }


def test_the_menu_says_how_many_wait_to_those_who_answer(client, asked, animator, moderator):
    client.force_login(animator)
    assert "Demandes de profil (1)" in client.get(reverse("wagtailadmin_home")).text
    actions.decline_profile_request(asked, animator, answer="Non.")
    assert "Demandes de profil (" not in client.get(reverse("wagtailadmin_home")).text

    client.force_login(moderator)
    assert "Demandes de profil" not in client.get(reverse("wagtailadmin_home")).text


def test_an_organisation_that_is_known_is_not_made_twice(client, asked, animator, resident):
    known = factories.an_organisation("Collectif Vélo Bléone")
    factories.set_member(known, resident, edits=True)
    client.force_login(animator)

    response = client.post(answer_address(asked), {"act": "accept", "organisation": "", "checked": "Vu."})
    assert response.status_code == 422
    client.post(answer_address(asked), {"act": "accept", "organisation": known.pk, "checked": "Vu."})

    member = Membership.objects.get()
    assert (member.organisation, member.edits, member.speaks) == (known, True, True)
    assert [entry.action for entry in ModelLogEntry.objects.for_instance(known)] == ["people.verify"]


@pytest.mark.parametrize(
    ("act", "words"), [("accept", {"checked": " "}), ("decline", {"answer": " "}), ("effacer", {"answer": "Non."})]
)
def test_no_answer_without_its_reason(client, asked, animator, act, words):
    client.force_login(animator)

    response = client.post(answer_address(asked), {"act": act, **words})

    assert response.status_code == 422
    asked.refresh_from_db()
    assert asked.waits
    assert not Organisation.objects.exists()


def test_declined_the_asker_is_told_why_and_may_ask_again(
    client, asked, animator, resident, django_capture_on_commit_callbacks
):
    client.force_login(animator)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(answer_address(asked), {"act": "decline", "answer": "Il manque le compte rendu."})

    assert "Il manque le compte rendu." in mail.outbox[0].body
    client.force_login(resident)
    assert "Il manque le compte rendu." in client.get(reverse("people:account")).text
    assert client.post(ASK, ASKED).status_code == 302
    assert ProfileRequest.objects.count() == 2


def test_the_second_of_two_answers_is_refused(asked, animator):
    actions.decline_profile_request(asked, animator, answer="Non.")

    with pytest.raises(ValidationError):
        actions.accept_profile_request(asked, animator, checked="Vu.")

    assert not Organisation.objects.exists()


def test_nobody_else_answers_or_verifies(client, asked, resident, moderator, agent, organisation):
    for person in (resident, moderator, agent):
        client.force_login(person)
        client.post(answer_address(asked), {"act": "accept", "checked": "Vu."})
        client.post(
            reverse("wagtailsnippets_people_organisation:verification", args=[organisation.pk]),
            {"act": "verify", "checked": "Vu."},
        )
        with pytest.raises(PermissionDenied):
            actions.verify(organisation, person, checked="Vu.")
        with pytest.raises(PermissionDenied):
            actions.accept_profile_request(asked, person, checked="Vu.")

    assert not Organisation.objects.verified().exists()


def test_an_animator_verifies_and_takes_it_back(client, organisation, animator):
    address = reverse("wagtailsnippets_people_organisation:verification", args=[organisation.pk])
    client.force_login(animator)

    client.post(address, {"act": "verify", "checked": "Délibération du 3 mars."})
    organisation.refresh_from_db()
    public = client.get(organisation.get_absolute_url()).status_code
    assert "Délibération du 3 mars." in client.get(address).text
    client.post(address, {"act": "unverify"})

    assert (organisation.verified_by, public) == (animator, 200)
    assert client.get(organisation.get_absolute_url()).status_code == 404


# ── What everybody reads ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def collective(db):
    return factories.a_verified_organisation("Collectif Vélo Bléone", presentation="On compte les vélos.")


def test_the_profile_says_who_it_is_and_what_it_says(client, forum, spokeswoman, collective):
    factories.a_topic(forum, spokeswoman, "Un arceau", "Devant la gare.", on_behalf_of=collective)
    factories.a_topic(forum, spokeswoman, "Autre", "Ceci est de moi.")

    response = client.get(collective.get_absolute_url())

    for words in ["Profil vérifié le", "On compte les vélos.", "Devant la gare.", "Aïcha"]:
        assert words in response.text
    assert "Ceci est de moi." not in response.text
    assert "noindex" in response["X-Robots-Tag"]
    assert "Vu." not in response.text


def test_it_shows_nothing_that_its_reader_may_not_read(client, organisation, spokeswoman, collective, moderator):
    among = factories.a_forum(
        consultation=factories.a_consultation(
            "Entre nous", organiser=organisation, access=Consultation.Access.INVITED, guests=[spokeswoman]
        )
    )
    trial = factories.a_forum(
        consultation=factories.a_consultation("Essai", organiser=organisation, is_trial=True, guests=[spokeswoman])
    )
    public = factories.a_forum(consultation=factories.a_consultation("Pour tous", organiser=organisation))
    for forum, words in [(among, "Secret."), (trial, "Répétition."), (public, "Retiré.")]:
        topic = factories.a_topic(forum, spokeswoman, words, words, on_behalf_of=collective)
    consultations.withhold(topic, moderator, reason=Reason.OFF_TOPIC)

    page = client.get(collective.get_absolute_url()).text
    client.force_login(spokeswoman)
    own = client.get(collective.get_absolute_url()).text

    assert not [words for words in ("Secret.", "Répétition.", "Retiré.") if words in page]
    assert "Secret." in own
    assert "Répétition." not in own


def test_one_that_is_not_verified_has_no_profile_and_is_not_listed(client, organisation, collective):
    listed = client.get("/participation/organisations/").text

    assert "Collectif Vélo Bléone" in listed
    assert organisation.name not in listed
    assert client.get(organisation.get_absolute_url()).status_code == 404
    assert "Aucune organisation" in client.get("/participation/organisations/", {"q": "zzz", "page": "9" * 30}).text


def test_one_gives_the_mandate_back_and_stays_an_editor(client, collective, spokeswoman):
    editor = factories.a_user("Rédactrice", edits=[collective], speaks=[collective])
    address = reverse("people:give_mandate_back", args=[collective.slug])

    for person in (spokeswoman, editor):
        client.force_login(person)
        client.post(address)
        assert client.post(address).status_code == 404

    member = Membership.objects.get()
    assert (member.user, member.edits, member.speaks) == (editor, True, False)
    assert collective.editors in editor.groups.all()


def test_a_request_that_was_accepted_is_no_longer_on_one_s_page(client, asked, resident, animator):
    organisation = actions.accept_profile_request(asked, animator, checked="Vu.")
    actions.give_mandate_back(organisation, resident)
    client.force_login(resident)

    section = BeautifulSoup(client.get(reverse("people:account")).text, "html.parser").find(id="organisations").parent

    assert section.find("ul") is None
    assert organisation.name not in section.text


def test_personal_data_hold_the_requests_and_an_erased_account_leaves_none(client, asked, resident):
    client.force_login(resident)

    data = client.get(reverse("people:my_data")).json()["account"]["profiles_asked_for"]
    actions.delete_account(resident, erase_texts=True)

    assert [(one["name"], one["mandate"]) for one in data] == [(ASKED["name"], ASKED["mandate"])]
    assert [(one["kind_of_organisation"], one["territory"]) for one in data] == [("collectif", None)]
    assert not User.objects.filter(pk=resident.pk).exists()
    assert not ProfileRequest.objects.exists()


def test_personal_data_say_in_whose_name_one_wrote(client, forum, spokeswoman, collective):
    factories.a_topic(forum, spokeswoman, on_behalf_of=collective)
    factories.a_topic(forum, spokeswoman, "Autre", "Ceci est de moi.")
    client.force_login(spokeswoman)

    data = client.get(reverse("people:my_data")).json()["contributions"]

    assert [one["on_behalf_of"] for one in data] == ["Collectif Vélo Bléone", None]


def test_what_was_written_in_its_name_stays_when_its_author_leaves(client, forum, spokeswoman, collective):
    topic = factories.a_topic(forum, spokeswoman, "Un arceau", "Devant la gare.", on_behalf_of=collective)

    actions.delete_account(spokeswoman, erase_texts=True)

    page = client.get(topic.get_absolute_url()).text
    assert "Devant la gare." in page
    assert "Collectif Vélo Bléone" in page
    assert "Aïcha" not in page


# ── Enemies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "Commune de D\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}gne",
        "Commune de Digne \N{WHITE HEAVY CHECK MARK}",
        "La Placette",
        "Modération",
        "日本",
    ],
)
def test_a_name_that_would_pass_for_another_is_not_asked_for(client, resident, name):
    client.force_login(resident)

    response = client.post(ASK, {**ASKED, "name": name})

    assert response.status_code == 422
    assert not ProfileRequest.objects.exists()


@pytest.mark.parametrize("name", ["L’Atelier n° 3 & Cie (Digne)", "Collectif « Place ! »", "Ça marche, les Œufs"])
def test_a_name_is_written_as_names_are(client, resident, name):
    client.force_login(resident)

    assert client.post(ASK, {**ASKED, "name": name}).status_code == 302


@pytest.mark.parametrize("known", ["Collectif Velo Bleone", "collectif vélo-bléone", "Co11ectif Vélo Bléone"])
def test_a_name_like_one_that_is_known_is_shown_to_who_answers_and_made_no_second_time(client, asked, animator, known):
    known = factories.an_organisation(known)
    client.force_login(animator)

    page = client.get(answer_address(asked)).text
    response = client.post(answer_address(asked), {"act": "accept", "organisation": "", "checked": "Vu."})

    assert f'<option value="{known.pk}" selected>' in page
    assert response.status_code == 422
    assert Organisation.objects.count() == 1


def test_an_organisation_that_is_verified_already_keeps_what_was_checked_before(asked, animator):
    known = factories.an_organisation("Collectif Vélo Bléone")
    actions.verify(known, animator, checked="SIRET lu.")

    actions.accept_profile_request(asked, animator, checked="Compte rendu lu.", organisation=known)

    known.refresh_from_db()
    assert "SIRET lu." in known.checked
    assert "Compte rendu lu." in known.checked


def test_who_asks_and_takes_back_without_end_does_not_fill_mailboxes(client, resident, settings):
    settings.PEOPLE_RATES = {"ask_for_profile": "2/d/user"}
    client.force_login(resident)

    answers = []
    for _time in range(3):
        answers.append(client.post(ASK, ASKED).status_code)
        if asked := ProfileRequest.objects.first():
            client.post(reverse("people:take_profile_back", args=[asked.pk]))

    assert answers == [302, 302, 422]


def test_without_an_animator_administrators_are_told(
    client, resident, administrator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.ask_for_profile(resident, **{**ASKED, "territory": None})

    assert [letter.to for letter in mail.outbox] == [[administrator.email]]


def test_the_name_an_animator_types_is_one_line_of_what_is_seen():
    organisation = actions.create_organisation(
        name="Graines\r\nBcc: tous@exemple.fr\N{RIGHT-TO-LEFT OVERRIDE}", kind="collective"
    )
    assert organisation.name == "Graines Bcc: tous@exemple.fr"

    organisation.name = "Graines\nde place"
    actions.change_organisation(organisation)

    assert Organisation.objects.get().name == "Graines de place"


def test_a_form_that_was_open_while_the_verification_was_taken_back_does_not_give_it_again(collective, administrator):
    stale = Organisation.objects.get(pk=collective.pk)
    actions.unverify(collective, administrator)

    stale.presentation = "Autre."
    actions.change_organisation(stale)

    assert not Organisation.objects.verified().exists()


@pytest.mark.parametrize("words", ["velo", "BLEONE", "vélo bléone"])
def test_an_organisation_is_found_without_its_accents(client, collective, words):
    assert "Collectif Vélo Bléone" in client.get("/participation/organisations/", {"q": words}).text


@pytest.mark.parametrize(
    "pseudonym", ["Léa pour Collectif Vélo Bléone", "Léa POUR collectif velo-bleone", "Au nom de Collectif Vélo Bléone"]
)
def test_nobody_puts_a_mandate_in_their_pseudonym(client, resident, collective, pseudonym):
    client.force_login(resident)

    response = client.post(reverse("people:profile"), {"pseudonym": pseudonym, "commune": ""})

    assert response.status_code == 422
