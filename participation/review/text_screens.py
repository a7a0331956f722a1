"""The screens where the text of a document is written, imported and published, in Wagtail's admin."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.log_actions import log

from participation.admin_views import show_refusal

from . import drafts, importing, reading_order
from .admin_forms import ImportForm, PassageForm, PublishForm, WholeTextForm
from .comparing import difference
from .models import Import, PassageText, Version
from .passages import Kind, Words
from .screens import ReviewScreen, number_sent


class TextView(ReviewScreen):
    """The versions, and the one in preparation passage by passage."""

    page_title = gettext_lazy("The text")
    template_name = "review/admin/text.html"

    def post(self, request, pk):
        by, act = request.user, request.POST.get("act", "")
        number = number_sent(request.POST.get("passage"))
        version = self._version(request.POST.get("version"))
        anchor = f"passage-{number}" if number else ""
        match act:
            case "next":
                self.do(lambda: drafts.next_version(self.object, by), _("The next version is in preparation."))
            case "discard":
                draft = self.draft_or_404()
                self.do(lambda: drafts.discard_draft(draft, by), _("The version in preparation is thrown away."))
            case "up" | "down":
                draft = self.draft_or_404()
                self.do(lambda: drafts.move_passage(draft, number, by, up=act == "up"), _("The passage is moved."))
            case "remove":
                draft = self.draft_or_404()
                self.do(lambda: drafts.remove_passage(draft, number, by), _("The passage is taken out of the draft."))
            case "lock" | "unlock":
                passage = get_object_or_404(self.object.passages, number=number)
                done = _("The passage is locked.") if act == "lock" else _("The passage takes remarks again.")
                self.do(lambda: drafts.lock_passage(passage, by, locked=act == "lock"), done)
            case "freeze" | "unfreeze" if version:
                done = _("%(version)s is frozen.") if act == "freeze" else _("%(version)s takes remarks again.")
                self.do(lambda: drafts.freeze_version(version, by, frozen=act == "freeze"), done % {"version": version})
            case _:
                raise Http404
        return self.back("text", anchor=anchor)

    def _version(self, sent: str | None) -> Version | None:
        return self.object.versions.published().filter(number=number_sent(sent)).first()

    def get_context_data(self, **kwargs):
        review, draft = self.object, self.object.draft
        versions = list(review.versions.published().order_by("-number"))
        current = next((version for version in versions if version.pk == review.current_id), None)
        if draft and current:
            rows = reading_order.changes_between(current, draft)
        else:
            shown = draft or current
            rows = [reading_order.Change(row.passage, "same", None, row) for row in shown.rows] if shown else []
        return super().get_context_data(
            versions=versions,
            draft=draft,
            current=current,
            rows=rows,
            changed_count=sum(row.state != "same" for row in rows),
            taken=list(draft.taken.published()) if draft else [],
            waiting=review.imports.exclude(stage=Import.Stage.FAILED).order_by("-created_at").first(),
            **kwargs,
        )


class PassageView(ReviewScreen):
    """Write one passage of the draft anew."""

    page_title = gettext_lazy("Change a passage")
    template_name = "review/admin/passage.html"

    def get(self, request, pk, number):
        row = self._row(number)
        form = PassageForm(initial={"kind": row.kind, "level": row.level, "text": row.text, "read": row.text})
        return self._show(form, row)

    def post(self, request, pk, number):
        form, row = PassageForm(request.POST), self._row(number)
        if form.is_valid():
            try:
                drafts.change_passage(
                    row.version, number, request.user, words=form.words, read=form.cleaned_data["read"]
                )
            except ValidationError as refusal:
                show_refusal(form, refusal)
                # Saved once more, what was typed takes the place of the text that is shown above.
                form.data = {**form.data.dict(), "read": self._row(number).text}
            else:
                messages.success(request, _("The passage is changed."))
                return self.back("text", anchor=f"passage-{number}")
        return self._show(form, self._row(number), status=422)

    def _row(self, number: int) -> PassageText:
        draft = self.draft_or_404()
        row = get_object_or_404(draft.texts.select_related("passage"), passage__number=number)
        row.version = draft
        return row

    def _show(self, form, row, status: int = 200):
        return self.render_to_response(self.get_context_data(form=form, row=row), status=status)


class NewPassageView(ReviewScreen):
    """A new passage of the draft, after the one of that number (0: before all others)."""

    page_title = gettext_lazy("Add a passage")
    template_name = "review/admin/passage.html"

    def get(self, request, pk, after):
        return self.render_to_response(self.get_context_data(form=PassageForm(), after=after))

    def post(self, request, pk, after):
        form, draft = PassageForm(request.POST), drafts.next_version(self.object, request.user)
        if form.is_valid():
            try:
                drafts.add_passage(draft, after or None, request.user, words=form.words)
            except ValidationError as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, _("The passage is added."))
                return self.back("text", anchor=f"passage-{after}" if after else "")
        return self.render_to_response(self.get_context_data(form=form, after=after), status=422)


class WholeTextView(ReviewScreen):
    """The whole text of the draft at once, as one types it."""

    page_title = gettext_lazy("Write the whole text")
    template_name = "review/admin/whole_text.html"

    def get(self, request, pk):
        version = self.object.draft or self.object.current
        text = importing.as_typed(version) if version else ""
        return self.render_to_response(self.get_context_data(form=WholeTextForm(initial={"text": text})))

    def post(self, request, pk):
        form = WholeTextForm(request.POST)
        if form.is_valid():
            content = form.cleaned_data["text"].encode()
            row = importing.receive_text(self.object, request.user, content=content)
            if len(content) <= importing.AT_ONCE:
                row = importing.read_text(row)
            if row.stage != Import.Stage.FAILED:
                return self.back("preview", row.pk)
            for problem in row.problems:
                form.add_error("text", problem)
            row.delete()
        return self.render_to_response(self.get_context_data(form=form), status=422)


class ImportView(ReviewScreen):
    """Bring a file in."""

    page_title = gettext_lazy("Import a file")
    template_name = "review/admin/import.html"

    def get(self, request, pk):
        return self.render_to_response(self.get_context_data(form=ImportForm()))

    def post(self, request, pk):
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            sent = form.cleaned_data["file"]
            try:
                row = importing.receive_text(self.object, request.user, name=sent.name, content=sent.read())
            except ValidationError as refusal:
                form.add_error("file", refusal)
            else:
                if sent.size <= importing.AT_ONCE:
                    importing.read_text(row)
                return self.back("preview", row.pk)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class PreviewView(ReviewScreen):
    """What was read, and which passage continues which: nothing is written before this is confirmed."""

    page_title = gettext_lazy("Look at what was read")
    template_name = "review/admin/preview.html"

    def _import(self, import_pk) -> Import:
        return get_object_or_404(self.object.imports, pk=import_pk)

    def get(self, request, pk, import_pk):
        return self._show(self._import(import_pk))

    def post(self, request, pk, import_pk):
        row = self._import(import_pk)
        if request.POST.get("act") == "discard":
            row.delete()
            messages.success(request, _("Nothing was written."))
            return self.back("text")
        sent = request.POST.getlist("number")
        refused = [value for value in sent if value.strip() and not number_sent(value)]
        numbers = [number_sent(value) or None for value in sent]
        if refused:
            problem = _("“%(value)s” is not the number of a passage.") % {"value": refused[0][:20]}
        else:
            try:
                importing.write_import(row, request.user, numbers)
            except ValidationError as refusal:
                problem = " ".join(refusal.messages)
            else:
                log(self.object, "review.text", user=request.user)
                messages.success(
                    request, _("The text is in the version in preparation. Read it again, then publish it.")
                )
                return self.back("text")
        return self._show(row, sent=sent, problem=problem, status=422)

    def _show(self, row: Import, *, sent: list[str] | None = None, problem: str = "", status: int = 200):
        latest = self.object.versions.order_by("-number").first()
        known = {text.passage.number: text for text in latest.rows} if latest else {}
        lines = []
        for place, passage in enumerate(row.passages):
            before = known.get(passage["number"])
            words = Words(passage["kind"], passage["text"], passage["level"])
            lines.append(
                {
                    "words": words,
                    "kind": Kind(words.kind).label,
                    "is_reshaped": before is not None and (before.kind, before.level) != (words.kind, words.level),
                    "number": sent[place] if sent and place < len(sent) else passage["number"],
                    "before": before,
                    "is_same": before is not None and before.words == words,
                    "pieces": difference(before.text, passage["text"]) if before else (),
                }
            )
        kept = {passage["number"] for passage in row.passages}
        context = self.get_context_data(
            row=row,
            lines=lines,
            left=[text for number, text in known.items() if number not in kept],
            known=bool(known),
            problem=problem,
            same_count=sum(line["is_same"] for line in lines),
            changed_count=sum(line["before"] is not None and not line["is_same"] for line in lines),
            new_count=sum(line["before"] is None for line in lines),
        )
        response = self.render_to_response(context, status=status)
        if row.is_going_on:
            response["Refresh"] = "2"
        return response


class PublishView(ReviewScreen):
    """Make the version in preparation the one people read."""

    page_title = gettext_lazy("Publish the next version")
    template_name = "review/admin/publish.html"

    def get(self, request, pk):
        draft = self.draft_or_404()
        return self._show(draft, PublishForm(initial={"number": draft.number, "revision": draft.revision}))

    def post(self, request, pk):
        form, draft = PublishForm(request.POST), self.object.draft
        if draft:
            draft.review = self.object
        if form.is_valid():
            read = form.cleaned_data.pop("number")
            try:
                if draft is None or draft.number != read:
                    raise ValidationError(_("This version was published, or thrown away, in the meantime."))
                version = drafts.publish_version(draft, request.user, **form.cleaned_data)
                log(self.object, "review.publish", user=request.user)
            except ValidationError as refusal:
                show_refusal(form, refusal)
                if draft:
                    # Published once more, it is what is shown now.
                    form.data = {**form.data.dict(), "number": draft.number, "revision": draft.revision}
            else:
                messages.success(request, _("%(version)s is published.") % {"version": version})
                return self.back("text")
        return self._show(draft, form, status=422)

    def _show(self, draft: Version | None, form, status: int = 200):
        current = self.object.current
        changes = (
            [change for change in reading_order.changes_between(current, draft) if change.state != "same"]
            if current and draft
            else []
        )
        context = self.get_context_data(
            form=form,
            draft=draft,
            current=current,
            changes=changes,
            taken=list(draft.taken.published().select_related("author", "on_behalf_of", "passage")) if draft else [],
        )
        return self.render_to_response(context, status=status)
