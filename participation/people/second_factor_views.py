"""allauth's pages of the second factor, with our forms. Who must have one is in second_factor.py."""

from allauth.mfa.base import forms as base_forms
from allauth.mfa.base import views as base_views
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import forms as webauthn_forms
from allauth.mfa.webauthn import views as webauthn_views
from django.http import HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from .account_forms import PlainWords

CODE = (_("Code"), _("The six figures your application shows now, or one of your recovery codes."))


class CodeWords(PlainWords):
    words = {"code": CODE}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].max_length = 20
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "maxlength": "20", "spellcheck": "false"}


class AuthenticateForm(CodeWords, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(CodeWords, base_forms.ReauthenticateForm):
    pass


class ActivateAppForm(CodeWords, totp_forms.ActivateTOTPForm):
    words = {"code": (_("The six figures that your application shows"), _("They change every half minute."))}


class AddKeyForm(PlainWords, webauthn_forms.AddWebAuthnForm):
    words = {"name": (_("Name of this key"), _("To know it from another: “the blue key”, “my telephone”."))}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 40
        self.fields["name"].widget.attrs["maxlength"] = "40"


class Authenticate(base_views.AuthenticateView):
    form_class = AuthenticateForm


class Reauthenticate(base_views.ReauthenticateView):
    form_class = ReauthenticateForm


class ActivateApp(totp_views.ActivateTOTPView):
    form_class = ActivateAppForm

    def form_valid(self, form):
        response = super().form_valid(form)
        _shown_here(self.request, Authenticator.Type.TOTP)
        return response


class AddKey(webauthn_views.AddWebAuthnView):
    form_class = AddKeyForm

    def form_valid(self, form):
        response = super().form_valid(form)
        _shown_here(self.request, Authenticator.Type.WEBAUTHN)
        return response


class ReauthenticateByKey(webauthn_views.ReauthenticateWebAuthnView):
    def form_invalid(self, form):
        # allauth's view leads to signing in, where somebody who is signed in has no business.
        super().form_invalid(form)
        return HttpResponseRedirect(self.request.get_full_path())


class RemoveKey(webauthn_views.RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")


def _shown_here(request, type: Authenticator.Type) -> None:
    """Who has just set a factor up has it: they are not asked for it again in this session."""
    newest = Authenticator.objects.filter(user=request.user, type=type).latest("pk")
    post_authentication(request, newest)
