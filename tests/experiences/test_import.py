"""Sheets from spreadsheets as people send them. The plan: bytes → table → drafts → pages, all of them or none."""

import csv
import io
import random
import re
import zipfile
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from openpyxl import Workbook
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Page, Revision

from experiences.importing import actions, cells, columns, rows, story, tables
from experiences.importing.prose import note
from experiences.importing.story import markdown_blocks
from experiences.importing.words import Words, find_all, fold
from experiences.models import ExperiencePage, ExperienceSectionPage
from home.blocks import NOTE_FEATURES, PROSE
from home.search import PageSource
from participation.vocabulary.models import InvolvementDegree, Stage
from search import outbox
from search.engines import engine
from tests import factories

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "inventories"
real_sheets = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real sheets are not beside the project, in {REAL}")

HEADERS = ["Titre", "Résumé", "Date"]
SHEET = ["Café des idées", "À Thoard, chaque mois.", "14/11/2018"]


def text(*lines, separator=";") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows(lines)
    return stream.getvalue()


def workbook(*lines, title="Fiches") -> bytes:
    book = Workbook()
    book.active.title = title
    for line in lines:
        book.active.append(line)
    return saved(book)


def saved(book) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rewritten(data: bytes, part: str, change) -> bytes:
    """The same workbook with one of its parts changed by hand."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if name == part else content)
    return stream.getvalue()


def parse(data: bytes | str) -> tables.Table:
    return tables.parse(data.encode() if isinstance(data, str) else data, columns.score)


def read(*lines, known: Words | None = None) -> rows.Reading:
    return rows.read(parse(text(*lines)), known or Words())


def read_one(known: Words | None = None, **fields) -> rows.Draft:
    """The draft of one row: `Titre="…"`; « _ » stands for a space of the header."""
    fields = {"Titre": "Café des idées", **fields}
    return read([header.replace("_", " ") for header in fields], list(fields.values()), known=known).drafts[0]


def problems(draft: rows.Draft) -> list[str]:
    return [str(problem).replace("\xa0", " ") for problem in draft.problems]


# ── What kind of file it is ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator):
    table = parse(text(HEADERS, ["Café, thé; eau", "un | deux", "2018"], separator=separator))

    assert table.rows == [(2, ["Café, thé; eau", "un | deux", "2018"])]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_the_encoding_is_found(codec):
    words = ["L’été à Saint-Geniez", "Où ça ? Là-bas, près du hêtre – « forêt » : œuvre", "2018"]

    table = parse(text(HEADERS, words).encode(codec))

    assert table.header == HEADERS
    assert table.rows == [(2, words)]


def test_a_damaged_utf8_file_is_not_taken_for_another_encoding():
    data = text(HEADERS, ["Été à Thoard", "Fête é", "2018"]).encode()

    table = parse(data.replace("Fête é".encode(), "Fête ".encode() + b"\xc3"))

    assert table.rows[0][1][0] == "Été à Thoard"


def test_a_workbook_is_a_workbook_and_a_text_a_text_whatever_the_extension(tmp_path, inventory):
    (tmp_path / "fiches.csv").write_bytes(workbook(HEADERS, SHEET))
    (tmp_path / "fiches.xlsx").write_text(text(HEADERS, ["Marché", "", ""]))

    assert run(tmp_path / "fiches.csv").endswith("1 fiches lues, 1 valides, 0 rejetées\n")
    assert run(tmp_path / "fiches.xlsx").endswith("1 fiches lues, 1 valides, 0 rejetées\n")


def test_a_line_is_a_row_as_the_spreadsheet_numbers_it():
    table = parse('Titre;Résumé\r\n"Café";"deux\r\nlignes"\r\n;\r\nMarché;\r\n')

    assert table.rows == [(2, ["Café", "deux\nlignes"]), (4, ["Marché"])]


def test_a_single_column_may_hold_what_elsewhere_separates():
    assert parse("Titre\nCafé, thé; eau\nMarché\n").rows == [(2, ["Café, thé; eau"]), (3, ["Marché"])]


@pytest.mark.parametrize("above", ["sep=;\n", "Inventaire 2024\n\n", "Commune;Thoard\nSaisie par;Mairie\n"])
def test_a_note_may_stand_above_the_headers(above):
    assert parse(above + "Titre;Résumé\nCafé;Un café\n").rows[-1][1] == ["Café", "Un café"]


def test_empty_rows_and_columns_at_the_end_do_not_count():
    reading = rows.read(parse("Titre;;;\nCafé;;;\n;;;\n;;;\n"), Words())

    assert [draft.rejected for draft in reading.drafts] == [False]
    assert [column.label for column in reading.columns] == ["Titre"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \r\n\t\n", id="blank"),
        pytest.param(b"\xef\xbb\xbf", id="only a mark"),
        pytest.param(b"\xff\xfe", id="only a wide mark"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", id="picture"),
        pytest.param(bytes(random.Random(1).randbytes(5000)), id="noise"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, id="old Excel"),
        pytest.param(b"PK\x03\x04" + b"\0" * 100, id="damaged archive"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, id="empty archive"),
        pytest.param(b"Nom;Adresse\nMireille;Digne\n", id="no title"),
        pytest.param(b"<html><body>404</body></html>", id="web page"),
        pytest.param(b'Titre;Date\nCaf\xe9;"2018\nMarch\xe9;2019\n', id="open quotation mark"),
        pytest.param(b"Titre\n" + b"a" * 200_000, id="endless cell"),
        pytest.param(b"Titre;" + b"Date;" * 200 + b"\nMarche\n", id="columns"),
        pytest.param(b"Titre;Date\n" + b"a;" * 201, id="a wide row"),
        pytest.param(b"Titre\n" + b"Marche\n" * 50_001, id="rows"),
        pytest.param(b"Titre\n" + b"a" * tables.LARGEST_FILE, id="large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data):
    with pytest.raises(tables.UnreadableFile) as reason:
        parse(data)

    assert str(reason.value).endswith(".")


def test_the_line_of_a_quotation_mark_left_open_is_told():
    with pytest.raises(tables.UnreadableFile, match="Ligne 3"):
        parse('Titre;Date\nCafé;2018\nMarché;"2019\nForum;2020\n')


# ── Workbooks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_sheet_that_has_a_title_is_read_and_the_others_are_named():
    book = Workbook()
    book.active.title = "Lisez-moi"
    book.active.append(["Comment remplir ce classeur"])
    hidden = book.create_sheet("Cachée")
    hidden.append(["Titre"])
    hidden.append(["Brouillon"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Fiches").append(["Titre"])
    book["Fiches"].append(["Café"])

    table = parse(saved(book))

    assert table.rows == [(2, ["Café"])]
    assert "Lisez-moi" in table.description


def test_a_formula_is_never_computed():
    """openpyxl writes a formula without its result, as a program would; Excel writes both."""
    unknown = workbook(["Titre", "Résumé"], ['=HYPERLINK("http://x.example","Café")', "=1+1"])
    recorded = rewritten(unknown, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v />", "<v>2</v>", 2))
    empty = rewritten(unknown, "xl/worksheets/sheet1.xml", lambda xml: xml.replace('<c r="B2">', '<c r="B2" t="str">'))

    assert parse(unknown).rows == [(2, ['=HYPERLINK("http://x.example","Café")', "=1+1"])]
    assert parse(recorded).rows == [(2, [2, 2])]
    assert parse(empty).rows == [(2, ['=HYPERLINK("http://x.example","Café")'])]


def test_a_cell_beyond_the_headers_is_a_column_without_a_title():
    reading = rows.read(parse(workbook(["Titre"], ["Café", None, "à revoir"])), Words())

    assert [column.label for column in reading.left_out] == ["colonne C, sans titre"]
    assert not reading.drafts[0].rejected


def test_an_unpacked_workbook_has_a_limit():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"")
        archive.writestr("xl/workbook.xml", b" " * (tables.LARGEST_UNPACKED + 1))

    assert len(stream.getvalue()) < 100_000
    with pytest.raises(tables.UnreadableFile, match="50"):
        parse(stream.getvalue())


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>', id="a row far away"),
        pytest.param('<row><c r="XFD1"/></row>' * 400, id="wide rows"),
        pytest.param('<row><c r="ZZZZZ1"><v>1</v></c></row>', id="a column that does not exist"),
        pytest.param("<row><c><v>abc</v></c></row>", id="a number that is none"),
        pytest.param('<row><c t="s"><v>9999</v></c></row>', id="a text that is none"),
        pytest.param("<row><c>", id="cut"),
    ],
)
def test_a_workbook_made_to_harm_is_refused(sheet):
    data = workbook(HEADERS, SHEET)

    harmful = rewritten(
        data, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("</sheetData>", f"{sheet}</sheetData>")
    )

    with pytest.raises(tables.UnreadableFile):
        parse(harmful)


def test_entities_of_xml_are_refused():
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    data = workbook(HEADERS, SHEET)

    harmful = rewritten(data, "xl/worksheets/sheet1.xml", lambda xml: laughs + xml.split("?>", 1)[-1])

    with pytest.raises(tables.UnreadableFile):
        parse(harmful)


def test_any_damage_to_a_workbook_is_a_sentence():
    data = workbook(HEADERS, *[SHEET] * 20)
    chance = random.Random(2026)

    for _turn in range(150):
        damaged = bytearray(data)
        for _byte in range(chance.choice([1, 20])):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        damaged = damaged[: chance.choice([len(data), chance.randrange(4, len(data))])]
        try:
            rows.read(parse(bytes(damaged)), Words())
        except tables.UnreadableFile as reason:
            assert str(reason)  # noqa: PT017 – either a table or a reason, never something else


# ── Cells ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2018-11-14 09:29:08 +0000", date(2018, 11, 14)),
        ("2017-04-11T09:29:08.124+00:00", date(2017, 4, 11)),
        ("2018-11-14 23:30:00 +0000", date(2018, 11, 15)),
        ("2018-11-14T09:29:08Z", date(2018, 11, 14)),
        ("2018-11-14", date(2018, 11, 14)),
        ("2018/11/14", date(2018, 11, 14)),
        ("14/11/2018", date(2018, 11, 14)),
        ("14-11-2018", date(2018, 11, 14)),
        ("14.11.18", date(2018, 11, 14)),
        ("4/1/1998", date(1998, 1, 4)),
        ("14/11/2018 09:29", date(2018, 11, 14)),
        ("14 novembre 2018", date(2018, 11, 14)),
        ("Mercredi 14 Novembre 2018", date(2018, 11, 14)),
        ("le 1er février 2019", date(2019, 2, 1)),
        ("1 AOÛT 2019", date(2019, 8, 1)),
        ("14-nov.-18", date(2018, 11, 14)),
        ("43418", date(2018, 11, 14)),
        ("43418,39", date(2018, 11, 14)),
        (43418, date(2018, 11, 14)),
        (43418.395, date(2018, 11, 14)),
        (datetime(2018, 11, 14, 9, 29), date(2018, 11, 14)),
        (datetime(2018, 11, 14, 23, 30, tzinfo=UTC), date(2018, 11, 15)),
        (date(2018, 11, 14), date(2018, 11, 14)),
    ],
)
def test_dates_as_people_write_them(written, day):
    assert cells.day(written) == (day, True)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("novembre 2018", date(2018, 11, 1), date(2018, 11, 30)),
        ("nov. 2018", date(2018, 11, 1), date(2018, 11, 30)),
        ("févr.-20", date(2020, 2, 1), date(2020, 2, 29)),
        ("11/2018", date(2018, 11, 1), date(2018, 11, 30)),
        ("2018-11", date(2018, 11, 1), date(2018, 11, 30)),
        ("2018", date(2018, 1, 1), date(2018, 12, 31)),
        (2018, date(2018, 1, 1), date(2018, 12, 31)),
        (2018.0, date(2018, 1, 1), date(2018, 12, 31)),
    ],
)
def test_a_month_or_a_year_is_its_first_or_last_day(written, first, last):
    assert cells.day(written) == (first, False)
    assert cells.day(written, last=True) == (last, False)


@pytest.mark.parametrize(
    "written",
    ["hier", "31/02/2018", "11/14/2018", "2018-2019", "été 2018", "13/2018", "0000", "1789", "9999", "99999", "-1",
     "2018-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1" * 5000, True, 3, 1e300, float("nan"),
     "²²²²", "14 brumaire 2018"],
)  # fmt: skip
def test_other_dates_are_refused(written):
    with pytest.raises(cells.Unreadable):
        cells.day(written)


@pytest.mark.parametrize(
    ("written", "number"),
    [("1200", 1200), ("1 200", 1200), ("1\xa0200", 1200), ("1\u202f200", 1200), (150, 150), (150.0, 150), ("0", 0)],
)
def test_numbers_of_people(written, number):
    assert cells.whole(written) == number


@pytest.mark.parametrize(
    ("written", "amount"),
    [("12 000 €", 12_000), ("12 000,50 €", 12_001), ("800 euros TTC", 800), (1250.4, 1250), ("0,4", 0)],
)
def test_amounts_are_rounded_to_the_euro(written, amount):
    assert cells.euros(written) == amount


@pytest.mark.parametrize(
    "written",
    ["-3", "−3", -3, "environ 150", "1.200", "1,200", "12,5", 12.5, "3000000000", 1e22, "9" * 400, float("inf"), True,
     "=1+1", "1e5"],
)  # fmt: skip
def test_other_numbers_are_refused(written):
    """« 1.200 » says twelve hundred in one file and one and a fifth in another."""
    with pytest.raises(cells.Unreadable):
        cells.whole(written)


def test_an_address_of_the_web_is_checked_and_completed():
    assert cells.address(" https://www.exemple.fr/a?b=c ", 500) == "https://www.exemple.fr/a?b=c"
    assert cells.address("www.exemple.fr", 500) == "https://www.exemple.fr"
    for wrong in ["exemple", "javascript:alert(1)", "htp:/x", "contact@exemple.fr", f"https://exemple.fr/{'a' * 500}"]:
        with pytest.raises(cells.Unreadable):
            cells.address(wrong, 500)


def test_what_nobody_sees_is_taken_out_of_cells():
    hidden = "\ufeffCa\u200bfé\x00\x1b[31m\ud800_x000D_\r\n suite\x0bfin "

    assert cells.clean(hidden) == "Café[31m\n suite\nfin"


# ── Words of the site ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other"),
    [("Thème(s)", "thèmes"), ("St-Geniez", "Saint Geniez"), ("Les Mées", "MEES"), ("mise en œuvre", "Mise en oeuvre"),
     ("L’Escale", "l'escale"), ("Digne les Bains", "DIGNE-LES-BAINS"), ("Éourres", "eourres")],
)  # fmt: skip
def test_spellings_that_are_the_same_name(one, other):
    assert fold(one) == fold(other)


def test_every_commune_is_found_by_its_name_a_former_name_and_its_code(territories):
    known = Words.load()
    communes = [territory for territory in territories.values() if territory.is_commune]
    former = [(name, commune) for commune in communes for name in commune.other_names.splitlines()]

    assert len(communes) == 106
    assert [commune for commune in communes if known.territory(commune.name.upper()) != commune] == []
    assert [commune for commune in communes if known.territory(commune.code) != commune] == []
    assert [commune for commune in communes if known.territory(f"{commune.name} (04)") != commune] == []
    assert [name for name, commune in former if known.territory(name) is None] == []
    assert known.territory("4217") == territories["04217"]  # A spreadsheet takes the code for a number.
    assert known.territory("P2A") == territories["200067437"]
    assert known.territory("04380 Thoard") == territories["04217"]
    assert known.territory("Narnia") is None
    assert known.territory("") is None


def test_a_cell_may_name_several_things():
    known = Words(themes={fold(name): name for name in ["Mobilités", "Eau, rivières et milieux", "Habitat"]})

    assert find_all("habitat ; Eau, rivières et milieux", known.theme) == (["Habitat", "Eau, rivières et milieux"], [])
    assert find_all("Mobilité, habitat et magie", known.theme) == (["Mobilités", "Habitat"], ["magie"])
    assert find_all("- habitat\n- habitat", known.theme) == (["Habitat"], [])
    assert find_all("paix et amour", known.theme) == ([], ["paix et amour"])


# ── Text that is not ours ────────────────────────────────────────────────────────────────────────────────────────────


def test_markdown_becomes_headings_and_paragraphs():
    body = "**Contexte :**\nOn **veut** savoir.\n\n# Buts\n\n* écouter\n\n  vraiment\n\n* décider\n  ensemble\n\nFin."

    assert markdown_blocks(body) == [
        ("heading", {"text": "Contexte"}),
        ("paragraph", "<p>On <strong>veut</strong> savoir.</p>"),
        ("heading", {"text": "Buts"}),
        ("paragraph", "<ul><li>écouter<br/>vraiment</li><li>décider<br/>ensemble</li></ul><p>Fin.</p>"),
    ]


def test_a_heading_too_long_for_its_block_is_a_paragraph():
    assert [kind for kind, _value in markdown_blocks(f"# {'a' * 140}\n\n# {'b' * 141}")] == ["heading", "paragraph"]


@pytest.mark.parametrize(
    "text",
    ["+ de temps", "2018. Première réunion", "[1]: note", "| a | b |\n|---|---|", "a < b > c & d", "l’eau\xa0: oui",
     "![plan](plan.png)", "[ici](javascript:alert)", "<b>gras</b>", "- de voitures", "=1+1", "@moi", "-2+3"],
)  # fmt: skip
def test_no_word_is_lost(text):
    """Markdown would make lists, references or nothing of some of these."""
    for html in [note(text), *(html for _kind, html in markdown_blocks(text))]:
        assert unescape(strip_tags(html.replace("<br/>", "\n"))).lstrip("- ") == text.lstrip("- ")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    '![x" onerror="alert(1)](https://x.fr/"onerror="alert(1))',
    '<embed embedtype="image" id="1"/>',
    '<a linktype="page" id="1">x</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`<script>alert(1)</script>`",
    "# <script>alert(1)</script>\n**<img src=x>**",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_a_cell_ends_as_text(text):
    for html in [note(text), *(value for kind, value in markdown_blocks(text) if kind == "paragraph")]:
        tags = re.findall(r"<(/?\w+)([^>]*)>", html)
        assert {tag.lstrip("/") for tag, _attributes in tags} <= {"p", "a", "strong", "em", "ul", "ol", "li", "br"}
        assert all(re.fullmatch(r'|/| href="https://[^"]*"', attributes) for _tag, attributes in tags)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_second_net_holds_without_the_first(text, monkeypatch):
    monkeypatch.setitem(story._markdown.options, "html", True)
    monkeypatch.setattr(story._markdown, "validateLink", lambda address: True)

    test_markup_in_a_cell_ends_as_text(text)


@pytest.mark.parametrize(
    ("features", "html"),
    [
        (NOTE_FEATURES, note("Un.\nDeux.\n\n- a\n- b & c")),
        (PROSE, markdown_blocks("- a\n\n  suite\n  - b\n- *c*\n\n1. [d](https://d.fr)\n\n> e\n> # f")[0][1]),
    ],
)
def test_the_editor_opens_it_as_it_is(features, html):
    """What an editor saves without a change has the same words in the same tags."""
    editor = ContentstateConverter(features)

    saved = editor.to_database_format(editor.from_database_format(html))

    plain = re.sub(r' data-block-key="\w+"', "", saved).replace("<b>", "<strong>").replace("</b>", "</strong>")
    plain = plain.replace("<i>", "<em>").replace("</i>", "</em>")
    assert plain == html


@pytest.mark.parametrize(
    "piece", ["[", "*a ", "**a", "![", "[a](", "`a", "> ", "<", "_a_ ", "a\n", "\n", " \n", "- ", "]", "*_", "1. ", "#"]
)
def test_no_cell_takes_seconds_to_read(piece):
    """Some texts make regular expressions and Markdown readers count for ever. Ours does not: this ends."""
    long = (piece * rows.LONGEST_CELL)[: rows.LONGEST_CELL]

    assert isinstance(markdown_blocks(long), list)
    assert isinstance(note(long), str)


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_headers_that_a_commune_would_write(territories):
    draft = read_one(
        Words.load(),
        **{
            "TITRE": "Café des idées",
            "résumé": "Un café.",
            "Porteur": "Mairie de Thoard",
            "Commune(s)": "Thoard, 04070 et st geniez",
            "Thème(s)": "mobilité",
            "Public(s)": "Jeunes ; élus",
            "Degré": "CONCERTATION",
            "Étape": "Terminée",
            "Début": "novembre 2018",
            "Fin": "2019",
            "Participants": "1 200",
            "Coût (€)": "12 000 €",
            "Objectifs": "Se parler",
            "Moyens mobilisés": "Une salle",
            "Moyens non activés": "Le minibus",
            "Forces/points forts": "Le thé",
            "Faiblesses": "L’hiver",
            "Potentiel": "Grand",
            "Besoins": "Une cafetière",
            "Résultats": "Un banc",
            "Méthode(s)": "World café",
            "Contact": "Secrétariat",
            "Site": "https://thoard.example",
            "Récit": "Tout a commencé…",
        },
    )

    assert not draft.rejected
    assert {name: value for name, value in draft.values.items() if isinstance(value, str | int)} == {
        "title": "Café des idées",
        "summary": "Un café.",
        "partners": "Mairie de Thoard",
        "degree": InvolvementDegree.CONCERTATION,
        "stage": Stage.COMPLETED,
        "participants": 1200,
        "cost": 12000,
        "contact": "Secrétariat",
        "website": "https://thoard.example",
        "objectives": "<p>Se parler</p>",
        "means_mobilised": "<p>Une salle</p>",
        "means_not_activated": "<p>Le minibus</p>",
        "strengths": "<p>Le thé</p>",
        "weaknesses": "<p>L’hiver</p>",
        "potential": "<p>Grand</p>",
        "needs": "<p>Une cafetière</p>",
        "results": "<p>Un banc</p>",
    }
    assert (draft.values["started"], draft.values["ended"]) == (date(2018, 11, 1), date(2019, 12, 31))
    assert [place.name for place in draft.values["territories"]] == ["Thoard", "Digne-les-Bains", "Saint-Geniez"]
    assert [term.slug for term in draft.values["themes"]] == ["mobilites"]
    assert [term.slug for term in draft.values["audiences"]] == ["jeunes", "elus"]
    assert [term.slug for term in draft.values["methods"]] == ["world-cafe"]
    assert draft.values["body"] == [("paragraph", "<p>Tout a commencé…</p>")]


def test_every_problem_of_a_row_is_told_with_its_line_and_column():
    draft = read_one(Titre="", Date="hier", Participants="-3", Coût="beaucoup", Site="htp:/x")

    assert draft.rejected
    assert problems(draft) == [
        "ligne 2, colonne « Date » : « hier » n’est pas une date lisible ; "
        "écrivez par exemple 14/11/2018, novembre 2018 ou 2018",
        "ligne 2, colonne « Participants » : « -3 » : un nombre négatif",
        "ligne 2, colonne « Coût » : « beaucoup » n’est pas un nombre ; n’écrivez que les chiffres",
        "ligne 2, colonne « Site » : « htp:/x » n’est pas une adresse web ; écrivez https://…",
        "ligne 2, colonne « Titre » : le titre manque",
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"Titre": "a" * 256}, "colonne « Titre » : trop long : 256 caractères, 255 au plus"),
        ({"Contact": "a" * 201}, "colonne « Contact » : trop long : 201 caractères, 200 au plus"),
        ({"Porteur": "a" * 501}, "colonne « Porteur » : trop long : 501 caractères, 500 au plus"),
        ({"Récit": "a" * 50_001}, "colonne « Récit » : trop long : 50001 caractères, 50000 au plus"),
        ({"Début": "2020", "Fin": "2019"}, "colonne « Fin » : la fin précède le début"),
    ],
)
def test_what_rejects_a_row(fields, problem):
    draft = read_one(**fields)

    assert draft.rejected
    assert f"ligne 2, {problem}" in problems(draft)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"Commune": "Narnia"}, "colonne « Commune » : « Narnia » n’est pas un territoire du site ; laissé de côté"),
        ({"Thème": "magie"}, "colonne « Thème » : « magie » n’est pas une thématique du site ; laissé de côté"),
        ({"Degré": "total"}, "colonne « Degré » : « total » n’est pas un degré d’implication du site ; laissé de côté"),
        ({"Coût": "#N/A"}, "colonne « Coût » : la cellule contient l’erreur Excel #N/A ; laissée de côté"),
        ({"Début": "2018"}, "colonne « Début » : « 2018 » est lu comme le 1 janvier 2018"),
        ({"Porteur": "Le Fil"}, "colonne « Porteur » : « Le Fil » n’est pas une organisation du site ; gardé comme "
                                "texte parmi les partenaires"),
        ({"Contact": "a\ufffdb"}, "colonne « Contact » : des caractères n’ont pas pu être lus et apparaissent comme "
                                  "\ufffd"),
    ],
)  # fmt: skip
def test_what_only_warns(fields, problem):
    draft = read_one(**fields)

    assert not draft.rejected
    assert problems(draft) == [f"ligne 2, {problem}"]


def test_a_row_out_of_step_is_rejected_and_a_short_one_read():
    reading = rows.read(parse("Titre;Résumé\nCafé;Thé;eau\nMarché\n"), Words())

    assert [draft.rejected for draft in reading.drafts] == [True, False]
    assert problems(reading.drafts[0]) == [
        "ligne 2 : 3 cellules pour 2 colonnes : une cellule contient sans doute le séparateur sans guillemets"
    ]


def test_two_columns_may_fill_the_same_field():
    known = Words(methods={fold(name): name for name in ["World café", "Forum ouvert"]})

    reading = read(
        ["Titre", "Titre", "methode", "methodes", "Forces", "Atouts"],
        ["Café", "Thé", "world café", "forum ouvert | world café", "Un", "Deux"],
        known=known,
    )

    draft = reading.drafts[0]
    assert [column.label for column in reading.columns][:2] == ["Titre (colonne A)", "Titre (colonne B)"]
    assert draft.values["title"] == "Café"
    assert draft.values["methods"] == ["World café", "Forum ouvert"]
    assert draft.values["strengths"] == "<p>Un</p><p>Deux</p>"
    assert problems(draft) == [
        "ligne 2, colonne « Titre (colonne B) » : déjà rempli par une autre colonne ; « Thé » est laissé de côté"
    ]


def test_a_long_summary_is_cut_and_kept_whole_in_the_story():
    long = "Un mot. " * 60

    draft = read_one(Résumé=long, Récit="La suite.")

    assert len(draft.values["summary"]) <= 400
    assert draft.values["body"] == [("paragraph", f"<p>{long.strip()}</p>"), ("paragraph", "<p>La suite.</p>")]


def test_a_cell_that_looks_like_a_formula_is_text():
    draft = read_one(Titre='=HYPERLINK("http://x.example","x")', Résumé="@somme(A1)", Forces="+33 4 92", Besoins="-2+3")

    assert draft.values["title"] == '=HYPERLINK("http://x.example","x")'
    assert draft.values["summary"] == "@somme(A1)"
    assert (draft.values["strengths"], draft.values["needs"]) == ("<p>+33 4 92</p>", "<p>-2+3</p>")


def test_the_key_is_the_file_then_the_identifier_then_the_title_and_its_carrier():
    headers = ["Titre", "Porteur", "fichier", "Identifiant"]

    keys = [
        draft.key
        for draft in read(
            headers,
            ["Café", "Thoard", "_usage/cafe.md", "7"],
            ["Café", "Thoard", "", "7"],
            ["Café des Idées", "Mairie de Thoard", "", ""],
            ["???", "", "", ""],
            ["é" * 255, "", "", ""],
        ).drafts
    ]

    assert keys[:4] == ["_usage/cafe.md", "7", "cafe-des-idees--mairie-de-thoard", "???"]
    assert len(keys[4]) == 200


def test_two_rows_with_one_key_do_not_overwrite_each_other():
    reading = read(["Titre"], ["Fête de la rivière"], ["FETE de la riviere"])

    assert [draft.rejected for draft in reading.drafts] == [False, True]
    assert problems(reading.drafts[1]) == [
        "ligne 3 : même repère que la ligne 2 (« fete-de-la-riviere ») ; donnez à chaque fiche son propre identifiant"
    ]


def test_the_guide_names_every_header():
    """docs/import.md is what a person with a spreadsheet reads: its table says neither less nor more than the code."""
    guide = (Path(settings.BASE_DIR) / "docs" / "import.md").read_text()
    told = {header for line in re.findall(r"(?m)^\|.*$", guide) for header in re.findall(r"`([^`]+)`", line)}

    assert told == {header for headers in columns.HEADERS.values() for header in headers}
    assert len(columns.FIELD_OF) == len(told)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def inventory(home_page):
    return factories.an_inventory(home_page)


@pytest.fixture
def animator(db):
    return factories.a_user("Animatrice", is_superuser=True, is_staff=True)


def run(path, **options) -> str:
    stream = io.StringIO()
    call_command("import_experiences", str(path), stdout=stream, **options)
    return stream.getvalue()


def file(tmp_path, *lines) -> Path:
    path = tmp_path / "fiches.csv"
    path.write_text(text(*lines))
    return path


def test_a_row_becomes_a_draft_in_the_inventory(tmp_path, inventory, territories):
    thoard = factories.an_organisation("Commune de Thoard")

    out = run(
        file(
            tmp_path,
            ["Titre", "Porteur", "Commune", "Méthodes", "Date", "Récit", "Couleur"],
            ["Café", "commune de thoard", "04217", "world cafe", "14/11/2018", "**Contexte**\nUn café.", "bleu"],
        )
    )

    sheet = ExperiencePage.objects.child_of(inventory).get()
    assert (sheet.title, sheet.slug, sheet.live, sheet.has_unpublished_changes) == ("Café", "cafe", False, True)
    for page in [sheet, sheet.get_latest_revision_as_object()]:
        assert page.carrier == thoard
        assert page.started == date(2018, 11, 14)
        assert [place.name for place in page.territories.all()] == ["Thoard"]
        assert [method.slug for method in page.methods.all()] == ["world-cafe"]
        assert [block.block_type for block in page.body] == ["heading", "paragraph"]
    assert "Colonnes laissées de côté : « Couleur »" in out
    assert "1 créées, 0 mises à jour, 0 inchangées" in out
    assert out.splitlines()[-1] == "1 fiches lues, 1 valides, 0 rejetées"


def test_rejected_rows_are_told_and_the_others_imported(tmp_path, inventory):
    out = run(file(tmp_path, HEADERS, ["Café", "", "2018"], ["", "", "hier"], ["Marché", "", ""]))

    assert list(ExperiencePage.objects.values_list("title", flat=True).order_by("title")) == ["Café", "Marché"]
    assert "ligne 3, colonne « Titre » : le titre manque" in out
    assert out.splitlines()[-1] == "3 fiches lues, 2 valides, 1 rejetées"


def test_titles_that_make_the_same_address_get_different_ones(tmp_path, inventory):
    run(file(tmp_path, ["Titre", "Porteur"], ["Café !", "Thoard"], ["Café ?", "Barras"], ["???", ""], ["!!!", ""]))

    assert sorted(ExperiencePage.objects.child_of(inventory).values_list("slug", flat=True)) == [
        "cafe",
        "cafe-1",
        "fiche",
        "fiche-1",
    ]


def test_a_trial_only_reads(tmp_path, inventory):
    path = file(tmp_path, HEADERS, SHEET, ["", "", "hier"])

    with CaptureQueriesContext(
        connection,
    ) as queries:
        trial = run(path, dry_run=True)

    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert not ExperiencePage.objects.exists()
    assert "Essai : rien n’a été écrit." in trial
    assert [line for line in trial.splitlines() if "Essai" not in line] == run(path).splitlines()


@pytest.mark.parametrize("row", [1, 2, 3])
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_import_interrupted_at_any_row_imports_nothing(tmp_path, inventory, monkeypatch, row, interruption):
    path = file(tmp_path, HEADERS, ["Un", "", ""], ["Deux", "", ""], ["Trois", "", ""])
    record, recorded = actions._record, []

    def interrupted(*args):
        recorded.append(args)
        if len(recorded) == row:
            raise interruption
        record(*args)

    monkeypatch.setattr(actions, "_record", interrupted)

    with pytest.raises((SystemExit, RuntimeError)):
        run(path)

    assert not ExperiencePage.objects.exists()
    assert not Revision.objects.page_revisions().exists()


def test_importing_again_changes_nothing(tmp_path, inventory, territories):
    path = file(tmp_path, [*HEADERS, "Commune", "Forces"], [*SHEET, "Thoard", "- a\n- b"])
    run(path)
    before = list(Revision.objects.values_list("pk", flat=True))

    out = run(path)

    assert "0 créées, 0 mises à jour, 1 inchangées" in out
    assert list(Revision.objects.values_list("pk", flat=True)) == before


def test_the_same_sheets_from_a_workbook_are_the_same_sheets(tmp_path, inventory):
    run(file(tmp_path, HEADERS, SHEET))
    (tmp_path / "fiches.xlsx").write_bytes(workbook(HEADERS, [*SHEET[:2], datetime(2018, 11, 14)]))

    assert "0 créées, 0 mises à jour, 1 inchangées" in run(tmp_path / "fiches.xlsx")


def test_a_changed_row_updates_its_draft(tmp_path, inventory):
    run(file(tmp_path, ["id", "Titre", "Résumé", "Participants"], ["7", "Café", "Un café.", "12"]))

    out = run(file(tmp_path, ["id", "Titre", "Résumé", "Participants"], ["7", "Le Café", "Un café.", ""]))

    sheet = ExperiencePage.objects.get()
    assert "0 créées, 1 mises à jour, 0 inchangées" in out
    assert (sheet.title, sheet.get_latest_revision_as_object().title) == ("Le Café", "Le Café")
    assert sheet.participants == 12  # An empty cell says nothing: it takes nothing away.


def test_what_an_editor_corrected_stays_corrected(tmp_path, inventory, animator):
    path = file(tmp_path, ["id", "Titre", "Résumé"], ["7", "Caffé", "Un café."])
    run(path)
    sheet = ExperiencePage.objects.get()
    sheet.title = "Café"
    sheet.save()
    sheet.save_revision(user=animator)

    again = run(path)
    changed = run(file(tmp_path, ["id", "Titre", "Résumé"], ["7", "Caffé", "Un café par mois."]))
    once_more = run(file(tmp_path, ["id", "Titre", "Résumé"], ["7", "Caffé", "Un café par mois."]))

    latest = ExperiencePage.objects.get().get_latest_revision_as_object()
    assert (latest.title, latest.summary) == ("Café", "Un café par mois.")
    assert "1 inchangées" in again
    assert "la fiche « Café » a été modifiée sur le site depuis le dernier import" in changed
    assert "1 inchangées" in once_more


def test_what_is_online_stays_until_someone_publishes(tmp_path, inventory):
    run(file(tmp_path, ["id", "Titre"], ["7", "Café"]))
    ExperiencePage.objects.get().get_latest_revision().publish()

    out = run(file(tmp_path, ["id", "Titre"], ["7", "Le café"]))

    sheet = ExperiencePage.objects.get()
    assert (sheet.live, sheet.title) == (True, "Café")
    assert (sheet.has_unpublished_changes, sheet.get_latest_revision_as_object().title) == (True, "Le café")
    assert "la fiche « Café » est en ligne et reste telle quelle" in out


def test_a_locked_sheet_is_left_alone(tmp_path, inventory):
    run(file(tmp_path, ["id", "Titre"], ["7", "Café"]))
    ExperiencePage.objects.update(locked=True)

    out = run(file(tmp_path, ["id", "Titre"], ["7", "Le café"]))

    assert ExperiencePage.objects.get().title == "Café"
    assert "la fiche « Café » est verrouillée" in out


def test_a_sheet_moved_to_its_section_is_found_again(tmp_path, inventory):
    run(file(tmp_path, ["id", "Titre"], ["7", "Café"]))
    section = Page.objects.get(pk=inventory.pk).add_child(
        instance=ExperienceSectionPage(title="Thoard", organisation=factories.an_organisation("Thoard"))
    )
    ExperiencePage.objects.get(title="Café").move(section, pos="last-child")

    assert "0 créées, 1 mises à jour" in run(file(tmp_path, ["id", "Titre"], ["7", "Le café"]))
    assert ExperiencePage.objects.child_of(section).get().title == "Le café"


def test_a_short_identifier_does_not_lead_to_the_sheet_of_another_file(tmp_path, inventory, territories):
    run(file(tmp_path, ["id", "Titre", "Commune"], ["1", "Café", "Thoard"]))

    out = run(file(tmp_path, ["id", "Titre", "Commune"], ["1", "Marché", "Barras"]))

    assert ExperiencePage.objects.get().title == "Café"
    assert "ligne 2 : l’identifiant « 1 » est celui d’une autre fiche, « Café »" in out
    assert out.splitlines()[-1] == "1 fiches lues, 0 valides, 1 rejetées"


def test_a_carrier_that_the_site_has_come_to_know_is_no_longer_kept_as_text(tmp_path, inventory):
    path = file(tmp_path, ["Titre", "Porteur"], ["Café", "Foyer rural"])
    run(path)
    foyer = factories.an_organisation("Foyer rural")

    run(path)

    sheet = ExperiencePage.objects.get()
    assert (sheet.carrier, sheet.partners) == (foyer, "")


def test_the_search_is_not_touched(tmp_path, inventory, django_capture_on_commit_callbacks):
    outbox.rebuild()
    before = engine().stamp()

    with django_capture_on_commit_callbacks(execute=True):
        run(file(tmp_path, HEADERS, SHEET))

    assert engine().stamp() == before
    assert list(PageSource().documents([ExperiencePage.objects.get().pk])) == []


def test_an_imported_sheet_can_be_edited_and_read(tmp_path, inventory, client, animator):
    run(file(tmp_path, ["Titre", "Résumé", "Forces", "Récit"], [HOSTILE[0]] * 4))
    sheet = ExperiencePage.objects.get()
    client.force_login(animator)

    editing = client.get(f"/admin/pages/{sheet.pk}/edit/")
    sheet.get_latest_revision().publish()
    reading = client.get(sheet.get_url())

    assert (editing.status_code, reading.status_code) == (200, 200)
    assert "&lt;script&gt;alert(1)" in reading.text
    assert "<script>alert(1)" not in editing.text + reading.text


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [b"", b"\x89PNG\0\0", b"Nom\nMireille\n", None])
def test_an_unreadable_file_ends_with_2_and_a_reason(tmp_path, inventory, content):
    path = tmp_path / "fiches.csv"
    if content is not None:
        path.write_bytes(content)
    stdout, stderr = io.StringIO(), io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("import_experiences", str(path), stdout=stdout, stderr=stderr)

    assert ended.value.code == 2
    assert stdout.getvalue() == ""
    assert stderr.getvalue().strip().endswith(".")


def test_a_folder_is_not_a_file(tmp_path, inventory, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("import_experiences", str(tmp_path))

    assert ended.value.code == 2
    assert "est un dossier, pas un fichier." in capsys.readouterr().err


def test_a_site_without_an_inventory_says_so(tmp_path, home_page, capsys):
    with pytest.raises(SystemExit) as ended:
        run(file(tmp_path, HEADERS, SHEET))

    assert ended.value.code == 2
    assert "Ce site n’a pas encore d’inventaire" in capsys.readouterr().err


def test_headers_alone_are_no_sheet(tmp_path, inventory):
    assert run(file(tmp_path, HEADERS)).splitlines()[-1] == "0 fiches lues, 0 valides, 0 rejetées"


# ── Real sheets ──────────────────────────────────────────────────────────────────────────────────────────────────────


@real_sheets
@pytest.mark.parametrize("name", ["consultation-gouv-usage", "consultation-gouv-outil"])
def test_real_sheets_are_imported_once(inventory, name):
    first = run(REAL / f"{name}.csv")
    second = run(REAL / f"{name}.xlsx")

    with (REAL / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        expected = list(csv.DictReader(stream))
    count = len(expected)
    assert first.splitlines()[-2:] == [
        f"{count} créées, 0 mises à jour, 0 inchangées",
        f"{count} fiches lues, {count} valides, 0 rejetées",
    ]
    assert f"0 créées, 0 mises à jour, {count} inchangées" in second
    for row in expected:
        sheet = ExperiencePage.objects.get(source_key=row["fichier"])
        assert sheet.title == " ".join(row["title"].split())
        assert not sheet.live


@real_sheets
def test_no_word_of_a_real_story_is_lost():
    def words(text: str) -> list[str]:
        return re.findall(r"\w{2,}", text)

    with (REAL / "consultation-gouv-usage.csv").open(newline="", encoding="utf-8") as stream:
        stories = [row["corps_markdown"] for row in csv.DictReader(stream)]

    for told in stories:
        blocks = markdown_blocks(told)
        shown = " ".join(
            value["text"] if kind == "heading" else strip_tags(re.sub(r"<", " <", value)) for kind, value in blocks
        )
        without_addresses = re.sub(r"\]\([^)]*\)", "]", told)
        assert words(unescape(shown)) == words(unescape(without_addresses))


@real_sheets
def test_a_real_row_spoilt_is_rejected_alone(tmp_path, inventory):
    with (REAL / "consultation-gouv-usage.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(csv.reader(stream))
    lines[11][lines[0].index("date")] = "un de ces jours"
    path = tmp_path / "fiches.csv"
    path.write_text(text(*lines, separator=","))

    out = run(path)

    assert "ligne 12, colonne « date » : « un de ces jours » n’est pas une date lisible" in out
    assert out.splitlines()[-1] == "20 fiches lues, 19 valides, 1 rejetées"
