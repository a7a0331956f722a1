"""The processes that make the site, as commands to run: one place for the demonstration and for what measures it."""

import sys

from django.conf import settings


def web_server(port: int) -> list[str]:
    """The web server: two processes of four threads, behind 127.0.0.1:`port`."""
    return [
        # --preload: the application is loaded before the port opens. No header may say where the site is mounted.
        sys.executable, "-m", "gunicorn", "portal.wsgi", "--preload", "--workers", "2", "--threads", "4",
        "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--worker-tmp-dir", str(settings.VAR_DIR),
        "--forwarder-headers", "",
        # A search of 10 000 characters is answered by the site, in French, rather than by the server.
        "--limit-request-line", "0",
    ]  # fmt: skip


def worker() -> list[str]:
    """What comes again and again, beside the web server."""
    return [sys.executable, "manage.py", "worker"]
