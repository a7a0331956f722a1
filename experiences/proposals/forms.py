"""What is asked of who proposes a sheet: four short forms, one after the other.

Each is filled from `Proposal.answers`, where what was typed is kept as it is, right or wrong: a form says what is wrong
whenever it is shown, and nothing is sent before all are right. Lengths are validators: a browser would cut what is
pasted without a word.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experiences.importing import cells
from participation.people.models import Organisation
from participation.plain_text import as_seen, one_line, shows_something
from participation.vocabulary.models import Audience, InvolvementDegree, Method, Stage, Territory

from .models import Proposal

TITLE_LENGTH = 120
SUMMARY_LENGTH = 400
NOTE_LENGTH = 3000
LONGEST_KEPT = 20_000
"""Characters of one answer that are kept although they are too many, to be shortened."""
MOST_CHOSEN = 200

TOO_LONG = gettext_lazy(
    "This text has %(show_value)s characters; %(limit_value)s are allowed. Nothing is lost: shorten it."
)

# ── Fields ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Words(forms.CharField):
    """A text of at most `longest` characters, in several lines when it has rows."""

    def __init__(self, *, longest: int, rows: int = 0, required: bool = False, **kwargs):
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        super().__init__(required=required, widget=widget, validators=[MaxLengthValidator(longest, TOO_LONG)], **kwargs)


class AsInAFile(forms.CharField):
    """A date or a number written as people write it, read as the import of a spreadsheet reads it."""

    def __init__(self, *, read: Callable, **kwargs):
        super().__init__(required=False, validators=[MaxLengthValidator(60, TOO_LONG)], **kwargs)
        self.read = read

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.read(text)
        except cells.Unreadable as refusal:
            raise ValidationError(str(refusal)) from None


class _ByIntercommunality(ModelChoiceIterator):
    """The communes of each intercommunality, then the divisions themselves."""

    def __iter__(self) -> Iterator:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for name, territories in groupby(self.queryset, key=_group_of):
            yield (name, [self.choice(territory) for territory in territories])


def _group_of(territory: Territory) -> str:
    if territory.is_commune:
        return _("Communes of %(name)s") % {"name": territory.epci.name}
    return _("Intercommunalities and local action groups")


class PlaceField(forms.ModelChoiceField):
    iterator = _ByIntercommunality


class PlacesField(forms.ModelMultipleChoiceField):
    iterator = _ByIntercommunality
    widget = forms.CheckboxSelectMultiple


def _territories():
    # « commune » comes before « epci » and « gal » in every alphabet.
    return (
        Territory.objects.select_related("epci")
        .defer("contour", "epci__contour")
        .order_by("kind", "epci__name", "name")
    )


def _terms(model, label, help_text=""):
    return forms.ModelMultipleChoiceField(
        model.objects.all(),
        to_field_name="slug",
        required=False,
        label=label,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Step(forms.Form):
    """A step of the proposal. `heading` is its title; `lead` a sentence about it."""

    heading = lead = ""

    @classmethod
    def typed(cls, data: QueryDict) -> dict:
        """The answers a browser sent, as they are seen; what is too long to be kept stays as it came."""
        answers = {}
        for name, field in cls.base_fields.items():
            if isinstance(field, forms.ModelMultipleChoiceField):
                answers[name] = [one_line(value[:100]) for value in data.getlist(name)[:MOST_CHOSEN]]
            else:
                text = data.get(name, "")
                clean = as_seen if isinstance(field.widget, forms.Textarea) else one_line
                answers[name] = clean(text).strip() if len(text) <= LONGEST_KEPT else text
        return answers

    @classmethod
    def of(cls, answers: dict) -> "Step":
        """The step as it was left: what is wrong in it is said once it has been answered."""
        return cls(answers) if any(name in answers for name in cls.base_fields) else cls(initial=answers)

    @cached_property
    def in_words(self) -> list[tuple[str, str]]:
        """What was answered, to be read again: (label, text) for each field that holds something."""
        return [(field.label, words) for field in self if (words := _said(field))]

    @property
    def wrong_fields(self) -> list[tuple[str, str, str]]:
        """(id of the control, label, what is wrong) for each field that is refused."""
        return [
            (f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label, field.label, field.errors[0])
            for field in self
            if field.errors
        ]


def _said(field: forms.BoundField) -> str:
    if isinstance(field.field.widget, forms.widgets.ChoiceWidget):
        chosen = [box.data for box in field.subwidgets if box.data["selected"] and str(box.data["value"])]
        return ", ".join(str(option["label"]) for option in chosen)
    return field.value() or ""


class WhatAndWhere(Step):
    heading = gettext_lazy("What happened, and where")
    lead = gettext_lazy(
        "A device, a meeting, a consultation, a collective’s work: it may be small, it may have failed."
    )

    title = Words(
        label=gettext_lazy("Title"),
        longest=TITLE_LENGTH,
        required=True,
        help_text=gettext_lazy("In a few words: “A council of young people in Sisteron”."),
        error_messages={"required": gettext_lazy("Give the experience a title.")},
    )
    summary = Words(
        label=gettext_lazy("In one sentence"),
        longest=SUMMARY_LENGTH,
        rows=3,
        required=True,
        help_text=gettext_lazy("What was done, with whom, what for. 400 characters at most."),
        error_messages={"required": gettext_lazy("Say in one sentence what was done.")},
    )
    place = PlaceField(
        _territories(),
        to_field_name="code",
        label=gettext_lazy("Where"),
        empty_label=gettext_lazy("Choose a place"),
        error_messages={
            "required": gettext_lazy("Choose the place: a commune, or a whole intercommunality."),
            "invalid_choice": gettext_lazy("Choose a place of the list."),
        },
    )
    elsewhere = PlacesField(
        _territories(), to_field_name="code", required=False, label=gettext_lazy("It happened elsewhere too")
    )
    carrier = forms.ModelChoiceField(
        Organisation.objects.all(),
        to_field_name="slug",
        required=False,
        label=gettext_lazy("Carried by"),
        empty_label=gettext_lazy("None of this list, or I do not know"),
        error_messages={"invalid_choice": gettext_lazy("Choose an organisation of the list, or none.")},
    )
    carried_by = Words(
        label=gettext_lazy("Another organisation, partners"),
        longest=300,
        help_text=gettext_lazy("A collective, an association, a service… No person’s name, please."),
    )
    link = forms.ChoiceField(
        label=gettext_lazy("Your link with it"),
        choices=Proposal.Link,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Only those who read your proposal see it."),
    )

    def places_elsewhere(self) -> list[tuple[str, list]]:
        """The boxes of `elsewhere`: (communes of which intercommunality, its boxes)."""
        boxes = groupby(self["elsewhere"], key=lambda box: _group_of(box.data["value"].instance))
        return [(name, list(group)) for name, group in boxes]

    def clean_title(self):
        if not any(character.isalnum() for character in self.cleaned_data["title"]):
            raise ValidationError(_("Give the experience a title."))
        return self.cleaned_data["title"]

    def clean_summary(self):
        if not shows_something(self.cleaned_data["summary"]):
            raise ValidationError(_("Say in one sentence what was done."))
        return self.cleaned_data["summary"]


class WhenAndForWhom(Step):
    heading = gettext_lazy("When, for whom, how")
    lead = gettext_lazy("Leave empty what you do not know.")

    STAGES = [("", gettext_lazy("I do not know")), *[
        (stage.value, stage.label) for stage in (Stage.PREPARATION, Stage.UNDER_WAY, Stage.COMPLETED, Stage.INTERRUPTED)
    ]]  # fmt: skip

    started = AsInAFile(
        label=gettext_lazy("It began"),
        read=lambda text: cells.day(text)[0],
        help_text=gettext_lazy("A day, a month or a year: 14/11/2023, November 2023, 2023."),
    )
    ended = AsInAFile(
        label=gettext_lazy("It ended"),
        read=lambda text: cells.day(text, last=True)[0],
        help_text=gettext_lazy("Empty while it goes on."),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Where it stands"), choices=STAGES, required=False, widget=forms.RadioSelect
    )
    audiences = _terms(Audience, gettext_lazy("For whom"))
    participants = AsInAFile(
        label=gettext_lazy("How many people took part"),
        read=cells.whole,
        help_text=gettext_lazy("More or less, in digits."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    degree = forms.ChoiceField(
        label=gettext_lazy("How far people were involved"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("What those who decide promised them."),
    )
    methods = _terms(Method, gettext_lazy("How it was done"), gettext_lazy("The methods that were used."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["degree"].choices = [
            ("", _("I do not know")),
            *[(degree.value, f"{degree.label} – {degree.promise}") for degree in InvolvementDegree],
        ]

    def clean(self):
        started, ended = self.cleaned_data.get("started"), self.cleaned_data.get("ended")
        if started and ended and ended < started:
            self.add_error("ended", _("It cannot have ended before it began: check both dates."))


class Lessons(Step):
    heading = gettext_lazy("What it taught")
    lead = gettext_lazy("What did not work is as useful as what did: it spares others the same.")

    strengths = Words(label=gettext_lazy("What worked"), longest=NOTE_LENGTH, rows=5)
    weaknesses = Words(label=gettext_lazy("What did not work"), longest=NOTE_LENGTH, rows=5)
    needs = Words(label=gettext_lazy("What was missing, what would have helped"), longest=NOTE_LENGTH, rows=5)
    results = Words(
        label=gettext_lazy("What it led to"),
        longest=NOTE_LENGTH,
        rows=5,
        help_text=gettext_lazy("What was decided, what changed, or why nothing did."),
    )


class ReadAgain(Step):
    heading = gettext_lazy("Read again and send")

    credit = forms.ChoiceField(
        label=gettext_lazy("On the published sheet"), choices=Proposal.Credit, widget=forms.RadioSelect,
        initial=Proposal.Credit.PSEUDONYM,
        error_messages={"required": gettext_lazy("Say how you want to be named, or not.")},
    )  # fmt: skip
    on_behalf_of = Words(
        label=gettext_lazy("In the name of"),
        longest=120,
        help_text=gettext_lazy("If you propose it for a collective, an association, a commune."),
    )
    contact = Words(
        label=gettext_lazy("How to reach you for a question"),
        longest=200,
        help_text=gettext_lazy("Optional: a telephone number, an address. Never published."),
    )

    def clean(self):
        credit, name = self.cleaned_data.get("credit"), self.cleaned_data.get("on_behalf_of", "")
        if credit == Proposal.Credit.ON_BEHALF and "on_behalf_of" not in self.errors and not shows_something(name):
            self.add_error("on_behalf_of", _("Write the name to be shown on the sheet."))


class ConsentForm(forms.Form):
    """Asked anew at each sending."""

    accept = forms.BooleanField(
        label=gettext_lazy(
            "I accept the charter, and that the sheet be published and reused under the Licence Ouverte 2.0"
        ),
        error_messages={"required": gettext_lazy("Tick this box: without it, the sheet cannot be published.")},
    )


STEPS: tuple[type[Step], ...] = (WhatAndWhere, WhenAndForWhom, Lessons, ReadAgain)

LABELS = {name: field.label for step in STEPS for name, field in step.base_fields.items()}


def checked(answers: dict) -> dict:
    """The values of all steps by field. Raises ValidationError, which names the steps to put right."""
    steps = [step(answers) for step in STEPS]
    if wrong := [step.heading for step in steps if not step.is_valid()]:
        raise ValidationError(
            _("Something is to be put right in: %(steps)s.") % {"steps": ", ".join(map(cells.quoted, wrong))}
        )
    return {name: value for step in steps for name, value in step.cleaned_data.items()}
