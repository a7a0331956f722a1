"""What a consultation gives to whoever wants to reuse it: four tables, each as CSV, workbook and JSON, made when asked for.

Only what everyone may read now, and nobody's name: see the page that describes them. A room adds its columns to the
contributions by `DATA_COLUMNS` of its model, its results by the hook `register_open_results`:

    @hooks.register("register_open_results")
    def results_of(consultation) -> Iterator[dict]:
        "The published results: column of RESULTS → value, a row for each answer that could be given."

A file that stops before its end says so: a CSV lacks its last line, « # complet » with the number of rows; a JSON is not
whole, and its `complete` and `count` come last; a workbook does not open.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from wagtail import hooks

from participation import spreadsheets
from participation.spreadsheets import Value

from .columns import DataColumn
from .models import Consultation, Contribution, ModerationAction
from .recording import moment

CHUNK = 1000
"""Rows that are read at once: a file of hundreds of thousands holds no more of them in memory."""
END = "# complet"
"""First cell of the last line of a whole CSV; the second is the number of rows before it."""
LICENCE = "Licence Ouverte 2.0"


@dataclass(frozen=True)
class Table:
    name: str
    """In the addresses of its files."""
    title: str
    columns: Sequence[DataColumn]
    rows: Callable[[Consultation], Iterable]
    """What is read, in order, some at a time."""

    def values(self, consultation: Consultation) -> Iterator[list[Value]]:
        for row in self.rows(consultation):
            yield [column.of(row) for column in self.columns]


# ── Contributions ────────────────────────────────────────────────────────────────────────────────────────────────────


def _contributions(consultation: Consultation) -> Iterator[Contribution]:
    """The published ones, in order of writing."""
    rooms = [(room, Contribution._meta.get_field(room).related_model) for room in Contribution.rooms()]
    rows = Contribution.objects.published().filter(activity__consultation=consultation)
    rows = rows.select_related(
        "activity",
        "on_behalf_of",
        *(room for room, _model in rooms),
        *(f"{room}__{path}" for room, model in rooms for path in model.DATA_READS),
    ).order_by("pk")
    yield from _in_chunks(rows)


def _in_chunks(rows: QuerySet) -> Iterator[Contribution]:
    """Whoever takes a file slowly holds nothing of the database meanwhile."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk


def _particular(name: str) -> Callable[[Contribution], Value]:
    """The value that the room of a contribution gives to this column, if it has it."""

    def value(row: Contribution) -> Value:
        specific = row.specific
        return next((column.of(specific) for column in specific.DATA_COLUMNS if column.name == name), None)

    return value


def _particulars() -> list[DataColumn]:
    """The columns of all rooms; those of the same name are one."""
    models = [Contribution._meta.get_field(room).related_model for room in Contribution.rooms()]
    columns = {column.name: column for model in models for column in model.DATA_COLUMNS}
    return [DataColumn(name, column.words, _particular(name), column.width) for name, column in columns.items()]


def _contribution_columns() -> list[DataColumn]:
    return [
        DataColumn("contribution", _("Its number, the same as in the public record."), lambda row: row.pk),
        DataColumn("activite", _("The number of the activity it was written in."), lambda row: row.activity_id),
        DataColumn("genre", _("The kind of that activity: forum, review…"), lambda row: row.activity.kind),
        DataColumn("intitule", _("The title of that activity."), lambda row: row.activity.title, 30),
        DataColumn("reponse_a", _("The number of the contribution it answers, if any."), lambda row: row.parent_id),
        DataColumn("ecrite_le", _("When it was written, in universal time."), lambda row: moment(row.created_at), 20),
        DataColumn("modifiee_le", _("When its author last changed it."), lambda row: moment(row.edited_at), 20),
        DataColumn(
            "au_nom_de",
            _("The organisation in whose name it was written. The names of persons are not given."),
            lambda row: row.on_behalf_of.name if row.on_behalf_of else None,
            28,
        ),
        DataColumn(
            "officielle", _("1 when it answers in the organiser's name, 0 otherwise."), lambda row: +row.official
        ),
        *_particulars(),
        DataColumn("texte", _("What it says."), lambda row: row.body, 60),
        DataColumn("reponses", _("How many published contributions answer it directly."), lambda row: row.reply_count),
        DataColumn("adresse", _("Where it is read on the site."), _address, 40),
    ]


def _address(row: Contribution) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL}{row.specific.get_absolute_url()}"


# ── Views, moderation, results ───────────────────────────────────────────────────────────────────────────────────────


def _reacted_to(consultation: Consultation) -> Iterator[Contribution]:
    rows = Contribution.objects.published().filter(activity__consultation=consultation)
    rows = rows.filter(Q(agree_count__gt=0) | Q(nuance_count__gt=0) | Q(disagree_count__gt=0)).order_by("pk")
    yield from _in_chunks(rows)


