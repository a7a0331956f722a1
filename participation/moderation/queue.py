"""The queue of moderation, in Wagtail's admin: what waits, what is reported, appeals, what was taken down.

Reading it does nothing; each act is a POST that calls a verb. Everyone sees the queue of the organisations they
moderate. A script sends the same forms and asks for JSON, so that the page stays where it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Min, Prefetch, Q, QuerySet
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import DetailView, ListView, View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from participation.admin_views import NearestPage, show_refusal, with_count
from participation.consultations import actions as consultations
from participation.consultations.models import Contribution, ModerationAction, Report
from participation.people.models import Organisation, User

from . import actions, flags
from .forms import DecisionForm, ModerationForm, QueueForm
from .models import Appeal, Summary

LATE = timedelta(days=2)
"""What waits longer is pointed out."""
MOST_AROUND = 5
"""Messages of the thread that are shown before and after the one that is judged."""
MOST_AT_ONCE = 100
"""Contributions that one act may deal with."""
LEAST_REPEATED = 30
"""Letters of a text that is pointed out when somebody else wrote the same."""


@dataclass(frozen=True)
class Tab:
    slug: str
    label: str
    narrowed: Callable[[QuerySet], QuerySet]
    """Of contributions, those that the tab lists."""
    since: str
    """The column by which they wait."""
    empty: str


TABS = [
    Tab(
        "a-valider", gettext_lazy("To approve"), lambda rows: rows.awaiting_moderation(), "waits_since",
        gettext_lazy("Nothing waits to be published."),
    ),
    Tab(
        "signales", gettext_lazy("Reported"), lambda rows: rows.reported(), "reports__created_at",
        gettext_lazy("Nothing is reported."),
    ),
    Tab(
        "recours", gettext_lazy("Appeals"),
        lambda rows: rows.filter(moderation_actions__appeal__in=Appeal.objects.waiting()),
        "moderation_actions__appeal__created_at", gettext_lazy("Nobody has appealed."),
    ),
    Tab(
        "retires", gettext_lazy("Taken down"), lambda rows: rows.taken_down(), "",
        gettext_lazy("Nothing was taken down."),
    ),
]  # fmt: skip


def waits(user: User) -> list[dict]:
    """What waits for this person, list by list: {label, count, oldest}."""
    lines = []
    for slug, (rows, since) in _for_judgment(user).items():
        numbers = rows.order_by().aggregate(count=Count("pk", distinct=True), oldest=Min(since))
        if numbers["count"]:
            lines.append({"label": next(tab.label for tab in TABS if tab.slug == slug), **numbers})
    return lines


def waiting_for(user: User) -> int:
    """How many things wait for this person's judgment."""
    return sum(rows.count() for rows, _since in _for_judgment(user).values())


def _for_judgment(user: User) -> dict[str, tuple[QuerySet, str]]:
    """What this person may judge, by tab, with since when it waits: contributions to publish, those reported, appeals of others' acts."""
    mine = Contribution.objects.moderated_by(user)
    return {
        "a-valider": (mine.awaiting_moderation(), "waits_since"),
        "signales": (mine.reported(), "reports__created_at"),
        "recours": (Appeal.objects.may_be_decided_by(user), "created_at"),
    }


class ForModerators:
    """Of a view: open to those who moderate something, with what they need to judge a contribution."""

    def dispatch(self, request, *args, **kwargs):
        if not Organisation.objects.moderated_by(request.user).exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        reports = Report.objects.filter(handled_at__isnull=True).order_by("created_at", "pk")
        history = ModerationAction.objects.select_related("moderator", "appeal__decided_by")
        return (
            Contribution.objects.moderated_by(self.request.user)
            .with_particulars()
            .select_related("activity__consultation__organiser", "author", "on_behalf_of", "parent")
            .prefetch_related(Prefetch("reports", reports), Prefetch("moderation_actions", history))
        )

    @property
    def asks_json(self) -> bool:
        return self.request.headers.get("Accept") == "application/json"


