"""Anyone signed in proposes a sheet; editors read it in Wagtail; its author is told and credited."""

import re
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPException

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale, Page, TaskState, Workflow, WorkflowState

from experiences.models import ExperienceIndexPage, ExperiencePage, ExperienceSectionPage
from experiences.proposals import actions
from experiences.proposals.models import Proposal
from experiences.proposals.outcomes import tell_proposers
from home.actions import open_section, set_up_page_rights
from participation.people.hooks import personal_data
from participation.people.models import Role, Session
from participation.vocabulary.actions import load_territories
from tests import factories
from tests.consultations.test_at_once import at_once

pytestmark = pytest.mark.django_db

PROPOSE = "/proposer-une-experience/"
WHAT = {"title": "Le four à pain", "summary": "Des habitants ont rallumé le four du village.", "place": "04070"}
WHEN = {"started": "mars 2023", "ended": "2023", "stage": "termine", "participants": "1 200", "degree": "concertation"}
LESSONS = {"strengths": "Tout le monde est venu.\n\n- le pain\n- les voisins", "weaknesses": "Le bois était mouillé."}
CREDIT = {"credit": "pseudonym", "on_behalf_of": "", "contact": "06 00 00 00 00"}
ANSWERS = {**WHAT, **WHEN, **LESSONS, **CREDIT}


@pytest.fixture
def inventory(home_page, territories):
    set_up_page_rights(home_page)
    return factories.an_inventory(home_page)


@pytest.fixture
def animator(inventory):
    return factories.a_user("Animatrice", role=Role.ANIMATOR)


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


@pytest.fixture
def draft(inventory, resident):
    return actions.begin(resident, ANSWERS)


@pytest.fixture
def sent(draft, resident):
    return actions.send(draft, resident)


def step(proposal, number) -> str:
    return reverse("proposals:step", args=[proposal.pk, number])


def said(response) -> str:
    """The text of a page; no-break spaces are spaces."""
    return response.text.replace("\N{NO-BREAK SPACE}", " ")


def act(client, proposal, name, **data):
    """What an editor's button of the workflow does, by Wagtail's own view."""
    state = proposal.page.current_workflow_state.current_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[proposal.page.pk, name, state.pk])
    return client.post(address, data)


def publish_or_not(revision) -> None:
    """As the editor's button does: the sheet may be gone."""
    with suppress(ObjectDoesNotExist, IntegrityError), transaction.atomic():
        revision.publish()


def letters_to(user) -> list:
    tell_proposers()
    return [letter for letter in mail.outbox if letter.to == [user.email]]


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_proposal_is_written_in_four_steps_and_sent(as_resident, inventory, resident):
    first = as_resident.get(PROPOSE)
    assert "Étape 1 sur 4" in said(first)
    assert first["Cache-Control"] == "private, no-store"

    response = as_resident.post(PROPOSE, {**WHAT, "elsewhere": ["04209", "05070"], "carried_by": "Collectif du four"})
    proposal = Proposal.objects.get()
    assert response.url == step(proposal, 2)
    assert as_resident.post(
        step(proposal, 2), {**WHEN, "audiences": ["jeunes"], "methods": ["stand-de-marche"]}
    ).url == step(proposal, 3)
    assert as_resident.post(step(proposal, 3), LESSONS).url == step(proposal, 4)
    last = as_resident.get(step(proposal, 4)).text
    for words in [
        "Le four à pain",
        "Digne-les-Bains",
        "Sisteron",
        "mars 2023",
        "Stand de marché",
        "Le bois était mouillé.",
    ]:
        assert words in last
    response = as_resident.post(step(proposal, 4), {**CREDIT, "go": "send", "accept": "on"}, follow=True)

    assert "Votre proposition est envoyée" in said(response)
    proposal.refresh_from_db()
    sheet = proposal.page
    assert (proposal.state, proposal.author) == (Proposal.State.SENT, resident)
    assert (sheet.live, sheet.title, sheet.slug, sheet.owner) == (False, "Le four à pain", "le-four-a-pain", None)
    assert sheet.get_parent().pk == inventory.pk
    assert [place.name for place in sheet.territories.order_by("name")] == [
        "Digne-les-Bains",
        "Laragne-Montéglin",
        "Sisteron",
    ]
    assert (str(sheet.started), str(sheet.ended), sheet.participants) == ("2023-03-01", "2023-12-31", 1200)
    assert (sheet.degree, sheet.stage, sheet.partners) == ("concertation", "termine", "Collectif du four")
    assert sheet.strengths == "<p>Tout le monde est venu.</p><ul><li>le pain</li><li>les voisins</li></ul>"
    assert [term.slug for term in [*sheet.audiences.all(), *sheet.methods.all()]] == ["jeunes", "stand-de-marche"]
    assert sheet.contact == ""


