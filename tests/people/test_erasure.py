"""An account that is deleted, a text that is erased: nothing of them is left anywhere, and the record still agrees."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail import hooks
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from experiences.proposals import actions as proposing
from experiences.proposals.models import Proposal
from participation.ballot.models import Vote
from participation.consultations import actions
from participation.consultations.models import Activity, Contribution, ModerationAction, Reaction, Reason, Report
from participation.forum.actions import edit_message
from participation.ledger import integrity
from participation.ledger.models import Log
from participation.people.actions import ask_for_profile, delete_account, set_up_roles
from participation.people.hooks import WORDS, personal_data, words_of_data
from participation.people.models import DataRequest, Role, Session, User
from participation.review.actions import edit_remark
from search import alerts, outbox
from search.lasting import LastingSearch
from tests import factories
from tests.ledger.reading import entries, save, types, verify

pytestmark = pytest.mark.django_db

WORD = "zinzolin"
"""A word that nothing else in these tests holds."""


@pytest.fixture(autouse=True)
def _roles(db):
    set_up_roles()


@pytest.fixture
def lucette(db) -> User:
    return factories.a_user("Lucette")


@pytest.fixture
def mado(db) -> User:
    return factories.a_user("Mado Zinzolin")


def tables_that_hold(word: str) -> list[str]:
    """The tables of which a row holds these letters, whatever their case."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(word in _as_text(value).lower() for row in cursor.fetchall() for value in row):
                found.append(table)
    return found


def _as_text(value) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def log_of(activity) -> Log:
    return Log.objects.get(consultation=activity.consultation)


def require_agreement(tmp_path) -> None:
    """What is stored agrees with the record, and the verifier finds each record conforming."""
    assert list(integrity.problems()) == []
    for log in Log.objects.all():
        code, said = verify(save(log, tmp_path / log.slug))
        assert code == 0, said
        assert said.strip().endswith("CONFORME")


# ── One text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_erased_text_is_nowhere_any_more_and_its_place_stays(client, forum, lucette, resident, tmp_path):
    topic = factories.a_topic(forum, lucette, title=f"Le {WORD}", body=f"Du {WORD} partout.")
    edit_message(topic, lucette, title=f"Le {WORD} !", body=f"Du {WORD} partout, et vite.")
    factories.a_reply(topic, resident)

    actions.erase(topic, lucette)

    assert tables_that_hold(WORD) == []
    topic.refresh_from_db()
    assert (topic.state, topic.title, topic.body) == (Contribution.State.ERASED, "", "")
    page = client.get(topic.get_absolute_url()).text
    assert "Message effacé à la demande de son auteur" in page
    assert "Bonne idée." in page
    require_agreement(tmp_path)


def test_each_entry_that_holds_the_text_says_that_it_is_erased(forum, lucette):
    topic = factories.a_topic(forum, lucette)
    edit_message(topic, lucette, title="Un autre titre", body="D’autres mots.")

    actions.erase(topic, lucette)

    erased = entries(log_of(forum), "opening.erased")
    held = [entry["seq"] for entry in entries(log_of(forum), "contribution.received", "contribution.edited")]
    assert [entry["data"]["target"] for entry in erased] == held
    assert all(entry["data"]["fields"] == ["body", "title"] for entry in erased)
    assert all(entry["data"]["ground"] == "author" and "who" not in entry for entry in erased)


def test_an_edit_that_waits_is_erased_with_the_text_that_is_shown(organisation, lucette, moderator, tmp_path):
    forum = factories.a_forum(
        consultation=factories.a_consultation(organiser=organisation), moderation=Activity.Moderation.BEFORE
    )
    topic = factories.a_topic(forum, lucette, body=f"Un {WORD}.")
    actions.approve(topic, moderator)
    edit_message(topic, lucette, title="Un kiosque !", body=f"Deux {WORD}.")

    actions.erase(topic, lucette)

    assert tables_that_hold(WORD) == []
    require_agreement(tmp_path)


