"""What the site says of its database, when it stops and when it is back."""

import os
import subprocess

import pytest
from django.db import close_old_connections

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("PORTAL_TEST_PG_STOP" not in os.environ, reason="stops a PostgreSQL: make test-postgres"),
]


@pytest.fixture
def stopped(transactional_db):
    """A database that has crashed; called, it starts again."""

    def start():
        subprocess.run(os.environ["PORTAL_TEST_PG_START"], shell=True, check=True)
        running.append(True)

    running = []
    subprocess.run(os.environ["PORTAL_TEST_PG_STOP"], shell=True, check=True)
    yield start
    if not running:
        start()
    close_old_connections()


def health(client) -> dict:
    close_old_connections()  # as each request does; the client of tests leaves it out
    return client.get("/sante").json()


def test_a_database_that_stopped_is_told_and_found_again_when_it_is_back(client, stopped):
    assert health(client)["database"] is False

    stopped()

    assert health(client)["database"] is True


def test_a_page_read_after_the_database_came_back_shows(client, resident, stopped):
    stopped()
    close_old_connections()

    client.force_login(resident)

    assert client.get("/compte/").status_code == 200