def test_each_step_says_what_is_wrong_beside_the_field_and_at_the_top(as_resident, inventory):
    page = as_resident.post(
        PROPOSE, {"title": "  ", "summary": "", "place": "", "carried_by": "Collectif"}, follow=True
    )

    assert page.redirect_chain[-1][0] == step(Proposal.objects.get(), 1)
    top, form = said(page).split('<form class="form proposal"')
    assert "<title>Erreur : " in top
    assert '<a href="#id_title">Titre</a> : Donnez un titre à l’expérience.' in top
    assert '<a href="#id_place">Où</a> : Choisissez le lieu' in top
    assert 'id="id_title_error"' in form
    assert 'value="Collectif"' in form


def test_nothing_is_kept_of_an_empty_form(as_resident, inventory):
    response = as_resident.post(PROPOSE, {"place": "04070"})

    assert response.status_code == 422
    assert "Donnez un titre" in response.text
    assert not Proposal.objects.exists()


def test_what_is_wrong_is_kept_as_typed(as_resident, draft):
    response = as_resident.post(step(draft, 2), {"started": "au printemps", "ended": "hier", "go": "next"}, follow=True)

    assert response.redirect_chain[-1][0] == step(draft, 2)
    assert "« au printemps » n’est pas une date" in said(response)
    draft.refresh_from_db()
    assert (draft.answers["started"], draft.answers["ended"]) == ("au printemps", "hier")
    assert draft.answers["title"] == "Le four à pain"


def test_one_goes_back_and_stops_whenever_one_likes(as_resident, draft):
    back = as_resident.post(step(draft, 3), {"strengths": "Le pain", "go": "previous"})
    later = as_resident.post(step(draft, 2), {"started": "n’importe quand", "go": "later"}, follow=True)

    draft.refresh_from_db()
    assert back.url == step(draft, 2)
    assert (draft.answers["strengths"], draft.answers["started"]) == ("Le pain", "n’importe quand")
    assert "Votre proposition est gardée" in said(later)
    assert step(draft, 1) in later.text


def test_dates_that_go_backwards_are_refused(as_resident, draft):
    page = as_resident.post(step(draft, 2), {"started": "2024", "ended": "2023"}, follow=True)

    assert "La fin ne peut pas venir avant le début" in page.text


def test_scripts_invisible_signs_and_long_texts_do_no_harm(as_resident, draft, resident):
    long = "é" * 10_000
    page = as_resident.post(
        step(draft, 3), {"strengths": long, "needs": "<script>alert(1)</script>\x00\N{RIGHT-TO-LEFT OVERRIDE}", "weaknesses": "a"}, follow=True
    )  # fmt: skip
    assert "Ce texte compte 10000 caractères ; il en faut 3000 au plus." in said(page)
    assert long in page.text
    assert "<script>alert(1)" not in page.text
    draft.refresh_from_db()
    assert draft.answers["needs"] == "<script>alert(1)</script>"

    as_resident.post(step(draft, 3), {"strengths": "court", "needs": draft.answers["needs"]})
    sheet = actions.send(draft, resident).page

    assert sheet.needs == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_a_text_too_long_to_be_kept_comes_back_to_be_shortened(as_resident, draft):
    response = as_resident.post(step(draft, 3), {"strengths": "é" * 20_001, "go": "later"})

    assert response.status_code == 422
    assert "Un de ces textes est trop long" in response.text
    assert "é" * 20_001 in response.text
    draft.refresh_from_db()
    assert draft.answers["strengths"] == LESSONS["strengths"]


