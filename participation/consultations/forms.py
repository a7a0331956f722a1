from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Reason


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
