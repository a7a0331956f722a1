"""The screens where those who carry a document work on the remarks, in Wagtail's admin."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.log_actions import log

from participation.admin_views import show_refusal

from . import actions
from .admin_forms import FilterForm, TagsForm, TakeForm
from .comparing import difference
from .exports import EXPORTS
from .models import PassageText, Remark
from .screens import ReviewScreen, number_sent

REMARKS_PER_PAGE = 50


class WorkView(ReviewScreen):
    """All the remarks, in the order of the text, to be sorted and answered."""

    page_title = gettext_lazy("The remarks")
    template_name = "review/admin/work.html"
    place = "work"

    def post(self, request, pk):
        numbers = [number for value in request.POST.getlist("remark")[:500] if (number := number_sent(value))]
        chosen = list(self._remarks().filter(pk__in=numbers))
        if not chosen:
            messages.error(request, _("Tick the remarks first."))
        elif request.POST.get("act") == "tag":
            form = TagsForm(request.POST)
            names = form.cleaned_data["tags"] if form.is_valid() else []

            def tag():
                for remark in chosen:
                    actions.tag_remark(remark, request.user, {*names, *(tag.name for tag in remark.tags.all())})

            if names:
                self.do(tag, _("The remarks are tagged."))
            else:
                messages.error(request, _("Write the words to put on them."))
        else:
            # The oldest speaks for all.
            main = min(chosen, key=lambda remark: remark.pk)
            if len(chosen) > 1:
                done = _("These remarks are read together; each one is kept.")
                self.do(lambda: actions.merge_remarks(main, chosen, request.user), done)
            else:
                messages.error(request, _("Tick at least two remarks to read them together."))
        return HttpResponseRedirect(request.get_full_path())

    def _remarks(self):
        rows = Remark.objects.threads().published().filter(review=self.object)
        return rows.with_all_of_it().prefetch_related("tags")

    def get_context_data(self, **kwargs):
        form = FilterForm(self.request.GET, review=self.object)
        version = self.object.current or self.object.draft
        order = {row.passage_id: row for row in version.rows} if version else {}
        rows = form.narrowed(self._remarks())
        places = sorted(
            rows.values_list("pk", "passage"),
            key=lambda pair: (order[pair[1]].position if pair[1] in order else 10**6, pair[1], pair[0]),
        )
        page = Paginator(places, REMARKS_PER_PAGE).get_page(self.request.GET.get("p"))
        shown = {row.pk: row for row in self._remarks().filter(pk__in=[pk for pk, _passage in page])}
        remarks = [shown[pk] for pk, _passage in page if pk in shown]
        texts = PassageText.objects.filter(
            passage__in={row.passage_id for row in remarks}, version__in={row.version_id for row in remarks}
        )
        texts = {(text.version_id, text.passage_id): text for text in texts}
        for row in remarks:
            row.commented = texts[row.version_id, row.passage_id]
            row.now = order.get(row.passage_id)
            row.pieces = difference(row.commented.text, row.wording) if row.is_amendment else ()
        return super().get_context_data(
            form=form,
            remarks=remarks,
            page=page,
            tags_form=TagsForm(),
            query=form.query,
            exports=list(EXPORTS),
            **kwargs,
        )


class RemarkView(ReviewScreen):
    """One remark: its tags, and what is made of it in the next version."""

    page_title = gettext_lazy("A remark")
    template_name = "review/admin/remark.html"
    place = "work"

    def _remark(self, remark_pk) -> Remark:
        rows = Remark.objects.threads().published().filter(review=self.object)
        remark = get_object_or_404(rows.with_all_of_it(), pk=remark_pk)
        remark.review = self.object
        return remark

    def get(self, request, pk, remark_pk):
        return self._show(self._remark(remark_pk))

    def post(self, request, pk, remark_pk):
        remark, by = self._remark(remark_pk), request.user
        match request.POST.get("act"):
            case "tags":
                form = TagsForm(request.POST)
                if form.is_valid():
                    self.do(lambda: actions.tag_remark(remark, by, form.cleaned_data["tags"]), _("The tags are saved."))
            case "separate":
                self.do(lambda: actions.separate_remark(remark, by), _("This remark is read by itself again."))
            case "leave":
                self.do(lambda: actions.leave_remark(remark, by), _("This remark is no longer taken."))
            case "take":
                form = TakeForm(request.POST, writes="text" in request.POST)
                if not form.is_valid():
                    return self._show(remark, form=form, status=422)
                try:
                    actions.take_remark(remark, by, **form.cleaned_data)
                    log(self.object, "review.text", user=by)
                except ValidationError as refusal:
                    show_refusal(form, refusal)
                    return self._show(remark, form=form, status=422)
                messages.success(
                    request, _("The remark is taken into the next version; its author is told when you publish it.")
                )
            case _:
                raise Http404
        return self.back("remark", remark.pk)

    def _show(self, remark: Remark, *, form=None, status: int = 200):
        version = self.object.draft or self.object.current
        now = version.texts.filter(passage=remark.passage_id).first() if version else None
        if form is None:
            initial = {"read": now.text if now else "", "note": remark.taken_note, "partly": remark.taken_partly}
            initial["text"] = remark.wording if remark.is_amendment and not remark.taken_into_id else initial["read"]
            form = TakeForm(initial=initial, writes=now is not None)
        elif now is not None:
            form.data = {**form.data.dict(), "read": now.text}
        context = self.get_context_data(
            remark=remark,
            now=now,
            is_draft=version is not None and version.published_at is None,
            pieces=difference(remark.commented.text, remark.wording) if remark.is_amendment else (),
            changed_since=now is not None and now.text != remark.commented.text,
            form=form,
            tags_form=TagsForm(initial={"tags": ", ".join(tag.name for tag in remark.tags.all())}),
            replies=Remark.objects.published()
            .filter(thread=remark)
            .select_related("author", "on_behalf_of")
            .order_by("pk"),
            duplicates=remark.duplicates.published().select_related("author", "on_behalf_of").order_by("pk"),
        )
        return self.render_to_response(context, status=status)


class ExportView(ReviewScreen):
    """All the remarks in a file, each beside the words it is about."""

    def get(self, request, pk, extension):
        content_type, drawn = EXPORTS[extension]
        try:
            response = StreamingHttpResponse(drawn(self.object), content_type=content_type)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return self.back("work")
        response["Content-Disposition"] = f'attachment; filename="remarques-{pk}.{extension}"'
        return response
