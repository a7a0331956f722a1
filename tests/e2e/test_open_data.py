"""A file of open data whose reading fails half-way, through the real web server: nobody may take it for a whole one."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from portal.serving import web_server

from .conftest import ROOT, free_port

PATH = "/participation/consultations/transport-urbain-dignois/donnees/contributions"


@pytest.fixture
def failing(demonstration):
    """Another server on the same data, where tables fail half-way. Its address."""
    port = free_port()
    command = ["tests.e2e.cut" if part == "portal.wsgi" else part for part in web_server(port)]
    environment = {**os.environ, "PORTAL_VAR": str(demonstration.var), "DJANGO_SETTINGS_MODULE": "portal.settings.demo"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(timeout=30)


def answer(server: str, extension: str) -> tuple[int, bytes, bool]:
    """The status, what came, and whether the connection was cut before the end."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", f"{PATH}.{extension}")
        with connection.getresponse() as response:
            try:
                return response.status, response.read(), False
            except http.client.IncompleteRead as cut:
                return response.status, cut.partial, True


def test_a_whole_file_says_so(demonstration):
    _status, csv, _cut = answer(demonstration.url, "csv")
    _status, data, _cut = answer(demonstration.url, "json")

    assert csv.decode().splitlines()[-1].startswith("# complet;")
    assert json.loads(data)["complete"] is True


@pytest.mark.parametrize("extension", ["csv", "json"])
def test_one_that_is_cut_ends_the_connection_and_never_says_that_it_is_whole(failing, extension):
    status, came, cut = answer(failing, extension)

    assert (status, cut) == (200, True)
    assert len(came) > 100_000
    assert b"complet" not in came[-1000:]


def test_a_workbook_that_cannot_be_made_is_no_workbook(failing):
    status, came, _cut = answer(failing, "xlsx")

    assert status == 500
    assert not came.startswith(b"PK")
