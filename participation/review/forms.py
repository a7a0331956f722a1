"""What people write about a passage. Lengths are validators: a browser would cut what is pasted without a word."""

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import BodyForm, MessageForm

from .models import Remark
from .passages import MAX_LENGTH


class Quote(forms.CharField):
    """The characters of the passage one speaks of: "3-10" is (3, 10). Anything else is the whole passage."""

    widget = forms.HiddenInput

    def clean(self, value):
        start, _dash, end = (value or "").partition("-")
        if start.isascii() and end.isascii() and start.isdigit() and end.isdigit() and len(start) < 6 and len(end) < 6:
            return (int(start), int(end))
        return None


class OnPassage(MessageForm):
    """Of a form about a passage: the version that was read, and the words that were chosen in it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10_000)
    quote = Quote(required=False)


class RemarkForm(OnPassage):
    NATURES = [
        (Remark.Nature.COMMENT, _("A comment")),
        (Remark.Nature.QUESTION, _("A question")),
        (Remark.Nature.SOURCE, _("A source: where a fact can be checked")),
    ]

    nature = forms.ChoiceField(
        label=_("It is"), choices=NATURES, initial=Remark.Nature.COMMENT, widget=forms.RadioSelect
    )
    field_order = ["nature", "body"]


class WordingForm(BodyForm):
    """Another wording, and why."""

    wording = forms.CharField(
        label=_("The passage as you would have it"),
        widget=forms.Textarea(attrs={"rows": 8}),
        strip=False,
        validators=[
            MaxLengthValidator(
                MAX_LENGTH,
                _(
                    "This wording has %(show_value)s characters; %(limit_value)s are allowed. Nothing is lost: shorten it."
                ),
            )
        ],
        error_messages={"required": _("Write the passage as you would have it.")},
    )
    field_order = ["wording", "body"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].label = _("Why")
        self.fields["body"].widget.attrs["rows"] = 3
        self.fields["body"].error_messages["required"] = _("Say why, in a sentence: it helps others judge.")


class AmendmentForm(WordingForm, OnPassage):
    pass


class CompareForm(forms.Form):
    """Two versions to compare, by their numbers."""

    de = forms.TypedChoiceField(label=_("From"), coerce=int, empty_value=None, required=False)
    a = forms.TypedChoiceField(label=_("to"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args, versions, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.choices = [(version.number, capfirst(version)) for version in versions]
