"""Consultations and forums in the admin: prepared, opened and closed by those who edit, through the verbs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from participation.consultations.actions import close_activity, create_activity, permanent_consultation
from participation.consultations.models import Consultation, State
from participation.forum.models import Forum
from tests import factories

from .conftest import form_of, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def consultation(site):
    return factories.a_consultation("Le kiosque", organiser=site.digne)


@pytest.fixture
def draft(consultation):
    return factories.a_forum("Où le mettre ?", consultation=consultation, released=False)


# ── Forums ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forum_is_created_as_a_draft(as_agent, consultation):
    address = reverse("wagtailsnippets_forum_forum:add")
    data = form_of(as_agent, address) | {
        "title": "Et le kiosque ?", "question": "Le garder ?", "belongs_to": consultation.pk,
        "closes_at": "24/12/2099 18:00",
    }  # fmt: skip

    response = as_agent.post(address, data, follow=True)

    forum = Forum.objects.get()
    assert (forum.title, forum.consultation, forum.state()) == ("Et le kiosque ?", consultation, State.DRAFT)
    assert timezone.localtime(forum.closes_at).strftime("%d/%m/%Y %H:%M") == "24/12/2099 18:00"
    assert "Brouillon" in said(response)


def test_a_forum_that_closes_before_it_opens_is_refused_in_words(as_agent, draft):
    address = reverse("wagtailsnippets_forum_forum:edit", args=[draft.pk])
    data = form_of(as_agent, address) | {"opens_at": "24/12/2099 18:00", "closes_at": "23/12/2099 18:00"}

    response = as_agent.post(address, data)

    assert response.status_code == 200
    assert "La clôture doit venir après l’ouverture." in said(response)
    draft.refresh_from_db()
    assert draft.opens_at is None


def test_opening_asks_first_and_a_get_opens_nothing(as_agent, draft):
    address = reverse("wagtailsnippets_forum_forum:release", args=[draft.pk])

    asked = said(as_agent.get(address))
    draft.refresh_from_db()
    before = draft.state()
    response = as_agent.post(address, follow=True)

    draft.refresh_from_db()
    assert "Ouvrir maintenant" in asked
    assert before == State.DRAFT
    assert draft.state() == State.OPEN
    assert "est ouvert." in said(response)
    assert said(response).count("Ouvert") >= 1


def test_a_forum_with_a_later_date_opens_at_its_date(as_agent, draft):
    draft.opens_at = timezone.now() + timedelta(days=3)
    draft.save()

    response = as_agent.post(reverse("wagtailsnippets_forum_forum:release", args=[draft.pk]), follow=True)

    draft.refresh_from_db()
    assert draft.state() == State.COMING
    assert "ouvrira à sa date." in said(response)


def test_closing_asks_first_and_cannot_be_done_twice(as_agent, site):
    forum = factories.a_forum(
        consultation=factories.a_consultation(organiser=site.digne), at=timezone.now() - timedelta(days=1)
    )
    address = reverse("wagtailsnippets_forum_forum:close", args=[forum.pk])

    asked = said(as_agent.get(address))
    first, second = (said(as_agent.post(address, follow=True)) for _ in range(2))

    forum.refresh_from_db()
    assert "Clore maintenant" in asked
    assert forum.state() == State.CLOSED
    assert "est clos." in first
    assert "Seule une activité ouverte peut être" in second


def test_a_closed_forum_no_longer_changes_and_says_why(as_agent, site):
    past = timezone.now() - timedelta(days=2)
    forum = factories.a_forum("Avant", consultation=factories.a_consultation(organiser=site.digne), at=past)
    close_activity(forum, at=timezone.now() - timedelta(days=1))
    address = reverse("wagtailsnippets_forum_forum:edit", args=[forum.pk])

    response = as_agent.post(address, form_of(as_agent, address) | {"title": "Après"})

    forum.refresh_from_db()
    assert forum.title == "Avant"
    assert "ne peut plus être modifié" in said(response)
    assert 'value="Après"' in said(response)


def test_an_open_forum_stays_in_its_consultation(as_agent, site):
    first, second = (factories.a_consultation(organiser=site.digne) for _ in range(2))
    forum = factories.a_forum(consultation=first)
    address = reverse("wagtailsnippets_forum_forum:edit", args=[forum.pk])

    as_agent.post(address, form_of(as_agent, address) | {"belongs_to": second.pk, "title": "Autre titre"})

    forum.refresh_from_db()
    assert (forum.title, forum.consultation) == ("Autre titre", first)


def test_saving_a_forum_does_not_lose_a_message_counted_meanwhile(as_agent, site, resident):
    forum = factories.a_forum(consultation=factories.a_consultation(organiser=site.digne))
    address = reverse("wagtailsnippets_forum_forum:edit", args=[forum.pk])
    data = form_of(as_agent, address)
    factories.a_topic(forum, resident)

    as_agent.post(address, data | {"title": "Autre titre"})

    forum.refresh_from_db()
    assert (forum.title, forum.contribution_count) == ("Autre titre", 1)


def test_the_list_says_the_state_the_counts_and_where_it_is_shown(as_agent, site, resident):
    forum = factories.a_forum(
        "Et le kiosque ?", consultation=factories.a_consultation("Le kiosque", organiser=site.digne)
    )
    factories.a_topic(forum, resident)
    factories.embed(factories.a_sheet(site.home, "Le marché"), forum)
    factories.a_forum("Nulle part", consultation=forum.consultation, released=False)

    listing = said(as_agent.get(reverse("wagtailsnippets_forum_forum:list")))

    for words in [
        "Et le kiosque ?",
        "Le kiosque",
        "Le marché",
        "aucune page publiée",
        "Ouvert",
        "Brouillon",
        "Clore…",
        "Ouvrir…",
    ]:
        assert words in listing


def test_the_list_costs_the_same_queries_whatever_its_length(as_agent, site, django_assert_max_num_queries):
    consultation = factories.a_consultation(organiser=site.digne)
    factories.a_forum(consultation=consultation)
    as_agent.get(reverse("wagtailsnippets_forum_forum:list"))
    with django_assert_max_num_queries(60) as one:
        as_agent.get(reverse("wagtailsnippets_forum_forum:list"))
    for _ in range(5):
        factories.a_forum(consultation=consultation)

    with django_assert_max_num_queries(len(one)):
        as_agent.get(reverse("wagtailsnippets_forum_forum:list"))


@pytest.mark.parametrize(
    ("state", "shown"), [("draft", "Brouillonné"), ("open", "Ouverte"), ("closed", ""), ("n’importe", "Brouillonné")]
)
def test_the_list_is_narrowed_by_state_and_ignores_what_does_not_exist(as_agent, site, state, shown):
    consultation = factories.a_consultation(organiser=site.digne)
    factories.a_forum("Brouillonné", consultation=consultation, released=False)
    factories.a_forum("Ouverte", consultation=consultation)

    response = as_agent.get(
        reverse("wagtailsnippets_forum_forum:list"), {"state": state, "consultation": "0", "q": "", "p": "x"}
    )

    assert response.status_code == 200
    assert shown in said(response)


def test_what_is_done_with_a_forum_is_in_its_history(as_agent, draft):
    as_agent.post(reverse("wagtailsnippets_forum_forum:release", args=[draft.pk]))

    history = said(as_agent.get(reverse("wagtailsnippets_forum_forum:history", args=[draft.pk])))

    assert "Service urbanisme" in history
    assert "Ouvert" in history


# ── Consultations ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_consultation_is_created_with_its_guests(as_agent, site, resident):
    address = reverse("wagtailsnippets_consultations_consultation:add")
    data = form_of(as_agent, address) | {
        "title": "Atelier fermé", "organiser": site.digne.pk, "degree": "co-elaboration", "access": "invited",
        "guest_addresses": f"{resident.email.upper()}\n",
    }  # fmt: skip

    as_agent.post(address, data)

    consultation = Consultation.objects.get()
    assert (consultation.slug, list(consultation.guests.all())) == ("atelier-ferme", [resident])


def test_an_unknown_guest_is_named(as_agent, consultation):
    address = reverse("wagtailsnippets_consultations_consultation:edit", args=[consultation.pk])

    response = as_agent.post(address, form_of(as_agent, address) | {"guest_addresses": "inconnue@exemple.fr"})

    assert "Personne n’a de compte à cette adresse" in said(response)
    assert "inconnue@exemple.fr" in said(response)


def test_a_consultation_changes_but_keeps_its_address(as_agent, consultation):
    address = reverse("wagtailsnippets_consultations_consultation:edit", args=[consultation.pk])

    as_agent.post(
        address, form_of(as_agent, address) | {"title": "Le kiosque et la fontaine", "negotiable": "La couleur."}
    )

    slug = consultation.slug
    consultation.refresh_from_db()
    assert (consultation.title, consultation.slug, consultation.negotiable) == (
        "Le kiosque et la fontaine",
        slug,
        "La couleur.",
    )


def test_two_consultations_may_bear_the_same_title(as_agent, site, consultation):
    address = reverse("wagtailsnippets_consultations_consultation:add")
    data = form_of(as_agent, address) | {"title": "Le kiosque", "organiser": site.digne.pk, "degree": "consultation"}

    as_agent.post(address, data)

    assert set(Consultation.objects.values_list("slug", flat=True)) == {"le-kiosque", "le-kiosque-2"}


def test_the_organiser_no_longer_changes_once_people_were_told(as_animator, site, consultation):
    factories.a_forum(consultation=consultation)
    address = reverse("wagtailsnippets_consultations_consultation:edit", args=[consultation.pk])

    response = as_animator.post(address, form_of(as_animator, address) | {"organiser": site.thoard.pk})

    consultation.refresh_from_db()
    assert consultation.organiser == site.digne
    assert "On a déjà annoncé qui organise" in said(response)


def test_a_forum_of_last_year_stays_where_it_is_in_the_form(as_agent, site):
    last_year = permanent_consultation(site.digne, timezone.localdate().year - 1)
    forum = create_activity(Forum(title="Vœux", consultation=last_year))
    address = reverse("wagtailsnippets_forum_forum:edit", args=[forum.pk])

    as_agent.post(address, form_of(as_agent, address) | {"title": "Vœux de l’an passé"})

    forum.refresh_from_db()
    assert (forum.title, forum.consultation) == ("Vœux de l’an passé", last_year)