@pytest.mark.parametrize("state", ["withheld", "withdrawn", "refused"])
def test_what_is_no_longer_shown_can_be_erased_too(organisation, lucette, moderator, tmp_path, state):
    when = Activity.Moderation.BEFORE if state == "refused" else Activity.Moderation.AFTER
    forum = factories.a_forum(consultation=factories.a_consultation(organiser=organisation), moderation=when)
    topic = factories.a_topic(forum, lucette, body=f"Un {WORD}.")
    match state:
        case "withheld":
            actions.withhold(topic, moderator, reason=Reason.OFFENSIVE, note=f"« {WORD} » est de trop.")
        case "withdrawn":
            actions.withdraw(topic, lucette)
        case "refused":
            actions.refuse(topic, moderator, reason=Reason.OFFENSIVE, note=f"« {WORD} » est de trop.")

    actions.erase(topic, lucette)

    assert tables_that_hold(WORD) == []
    forum.refresh_from_db()
    assert (forum.contribution_count, forum.participant_count) == (0, 0)
    require_agreement(tmp_path)


def test_an_amendment_loses_its_wording_too(review, lucette, tmp_path):
    remark = factories.a_remark(review, lucette, body=f"Un {WORD}.", wording=f"La commune répond au {WORD}.")
    edit_remark(remark, lucette, body=f"Deux {WORD}.", wording=f"La commune répond aux {WORD}.")

    actions.erase(remark, lucette)

    assert tables_that_hold(WORD) == []
    require_agreement(tmp_path)


def test_what_was_reported_of_an_erased_text_goes_with_it(forum, lucette, resident):
    topic = factories.a_topic(forum, lucette)
    actions.report(topic, reason=Reason.OFFENSIVE, note=f"Il dit {WORD}.", by=resident)

    actions.erase(topic, lucette)

    assert not Report.objects.exists()


def test_only_its_author_erases_a_text_and_only_once(forum, lucette, resident, moderator):
    topic = factories.a_topic(forum, lucette)

    for other in [resident, moderator]:
        with pytest.raises(PermissionDenied):
            actions.erase(topic, other)
    actions.erase(topic, lucette)
    with pytest.raises(PermissionDenied):
        actions.erase(topic, lucette)

    assert types(log_of(forum)).count("opening.erased") == 1


def test_an_official_answer_belongs_to_its_organisation(forum, resident, agent):
    answer = factories.a_reply(
        factories.a_topic(forum, resident), agent, body="C’est voté.", on_behalf_of=forum.consultation.organiser
    )

    with pytest.raises(ValidationError):
        actions.erase(answer, agent)


def test_a_closed_activity_erases_as_well(forum, lucette, tmp_path):
    topic = factories.a_topic(forum, lucette, body=f"Un {WORD}.")
    actions.close_activity(forum)
    actions.end_consultation(forum.consultation)

    actions.erase(topic, lucette)

    assert tables_that_hold(WORD) == []
    require_agreement(tmp_path)


def test_a_resident_erases_their_message_from_its_page(client, forum, lucette):
    topic = factories.a_topic(forum, lucette)
    client.force_login(lucette)
    assert reverse("consultations:erase", args=[topic.pk]) in client.get(topic.get_absolute_url()).text

    page = client.post(reverse("consultations:erase", args=[topic.pk]), follow=True)

    assert "Votre message est effacé." in page.text
    assert Contribution.objects.get().state == Contribution.State.ERASED


def test_nobody_erases_the_message_of_another_by_its_address(client, forum, lucette, resident):
    topic = factories.a_topic(forum, lucette)
    client.force_login(resident)

    assert client.post(reverse("consultations:erase", args=[topic.pk])).status_code == 403
    assert client.get(reverse("consultations:erase", args=[topic.pk])).status_code == 405
    assert Contribution.objects.get().is_published


# ── An account ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lived(client, forum, review, ballot, organisation, mado, resident, moderator, home_page):
    """All that Mado has done here, each time with the word."""
    topic = factories.a_topic(forum, mado, title=f"Le {WORD}", body=f"Du {WORD}.")
    edit_message(topic, mado, title=f"Le {WORD} bis", body=f"Du {WORD} encore.")
    factories.a_reply(topic, resident)
    other = factories.a_topic(forum, resident, title="La fontaine", body="Elle fuit.")
    factories.a_reply(other, mado, body=f"Du {WORD} aussi.")
    actions.react(other, mado, Reaction.Choice.AGREE)
    actions.report(other, reason=Reason.OFF_TOPIC, note=f"Rien sur le {WORD}.", by=mado)
    factories.a_remark(review, mado, body=f"Un {WORD}.", wording=f"La commune répond au {WORD}.")
    withheld = factories.a_topic(forum, mado, title=f"Encore le {WORD}", body=f"Et du {WORD}.")
    actions.withhold(withheld, moderator, reason=Reason.OFFENSIVE, note=f"« {WORD} » est de trop.")
    factories.a_vote(ballot, "a", voter=mado)
    factories.a_vote(ballot, "a", voter=resident)
    closed = factories.a_ballot("Et quand ?", consultation=factories.a_consultation("L’hiver", organiser=organisation))
    factories.a_vote(closed, "b", voter=mado)
    actions.close_activity(closed)
    outbox.drain()
    return closed


