"""The demonstration as a newcomer starts it, and a real Chromium in front of it.

One server for the whole run, with a var/ of its own (PORTAL_E2E_VAR keeps one between runs, while writing a journey).
Journeys use names nobody else uses, so that they do not meet.
"""

import email
import email.policy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Demonstration:
    url: str
    var: Path
    output: Path
    process: subprocess.Popen
    seconds: float
    """Until the port opened."""

    @property
    def accounts(self) -> dict[str, tuple[str, str]]:
        """What the command printed: role, in French → e-mail, password."""
        rows = re.findall(r"^ {2}(\w+) +(\S+@\S+) +(\S+)$", self.output.read_text(), re.MULTILINE)
        return {role: (address, password) for role, address, password in rows}

    def get(self, path: str, **headers):
        """(status, headers, body) of a plain request, without following redirections."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.build_opener(_NoRedirection).open(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def json(self, path: str) -> dict:
        return json.loads(self.get(path)[2])

    def letters(self, to: str) -> list[email.message.EmailMessage]:
        """The mails written to this address, oldest first."""
        letters = []
        for path in sorted((self.var / "mail").glob("*"), key=lambda path: path.stat().st_mtime):
            for text in path.read_text().split("-" * 79):
                letter = email.message_from_string(text.lstrip(), policy=email.policy.default)
                if letter["To"] == to:
                    letters.append(letter)
        return letters


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(var: Path, *, port: int | None = None) -> Demonstration:
    """Run `manage.py demo` on `var` and wait until its port opens."""
    port = port or free_port()
    output = var.parent / f"{var.name}-{port}.txt"
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")
    }
    if server := os.environ.get("SEARCH_TEST_URL"):
        # The same journeys on Elasticsearch, with an index of this site's own.
        environment |= {"SEARCH_URL": f"{server.rstrip('/')}/e2e-{port}", "SEARCH_SECONDS": "5"}
    with output.open("w") as file:
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env={**environment, "PORTAL_VAR": str(var), "PORT": str(port)},
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    while process.poll() is None and time.monotonic() < begun + 300:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Demonstration(f"http://127.0.0.1:{port}", var, output, process, time.monotonic() - begun)
        time.sleep(0.1)
    process.terminate()
    pytest.fail(f"the demonstration did not start:\n{output.read_text()}")


def stop(demonstration: Demonstration) -> int:
    demonstration.process.send_signal(signal.SIGTERM)
    return demonstration.process.wait(timeout=30)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    running = start(Path(os.environ.get("PORTAL_E2E_VAR") or tmp_path_factory.mktemp("demonstration") / "var"))
    yield running
    assert stop(running) == 0


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        if os.environ.get("PORTAL_BROWSER") == "required":
            pytest.fail("PORTAL_BROWSER=required, and no Chromium is installed")
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def phone(request, chromium, demonstration):
    """A page at phone width, once with JavaScript and once without; it fails on errors of the console."""
    context = chromium.new_context(
        base_url=demonstration.url, viewport=PHONE, java_script_enabled=request.param, locale="fr-FR"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.has_javascript = request.param
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
    page.on(
        "response", lambda answer: complaints.append(f"{answer.status} {answer.url}") if _is_missing(answer) else None
    )
    yield page
    context.close()
    assert complaints == []


def _is_complaint(message) -> bool:
    # What a server refuses is told by the answers themselves.
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def _is_missing(answer) -> bool:
    """A style, a script or a picture that does not come; pages may answer that something is wrong."""
    return answer.status >= 400 and answer.request.resource_type != "document"
