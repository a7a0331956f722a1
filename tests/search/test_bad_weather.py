"""Elasticsearch hangs, refuses or says nonsense: nobody waits for it, nothing is lost, and it is believed again once it is well."""

import threading
import time

import pytest

from home.models import TextPage
from search import outbox
from search.engines import EngineDown, database, engine
from search.engines import elasticsearch as engine_module
from search.engines.breaker import FIRST_REST, LONGEST_REST, Breaker, Failed, LeftAlone
from search.engines.elasticsearch import Elasticsearch
from search.entries import entries
from search.models import Change, IndexStamp
from search.query import Query
from tests.conformance.documents import DOCUMENTS, LABELS
from tests.search.fake_server import FakeServer, fake_server

ILLNESSES = ["hangs", "garbage", "html", "other json", 429, 502, 503, 504]
SECONDS = 0.3
"""How long visitors wait for the server here."""


@pytest.fixture
def server() -> FakeServer:
    with fake_server() as server:
        yield server


@pytest.fixture
def ill(server) -> Elasticsearch:
    """An engine on that server."""
    return Elasticsearch(server.url, seconds=SECONDS)


@pytest.fixture
def site(server, settings, monkeypatch):
    """The whole site on that server, whose index is thought to be whole."""
    settings.SEARCH_URL, settings.SEARCH_SECONDS = server.url, SECONDS
    engine.cache_clear()
    monkeypatch.setattr(outbox, "_rests_until", 0.0)
    server.stamp = 1
    yield server
    engine.cache_clear()


@pytest.fixture
def clock(monkeypatch):
    """Moves the time that breakers look at."""
    now = [time.monotonic()]
    monkeypatch.setattr("search.engines.breaker.time.monotonic", lambda: now[0])

    def later(seconds: float) -> None:
        now[0] += seconds

    return later


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("illness", ILLNESSES)
def test_whatever_ails_the_server_the_engine_says_that_it_is_down(server, ill, illness):
    server.illness = illness

    for ask in (
        lambda: ill.search(Query(counts=("type",))),
        lambda: ill.frequencies(["mot"]),
        lambda: ill.suggest(["mo"], Query()),
    ):
        ill._breaker = Breaker()
        with pytest.raises(EngineDown):
            ask()


def test_a_server_that_hangs_is_waited_for_once(server, ill):
    server.illness = "hangs"

    for _visitor in range(20):
        with pytest.raises(EngineDown):
            ill.search(Query())

    assert server.asked["_search"] == 1


def test_a_server_that_refuses_connections_is_down():
    with fake_server() as gone:
        url = gone.url

    with pytest.raises(EngineDown):
        Elasticsearch(url).search(Query())


def test_an_index_that_is_not_there_does_not_keep_the_server_from_being_asked(server, ill):
    server.illness = 404

    for _visitor in range(3):
        with pytest.raises(EngineDown):
            ill.search(Query())

    assert server.asked["_search"] == 3
    assert ill.stamp() == 0


def test_a_server_that_is_well_again_is_believed_after_its_rest(server, ill, clock):
    server.illness = 503
    with pytest.raises(EngineDown):
        ill.search(Query())
    server.illness = None
    with pytest.raises(EngineDown):
        ill.search(Query())

    clock(FIRST_REST)

    assert ill.search(Query()).total == 0


@pytest.mark.django_db
@pytest.mark.parametrize("illness", ILLNESSES)
def test_the_database_answers_and_it_is_said(site, home_page, client, illness):
    site.illness = illness

    answer = client.get("/recherche/", {"q": "placette", "format": "json"}).json()

    assert [result["title"] for result in answer["results"]] == ["La Placette"]
    assert "en cours de réparation" in answer["notices"][0]
    assert client.get("/recherche/suggestions/", {"q": "plac"}).status_code == 200


@pytest.mark.django_db
def test_the_database_is_read_for_a_while_then_on_by_the_next_question(site, home_page, client, monkeypatch):
    for number in range(5):
        home_page.add_child(instance=TextPage(title=f"Digue {number}", slug=f"d{number}"))
    site.illness = 503
    monkeypatch.setattr(database, "AT_ONCE", 2)
    # The first slice is always read, and no other: time is up.
    monkeypatch.setattr(database, "SECONDS", 1e-9)

    def found() -> list[str]:
        answer = client.get("/recherche/", {"q": "digue", "tri": "titre", "format": "json"}).json()
        return [result["title"] for result in answer["results"]]

    assert [found() for _question in range(4)] == [
        ["Digue 3", "Digue 4"],
        ["Digue 1", "Digue 2", "Digue 3", "Digue 4"],
        ["Digue 0", "Digue 1", "Digue 2", "Digue 3", "Digue 4"],
        ["Digue 0", "Digue 1", "Digue 2", "Digue 3", "Digue 4"],
    ]


