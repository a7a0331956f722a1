"""What the site answers as a whole: its health, what robots may read."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
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