REACTIONS = [
    DataColumn("contribution", _("The number of the contribution."), lambda row: row.pk),
    DataColumn("activite", _("The number of its activity."), lambda row: row.activity_id),
    DataColumn("accord", _("How many people agree."), lambda row: row.agree_count),
    DataColumn("nuance", _("How many people nuance it."), lambda row: row.nuance_count),
    DataColumn("desaccord", _("How many people disagree."), lambda row: row.disagree_count),
]


def _moderation(consultation: Consultation) -> Iterator[dict]:
    acts = ModerationAction.objects.filter(contribution__activity__consultation=consultation)
    acts = acts.annotate(month=TruncMonth("created_at")).order_by("month", "act", "reason")
    yield from acts.values("month", "act", "reason").annotate(count=Count("pk"))


MODERATION = [
    DataColumn("mois", _("The month of the acts."), lambda row: f"{timezone.localtime(row['month']):%Y-%m}"),
    DataColumn(
        "acte",
        _("What was done: approved, refused, withheld, restored, kept, or lapsed (published, nobody having decided)."),
        lambda row: row["act"],
    ),
    DataColumn(
        "motif", _("Why, by the published charter; empty when no reason is needed."), lambda row: row["reason"], 24
    ),
    DataColumn("nombre", _("How many of these acts."), lambda row: row["count"]),
]


def _results(consultation: Consultation) -> Iterator[dict]:
    for results_of in hooks.get_hooks("register_open_results"):
        yield from results_of(consultation)


RESULTS = [
    DataColumn("activite", _("The number of the vote."), lambda row: row["activite"]),
    DataColumn("question", _("What is asked."), lambda row: row["question"], 40),
    DataColumn("methode", _("How one answers: single (one answer) or approval (several)."), lambda row: row["methode"]),
    DataColumn("etat", _("Whether it is still going on: open or closed."), lambda row: row["etat"]),
    DataColumn("votants", _("How many people voted, blank votes included."), lambda row: row["votants"]),
    DataColumn("blancs", _("How many blank votes; empty while results are not published."), lambda row: row["blancs"]),
    DataColumn("reponse", _("The key of the answer in the public record."), lambda row: row["reponse"]),
    DataColumn("libelle", _("The words of the answer."), lambda row: row["libelle"], 40),
    DataColumn("voix", _("How many people chose it; empty while results are not published."), lambda row: row["voix"]),
]


def tables() -> dict[str, Table]:
    """The tables by name."""
    known = [
        Table("contributions", _("Contributions"), _contribution_columns(), _contributions),
        Table("avis", _("Views on contributions"), REACTIONS, _reacted_to),
        Table("moderation", _("Acts of moderation"), MODERATION, _moderation),
        Table("resultats", _("Results of votes"), RESULTS, _results),
    ]
    return {table.name: table for table in known}


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_csv(table: Table, consultation: Consultation) -> Iterator[bytes]:
    """A line for each row, then the line that says that all of them are there."""
    return spreadsheets.as_csv(_columns(table), _ended(table.values(consultation), len(table.columns)))


def as_xlsx(table: Table, consultation: Consultation) -> Iterator[bytes]:
    """A workbook, made when this is called: it leaves whole or not at all."""
    with override(settings.LANGUAGE_CODE):
        title = str(table.title)
    return spreadsheets.as_xlsx(title, _columns(table), table.values(consultation))


def as_json(table: Table, consultation: Consultation) -> Iterator[bytes]:
    """{"consultation", "title", "producer", "licence", "made", "table", "rows": [{column: value}], "complete": true, "count"}."""
    head = {
        "consultation": consultation.slug,
        "title": consultation.title,
        "producer": consultation.organiser.name,
        "licence": LICENCE if consultation.is_public else None,
        "made": moment(timezone.now()),
        "table": table.name,
    }
    yield f'{_json(head)[:-1]}, "rows": ['.encode()
    names = [column.name for column in table.columns]
    count = 0
    for count, values in enumerate(table.values(consultation), 1):
        yield f"{',' if count > 1 else ''}\n{_json(dict(zip(names, values, strict=True)))}".encode()
    yield f'\n], "complete": true, "count": {count}}}\n'.encode()


def _columns(table: Table) -> list[spreadsheets.Column]:
    return [spreadsheets.Column(column.name, column.width) for column in table.columns]


def _ended(rows: Iterable[list[Value]], width: int) -> Iterator[list[Value]]:
    count = 0
    for row in rows:
        yield row
        count += 1
    yield [END, count, *[None] * (width - 2)]


def _json(value: dict) -> str:
    return json.dumps(value, ensure_ascii=False)


FILES: dict[str, tuple[str, Callable[[Table, Consultation], Iterator[bytes]]]] = {
    "csv": (spreadsheets.CSV, as_csv),
    "xlsx": (spreadsheets.XLSX, as_xlsx),
    "json": ("application/json", as_json),
}
"""By extension: the type of the file, and what gives its bytes."""
