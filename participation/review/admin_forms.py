"""The forms by which editors prepare a document and work on the remarks, in Wagtail's admin."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from participation.consultations.admin_forms import new_activity_form

from .models import Remark, Review
from .passages import Kind, Words
from .reading import FORMATS, read_typed

HOW_TO_TYPE = _(
    "An empty line between paragraphs; “## ” begins a title, “- ” an item of a list, “| ” a row of a table. It can wait, "
    "or be imported from a file."
)


class NewReviewForm(new_activity_form(Review)):
    """The few fields that create a document, as a draft, while one writes a page; its text can be pasted at once."""

    text = forms.CharField(
        label=_("The text"), required=False, widget=forms.Textarea(attrs={"rows": 8}), help_text=HOW_TO_TYPE
    )
    field_order = ["title", "question", "text", "belongs_to", "closes_at"]

    def clean_text(self):
        """Its passages; None when there is no text yet."""
        text = self.cleaned_data["text"]
        return read_typed(text).passages if text.strip() else None

    def save(self, commit=True):
        self.instance.words = self.cleaned_data["text"]
        return super().save(commit)


class WholeTextForm(forms.Form):
    text = forms.CharField(
        label=_("The text"), strip=False, widget=forms.Textarea(attrs={"rows": 30}), help_text=HOW_TO_TYPE
    )


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ",".join(FORMATS)}),
        help_text=_("Word (.docx), LibreOffice (.odt), web page (.html) or Markdown (.md). 20 MB at most."),
    )


class PassageForm(forms.Form):
    """A passage, as an editor writes it. `read` is the text they saw."""

    LEVELS = [(level, str(level) if level else _("none")) for level in range(7)]

    kind = forms.ChoiceField(label=_("It is"), choices=Kind.choices, initial=Kind.PARAGRAPH)
    level = forms.TypedChoiceField(
        label=_("Level"),
        coerce=int,
        choices=LEVELS,
        initial=0,
        required=False,
        empty_value=0,
        help_text=_(
            "Of a title: 2 for a part, 3 for an article in it. Of an item: 1 to 3. Of a table row: 1 for its header."
        ),
    )
    text = forms.CharField(
        label=_("Text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Plain text. The cells of a table row are separated by “ | ”."),
    )
    read = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    @property
    def words(self) -> Words:
        """Once it is valid."""
        return Words(self.cleaned_data["kind"], self.cleaned_data["text"], self.cleaned_data["level"])


class PublishForm(forms.Form):
    summary = forms.CharField(
        label=_("What changes, and why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("A few sentences that people read before the new text."),
    )
    freeze_previous = forms.BooleanField(
        label=_("Freeze the version people read until now"),
        required=False,
        help_text=_(
            "No more remarks on it. Otherwise, who was writing one when the new version came out still sends it."
        ),
    )
    # Of the version in preparation that was read.
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10_000)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


class TagsForm(forms.Form):
    tags = forms.CharField(
        label=_("Working words"),
        required=False,
        max_length=500,
        help_text=_("Separated by commas. They are not published."),
    )

    def clean_tags(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["tags"].split(",") if name.strip()]
        if any(len(name) > 40 for name in names):
            raise ValidationError(_("A working word has at most 40 characters."))
        return names


class TakeForm(forms.Form):
    """How a remark is taken into the next version. `writes`: the passage is still there to be written."""

    text = forms.CharField(
        label=_("The passage in the next version"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    read = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    partly = forms.BooleanField(
        label=_("Taken in part"),
        required=False,
        help_text=_("An amendment whose wording is not followed to the letter is taken in part by itself."),
    )
    note = forms.CharField(
        label=_("A word to its author"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everyone reads it beside the remark, once the version is published."),
    )

    def __init__(self, *args, writes: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not writes:
            del self.fields["text"], self.fields["read"]


class FilterForm(forms.Form):
    """What narrows the remarks; a value that does not exist is ignored."""

    TAKEN, NOT_TAKEN = "taken", "open"

    nature = forms.ChoiceField(label=_("Kind"), required=False)
    anchoring = forms.ChoiceField(label=_("Text"), required=False)
    outcome = forms.ChoiceField(label=_("What is made of it"), required=False)
    tag = forms.ChoiceField(label=_("Working word"), required=False)

    def __init__(self, *args, review: Review, **kwargs):
        super().__init__(*args, **kwargs)
        natures = [choice for choice in Remark.Nature.choices if choice[0] != Remark.Nature.REPLY]
        anything = [("", _("All"))]
        self.fields["nature"].choices = anything + natures
        self.fields["anchoring"].choices = anything + Remark.Anchoring.choices
        self.fields["outcome"].choices = [*anything, (self.TAKEN, _("taken")), (self.NOT_TAKEN, _("not taken"))]
        self.fields["tag"].choices = anything + [(tag.name, tag.name) for tag in review.tags.all()]
        self.full_clean()

    @property
    def asked(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.asked)

    def narrowed(self, rows):
        asked = self.asked
        rows = rows.filter(**{name: asked[name] for name in ("nature", "anchoring") if name in asked})
        if "tag" in asked:
            rows = rows.filter(tags__name=asked["tag"])
        if "outcome" in asked:
            rows = rows.filter(taken_into__isnull=asked["outcome"] == self.NOT_TAKEN)
        return rows
