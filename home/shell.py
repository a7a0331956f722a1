"""Pages that are the same for everybody, kept whole in the memory of the process.

A page says that it is a shell by answering with `keep(response)`; the middleware keeps the answer for visitors without a
session, until the site's generation changes or an activity opens or closes. A visitor with a session, a query string that
is not empty, a form that is sent: all these go through, every time.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from hashlib import blake2b
from threading import Lock

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from participation import generation
from participation.consultations.models import Activity

MOST_KEPT = 500
"""Pages in memory: some 20 MB. The least recently read goes first."""


def keep(response: HttpResponse) -> HttpResponse:
    """Mark an answer as the same for everybody."""
    response.is_shell = True
    return response


class ShellCacheMiddleware:
    """Answer from memory what `keep` marked. Must stand first, so that what it keeps has all its headers."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.kept: OrderedDict[tuple, tuple] = OrderedDict()
        self.lock = Lock()

    def __call__(self, request):
        if not self._may_be_shared(request):
            response = self.get_response(request)
            if getattr(response, "is_shell", False):
                _describe(response)
            return response
        key = (request.META.get("HTTP_HOST", ""), request.is_secure(), request.META["PATH_INFO"])
        # Read before the page is built: what changes meanwhile makes the kept page old at once.
        now = generation.current()
        found = self.kept.get(key)
        if found and found[0] == now and found[1] > time.time():
            with self.lock:
                if key in self.kept:
                    self.kept.move_to_end(key)
            return _answer(request, *found[2:])
        response = self.get_response(request)
        if not getattr(response, "is_shell", False) or response.status_code != 200 or response.cookies:
            return response
        response.render() if hasattr(response, "render") and not response.is_rendered else None
        _describe(response)
        with self.lock:
            self.kept[key] = (now, _next_change(), response.content, dict(response.items()))
            self.kept.move_to_end(key)
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)
        return _answer(request, *self.kept[key][2:])

    @staticmethod
    def _may_be_shared(request) -> bool:
        return (
            request.method in ("GET", "HEAD")
            and not request.META.get("QUERY_STRING")
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
            # Wagtail's preview runs on the published path.
            and not getattr(request, "is_dummy", False)
        )


def _describe(response: HttpResponse) -> None:
    response["Cache-Control"] = "no-cache"
    response["ETag"] = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    patch_vary_headers(response, ["Cookie", "Accept-Language"])


def _answer(request, content: bytes, headers: dict) -> HttpResponse:
    if request.META.get("HTTP_IF_NONE_MATCH") == headers["ETag"]:
        response = HttpResponseNotModified()
        for name in ("Cache-Control", "ETag", "Vary"):
            response[name] = headers[name]
        return response
    return HttpResponse(content, headers=headers)


def _next_change() -> float:
    """When the next activity opens or closes, as seconds since 1970: kept pages are old then."""
    now = timezone.now()
    released = Activity.objects.released()
    nexts = [
        released.filter(**{f"{field}__gt": now}).order_by(field).values_list(field, flat=True).first()
        for field in ("opens_at", "closes_at")
    ]
    return min((moment.timestamp() for moment in nexts if moment), default=float("inf"))