def test_a_choice_that_is_not_offered_is_refused(as_resident, draft):
    page = as_resident.post(step(draft, 1), {**WHAT, "place": "75056\x00", "carrier": "n’importe qui"}, follow=True)

    assert "Choisissez un lieu de la liste" in said(page)
    assert "Choisissez une organisation de la liste" in said(page)


def test_a_sheet_goes_to_the_section_of_the_organisation_that_carries_it(inventory, resident, organisation):
    section = open_section(inventory, organisation, ExperienceSectionPage)

    sheet = actions.send(actions.begin(resident, {**ANSWERS, "carrier": organisation.slug}), resident).page

    assert sheet.get_parent().pk == section.pk
    assert sheet.carrier == organisation


def test_a_title_without_latin_letters_makes_an_address_too(inventory, resident):
    sheet = actions.send(actions.begin(resident, {**ANSWERS, "title": "1 ! ₂"}), resident).page
    other = actions.send(actions.begin(resident, {**ANSWERS, "title": "الخبز"}), resident).page

    assert sheet.slug
    assert other.slug == "fiche"


# ── Without an account, without a session ────────────────────────────────────────────────────────────────────────────


def test_a_visitor_reads_what_is_asked_and_begins_then_signs_in_without_losing_anything(client, inventory, resident):
    assert "Étape 1 sur 4" in said(client.get(PROPOSE))
    response = client.post(PROPOSE, {**WHAT, "carried_by": "Collectif", "go": "next"})
    assert response.url.startswith(reverse("account_login"))
    assert not Proposal.objects.exists()

    page = client.post(
        response.url,
        {"login": resident.email, "password": factories.PASSWORD, "next": "/compte/reprendre/"},
        follow=True,
    )
    assert "Continuer votre proposition</button>" in page.text
    assert "Le four à pain" in page.text
    form = page.text.split('<form class="form"')[1]
    fields = dict(re.findall(r'<input[^>]*name="([^"]*)" value="([^"]*)"', form))
    client.post(PROPOSE, fields)

    proposal = Proposal.objects.get()
    assert proposal.author == resident
    assert proposal.answers["carried_by"] == "Collectif"


def test_a_session_that_ends_loses_no_step(as_resident, draft, resident):
    Session.objects.all().delete()
    response = as_resident.post(
        step(draft, 3), {"strengths": "Un texte long. " * 10, "weaknesses": "Un autre.\nEt la suite.", "go": "next"}
    )

    page = as_resident.post(
        response.url,
        {"login": resident.email, "password": factories.PASSWORD, "next": "/compte/reprendre/"},
        follow=True,
    )

    assert "Ce qui a marché</label>" in page.text
    assert "Ce qui n’a pas marché</label>" in page.text
    assert "Un texte long. " * 9 in page.text
    assert as_resident.get(step(draft, 3)).status_code == 200


def test_a_token_that_has_expired_gives_the_form_back(inventory, resident, draft):
    client = Client(enforce_csrf_checks=True)
    client.force_login(resident)

    response = client.post(step(draft, 3), {"strengths": "Le pain\net le vin", "csrfmiddlewaretoken": "périmé"})

    assert response.status_code == 403
    assert "Le pain\net le vin" in response.text
    assert f'action="{step(draft, 3)}"' in response.text


def test_a_visitor_who_follows_a_link_to_a_step_is_asked_to_sign_in(client, draft):
    for address in [step(draft, 2), draft.get_absolute_url()]:
        assert client.get(address).url == f"{reverse('account_login')}?next={address}"


def test_nothing_can_be_proposed_where_there_is_no_inventory(client, home_page):
    assert client.get(PROPOSE).status_code == 404


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_consent_is_asked_and_what_is_missing_elsewhere_is_said(as_resident, draft):
    page = as_resident.post(step(draft, 4), {**CREDIT, "go": "send"})
    assert page.status_code == 422
    assert '<a href="#id_accept">' in page.text

    as_resident.post(step(draft, 1), {"title": "", "go": "later"})
    page = as_resident.post(step(draft, 4), {**CREDIT, "go": "send", "accept": "on"})

    assert page.status_code == 422
    assert "corriger dans : « Quoi, et où »" in said(page)
    assert not ExperiencePage.objects.exists()


