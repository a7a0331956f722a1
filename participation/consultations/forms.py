from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from .models import Contribution, Reason


class ReportForm(forms.Form):
    """A visitor's word to the moderators."""

    reason = forms.ChoiceField(label=_("What is wrong with it?"), choices=Reason, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("A word more"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("If it helps to understand. Only the moderators read it."),
    )
    contact = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        help_text=_("Optional: we write to it what was decided, then forget it. The author never knows who reported."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args, has_account: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if has_account:
            # They are written to at the address of their account.
            del self.fields["contact"]


# Lengths are validators, not `max_length`: a browser would cut what is pasted without a word.


class BodyForm(forms.Form):
    """The words of a contribution."""

    body = forms.CharField(
        label=_("Your message"),
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[
            MaxLengthValidator(
                Contribution.MAX_LENGTH,
                _(
                    "Your message has %(show_value)s characters; %(limit_value)s are allowed. Nothing is lost: shorten it."
                ),
            )
        ],
        error_messages={"required": _("Write your message.")},
    )


class MessageForm(BodyForm):
    """A text that may be written in the organiser's name."""

    official = forms.BooleanField(required=False)

    def __init__(self, *args, speaks_for=None, **kwargs):
        """`speaks_for` is the organisation in whose name the author may answer, if any."""
        super().__init__(*args, **kwargs)
        if speaks_for is None:
            del self.fields["official"]
        else:
            self.fields["official"].label = _("Answer in the name of %(organisation)s") % {"organisation": speaks_for}
