"""What people do is in the record, in the right order, written by the verbs that do it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from participation.consultations import actions
from participation.consultations.models import Activity, Reaction
from participation.forum.actions import edit_message
from participation.ledger import actions as ledger
from participation.ledger import notes, sealing, watermark
from participation.ledger.models import SITE, Entry, Log, Node, Opening
from tests import factories

from .reading import entries, save, types, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(forum) -> Log:
    """The record of the forum's consultation."""
    return Log.objects.get(consultation=forum.consultation)


@pytest.fixture
def read_beforehand(organisation):
    consultation = factories.a_consultation("Le préau", organiser=organisation)
    return factories.a_forum(consultation=consultation, moderation=Activity.Moderation.BEFORE)


def log_of(activity) -> Log:
    return Log.objects.get(consultation=activity.consultation)


def test_a_record_opens_with_the_first_activity_and_the_sites_record_says_so(forum, log):
    assert types(log) == ["log.opened", "activity.opened"]
    assert entries(log)[1]["obj"] == f"activity:{forum.pk}"
    assert entries(log)[1]["data"]["kind"] == "forum"
    assert log.origin == f"test.local/registre/{forum.consultation.slug}"
    site = Log.objects.get(slug=SITE)
    assert types(site) == ["log.opened", "site.key", "site.log_opened"]
    assert entries(site)[2]["data"]["origin"] == log.origin


def test_a_forum_that_opens_later_is_recorded_at_its_hour(organisation):
    tomorrow = timezone.now() + timedelta(days=1)
    forum = factories.a_forum(consultation=factories.a_consultation(organiser=organisation), opens_at=tomorrow)
    assert not Log.objects.filter(consultation=forum.consultation).exists()

    actions.keep_time(forum.consultation, at=tomorrow + timedelta(seconds=1))

    assert types(log_of(forum)) == ["log.opened", "activity.opened"]


def test_a_message_is_received_then_published_and_its_text_is_not_in_the_entry(forum, log, resident):
    topic = factories.a_topic(forum, resident, "Un kiosque !", "Place de l’église.")

    received, published = entries(log)[-2:]
    assert received["type"] == "contribution.received"
    assert received["data"]["activity"] == f"activity:{forum.pk}"
    assert received["data"]["parent"] is None
    assert set(received["data"]["commit"]) == {"title", "body"}
    assert len(received["who"]) == 32
    assert published["data"] == {"target": received["seq"]}
    assert "who" not in published
    assert b"glise" not in bytes(Entry.objects.get(log=log, seq=topic.text_seq).body)


def test_votes_and_views_are_dated_to_the_hour_and_the_rest_to_the_minute(forum, log, resident):
    topic = factories.a_topic(forum, resident)
    actions.react(topic, factories.a_user(), "agree")

    dates = {entry["type"]: entry["ts"] for entry in entries(log)}
    assert datetime.strptime(dates["reaction.cast"], "%Y-%m-%dT%HZ")
    assert datetime.strptime(dates["contribution.received"], "%Y-%m-%dT%H:%MZ")


def test_a_message_read_beforehand_waits_in_the_record_too(read_beforehand, resident, moderator):
    topic = factories.a_topic(read_beforehand, resident)
    log = log_of(read_beforehand)
    assert types(log)[-2:] == ["contribution.received", "opening.withheld"]
    assert entries(log)[-1]["data"] | {"reason": "awaiting", "origin": "rule"} == entries(log)[-1]["data"]
    assert not Opening.objects.published(log, log.size).filter(entry__seq=topic.text_seq).exists()

    actions.approve(topic, moderator)

    assert types(log)[-2:] == ["contribution.published", "opening.restored"]
    assert Opening.objects.published(log, Log.objects.get(pk=log.pk).size).filter(entry__seq=topic.text_seq).exists()


def test_a_refusal_leaves_the_text_withheld(read_beforehand, resident, moderator):
    topic = factories.a_topic(read_beforehand, resident)

    actions.refuse(topic, moderator, reason="hors-sujet")

    last = entries(log_of(read_beforehand))[-1]
    assert last["type"] == "contribution.refused"
    assert last["data"] == {"target": topic.text_seq, "reason": "hors-sujet"}


def test_an_edit_commits_to_all_fields_again_and_withholds_what_it_replaces(forum, log, resident):
    topic = factories.a_topic(forum, resident)

    edited = edit_message(topic, resident, title="Un kiosque ?", body="Plutôt au jardin.")

    assert types(log)[-2:] == ["contribution.edited", "opening.withheld"]
    new, old = entries(log)[-2:]
    assert set(new["data"]["commit"]) == {"title", "body"}
    assert old["data"] == {
        "target": topic.text_seq,
        "fields": ["body", "title"],
        "reason": "replaced",
        "origin": "author",
    }
    assert edited.text_seq == new["seq"]


