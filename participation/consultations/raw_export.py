"""The raw data that the administration takes away: who registered, and the votes. Two files that nothing joins.

Rows come in a random order, drawn anew for each file, with no key that both have and no hour. Of the votes, what the public
record says: a tag, and the choice where everyone may read it. Each file is asked for with a purpose, which is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import SystemRandom

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.generic import FormView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from participation import spreadsheets
from participation.people.actions import note_request
from participation.people.decorators import private_page
from participation.people.models import DataRequest, Role, User
from participation.plain_text import as_seen
from participation.spreadsheets import Column, Value

from .models import Consultation

CHUNK = 500
"""Accounts that are read at once."""
SHORTEST_PURPOSE = 20
"""Characters of a purpose."""

REGISTRATIONS, VOTES = "inscriptions", "votes"
MAKERS = {"csv": spreadsheets.CSV, "xlsx": spreadsheets.XLSX}


def registrations(consultation: Consultation | None) -> Iterator[list[Value]]:
    """The accounts of those who did something in a consultation, or all of them: pseudonym, address, commune, day, confirmed."""
    keys = consultation.participants() if consultation else User.objects.values_list("pk", flat=True)
    keys = list(keys)
    SystemRandom().shuffle(keys)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        rows = User.objects.select_related("commune").prefetch_related("emailaddress_set").in_bulk(chunk)
        with override(settings.LANGUAGE_CODE):
            told = [_registration(rows[key]) for key in chunk if key in rows]
        yield from told


def _registration(user: User) -> list[Value]:
    confirmed = any(address.verified for address in user.emailaddress_set.all())
    return [
        user.pseudonym,
        user.email,
        user.commune.name if user.commune else "",
        user.commune.code if user.commune else "",
        timezone.localtime(user.date_joined, timezone.get_default_timezone()).date(),
        _("yes") if confirmed else _("no"),
    ]


def votes(consultation: Consultation | None) -> Iterator[list[Value]]:
    """The votes that stand in the records of one consultation or of all: consultation, vote, tag, choice in words."""
    consultations = Consultation.objects.filter(log__isnull=False).select_related("log")
    if consultation:
        consultations = consultations.filter(pk=consultation.pk)
    with override(settings.LANGUAGE_CODE):
        rows = [
            [row.title, activity.title, tag, choice or _("sealed")]
            for row in consultations
            for activity in row.activities.filter(opening_seq__isnull=False)
            for tag, choice in activity.specific.votes_everyone_reads(row.log)
        ]
    SystemRandom().shuffle(rows)
    yield from rows


def _columns(content: str) -> list[Column]:
    if content == VOTES:
        return [Column(_("Consultation"), 40), Column(_("Vote"), 40), Column(_("Tag"), 34), Column(_("Answers"), 40)]
    return [
        Column(_("Pseudonym"), 24),
        Column(_("E-mail address"), 34),
        Column(_("Commune"), 24),
        Column(_("INSEE code"), 10),
        Column(_("Registered on"), 14),
        Column(_("Confirmed address"), 12),
    ]


class RawExportForm(forms.Form):
    """What is taken away, and what for."""

    consultation = forms.ModelChoiceField(
        Consultation.objects.order_by("title"),
        label=gettext_lazy("Consultation"),
        required=False,
        empty_label=gettext_lazy("The whole site"),
    )
    content = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[
            (REGISTRATIONS, gettext_lazy("Registrations: pseudonym, address, commune, day, whether it is confirmed")),
            (VOTES, gettext_lazy("Votes: the tags and choices of the public record, no account")),
        ],
        widget=forms.RadioSelect,
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=[("csv", "CSV"), ("xlsx", "Excel (.xlsx)")])
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "What these data will serve for, who will read them, until when. It is kept, with your name."
        ),
    )

    def clean_purpose(self):
        purpose = as_seen(self.cleaned_data["purpose"]).strip()
        if len(purpose) < SHORTEST_PURPOSE:
            raise ValidationError(
                _("Say what for in %(least)s characters at least.") % {"least": SHORTEST_PURPOSE}, code="too_short"
            )
        return purpose


class RawExportView(WagtailAdminTemplateMixin, FormView):
    """Open to administrators. A GET gives nothing away; a POST is noted, then answered with the file."""

    page_title = gettext_lazy("Raw data")
    header_icon = "download"
    template_name = "consultations/admin/raw_export.html"
    form_class = RawExportForm

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_role(Role.ADMINISTRATOR):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.get_page_title()}]

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form):
        asked = form.cleaned_data
        consultation, content = asked["consultation"], asked["content"]
        where = consultation.title if consultation else _("The whole site")
        note_request(
            DataRequest.Kind.RAW_EXPORT,
            by=self.request.user,
            purpose=f"{content}, {where} ({asked['format']}) – {asked['purpose']}",
        )
        rows = (votes if content == VOTES else registrations)(consultation)
        with override(settings.LANGUAGE_CODE):
            columns = _columns(content)
        if asked["format"] == "csv":
            file = spreadsheets.as_csv(columns, rows)
        else:
            file = spreadsheets.as_xlsx(content, columns, rows)
        response = StreamingHttpResponse(file, content_type=MAKERS[asked["format"]])
        name = slugify(f"{content}-{consultation.slug if consultation else 'site'}")
        response["Content-Disposition"] = f'attachment; filename="{name}.{asked["format"]}"'
        return response


class RawExportMenuItem(MenuItem):
    def is_shown(self, request):
        return request.user.has_role(Role.ADMINISTRATOR)


urlpatterns = [path("", private_page(RawExportView.as_view()), name="form")]
