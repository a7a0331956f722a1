"""The screens by which a spreadsheet of sheets comes in, in Wagtail's admin.

A file is sent, its columns are confirmed, what each row becomes is shown, then it is written and told in a report. Every
step is kept on the server: one may leave and come back. Each is a form that calls a verb of `importing.files`; none needs
JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.models import Locale, Page
from wagtail.permissions import page_permission_policy

from participation import spreadsheets

from .importing import files, tables
from .importing.columns import HEADERS, SPECIAL, Column
from .importing.models import Outcome, SheetImport
from .models import ExperienceIndexPage, ExperienceSectionPage

Stage = SheetImport.Stage

PER_PAGE = 25


def places(user):
    """Where this person may add sheets: the inventory, the sections of organisations."""
    pages = page_permission_policy.instances_user_has_permission_for(user, "add")
    found = Page.objects.type(ExperienceIndexPage, ExperienceSectionPage).filter(pk__in=pages.values("pk"))
    return found.filter(locale=Locale.get_default()).order_by("depth", "title")


class ImportMenuItem(MenuItem):
    def is_shown(self, request):
        return places(request.user).exists()


class FileForm(forms.Form):
    """The file, and where its new sheets go."""

    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=gettext_lazy(
            "Excel workbook (.xlsx) or CSV text, %(size)d MB and %(rows)s rows at most. A sheet a row, a piece of "
            "information a column; a column for the title."
        )
        % {"size": tables.LARGEST_FILE // 1024**2, "rows": f"{tables.MOST_ROWS:,}".replace(",", "\u202f")},
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )
    parent = forms.ModelChoiceField(Page.objects.none(), label=gettext_lazy("New sheets go to"), empty_label=None)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = known = places(user)
        if len(known) == 1:
            self.fields["parent"].initial = known[0]
            self.fields["parent"].widget = forms.HiddenInput()

    def clean_file(self):
        sent = self.cleaned_data["file"]
        if sent.size > tables.LARGEST_FILE:
            raise ValidationError(
                _("This file has %(size)s. %(refusal)s")
                % {"size": filesizeformat(sent.size), "refusal": files.too_large()}
            )
        return sent


class ImportScreen(WagtailAdminTemplateMixin):
    """Of a screen: open to those who may add sheets somewhere in the inventory."""

    page_title = gettext_lazy("Import sheets")
    header_icon = "upload"

    def dispatch(self, request, *args, **kwargs):
        if not places(request.user).exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": reverse("sheet_imports:index"), "label": self.page_title}]


class ImportsView(ImportScreen, TemplateView):
    """Send a file; the imports so far."""

    template_name = "experiences/admin/imports.html"

    def get(self, request):
        return self._show(FileForm(user=request.user))

    def post(self, request):
        form = FileForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self._show(form, status=422)
        sent = form.cleaned_data["file"]
        row = files.receive(sent.name, sent.read(), form.cleaned_data["parent"], request.user)
        if row.size <= files.AT_ONCE:
            files.read(row)
        return HttpResponseRedirect(reverse("sheet_imports:import", args=[row.pk]))

    def _show(self, form, status=200):
        imports = SheetImport.objects.seen_by(self.request.user).defer("content", "columns")
        page = Paginator(imports.select_related("by", "parent").order_by("-created_at", "-pk"), PER_PAGE)
        context = self.get_context_data(form=form, imports=page.get_page(self.request.GET.get("p")))
        return self.render_to_response(context, status=status)


class OneImport(ImportScreen):
    """Of a screen on one import."""

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.row.name}]

    @cached_property
    def row(self) -> SheetImport:
        rows = SheetImport.objects.seen_by(self.request.user).select_related("by", "parent")
        return get_object_or_404(rows.defer("content"), pk=self.kwargs["pk"])


class ImportView(OneImport, TemplateView):
    """An import at its stage: its columns, its preview, how far it is, its report."""

    TEMPLATES = {
        Stage.MAPPING: "experiences/admin/import_columns.html",
        Stage.READY: "experiences/admin/import_preview.html",
        Stage.FAILED: "experiences/admin/import_failed.html",
        Stage.RECEIVED: "experiences/admin/import_progress.html",
        Stage.CHECKING: "experiences/admin/import_progress.html",
    }

    VIEWS = {
        "tout": ({}, gettext_lazy("All rows")),
        "rejetees": ({"outcome": Outcome.REJECTED}, gettext_lazy("Rejected")),
        "a-verifier": ({"warned": True}, gettext_lazy("To check")),
        "nouvelles": ({"outcome": Outcome.CREATED}, gettext_lazy("New sheets")),
        "mises-a-jour": ({"outcome": Outcome.UPDATED}, gettext_lazy("Updated")),
        "inchangees": ({"outcome": Outcome.UNCHANGED}, gettext_lazy("Unchanged")),
    }

    def get_template_names(self):
        if self.row.stage == Stage.READY and "colonnes" in self.request.GET:
            return [self.TEMPLATES[Stage.MAPPING]]
        return [self.TEMPLATES.get(self.row.stage, "experiences/admin/import_report.html")]

    def get(self, request, pk):
        return self._show()

    def post(self, request, pk):
        acts = {
            "columns": self._map,
            "begin": self._begin,
            "forget": self._forget,
            "resume": self._resume,
            "undo": self._undo,
            "publish": self._publish,
        }
        act = acts.get(request.POST.get("act"))
        if act is None:
            raise Http404
        try:
            answer = act()
        except ValidationError as refusal:
            del self.row
            return self._show(problem=" ".join(refusal.messages), sent=request.POST, status=422)
        return answer or HttpResponseRedirect(reverse("sheet_imports:import", args=[pk]))

    def _map(self):
        fields = {
            column["place"]: self.request.POST.get(f"column-{column['place']}", "") for column in self.row.columns
        }
        files.map_columns(self.row, fields, self.request.user, empties=self.request.POST.get("empties") == "empty")
        if self.row.rows.count() <= files.FEW:
            files.check(self.row)

    def _begin(self):
        if not places(self.request.user).filter(pk=self.row.parent_id).exists():
            raise PermissionDenied
        files.begin(self.row, self.request.user, leave_rejected="leave_rejected" in self.request.POST)
        if self.row.rows.count() <= files.FEW:
            files.write(self.row)

    def _forget(self):
        files.forget(self.row)
        messages.success(self.request, _("The file is thrown away. Nothing was written."))
        return HttpResponseRedirect(reverse("sheet_imports:index"))

    def _resume(self):
        files.resume(self.row)

    def _undo(self):
        files.begin_to_undo(self.row)
        if self.row.rows.count() <= files.FEW:
            files.undo(self.row, self.request.user)

    def _publish(self):
        published, refused = files.publish_updates(self.row, self.request.user)
        if published:
            messages.success(
                self.request,
                ngettext("%(count)d sheet is up to date online.", "%(count)d sheets are up to date online.", published)
                % {"count": published},
            )
        if refused:
            messages.warning(
                self.request,
                ngettext(
                    "%(count)d draft waits: it is not yours to publish, or was changed in the meantime.",
                    "%(count)d drafts wait: they are not yours to publish, or were changed in the meantime.",
                    refused,
                )
                % {"count": refused},
            )

    def _show(self, *, problem: str = "", sent=None, status: int = 200):
        row = self.row
        totals = row.totals()
        context = {"row": row, "totals": totals, "problem": problem, "size": filesizeformat(row.size)}
        if row.stage == Stage.MAPPING or (row.stage == Stage.READY and "colonnes" in self.request.GET):
            context |= self._columns(sent)
        elif row.stage == Stage.READY or row.is_written:
            context |= self._rows(totals)
        if row.is_written:
            context |= {"to_publish": files.to_publish(row).count() if row.stage == Stage.DONE else 0}
        response = self.render_to_response(self.get_context_data(**context), status=status)
        if row.is_going_on:
            response["Refresh"] = "2"
        return response

    def _columns(self, sent) -> dict:
        choices = [(field, Column(0, "", field).fills) for field in HEADERS if field not in SPECIAL]
        choices += [
            ("identifier", _("identifier (finds the sheet again)")),
            ("file", _("file (finds the sheet again, before the identifier)")),
            ("under_way", _("stage, as yes or no (“under way?”)")),
        ]
        columns = [
            {
                **column,
                "label": files.label_of(column),
                "chosen": sent.get(f"column-{column['place']}", "") if sent else column["field"],
            }
            for column in self.row.columns
        ]
        return {
            "columns": columns,
            "choices": choices,
            "empties": sent.get("empties") == "empty" if sent else self.row.empties,
            "left_out": sum(not column["chosen"] for column in columns),
        }

    def _rows(self, totals: dict) -> dict:
        chosen = self.request.GET.get("voir")
        chosen = chosen if chosen in self.VIEWS else "tout"
        counts = {
            "tout": totals["rows"],
            "rejetees": totals["rejected"],
            "a-verifier": totals["warned"] + totals["rejected"],
            "nouvelles": totals["created"],
            "mises-a-jour": totals["updated"],
            "inchangees": totals["unchanged"],
        }
        tabs = [
            {"slug": slug, "label": label, "count": counts[slug], "current": slug == chosen}
            for slug, (_filter, label) in self.VIEWS.items()
            if counts[slug] or slug == "tout"
        ]
        rows = self.row.rows.filter(**self.VIEWS[chosen][0]).select_related("page").defer("cells")
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        for one in page:
            for change in one.changes:
                change["label"] = Column(0, "", change["field"]).fills
        return {"tabs": tabs, "voir": chosen, "rows": page}


class ProblemsView(OneImport, View):
    """What is to correct, as a spreadsheet: line, column, what the cell holds, what is wrong."""

    def get(self, request, pk):
        headings = [_("Line"), _("Sheet"), _("Column"), _("The cell"), _("What is wrong"), _("The row is")]
        columns = [spreadsheets.Column(heading, 20) for heading in headings]
        response = HttpResponse(spreadsheets.as_csv(columns, self._problems()), content_type=spreadsheets.CSV)
        response["Content-Disposition"] = f'attachment; filename="a-corriger-{self.row.pk}.csv"'
        response["Cache-Control"] = "private, no-store"
        return response

    def _problems(self) -> Iterator[list[str | int]]:
        for one in self.row.rows.filter(warned=True).defer("cells").iterator():
            for problem in one.problems:
                kept = _("rejected") if problem["rejects"] else _("taken")
                yield [one.line, one.title, problem["column"], problem["cell"], problem["message"], kept]


urlpatterns = [
    path("", ImportsView.as_view(), name="index"),
    path("<int:pk>/", ImportView.as_view(), name="import"),
    path("<int:pk>/a-corriger.csv", ProblemsView.as_view(), name="problems"),
]
