"""A vote: on a page of its own, as the fragment of an editorial page, and what is sent to it.

Both are drawn by the same template. `next` is the page that embeds the vote, "" on the vote's own page.
"""

from functools import wraps
from secrets import token_urlsafe

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from participation.consultations.models import State
from participation.consultations.places import come_from, goes_back_to, pages_of, place_in
from participation.consultations.views import asks_fragment, with_way_back
from participation.people.decorators import private_page
from participation.people.pending import signed_in_to_act

from . import actions
from .forms import VoteForm
from .methods import BLANK, choice_from
from .models import Ballot, Vote


@require_safe
@private_page
def activity(request, pk, slug):
    """The vote on a page of its own, with the way back to the page one came from."""
    return _show(request, _ballot_or_404(request, pk))


@require_safe
@private_page
def fragment(request, pk):
    """The vote alone, to take the place of its summary in an editorial page."""
    return _show(request, _ballot_or_404(request, pk), embedded=True)


def _said_by(fields: dict[str, list[str]], pk: int) -> list[str]:
    """What a form of a vote says, in words: the question, then the answers that are ticked."""
    ballot = Ballot.objects.everyones().filter(pk=pk).first()
    return [ballot.title, *_words(ballot, fields.get("choice", []))] if ballot else []


def by_form_only(view):
    """Nothing is done by following a link: the vote is shown, and says so."""

    @wraps(view)
    def wrapped(request, pk):
        if request.method == "POST":
            return view(request, pk)
        refusal = ValidationError(_("A vote is sent by its form, not by a link: nothing was counted."))
        response = _show(request, _ballot_or_404(request, pk), refusal=refusal, status=405)
        response["Allow"] = "POST"
        return response

    return wrapped


def answered_first(view):
    """Who is not signed in is told of an empty vote at once, rather than once they have signed in."""

    @wraps(view)
    def wrapped(request, pk):
        if not request.user.is_authenticated:
            ballot = _ballot_or_404(request, pk)
            try:
                choice_from(ballot.method, request.POST.getlist("choice"), ballot.keys)
            except ValidationError as refusal:
                return _show(request, ballot, refusal=refusal, embedded=asks_fragment(request))
        return view(request, pk)

    return wrapped


@private_page
@by_form_only
@answered_first
@signed_in_to_act(gettext_lazy("record your vote"), says=_said_by)
def vote(request, pk):
    """Vote, or change one's vote."""
    ballot = _ballot_or_404(request, pk)
    version = request.POST.get("version", "")
    try:
        vote = actions.cast_vote(
            ballot,
            request.user,
            request.POST.getlist("choice"),
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0,
            form_key=request.POST.get("form", "")[:64],
        )
    except ValidationError as refusal:
        return _show(request, ballot, refusal=refusal, embedded=asks_fragment(request))
    match vote.act:
        case "vote.cast":
            done = _("Your vote is recorded.")
        case "vote.changed":
            done = _("Your vote is changed.")
        case _:
            done = _("Your vote is as it was.")
    return _after(request, ballot, vote, done)


@private_page
@by_form_only
@signed_in_to_act(gettext_lazy("take your vote back"))
def withdraw(request, pk):
    """Take one's vote back."""
    ballot = _ballot_or_404(request, pk)
    try:
        vote = actions.withdraw_vote(ballot, request.user)
    except ValidationError as refusal:
        return _show(request, ballot, refusal=refusal, embedded=asks_fragment(request))
    return _after(request, ballot, vote, _("Your vote is taken back: it is no longer counted."))


def _after(request, ballot: Ballot, vote: Vote, words: str):
    messages.success(request, words)
    if asks_fragment(request):
        # The row that the verb has just written in, with what the page says of its consultation.
        vote.ballot.consultation = ballot.consultation
        return _show(request, vote.ballot, embedded=True, own=vote)
    if page := goes_back_to(request):
        return HttpResponseRedirect(place_in(page, ballot))
    return HttpResponseRedirect(with_way_back(request, ballot.get_absolute_url()))


