"""The forms by which an organisation's editors prepare what they ask."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateTimeInput

from participation.people.models import Organisation, User

from . import actions
from .models import Activity, Consultation


class ConsultationForm(WagtailAdminModelForm):
    """A consultation, by somebody who edits the organiser's pages."""

    guest_addresses = forms.CharField(
        label=_("Invited people"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The e-mail addresses of their accounts, one a line. They alone see an invited consultation."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        organisers = Organisation.objects.edited_by(self.for_user)
        if field := self.fields.get("organiser"):
            field.queryset = organisers
            field.initial = organisers.first()
        if "guest_addresses" in self.fields and self.instance.pk:
            addresses = self.instance.guests.order_by("email").values_list("email", flat=True)
            self.fields["guest_addresses"].initial = "\n".join(addresses)

    def clean_guest_addresses(self):
        """The accounts of these addresses."""
        addresses = {
            address.lower() for address in re.split(r"[\s,;]+", self.cleaned_data["guest_addresses"]) if address
        }
        for address in addresses:
            validate_email(address)
        guests = list(User.objects.filter(email__in=addresses))
        if unknown := addresses - {guest.email for guest in guests}:
            raise ValidationError(
                _("Nobody has an account with: %(addresses)s."), params={"addresses": ", ".join(sorted(unknown))}
            )
        return guests

    def save(self, commit=True):
        guests = self.cleaned_data.get("guest_addresses")
        if self.instance.pk:
            return actions.change_consultation(self.instance, self.for_user, guests=guests)
        fields = {name: value for name, value in self.cleaned_data.items() if name != "guest_addresses"}
        self.instance = actions.create_consultation(**fields, guests=guests or [], by=self.for_user)
        return self.instance


class NewConsultationForm(ConsultationForm):
    """The few fields that create a consultation while one writes a page; the rest can wait."""

    guest_addresses = None

    class Meta:
        model = Consultation
        fields = ["title", "organiser", "degree", "negotiable", "not_negotiable"]
        widgets = {
            "organiser": forms.Select,
            "negotiable": forms.Textarea(attrs={"rows": 3}),
            "not_negotiable": forms.Textarea(attrs={"rows": 3}),
        }


class ActivityForm(WagtailAdminModelForm):
    """What all kinds of activities share. A kind's form says its model and fields in `Meta`."""

    THIS_YEAR = "year-"
    """What the values of the permanent consultations begin with, before the organisation's id."""

    belongs_to = forms.ChoiceField(
        label=_("Consultation"),
        help_text=_(
            "What it is part of. What belongs to no consultation in particular is in the conversations of the year."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        organisations = list(Organisation.objects.edited_by(self.for_user))
        year = timezone.localdate().year
        consultations = Consultation.objects.edited_by(self.for_user).exclude(site_year=year).going_on()
        field = self.fields["belongs_to"]
        of_the_year = _("Conversations of the year %(year)s") % {"year": year}
        field.choices = [
            (of_the_year, [(f"{self.THIS_YEAR}{row.pk}", f"{of_the_year} – {row}") for row in organisations]),
            (_("Consultations"), [(str(row.pk), row.title) for row in consultations]),
        ]
        current = self.instance.consultation if self.instance.pk else None
        if current is None:
            field.initial = self._usual_choice(organisations)
        elif current.site_year == year:
            field.initial = f"{self.THIS_YEAR}{current.organiser_id}"
        else:
            field.initial = str(current.pk)
        # Once open, it stays where people took part.
        field.disabled = bool(current and self.instance.released_at)

    def _usual_choice(self, organisations: list[Organisation]) -> str | None:
        """The conversations of the year: of their own organisation, else of the one that has some already."""
        own = Organisation.objects.filter(membership__user=self.for_user, membership__edits=True).first()
        latest = Consultation.objects.of_the_site().edited_by(self.for_user).order_by("-site_year", "pk").first()
        organisation = own or (latest.organiser if latest else None) or next(iter(organisations), None)
        return f"{self.THIS_YEAR}{organisation.pk}" if organisation else None

    def save(self, commit=True):
        self.instance.consultation = self._chosen_consultation()
        if self.instance.pk:
            self.instance = actions.change_activity(self.instance, self.for_user)
        else:
            self.instance = actions.create_activity(self.instance, self.for_user)
        return self.instance

    def _chosen_consultation(self) -> Consultation:
        choice = self.cleaned_data["belongs_to"]
        if choice.startswith(self.THIS_YEAR):
            organisation = Organisation.objects.get(pk=choice.removeprefix(self.THIS_YEAR))
            return actions.permanent_consultation(organisation, timezone.localdate().year)
        return Consultation.objects.get(pk=choice)


def new_activity_form(kind: type[Activity]) -> type[ActivityForm]:
    """The form of four fields that creates an activity of this kind, as a draft, while one writes a page."""

    class NewActivityForm(ActivityForm):
        field_order = ["title", "question", "belongs_to", "closes_at"]

        class Meta:
            model = kind
            fields = ["title", "question", "closes_at"]
            widgets = {"question": forms.Textarea(attrs={"rows": 3}), "closes_at": AdminDateTimeInput}

    return NewActivityForm
