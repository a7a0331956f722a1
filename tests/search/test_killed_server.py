"""A real Elasticsearch is killed in the middle of edits and started again: nothing is missing afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from home.models import TextPage
from search import outbox
from search.engines import EngineDown, engine
from search.models import Change
from search.query import Query, Sort

SERVICE = Path(__file__).resolve().parents[3] / "shared" / "services" / "elasticsearch"
RIG = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "elasticsearch-rig"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not (SERVICE / "start").exists(), reason=f"there is no {SERVICE}/start"),
]


class Server:
    """An Elasticsearch of one's own, whose data survive it."""

    def __init__(self, data: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data = data

    def start(self) -> None:
        self._run("start", self.port, self.data)

    def kill(self) -> None:
        os.kill(int((RIG / f"{self.port}.pid").read_text()), signal.SIGKILL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)):
                    return
            time.sleep(0.05)
        pytest.fail("the server outlived its kill")

    def stop(self) -> None:
        self._run("stop", self.port)
        for path in RIG.glob(f"{self.port}.*"):
            path.unlink(missing_ok=True)

    @staticmethod
    def _run(command: str, *arguments) -> None:
        # `ps`, which both commands read, cuts its lines at COLUMNS.
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        subprocess.run(
            [SERVICE / command, *map(str, arguments)],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
            timeout=300,
        )


@pytest.fixture
def server(tmp_path, settings):
    server = Server(tmp_path / "data")
    server.start()
    settings.SEARCH_URL = f"http://127.0.0.1:{server.port}/killed"
    engine.cache_clear()
    yield server
    engine.cache_clear()
    server.stop()


def drained() -> None:
    """What the worker does each second, until nothing waits."""
    until = time.monotonic() + 120
    outbox.drain()
    while Change.objects.exists() or not _answers():
        assert time.monotonic() < until, "the index did not catch up"
        time.sleep(0.2)
        outbox.drain()


def _answers() -> bool:
    try:
        return bool(engine().stamp())
    except EngineDown:
        return False


def titles_found() -> list[str]:
    return [document.title for document in engine().search(Query(sort=Sort.TITLE, size=1000)).documents]


def titles_public(home_page) -> list[str]:
    return [*sorted(TextPage.objects.live().values_list("title", flat=True)), home_page.title]


def test_a_server_killed_during_edits_misses_nothing_once_it_is_back(
    server, home_page, client, monkeypatch, django_capture_on_commit_callbacks
):
    pages = [home_page.add_child(instance=TextPage(title=f"A{number:03}", slug=f"a{number}")) for number in range(40)]
    outbox.rebuild()

    for number in range(60):
        monkeypatch.setattr(outbox, "_rests_until", 0.0)
        if number == 20:
            server.kill()
        with django_capture_on_commit_callbacks(execute=True):
            if number % 3 == 0:
                home_page.add_child(instance=TextPage(title=f"B{number:03}", slug=f"b{number}"))
            elif number % 3 == 1:
                pages[number % 40].title = f"C{number:03}"
                pages[number % 40].save_revision().publish()
            else:
                TextPage.objects.live().filter(title__startswith="A").last().unpublish()
    assert Change.objects.exists()
    answer = client.get("/recherche/", {"q": "b057", "format": "json"}).json()
    assert [result["title"] for result in answer["results"]] == ["B057"]
    assert "en cours de réparation" in answer["notices"][0]

    server.start()
    drained()

    assert titles_found() == titles_public(home_page)


def test_a_server_killed_while_everything_is_indexed_is_filled_once_it_is_back(server, home_page, monkeypatch):
    for number in range(30):
        home_page.add_child(instance=TextPage(title=f"A{number:03}", slug=f"a{number}"))
    outbox.rebuild()
    every_document = outbox.sources.every_document

    def killed_meanwhile():
        for number, document in enumerate(every_document()):
            if number == 10:
                server.kill()
            yield document

    with monkeypatch.context() as patch:
        patch.setattr(outbox.sources, "every_document", killed_meanwhile)
        patch.setattr("elasticsearch.helpers.actions.time.sleep", lambda seconds: None)
        with pytest.raises(EngineDown):
            outbox.rebuild()
    home_page.add_child(instance=TextPage(title="B", slug="b"))

    server.start()
    drained()

    assert titles_found() == titles_public(home_page)


@pytest.mark.parametrize("how", ["empty", "older"])
def test_a_server_that_comes_back_without_what_it_had_is_filled_again(server, home_page, how):
    home_page.add_child(instance=TextPage(title="A", slug="a"))
    outbox.rebuild()
    server.stop()
    copy = server.data.with_name("copy")
    shutil.copytree(server.data, copy)
    server.start()
    home_page.add_child(instance=TextPage(title="B", slug="b"))
    drained()
    assert "B" in titles_found()

    server.kill()
    shutil.rmtree(server.data)
    if how == "older":
        shutil.copytree(copy, server.data)
    server.start()
    drained()

    assert titles_found() == titles_public(home_page)
