"""How allauth's journeys behave here. allauth calls these methods; see its documentation of the account adapter."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.internal.cryptokit import generate_user_code
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import actions, devices, limits, pending
from .sessions import BROWSER_KEY

logger = logging.getLogger(__name__)

FACTORS_CHANGED = {
    "mfa/email/totp_activated": _("From now on, the codes of an application are asked for when you sign in."),
    "mfa/email/totp_deactivated": _("The codes of an application are no longer asked for."),
    "mfa/email/webauthn_added": _("A security key now opens your account, after your password."),
    "mfa/email/webauthn_removed": _("A security key no longer opens your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made; the former ones are no longer good."),
    "people/mail/factors_reset": _(
        "An administrator has removed your second factor, which you had lost. You choose another when you next sign in."
    ),
}
"""What the letter about the second factor says, for each occasion."""


class AccountAdapter(DefaultAccountAdapter):
    """Our verbs write, our words answer, and whoever had begun something is led back to it."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is already the address of your account."),
        "email_password_mismatch": _(
            "This address and this password do not go together. Check both, or choose a new password."
        ),
        "email_taken": _("This address already has an account."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _("This is not the code we sent last. Check the six figures."),
        "incorrect_password": _("This is not your password."),
        "rate_limited": _("Wait some ten seconds before asking for another code."),
        "too_many_for_account": _(
            "Too many wrong passwords were typed for this address today. "
            "Choose a new one by “Forgotten password?”: it lets you in at once."
        ),
        "too_many_login_attempts": _(
            "Too many attempts. Wait a few minutes, then sign in. "
            "If your address is still to be confirmed, you will receive a new code."
        ),
    }

    def save_user(self, request, user, form, commit=True):
        return actions.sign_up(
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password1"],
            pseudonym=form.cleaned_data["pseudonym"],
            commune=form.cleaned_data["commune"],
            is_doubtful=form.is_doubtful,
        )

    def generate_email_verification_code(self) -> str:
        """Six figures, that a telephone's number pad types.

        Three attempts each and one mail every ten seconds keep guesses out.
        """
        return generate_user_code(length=6, numeric=True, dashed=False)

    def confirm_email(self, request, email_address) -> bool:
        """Called once the code of a new account or of a new address is typed."""
        before = EmailAddress.objects.get_primary(email_address.user)
        confirmed = super().confirm_email(request, email_address)
        if confirmed:
            actions.adopt_address(email_address)
            if before and before.email != email_address.email:
                letter = {"user": email_address.user, "to_email": email_address.email}
                self.send_mail("account/email/email_changed", before.email, letter)
        return confirmed

    def pre_authenticate(self, request, **credentials) -> None:
        """Wrong passwords are counted by place, then slowly by account: no place ever shuts the owner out of another.

        A browser that the account knows is never counted slowly, and a forgotten password is chosen anew at any time.
        """
        super().pre_authenticate(request, **credentials)
        email = credentials.get("email", "")
        self.counted = None
        if email and not limits.knows_browser(request, email):
            self.counted = limits.allows(request, "wrong_password", key=email.lower())
            if not self.counted:
                raise self.validation_error("too_many_for_account")

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user and self.counted:
            self.counted.rollback()
        return user

    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        # allauth's own is the account alone: whoever knows an address could keep its owner out.
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"

    def _delete_login_attempts_cached_email(self, request, **credentials) -> None:
        # Called once a new password is chosen by mail: the owner is there, whoever was guessing.
        super()._delete_login_attempts_cached_email(request, **credentials)
        limits.forgive(request, "wrong_password", key=credentials.get("email", "").lower())

    def login(self, request, user) -> None:
        super().login(request, user)
        request.session[BROWSER_KEY] = devices.browser_of(request.headers.get("User-Agent", ""))

    def set_password(self, user, password) -> None:
        """Whoever had found the former password is signed out with it."""
        super().set_password(user, password)
        actions.sign_out(user, but=context.request.session.session_key)
        self.send_mail("account/email/password_changed", user.email, {"user": user})

    def send_notification_mail(self, template_prefix, user, context=None, email=None) -> None:
        """What touches the second factor; our verbs write about the rest."""
        if template_prefix in FACTORS_CHANGED:
            letter = {"user": user, "what": FACTORS_CHANGED[template_prefix]}
            self.send_mail("people/mail/second_factor", user.email, letter)

    def get_reset_password_from_key_url(self, key) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.WAGTAILADMIN_BASE_URL + path.replace("UID-KEY", key)

    def get_login_redirect_url(self, request) -> str:
        """Where nothing else was asked for: what was begun, or one's own page."""
        return reverse("people:resume" if pending.kept(request) else "people:account")

    get_signup_redirect_url = get_login_redirect_url

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("people:account")

    def send_mail(self, template_prefix, email, context_):
        """Letters name the site as it is configured: whoever asks for one must not choose where its links lead."""
        try:
            super().send_mail(template_prefix, email, {**context_, "site_url": settings.WAGTAILADMIN_BASE_URL})
        except (OSError, SMTPException, ImproperlyConfigured):
            # The server of mails does not answer: the page goes on, and offers to send again.
            logger.exception("mail not sent")
            messages.error(context.request, _("The e-mail could not be sent. Try again in a few minutes."))
