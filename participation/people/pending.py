"""Signing in never loses the text.

Anyone starts writing; an account is asked for when the form is sent. What was sent is then kept in the visitor's
session while they sign in or sign up, and shown again at /compte/reprendre/, where one button sends it on its way.
A view takes part by one decorator:

    @require_POST
    @signed_in_to_act(gettext_lazy("reply to a message"))
    def reply(request, pk): ...

Kept: the path, the fields (neither the CSRF token nor files), the page to come back to. One act at a time, at most
50 kB, at most a day, in this browser only; Django drops it when somebody else had been signed in there.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import wraps
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .decorators import private_page
from .models import Session

SESSION_KEY = "pending_act"
SENT_KEY = "pending_act_sent"
SENT_COOKIE = "envoye"
"""Tells the browser's drafts (people/drafts.js) that what was sent to this path was accepted."""
ID_FIELD = "_pending"
"""The field by which a resumed form says which act it sends."""
LARGEST = 50_000
"""Bytes kept in a session: a remark and a wording as long as they may be, with all their accents."""
LASTS = 24 * 60 * 60
"""Seconds an act is kept."""
WORDS = {"title": gettext_lazy("Title"), "body": gettext_lazy("Your text"), "wording": gettext_lazy("Proposed wording")}
"""The fields that hold words and their labels: shown again to be changed. The others go along unseen."""
LONG = 100
"""Characters from which a field is shown whatever its name."""


@dataclass(frozen=True)
class Act:
    """What a visitor was sending. Lives in the session as a dictionary: only strings, numbers and lists."""

    path: str
    """The address it goes to, with its query."""
    fields: list[list[str]]
    """[name, value], in the order they were sent."""
    next: str
    """The page of this site to come back to, "" when unknown."""
    lost_files: bool = False
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    at: float = field(default_factory=time.time)
    """Seconds since 1970."""

    @property
    def label(self) -> str:
        """What the visitor was doing, as a verb: "reply to a message". "" when its address leads nowhere any more."""
        return _what_is_done_at(self.path)

    @property
    def says(self) -> list[str]:
        """What it sends, in words, when it holds none of the visitor's own."""
        return _said_at(self.path, self._by_name)

    def choices(self, request):
        """A form of what one still chooses, holding what was chosen; None when there is nothing to choose."""
        return _choices_at(self.path, request, self._by_name)

    @property
    def _by_name(self) -> dict[str, list[str]]:
        fields: dict[str, list[str]] = {}
        for name, value in self.fields:
            fields.setdefault(name, []).append(value)
        return fields

    @property
    def words(self) -> list[dict]:
        """The fields to show: {name, value, label, long}."""
        labels = WORDS | _labels_at(self.path)
        return [
            {"name": name, "value": value, "label": labels.get(name, WORDS["body"]), "long": name != "title"}
            for name, value in self.fields
            if _holds_words(name, value)
        ]

    @property
    def others(self) -> list[list[str]]:
        """The fields that go along unseen."""
        return [[name, value] for name, value in self.fields if not _holds_words(name, value)]

    @property
    def size(self) -> int:
        """Bytes it takes in the session, near enough."""
        return len(self.path) + sum(len(name.encode()) + len(value.encode()) for name, value in self.fields)


def signed_in_to_act(
    label, *, says: Callable | None = None, labels: dict | None = None, choices: Callable | None = None
) -> Callable:
    """Keep what is POSTed to the view until the visitor has signed in. `label` is lazy: "publish your message".

    `labels` are those of the fields, by name: their words are shown again under them.

    `says`, for a form without words of one's own, gives what it sends in words that everyone may read: a list of lines,
    from the fields (name → values) and the arguments of the address.

    `choices`, given the request and the same, gives a form of what one chooses there once signed in, or None: it takes the
    place of the fields of the same names.
    """

    def decorate(view):
        @wraps(view)
        def wrapped(request, *args, **kwargs):
            if request.method != "POST":
                return view(request, *args, **kwargs)
            if not request.user.is_authenticated:
                return _keep_until_signed_in(request)
            return _act_once(request, lambda: view(request, *args, **kwargs))

        wrapped.pending_label, wrapped.pending_says, wrapped.pending_labels = label, says, labels or {}
        wrapped.pending_choices = choices
        return wrapped

    return decorate


def kept(request) -> Act | None:
    """The act this visitor left, unless it is more than a day old."""
    stored = request.session.get(SESSION_KEY)
    if not stored:
        return None
    if time.time() - stored["at"] > LASTS:
        forget(request)
        return None
    return Act(**stored)


def forget(request) -> None:
    request.session.pop(SESSION_KEY, None)


def give_back(request, *, status: int, **context) -> HttpResponse | None:
    """The form that was just sent, with its text and a new token; None when it was not sent to a decorated view.

    Nothing is kept: a page elsewhere that makes a visitor send a form must not replace what they had begun.
    """
    act = _act_of(request)
    if not act.label:
        return None
    response = _form_again(request, {"act": act, "given_back": True, **context})
    if request.headers.get("HX-Request"):
        # htmx swaps only what succeeded, and this is a whole page.
        response["HX-Retarget"] = "body"
        response["HX-Reswap"] = "innerHTML show:window:top"
    else:
        response.status_code = status
    return response