@pytest.mark.usefixtures("lived")
def test_who_leaves_with_their_texts_leaves_no_word_behind(mado, tmp_path):
    assert len(tables_that_hold(WORD)) > 5

    delete_account(mado, erase_texts=True)

    assert tables_that_hold(WORD) == []
    assert not User.objects.filter(pseudonym="Mado Zinzolin").exists()
    require_agreement(tmp_path)


@pytest.mark.usefixtures("lived")
def test_who_leaves_is_not_found_by_the_search(client, mado, home_page, django_capture_on_commit_callbacks):
    def found() -> set[str]:
        answer = client.get(reverse("search:search"), {"q": WORD, "format": "json"})
        return {row["title"] for row in answer.json()["results"]}

    # Of the second, a reply of hers.
    assert found() == {"Le zinzolin bis", "La fontaine"}

    with django_capture_on_commit_callbacks(execute=True):
        delete_account(mado, erase_texts=True)
    outbox.drain()

    assert found() == set()


@pytest.mark.usefixtures("lived")
def test_texts_that_are_kept_lose_their_author(client, forum, review, mado, tmp_path):
    delete_account(mado, erase_texts=False)

    page = client.get(forum.get_absolute_url()).text
    assert "Du zinzolin encore." in page
    assert "Mado" not in page
    assert "compte effacé" in page
    remark = Contribution.objects.get(activity=review)
    assert "compte effacé" in client.get(remark.get_absolute_url()).text
    assert not Contribution.objects.filter(author__pseudonym="Mado Zinzolin").exists()
    require_agreement(tmp_path)


@pytest.mark.usefixtures("lived")
def test_what_nobody_reads_is_erased_even_when_texts_are_kept(mado):
    delete_account(mado, erase_texts=False)

    withheld = Contribution.objects.exclude(state=Contribution.State.PUBLISHED).get()
    assert (withheld.state, withheld.body) == (Contribution.State.ERASED, "")


def test_votes_and_views_are_taken_back_where_one_may_still_vote(lived, forum, ballot, mado, tmp_path):
    delete_account(mado, erase_texts=True)

    assert types(log_of(ballot))[-1] == "vote.withdrawn"
    said = types(log_of(forum))
    assert said.index("reaction.withdrawn") < said.index("opening.erased")
    ballot.refresh_from_db()
    assert ballot.participant_count == 1
    # Closed: it stays counted, and nobody knows whose it was.
    lived.refresh_from_db()
    assert lived.participant_count == 1
    assert Vote.objects.get(ballot=lived).voter is None
    assert types(log_of(lived)).count("vote.withdrawn") == 0
    require_agreement(tmp_path)


def test_reactions_to_what_is_closed_stay_counted(forum, mado, resident, tmp_path):
    topic = factories.a_topic(forum, resident)
    actions.react(topic, mado, Reaction.Choice.AGREE)
    actions.close_activity(forum)

    delete_account(mado, erase_texts=True)

    topic.refresh_from_db()
    assert topic.agree_count == 1
    assert Reaction.objects.get().user is None
    require_agreement(tmp_path)


def test_two_people_who_left_still_count_as_two(forum, mado, resident, moderator, tmp_path):
    for person in [mado, resident]:
        for _ in range(2):
            factories.a_topic(forum, person, title=f"Un sujet de {person} {_}")
        delete_account(person, erase_texts=False)
    first, second, third, _fourth = Contribution.objects.order_by("pk")

    actions.withhold(first, moderator, reason=Reason.OFF_TOPIC)
    forum.refresh_from_db()
    assert (forum.contribution_count, forum.participant_count) == (3, 2)
    require_agreement(tmp_path)
    actions.withhold(second, moderator, reason=Reason.OFF_TOPIC)
    actions.withhold(third, moderator, reason=Reason.OFF_TOPIC)

    forum.refresh_from_db()
    assert (forum.contribution_count, forum.participant_count) == (1, 1)
    require_agreement(tmp_path)