def test_whoever_speaks_for_a_collective_gives_its_name(as_resident, draft):
    page = as_resident.post(
        step(draft, 4), {"credit": "behalf", "on_behalf_of": " \N{ZERO WIDTH SPACE}", "go": "send", "accept": "on"}
    )

    assert page.status_code == 422
    assert "Écrivez le nom à montrer" in page.text


def test_a_button_pressed_twice_sends_and_begins_once(as_resident, inventory, draft):
    for _press in range(2):
        as_resident.post(step(draft, 4), {**CREDIT, "go": "send", "accept": "on"})
        as_resident.post(PROPOSE, {**WHAT, "title": "Un autre"})

    assert ExperiencePage.objects.count() == 1
    assert WorkflowState.objects.count() == 1
    assert Proposal.objects.count() == 2


def test_what_is_being_read_can_no_longer_be_changed_and_nothing_typed_is_lost(as_resident, sent):
    response = as_resident.post(step(sent, 1), {**WHAT, "title": "Autre titre"})

    assert response.status_code == 422
    assert "envoyée entre-temps" in response.text
    assert "Autre titre" in response.text
    sent.refresh_from_db()
    assert sent.answers["title"] == "Le four à pain"
    assert as_resident.get(step(sent, 1)).url == sent.get_absolute_url()


def test_a_person_has_ten_proposals_begun_at_most(as_resident, inventory, resident):
    for number in range(10):
        actions.begin(resident, {"title": f"Idée {number}"})

    response = as_resident.post(PROPOSE, {**WHAT, "title": "La onzième"})

    assert response.status_code == 422
    assert "Vous avez déjà 10 propositions commencées" in said(response)
    assert "La onzième" in response.text


def test_a_person_has_five_proposals_waiting_at_most(as_resident, inventory, resident):
    for number in range(5):
        actions.send(actions.begin(resident, {**ANSWERS, "title": f"Idée {number}"}), resident)
    sixth = actions.begin(resident, ANSWERS)

    response = as_resident.post(step(sixth, 4), {**CREDIT, "go": "send", "accept": "on"})

    assert response.status_code == 422
    assert "5 de vos propositions attendent déjà" in said(response)
    assert Proposal.objects.waiting().count() == 5


def test_a_proposal_withdrawn_leaves_no_sheet_and_can_be_sent_again(as_resident, sent, resident):
    page = as_resident.post(reverse("proposals:withdraw", args=[sent.pk]), follow=True)

    assert "Votre proposition est retirée" in page.text
    assert not ExperiencePage.objects.exists()
    assert not WorkflowState.objects.exists()
    sent.refresh_from_db()
    assert (sent.state, sent.page) == (Proposal.State.WITHDRAWN, None)
    actions.send(sent, resident)
    assert ExperiencePage.objects.count() == 1


def test_a_draft_is_deleted_a_proposal_being_read_is_not(as_resident, draft, resident):
    other = actions.send(actions.begin(resident, {**ANSWERS, "title": "Envoyée"}), resident)
    address = "proposals:discard"

    gone = as_resident.post(reverse(address, args=[draft.pk]), follow=True)
    refused = as_resident.post(reverse(address, args=[other.pk]), follow=True)

    assert "Votre proposition est supprimée" in gone.text
    assert "elle ne se supprime pas ici" in refused.text
    assert list(Proposal.objects.all()) == [other]


# ── Others ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", [None, *Role])
def test_somebody_else_s_proposal_answers_404_whatever_their_role(client, sent, role):
    client.force_login(factories.a_user("Curieuse", role=role))

    for number in range(1, 5):
        assert client.get(step(sent, number)).status_code == 404
        assert client.post(step(sent, number), {"title": "Pris"}).status_code == 404
    assert client.get(sent.get_absolute_url()).status_code == 404
    for name in ["withdraw", "discard"]:
        assert client.post(reverse(f"proposals:{name}", args=[sent.pk])).status_code == 404
    sent.refresh_from_db()
    assert sent.state == Proposal.State.SENT


