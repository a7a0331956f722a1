"""Waiting for one's turn to write, on SQLite."""

import threading
import time

import pytest
from django.db import OperationalError, connection, transaction

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows"),
]


@pytest.fixture
def writer():
    """Somebody who writes in a connection of their own until told to end."""
    begun, end = threading.Event(), threading.Event()

    def write():
        with transaction.atomic():
            begun.set()
            end.wait(10)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait(10)
    yield end
    end.set()
    thread.join()


def test_a_transaction_begins_as_soon_as_the_other_has_ended(writer):
    threading.Timer(0.5, writer.set).start()

    begun = time.monotonic()
    with transaction.atomic():
        waited = time.monotonic() - begun

    assert 0.3 < waited < 5


def test_it_gives_up_after_the_timeout_and_the_connection_goes_on(writer, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)

    with pytest.raises(OperationalError, match="locked"), transaction.atomic():
        pass

    writer.set()
    monkeypatch.undo()
    with transaction.atomic():
        assert connection.in_atomic_block