def test_an_edit_read_beforehand_leaves_the_old_text_until_it_is_approved(read_beforehand, resident, moderator):
    topic = factories.a_topic(read_beforehand, resident, "Un kiosque !", "Place de l’église.")
    actions.approve(topic, moderator)

    edited = edit_message(topic, resident, title="Autre", body="Tout autre chose.")
    assert (edited.title, edited.is_published) == ("Un kiosque !", True)
    log = log_of(read_beforehand)
    assert types(log)[-2:] == ["contribution.edited", "opening.withheld"]

    actions.approve(edited, moderator)

    topic.refresh_from_db()
    assert (topic.title, topic.body) == ("Autre", "Tout autre chose.")
    assert types(log)[-3:] == ["contribution.published", "opening.restored", "opening.withheld"]
    assert entries(log)[-1]["data"]["reason"] == "replaced"


def test_a_refused_edit_leaves_what_everyone_reads(read_beforehand, resident, moderator):
    topic = factories.a_topic(read_beforehand, resident, "Un kiosque !", "Place de l’église.")
    actions.approve(topic, moderator)
    edited = edit_message(topic, resident, title="Publicité", body="Achetez mes bancs.")

    actions.refuse(edited, moderator, reason="publicite")

    topic.refresh_from_db()
    assert (topic.title, topic.pending, topic.is_published) == ("Un kiosque !", None, True)
    assert entries(log_of(read_beforehand))[-1]["type"] == "contribution.refused"


def test_withdrawing_and_taking_down_say_why(forum, log, resident, moderator):
    mine, other = factories.a_topic(forum, resident), factories.a_topic(forum, factories.a_user(), "Autre")

    actions.withdraw(mine, resident)
    assert types(log)[-2:] == ["contribution.withdrawn", "opening.withheld"]
    assert entries(log)[-1]["data"]["reason"] == "withdrawn"
    actions.withhold(other, moderator, reason="propos-injurieux")
    assert entries(log)[-1]["data"] == {
        "target": other.text_seq,
        "fields": ["body", "title"],
        "reason": "propos-injurieux",
        "origin": "moderator",
    }
    actions.restore(other, moderator)
    assert types(log)[-1] == "opening.restored"


def test_what_a_reader_reported_is_withheld_on_a_report(forum, log, resident, moderator):
    topic = factories.a_topic(forum, resident)
    actions.report(topic, reason="publicite")

    actions.withhold(topic, moderator, reason="publicite")

    assert entries(log)[-1]["data"]["origin"] == "report"


def test_views_are_cast_changed_and_taken_back(forum, log, resident):
    topic, neighbour = factories.a_topic(forum, resident), factories.a_user()
    for choice in ["agree", "nuance", "nuance", "disagree"]:
        actions.react(topic, neighbour, choice)

    written = [(e["type"], e.get("data")) for e in entries(log) if e["type"].startswith("reaction.")]
    assert written == [
        ("reaction.cast", {"choice": "agree"}),
        ("reaction.changed", {"choice": "nuance"}),
        ("reaction.withdrawn", None),
        ("reaction.cast", {"choice": "disagree"}),
    ]
    assert Reaction.objects.get().changes == 2


def test_one_changes_ones_mind_twenty_times_and_no_more(forum, resident):
    topic, neighbour = factories.a_topic(forum, resident), factories.a_user()
    for number in range(21):
        actions.react(topic, neighbour, "agree" if number % 2 else "nuance")

    with pytest.raises(ValidationError, match="20"):
        actions.react(topic, neighbour, "agree")
    assert actions.react(topic, neighbour, "nuance") is None


def test_extending_is_written_and_a_change_that_says_nothing_new_is_not(forum, log):
    forum.minutes = 9
    actions.change_activity(forum)
    assert types(log)[-1] == "activity.opened"

    forum.closes_at = timezone.now() + timedelta(days=3)
    actions.change_activity(forum)

    changed = entries(log)[-1]
    assert changed["type"] == "activity.changed"
    assert changed["data"]["kind"] == "forum"
    assert changed["data"]["closes"] == forum.closes_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def test_closing_by_hand_or_by_date_is_written_once(forum, log):
    actions.close_activity(forum)
    actions.keep_time(forum.consultation)

    assert types(log).count("activity.closed") == 1
    forum.refresh_from_db()
    assert forum.closing_seq == 2


