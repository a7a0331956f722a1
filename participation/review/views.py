"""A document under review: on a page of its own, as the fragment of an editorial page, and what is remarked on it.

The text is drawn by the same template in both. Each passage has a panel (its remarks, and the forms to write one): on a page
of its own without JavaScript, beside the passage with it. `next` is the page that embeds the document, "" on its own page.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.consultations.forms import MessageForm
from participation.consultations.models import State
from participation.consultations.places import come_from, goes_back_to, pages_of, place_in
from participation.consultations.views import (
    asks_fragment,
    dress,
    page_number,
    thanks_for,
    voice_to_choose,
    voices,
    with_way_back,
)
from participation.people.decorators import private_page
from participation.people.pending import signed_in_to_act

from . import actions, reading_order
from .comparing import difference
from .forms import AmendmentForm, CompareForm, RemarkForm, WordingForm
from .models import Passage, PassageText, Remark, Review, Sort, Version

REMARKS_PER_PAGE = 20
REPLIES_PER_PAGE = 50

# ── The document ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@private_page
def activity(request, pk, slug):
    """The document as people read it now, on a page of its own."""
    review = _review_or_404(request, pk)
    return _show_document(request, review, review.current)


@require_safe
@private_page
def fragment(request, pk):
    """The document alone, to take the place of its summary in an editorial page."""
    review = _review_or_404(request, pk)
    return _show_document(request, review, review.current, embedded=True)


@require_safe
@private_page
def version(request, pk, number):
    """Any published version, with the remarks on each passage."""
    review = _review_or_404(request, pk)
    return _show_document(request, review, _version_or_404(review, number))


@require_safe
@private_page
def version_file(request, pk, number):
    """The bytes whose SHA-256 is in the public record."""
    version = _version_or_404(_review_or_404(request, pk), number)
    response = HttpResponse(version.document(), content_type="application/json")
    response["Content-Disposition"] = f'inline; filename="document-{pk}-version-{number}.json"'
    return response


@require_safe
@private_page
def compare(request, pk):
    """Two versions, passage by passage and word by word, with the remarks that led to each change."""
    review = _review_or_404(request, pk)
    versions = list(review.versions.published())
    if not versions:
        raise Http404
    # The last change, unless two versions are asked for.
    chosen = {"de": versions[max(0, len(versions) - 2)].number, "a": versions[-1].number}
    asked = CompareForm(request.GET, versions=versions)
    asked.is_valid()
    chosen |= {name: number for name, number in asked.cleaned_data.items() if number}
    form = CompareForm(initial=chosen, versions=versions)
    by_number = {version.number: version for version in versions}
    older, newer = (by_number[number] for number in sorted(chosen.values()))
    changes = reading_order.changes_between(older, newer)
    _credit(request, changes, older, newer)
    context = {
        **_context(request, review),
        "form": form,
        "versions": versions,
        "older": older,
        "newer": newer,
        "changes": changes,
        "changed_count": sum(change.state != "same" for change in changes),
        "everything": request.GET.get("tout") == "1",
    }
    return render(request, "review/compare.html", context)


@require_safe
@private_page
def remarks(request, pk):
    """All the remarks on the document, filtered and sorted, a page at a time."""
    review = _review_or_404(request, pk)
    context = _context(request, review)
    rows = Remark.objects.in_place_within(request.user, moderates=context["moderates"])
    rows = rows.filter(review=review).threads()
    asked = {name: request.GET.get(name, "") for name in ("genre", "etat", "ordre")}
    natures = [nature for nature in Remark.Nature if nature != Remark.Nature.REPLY]
    if asked["genre"] in natures:
        rows = rows.filter(nature=asked["genre"])
    if asked["etat"] in Remark.Anchoring.values:
        rows = rows.filter(anchoring=asked["etat"])
    elif asked["etat"] == "retenues":
        rows = rows.taken()
    sort = asked["ordre"] if asked["ordre"] in Sort.values else Sort.RECENT
    context |= _page_of(request, review, rows.sorted(sort), moderates=context["moderates"]) | {
        "asked": asked,
        "sort": sort,
        "sorts": Sort,
        "natures": [(nature.value, nature.label) for nature in natures],
        "anchorings": Remark.Anchoring,
        "is_filtered": bool(asked["genre"] or asked["etat"]),
        "query": urlencode({name: value for name, value in asked.items() if value and name != "ordre"}),
    }
    return render(request, "review/remarks.html", context)


def _show_document(request, review: Review, version: Version | None, *, embedded: bool = False):
    if version is None:
        # A draft, that its editors look at before they open it.
        version = review.draft
    versions = list(review.versions.published())
    rows = version.rows if version else []
    context = _context(request, review)
    is_current = version is not None and version.pk == review.current_id
    context = {
        **context,
        "version": version,
        "versions": versions,
        "previous": next((v for v in reversed(versions) if version and v.number < version.number), None),
        "is_current": is_current,
        "open_to_remarks": context["is_open"] and is_current and not version.is_frozen,
        "rows": reading_order.laid_out(rows),
        "titles": [row for row in rows if row.is_title],
        "removed": _removed(review, version) if is_current else [],
        "embedded": embedded,
    }
    if not embedded:
        context["page_of_activity"] = pages_of([review]).get(review.pk)
    return render(request, "review/fragment.html" if embedded else "review/activity.html", context)


def _removed(review: Review, version: Version) -> list[PassageText]:
    """The passages that are no longer in the text and that people remarked on, with the last words they had."""
    last = PassageText.objects.filter(passage=OuterRef("pk"), version__published_at__isnull=False)
    gone = review.passages.filter(remark_count__gt=0).exclude(texts__version=version)
    gone = gone.annotate(last=Subquery(last.order_by("-version__number").values("pk")[:1])).values("last")
    return list(PassageText.objects.filter(pk__in=gone).select_related("passage", "version").order_by("position", "pk"))


def _credit(request, changes, older: Version, newer: Version) -> None:
    """Tell each change the remarks that led to it: one query."""
    taken = Remark.objects.visible(request.user).filter(
        taken_into__review=newer.review_id, taken_into__number__gt=older.number, taken_into__number__lte=newer.number
    )
    by_passage: dict[int, list[Remark]] = {}
    for remark in taken.select_related("author", "on_behalf_of").order_by("pk"):
        by_passage.setdefault(remark.passage_id, []).append(remark)
    for change in changes:
        change.remarks = by_passage.get(change.passage.pk, [])


# ── A passage and its remarks ────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@private_page
def passage(request, pk, number):
    """A passage on a page of its own: its words, its remarks, the forms to write one."""
    review, passage = _passage_or_404(request, pk, number)
    return _show_passage(request, review, passage)


@require_safe
@private_page
def panel(request, pk, number):
    """The remarks of a passage and the forms alone, beside it in the text."""
    review, passage = _passage_or_404(request, pk, number)
    return _show_passage(request, review, passage, embedded=True)


def _voice_of_remark(request, fields, pk, number):
    return voice_to_choose(Review.objects.filter(pk=pk).first(), request, fields)


def _voice_of_reply(request, fields, pk):
    return voice_to_choose(Review.objects.filter(contributions=pk).first(), request, fields)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("publish your remark"), choices=_voice_of_remark)
def write(request, pk, number):
    """Remark on a passage, or propose another wording."""
    review, passage = _passage_or_404(request, pk, number)
    is_amendment = request.POST.get("nature") == Remark.Nature.AMENDMENT
    form = (AmendmentForm if is_amendment else RemarkForm)(
        request.POST, voices=voices(review, request.user), **_ids(passage, is_amendment)
    )
    remark = None
    if "version" in form.errors:
        form.add_error(
            None, _("A part of the form did not arrive, and nothing was published. Read the passage again, then send.")
        )
        form.data = {**form.data.dict(), "version": review.current.number if review.current else 1}
    if form.is_valid():
        words = {"nature": Remark.Nature.AMENDMENT, **form.cleaned_data}
        try:
            remark = actions.remark_on(review, request.user, passage=passage.number, **words)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    if remark is None:
        # The document may just have changed: it is shown as it is now.
        review, passage = _passage_or_404(request, pk, number)
        return _show_passage(request, review, passage, failed=form, embedded=asks_fragment(request))
    messages.success(request, _thanks(remark))
    review.refresh_from_db(fields=["current"])
    if remark.version_id != review.current_id:
        messages.info(
            request,
            _(
                "%(current)s came out while you were writing. Your remark stays on %(version)s, the text you had before "
                "your eyes."
            )
            % {"current": review.current, "version": remark.version},
        )
    if asks_fragment(request):
        review, passage = _passage_or_404(request, pk, number)
        return _show_passage(request, review, passage, embedded=True, written=remark)
    if page := goes_back_to(request):
        return HttpResponseRedirect(place_in(page, review))
    return HttpResponseRedirect(f"{with_way_back(request, passage.get_absolute_url())}#{remark.anchor}")


def _show_passage(
    request,
    review: Review,
    passage: Passage,
    *,
    failed: RemarkForm | AmendmentForm | None = None,
    embedded: bool = False,
    written: Remark | None = None,
):
    """Where a passage is no longer in the text, its last words are shown, and nothing more is written on it."""
    texts = {
        text.version_id: text
        for text in passage.texts.filter(version__published_at__isnull=False)
        .select_related("version")
        .order_by("version__number")
    }
    context = _context(request, review)
    if not texts:
        if review.is_released:
            raise Http404
        # A draft, that its editors look at before they open it.
        texts = {text.version_id: text for text in passage.texts.select_related("version")}
    now = texts.get(review.current_id)
    shown = now or list(texts.values())[-1]
    can_write = context["is_open"] and now is not None and not now.version.is_frozen and not passage.is_locked
    rows = Remark.objects.in_place_within(request.user, moderates=context["moderates"])
    rows = rows.filter(passage=passage).threads()
    sort = request.GET.get("ordre") if request.GET.get("ordre") in Sort.values else Sort.RECENT
    amended = isinstance(failed, AmendmentForm)
    read = {"version": shown.version.number, "quote": request.GET.get("citation", "")}
    context |= _page_of(request, review, rows.sorted(sort), moderates=context["moderates"], texts=texts) | {
        "passage": passage,
        "text": shown,
        "is_removed": now is None and review.current_id is not None,
        "was": reading_order.earlier_wordings(list(texts.values())),
        "can_write": can_write,
        "form": failed
        if failed and not amended
        else RemarkForm(initial=read, voices=context["voices"], **_ids(passage, False)),
        "wording_form": failed
        if amended
        else AmendmentForm(initial={**read, "wording": shown.text}, voices=context["voices"], **_ids(passage, True)),
        "failed": failed,
        "quoted": _quoted(shown, failed, request),
        "wording_difference": difference(shown.text, failed["wording"].value() or "") if amended else None,
        "sort": sort,
        "sorts": Sort,
        "written": written,
        "embedded": embedded,
    }
    if embedded:
        return render(request, "review/panel.html", context)
    return render(request, "review/passage.html", context, status=422 if failed else 200)


def _quoted(text: PassageText, failed, request) -> str:
    """The words of the passage that the visitor chose before writing."""
    sent = failed["quote"].value() if failed else request.GET.get("citation", "")
    ends = RemarkForm.base_fields["quote"].clean(sent)
    return text.text[ends[0] : ends[1]] if ends else ""


def _ids(passage: Passage, is_amendment: bool) -> dict:
    """Ids that nothing else of the page has."""
    return {"auto_id": f"{passage.anchor}-{'wording' if is_amendment else 'remark'}-%s"}


def _thanks(remark: Remark) -> str:
    if remark.is_published:
        return _("Your remark is published.")
    return _("Thank you. Your remark is received; it will show once a moderator has read it.")


# ── A remark and its replies ─────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@private_page
def remark(request, pk):
    """A remark, the exact text it is about, what became of it, and the replies; a reply's address leads to its place there."""
    remark = _remark_or_404(request, pk)
    if remark.is_reply:
        address = with_way_back(request, remark.thread.get_absolute_url())
        before = Remark.objects.in_place(request.user).filter(thread=remark.thread_id, pk__lt=remark.pk).count()
        if page := before // REPLIES_PER_PAGE:
            address += f"{'&' if '?' in address else '?'}page={page + 1}"
        return HttpResponseRedirect(f"{address}#{remark.anchor}")
    return _show_remark(request, remark)


