"""Organisations, their members, accounts, and the words of the territory."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from participation.people.models import Membership, Organisation, Role, User
from participation.vocabulary.models import Territory, Theme
from tests import factories

from .conftest import form_of, said

pytestmark = pytest.mark.django_db

ADD_ACCOUNT = "wagtailusers_users:add"


def account_form(client, address: str) -> dict:
    """What the screen of an open account would send without a change."""
    return form_of(client, address) | {"is_active": "on"}


# ── Organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_organisation_is_created_with_the_group_of_its_editors(as_animator, site):
    address = reverse("wagtailsnippets_people_organisation:add")
    data = form_of(as_animator, address) | {"name": "Collectif du Bès", "kind": "collective", "contact": "le bureau"}

    as_animator.post(address, data)

    organisation = Organisation.objects.get(slug="collectif-du-bes")
    assert (organisation.name, organisation.contact) == ("Collectif du Bès", "le bureau")
    assert organisation.editors.name == "Rédaction : Collectif du Bès"


def test_two_organisations_do_not_bear_the_same_name(as_animator, site):
    address = reverse("wagtailsnippets_people_organisation:add")

    response = as_animator.post(address, form_of(as_animator, address) | {"name": site.digne.name, "kind": "commune"})

    assert response.status_code == 200
    assert "existe déjà" in said(response)


def test_the_group_of_editors_follows_the_name(as_animator, site):
    address = reverse("wagtailsnippets_people_organisation:edit", args=[site.digne.pk])

    as_animator.post(address, form_of(as_animator, address) | {"name": "Digne-les-Bains"})

    site.digne.refresh_from_db()
    assert (site.digne.name, site.digne.slug) == ("Digne-les-Bains", "ville-de-digne-les-bains")
    assert site.digne.editors.name == "Rédaction : Digne-les-Bains"


def test_a_member_is_added_by_address_changed_and_removed(as_animator, site, resident):
    address = reverse("wagtailsnippets_people_organisation:members", args=[site.thoard.pk])

    added = said(as_animator.post(address, {"act": "add", "email": resident.email.upper(), "edits": "on"}, follow=True))
    editor = site.thoard.editors in resident.groups.all()
    as_animator.post(address, {"act": "change", "user": resident.pk, "speaks": "on"})
    member = Membership.objects.get(user=resident)
    as_animator.post(address, {"act": "remove", "user": resident.pk})

    assert "Mireille du Bléone est membre." in added
    assert editor
    assert (member.edits, member.speaks) == (False, True)
    assert site.thoard.editors not in resident.groups.all()
    assert not Membership.objects.filter(user=resident).exists()


def test_an_address_without_account_is_refused_in_words(as_animator, site):
    response = as_animator.post(
        reverse("wagtailsnippets_people_organisation:members", args=[site.thoard.pk]),
        {"act": "add", "email": "inconnue@exemple.fr"},
    )

    assert response.status_code == 422
    assert "Personne n’a de compte à cette adresse." in said(response)
    assert "inconnue@exemple.fr" in said(response)


def test_strange_forms_of_members_break_nothing(as_animator, site):
    address = reverse("wagtailsnippets_people_organisation:members", args=[site.thoard.pk])

    statuses = [
        as_animator.post(address, data).status_code
        for data in [{}, {"act": "remove"}, {"act": "remove", "user": "x"}, {"act": "change", "user": "99999"}]
    ]

    assert all(status in (302, 404) for status in statuses)


def test_members_are_not_an_agent_s_business(as_agent, site, resident):
    response = as_agent.post(
        reverse("wagtailsnippets_people_organisation:members", args=[site.digne.pk]),
        {"act": "add", "email": resident.email, "edits": "on"},
    )

    assert response.status_code == 302
    assert not Membership.objects.filter(user=resident).exists()


# ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_opened_without_password_and_without_letter(as_administrator, mailoutbox):
    address = reverse(ADD_ACCOUNT)
    data = form_of(as_administrator, address) | {
        "email": "Jeanne@Exemple.fr", "pseudonym": "Jeanne de Seyne", "roles": ["agent"],
    }  # fmt: skip

    response = as_administrator.post(address, data, follow=True)

    jeanne = User.objects.get(email="jeanne@exemple.fr")
    assert not jeanne.has_usable_password()
    assert jeanne.roles == {Role.AGENT}
    assert not mailoutbox
    assert "Mot de passe oublié" in said(response)


def test_the_form_of_an_account_asks_neither_names_nor_password(as_administrator):
    form = form_of(as_administrator, reverse(ADD_ACCOUNT))

    assert set(form) == {"email", "pseudonym", "commune"}


def test_somebody_whose_account_was_opened_chooses_a_password_and_comes_in(as_administrator, client, mailoutbox):
    address = reverse(ADD_ACCOUNT)
    as_administrator.post(
        address,
        form_of(as_administrator, address)
        | {"email": "jeanne@exemple.fr", "pseudonym": "Jeanne de Seyne", "roles": ["moderator"]},
    )
    client.logout()

    client.post(reverse("account_reset_password"), {"email": "jeanne@exemple.fr"})

    assert [letter.to for letter in mailoutbox] == [["jeanne@exemple.fr"]]


def test_roles_change_and_rights_held_through_organisations_stay(as_administrator, site):
    address = reverse("wagtailusers_users:edit", args=[site.agent.pk])

    as_administrator.post(address, account_form(as_administrator, address) | {"roles": ["moderator", "agent"]})

    agent = User.objects.get(pk=site.agent.pk)
    assert agent.is_active
    assert agent.roles == {Role.MODERATOR, Role.AGENT}
    assert site.digne.editors in agent.groups.all()


def test_a_pseudonym_or_an_address_is_used_once(as_administrator, resident):
    address = reverse(ADD_ACCOUNT)

    response = as_administrator.post(
        address,
        form_of(as_administrator, address) | {"email": resident.email.upper(), "pseudonym": resident.pseudonym.upper()},
    )

    assert response.status_code == 200
    assert User.objects.filter(email__iexact=resident.email).count() == 1


def test_a_new_address_is_to_be_confirmed_again(as_administrator, resident):
    address = reverse("wagtailusers_users:edit", args=[resident.pk])

    as_administrator.post(address, account_form(as_administrator, address) | {"email": "mireille@exemple.fr"})

    resident.refresh_from_db()
    assert resident.email == "mireille@exemple.fr"
    assert not EmailAddress.objects.filter(user=resident, verified=True).exists()


def test_an_account_is_closed(as_administrator, client, resident):
    address = reverse("wagtailusers_users:edit", args=[resident.pk])
    data = account_form(as_administrator, address)
    del data["is_active"]

    as_administrator.post(address, data)

    resident.refresh_from_db()
    assert not resident.is_active


def test_an_administrator_does_not_shut_themselves_out(as_administrator, site):
    address = reverse("wagtailusers_users:edit", args=[site.administrator.pk])
    data = account_form(as_administrator, address)

    no_role = said(as_administrator.post(address, {**data, "roles": []}))
    closed = said(as_administrator.post(address, {key: value for key, value in data.items() if key != "is_active"}))

    administrator = User.objects.get(pk=site.administrator.pk)
    assert "Vous ne pouvez pas vous retirer" in no_role
    assert "Vous ne pouvez pas fermer" in closed
    assert administrator.is_active
    assert administrator.roles == {Role.ADMINISTRATOR}


def test_a_superuser_is_changed_by_superusers_only(as_administrator, site):
    root = User.objects.create_superuser("root@exemple.fr", factories.PASSWORD, pseudonym="Racine")
    address = reverse("wagtailusers_users:edit", args=[root.pk])

    assert as_administrator.get(address).status_code == 302
    assert as_administrator.post(address, {"email": "pris@exemple.fr", "pseudonym": "Pris"}).status_code == 302

    root.refresh_from_db()
    assert root.email == "root@exemple.fr"


def test_accounts_are_neither_deleted_nor_changed_by_the_dozen(as_administrator, site, resident):
    as_administrator.post(reverse("wagtailusers_users:delete", args=[resident.pk]))
    for act, data in [("delete", {}), ("set_active_state", {"mark_as_active": "False"}), ("assign_role", {"role": 1})]:
        as_administrator.post(f"/admin/bulk/people/user/{act}/?id={resident.pk}&next=/admin/users/", data)

    resident.refresh_from_db()
    assert resident.is_active
    assert not resident.groups.exists()


def test_the_list_of_accounts_names_roles_in_french(as_administrator, site):
    listing = said(as_administrator.get(reverse("wagtailusers_users:index"), {"role": "animator"}))

    assert "Animatrice" in listing
    assert "Modératrice" not in listing
    assert str(Role.ANIMATOR.label) in listing


def test_the_rights_of_groups_are_listed_by_their_french_names(as_administrator, site):
    listing = said(as_administrator.get(reverse("wagtailusers_groups:index")))

    assert str(Role.GUARANTOR.label) in listing
    assert ">guarantor<" not in listing.replace(" ", "").replace("\n", "")


def test_the_preferences_hold_neither_address_nor_password(as_agent):
    page = said(as_agent.get("/admin/account/"))

    assert "first_name" not in page
    assert "name_email" not in page
    assert 'type="password"' not in page


# ── The territory and its words ──────────────────────────────────────────────────────────────────────────────────────


def test_an_animator_says_which_local_action_group_a_commune_is_in(as_animator, territories):
    thoard = Territory.objects.get(name="Thoard")
    address = reverse("wagtailsnippets_vocabulary_territory:edit", args=[thoard.pk])
    gal = territories["gal-dignois"]

    as_animator.post(address, form_of(as_animator, address) | {"gal": gal.pk, "other_names": "Thouard"})

    thoard.refresh_from_db()
    assert (thoard.gal, thoard.other_names, thoard.name) == (gal, "Thouard", "Thoard")


def test_a_division_is_in_no_local_action_group(as_animator, territories):
    epci = territories["200067437"]
    address = reverse("wagtailsnippets_vocabulary_territory:edit", args=[epci.pk])

    as_animator.post(
        address, form_of(as_animator, address) | {"gal": territories["gal-dignois"].pk, "other_names": "P2A"}
    )

    epci.refresh_from_db()
    assert (epci.gal, epci.other_names) == (None, "P2A")


def test_a_territory_is_found_by_another_of_its_names(as_animator, territories):
    listing = said(as_animator.get(reverse("wagtailsnippets_vocabulary_territory:list"), {"q": "Astoin"}))

    assert "Bayons" in listing


def test_a_word_is_added_and_keeps_its_address_when_its_name_changes(as_animator, territories):
    add = reverse("wagtailsnippets_vocabulary_theme:add")
    as_animator.post(add, form_of(as_animator, add) | {"name": "Forêt"})
    forest = Theme.objects.get(slug="foret")
    edit = reverse("wagtailsnippets_vocabulary_theme:edit", args=[forest.pk])

    as_animator.post(edit, form_of(as_animator, edit) | {"name": "Forêts et bois"})

    forest.refresh_from_db()
    assert (forest.name, forest.slug) == ("Forêts et bois", "foret")


def test_a_word_is_not_added_twice(as_animator, territories):
    add = reverse("wagtailsnippets_vocabulary_theme:add")

    response = as_animator.post(add, form_of(as_animator, add) | {"name": "mobilités"})

    assert "existe déjà" in said(response)
    assert Theme.objects.filter(name__iexact="mobilités").count() <= 1
