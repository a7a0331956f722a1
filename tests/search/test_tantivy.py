"""What is the embedded engine's own: its files, and several processes around them."""

import os

import pytest

from search import outbox
from search.engines import EngineDown
from search.engines.tantivy import Tantivy
from search.entries import entries
from search.query import Query, Sort
from tests.conformance.documents import DOCUMENTS, LABELS
from tests.search.conftest import SERVER


@pytest.fixture
def filled(tmp_path) -> Tantivy:
    engine = Tantivy(tmp_path)
    engine.rebuild(entries(DOCUMENTS, LABELS))
    return engine


def test_another_process_reads_what_one_has_written(filled, tmp_path):
    other = Tantivy(tmp_path)
    assert other.search(Query()).total == 5

    filled.index([], delete=["page:1"])

    assert other.search(Query()).total == 4


def test_a_process_that_was_forked_reads_on(filled):
    assert filled.search(Query()).total == 5
    pid = os.fork()
    if pid == 0:
        os._exit(0 if filled.search(Query(text="porteur")).total == 3 else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert filled.search(Query()).total == 5


def test_two_writers_at_once_is_one_too_many(filled, tmp_path):
    def while_one_writes():
        with pytest.raises(EngineDown, match="lock"):
            Tantivy(tmp_path).index([], delete=["page:1"])
        yield from entries(DOCUMENTS[:1], LABELS)

    assert filled.index(while_one_writes()) == 1
    assert Tantivy(tmp_path).index([], delete=["page:1"]) == 0
    assert filled.search(Query()).total == 4


@pytest.mark.parametrize("name", ["meta.json", ".managed.json", "*.term", "*.store", "*.fast", "*.pos"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_damaged_files_are_noticed_and_made_again(filled, tmp_path, name, how):
    (file,) = filled.folder.glob(name)
    if how == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif name == ".managed.json":
        pytest.skip("nothing is lost with it")
    else:
        file.unlink()
    reader = Tantivy(tmp_path)

    with pytest.raises(EngineDown):
        reader.search(Query(text="porteur de paroles", counts=("type",)))

    assert reader.stamp() == 0
    reader.rebuild(entries(DOCUMENTS, LABELS))
    assert reader.search(Query(text="porteur")).total == 3


def test_an_index_of_another_version_is_left_and_thrown_away_once_there_is_a_new_one(tmp_path):
    old = tmp_path / "tantivy-00000000"
    old.mkdir()
    engine = Tantivy(tmp_path)
    assert engine.stamp() == 0

    engine.rebuild(entries(DOCUMENTS, LABELS))

    assert not old.exists()


@pytest.mark.django_db
@pytest.mark.skipif(bool(SERVER), reason="another engine is being tested")
def test_the_worker_makes_a_damaged_index_again(home_page):
    from search.engines import engine

    outbox.rebuild()
    (engine().folder / "meta.json").write_text("{")
    engine()._index = None
    with pytest.raises(EngineDown):
        engine().search(Query())

    outbox.drain()

    assert engine().search(Query()).total == 1


def test_counts_are_the_same_on_every_page_and_follow_the_index(filled, monkeypatch):
    rounds = []
    count = Tantivy._counts
    monkeypatch.setattr(Tantivy, "_counts", lambda *args: rounds.append(1) or count(*args))

    def sheets(**asked) -> int:
        return filled.search(Query(counts=("type",), **asked)).counts["type"].get("fiche", 0)

    assert [sheets(), sheets(page=2), sheets(sort=Sort.TITLE), sheets(text="saules")] == [2, 2, 2, 1]
    assert len(rounds) == 2
    filled.index([], delete=["page:3"])
    assert [sheets(), sheets(text="saules")] == [1, 0]