@require_safe
@private_page
def thread(request, pk):
    """The replies to a remark alone, unfolded in the list of remarks."""
    remark = _remark_or_404(request, pk)
    if remark.is_reply:
        raise Http404
    return _show_remark(request, remark, embedded=True)


@require_POST
@private_page
@signed_in_to_act(gettext_lazy("publish your reply"), choices=_voice_of_reply)
def reply(request, pk):
    remark = _remark_or_404(request, pk)
    form = MessageForm(request.POST, voices=voices(remark.review, request.user), **_reply_ids(remark))
    written = None
    if form.is_valid():
        try:
            written = actions.reply_to(remark, request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    if written is None:
        remark = _remark_or_404(request, remark.thread_id or remark.pk)
        return _show_remark(request, remark, failed=form, embedded=asks_fragment(request))
    messages.success(request, thanks_for(written))
    if asks_fragment(request):
        return _show_remark(request, _remark_or_404(request, pk), embedded=True)
    if page := goes_back_to(request):
        return HttpResponseRedirect(place_in(page, remark.review))
    return HttpResponseRedirect(with_way_back(request, written.get_absolute_url()))


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
@signed_in_to_act(gettext_lazy("change your message"))
def edit(request, pk):
    """The author changes their words."""
    remark = _remark_or_404(request, pk)
    if not request.user.is_authenticated or remark.author_id != request.user.pk:
        raise PermissionDenied
    form_class = WordingForm if remark.is_amendment else MessageForm
    latest = {"body": remark.body, "wording": remark.wording} | (remark.pending or {})
    form = form_class(request.POST or None, initial=latest)
    if request.method == "POST" and form.is_valid():
        try:
            remark = actions.edit_remark(remark, request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            waits = remark.pending or not remark.is_published
            words = _("Thank you. Your change is received; it will show once a moderator has read it.")
            messages.success(request, words if waits else _("Your message is changed."))
            if page := goes_back_to(request):
                return HttpResponseRedirect(place_in(page, remark.review))
            return HttpResponseRedirect(with_way_back(request, remark.get_absolute_url()))
    context = {**_context(request, remark.review), "form": form, "remark": remark}
    return render(request, "review/edit.html", context, status=422 if form.errors else 200)


def _show_remark(request, remark: Remark, *, failed: MessageForm | None = None, embedded: bool = False):
    review = remark.review
    context = _context(request, review)
    number = page_number(request)
    start = (number - 1) * REPLIES_PER_PAGE
    replies = Remark.objects.in_place_within(request.user, moderates=context["moderates"]).filter(thread=remark)
    replies = replies.select_related("author", "on_behalf_of", "version", "passage").order_by("pk")
    replies = list(replies[start : start + REPLIES_PER_PAGE + 1])
    has_next = len(replies) > REPLIES_PER_PAGE
    replies = replies[:REPLIES_PER_PAGE]
    _tell(request, review, [remark], moderates=context["moderates"], others=replies)
    can_write = context["is_open"] and remark.is_published and remark.is_unsettled
    context |= {
        "remark": remark,
        "passage": remark.passage,
        "text": remark.commented,
        "replies": replies,
        "number": number,
        "has_next": has_next,
        "can_write": can_write,
        "form": failed or MessageForm(voices=context["voices"], **_reply_ids(remark)),
        "failed": failed,
        "embedded": embedded,
    }
    if embedded:
        return render(request, "review/thread.html", context)
    return render(request, "review/remark_page.html", context, status=422 if failed else 200)


def _reply_ids(remark: Remark) -> dict:
    return {"auto_id": f"{remark.anchor}-reply-%s"}


# ── What the views share ─────────────────────────────────────────────────────────────────────────────────────────────


def _review_or_404(request, pk) -> Review:
    reviews = Review.objects.select_related(
        "consultation__organiser", "consultation__territory", "consultation__log", "current"
    )
    review = get_object_or_404(reviews, pk=pk)
    if not review.is_visible(request.user):
        raise Http404
    if review.current:
        review.current.review = review
    return review


def _version_or_404(review: Review, number: int) -> Version:
    version = get_object_or_404(review.versions.published(), number=number)
    version.review = review
    return version


def _passage_or_404(request, pk, number) -> tuple[Review, Passage]:
    review = _review_or_404(request, pk)
    passage = get_object_or_404(review.passages, number=number)
    passage.review = review
    return review, passage


def _remark_or_404(request, pk) -> Remark:
    """A remark or a reply, with its review, which knows its consultation."""
    rows = Remark.objects.in_place(request.user).select_related(
        "review__consultation__organiser", "review__consultation__log", "review__current", "thread"
    )
    remark = get_object_or_404(rows.with_all_of_it(), pk=pk)
    remark.activity = remark.review
    return remark


def _context(request, review: Review) -> dict:
    user, state = request.user, review.state()
    return {
        "review": review,
        "state": state,
        "is_open": state == State.OPEN,
        "moderates": review.consultation.is_moderated_by(user),
        "voices": voices(review, user),
        "log": review.consultation.log,
        "next": come_from(request),
    }


def _page_of(request, review: Review, rows, *, moderates: bool, texts: dict[int, PassageText] | None = None) -> dict:
    """A page of remarks, each told all that is shown of it. `texts`: those of their passage by version, when they have one."""
    number = page_number(request)
    # One more than shown tells whether there is a next page, without counting them all.
    start = (number - 1) * REMARKS_PER_PAGE
    rows = list(rows.with_all_of_it()[start : start + REMARKS_PER_PAGE + 1])
    has_next = len(rows) > REMARKS_PER_PAGE
    return {
        "remarks": _tell(request, review, rows[:REMARKS_PER_PAGE], moderates=moderates, texts=texts),
        "number": number,
        "has_next": has_next,
    }


def _tell(
    request, review: Review, rows: list[Remark], *, moderates: bool, texts=None, others: list[Remark] = ()
) -> list[Remark]:
    """Tell each remark the text it is about, what that has become, and what the visitor may do with it."""
    dress(request, [*rows, *others])
    found = {}
    if texts is not None:
        found = {(row.passage_id, version): text for version, text in texts.items() for row in rows}
    elif rows:
        wanted = PassageText.objects.filter(
            passage__in={row.passage_id for row in rows},
            version__in={*(row.version_id for row in rows), review.current_id},
        )
        found = {(text.passage_id, text.version_id): text for text in wanted}
    is_open = review.is_open
    duplicates: dict[int, list[Remark]] = {}
    merged = Remark.objects.told_readable(request.user, moderates=moderates)
    merged = merged.filter(merged_into__in=[row.pk for row in rows])
    for row in merged.select_related("author", "on_behalf_of").order_by("pk") if rows else ():
        if row.readable:
            duplicates.setdefault(row.merged_into_id, []).append(row)
    for row in rows:
        row.commented = found[row.passage_id, row.version_id]
        row.now = found.get((row.passage_id, review.current_id))
        row.twins = duplicates.get(row.pk, [])
        row.can_take_part = is_open and row.is_unsettled
        row.pieces = difference(row.commented.text, row.wording) if row.is_amendment else ()
    return rows
