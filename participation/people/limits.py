"""How often, and from where, one may sign up or try a password.

allauth counts attempts by its own rates (ACCOUNT_RATE_LIMITS). Those of this room are in settings.PEOPLE_RATES, in the
same words; a rate that is not there is no limit.
"""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

KNOWN_COOKIE = "connu"
KNOWN_FOR = 365 * 24 * 60 * 60
"""Seconds a browser stays known to the account it signed in to."""


def allows(request: HttpRequest, action: str, *, key: str | None = None):
    """Count one more of these acts. What is counted, which `rollback()` takes back; None above the limit."""
    return ratelimit.consume(
        request, app="people", action=action, config=settings.PEOPLE_RATES, key=key, limit_get=True
    )


def would_allow(request: HttpRequest, action: str) -> bool:
    """Whether one more would be allowed; nothing is counted."""
    usage = ratelimit.consume(
        request, app="people", action=action, config=settings.PEOPLE_RATES, dry_run=True, limit_get=True
    )
    return usage is not None


def forgive(request: HttpRequest, action: str, *, key: str) -> None:
    """Count from zero again."""
    ratelimit.clear(request, app="people", action=action, config=settings.PEOPLE_RATES, key=key)


def remember_browser(response: HttpResponse, email: str) -> None:
    """The browser has just given this account's password: failures elsewhere no longer count against it."""
    response.set_cookie(
        KNOWN_COOKIE,
        _sign_of(email),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def knows_browser(request: HttpRequest, email: str) -> bool:
    """Whether this account was already signed in to from this browser."""
    return constant_time_compare(request.COOKIES.get(KNOWN_COOKIE, ""), _sign_of(email))


def _sign_of(email: str) -> str:
    """What only this site can write for this address, and from which nobody reads the address."""
    return salted_hmac("participation.people.known", email.lower()).hexdigest()
