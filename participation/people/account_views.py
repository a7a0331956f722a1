"""Signing up, signing in, addresses and passwords: allauth's journeys, with our forms and what they lack here."""

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from . import account_forms, actions, limits, pending, proof
from .charter import charter_url
from .forms import TAKEN

ANSWERS_KEY = "sign_up_answers"


class KeptActMixin:
    """The page says that what was begun is kept."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(kept=pending.kept(self.request), **kwargs)


class SignUp(KeptActMixin, allauth_views.SignupView):
    form_class = account_forms.SignUpForm

    def get_initial(self):
        return {**self.request.session.get(ANSWERS_KEY, {}), **super().get_initial()}

    def form_valid(self, form):
        if not limits.allows(self.request, "sign_up"):
            return render(self.request, "people/too_many_sign_ups.html", status=429)
        if not limits.allows(self.request, "sign_up_unproved"):
            answer = self.request.POST.get("proof")
            if answer is None:
                form.add_error(
                    None, _("Many accounts are being created from here. Choose your password again, and send.")
                )
                return self.form_invalid(form)
            # Without JavaScript nothing is worked out: the account opens, and a moderator reads its first text.
            form.is_doubtful = not proof.is_right(answer)
        commune = form.cleaned_data["commune"]
        answers = {"pseudonym": form.cleaned_data["pseudonym"], "commune": commune and commune.pk}
        self.request.session[ANSWERS_KEY] = answers
        try:
            return super().form_valid(form)
        except IntegrityError:
            # Somebody took the pseudonym, or the address, since the form was checked.
            form.add_error("pseudonym", TAKEN)
            return self.form_invalid(form)

    def get_context_data(self, **kwargs):
        challenge = None if limits.would_allow(self.request, "sign_up_unproved") else proof.ask()
        return super().get_context_data(charter_url=charter_url(self.request), challenge=challenge, **kwargs)


class SignIn(KeptActMixin, allauth_views.LoginView):
    form_class = account_forms.SignInForm

    def form_valid(self, form):
        response = super().form_valid(form)
        limits.remember_browser(response, form.cleaned_data["login"])
        return response


class ConfirmAddress(KeptActMixin, allauth_views.ConfirmEmailVerificationCodeView):
    """Where the code is typed, after sign-up or when one changes address.

    An address that already has an account leads to the same page and the same choices: nobody learns that it has one.
    So a mistyped address is not changed here, as allauth does for new accounts only: one starts again, answers kept.
    """

    form_class = account_forms.CodeForm

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        if self._process is None and request.user.is_anonymous:
            messages.warning(
                request,
                _("No code is expected here any more: it lasts a quarter of an hour. Sign in to receive another."),
            )
        return response

    def post(self, request, *args, **kwargs):
        if request.POST.get("action") == "restart" and self.can_restart:
            return self._restart()
        return super().post(request, *args, **kwargs)

    @cached_property
    def _action(self):
        return "verify" if super()._action == "change" else super()._action

    def form_valid(self, form):
        if self._action == "resend":
            return self._resend(form)
        return super().form_valid(form) if self._process.user else self._account_gone()

    def _resend(self, form):
        code, sent = self._process.code, self._process.state["resend_count"]
        try:
            response = super().form_valid(form)
        except ImmediateHttpResponse:
            # Too soon after the last one, which stays good. allauth would show a page that says "too many requests".
            self._process.state["code"] = code
            messages.warning(self.request, get_adapter().error_messages["rate_limited"])
            return HttpResponseRedirect(self.passthrough_next_url(reverse("account_email_verification_sent")))
        if self._process.state["resend_count"] > sent:
            messages.success(self.request, _("A new code is on its way. The former one is no longer good."))
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(can_restart=self.can_restart, **kwargs)

    def _account_gone(self):
        """The right code, of an account that was forgotten meanwhile."""
        self._process.abort()
        messages.warning(self.request, _("This took too long, and your sign-up was dropped. Start again, it is quick."))
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_signup")))

    @property
    def can_restart(self) -> bool:
        return bool(self.stage and self.stage.login.signup)

    def _restart(self):
        user = self._process.user
        self._process.abort()
        if user:
            actions.forget_unconfirmed(user=user)
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_signup")))


class ChangeAddress(allauth_views.EmailView):
    template_name = "account/email_change.html"
    form_class = account_forms.ChangeAddressForm

    def post(self, request, *args, **kwargs):
        # allauth's view manages several addresses, each with its buttons; here there is one, and one thing to do.
        request.POST = request.POST.copy()
        request.POST["action_add"] = "1"
        return super().post(request, *args, **kwargs)


class ChangePassword(allauth_views.PasswordChangeView):
    form_class = account_forms.ChangePasswordForm


class SetPassword(allauth_views.PasswordSetView):
    form_class = account_forms.SetPasswordForm


class ForgottenPassword(KeptActMixin, allauth_views.PasswordResetView):
    form_class = account_forms.ForgottenPasswordForm


class NewPassword(KeptActMixin, allauth_views.PasswordResetFromKeyView):
    form_class = account_forms.NewPasswordForm

    def form_valid(self, form):
        # The link was read in the mail of the address: no code is needed on top of it.
        actions.confirm_address(self.reset_user)
        response = super().form_valid(form)
        limits.remember_browser(response, self.reset_user.email)
        return response


class Reauthenticate(allauth_views.ReauthenticateView):
    form_class = account_forms.ReauthenticateForm
