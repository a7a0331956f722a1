"""What changes is indexed once committed, and lost by nothing."""

import fcntl
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from home.models import TextPage
from participation.vocabulary.models import Theme
from search import outbox
from search.engines import EngineDown, engine
from search.models import Change
from search.query import Query
from tests.factories import a_sheet, a_topic

pytestmark = pytest.mark.django_db


def indexed(text: str = "") -> list[str]:
    """The titles the engine itself knows, whatever is public."""
    return [document.title for document in engine().search(Query(text=text)).documents]


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Within it, what a commit sets off happens, as it does outside tests."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def filled():
    outbox.rebuild()


def test_a_published_page_is_found_at_once(home_page, filled, committed):
    with committed():
        home_page.add_child(instance=TextPage(title="La digue"))

    assert indexed("digue") == ["La digue"]
    assert not Change.objects.exists()


def test_what_is_rolled_back_was_never_noted(home_page, filled):
    Change.objects.all().delete()

    with transaction.atomic():
        home_page.add_child(instance=TextPage(title="La digue"))
        transaction.set_rollback(True)

    assert not Change.objects.exists()


def test_a_crash_between_the_commit_and_the_index_loses_nothing(home_page, filled):
    page = home_page.add_child(instance=TextPage(title="La digue"))
    # The process died here: nothing that a commit sets off happened.
    assert indexed("digue") == []

    outbox.drain()

    assert indexed("digue") == ["La digue"]
    assert not Change.objects.filter(key=f"page:{page.pk}").exists()


def test_an_engine_that_is_down_keeps_changes_waiting(home_page, filled, committed, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(type(engine()), "index", _down)
        with committed():
            home_page.add_child(instance=TextPage(title="La digue"))
    assert Change.objects.exists()

    outbox.drain()

    assert indexed("digue") == ["La digue"]
    assert not Change.objects.exists()


def test_requests_leave_an_engine_that_is_down_alone_for_a_while(home_page, filled, committed, monkeypatch):
    tries = []
    monkeypatch.setattr(type(engine()), "index", lambda *args, **kwargs: tries.append(1) or _down())

    for number in range(3):
        with committed():
            home_page.add_child(instance=TextPage(title=f"La digue {number}"))

    assert len(tries) == 1


def test_while_another_process_writes_changes_are_left_to_it(home_page, filled, committed):
    with (settings.SEARCH_INDEX_DIR / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with committed():
            home_page.add_child(instance=TextPage(title="La digue"))
        assert indexed("digue") == []
        assert outbox.drain() == 0

    assert outbox.drain() > 0
    assert indexed("digue") == ["La digue"]


def test_a_page_that_changes_while_it_is_indexed_is_indexed_again(home_page, filled, monkeypatch):
    page = home_page.add_child(instance=TextPage(title="La digue"))
    index = type(engine()).index

    def index_slowly(self, entries, **kwargs):
        count = index(self, entries, **kwargs)
        monkeypatch.undo()
        page.title = "Le pont"
        page.save()
        return count

    monkeypatch.setattr(type(engine()), "index", index_slowly)
    outbox.drain(batches=1)

    assert indexed("digue") == ["La digue"]
    assert Change.objects.filter(key=f"page:{page.pk}").exists()
    outbox.drain()
    assert indexed("pont") == ["Le pont"]
    assert indexed("digue") == []


def test_an_import_can_leave_the_index_for_the_end(home_page, filled, committed):
    with committed(), outbox.postponed():
        home_page.add_child(instance=TextPage(title="La digue"))

    assert indexed("digue") == []
    assert outbox.drain() > 0
    assert indexed("digue") == ["La digue"]


def test_a_request_never_fills_an_empty_index(home_page, committed):
    with committed():
        home_page.add_child(instance=TextPage(title="La digue"))

    with pytest.raises(EngineDown):
        indexed()


def test_the_worker_fills_an_empty_index(home_page):
    home_page.add_child(instance=TextPage(title="La digue"))
    Change.objects.all().delete()

    outbox.drain()

    assert indexed("digue") == ["La digue"]


def test_many_changes_take_as_many_turns_as_it_needs(home_page, filled):
    pages = [home_page.add_child(instance=TextPage(title=f"Digue {number}", slug=f"d{number}")) for number in range(12)]
    Change.objects.all().delete()
    outbox.enqueue(*(f"page:{page.pk}" for page in pages), *(f"page:{10_000 + number}" for number in range(250)))

    assert outbox.drain() == 262
    assert len(indexed("digue")) == 12


def test_another_name_of_a_theme_is_searched_once_the_worker_has_passed(home_page, territories, filled, committed):
    theme = Theme.objects.get(slug="mobilites")
    a_sheet(home_page, "La navette", themes=[theme])
    outbox.drain()

    with committed():
        theme.name = "Déplacements"
        theme.save()
    assert indexed("déplacements") == []
    outbox.drain()

    assert indexed("déplacements") == ["La navette"]


def test_messages_that_come_in_fast_are_indexed_together(forum, resident, filled, committed):
    with committed():
        a_topic(forum, resident, "Des bancs")
    assert indexed("bancs") == []

    outbox.drain()

    assert indexed("bancs") == ["Des bancs"]


def test_a_message_alone_is_indexed_at_once(forum, resident, filled, committed, monkeypatch):
    monkeypatch.setattr(outbox, "SOON", 0)

    with committed():
        a_topic(forum, resident, "Des bancs")

    assert indexed("bancs") == ["Des bancs"]


def test_a_second_note_of_a_change_replaces_the_first():
    outbox.enqueue("page:1")
    Change.objects.update(created=timezone.now() - timedelta(days=1))

    outbox.enqueue("page:1", "page:2")

    assert Change.objects.count() == 2
    assert min(Change.objects.values_list("created", flat=True)) > timezone.now() - timedelta(hours=1)


def test_the_command_indexes_everything_and_says_how_much(home_page, capsys):
    a_sheet(home_page, "La digue")

    call_command("search_index")

    assert capsys.readouterr().out == "3 documents indexés.\n"
    assert indexed("digue") == ["La digue"]


def test_one_page_that_cannot_be_read_does_not_keep_the_others_out(home_page, monkeypatch, caplog):
    good, bad = (home_page.add_child(instance=TextPage(title=title)) for title in ("Le pont", "La digue"))
    read = TextPage.search_document
    monkeypatch.setattr(TextPage, "search_document", lambda page: read(page) if page.pk != bad.pk else 1 / 0)

    outbox.rebuild()

    assert set(indexed()) == {"La Placette", good.title}
    assert f"page {bad.pk}" in caplog.text


def _down(*args, **kwargs):
    raise EngineDown("en panne")


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch):
    monkeypatch.setattr(outbox, "_rests_until", 0.0)
