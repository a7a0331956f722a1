from collections.abc import Mapping
from types import MappingProxyType

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from participation.people.models import Organisation

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


NO_MANDATE = _("You do not have the mandate of this organisation.")


class VoiceForm(forms.Form):
    """In whose name one writes what was kept while one signed in. Where the choice that was made is gone, one makes another."""

    on_behalf_of = forms.ChoiceField(label=_("I write"), widget=forms.RadioSelect)

    def __init__(self, *, voices: Mapping[Organisation, str], chosen: str):
        super().__init__(initial={"on_behalf_of": chosen}, auto_id="kept-%s")
        self.fields["on_behalf_of"].choices = _choices(voices)


def _choices(voices: Mapping[Organisation, str]) -> list[tuple[str, str]]:
    return [("", _("In my own name")), *((str(one.pk), label) for one, label in voices.items())]


class MessageForm(BodyForm):
    """A text that may be written in an organisation's name."""

    on_behalf_of = forms.TypedChoiceField(
        label=_("I write"),
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": NO_MANDATE},
    )

    def __init__(self, *args, voices: Mapping[Organisation, str] = MappingProxyType({}), **kwargs):
        """`voices`: the organisations in whose name the author may write → how that is said. None: they are not asked."""
        super().__init__(*args, **kwargs)
        if not voices:
            del self.fields["on_behalf_of"]
            return
        field = self.fields["on_behalf_of"]
        field.choices = _choices(voices)
        field.coerce = {str(one.pk): one for one in voices}.get

    def clean(self):
        if "on_behalf_of" in self.errors:
            # Nothing is chosen any more in the form that is shown again: its browser asks for a choice.
            self.fields["on_behalf_of"].required = True
        if "on_behalf_of" not in self.fields and self.data.get(self.add_prefix("on_behalf_of")):
            # A mandate that ended while they wrote: nobody speaks in their own name without meaning to.
            raise ValidationError(_("%(refusal)s Send it again to write in your own name.") % {"refusal": NO_MANDATE})