def dress(rows: list[Contribution], user: User) -> list[Contribution]:
    """Tell each contribution what helps to judge it: flags, the same words elsewhere, its author's past. Two queries."""
    past = _decisions_about({row.author_id for row in rows if row.author_id}, user)
    repeated = _repeated(rows)
    now = timezone.now()
    for row in rows:
        row.shown_text = flags.marked(row.body)
        row.waiting_text = flags.marked(row.pending["body"]) if row.pending and "body" in row.pending else ""
        row.flags = sorted({str(flag.label) for flag in flags.flags(" ".join(_words_to_judge(row)))})
        row.is_repeated = repeated[row.activity_id, row.body] > 1
        row.past = past[row.author_id]
        row.appeal = next((act.appeal for act in row.moderation_actions.all() if _has_open_appeal(act)), None)
        since = _waits_since(row)
        row.is_late = bool(since) and now - since > LATE
        row.since = since
    return rows


def _words_to_judge(row: Contribution) -> list[str]:
    return [*(row.pending or row.specific.texts()).values(), *(words for _label, words in row.specific.further_words())]


def _has_open_appeal(act: ModerationAction) -> bool:
    return hasattr(act, "appeal") and act.appeal.decided_at is None


def _waits_since(row: Contribution):
    """Since when it waits for a moderator; None when it does not."""
    if row.appeal:
        return row.appeal.created_at
    if row.state == Contribution.State.RECEIVED or row.pending is not None:
        return row.waits_since
    return min((report.created_at for report in row.reports.all()), default=None)


def _decisions_about(authors: set[int], user: User) -> dict[int, list[tuple[str, int]]]:
    """What was decided of what these people wrote to the organisations `user` moderates: (act, times), by author."""
    organisers = Organisation.objects.moderated_by(user)
    acts = ModerationAction.objects.filter(
        contribution__author__in=authors, contribution__activity__consultation__organiser__in=organisers
    )
    found = defaultdict(list)
    counted = acts.values("contribution__author", "act").annotate(times=Count("pk")).order_by("act")
    for author, act, times in counted.values_list("contribution__author", "act", "times"):
        found[author].append((ModerationAction.Act(act).label, times))
    return found


def _repeated(rows: list[Contribution]) -> dict[tuple[int, str], int]:
    """How many times the words of each of these were written in its activity."""
    found = defaultdict(int)
    long = [row for row in rows if len(row.body) >= LEAST_REPEATED]
    if long:
        same = Contribution.objects.filter(
            activity__in={row.activity_id for row in long}, body__in={row.body for row in long}
        )
        for activity, body, times in (
            same.values("activity", "body").annotate(times=Count("pk")).values_list("activity", "body", "times")
        ):
            found[activity, body] = times
    return found


class QueueView(ForModerators, NearestPage, WagtailAdminTemplateMixin, ListView):
    page_title = gettext_lazy("Moderation")
    header_icon = "tasks"
    template_name = "moderation/admin/queue.html"
    context_object_name = "contributions"
    paginate_by = 20
    page_kwarg = "p"

    @cached_property
    def tab(self) -> Tab:
        return next((tab for tab in TABS if tab.slug == self.request.GET.get("liste")), TABS[0])

    @cached_property
    def form(self) -> QueueForm:
        return QueueForm(self.request.GET, user=self.request.user)

    @property
    def question(self) -> Q:
        asked = Q()
        if consultation := self.form.cleaned_data.get("consultation"):
            asked &= Q(activity__consultation=consultation)
        if words := self.form.cleaned_data.get("q"):
            asked &= Q(body__icontains=words) | Q(author__pseudonym__icontains=words)
        return asked

    def get_queryset(self):
        rows = self.tab.narrowed(super().get_queryset()).filter(self.question)
        if not self.tab.since:
            return rows.order_by("-created_at", "-pk")
        # What waits longest comes first.
        return rows.annotate(since_when=Min(self.tab.since)).order_by("since_when", "created_at", "pk")

    def paginate_queryset(self, queryset, page_size):
        paginator, page, rows, has_others = super().paginate_queryset(queryset, page_size)
        return paginator, page, dress(list(rows), self.request.user), has_others

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs):
        mine = Contribution.objects.moderated_by(self.request.user).filter(self.question)
        kept = {name: value for name in self.form.fields if (value := self.form[name].value())}
        tabs = [
            {
                "slug": tab.slug,
                "label": tab.label,
                "count": tab.narrowed(mine).count(),
                "url": f"?{urlencode({'liste': tab.slug, **kept})}",
                "current": tab == self.tab,
            }
            for tab in TABS
        ]
        summary = Summary.objects.filter(user=self.request.user).first()
        return super().get_context_data(
            tabs=tabs,
            tab=self.tab,
            form=self.form,
            moderation_form=ModerationForm(auto_id=False),
            decision_form=DecisionForm(auto_id=False),
            next=self.request.get_full_path(),
            wants_summary=summary is None or summary.is_wanted,
            **kwargs,
        )


