"""Spreadsheet out, spreadsheet in: what is exported and imported unchanged changes nothing, what is corrected loses nothing."""

import json
import random
import re
from datetime import date
from html import escape

import pytest
from wagtail.models import Locale, PageLogEntry, Revision

from experiences.importing import rows
from experiences.importing.actions import import_drafts
from experiences.importing.columns import HEADERS, SPECIAL, field_of, header_of, identifier_of
from experiences.importing.comparing import MANY, blocks
from experiences.importing.prose import as_text, note
from experiences.importing.richtext import normal
from experiences.importing.story import as_markdown, markdown_blocks
from experiences.importing.words import Words
from experiences.models import ExperiencePage
from participation.vocabulary.models import DeviceType, Means, Need, Territory
from tests import factories

from .test_import import parse, text

FIELDS = [field for field in HEADERS if field not in SPECIAL]

# ── Notation ─────────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = [
    "mot", "à", " ", "  ", "\xa0", "3 * 4", "*", "**", "_", "__", "a_b", "[", "]", "(x)", "[a](https://x.fr)", "\\", "\\\\",
    "- ", "1. ", "2. x", "• z", "①", "2018.", "=1+1", ".", ",", "'", "<", ">", "&", "« », ", "+ de", "·e·s", "(*)", "\\- a",
]  # fmt: skip
LINKS = ['href="https://x.fr/a_(b)?c=1&amp;d=*e*"', 'linktype="page" id="3"', 'href="mailto:a@b.fr"', 'href="#bas"']


