"""The forms by which people say who they are."""

from django import forms


class SignupForm(forms.Form):
    """What sign-up asks besides the e-mail and the password, which allauth adds."""

    def signup(self, request, user):
        """Called by allauth once the account is saved."""
