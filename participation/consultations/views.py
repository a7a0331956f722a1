"""What is common to all activities: where one takes part, reactions, reports, taking one's text back."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.people.decorators import private_page
from participation.people.models import Organisation
from participation.people.pending import signed_in_to_act, tell_sent

from . import actions
from .forms import ReportForm, VoiceForm
from .models import Activity, Contribution, Reaction, last_reasons
from .places import come_from, goes_back_to, pages_of, place_in

MOST_LISTED = 30
"""Activities of each state on the page that lists them."""
REPORTS_AN_HOUR = 20
"""From one address."""


@require_safe
@private_page
def index(request):
    """What is open, what is coming, what is closed."""
    now = timezone.now()
    visible = Activity.objects.released().visible(request.user).filter(consultation__is_trial=False)
    visible = visible.select_related("consultation__organiser")
    groups = {
        "open": visible.open(now).order_by(F("closes_at").asc(nulls_last=True), "pk")[:MOST_LISTED],
        "coming": visible.coming(now).order_by("opens_at", "pk")[:MOST_LISTED],
        "closed": visible.closed(now).order_by("-closes_at", "pk")[:MOST_LISTED],
    }
    groups = {name: list(rows) for name, rows in groups.items()}
    pages = pages_of([activity for rows in groups.values() for activity in rows])
    return render(request, "consultations/index.html", {**groups, "pages": pages})


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("give your view on a message"))
def react(request, pk):
    """Agree, disagree or nuance; the same choice again takes it back."""
    contribution = _contribution_or_404(request, pk)
    try:
        reaction = actions.react(contribution, request.user, request.POST.get("choice", ""))
    except ValidationError as refusal:
        return back_to(request, contribution, refusal=refusal)
    if asks_fragment(request):
        contribution.refresh_from_db()
        contribution.own_reaction = reaction.choice if reaction else None
        return render(
            request,
            "consultations/reactions.html",
            {
                "contribution": contribution,
                "can_take_part": True,
                "next": come_from(request),
                "embedded": bool(goes_back_to(request)),
                "updated": True,
            },
        )
    messages.success(request, _("Your view is recorded.") if reaction else _("Your view is taken back."))
    return back_to(request, contribution)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("withdraw your message"))
def withdraw(request, pk):
    """The author takes their text back."""
    done = _("Your message is withdrawn. Its place and the replies to it stay.")
    return _of_ones_own(request, pk, actions.withdraw, done)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("erase your message"))
def erase(request, pk):
    """The author has their text erased for good."""
    done = _("Your message is erased. Its place and the replies to it stay.")
    return _of_ones_own(request, pk, actions.erase, done)


def _of_ones_own(request, pk, verb, done: str) -> HttpResponseRedirect:
    """Do what the author asks of their contribution, and go back to where it was."""
    contribution = _contribution_or_404(request, pk)
    try:
        verb(contribution, request.user)
    except ValidationError as refusal:
        return back_to(request, contribution, refusal=refusal)
    messages.success(request, done)
    return back_to(request, contribution)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def report(request, pk):
    """Tell the moderators that a message seems to break the charter; no account is needed."""
    contribution = _contribution_or_404(request, pk)
    form = ReportForm(request.POST or None, has_account=request.user.is_authenticated)
    if request.method == "POST" and form.is_valid():
        try:
            _not_too_many_reports(request)
            actions.report(
                contribution, by=request.user if request.user.is_authenticated else None, **form.cleaned_data
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Thank you. A moderator will look at this message."))
            response = back_to(request, contribution)
            tell_sent(request, response)
            return response
    return render(
        request,
        "consultations/report.html",
        {"form": form, "contribution": contribution, "next": come_from(request)},
        status=422 if form.errors else 200,
    )


def _not_too_many_reports(request) -> None:
    """A queue that one person fills is a queue nobody reads."""
    key = f"reports:{get_adapter().get_client_ip(request)}"
    cache.add(key, 0, timeout=3600)
    if cache.incr(key) > REPORTS_AN_HOUR:
        raise ValidationError(
            _("Many reports came from your address within the hour. The moderators have them; try again later.")
        )


def back_to(request, contribution: Contribution, *, refusal: ValidationError | None = None) -> HttpResponseRedirect:
    """Return to where the act came from: the page that embeds the activity, else the activity's own page."""
    if refusal:
        messages.error(request, " ".join(refusal.messages))
    if page := goes_back_to(request):
        return HttpResponseRedirect(place_in(page, contribution.activity))
    return HttpResponseRedirect(with_way_back(request, contribution.get_absolute_url()))


def asks_fragment(request) -> bool:
    """Whether htmx asks, for a part of a page."""
    return bool(request.headers.get("HX-Request"))


def with_way_back(request, address: str) -> str:
    """`address` with the page one came from, so that the way back is not lost."""
    page = come_from(request)
    return f"{address}?{urlencode({'next': page})}" if page else address


def dress(request, rows: list) -> list:
    """Tell each contribution what the visitor thinks of it and, when it was taken down, why: two queries for all of them."""
    own = _own_reactions(rows, request.user)
    reasons = last_reasons(rows)
    for row in rows:
        row.own_reaction = own.get(row.pk)
        row.reason = reasons[row.pk].get_reason_display() if row.pk in reasons else ""
        row.is_own = request.user.is_authenticated and row.author_id == request.user.pk
    return rows


def _own_reactions(contributions, user) -> dict[int, str]:
    """What `user` thinks of these contributions: id → choice. One query, none for a visitor."""
    if not user.is_authenticated:
        return {}
    reactions = Reaction.objects.standing().filter(user=user, contribution__in=[row.pk for row in contributions])
    return dict(reactions.values_list("contribution", "choice"))


def thanks_for(contribution: Contribution) -> str:
    """What its author is told once it is filed."""
    if contribution.is_published:
        return _("Your message is published.")
    return _("Thank you. Your message is received; it will show once a moderator has read it.")


def voices(activity: Activity, user) -> dict[Organisation, str]:
    """The organisations in whose name `user` may write in an activity → how a form says so. The organiser comes first."""
    organiser = activity.consultation.organiser_id
    found = sorted(activity.consultation.voices(user), key=lambda organisation: organisation.pk != organiser)
    official, other = _("In the name of %(name)s (official answer)"), _("In the name of %(name)s")
    return {
        organisation: (official if organisation.pk == organiser else other) % {"name": organisation}
        for organisation in found
    }


def voice_to_choose(activity: Activity | None, request, fields: dict[str, list[str]]) -> VoiceForm | None:
    """In whose name one sends what was kept while one signed in (`fields`); None where there is no choice."""
    offered = voices(activity, request.user) if activity and activity.is_visible(request.user) else {}
    return VoiceForm(voices=offered, chosen=fields.get("on_behalf_of", [""])[-1]) if offered else None


def page_number(request) -> int:
    """The page asked for, 1 unless it is a sensible number."""
    asked = request.GET.get("page", "")
    return min(max(int(asked), 1), 10_000) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def _contribution_or_404(request, pk) -> Contribution:
    rows = Contribution.objects.in_place(request.user).select_related("activity__consultation", "author")
    return get_object_or_404(rows, pk=pk)
