"""The second factor: who must have one, and how allauth keeps it here.

Anyone may protect their account with one. Those who enter the admin must, and must have shown it in this very session:
`second_factor_for_staff` is put on every address of the admin, in portal/urls.py, and nowhere else.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import wraps
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
"""What protects an account. Recovery codes only stand for one of them."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth calls these methods; see its documentation of the adapter of `allauth.mfa`."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This is not the right code, or it has already served. Wait for the next one."),
        "unverified_email": _("Confirm your address first: sign out, then in again, to receive a code."),
    }

    def encrypt(self, text: str) -> str:
        """What makes the codes is kept under a key that is not in the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.PORTAL_NAME}

    def generate_authenticator_name(self, user, type) -> str:
        return str(_("Security key"))


def second_factor_for_staff(view):
    """Nothing of the view, read or written, for a signed-in person who has not shown a second factor in this session."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not settings.STAFF_NEED_A_SECOND_FACTOR or not request.user.has_perm("wagtailadmin.access_admin"):
            return view(request, *args, **kwargs)
        held = dict(Authenticator.objects.filter(user=request.user).values_list("pk", "type"))
        if _has_shown(request, held):
            return view(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD") or request.headers.get("X-Requested-With") == "XMLHttpRequest":
            raise PermissionDenied(_("Show your second factor first."))
        return HttpResponseRedirect(f"{_where_to_show(held)}?{urlencode({'next': request.get_full_path()})}")

    return wrapped


def protects(user) -> bool:
    """Whether the account has a second factor."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def _has_shown(request, held: dict[int, str]) -> bool:
    """Whether one of the factors that the person still holds was shown in this session."""
    shown = {record.get("id") for record in get_authentication_records(request, request.user)}
    return not shown.isdisjoint(held) and not set(FACTORS).isdisjoint(held.values())


def _where_to_show(held: dict[int, str]) -> str:
    """The page that asks for the factor the person has, or that of choosing one."""
    if Authenticator.Type.TOTP in held.values():
        return reverse("mfa_reauthenticate")
    if Authenticator.Type.WEBAUTHN in held.values():
        return reverse("mfa_reauthenticate_webauthn")
    return reverse("mfa_index")


def _cipher() -> Fernet:
    """Under a key made from that of the installation, for this use alone."""
    made = hmac.new(settings.RECORD_ENCRYPTION_KEY.encode(), b"second-factor/v1", hashlib.sha256)
    return Fernet(urlsafe_b64encode(made.digest()))