def test_a_guest_who_was_uninvited_since_leaves_as_well(organisation, mado, resident, tmp_path):
    consultation = factories.a_consultation(organiser=organisation, access="invited", guests=[mado, resident])
    forum = factories.a_forum(consultation=consultation)
    topic = factories.a_topic(forum, resident)
    actions.react(topic, mado, Reaction.Choice.AGREE)
    actions.change_consultation(consultation, guests=[resident])

    delete_account(mado, erase_texts=True)

    topic.refresh_from_db()
    assert topic.agree_count == 0
    require_agreement(tmp_path)


def test_a_rehearsal_is_forgotten_whatever_one_chooses(organisation, mado):
    consultation = factories.a_consultation(organiser=organisation, is_trial=True, guests=[mado])
    forum, ballot = factories.a_forum(consultation=consultation), factories.a_ballot(consultation=consultation)
    factories.a_topic(forum, mado, body=f"Un {WORD}.")
    factories.a_vote(ballot, "a", voter=mado)

    delete_account(mado, erase_texts=False)

    assert tables_that_hold(WORD) == []
    ballot.refresh_from_db()
    assert ballot.participant_count == 0


def test_the_address_leaves_the_lists_of_those_who_may_vote(organisation, mado):
    consultation = factories.a_consultation(organiser=organisation)
    ballot = factories.a_ballot(
        consultation=consultation, electorate="invited", addresses=[mado.email, "lou@exemple.fr"]
    )
    factories.a_vote(ballot, "a", voter=mado)

    delete_account(mado, erase_texts=True)

    assert list(ballot.invitations.values_list("email", flat=True)) == ["lou@exemple.fr"]


def test_a_moderator_who_leaves_leaves_their_acts_without_a_name(client, forum, resident, mado, home_page):
    factories.grant_role(mado, Role.MODERATOR)
    topic = factories.a_topic(forum, resident)
    actions.withhold(topic, mado, reason=Reason.OFF_TOPIC)

    delete_account(mado, erase_texts=True)

    act = ModerationAction.objects.get()
    assert (act.act, act.moderator) == (ModerationAction.Act.WITHHELD, None)
    client.force_login(factories.a_user("Modératrice", role=Role.MODERATOR))
    assert "compte effacé" in client.get(reverse("moderation:item", args=[topic.pk])).text


def test_who_works_for_an_organisation_leaves_its_official_answers_to_it(forum, resident, agent, tmp_path):
    topic = factories.a_topic(forum, resident)
    answer = factories.a_reply(topic, agent, body="C’est voté.", on_behalf_of=forum.consultation.organiser)

    delete_account(agent, erase_texts=True)

    answer.refresh_from_db()
    assert (answer.body, answer.author, answer.is_published) == ("C’est voté.", None, True)
    assert not forum.consultation.organiser.editors.user_set.exists()
    require_agreement(tmp_path)


def test_the_last_administrator_stays(mado):
    factories.grant_role(mado, Role.ADMINISTRATOR)

    with pytest.raises(ValidationError):
        delete_account(mado, erase_texts=True)
    factories.a_user("Une autre", role=Role.ADMINISTRATOR)
    delete_account(mado, erase_texts=True)

    assert not User.objects.filter(pk=mado.pk).exists()


def test_what_the_admin_noted_of_an_account_loses_its_name(client, mado):
    administrator = factories.a_user("Administratrice", role=Role.ADMINISTRATOR)
    ModelLogEntry.objects.log_action(mado, "wagtail.edit", user=administrator)

    delete_account(mado, erase_texts=True)

    assert tables_that_hold(WORD) == []
    assert ModelLogEntry.objects.count() == 1


def test_the_picture_that_the_admin_shows_goes_too(mado, django_capture_on_commit_callbacks):
    profile = UserProfile.get_for_user(mado)
    profile.avatar.save("mado.png", ContentFile(b"\x89PNG"))
    storage, name = profile.avatar.storage, profile.avatar.name

    with django_capture_on_commit_callbacks(execute=True):
        delete_account(mado, erase_texts=True)

    assert not storage.exists(name)


