"""allauth's forms, in our words: labels above the boxes, nothing written inside them, a password typed once."""

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

PASSWORD_HELP = _("At least 10 characters. A short sentence that you will remember is better than a difficult word.")


class PlainWords:
    """Labels above the boxes, none inside; `words` gives {field: (label, help)}."""

    words: dict[str, tuple] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, form_field in self.fields.items():
            form_field.widget.attrs.pop("placeholder", None)
            if name in self.words:
                form_field.label, form_field.help_text = self.words[name]
        # Typed once: it can be shown, and a forgotten one is replaced in a minute.
        self.fields.pop("password2", None)


class SignUpForm(PlainWords, allauth_forms.SignupForm):
    words = {
        "email": (_("E-mail address"), _("It is never shown. We send a code to it, to make sure that it is yours.")),
        "password1": (_("Password"), PASSWORD_HELP),
        "site_web": (_("Leave this box empty"), ""),
    }
    is_doubtful = False
    """Set by the view, for a sign-up that may be a robot's."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        trap = self.fields["site_web"].widget.attrs
        # The page hides it by a class: its own style would be refused by the content security policy.
        trap.pop("style")
        trap["autocomplete"] = "off"

    def save(self, request):
        # Two people may take the same pseudonym in the same instant: then nothing is left of the second account.
        with transaction.atomic():
            return super().save(request)

    def try_save(self, request):
        if self.account_already_exists:
            # As long as for a new account: time must not tell that the address has one.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class SignInForm(PlainWords, allauth_forms.LoginForm):
    words = {
        "login": (_("E-mail address"), ""),
        "password": (_("Password"), ""),
        "remember": (_("Stay signed in on this device"), _("Not on a computer that others use.")),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class CodeForm(PlainWords, allauth_forms.ConfirmEmailVerificationCodeForm):
    words = {"code": (_("The six figures of the code"), "")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].max_length = 20
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "maxlength": "20", "spellcheck": "false"}


class AsksPassword(forms.Form):
    """With the password of `self.user`: whoever finds a phone unlocked must neither take the account nor delete it."""

    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def clean_password(self):
        password = self.cleaned_data["password"]
        # Counted with the attempts to sign in: refused when they are too many.
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(_("This is not your password."))
        return password


class ChangeAddressForm(PlainWords, AsksPassword, allauth_forms.AddEmailForm):
    words = {"email": (_("New e-mail address"), _("We send a code to it; until you type it, nothing changes."))}
    field_order = ["email", "password"]


class DeletionForm(AsksPassword):
    """What becomes of the texts of an account that is deleted, and the password."""

    ERASE, KEEP = "erase", "keep"

    texts = forms.ChoiceField(
        label=_("What you have written"),
        choices=[
            (ERASE, _("Erase my texts too: only their place stays, with what others replied")),
            (KEEP, _("Leave my texts, without my pseudonym: “erased account” stands in its place")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what becomes of your texts.")},
    )
    field_order = ["texts", "password"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    @property
    def erases_texts(self) -> bool:
        return self.cleaned_data["texts"] == self.ERASE


class ChangePasswordForm(PlainWords, allauth_forms.ChangePasswordForm):
    words = {"oldpassword": (_("Your present password"), ""), "password1": (_("New password"), PASSWORD_HELP)}


class SetPasswordForm(PlainWords, allauth_forms.SetPasswordForm):
    words = {"password1": (_("Password"), PASSWORD_HELP)}


class ForgottenPasswordForm(PlainWords, allauth_forms.ResetPasswordForm):
    words = {"email": (_("E-mail address of your account"), "")}


class NewPasswordForm(PlainWords, allauth_forms.ResetPasswordKeyForm):
    words = {"password1": (_("New password"), PASSWORD_HELP)}


class ReauthenticateForm(PlainWords, allauth_forms.ReauthenticateForm):
    words = {"password": (_("Your password"), "")}