def test_a_worker_late_by_a_day_lets_nothing_in_and_writes_the_closing_when_it_is_back(organisation, resident):
    closes = timezone.now() + timedelta(hours=1)
    forum = factories.a_forum(consultation=factories.a_consultation(organiser=organisation), closes_at=closes)
    log = log_of(forum)

    with time_machine.travel(closes + timedelta(days=1), tick=False):
        with pytest.raises(ValidationError, match="clos"):
            factories.a_topic(forum, resident)
        assert types(log)[-1] == "activity.opened"
        actions.keep_time(forum.consultation)

    assert types(log)[-1] == "activity.closed"


def test_a_verb_elsewhere_in_the_consultation_writes_first_what_was_due(organisation, resident):
    consultation = factories.a_consultation(organiser=organisation)
    closes = timezone.now() + timedelta(hours=1)
    first = factories.a_forum("Clos demain", consultation=consultation, closes_at=closes)
    second = factories.a_forum("Ouvert", consultation=consultation)

    with time_machine.travel(closes + timedelta(minutes=1), tick=False):
        factories.a_topic(second, resident)

    assert types(log_of(first))[-3:] == ["activity.closed", "contribution.received", "contribution.published"]


def test_a_clock_that_goes_back_an_hour_neither_reopens_nor_dates_before(forum, log, resident, tmp_path):
    now = timezone.now().replace(minute=30)
    with time_machine.travel(now + timedelta(days=1), tick=False):
        topic = factories.a_topic(forum, resident)
    with time_machine.travel(now + timedelta(days=1, hours=-1), tick=False):
        actions.react(topic, factories.a_user(), "agree")
        actions.close_activity(forum)
    with time_machine.travel(now, tick=False):
        forum.refresh_from_db()
        assert not forum.is_open
        with pytest.raises(ValidationError, match="clos"):
            factories.a_topic(forum, resident, "Trop tard")

    hours = [entry["ts"][:13] for entry in entries(log)]
    assert hours == sorted(hours)
    assert entries(log)[-1]["ts"].endswith(":00Z")
    assert verify(save(log, tmp_path / "registre"))[0] == 0


def test_the_october_night_has_its_two_hours(organisation, resident, tmp_path):
    """In the night before 31 October 2027, half past two comes twice in Paris; the record counts in UTC."""
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    with time_machine.travel(first - timedelta(hours=3), tick=False):
        closes = timezone.make_aware(datetime(2027, 10, 31, 2, 45, fold=1), timezone.get_default_timezone())
        consultation = factories.a_consultation(organiser=organisation)
        forum = factories.a_forum(consultation=consultation, closes_at=closes)
    assert closes.astimezone(UTC) == datetime(2027, 10, 31, 1, 45, tzinfo=UTC)
    for at in [first, first + timedelta(hours=1)]:
        with time_machine.travel(at, tick=False):
            factories.a_topic(forum, resident, f"À {at:%H:%M}")
    with time_machine.travel(first + timedelta(hours=1, minutes=16), tick=False), pytest.raises(ValidationError):
        factories.a_topic(forum, resident, "Trop tard")

    received = entries(log_of(forum), "contribution.received")
    assert [entry["ts"] for entry in received] == ["2027-10-31T00:30Z", "2027-10-31T01:30Z"]
    assert verify(save(log_of(forum), tmp_path / "registre"))[0] == 0


def test_what_is_refused_leaves_nothing_in_the_record(forum, log, resident):
    topic = factories.a_topic(forum, resident)
    before = Log.objects.get(pk=log.pk).size

    with pytest.raises(ValidationError):
        actions.react(topic, resident, "perhaps")
    with pytest.raises(ValidationError):
        factories.a_topic(forum, resident, "", "Sans titre")

    assert Log.objects.get(pk=log.pk).size == before == log.entries.count()


