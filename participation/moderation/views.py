"""What everybody reads of moderation, and what the author of a text that was taken down may do."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from participation import spreadsheets
from participation.admin_views import show_refusal
from participation.consultations.models import Consultation, Contribution, ModerationAction
from participation.people.charter import charter_url
from participation.people.decorators import private_page

from . import actions, register
from .forms import AppealForm


@private_page
@require_safe
def site_register(request):
    """Numbers for all public consultations, and the list of theirs."""
    consultations = _public().order_by("title")
    return render(
        request,
        "moderation/register.html",
        {
            **_numbers(consultations),
            "consultations": consultations.select_related("organiser"),
            "charter": charter_url(request),
        },
    )


@private_page
@require_safe
def consultation_register(request, slug):
    """Numbers of one consultation, and what its guarantor has published."""
    consultation = get_object_or_404(_readable(request), slug=slug)
    return render(
        request,
        "moderation/register.html",
        {
            **_numbers(Consultation.objects.filter(pk=consultation.pk)),
            "consultation": consultation,
            "notes": consultation.guarantor_notes.select_related("author"),
            "charter": charter_url(request),
        },
    )


@private_page
@require_safe
def site_file(request):
    return _file("moderation.csv", _public())


@private_page
@require_safe
def consultation_file(request, slug):
    consultation = get_object_or_404(_readable(request), slug=slug)
    return _file(f"moderation-{slug}.csv", Consultation.objects.filter(pk=consultation.pk))


def _public():
    return Consultation.objects.begun().filter(access=Consultation.Access.PUBLIC, is_trial=False)


def _readable(request):
    return (
        Consultation.objects.begun()
        .accessible(request.user)
        .filter(is_trial=False)
        .select_related("organiser", "guarantor")
    )


def _numbers(consultations) -> dict:
    numbers = register.numbers_of(consultations)
    acts = [(act, times, register.in_words(delay)) for act, times, delay in numbers.acts]
    return {"numbers": numbers, "acts": acts, "appeal_delay": register.in_words(numbers.appeal_delay)}


def _file(name: str, consultations) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        spreadsheets.as_csv(register.columns(), register.rows(consultations)), content_type=spreadsheets.CSV
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@private_page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request, pk):
    """Why one's text is not shown: the statement of reasons, and the appeal, made here and answered here."""
    contribution = get_object_or_404(
        Contribution.objects.filter(author=request.user)
        .with_particulars()
        .select_related("activity__consultation__organiser"),
        pk=pk,
    )
    acts = list(
        ModerationAction.objects.filter(contribution=contribution)
        .select_related("appeal")
        .order_by("-created_at", "-pk")
    )
    latest = next((act for act in acts if act.act in actions.TAKEN_DOWN), None)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and latest and form.is_valid():
        try:
            actions.appeal(latest, request.user, **form.cleaned_data)
        except ValidationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, _("Your appeal is filed. Somebody else will look at your message and write to you.")
            )
            return HttpResponseRedirect(request.path)
    context = {
        "contribution": contribution,
        "specific": contribution.specific,
        "acts": acts,
        "latest": latest,
        "may_appeal": bool(latest and actions.may_be_appealed(latest)),
        "form": form,
        "charter": charter_url(request),
    }
    return render(request, "moderation/decision.html", context, status=422 if form.errors else 200)