def test_no_step_beyond_the_last(as_resident, draft):
    assert as_resident.get(step(draft, 0)).status_code == 404
    assert as_resident.get(step(draft, 5)).status_code == 404


def test_a_resident_has_no_right_on_the_sheet_they_proposed(as_resident, sent):
    assert as_resident.get(sent.page.url or "/inventaire/le-four-a-pain/").status_code == 404
    assert as_resident.get(reverse("wagtailadmin_pages:edit", args=[sent.page.pk])).status_code in (302, 403)
    assert act(as_resident, sent, "approve").status_code in (302, 403)
    sent.page.refresh_from_db()
    assert not sent.page.live


# ── Reading, in Wagtail ──────────────────────────────────────────────────────────────────────────────────────────────


def test_animators_find_it_where_wagtail_says_what_waits_and_see_who_proposed_it(client, sent, animator):
    client.force_login(animator)

    assert "Le four à pain" in client.get(reverse("wagtailadmin_home")).text
    page = said(client.get(reverse("wagtailadmin_pages:edit", args=[sent.page.pk])))

    assert "Fiche proposée par le public" in page
    for words in ["Mireille du Bléone", "06 00 00 00 00", "Ne pas retenir"]:
        assert words in page


def test_an_editor_s_own_sheet_shows_no_proposal_and_cannot_be_declined(client, inventory, home_page, animator, sent):
    client.force_login(animator)
    own = factories.a_sheet(home_page, "À nous", live=False)
    own.save_revision()
    own.get_workflow().start(own, animator)

    page = client.get(reverse("wagtailadmin_pages:edit", args=[own.pk])).text

    assert "Fiche proposée par le public" not in page
    assert "Ne pas retenir" not in page


def test_an_approved_sheet_is_published_with_its_credit_and_its_author_is_told_once(client, sent, animator, resident):
    assert [letter.subject for letter in letters_to(resident)] == ["[La Placette] Votre proposition est arrivée"]
    client.force_login(animator)

    act(client, sent, "approve")

    sent.refresh_from_db()
    assert sent.state == Proposal.State.PUBLISHED
    page = client.get("/inventaire/le-four-a-pain/")
    assert "Proposée par Mireille du Bléone" in said(page)
    assert "06 00 00 00 00" not in page.text
    for _again in range(2):
        letters = letters_to(resident)
    assert [letter.subject for letter in letters[1:]] == ["[La Placette] Votre proposition est publiée"]
    assert "http://testserver/inventaire/le-four-a-pain/" in letters[1].body


def test_a_sheet_names_only_whom_its_author_asks_for(client, inventory, resident, organisation):
    for credit, shown in [("none", ""), ("behalf", "Proposée au nom de : Les Boulangers")]:
        answers = {**ANSWERS, "title": f"Four {credit}", "credit": credit, "on_behalf_of": "Les Boulangers"}
        sheet = actions.send(actions.begin(resident, answers), resident).page
        sheet.get_latest_revision().publish()

        page = said(client.get(f"/inventaire/four-{credit}/"))

        assert "Mireille" not in page
        assert ("Les Boulangers" in page) == bool(shown)
        assert shown in page


def test_changes_asked_for_open_the_answers_again_and_the_same_sheet_is_sent_back(client, sent, animator, resident):
    client.force_login(animator)
    act(client, sent, "reject", comment="Combien de personnes ?")
    edited = sent.page.get_latest_revision_as_object()
    edited.summary = "Corrigé par l’animatrice."
    edited.save_revision(user=animator)

    sent.refresh_from_db()
    assert (sent.state, sent.reason) == (Proposal.State.CHANGES, "Combien de personnes ?")
    letter = letters_to(resident)[-1]
    assert letter.subject == "[La Placette] On vous demande de compléter votre proposition"
    assert "Combien de personnes ?" in letter.body
    client.force_login(resident)
    assert "Combien de personnes ?" in client.get(step(sent, 1)).text
    client.post(step(sent, 2), {**WHEN, "participants": "40"})
    client.post(step(sent, 4), {**CREDIT, "go": "send", "accept": "on"})

    sent.refresh_from_db()
    latest = sent.page.get_latest_revision_as_object()
    assert (sent.state, sent.reason) == (Proposal.State.SENT, "")
    assert (latest.participants, latest.summary) == (40, "Corrigé par l’animatrice.")
    assert ExperiencePage.objects.count() == 1
    assert sent.page.current_workflow_state.status == WorkflowState.STATUS_IN_PROGRESS
    assert sent.page.current_workflow_task_state.revision == sent.page.get_latest_revision()