@pytest.mark.django_db
def test_what_the_database_holds_is_read_again_after_a_minute(site, home_page, client, monkeypatch):
    site.illness = 503
    page = home_page.add_child(instance=TextPage(title="La digue"))
    search = lambda: client.get("/recherche/", {"q": "digue pont", "format": "json"}).json()["total"]  # noqa: E731
    assert search() == 0
    page.title = "La digue et le pont"
    page.save()
    monkeypatch.setattr(database, "FRESH", 0)

    assert search() == 1


# ── The breaker ──────────────────────────────────────────────────────────────────────────────────────────────────────


def failing(breaker: Breaker) -> None:
    with pytest.raises(Failed), breaker.asking():
        raise Failed


def test_a_breaker_rests_longer_after_each_failure_up_to_a_limit(clock):
    breaker, rests = Breaker(), []

    for _failure in range(8):
        failing(breaker)
        rests.append(breaker._rest)
        clock(breaker._rest)

    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-1] == LONGEST_REST


def test_one_tries_and_the_others_do_not_wait(clock):
    breaker, tries, refused = Breaker(), threading.Event(), threading.Event()
    failing(breaker)
    clock(FIRST_REST)

    def try_slowly():
        with breaker.asking():
            tries.set()
            assert refused.wait(5)

    slow = threading.Thread(target=try_slowly)
    slow.start()
    assert tries.wait(5)
    with pytest.raises(LeftAlone), breaker.asking():
        pass
    refused.set()
    slow.join()

    with breaker.asking():
        pass


def test_an_error_of_our_own_teaches_nothing_of_the_server(clock):
    breaker = Breaker()
    failing(breaker)
    clock(FIRST_REST)

    with pytest.raises(ZeroDivisionError), breaker.asking():
        raise ZeroDivisionError

    with breaker.asking():
        pass


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pauses(monkeypatch, server):
    """The pauses between tries, none of which is waited for; the server is well after the third."""
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            server.illness = None

    monkeypatch.setattr("elasticsearch.helpers.actions.time.sleep", pause)
    return pauses


@pytest.mark.parametrize("status", [429, 503])
def test_the_worker_sends_again_what_a_busy_server_refused_longer_and_longer(server, ill, pauses, status):
    server.illness = status

    assert ill.index(entries(DOCUMENTS, LABELS), patient=True) == 5

    assert pauses == [0.5, 1, 2]


def test_the_worker_gives_up_at_last(server, ill, monkeypatch):
    server.illness = 503
    monkeypatch.setattr("elasticsearch.helpers.actions.time.sleep", lambda seconds: None)

    with pytest.raises(EngineDown):
        ill.index(entries(DOCUMENTS, LABELS), patient=True)

    assert server.asked["_bulk"] == engine_module.TRIES


@pytest.mark.parametrize("illness", [429, 503, "hangs"])
def test_a_request_sends_once(server, ill, illness):
    server.illness = illness

    with pytest.raises(EngineDown):
        ill.index(entries(DOCUMENTS, LABELS))

    assert server.asked["_bulk"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("illness", ILLNESSES)
def test_pages_are_published_and_wait(site, home_page, illness, django_capture_on_commit_callbacks):
    Change.objects.all().delete()
    IndexStamp.objects.create(pk=1, stamp=1)
    site.illness = illness

    with django_capture_on_commit_callbacks(execute=True):
        page = home_page.add_child(instance=TextPage(title="La digue"))
    for number in range(5):
        with django_capture_on_commit_callbacks(execute=True):
            page.title = f"La digue {number}"
            page.save_revision().publish()

    assert Change.objects.filter(key=f"page:{page.pk}").exists()
    assert site.asked.total() == 1


@pytest.mark.django_db
def test_what_waited_is_indexed_once_the_server_is_back(site, home_page, clock):
    IndexStamp.objects.create(pk=1, stamp=1)
    site.illness = "hangs"
    home_page.add_child(instance=TextPage(title="La digue"))
    assert outbox.drain() == 0
    site.illness = None
    site.healed.set()
    clock(FIRST_REST)

    assert outbox.drain() > 0

    assert not Change.objects.exists()
    assert IndexStamp.objects.get().stamp == site.stamp > 1


def test_a_document_that_the_server_never_takes_does_not_keep_the_others_out(ill, monkeypatch, caplog):
    outcomes = [
        (False, {"index": {"_id": "page:1", "status": 400, "error": "too strange"}}),
        (True, {"index": {"_id": "page:2", "status": 201}}),
    ]
    monkeypatch.setattr("elasticsearch.helpers.streaming_bulk", lambda *args, **kwargs: iter(outcomes))

    assert ill.index(entries(DOCUMENTS[:2], LABELS)) == 1

    assert "page:1" in caplog.text
