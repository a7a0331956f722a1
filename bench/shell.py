"""How fast a page that is the same for everybody is served, against an empty view that returns the same bytes.

    .venv/bin/python bench/shell.py

Both are asked in one process, in turns, through a whole WSGI application. The empty view's has no middleware at all: it is
the least that Django can do. Needs the demonstration's data (`make demo` once).
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")

import django

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import RequestFactory, override_settings  # noqa: E402
from django.urls import path  # noqa: E402

from portal import urls  # noqa: E402
from portal.wsgi import application as portal  # noqa: E402

ROUNDS, CALLS = 15, 200
PAGES = ["/", "/projets/", "/inventaire/", "/ressources/porteur-de-paroles/"]


def ask(application, address: str) -> bytes:
    environ = RequestFactory(HTTP_HOST="127.0.0.1:8000").get(address).environ
    started = []
    answer = application(environ, lambda status, headers, *rest: started.append(status))
    body = b"".join(answer)
    answer.close()
    if not started[0].startswith("200"):
        sys.exit(f"{address} a répondu {started[0]} : lancez d’abord « make demo ».")
    return body


def time_of(application, address: str) -> float:
    """Seconds for `CALLS` answers."""
    begun = time.perf_counter()
    for _ in range(CALLS):
        ask(application, address)
    return time.perf_counter() - begun


def main() -> None:
    with override_settings(MIDDLEWARE=[]):
        bare = get_wsgi_application()
    bodies = [ask(portal, address) for address in PAGES]
    for number, body in enumerate(bodies):
        urls.urlpatterns.insert(0, path(f"vide-{number}/", lambda request, body=body: HttpResponse(body)))
    django.urls.clear_url_caches()
    print(f"{'page':<34}{'octets':>8}{'page/s':>10}{'vue vide/s':>12}{'rapport':>9}")
    for number, (address, body) in enumerate(zip(PAGES, bodies, strict=True)):
        turns = [(time_of(portal, address), time_of(bare, f"/vide-{number}/")) for _ in range(ROUNDS)]
        page, empty = (min(times) for times in zip(*turns, strict=True))
        print(f"{address:<34}{len(body):>8}{CALLS / page:>10.0f}{CALLS / empty:>12.0f}{empty / page:>9.2f}")


if __name__ == "__main__":
    main()
