"""The demonstration in one command: what is missing is made, then the site is served until it is told to stop."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from wagtail.models import Site

from participation.people.models import Role
from portal import serving
from portal.demonstration.people import accounts
from search.engines import EngineDown, engine

PAUSE = 3
"""Seconds before a worker that ended is started again: the site goes on without it."""


class Command(BaseCommand):
    help = "Prépare la démonstration puis la sert sur http://127.0.0.1:${PORT:-8000}."

    def handle(self, *args, **options):
        port = _port()
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        done = _Stamps(settings.VAR_DIR / "demo.json")
        migrations = _migrations()
        if done.changed_under_us(migrations):
            raise CommandError(
                f"Les données de {settings.VAR_DIR} viennent d’une autre version, incompatible avec celle-ci.\n"
                "Rien n’a été touché. Pour repartir d’une démonstration neuve : make fresh, puis make demo."
            )
        if done.get("migrations") != migrations:
            self._say("Base de données…")
            call_command("setup", stdout=self.stdout)
            done.set("migrations", migrations)
        if not done.get("seeded"):
            self._say("Pages, personnes et conversations de la démonstration…")
            call_command("seed", stdout=self.stdout)
            done.set("seeded", True)
        _say_where_it_is(port)
        # The worker fills the index of a server that is down, once it is back.
        with suppress(EngineDown):
            if not engine().stamp():
                # Never filled, or by another version of what makes it.
                self._say("Index de recherche…")
                call_command("search_index", stdout=self.stdout)
        if done.get("static") != (static := _static()):
            self._say("Styles et images…")
            call_command("collectstatic", interactive=False, verbosity=0)
            done.set("static", static)
        connection.close()
        self._welcome(port)
        sys.exit(_serve(port))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _welcome(self, port: int) -> None:
        self._say(f"\n{settings.PORTAL_NAME} : http://127.0.0.1:{port}/   (Ctrl+C pour arrêter)")
        self._say(
            f"Courrier envoyé : http://127.0.0.1:{port}/courrier/ · administration : http://127.0.0.1:{port}/admin/\n"
        )
        self._say("Comptes de démonstration :")
        for account in accounts():
            self._say(f"  {Role(account['role']).label:<15} {account['email']:<32} {account['password']}")
        self._say("")


def _say_where_it_is(port: int) -> None:
    """Whole addresses (feeds, sitemap, letters) are made from the site's row."""
    site = Site.objects.filter(is_default_site=True).exclude(hostname="127.0.0.1", port=port).first()
    if site:
        site.hostname, site.port = "127.0.0.1", port
        site.save()


class _Stamps:
    """What earlier starts have done, so that the next one does only what is missing."""

    def __init__(self, path: Path):
        self.path = path
        self.values = json.loads(path.read_text()) if path.exists() else {}

    def get(self, name: str):
        return self.values.get(name)

    def set(self, name: str, value) -> None:
        self.values[name] = value
        self.path.write_text(json.dumps(self.values, indent=1))

    def changed_under_us(self, migrations: dict[str, str]) -> bool:
        """Whether a migration these data went through has changed or gone since."""
        return any(migrations.get(name) != mark for name, mark in (self.get("migrations") or {}).items())


def _migrations() -> dict[str, str]:
    """Each migration of the project, with a mark of its content."""
    loader = MigrationLoader(None)
    files = {
        f"{label}.{name}": Path(sys.modules[migration.__module__].__file__)
        for (label, name), migration in loader.disk_migrations.items()
    }
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for name, path in sorted(files.items())
        if path.is_relative_to(settings.BASE_DIR) and ".venv" not in path.parts
    }


def _static() -> str:
    """A mark of all static files: their names, sizes and times."""
    mark = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            mark.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return mark.hexdigest()


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65_536:
        raise CommandError(f"PORT doit être un nombre de 1 à 65535 : « {text} » n’en est pas un.")
    return int(text)


def _serve(port: int) -> int:
    """Run the web server, and the worker beside it, until the server ends or we are told to stop. The exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "portal.settings.demo"),
    }

    def start(command: list[str]) -> subprocess.Popen:
        # A group of its own: Ctrl+C reaches us alone, and we end them in order.
        return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)

    children = {"server": start(serving.web_server(port)), "worker": start(serving.worker())}
    try:
        while not stop.wait(0.5):
            if children["server"].poll() is not None:
                return 1
            if children["worker"].poll() is not None and not stop.wait(PAUSE):
                children["worker"] = start(serving.worker())
        return 0
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