def test_an_entry_written_without_holding_the_log_is_refused(log):
    stale = Log.objects.get(pk=log.pk)
    ledger.append(ledger.hold(log), "participation.count", at=timezone.now())

    with pytest.raises((ledger.NotTheHead, DatabaseError)), transaction.atomic():
        ledger.append(stale, "participation.count", at=timezone.now())

    assert Log.objects.get(pk=log.pk).size == log.entries.count()


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_node"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET log_id = log_id", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_recorded(log, table, statement):
    # A third entry completes a subtree: there are hashes too.
    ledger.append(ledger.hold(log), "participation.count", at=timezone.now())
    assert Node.objects.exists()

    with (
        pytest.raises(DatabaseError, match="le registre ne se modifie pas"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
def test_replacing_a_row_is_refused_too(log):
    with (
        pytest.raises(DatabaseError, match="le registre ne se modifie pas"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "REPLACE INTO ledger_entry (id, log_id, seq, type, obj, body) SELECT id, log_id, seq, type, obj, x'00' "
            "FROM ledger_entry WHERE seq = 1"
        )


@pytest.mark.parametrize("name", ["RECORD_SIGNING_KEY", "RECORD_ENCRYPTION_KEY"])
def test_a_key_that_was_lost_stops_the_record_and_says_so(forum, log, resident, settings, name):
    caches = [notes.public_key, notes._private_key, notes._key_id]
    original = getattr(settings, name)
    setattr(settings, name, "YW5vdGhlciBrZXksIG9mIHRoaXJ0eS10d28gYnl0ZXM=")
    for cache in caches:
        cache.cache_clear()
    try:
        with pytest.raises(sealing.KeyIsLost, match="les clés du registre public"):
            factories.a_topic(forum, resident)
    finally:
        setattr(settings, name, original)
        for cache in caches:
            cache.cache_clear()

    assert log.entries.count() == Log.objects.get(pk=log.pk).size == 2


def test_a_database_older_than_what_was_published_takes_no_more_entries(forum, log, resident):
    before = Log.objects.get(pk=log.pk)
    # What left this machine is noted outside the database: a later state, of which people hold receipts.
    before.size += 3
    watermark.note(before)

    with pytest.raises(watermark.RecordIsBehind, match="restaur"):
        factories.a_topic(forum, resident)
    with pytest.raises(watermark.RecordIsBehind):
        actions.close_activity(forum)

    assert log.entries.count() == Log.objects.get(pk=log.pk).size == before.size - 3


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_is_noted_outside_the_database(forum, resident):
    factories.a_topic(forum, resident)
    log = log_of(forum)

    assert watermark.read(log.slug) == (log.size, log.root.hex())

    with pytest.raises(ValidationError), transaction.atomic():
        factories.a_topic(forum, factories.a_user(), "Annulé")
        raise ValidationError("annulé")
    assert watermark.read(log.slug) == (log.size, log.root.hex())


def test_notes_that_come_in_the_wrong_order_keep_the_latest(log):
    later, earlier = Log.objects.get(pk=log.pk), Log.objects.get(pk=log.pk)
    later.size = 12

    watermark.note(later)
    watermark.note(earlier)

    assert watermark.read(log.slug)[0] == 12


def test_ending_a_consultation_ends_participation_and_two_months_later_the_tags_are_nobodys(
    forum, log, resident, tmp_path
):
    topic = factories.a_topic(forum, resident)
    actions.react(topic, factories.a_user(), "agree")
    with pytest.raises(ValidationError):
        actions.end_consultation(forum.consultation)
    actions.close_activity(forum)

    actions.end_consultation(forum.consultation)
    assert types(log)[-1] == "log.closed"
    assert entries(Log.objects.get(slug=SITE))[-1]["type"] == "site.log_closed"
    with pytest.raises(ValidationError, match="termin"):
        factories.a_forum("Encore", consultation=type(forum.consultation).objects.get(pk=forum.consultation_id))

    with time_machine.travel(timezone.now() + timedelta(days=40)):
        actions.forget_who(forum.consultation)
    assert Reaction.objects.get().user is not None
    with time_machine.travel(timezone.now() + timedelta(days=62)):
        actions.forget_who(forum.consultation)
        actions.withdraw(topic, resident)

    log.refresh_from_db()
    assert log.key is None
    assert Reaction.objects.get().user is None
    assert types(log)[-3:] == ["log.key_destroyed", "contribution.withdrawn", "opening.withheld"]
    assert entries(log)[-2]["who"] == entries(log, "contribution.received")[0]["who"]
    assert verify(save(log, tmp_path / "registre"))[0] == 0


def test_the_whole_life_of_a_forum_is_conform(read_beforehand, resident, moderator, tmp_path):
    topic = factories.a_topic(read_beforehand, resident)
    edit_message(topic, resident, title="Réécrit avant lecture", body="Une deuxième fois.")
    actions.approve(topic, moderator)
    reply = factories.a_reply(type(topic).objects.get(pk=topic.pk), moderator, "Merci.")
    actions.react(reply, resident, "agree")
    edit_message(topic, resident, title="Et encore", body="Une troisième fois.")
    actions.approve(topic, moderator)
    actions.withhold(topic, moderator, reason="doublon")
    actions.restore(topic, moderator)
    actions.close_activity(read_beforehand)

    code, said = verify(save(log_of(read_beforehand), tmp_path / "registre"))

    assert said.splitlines()[-1] == "CONFORME", said
    assert code == 0
