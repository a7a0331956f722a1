"""An import of sheets on its way: the file's rows, what each becomes, what was written."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Revision
from wagtail.permissions import page_permission_policy


class SheetImportQuerySet(models.QuerySet):
    def seen_by(self, user):
        """Those into a place where this person may add sheets."""
        return self.filter(
            parent__in=page_permission_policy.instances_user_has_permission_for(user, "add").values("pk")
        )


class SheetImport(models.Model):
    """A file that was sent, from its reading to its report."""

    class Stage(models.TextChoices):
        RECEIVED = "received", _("waiting to be read")
        MAPPING = "mapping", _("columns to confirm")
        CHECKING = "checking", _("being checked")
        READY = "ready", _("ready to be looked at")
        WRITING = "writing", _("being imported")
        DONE = "done", _("imported")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("could not be read")
        STOPPED = "stopped", _("stopped by an error")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    parent = models.ForeignKey(Page, models.CASCADE, related_name="+", help_text="where new sheets go")
    name = models.CharField(max_length=200, help_text="of the file")
    size = models.PositiveIntegerField(default=0, help_text="of the file, in bytes")
    content = models.BinaryField(help_text="emptied once it is read")
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.RECEIVED)
    description = models.CharField(max_length=1000, blank=True, help_text="how the file was read, a sentence")
    problem = models.TextField(blank=True, help_text="why it could not be read, or what stopped it, a sentence")
    columns = models.JSONField(
        default=list, help_text='of the file: {"label", "header", "field": what it fills, or "", "samples": [texts]}'
    )
    from_here = models.BooleanField(default=False, help_text="it is an export of this inventory")
    empties = models.BooleanField(default=False, help_text="an empty cell empties its field")
    undone_from = models.CharField(max_length=8, blank=True, help_text="the stage it was undone from")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of sheets")
        verbose_name_plural = _("imports of sheets")
        indexes = [models.Index(fields=["stage", "created_at"], name="sheet_imports_to_do")]

    def __str__(self):
        return self.name

    @property
    def is_going_on(self) -> bool:
        return self.stage in (self.Stage.RECEIVED, self.Stage.CHECKING, self.Stage.WRITING, self.Stage.UNDOING)

    @property
    def is_written(self) -> bool:
        """Whether something was written, so that there is a report."""
        return self.stage in (
            self.Stage.WRITING, self.Stage.DONE, self.Stage.UNDOING, self.Stage.UNDONE, self.Stage.STOPPED,
        )  # fmt: skip

    def totals(self) -> dict[str, int]:
        """How many rows by outcome, and `rows`, `valid`, `warned`, `done`."""
        counted = self.rows.aggregate(
            rows=models.Count("pk"),
            done=models.Count("pk", filter=models.Q(is_done=True)),
            checked=models.Count("pk", filter=~models.Q(outcome="")),
            warned=models.Count("pk", filter=models.Q(warned=True) & ~models.Q(outcome=Outcome.REJECTED)),
            **{str(value): models.Count("pk", filter=models.Q(outcome=value)) for value in Outcome.values},
        )
        return {**counted, "valid": counted["created"] + counted["updated"] + counted["unchanged"]}


class Outcome(models.TextChoices):
    """What becomes, or became, of a row."""

    CREATED = "created", _("to create")
    UPDATED = "updated", _("updated")
    UNCHANGED = "unchanged", _("unchanged")
    REJECTED = "rejected", _("rejected")


class SheetImportRow(models.Model):
    """A row of the file, and what it becomes."""

    sheet_import = models.ForeignKey(SheetImport, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text="as a spreadsheet numbers it")
    cells = models.JSONField(help_text="emptied once it is written")
    key = models.CharField(max_length=200, blank=True, help_text="finds its sheet")
    title = models.CharField(max_length=255, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, help_text="foreseen, then what it was")
    warned = models.BooleanField(default=False)
    problems = models.JSONField(default=list, help_text='{"column", "cell": what it holds, "message", "rejects"}')
    changes = models.JSONField(default=list, help_text='of an updated sheet: {"field", "before", "after"}')
    is_done = models.BooleanField(default=False)
    page = models.ForeignKey(Page, models.SET_NULL, null=True, related_name="+")
    revision = models.ForeignKey(Revision, models.SET_NULL, null=True, related_name="+", help_text="that was written")
    before = models.ForeignKey(Revision, models.SET_NULL, null=True, related_name="+", help_text="the one before it")
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["sheet_import", "line"], name="one_row_per_line_of_an_import")]
        indexes = [models.Index(fields=["sheet_import", "key"], name="sheet_import_rows_by_key")]

    def __str__(self):
        return f"{self.line} {self.title}"


class ColumnMapping(models.Model):
    """What somebody said the columns of a file fill, proposed for the next file with the same headers."""

    headers = models.CharField(max_length=64, unique=True, help_text="a digest of the headers, in order")
    fields = models.JSONField(help_text="what each column fills, in order")

    class Meta:
        verbose_name = _("mapping of columns")

    def __str__(self):
        return self.headers