def test_a_deletion_is_noted_without_a_name_and_a_letter_confirms_it(mado, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(mado, erase_texts=True)

    request = DataRequest.objects.get()
    assert (request.kind, request.by) == (DataRequest.Kind.DELETION, None)
    assert mail.outbox[-1].to == ["mado-zinzolin@exemple.fr"]
    assert "effacé" in mail.outbox[-1].subject


def test_a_room_that_forgets_its_part_makes_the_whole_deletion_fail(forum, mado, monkeypatch):
    factories.a_topic(forum, mado)
    monkeypatch.setattr("participation.people.hooks.let_go", lambda user, *, erase_texts: None)

    with pytest.raises(ValidationError):
        delete_account(mado, erase_texts=True)

    assert User.objects.filter(pk=mado.pk).exists()
    assert mado.emailaddress_set.exists()
    assert not DataRequest.objects.exists()


def test_a_deletion_costs_the_same_whatever_others_have_written(forum, django_assert_max_num_queries):
    for number in range(10):
        factories.a_topic(forum, factories.a_user(), title=f"Sujet {number}")
    someone = factories.a_user("Simone")
    factories.a_topic(forum, someone, title="Un sujet de plus")

    with django_assert_max_num_queries(140):
        delete_account(someone, erase_texts=True)


# ── From « Mon espace » ──────────────────────────────────────────────────────────────────────────────────────────────


def test_my_space_leads_to_the_deletion_of_my_account(client, mado):
    client.force_login(mado)

    assert reverse("people:delete") in client.get(reverse("people:account")).text
    page = client.get(reverse("people:delete")).text
    for words in ["Effacer aussi mes textes", "Laisser mes textes, sans mon pseudonyme", "votes clos"]:
        assert words in page


def test_my_password_deletes_my_account_and_signs_me_out(client, forum, mado):
    factories.a_topic(forum, mado)
    client.force_login(mado)

    page = client.post(reverse("people:delete"), {"texts": "erase", "password": factories.PASSWORD}, follow=True)

    assert "Votre compte est effacé" in page.text
    assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value
    assert not User.objects.filter(pk=mado.pk).exists()
    assert Contribution.objects.get().state == Contribution.State.ERASED


@pytest.mark.parametrize(
    "answers",
    [
        {"texts": "erase", "password": "une autre phrase"},
        {"texts": "erase", "password": ""},
        {"password": factories.PASSWORD},
        {"texts": "zzz", "password": factories.PASSWORD},
    ],
)
def test_without_my_password_and_a_choice_nothing_is_deleted(client, mado, answers):
    client.force_login(mado)

    page = client.post(reverse("people:delete"), answers)

    assert page.status_code == 422
    assert User.objects.filter(pk=mado.pk).exists()


def test_the_other_devices_are_signed_out(client, mado):
    elsewhere, stranger = Client(), Client()
    elsewhere.force_login(mado)
    stranger.force_login(factories.a_user("Jeannot"))
    client.force_login(mado)

    client.post(reverse("people:delete"), {"texts": "keep", "password": factories.PASSWORD})

    assert elsewhere.get(reverse("people:account")).status_code == 302
    assert Session.objects.get(user__isnull=False).session_key == stranger.session.session_key


def test_the_last_administrator_is_told_why_they_stay(client, mado):
    factories.grant_role(mado, Role.ADMINISTRATOR)
    client.force_login(mado)

    page = client.post(reverse("people:delete"), {"texts": "erase", "password": factories.PASSWORD})

    assert page.status_code == 422
    assert "seul administrateur" in page.text


def test_who_is_not_signed_in_deletes_nothing(client):
    assert client.get(reverse("people:delete")).status_code == 302
    assert client.post(reverse("people:delete"), {"texts": "erase"}).status_code == 302


# ── What one takes away ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("lived")
def test_my_data_can_be_read_on_one_page_in_french(client, mado):
    client.force_login(mado)

    page = client.get(reverse("people:my_data_readable")).text

    for words in ["Mado Zinzolin", mado.email, "Le zinzolin bis", "Mes contributions", "Mes votes", "Terre"]:
        assert words in page
    assert reverse("people:profile") in page


@pytest.mark.usefixtures("lived")
def test_every_word_of_my_data_has_its_french(client, mado, territories):
    alerts.save_search(mado, LastingSearch("/recherche/", "", "q=bus"), name="Les bus", frequency="daily")
    answers = {"title": "Le lavoir", "place": "04070", "elsewhere": ["04209"], "credit": "none", "contact": "ici"}
    proposing.begin(mado, answers)
    asked = {"name": "Les Lavandes", "kind": "collective", "presentation": "On sèche.", "mandate": "L’assemblée."}
    ask_for_profile(mado, **asked)
    client.force_login(mado)
    client.get(reverse("people:my_data"))

    def keys(held):
        if isinstance(held, dict):
            yield from held
            for value in held.values():
                yield from keys(value)
        elif isinstance(held, list):
            for value in held:
                yield from keys(value)

    held = personal_data(mado)

    assert set(keys(held)) <= set(words_of_data())
    page = client.get(reverse("people:my_data_readable")).text
    for words in [
        "Les bus",
        "une fois par jour",
        "Le lavoir",
        "Digne-les-Bains",
        "Sisteron",
        "Ne pas me nommer",
        "Les Lavandes",
    ]:
        assert words in page


@pytest.mark.django_db
def test_a_name_of_my_data_is_called_the_same_by_every_room():
    called = {name: {str(words)} for name, words in WORDS.items()}
    for register in hooks.get_hooks("register_words_of_data"):
        for name, words in register().items():
            called.setdefault(name, set()).add(str(words))

    assert {name: words for name, words in called.items() if len(words) > 1} == {}


def test_each_download_of_ones_data_is_noted(client, mado):
    client.force_login(mado)

    data = json.loads(client.get(reverse("people:my_data")).content)

    [request] = DataRequest.objects.all()
    assert (request.kind, request.by) == (DataRequest.Kind.DOWNLOAD, mado)
    assert data["account"]["pseudonym"] == "Mado Zinzolin"


def test_administrators_read_the_requests_and_change_none(client, mado):
    client.force_login(mado)
    client.get(reverse("people:my_data"))
    administrator = factories.a_user("Administratrice", role=Role.ADMINISTRATOR)
    client.force_login(administrator)

    page = client.get(reverse("wagtailsnippets_people_datarequest:list"))

    assert "Mado Zinzolin" in page.text
    pk = DataRequest.objects.get().pk
    for act in ["edit", "delete"]:
        address = f"{reverse('wagtailsnippets_people_datarequest:list')}{act}/{pk}/"
        assert client.get(address).status_code in (302, 403, 404)
    for role in [Role.ANIMATOR, Role.MODERATOR, Role.AGENT]:
        client.force_login(factories.a_user(role=role))
        assert client.get(reverse("wagtailsnippets_people_datarequest:list")).status_code == 302


def test_a_proposal_that_was_never_sent_goes_and_its_contact_always(mado, home_page, territories):
    proposing.begin(mado, {"title": f"Un {WORD}", "contact": "04 92 00 00 00"})
    published = Proposal.objects.create(
        author=mado,
        answers={"title": f"Un {WORD}", "contact": "04 92 00 00 01"},
        sent={"credit": "pseudonym", "contact": "04 92 00 00 01"},
        state=Proposal.State.PUBLISHED,
        created_at=timezone.now(),
        changed_at=timezone.now(),
        state_at=timezone.now() - timedelta(days=1),
    )

    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        delete_account(mado, erase_texts=False)

    [left] = Proposal.objects.all()
    assert (left.pk, left.author, left.credit) == (published.pk, None, "")
    assert tables_that_hold("04 92 00 00") == []
    assert tables_that_hold(WORD) == []


@pytest.mark.parametrize("erase_texts", [True, False])
def test_a_sheet_that_is_being_read_goes_with_the_texts_or_without_its_author(
    mado, home_page, territories, erase_texts
):
    factories.an_inventory(home_page)
    answers = {
        "title": f"Le {WORD}",
        "summary": f"Du {WORD} à Digne.",
        "place": "04070",
        "credit": "pseudonym",
        "contact": "04 92 00 00 00",
    }
    proposal = proposing.send(proposing.begin(mado, answers), mado)
    assert proposal.page

    delete_account(mado, erase_texts=erase_texts)

    assert tables_that_hold("04 92 00 00") == []
    if erase_texts:
        assert tables_that_hold(WORD) == []
    else:
        left = Proposal.objects.get()
        assert (left.state, left.author, left.credit) == (Proposal.State.SENT, None, "")
        assert left.page.title == f"Le {WORD}"