def test_a_declined_sheet_is_not_published_and_its_author_reads_why_and_may_send_it_again(
    client, sent, animator, resident
):
    client.force_login(animator)

    act(client, sent, "decline", comment="Ce n’est pas une expérience de participation.")

    sent.refresh_from_db()
    assert sent.state == Proposal.State.DECLINED
    assert not sent.page.live
    assert not TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS).exists()
    letter = letters_to(resident)[-1]
    assert letter.subject == "[La Placette] Votre proposition n’est pas retenue"
    assert "Ce n’est pas une expérience" in letter.body
    client.force_login(resident)
    assert "Ce n’est pas une expérience" in client.get(sent.get_absolute_url()).text
    again = actions.send(sent, resident)
    assert (again.page, again.page.workflow_in_progress) == (sent.page, True)


def test_declining_takes_words_for_the_author(client, sent, animator):
    client.force_login(animator)

    act(client, sent, "decline", comment="")

    sent.refresh_from_db()
    assert sent.state == Proposal.State.SENT


def test_a_sheet_published_without_the_workflow_is_published_all_the_same(client, sent, resident):
    sent.page.get_latest_revision().publish()

    sent.refresh_from_db()
    assert sent.state == Proposal.State.PUBLISHED
    assert letters_to(resident)[-1].subject == "[La Placette] Votre proposition est publiée"


def test_a_sheet_to_be_published_later_is_told_when_it_is(sent, resident):
    page = sent.page.get_latest_revision_as_object()
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision().publish()
    sent.refresh_from_db()
    assert sent.state == Proposal.State.SENT

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        call_command("publish_scheduled", verbosity=0)

    sent.refresh_from_db()
    assert sent.state == Proposal.State.PUBLISHED


def test_an_unpublished_sheet_stays_published_for_its_author_who_is_told_it_is_offline(as_resident, sent, resident):
    sent.page.get_latest_revision().publish()
    letters_to(resident)
    page = ExperiencePage.objects.get()
    page.unpublish()
    number = len(letters_to(resident))

    assert "La fiche n’est plus en ligne" in as_resident.get(sent.get_absolute_url()).text
    page.get_latest_revision().publish()
    assert "Voir la fiche publiée" in as_resident.get(sent.get_absolute_url()).text
    assert len(letters_to(resident)) == number


def test_a_sheet_that_editors_delete_is_not_retained_and_its_author_keeps_the_text(sent, resident):
    sent.page.delete()

    sent.refresh_from_db()
    assert (sent.state, sent.page, sent.answers["title"]) == (Proposal.State.DECLINED, None, "Le four à pain")
    assert letters_to(resident)[-1].subject == "[La Placette] Votre proposition n’est pas retenue"
    assert actions.send(sent, resident).page


def test_a_published_sheet_that_is_deleted_tells_nobody_anything(sent, resident):
    sent.page.get_latest_revision().publish()
    letters_to(resident)

    ExperiencePage.objects.get().delete()

    sent.refresh_from_db()
    assert sent.state == Proposal.State.PUBLISHED
    assert len(letters_to(resident)) == 1


def test_a_sheet_is_never_published_unread_because_nobody_is_left_to_read(inventory, draft, resident, sent):
    Workflow.objects.get(name="Fiches proposées").tasks.update(active=False)

    other = actions.send(actions.begin(resident, {**ANSWERS, "title": "Un autre"}), resident)

    other.page.refresh_from_db()
    assert not other.page.live
    assert other.page.workflow_in_progress


# ── Letters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_server_that_is_down_delays_letters_and_stops_nobody(
    draft, resident, animator, monkeypatch, django_capture_on_commit_callbacks
):
    def down(*args, **kwargs):
        raise SMTPException("en panne")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.open", down)
        with django_capture_on_commit_callbacks(execute=True):
            sent = actions.send(draft, resident)
        assert tell_proposers() == 0
    assert mail.outbox == []

    assert sent.page.workflow_in_progress
    assert tell_proposers() == 1
    assert tell_proposers() == 0