ACTS = {
    "approve": (lambda row, by, words: consultations.approve(row, by), gettext_lazy("The message is published.")),
    "refuse": (lambda row, by, words: consultations.refuse(row, by, **words), gettext_lazy("The message is refused.")),
    "withhold": (
        lambda row, by, words: consultations.withhold(row, by, **words),
        gettext_lazy("The message is taken down."),
    ),
    "restore": (
        lambda row, by, words: consultations.restore(row, by, note=words["note"]),
        gettext_lazy("The message is shown again."),
    ),
    "keep": (
        lambda row, by, words: consultations.keep(row, by),
        gettext_lazy("The message stays; the reports are dealt with."),
    ),
}
"""By the name of a button: the verb (of a contribution, a person and the form's words), and what is said when it is done."""


class ItemView(ForModerators, WagtailAdminTemplateMixin, DetailView):
    """One contribution, with its thread and its history; a POST acts on it."""

    page_title = gettext_lazy("Moderation")
    header_icon = "tasks"
    template_name = "moderation/admin/queue_item.html"
    context_object_name = "contribution"

    def get_object(self):
        return dress([super().get_object()], self.request.user)[0]

    def post(self, request, pk):
        self.object = self.get_object()
        form = ModerationForm(request.POST)
        verb, done = ACTS.get(request.POST.get("act"), (None, None))
        if verb and form.is_valid():
            try:
                verb(self.object, request.user, form.cleaned_data)
            except ValidationError as refusal:
                if "reason" not in getattr(refusal, "error_dict", {}):
                    return self._answer(409, " ".join(refusal.messages), messages.error)
                show_refusal(form, refusal)
            else:
                return self._answer(200, done, messages.success)
        return self._give_back(moderation_form=form)

    def _give_back(self, **form):
        """What was typed, with what is wrong with it."""
        if self.asks_json:
            words = [error for filled in form.values() for errors in filled.errors.values() for error in errors]
            return JsonResponse({"message": " ".join(words) or _("This act does not exist.")}, status=422)
        return self.render_to_response(self.get_context_data(**form), status=422)

    def _answer(self, status: int, words: str, tell: Callable):
        """To a script, the words alone: 409 when somebody else was quicker. Otherwise back to the list, which says them."""
        if self.asks_json:
            return JsonResponse({"message": str(words)}, status=status)
        tell(self.request, words)
        return HttpResponseRedirect(self.back_url)

    @property
    def back_url(self) -> str:
        return get_valid_next_url_from_request(self.request) or reverse("moderation:queue")

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("moderation:queue"), "label": self.get_page_title()},
            {"url": "", "label": str(self.object.specific)},
        ]

    def get_context_data(self, **kwargs):
        context = {
            "moderation_form": ModerationForm(),
            "decision_form": DecisionForm(),
            "next": self.back_url,
            "around": self._around(),
        }
        return super().get_context_data(**{**context, **kwargs})

    def _around(self) -> list[Contribution]:
        """The thread: what it answers, and the nearest other answers, itself among them."""
        row = self.object
        thread = Contribution.objects.in_place(self.request.user).select_related("author", "on_behalf_of")
        if row.parent_id is None:
            after = thread.filter(parent=row).order_by("created_at", "pk")[: 2 * MOST_AROUND]
            return [*after]
        siblings = thread.filter(parent=row.parent_id).exclude(pk=row.pk)
        before = siblings.filter(created_at__lte=row.created_at).order_by("-created_at", "-pk")[:MOST_AROUND]
        after = siblings.filter(created_at__gt=row.created_at).order_by("created_at", "pk")[:MOST_AROUND]
        return [*reversed(before), *after]


