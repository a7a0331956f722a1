"""The forms by which editors make votes, in Wagtail's admin."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from participation.consultations.admin_forms import ActivityForm, new_activity_form

from .models import Ballot


class Purpose:
    """What a vote is for. It advises, and nothing else: what elects somebody or decides alone needs an election."""

    ADVISE, DECIDE, ELECT = "advise", "decide", "elect"
    CHOICES = [
        (ADVISE, _("To advise those who decide; they will publish whether they follow it, and why")),
        (DECIDE, _("To decide, by itself")),
        (ELECT, _("To elect or appoint someone")),
    ]


class AsksWhatFor(forms.Form):
    """Of a form that makes a vote: refuses what this site cannot hold, with the reason."""

    purpose = forms.ChoiceField(label=_("What is this vote for?"), choices=Purpose.CHOICES, widget=forms.RadioSelect)
    labels = forms.CharField(
        label=_("Answers"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line, from 2 to 30. The blank vote is always offered: do not add it."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["purpose"].initial = Purpose.ADVISE
            self.fields["labels"].initial = "\n".join(answer.label for answer in self.instance.answers)

    def clean_purpose(self):
        if self.cleaned_data["purpose"] != Purpose.ADVISE:
            raise ValidationError(
                _(
                    "Such a vote cannot be held here. Votes of this site are opinions: they are not secret from the "
                    "server, one account is not proved to be one person, and anyone may be pressed while voting at home. "
                    "An election, or a vote that decides alone, needs the guarantees of the electoral code."
                )
            )
        return self.cleaned_data["purpose"]

    def clean_labels(self):
        return [line.strip() for line in self.cleaned_data["labels"].splitlines() if line.strip()]

    def save(self, commit=True):
        self.instance.labels = self.cleaned_data["labels"]
        return super().save(commit)


class BallotForm(AsksWhatFor, ActivityForm):
    """All that an editor may say of a vote."""

    addresses = forms.CharField(
        label=_("Invited people"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Their e-mail addresses, one a line. The list is fixed when the vote is opened."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            known = self.instance.invitations.order_by("email").values_list("email", flat=True)
            self.fields["addresses"].initial = "\n".join(known)

    def clean_addresses(self):
        addresses = {address.lower() for address in re.split(r"[\s,;]+", self.cleaned_data["addresses"]) if address}
        for address in addresses:
            validate_email(address)
        return sorted(addresses)

    def save(self, commit=True):
        self.instance.addresses = self.cleaned_data["addresses"]
        self.instance.places = list(self.cleaned_data["territories"])
        return super().save(commit)


class NewBallotForm(AsksWhatFor, new_activity_form(Ballot)):
    """The few fields that create a vote, as a draft, while one writes a page."""

    field_order = ["title", "question", "labels", "purpose", "belongs_to", "closes_at"]