def test_animators_are_written_to_once_it_is_sent(draft, resident, animator, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        actions.send(draft, resident)

    assert [letter.to for letter in mail.outbox] == [[animator.email]]


def test_old_news_is_not_told(sent):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert tell_proposers() == 0


# ── What it costs, what is known of a person ─────────────────────────────────────────────────────────────────────────


def test_my_space_lists_my_proposals_at_the_same_cost_whatever_their_number(as_resident, inventory, resident):
    costs = []
    for number in range(5):
        actions.send(actions.begin(resident, {**ANSWERS, "title": f"Four {number}"}), resident)
        as_resident.get("/compte/")
        with CaptureQueriesContext(connection) as queries:
            page = as_resident.get("/compte/")
        costs.append(len(queries))

    assert page.text.count("Envoyée, en cours de lecture") == 5
    assert costs[0] == costs[-1]


def test_the_last_step_costs_the_same_however_much_was_answered(as_resident, draft, resident):
    costs = []
    for answers in [
        {},
        {"elsewhere": ["04209", "05070"], "audiences": ["jeunes", "elus"], "methods": ["questionnaire"]},
    ]:
        actions.save_step(draft, resident, answers)
        with CaptureQueriesContext(connection) as queries:
            as_resident.get(step(draft, 4))
        costs.append(len(queries))

    assert costs[0] <= costs[1] <= 30


def test_a_sheet_costs_one_query_more_for_its_credit(client, sent):
    sent.page.get_latest_revision().publish()
    page = ExperiencePage.objects.get()

    with CaptureQueriesContext(connection) as queries:
        assert page.credit == page.credit == "Proposée par Mireille du Bléone".replace("par ", "par\N{NO-BREAK SPACE}")

    assert len(queries) == 1


def test_one_s_proposals_are_in_the_file_of_one_s_data(sent, resident):
    held = personal_data(resident)["proposals"]

    assert [row["answers"]["contact"] for row in held] == ["06 00 00 00 00"]


# ── At once ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bare_inventory(transactional_db):
    """An inventory alone in its tree: tests that commit also empty what migrations wrote, such as the roots of trees."""
    load_territories()
    Group.objects.get_or_create(name=Role.ANIMATOR)
    locale, _created = Locale.objects.get_or_create(language_code="fr")
    root = Page.objects.filter(depth=1).first() or Page.add_root(instance=Page(title="Root", slug="root"))
    return root.add_child(instance=ExperienceIndexPage(title="Inventaire", slug="inventaire", locale=locale))


def test_a_proposal_sent_by_several_presses_at_once_makes_one_sheet(bare_inventory, resident):
    draft = actions.begin(resident, ANSWERS)

    answers = at_once(*[lambda: actions.send(draft, resident)] * 3)

    assert [answer.page_id for answer in answers] == [ExperiencePage.objects.get().pk] * 3
    assert WorkflowState.objects.count() == 1


def test_several_proposals_sent_at_once_do_not_pass_the_limit(bare_inventory, resident):
    drafts = [actions.begin(resident, {**ANSWERS, "title": f"Four {number}"}) for number in range(7)]

    answers = at_once(*[lambda draft=draft: actions.send(draft, resident) for draft in drafts])

    assert sum(isinstance(answer, ValidationError) for answer in answers) == 2
    assert Proposal.objects.waiting().count() == ExperiencePage.objects.count() == 5


def test_a_proposal_withdrawn_while_it_is_published_is_one_or_the_other(bare_inventory, resident):
    sent = actions.send(actions.begin(resident, ANSWERS), resident)
    revision = sent.page.get_latest_revision()

    at_once(lambda: actions.withdraw(sent, resident), lambda: publish_or_not(revision))

    sent.refresh_from_db()
    live = ExperiencePage.objects.filter(live=True).exists()
    assert (sent.state, live) in [(Proposal.State.PUBLISHED, True), (Proposal.State.WITHDRAWN, False)]
