"""Proposing a sheet: the steps of the form, and the page of each proposal, which only its author sees."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.people.charter import charter_url
from participation.people.decorators import private_page
from participation.people.pending import signed_in_to_act

from . import actions
from .forms import LABELS, STEPS, ConsentForm, ReadAgain, Step
from .models import Proposal
from .sheets import inventory

LAST = len(STEPS)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@signed_in_to_act(gettext_lazy("go on with your proposal"), labels=LABELS)
def propose(request):
    """The first step of a new proposal. Anyone reads it and begins; the draft is kept once they have signed in."""
    first = STEPS[0]
    if request.method != "POST":
        return _show(request, None, 1, first(initial=_known_of(request.user)))
    answers = first.typed(request.POST)
    if not any(answers[name] for name in ("title", "summary", "carried_by")):
        return _show(request, None, 1, first(answers), status=422)
    try:
        proposal = actions.begin(request.user, answers)
    except ValidationError as refusal:
        return _refused(request, None, 1, first(answers), refusal)
    return _after(request, proposal, 1)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@signed_in_to_act(gettext_lazy("go on with your proposal"), labels=LABELS)
@login_required
def step(request, pk, number):
    """A step of a proposal. Whatever is typed is kept; it goes on once all is right."""
    if not 1 <= number <= LAST:
        raise Http404
    proposal = _own_or_404(request, pk)
    if request.method != "POST":
        if not proposal.is_editable:
            return redirect(proposal)
        return _show(request, proposal, number, STEPS[number - 1].of(proposal.answers))
    answers = STEPS[number - 1].typed(request.POST)
    try:
        proposal = actions.save_step(proposal, request.user, answers)
    except ValidationError as refusal:
        return _refused(request, proposal, number, STEPS[number - 1](answers), refusal)
    if request.POST.get("go") == "send" and number == LAST:
        return _send(request, proposal)
    return _after(request, proposal, number)


@require_safe
@private_page
@login_required
def proposal(request, pk):
    """What was answered, where it stands, and what its author may do with it."""
    found = _own_or_404(request, pk)
    context = {"proposal": found, "steps": _read_again(found, STEPS)}
    return render(request, "experiences/proposals/proposal.html", context)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("withdraw your proposal"))
def withdraw(request, pk):
    found = _own_or_404(request, pk)
    try:
        actions.withdraw(found, request.user)
    except ValidationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your proposal is withdrawn. Your text stays here, for you alone."))
    return redirect(found)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("delete your proposal"))
def discard(request, pk):
    found = _own_or_404(request, pk)
    try:
        actions.discard(found, request.user)
    except ValidationError as refusal:
        messages.error(request, refusal.message)
        return redirect(found)
    messages.success(request, _("Your proposal is deleted."))
    return redirect("people:account")


# ── What the views share ─────────────────────────────────────────────────────────────────────────────────────────────


def _own_or_404(request, pk) -> Proposal:
    return get_object_or_404(Proposal.objects.select_related("page", "author"), pk=pk, author=request.user)


def _known_of(user) -> dict:
    """What need not be asked: the commune one has said to live in."""
    return {"place": user.commune.code} if user.is_authenticated and user.commune else {}


def _read_again(proposal: Proposal, steps) -> list[tuple[int, Step]]:
    return [(number, step(proposal.answers)) for number, step in enumerate(steps, start=1)]


def _after(request, proposal: Proposal, number: int):
    """Where the pressed button leads. The same step says what is wrong in it."""
    match request.POST.get("go"):
        case "later":
            messages.success(request, _("Your proposal is kept: you find it here whenever you like."))
            return redirect("people:account")
        case "previous" if number > 1:
            number -= 1
        case _ if number < LAST and STEPS[number - 1](proposal.answers).is_valid():
            number += 1
    return redirect("proposals:step", proposal.pk, number)


def _send(request, proposal: Proposal):
    form, consent = ReadAgain(proposal.answers), ConsentForm(request.POST)
    if not (form.is_valid() & consent.is_valid()):
        return _show(request, proposal, LAST, form, consent=consent, status=422)
    try:
        proposal = actions.send(proposal, request.user)
    except ValidationError as refusal:
        return _refused(request, proposal, LAST, form, refusal, consent=consent)
    messages.success(request, _("Thank you! Your proposal is sent. You will receive an e-mail when it has been read."))
    return redirect(proposal)


def _refused(request, proposal: Proposal | None, number: int, form: Step, refusal: ValidationError, **context):
    form.full_clean()
    form.add_error(None, refusal)
    return _show(request, proposal, number, form, status=422, **context)


def _show(request, proposal: Proposal | None, number: int, form: Step, *, status: int = 200, consent=None):
    if inventory() is None:
        raise Http404
    context = {"proposal": proposal, "number": number, "last": LAST, "form": form}
    if number == LAST:
        consent = consent or ConsentForm()
        context |= {
            "consent": consent,
            "consent_errors": [(field.id_for_label, field.label, field.errors[0]) for field in consent if field.errors],
            "steps": _read_again(proposal, STEPS[:-1]),
            "charter_url": charter_url(request),
        }
    template = "experiences/proposals/last.html" if number == LAST else "experiences/proposals/step.html"
    return render(request, template, context, status=status)
