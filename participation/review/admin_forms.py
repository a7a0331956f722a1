"""The forms by which editors prepare a document and work on the remarks, in Wagtail's admin."""

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.consultations.admin_forms import new_activity_form

from .models import Review


class NewReviewForm(new_activity_form(Review)):
    """The few fields that create a document, as a draft, while one writes a page; its text can be pasted at once."""

    text = forms.CharField(
        label=_("The text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "An empty line between paragraphs; “## ” begins a title, “- ” an item of a list. It can wait, or be imported "
            "from a file later."
        ),
    )
    field_order = ["title", "question", "text", "belongs_to", "closes_at"]

    def clean_text(self):
        """Its passages; None when there is no text yet."""
        from .reading import read_typed

        text = self.cleaned_data["text"]
        return read_typed(text).passages if text.strip() else None

    def save(self, commit=True):
        self.instance.words = self.cleaned_data["text"]
        return super().save(commit)