class Editor:
    """Writes what an editor could write in a rich text field, by chance."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)

    def words(self) -> str:
        return escape("".join(self.chance.choices(WORDS, k=self.chance.randrange(5))), quote=False)

    def inline(self, depth: int = 0) -> str:
        kind = self.chance.random() if depth < 3 else 0
        if kind < 0.5:
            return self.words()
        if kind < 0.65:
            return f"<b>{self.inline(depth + 1)}{self.inline(depth + 1)}</b>"
        if kind < 0.8:
            return f"<i>{self.inline(depth + 1)}</i>"
        if kind < 0.9:
            return f"<a {self.chance.choice(LINKS)}>{self.words()}</a>"
        return f"{self.inline(depth + 1)}<br/>{self.inline(depth + 1)}"

    def listing(self, depth: int = 0) -> str:
        kind = self.chance.choice(["ul", "ol"])
        items = "".join(
            f"<li>{self.inline()}{self.listing(depth + 1) if depth < 3 and self.chance.random() < 0.3 else ''}</li>"
            for _item in range(self.chance.randint(1, 3))
        )
        return f"<{kind}>{items}</{kind}>"

    def field(self) -> str:
        return "".join(
            self.listing() if self.chance.random() < 0.4 else f'<p data-block-key="a1b2c">{self.inline()}</p>'
            for _block in range(self.chance.randint(1, 3))
        )


@pytest.mark.parametrize("seed", range(20))
def test_whatever_an_editor_wrote_comes_back_from_its_cell(seed):
    editor = Editor(seed)

    for _turn in range(100):
        html = editor.field()
        cell = as_text(html)
        assert (note(cell) if cell else "") == normal(html), html


def test_what_the_editor_means_is_what_one_reads_in_the_cell():
    html = (
        '<p data-block-key="a">Le <b>minibus</b> de <i>Thoard</i>,<br/>voir <a href="https://x.fr">la page</a>.</p>'
        '<ul><li data-block-key="b">thé<ul><li data-block-key="c">vert</li></ul></li><li data-block-key="d">café</li></ul>'
        '<ol><li data-block-key="e">écouter</li><li data-block-key="f">décider</li></ol>'
    )

    assert as_text(html) == (
        "Le **minibus** de _Thoard_,\nvoir [la page](https://x.fr).\n\n- thé\n- - vert\n- café\n\n1. écouter\n2. décider"
    )


@pytest.mark.parametrize(
    "said",
    ["3 * 4 * 5", "3*4*5", "+ de temps", "2018. Première réunion", "1. Contexte", "- 5 degrés", "nom_de_fichier_long",
     "gratuit* (*sauf l’été)", "(*) et (*)", "[sic]", "[1] (2)", "Nom : ____ Prénom : ____", "C:\\temp\\notes", "\\\\serveur\\x",
     "a ** b ** c", "_ _", "habitant·e·s", "****", "[x](javascript:alert(1))", "[x](//ailleurs.fr)"],
)  # fmt: skip
def test_what_was_no_mark_is_none(said):
    assert note(said) == f"<p>{escape(said, quote=False)}</p>"


def test_the_marks_are_read():
    assert note("Du **gras**, de l’_italique_, *aussi*, **_les deux_** et \\*rien\\*.") == (
        "<p>Du <strong>gras</strong>, de l’<em>italique</em>, <em>aussi</em>, <strong><em>les deux</em></strong> et *rien*.</p>"
    )
    assert note("[la page](page:3) et [le **site**](https://x.fr/a_(b))") == (
        '<p><a linktype="page" id="3">la page</a> et <a href="https://x.fr/a_(b)">le <strong>site</strong></a></p>'
    )


def test_a_story_comes_back_from_its_cell():
    story = [
        ("heading", {"text": "Contexte : #1"}),
        (
            "paragraph",
            '<p><strong>Un mot.</strong> 3 * 4_5 &amp; <em>l’eau</em>, 2018. <a href="https://x.fr">ici</a></p>',
        ),
        ("forum", {"activity": 3}),
        (
            "paragraph",
            "<p><strong>En gras, et pas un titre</strong></p><ul><li>a<ol><li>b</li></ol></li></ul><ul><li>c</li></ul>",
        ),
        ("figure", {"image": 1}),
    ]

    told = markdown_blocks(as_markdown(story))

    assert [value for kind, value in told if kind == "kept"] == ["forum 1", "figure 2"]
    assert [block for block in told if block[0] != "kept"] == [
        block for block in story if block[0] in ("heading", "paragraph")
    ]


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("field", HEADERS)
def test_the_header_of_a_column_is_read_as_that_column(field):
    assert field_of(header_of(field)) == field


def test_the_new_words_are_read(territories):
    forms, means, needs = DeviceType.objects.all(), Means.objects.all(), Need.objects.all()
    one, two = means[:2]

    table = parse(
        text(
            ["Titre", "Type de dispositif", "Degré atteint", "Évaluation", "Moyens mobilisés", "Moyens mobilisés, en un mot",
             "Moyens non activés, en un mot", "Besoins, en un mot"],
            ["Café", forms[0].name, "Information", "prévue", "Une salle", f"{one.name} ; {two.name}", two.name, needs[0].name],
            ["Thé", "soucoupe", "", "bof", "", "magie", "", ""],
        )
    )  # fmt: skip
    first, second = rows.read(table, Words.load()).drafts

    assert first.values == {
        "title": "Café",
        "device_type": forms[0],
        "degree_reached": "information",
        "evaluation": "prevue",
        "means_mobilised": "<p>Une salle</p>",
        "means": [one, two],
        "unused_means": [two],
        "need_kinds": [needs[0]],
    }
    assert [problem.column for problem in second.problems] == [
        "Type de dispositif", "Évaluation", "Moyens mobilisés, en un mot",
    ]  # fmt: skip


def test_every_word_of_the_site_is_found_by_its_name(territories):
    known = Words.load()
    finders = [(DeviceType, known.device_type), (Means, known.one_means), (Need, known.need)]

    assert [row for model, find in finders for row in model.objects.all() if find(row.name) != row] == []
    assert [row for row in Territory.objects.all() if known.territory(f"{row.name} ({row.code})") != row] == []


@pytest.mark.parametrize(
    ("exported", "said"),
    [("'=1+1", "=1+1"), ("'- a", "- a"), ("'@moi", "@moi"), ("'+33", "+33"), ("'été", "'été"), ("''=1", "'=1")],
)
def test_exactly_the_apostrophe_of_exports_is_taken_off(exported, said):
    assert parse(text(["Titre", "Résumé"], ["Café", exported])).rows[0][1][1] == said


# ── Sheets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def exported(sheet: ExperiencePage) -> dict[str, str]:
    """A row as an export of the inventory writes it."""
    cells = {header_of("identifier"): identifier_of(sheet)}
    for field in FIELDS:
        value = getattr(sheet, field)
        if field == "territories":
            cell = " ; ".join(f"{place.name} ({place.code})" for place in value.all())
        elif field in MANY:
            cell = " ; ".join(row.name for row in value.all())
        elif field == "body":
            cell = as_markdown(blocks(list(value.raw_data)))
        elif field in ExperiencePage.LESSONS:
            cell = as_text(value)
        elif field in ("degree", "degree_reached", "stage", "evaluation"):
            cell = str(getattr(sheet, f"get_{field}_display")())
        else:
            cell = "" if value is None else str(value)
        cells[header_of(field)] = re.sub(r"^(?=[=+@-])", "'", cell)
    return cells


def taken(*sheets: dict, by=None, empties: bool = True):
    """The outcome of an import of these rows, an empty cell emptying its field."""
    table = parse(text(list(sheets[0]), *[list(sheet.values()) for sheet in sheets]))
    columns = rows.read(table, Words.load()).columns
    assert rows.come_from_here(columns)
    drafts = [rows.read_row(line, row, columns, Words.load(), empties=empties) for line, row in table.rows]
    assert [draft.problems for draft in drafts if draft.rejected] == []
    return import_drafts(drafts, by=by, from_here=True)


@pytest.fixture
def sheet(home_page, territories, forum):
    """A live sheet where an editor has filled everything."""
    words = Words.load()
    sheet = factories.a_sheet(
        home_page,
        "=Le  café des « idées »",
        summary="Un café.\nDeux fois par mois.",
        carrier=factories.an_organisation("Commune de Thoard"),
        partners="Le Fil ; Foyer rural\nCCAS",
        device_type=DeviceType.objects.first(),
        degree="concertation",
        degree_reached="information",
        stage="termine",
        evaluation="prevue",
        started=date(2018, 11, 14),
        ended=date(2019, 2, 1),
        duration="4 mois, 6 réunions",
        participants=1200,
        cost=0,
        contact="Mairie, 04 92 00 00 00",
        website="https://thoard.example/a?b=c",
        objectives='<p data-block-key="a">Se <b>parler</b>, <i>s’écouter</i> <a linktype="page" id="1">ici</a></p>',
        means_mobilised='<ul><li data-block-key="b">- une salle</li><li data-block-key="c">thé<br/>café</li></ul>',
        means_not_activated="<p>- 5 €</p>",
        strengths="<ol><li>un</li><li>deux</li></ol><p>\\* 3 * 4</p>",
        weaknesses='<p>l’hiver</p><p></p><p>+ de <a href="https://x.fr">froid</a></p>',
        potential="<p>*Grand*</p>",
        needs="<p>a<br/><br/>b</p>",
        results="<p>@suivre</p>",
        territories=[territories["04217"], territories["200067437"]],
        themes=list(words.themes.values())[:2],
        audiences=list(words.audiences.values())[:1],
        methods=list(words.methods.values())[:1],
    )
    sheet.means.set(Means.objects.all()[:3])
    sheet.unused_means.set(Means.objects.all()[3:4])
    sheet.need_kinds.set(Need.objects.all()[:2])
    sheet.body = [
        ("heading", {"text": "Contexte"}),
        ("paragraph", "<p>Il était une <b>fois</b></p>"),
        ("forum", {"activity": forum}),
        ("paragraph", "<p>La suite</p>"),
    ]
    sheet.save_revision().publish()
    return ExperiencePage.objects.get(pk=sheet.pk)


def latest(sheet) -> ExperiencePage:
    return ExperiencePage.objects.get(pk=sheet.pk).get_latest_revision_as_object()


def test_a_sheet_exported_and_imported_unchanged_changes_nothing(sheet):
    before = Revision.objects.count(), PageLogEntry.objects.count()

    outcome = taken(exported(sheet))

    assert (outcome.unchanged, outcome.updated, outcome.problems) == (1, 0, [])
    assert (Revision.objects.count(), PageLogEntry.objects.count()) == before


CORRECTIONS = {
    "title": ("Le café", "Le café"),
    "objectives": ("Se **parler**, _s’écouter_ [là](page:1)", '<p>Se <strong>parler</strong>, <em>s’écouter</em> <a linktype="page" id="1">là</a></p>'),
    "participants": ("1300", 1300),
    "stage": ("En cours", "en-cours"),
    "ended": ("2019-03-01", date(2019, 3, 1)),
}  # fmt: skip


def told(revision) -> dict:
    """What a revision holds; its story as blocks, whose keys PostgreSQL puts in an order of its own."""
    return {**revision.content, "body": json.loads(revision.content["body"])}


@pytest.mark.parametrize("field", CORRECTIONS)
def test_a_corrected_cell_loses_nothing_of_the_rest(sheet, field):
    cell, value = CORRECTIONS[field]
    before = told(sheet.get_latest_revision())

    outcome = taken({**exported(sheet), header_of(field): cell})

    after = told(ExperiencePage.objects.get(pk=sheet.pk).latest_revision)
    assert outcome.updated == 1
    assert getattr(latest(sheet), field) == value
    assert {name for name in FIELDS if before[name] != after[name]} == {field}
    assert ExperiencePage.objects.get(pk=sheet.pk).title == sheet.title  # What is online waits.


def test_a_corrected_story_keeps_its_forum(sheet, forum):
    row = exported(sheet)
    row["Récit"] = row["Récit"].replace("La suite", "La **vraie** suite")

    taken(row)

    assert [(block.block_type, block.block.get_prep_value(block.value)) for block in latest(sheet).body] == [
        ("heading", {"text": "Contexte"}),
        ("paragraph", "<p>Il était une <strong>fois</strong></p>"),
        ("forum", {"activity": forum.pk}),
        ("paragraph", "<p>La <strong>vraie</strong> suite</p>"),
    ]


@pytest.mark.parametrize("story", ["Tout est dit.", "", "[[forum 1]]\n\n[[forum 1]]"])
def test_a_story_without_its_forum_waits_and_the_rest_is_taken(sheet, story):
    outcome = taken({**exported(sheet), "Récit": story, "Durée": "5 mois"})

    assert "[[forum 1]]" in outcome.problems[0].message
    assert latest(sheet).duration == "5 mois"
    assert latest(sheet).body.raw_data[2]["type"] == "forum"


def test_an_emptied_cell_empties_its_field_when_one_says_so(sheet):
    row = {**exported(sheet), "Contact": "", "Communes": "", "Forces": "", "Coût": "", "Porteur": ""}

    assert taken(row, empties=False).unchanged == 1
    taken(row)

    after = latest(sheet)
    assert (after.contact, after.strengths, after.cost, after.carrier) == ("", "", None, None)
    assert list(after.territories.all()) == []
    assert after.partners == sheet.partners


def test_partners_written_here_survive_a_file_that_does_not_tell_them(sheet):
    row = exported(sheet)
    del row["Partenaires"]

    assert taken(row).unchanged == 1


def test_what_waits_to_be_published_is_not_undone_by_an_export(sheet):
    row = exported(sheet)
    draft = sheet.get_latest_revision_as_object()
    draft.summary = "Un café par semaine."
    draft.save_revision()

    taken({**row, "Durée": "5 mois"})

    assert (latest(sheet).summary, latest(sheet).duration) == ("Un café par semaine.", "5 mois")


def test_an_older_text_put_back_is_a_correction(sheet):
    taken({**exported(sheet), "Durée": "5 mois"})
    sheet.get_latest_revision()
    latest(sheet).get_latest_revision().publish()

    taken({**exported(ExperiencePage.objects.get(pk=sheet.pk)), "Durée": "4 mois, 6 réunions"})

    assert latest(sheet).duration == "4 mois, 6 réunions"


def test_a_sheet_in_another_language_is_another_sheet(sheet):
    english = Locale.objects.create(language_code="en")
    translated = sheet.copy_for_translation(english, copy_parents=True)
    translated.save_revision().publish()

    assert identifier_of(translated) == f"{identifier_of(sheet)}:en"
    assert taken({**exported(translated), "Durée": "5 months"}).updated == 1

    assert latest(translated).duration == "5 months"
    assert latest(sheet).duration == sheet.duration


def test_the_identifier_of_a_sheet_of_elsewhere_makes_a_new_one(sheet):
    row = {**exported(sheet), "Identifiant": "fiche:00000000-0000-4000-8000-000000000000", "Titre": "Ailleurs"}

    assert taken(row).created == 1
    assert taken(row).unchanged == 1


def test_another_sheet_under_a_stolen_identifier_is_refused(sheet):
    row = {**exported(sheet), "Titre": "Marché", "Communes": "Barras", "Porteur": "", "Partenaires": "Autre"}

    assert taken(row, empties=False).refused == 1
