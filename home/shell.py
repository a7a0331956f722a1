"""Pages that are the same for everybody, kept whole in the memory of the process.

A page says that it is a shell by answering with `keep(response)`; the middleware keeps the answer for visitors without
a session, until the site's generation changes, an activity opens or closes, or the day ends. A visitor with a session,
a query string that is not empty, a form that is sent: all these go through, every time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from threading import Lock

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from participation import generation
from participation.consultations.models import Activity

MOST_BYTES = 32 * 1024 * 1024
"""Of pages in memory, in each process. The least recently read goes first."""


def keep(response: HttpResponseBase) -> HttpResponseBase:
    """Mark an answer as the same for everybody."""
    response.is_shell = True
    return response


@dataclass(frozen=True, slots=True)
class KeptPage:
    """An answer, and how long it may be given again."""

    generation: int
    until: float
    """Seconds since 1970."""
    content: bytes
    headers: ResponseHeaders


class ShellCacheMiddleware:
    """Answer from memory what `keep` marked. Must stand first, so that what it keeps has all its headers."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.pages: OrderedDict[tuple, KeptPage] = OrderedDict()
        self.bytes = 0
        self.lock = Lock()

    def __call__(self, request):
        if not _may_be_shared(request):
            response = self.get_response(request)
            if getattr(response, "is_shell", False):
                response["Cache-Control"] = "private, no-cache"
                patch_vary_headers(response, ["Cookie"])
            return response
        key = (request.META.get("HTTP_HOST", ""), request.is_secure(), request.META["PATH_INFO"])
        # Both are read before the page is built: what changes meanwhile makes the kept page old at once.
        stamp, now = generation.current(), timezone.now()
        page = self.pages.get(key)
        if page and page.generation == stamp and page.until > now.timestamp():
            with self.lock:
                if key in self.pages:
                    self.pages.move_to_end(key)
            return _answer(request, page)
        response = self.get_response(request)
        if not _is_worth_keeping(response):
            return response
        response["Cache-Control"] = "no-cache"
        response["ETag"] = quote_etag(blake2b(response.content, digest_size=12).hexdigest())
        patch_vary_headers(response, ["Cookie", "Accept-Language"])
        page = KeptPage(stamp, _next_change(now), response.content, response.headers)
        # The answer to a HEAD may have no body.
        if request.method == "GET":
            self._keep(key, page)
        return _answer(request, page)

    def _keep(self, key: tuple, page: KeptPage) -> None:
        with self.lock:
            if before := self.pages.pop(key, None):
                self.bytes -= len(before.content)
            self.pages[key] = page
            self.bytes += len(page.content)
            while self.bytes > MOST_BYTES:
                _key, oldest = self.pages.popitem(last=False)
                self.bytes -= len(oldest.content)


def _may_be_shared(request) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and not request.META.get("QUERY_STRING")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        # Wagtail's preview runs on the published path.
        and not getattr(request, "is_dummy", False)
    )


def _is_worth_keeping(response: HttpResponseBase) -> bool:
    """Marked, whole, and with no cookie: a cookie would be somebody's."""
    return (
        getattr(response, "is_shell", False)
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
    )


def _answer(request, page: KeptPage) -> HttpResponseBase:
    """The whole page, or 304 when the visitor has it."""
    response = HttpResponse(page.content)
    # Shared rather than copied, which takes longer than all the rest: this middleware is the last to write in them.
    response.headers = page.headers
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    return get_conditional_response(request, etag=page.headers["ETag"], response=response)


def _next_change(now: datetime) -> float:
    """When what a page says becomes old by itself, in seconds since 1970.

    That is when an activity opens or closes, and at midnight: pages speak of days.
    """
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now) + timedelta(days=1), time()))
    moments = [midnight]
    for field in ("opens_at", "closes_at"):
        dates = (
            Activity.objects.released().filter(**{f"{field}__gt": now}).order_by(field).values_list(field, flat=True)
        )
        moments += dates[:1]
    return min(moments).timestamp()
