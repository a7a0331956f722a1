"""Pages that are the same for everybody, kept whole in the memory of the process.

A page says that it is a shell by answering with `keep(response)`; the middleware keeps the answer for visitors without
a session, until the site's generation changes, an activity opens or closes, or the day ends. A visitor with a session,
a query string that is not empty, a form that is sent: all these go through, every time.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from math import inf
from threading import Lock

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from participation import generation
from participation.consultations.models import Activity

MOST_BYTES = 32 * 1024 * 1024
"""Of pages in memory, in each process. The least recently read goes first."""
SECONDS_OF_A_NOTICE = 10.0
"""How long a page is kept that lacks something, or says so, because the search engine is down."""


def keep(response: HttpResponseBase, *, seconds: float = inf) -> HttpResponseBase:
    """Mark an answer as the same for everybody, for so many seconds at most."""
    response.is_shell = True
    response.shell_seconds = seconds
    return response


@dataclass(frozen=True, slots=True)
class Body:
    content: bytes
    headers: ResponseHeaders


@dataclass(frozen=True, slots=True)
class KeptPage:
    """An answer, and how long it may be given again."""

    generation: int
    until: float
    """Seconds since 1970."""
    plain: Body
    compressed: Body

    @property
    def bytes(self) -> int:
        return len(self.plain.content) + len(self.compressed.content)


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
        until = min(_next_change(now), now.timestamp() + response.shell_seconds)
        page = KeptPage(stamp, until, *_bodies(response))
        # The answer to a HEAD may have no body.
        if request.method == "GET":
            self._keep(key, page)
        return _answer(request, page)

    def _keep(self, key: tuple, page: KeptPage) -> None:
        with self.lock:
            if before := self.pages.pop(key, None):
                self.bytes -= before.bytes
            self.pages[key] = page
            self.bytes += page.bytes
            while self.bytes > MOST_BYTES:
                _key, oldest = self.pages.popitem(last=False)
                self.bytes -= oldest.bytes


def _may_be_shared(request) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and not request.META.get("QUERY_STRING")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        # Wagtail's preview runs on the published path.
        and not getattr(request, "is_dummy", False)
        # A header can say where the site is mounted, and links are made from it.
        and request.META.get("SCRIPT_NAME", "") == (settings.FORCE_SCRIPT_NAME or "")
    )


def _is_worth_keeping(response: HttpResponseBase) -> bool:
    """Marked, whole, and with no cookie: a cookie would be somebody's."""
    return (
        getattr(response, "is_shell", False)
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
    )


def _bodies(response: HttpResponse) -> tuple[Body, Body]:
    """The page as it is, and compressed: nothing in it is secret, so that its length tells nothing (BREACH)."""
    content = response.content
    response["Cache-Control"] = "no-cache"
    # Weak: both bodies are the same page.
    response["ETag"] = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
    patch_vary_headers(response, ["Accept-Encoding", "Accept-Language", "Cookie"])
    compressed = gzip.compress(content, mtime=0)
    headers = {**dict(response.items()), "Content-Encoding": "gzip", "Content-Length": str(len(compressed))}
    return Body(content, response.headers), Body(compressed, ResponseHeaders(headers))


def _answer(request, page: KeptPage) -> HttpResponseBase:
    """The whole page, or 304 when the visitor has it."""
    body = page.compressed if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "") else page.plain
    response = HttpResponse(body.content)
    # Shared rather than copied, which takes longer than all the rest: this middleware is the last to write in them.
    response.headers = body.headers
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    return get_conditional_response(request, etag=body.headers["ETag"], response=response)


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
