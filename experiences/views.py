"""What the inventory answers beside its page: the files of what is found."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.models import Page

from search.engines import EngineDown
from search.views import unindexed

from .exporting import FILES
from .inventory import Inventory
from .models import ExperienceIndexPage


@require_safe
def export(request: HttpRequest, path: str, extension: str) -> HttpResponseBase:
    """All the sheets that the query string finds, in a file: `path` is the address of the inventory."""
    found = Page.route_for_request(request, path)
    if found is None or not isinstance(found.page.specific_deferred, ExperienceIndexPage):
        raise Http404
    answer = partial(_answer, extension)
    # As for its page: a private inventory is as private in its files.
    for wrap in reversed(hooks.get_hooks("on_serve_page")):
        answer = wrap(answer)
    return answer(found.page, request, [], {})


def _answer(extension: str, _page: Page, request: HttpRequest, *_args) -> HttpResponseBase:
    results = Inventory(request)
    try:
        pks = None if results.is_partial else results.every_pk()
    except EngineDown:
        pks = None
    if pks is None:
        # What the database finds meanwhile may not be all of it: a file must not pretend.
        return render(request, "experiences/inventory/no_file.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    content_type, drawn = FILES[extension]
    response = StreamingHttpResponse(drawn(pks), content_type=content_type)
    name = f"inventaire-{timezone.localdate():%Y-%m-%d}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return unindexed(response)
