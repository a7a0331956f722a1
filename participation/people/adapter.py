"""How allauth's journeys behave here. allauth calls these methods; see its documentation of the account adapter."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.internal.cryptokit import generate_user_code
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import actions, pending

logger = logging.getLogger(__name__)


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

    def set_password(self, user, password) -> None:
        super().set_password(user, password)
        url = context.request.build_absolute_uri(reverse("account_reset_password"))
        self.send_mail("account/email/password_changed", user.email, {"user": user, "password_reset_url": url})

    def get_login_redirect_url(self, request) -> str:
        """Where nothing else was asked for: what was begun, or one's own page."""
        return reverse("people:resume" if pending.kept(request) else "people:account")

    get_signup_redirect_url = get_login_redirect_url

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("people:account")

    def send_mail(self, template_prefix, email, context_):
        try:
            super().send_mail(template_prefix, email, context_)
        except (OSError, SMTPException, ImproperlyConfigured):
            # The server of mails does not answer: the page goes on, and offers to send again.
            logger.exception("mail not sent")
            messages.error(context.request, _("The e-mail could not be sent. Try again in a few minutes."))