class DecideView(ItemView):
    """Answer the appeal about a contribution; refused to whoever took it down."""

    http_method_names = ["post"]

    def post(self, request, pk):
        appeal = get_object_or_404(Appeal.objects.moderated_by(request.user), pk=pk)
        self.kwargs["pk"] = appeal.contribution.pk
        self.object = self.get_object()
        form = DecisionForm(request.POST)
        if form.is_valid():
            accepted = form.cleaned_data["decision"] == "accepted"
            try:
                actions.decide(appeal, request.user, accepted=accepted, answer=form.cleaned_data["answer"])
            except ValidationError as refusal:
                if "answer" not in getattr(refusal, "error_dict", {}):
                    return self._answer(409, " ".join(refusal.messages), messages.error)
                show_refusal(form, refusal)
            else:
                return self._answer(200, _("The author has your answer."), messages.success)
        return self._give_back(decision_form=form)


class BulkView(ForModerators, View):
    """One act on several contributions. Each is judged by itself: what somebody else dealt with meanwhile is left."""

    http_method_names = ["post"]

    def post(self, request):
        back = get_valid_next_url_from_request(request) or reverse("moderation:queue")
        form = ModerationForm(request.POST)
        name = request.POST.get("act")
        asked = {int(pk) for pk in request.POST.getlist("pk")[:MOST_AT_ONCE] if pk.isdecimal() and len(pk) < 19}
        rows = list(self.get_queryset().filter(pk__in=asked).order_by("pk"))
        if name not in ACTS or not form.is_valid():
            return self._answer(422, _("Nothing was done: choose an act."), [], messages.error, back)
        if not rows:
            return self._answer(422, _("Nothing was done: tick at least one message."), [], messages.error, back)
        verb, _done = ACTS[name]
        done, left = [], []
        for row in rows:
            try:
                verb(row, request.user, form.cleaned_data)
            except ValidationError as refusal:
                if "reason" in getattr(refusal, "error_dict", {}):
                    return self._answer(422, " ".join(refusal.messages), done, messages.error, back)
                left.append(row.pk)
            else:
                done.append(row.pk)
        words = ngettext("%(n)s message is dealt with.", "%(n)s messages are dealt with.", len(done)) % {"n": len(done)}
        if left:
            others = ngettext(
                "%(n)s was left: this act does not apply to it, or somebody was quicker.",
                "%(n)s were left: this act does not apply to them, or somebody was quicker.",
                len(left),
            ) % {"n": len(left)}
            words = f"{words} {others}"
        return self._answer(200, words, [*done, *left], messages.success, back)

    def _answer(self, status: int, words: str, gone: Iterable[int], tell: Callable, back: str):
        if self.asks_json:
            return JsonResponse({"message": str(words), "gone": list(gone)}, status=status)
        tell(self.request, words)
        return HttpResponseRedirect(back)


class SummaryView(ForModerators, View):
    """Whether one is written to each day."""

    http_method_names = ["post"]

    def post(self, request):
        wanted = request.POST.get("wanted") == "yes"
        actions.want_summary(request.user, wanted=wanted)
        words = (
            _("You will be written to on the days when something waits.")
            if wanted
            else _("You will not be written to.")
        )
        messages.success(request, words)
        return HttpResponseRedirect(reverse("moderation:queue"))


class ModerationMenuItem(MenuItem):
    """For those who moderate something, with what waits for them."""

    def is_shown(self, request):
        return Organisation.objects.moderated_by(request.user).exists()

    def render_component(self, request):
        component = super().render_component(request)
        component.label = with_count(component.label, waiting_for(request.user))
        return component
