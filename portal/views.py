"""What the site answers as a whole: its health, what robots may read."""

import sys

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpResponse, JsonResponse
from django.template import loader
from django.urls import reverse
from django.utils import translation
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from search.engines import EngineDown, engine


@require_safe
@never_cache
def health(request):
    """200 when the database and the index answer, 503 otherwise: {"status", "database", "index"}."""
    answers = {"database": _database_answers(), "index": _index_answers()}
    fine = all(answers.values())
    return JsonResponse({"status": "ok" if fine else "unavailable", **answers}, status=200 if fine else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _index_answers() -> bool:
    try:
        engine().frequencies(["placette"])
    except EngineDown:
        return False
    return True


def server_error(request):
    """Something broke. When it is the database (gone, locked, full), what was sent is given back, to be sent again."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return defaults.server_error(request)
    fields = [(name, value) for name, values in _sent(request) for value in values]
    context = {
        "sent": request.method == "POST",
        "path": request.get_full_path(),
        "words": [{"name": name, "value": value} for name, value in fields if _is_text(value)],
        "others": [{"name": name, "value": value} for name, value in fields if not _is_text(value)],
    }
    response = HttpResponse(loader.get_template("unavailable.html").render(context), status=503)
    response["Retry-After"] = "60"
    response["Cache-Control"] = "no-store"
    if request.headers.get("HX-Request"):
        # htmx swaps only what succeeded, and this is a whole page.
        response.status_code = 200
        response["HX-Retarget"] = "body"
        response["HX-Reswap"] = "innerHTML"
    return response


def _sent(request) -> list[tuple[str, list[str]]]:
    """The fields of the form that was sent: none when it is not one, or cannot be read."""
    try:
        return list(request.POST.lists()) if request.method == "POST" else []
    except (OSError, SuspiciousOperation):
        return []


def _is_text(value: str) -> bool:
    return len(value) >= 100 or "\n" in value


@require_safe
def robots(request):
    """Fragments are closed: a crawler that runs scripts would fetch contributions into a page that is indexed.

    The activities' own addresses stay open, or their `noindex` would never be read.
    """
    closed = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            closed.append(reverse("consultations:index") + "fragment/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "Disallow: /admin/", ""]
    lines.append(f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
