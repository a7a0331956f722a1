"""How one follows a search."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.plain_text import one_line, shows_something

from .models import SavedSearch


class NameField(forms.CharField):
    """A name on one line, without what cannot be shown: it stands in the subject of a letter."""

    def to_python(self, value) -> str:
        return one_line(super().to_python(value))

    def validate(self, value):
        super().validate(value)
        if not shows_something(value):
            raise forms.ValidationError(self.error_messages["required"], code="required")


class SavedSearchForm(forms.Form):
    name = NameField(
        label=SavedSearch._meta.get_field("name").verbose_name,
        max_length=SavedSearch._meta.get_field("name").max_length,
        help_text=_("For you alone: in your space and in the letters."),
        error_messages={"required": _("Give this search a name.")},
    )
    frequency = forms.ChoiceField(
        label=SavedSearch._meta.get_field("frequency").verbose_name,
        choices=SavedSearch.Frequency,
        initial=SavedSearch.Frequency.DAILY,
        widget=forms.RadioSelect,
    )