@private_page
def _form_again(request, context: dict) -> HttpResponse:
    return render(request, "people/resume.html", {**context, **to_choose(context["act"], request)})


def to_choose(act: Act, request) -> dict:
    """What the page of a kept act shows of what one chooses in it, and the fields that go along unseen."""
    choices = act.choices(request)
    return {
        "choices": choices,
        "unseen": [[name, value] for name, value in act.others if not choices or name not in choices.fields],
    }


def go_to(request, address: str) -> HttpResponse:
    """Lead the whole page to `address`, even when htmx asked for a part of it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def page_of_this_site(request, address: str) -> str:
    """`address` when it is a page of this site, as a path; "" otherwise."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(address)
    path = parts._replace(scheme="", netloc="").geturl()
    # "https:///evil.example" and the like: what is left must still be a plain path.
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else ""


def keep(request) -> Act | None:
    """Keep what is being sent; None when it is too large. A click does not take the place of a text that was kept."""
    act = _act_of(request)
    if act.size > LARGEST:
        return None
    before = kept(request)
    if before and before.words and not act.words:
        return before
    request.session[SESSION_KEY] = asdict(act)
    return act


def _keep_until_signed_in(request) -> HttpResponse:
    if act := keep(request):
        if act.path != request.get_full_path():
            messages.warning(
                request,
                _(
                    "A text of yours waits already, and only one thing is kept: send it first, then do this again (%(act)s)."
                )
                % {"act": _what_is_done_at(request.get_full_path())},
            )
        return go_to(request, f"{reverse('account_login')}?{urlencode({'next': reverse('people:resume')})}")
    return give_back(request, status=413, too_large=True)


def _act_once(request, call) -> HttpResponse:
    """Send what a signed-in person posts. What was kept is dropped once accepted; a form resumed twice counts once."""
    resumed = request.POST.get(ID_FIELD)
    if resumed and not _take(request, resumed):
        messages.info(request, _("This has just been sent."))
        return go_to(request, page_of_this_site(request, request.POST.get("next", "")) or reverse("people:account"))
    try:
        response = call()
    except Exception:
        if resumed:
            keep(request)
            # A session is not saved by itself when the answer is an error 500.
            request.session.save()
        raise
    act = kept(request)
    if resumed and not _accepted(response):
        keep(request)
    elif act and _place(act.path) == request.path and _accepted(response):
        forget(request)
    if _accepted(response):
        tell_sent(request, response)
    return response


def tell_sent(request, response) -> None:
    """The browser may forget the draft of what was sent here."""
    response.set_cookie(SENT_COOKIE, quote(request.path, safe=""), max_age=600, samesite="Lax")


def _take(request, act_id: str) -> bool:
    """Take the act out of the session; False when another request has done it.

    Of two requests at once, one gets it: the row of the session is locked (SQLite locks everything). An act that is not
    there and was not sent, because a day has passed for instance, may be sent.
    """
    with transaction.atomic():
        Session.objects.select_for_update().filter(pk=request.session.session_key).first()
        stored = type(request.session)(request.session.session_key).load()
        if stored.get(SENT_KEY) == act_id:
            return False
        if stored.get(SESSION_KEY, {}).get("id") == act_id:
            forget(request)
        request.session[SENT_KEY] = act_id
        request.session.save()
        return True


def _accepted(response) -> bool:
    """Views lead elsewhere once they have written, and show the form again when something is wrong."""
    return 300 <= response.status_code < 400 or "HX-Redirect" in response


def _act_of(request) -> Act:
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", ID_FIELD) and (name != "next" or page_of_this_site(request, value))
    ]
    pages = [request.POST.get("next", ""), request.GET.get("next", ""), request.META.get("HTTP_REFERER", "")]
    return Act(
        path=request.get_full_path(),
        fields=fields,
        next=next((page for page in (page_of_this_site(request, page) for page in pages) if page), ""),
        lost_files=bool(request.FILES),
    )


def _holds_words(name: str, value: str) -> bool:
    return name in WORDS or len(value) >= LONG or "\n" in value


def _what_is_done_at(path: str) -> str:
    """The label of the decorated view at this address, "" when there is none: the kept form is sent nowhere else."""
    match = _match_of(path)
    return str(getattr(match.func, "pending_label", "")) if match else ""


def _labels_at(path: str) -> dict:
    match = _match_of(path)
    return getattr(match.func, "pending_labels", {}) if match else {}


def _said_at(path: str, fields: dict[str, list[str]]) -> list[str]:
    match = _match_of(path)
    says = getattr(match.func, "pending_says", None) if match else None
    return says(fields, **match.kwargs) if says else []


def _choices_at(path: str, request, fields: dict[str, list[str]]):
    match = _match_of(path)
    choices = getattr(match.func, "pending_choices", None) if match else None
    return choices(request, fields, **match.kwargs) if choices else None


def _match_of(path: str) -> ResolverMatch | None:
    """The view at an address of this site."""
    place = _place(path)
    # The language is part of an address, and only the current language's prefix resolves.
    language = translation.get_language_from_path(place) or settings.LANGUAGE_CODE
    with translation.override(language), suppress(Resolver404):
        return resolve(f"/{place.removeprefix(get_script_prefix())}")
    return None


def _place(path: str) -> str:
    """An address without its query."""
    return path.partition("?")[0]