def _ballot_or_404(request, pk) -> Ballot:
    ballot = get_object_or_404(Ballot.objects.select_related("consultation__organiser", "consultation__log"), pk=pk)
    if not ballot.is_visible(request.user) and not _has_voted(request.user, ballot):
        raise Http404
    return ballot


def _has_voted(user, ballot: Ballot) -> bool:
    """Whoever has a vote in it still sees it, and may take it back."""
    return user.is_authenticated and Vote.objects.standing().filter(ballot=ballot, voter=user).exists()


def _show(
    request,
    ballot: Ballot,
    *,
    refusal: ValidationError | None = None,
    embedded: bool = False,
    own: Vote | None = None,
    status: int = 422,
):
    """`own` is the visitor's vote, when it was just written; otherwise it is read."""
    if refusal:
        # The question may just have changed: it is shown as it is now.
        ballot = _ballot_or_404(request, ballot.pk)
    state, user = ballot.state(), request.user
    if own is None and user.is_authenticated:
        own = Vote.objects.standing().filter(ballot=ballot, voter=user).first()
    if own and own.choice is None:
        own = None
    ticked = request.POST.getlist("choice") if refusal and request.method == "POST" else _boxes(own)
    former_wordings = list(ballot.former_wordings.all()) if ballot.version > 1 else []
    context = {
        "ballot": ballot,
        "state": state,
        "own": own,
        "own_answers": _words(ballot, _boxes(own)),
        "why_not": ballot.why_not(user) if state == State.OPEN else "",
        "form": VoteForm(
            initial={"choice": ticked if ballot.way.many else ticked[:1]},
            ballot=ballot,
            auto_id=f"{ballot.anchor}-%s",
        ),
        "form_key": token_urlsafe(12),
        "refusal": " ".join(refusal.messages) if refusal else "",
        "former_wordings": former_wordings,
        "answered_other_words": bool(own) and any(own.version <= wording.version for wording in former_wordings),
        "results": results_for_people(ballot) if ballot.results_are_public and ballot.is_released else None,
        "entitled": ballot.entitled() if ballot.is_released else None,
        "next": come_from(request),
        "embedded": embedded,
    }
    if not embedded:
        context["page_of_activity"] = pages_of([ballot]).get(ballot.pk)
    template = "ballot/fragment.html" if embedded else "ballot/activity.html"
    # htmx swaps only what succeeded: a fragment that says what is wrong is a success.
    return render(request, template, context, status=status if refusal and not embedded else 200)


def results_for_people(ballot: Ballot) -> dict:
    """What a result is to a reader: {"voters", "blank", "expressed", "rows", "leaders"}.

    `rows` are sorted, the most chosen first: {"label", "votes", "share" (0 to 100, one decimal), "first"}.
    """
    counted = ballot.counted()
    expressed = counted["voters"] - counted["blank"]
    most = max(counted["totals"].values(), default=0)
    rows = [
        {
            "label": answer.label,
            "votes": answer.votes,
            "share": round(100 * answer.votes / expressed, 1) if expressed else 0,
            "first": bool(most) and answer.votes == most,
        }
        for answer in sorted(ballot.answers, key=lambda answer: (-answer.votes, answer.position))
    ]
    leaders = [row for row in rows if row["first"]]
    return {
        "voters": counted["voters"],
        "blank": counted["blank"],
        "expressed": expressed,
        "rows": rows,
        "leaders": leaders,
    }


def _boxes(vote: Vote | None) -> list[str]:
    """What is ticked in the form of somebody who has voted."""
    if vote is None:
        return []
    return vote.choice if isinstance(vote.choice, list) else [vote.choice]


def _words(ballot: Ballot, boxes: list[str]) -> list[str]:
    """What is ticked, in the words of the answers; what is no answer says nothing."""
    labels = {BLANK: _("Blank vote"), **{answer.key: answer.label for answer in ballot.answers}}
    return [labels[key] for key in boxes if key in labels]
