"""Documents as people send them. The plan: bytes → passages and notices, or sentences on why not."""

import io
import random
import re
import socket
import subprocess
import time
import unicodedata
import zipfile
from contextlib import suppress
from unittest.mock import Mock

import pypandoc
import pytest
from django.utils import translation

from participation.review import reading
from participation.review.passages import MAX_FILE, MAX_LENGTH, MAX_PASSAGES, Kind, Words, is_article
from participation.review.reading import Unreadable, packages, read_document, read_typed, word

HEADING, ARTICLE, PARAGRAPH, ITEM, ROW = (str(kind) for kind in Kind)
FORMATS = ["docx", "odt", "html", "md"]

PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc```\0\0\0\x04\0\x01\xf6"
    b"\x178U\0\0\0\0IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def _in_the_language_of_the_code():
    with translation.override("en"):
        yield


def made(markdown: str, extension: str) -> bytes:
    """A document of that extension, from pandoc's Markdown."""
    if extension == "md":
        return markdown.encode()
    command = [pypandoc.get_pandoc_path(), "--from=markdown", f"--to={extension}", "--standalone", "--output=-"]
    return subprocess.run(command, input=markdown.encode(), check=True, capture_output=True).stdout


def rewritten(data: bytes, changes: dict, *, without=()) -> bytes:
    """The same archive with parts changed (a function of their text) or added (bytes), or left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in without and not isinstance(changes.get(name), bytes):
                content = old.read(name)
                new.writestr(name, changes[name](content.decode()) if name in changes else content)
        for name, content in changes.items():
            if isinstance(content, bytes):
                new.writestr(name, content)
    return stream.getvalue()


def docx(body: str, **parts) -> bytes:
    """A DOCX whose text begins with that XML, and ends with « Fin. »; `numbering`: the rules of its lists."""
    changes = {"word/document.xml": lambda xml: xml.replace("<w:body>", f"<w:body>{body}", 1)}
    if "numbering" in parts:
        changes["word/numbering.xml"] = (
            '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"{parts['numbering']}</w:numbering>"
        ).encode()
    if "styles" in parts:
        changes["word/styles.xml"] = lambda xml: xml.replace("</w:styles>", f"{parts['styles']}</w:styles>")
    return rewritten(made("Fin.", "docx"), changes)


def p(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def odt(text: str, **parts: bytes) -> bytes:
    """An ODT whose text begins with that XML, and ends with « Fin. »."""
    return rewritten(
        made("Fin.", "odt"),
        {"content.xml": lambda xml: re.sub("<office:text.*?>", lambda start: start[0] + text, xml, count=1)},
    )


def passages(extension: str, data: bytes | str) -> list[Words]:
    return read_document(f"Règlement.{extension}", data.encode() if isinstance(data, str) else data).passages


def before_the_end(extension: str, data: bytes) -> list[tuple[str, str, int]]:
    *found, last = passages(extension, data)
    assert last.text == "Fin."
    return [(passage.kind, passage.text, passage.level) for passage in found]


def texts(extension: str, data: bytes | str) -> list[str]:
    return [passage.text for passage in passages(extension, data)]


def typed(text: str) -> list[str]:
    return [passage.text for passage in read_typed(text).passages]


def notices(extension: str, data: bytes | str) -> str:
    return "\n".join(read_document(f"Règlement.{extension}", data.encode() if isinstance(data, str) else data).notices)


def refusal(name: str, data: bytes) -> list[str]:
    with pytest.raises(Unreadable) as refused:
        read_document(name, data)
    assert all(message.endswith(".") for message in refused.value.messages)
    return refused.value.messages


# ── Passages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extension", FORMATS)
def test_headings_paragraphs_lists_and_tables_are_told_apart_in_every_format(extension):
    data = made(
        "# La place\n\nElle est **à tous** et *pour* tous.\n\n- un banc\n- un arbre\n\n"
        "| Quoi | Combien |\n|------|---------|\n| Banc | 3 |\n\n## Après\n",
        extension,
    )

    assert passages(extension, data) == [
        Words(HEADING, "La place", 1),
        Words(PARAGRAPH, "Elle est à tous et pour tous."),
        Words(ITEM, "un banc", 1),
        Words(ITEM, "un arbre", 1),
        Words(ROW, "Quoi | Combien", 1),
        Words(ROW, "Banc | 3"),
        Words(HEADING, "Après", 2),
    ]


def test_a_typed_text_is_cut_as_a_file_is():
    text = "# La place\n\nUn banc.\n\n1. un\n2. deux\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"

    assert read_typed(text) == read_document("place.md", text.encode())
    assert [passage.kind for passage in read_typed(text).passages] == [HEADING, PARAGRAPH, ITEM, ITEM, ROW, ROW]


@pytest.mark.parametrize(
    "text",
    [
        "Article 7",
        "Article 7 Objet du règlement",
        "Art. 7 – Objet",
        "ARTICLE 7 BIS : OBJET",
        "Article premier",
        "Article 1er – Objet",
        "Article L131-1",
        "Article L. 131-1 du code des relations",
        "Article IV",
        "Article UA 3",
        "Article unique",
    ],
)
def test_a_heading_that_begins_with_its_number_is_an_article(text):
    assert read_typed(f"### {text}").passages == [Words(ARTICLE, text, 3)]


@pytest.mark.parametrize(
    "text", ["Articles de presse", "Artisanat 7", "L’article 7", "Article Important", "Article C’est"]
)
def test_another_heading_is_none(text):
    assert read_typed(f"# {text}").passages == [Words(HEADING, text, 1)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Article 7. La place est à tous.", ARTICLE),
        ("Article 7 – La place", ARTICLE),
        ("Article 7 : La place", ARTICLE),
        ("Article 7\u00a0: La place", ARTICLE),
        ("Article 7.- La place", ARTICLE),
        ("Art. 7. – La place", ARTICLE),
        ("**Article 7**", ARTICLE),
        ("**Article 7**\\\nLa place est à tous.", ARTICLE),
        ("Article 7 du code, la place est à tous.", PARAGRAPH),
        ("Article 7, alinéa 2.", PARAGRAPH),
        ("Article 7.2 prévoit un banc.", PARAGRAPH),
        ("Voir Article 7.", PARAGRAPH),
    ],
)
def test_a_paragraph_that_begins_with_its_number_is_an_article_without_a_level(text, kind):
    (passage,) = read_typed(text).passages

    assert (passage.kind, passage.level) == (kind, 0)


def test_the_number_of_an_article_is_looked_for_in_no_time():
    started = time.monotonic()

    for hostile in ("\u00a0" * 200_000, "1" * 200_000, "1-" * 100_000, "L " * 100_000, "1.\u00a0" * 100_000):
        is_article(f"Article {hostile}x", heading=False)
        is_article(f"Article 7{hostile}x", heading=False)

    assert time.monotonic() - started < 2


def test_headings_deeper_than_six_are_of_the_sixth_level():
    styles = '<w:style w:type="paragraph" w:styleId="Titre8"><w:name w:val="heading 8"/></w:style>'

    found = before_the_end("docx", docx(p(r("Détail"), properties='<w:pStyle w:val="Titre8"/>'), styles=styles))

    assert found == [(HEADING, "Détail", 6)]


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extension", FORMATS)
def test_a_nested_item_is_a_passage_of_its_own_and_the_deepest_are_of_the_third_level(extension):
    data = made("- un\n    - deux\n        - trois\n            - quatre\n- cinq\n", extension)

    assert passages(extension, data) == [
        Words(ITEM, "un", 1),
        Words(ITEM, "deux", 2),
        Words(ITEM, "trois", 3),
        Words(ITEM, "quatre", 3),
        Words(ITEM, "cinq", 1),
    ]


@pytest.mark.parametrize("extension", ["docx", "odt", "md"])
def test_ordered_items_keep_their_number(extension):
    data = made("3. trois\n4. quatre\n    a) petit a\n    b) petit b\n\nPuis.\n\n(i) premier\n(ii) second\n", extension)
    if extension == "md":
        data = data.replace(b"    a)", b"\n   a)").replace(b"    b)", b"   b)")

    assert texts(extension, data) == [
        *["3. trois", "4. quatre", "a) petit a", "b) petit b", "Puis.", "(i) premier", "(ii) second"]
    ]


def test_a_web_page_says_how_its_lists_are_numbered():
    data = '<ol start="3" type="A"><li>trois</li></ol><ol type="i"><li>un</li></ol><ul><li>puce</li></ul>'

    assert texts("html", data) == ["C. trois", "i. un", "puce"]


def test_numbers_that_no_list_reaches_are_written_in_digits():
    data = '<ol start="4000" type="I"><li>x</li></ol><ol start="27" type="a"><li>x</li></ol><ol start="-1" type="a"><li>x</li></ol>'

    assert texts("html", data) == ["4000. x", "aa. x", "-1. x"]


def test_an_items_paragraphs_are_one_passage_and_what_else_it_holds_follows():
    text = "1. un\n\n   suite\n\n   > cité\n\n   - dedans\n\n   après\n\n   | A |\n   |---|\n   | 1 |\n"

    assert [(passage.kind, passage.text, passage.level) for passage in read_typed(text).passages] == [
        (ITEM, "1. un\nsuite\ncité", 1),
        (ITEM, "dedans", 2),
        (ITEM, "après", 1),
        (ROW, "A", 1),
        (ROW, "1", 0),
    ]


LEVELS = """
<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{link}<w:lvlText w:val="{first}"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/>{again}<w:lvlText w:val="{second}"/></w:lvl>
</w:abstractNum>
<w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="8"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>
"""


def numbered(text: str, level: int = 0, rule: int = 7, style: str = "") -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{rule}"/></w:numPr>'
    return p(r(text), properties=(f'<w:pStyle w:val="{style}"/>' if style else "") + place)


def rules(first: str, second: str = "%1.%2.", form: str = "decimal", link: str = "", again: str = "") -> str:
    return LEVELS.format(first=first, second=second, form=form, link=link, again=again)


def test_numbers_that_word_computes_are_those_that_word_shows():
    body = numbered("un") + numbered("un un", 1) + numbered("un deux", 1) + numbered("deux") + numbered("deux un", 1)

    found = before_the_end("docx", docx(body, numbering=rules("%1.")))

    assert [text for _kind, text, _level in found] == ["1. un", "1.1. un un", "1.2. un deux", "2. deux", "2.1. deux un"]
    assert [level for _kind, _text, level in found] == [1, 2, 2, 1, 2]


def test_a_list_goes_on_after_a_paragraph_or_starts_again_where_it_says_so():
    body = numbered("un") + p(r("Entre deux.")) + numbered("deux") + numbered("cinq", rule=8) + numbered("six", rule=8)

    found = [text for _kind, text, _level in before_the_end("docx", docx(body, numbering=rules("%1)")))]

    assert found == ["1) un", "Entre deux.", "2) deux", "5) cinq", "6) six"]


def test_articles_numbered_by_word_are_articles():
    body = numbered("La place.") + numbered("Dedans.", 1) + numbered("Le banc.")

    found = before_the_end("docx", docx(body, numbering=rules("Article %1", "Art. %1-%2.")))

    assert found == [
        (ARTICLE, "Article 1 – La place.", 0),
        (ARTICLE, "Art. 1-1. Dedans.", 0),
        (ARTICLE, "Article 2 – Le banc.", 0),
    ]


def test_headings_are_numbered_by_their_style():
    styles = (
        '<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="7"/>'
        "</w:numPr></w:pPr></w:style>"
    )
    body = p(r("Objet"), properties='<w:pStyle w:val="Titre1"/>') + p(properties='<w:pStyle w:val="Titre1"/>')

    found = before_the_end(
        "docx",
        docx(
            body + p(r("Durée"), properties='<w:pStyle w:val="Titre1"/>'), styles=styles, numbering=rules("Article %1")
        ),
    )

    assert found == [(ARTICLE, "Article 1 Objet", 1), (ARTICLE, "Article 3 Durée", 1)]


@pytest.mark.parametrize(("again", "number"), [("", "1"), ('<w:lvlRestart w:val="0"/>', "2")])
def test_a_level_starts_again_under_the_next_one_unless_it_says_never(again, number):
    body = numbered("Titre") + numbered("un", 1) + numbered("Titre") + numbered("suivant", 1)

    found = before_the_end("docx", docx(body, numbering=rules("%1.", "%2)", form="upperRoman", again=again)))

    assert [text for _kind, text, _level in found] == ["I. Titre", "1) un", "II. Titre", f"{number}) suivant"]


# ── What holds paragraphs ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extension", ["docx", "html", "md"])
def test_quotations_code_and_definitions_are_paragraphs(extension):
    data = made(
        "> Cité.\n>\n> Encore.\n\n```\nligne 1\n  ligne 2\n\nautre\n```\n\nBanc\n:   Où l’on s’assied.\n", extension
    )

    assert passages(extension, data) == [
        Words(PARAGRAPH, text)
        for text in ("Cité.", "Encore.", "ligne 1\nligne 2", "autre", "Banc", "Où l’on s’assied.")
    ]


def test_divisions_of_a_web_page_are_what_they_hold():
    data = "<nav>Menu</nav><div><section><p>Un.</p><div>Deux.</div></section></div><address>Trois.</address>"

    assert texts("html", data) == ["Menu", "Un.", "Deux.", "Trois."]


def test_a_page_that_says_what_is_its_main_part_is_that_part():
    data = "<nav>Menu</nav><main><p>Un.</p></main><footer>Mairie</footer>"

    assert texts("html", data) == ["Un."]
    assert "main one" in notices("html", data)
    assert "main one" not in notices("html", "<nav>Menu</nav><p>Un.</p>")


@pytest.mark.parametrize("extension", FORMATS)
def test_footnotes_are_a_mark_in_the_text_and_paragraphs_at_the_end(extension):
    data = made("# Titre\n\nUn[^a] et deux[^b].\n\n[^a]: Note *une*.\n\n[^b]: Note deux.\n\n    Sa suite.\n", extension)

    found = passages(extension, data)

    assert [passage.text for passage in found] == [
        *["Titre", "Un[1] et deux[2].", "Notes", "[1] Note une.", "[2] Note deux.\nSa suite."]
    ]
    assert found[2] == Words(HEADING, "Notes", 1)
    assert "Footnotes are placed at the end (2)" in notices(extension, data)


def test_what_a_footnote_or_a_cell_says_of_an_article_stays_in_it():
    text = "| A |\n|---|\n| Article 7. x[^n] |\n\n[^n]: Article 8. y\n"

    assert [(passage.kind, passage.text) for passage in read_typed(text).passages] == [
        (ROW, "A"),
        (ROW, "Article 7. x[1]"),
        (HEADING, "Notes"),
        (PARAGRAPH, "[1] Article 8. y"),
    ]


def test_the_title_page_of_a_docx_comes_first():
    data = made("---\ntitle: Le règlement\nsubtitle: Version 2\nauthor: La mairie\ndate: 3 mai\n---\n\nTexte.", "docx")

    assert passages("docx", data) == [
        Words(HEADING, "Le règlement", 1),
        *[Words(PARAGRAPH, text) for text in ("Version 2", "La mairie", "3 mai", "Texte.")],
    ]


def test_the_title_of_an_odt_is_a_heading():
    assert passages("odt", made("---\ntitle: Le règlement\n---\n\nTexte.", "odt"))[0] == Words(
        HEADING, "Le règlement", 1
    )


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cells_are_one_line_each_and_hold_no_bar():
    html = "<table><tr><th>A</th><th>B</th></tr><tr><td>un<br>deux<p>trois</p></td><td>x | y</td></tr></table>"

    assert passages("html", html) == [Words(ROW, "A | B", 1), Words(ROW, "un / deux / trois | x ¦ y")]


def test_a_merged_cell_is_said_once_and_the_others_keep_their_columns():
    html = (
        '<table><tr><td colspan="2">A</td><td>C</td></tr><tr><td rowspan="2">V</td><td>x</td><td>y</td></tr>'
        '<tr><td>z</td><td></td></tr><tr><td colspan="3">Fin</td></tr></table>'
    )

    assert texts("html", html) == ["A |  | C", "V | x | y", "| z", "Fin"]


def test_a_list_or_a_table_inside_a_cell_is_flattened():
    html = (
        "<table><tr><td><ol><li>un</li><li>deux</li></ol></td>"
        "<td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>"
    )

    assert texts("html", html) == ["1. un / 2. deux | a ¦ b"]


@pytest.mark.parametrize("extension", ["docx", "odt", "html"])
def test_the_caption_of_a_table_comes_before_it(extension):
    data = made("| A |\n|---|\n| 1 |\n\n: Ce qu’elle dit\n", extension)

    assert texts(extension, data) == ["Ce qu’elle dit", "A", "1"]


def test_the_foot_and_the_empty_rows_of_a_table():
    html = "<table><tbody><tr><td>1</td></tr><tr><td> </td></tr></tbody><tfoot><tr><td>Total</td></tr></tfoot></table>"

    assert passages("html", html) == [Words(ROW, "1"), Words(ROW, "Total")]


def test_no_cell_of_a_docx_is_lost_when_rows_are_uneven():
    def row(*cells, properties=""):
        return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"

    def cell(text, properties=""):
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(r(text))}</w:tc>"

    body = (
        "<w:tbl><w:tblPr/>"
        + row(cell("a"), properties='<w:gridBefore w:val="1"/>')
        + row(cell("b"), cell("c"), cell("d"))
        + row(cell("e", '<w:gridSpan w:val="2"/>'), cell("f"))
        + "</w:tbl>"
    )

    assert [text for _kind, text, _level in before_the_end("docx", docx(body))] == ["| a", "b | c | d", "e |  | f"]


def test_a_table_that_claims_too_many_columns_is_refused():
    html = f'<table><tr><td colspan="{reading.MOST_COLUMNS + 1}">A</td></tr></table>'

    assert "251 columns, 250 at most" in refusal("a.html", html.encode())[0]


# ── Inside a passage ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed_text", "text"),
    [
        ("**gras** *italique* `code` ~~rayé~~", "gras italique code rayé"),
        ("un\\\ndeux", "un\ndeux"),
        ("un  \ndeux", "un\ndeux"),
        ("un\ndeux", "un deux"),
        ("a\u00a0: b\u202f! c", "a\u00a0: b\u202f! c"),
        ("a\u2003b \t c", "a b c"),
        ("in\u00advisible\u200b, \u202eenvers", "invisible, envers"),
        ("e\u0301te\u0301", "été"),
        ("[le site](https://digne.fr/a?b=1)", "le site (https://digne.fr/a?b=1)"),
        ("[écrire](mailto:mairie@digne.fr)", "écrire (mairie@digne.fr)"),
        ("<https://digne.fr> <mairie@digne.fr>", "https://digne.fr mairie@digne.fr"),
        ("[www.digne.fr](https://www.digne.fr/)", "www.digne.fr"),
        ("[ici](/page) [là](#ancre) [non](javascript:alert(1))", "ici là non"),
        ("3 < 4 & 5 > 2", "3 < 4 & 5 > 2"),
    ],
)
def test_what_a_passage_says(typed_text, text):
    assert typed(typed_text) == [text]


def test_exponents_stay_exponents_and_letters_stay_on_the_line():
    html = "<p>m<sup>2</sup>, 10<sup>-3</sup>, CO<sub>2</sub>, 1<sup>er</sup>, <q>oui</q></p>"

    assert texts("html", html) == ["m², 10⁻³, CO₂, 1er, “oui”"]


def test_a_formula_is_its_source():
    assert texts("docx", made("Soit $x^2$.", "docx")) == ["Soit x^{2}."]
    assert texts("html", "<p>Soit <math><mi>y</mi></math>.</p>") == ["Soit y."]


def test_every_text_is_in_form_c_and_nothing_is_empty():
    html = "<p>e\u0301</p><p>&nbsp;</p><p> </p><h2></h2><ul><li></li></ul><ol><li><b> </b></li></ol><p>fin</p>"

    found = texts("html", html)

    assert found == ["é", "fin"]
    assert all(unicodedata.is_normalized("NFC", text) for text in found)


def test_struck_words_are_kept_and_the_editor_is_told():
    assert "struck through are kept as ordinary words (2)" in notices("md", "Un ~~deux~~ et ~~trois~~.")


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("alt", "text"),
    [
        ("Plan de la place", "Voir [Picture: Plan de la place]."),
        ("", "Voir ."),
        ("IMG_2041.JPG", "Voir ."),
        ("plan de la place.png", "Voir ."),
        ("Image 3", "Voir ."),
    ],
)
def test_a_picture_is_what_is_said_of_it(alt, text):
    data = f"Voir ![{alt}](plan.png)."

    assert typed(data) == [text]
    assert "Pictures are left out (1)" in notices("md", data)


def drawing(description: str) -> str:
    return (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        f'<wp:docPr id="1" name="Image 1" descr="{description}"/></wp:inline></w:drawing></w:r>'
    )


def test_pictures_charts_and_objects_of_a_docx_are_counted():
    fallback = '<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" alt="Vieille"/></w:pict></w:r>'
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{drawing('Neuve')}</mc:Choice><mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
    )
    rule = '<w:r><w:pict><v:rect xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:x" o:hr="t"/></w:pict></w:r>'
    data = docx(p(r("Voir "), drawing("Le plan"), both, fallback, "<w:r><w:object/></w:r>", rule))

    assert before_the_end("docx", data) == [(PARAGRAPH, "Voir [Picture: Le plan][Picture: Neuve][Picture: Vieille]", 0)]
    assert "Pictures are left out (4)" in notices("docx", data)


def test_the_picture_of_an_odt_keeps_its_description():
    frame = '<draw:frame><draw:image xlink:href="Pictures/1.png"/><svg:desc>Le plan</svg:desc></draw:frame>'
    data = odt(f"<text:p>Voir {frame}, puis.</text:p>")

    assert before_the_end("odt", data) == [(PARAGRAPH, "Voir [Picture: Le plan], puis.", 0)]
    assert "Pictures are left out (1)" in notices("odt", data)


def test_a_figure_does_not_say_its_caption_twice():
    html = '<figure><img src="a.png" alt="La place"><figcaption>La <del>place</del></figcaption></figure>'

    assert texts("html", html) == ["La place"]
    assert "Pictures are left out (1)" in notices("html", html)
    assert "ordinary words (1)" in notices("html", html)


def test_a_document_of_pictures_alone_is_refused_as_a_scan():
    assert "scanned" in refusal("a.html", b'<p><img src="page1.png"></p>')[0]


# ── What word processors hide ────────────────────────────────────────────────────────────────────────────────────────


def test_tracked_changes_of_a_docx_are_accepted():
    body = p(
        r("La place est "),
        '<w:del w:id="1" w:author="a"><w:r><w:delText>ancienne</w:delText></w:r></w:del>',
        f'<w:ins w:id="2" w:author="a">{r("nouvelle")}</w:ins>',
    ) + (
        "<w:tbl><w:tblPr/><w:tr><w:trPr><w:del w:id='3' w:author='a'/></w:trPr><w:tc>" + p(r("ôtée")) + "</w:tc></w:tr>"
        "<w:tr><w:tc>" + p(r("gardée")) + "</w:tc></w:tr></w:tbl>"
    )

    data = docx(body)

    assert [text for _kind, text, _level in before_the_end("docx", data)] == ["La place est nouvelle", "gardée"]
    assert "Tracked changes are accepted" in notices("docx", data)
    assert notices("docx", docx("")) == ""


def test_tracked_changes_of_an_odt_are_accepted():
    data = odt(
        '<text:tracked-changes><text:changed-region text:id="c"><text:deletion><text:p>ancienne</text:p></text:deletion>'
        '</text:changed-region></text:tracked-changes><text:p>La place <text:change text:change-id="c"/>nouvelle</text:p>'
    )

    assert before_the_end("odt", data) == [(PARAGRAPH, "La place nouvelle", 0)]
    assert "Tracked changes are accepted" in notices("odt", data)


def test_comments_of_a_docx_are_left_out():
    comment = (
        '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:comment w:id="0" w:author="Jean">{p(r("À revoir"))}</w:comment></w:comments>'
    )
    body = p(
        '<w:commentRangeStart w:id="0"/>',
        r("La place"),
        '<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>',
    )

    data = rewritten(docx(body), {"word/comments.xml": comment.encode()})

    assert before_the_end("docx", data) == [(PARAGRAPH, "La place", 0)]
    assert "Comments are left out." in notices("docx", data)


def test_comments_of_an_odt_are_left_out():
    data = odt("<text:p>La place<office:annotation><text:p>À revoir</text:p></office:annotation></text:p>")

    assert before_the_end("odt", data) == [(PARAGRAPH, "La place", 0)]
    assert "Comments are left out." in notices("odt", data)


def test_macros_are_left_out():
    assert "Macros are left out." in notices("docx", rewritten(docx(""), {"word/vbaProject.bin": b"\xd0\xcf"}))
    assert "Macros are left out." in notices("odt", rewritten(odt(""), {"Basic/Standard/Module1.xml": b"<x/>"}))


def test_what_is_handed_on_holds_xml_alone():
    data = rewritten(docx(p(drawing("x"))), {"word/vbaProject.bin": b"\xd0\xcf", "word/media/a.png": PICTURE})

    with zipfile.ZipFile(io.BytesIO(packages.open_docx(data).data)) as archive:
        assert {name.rpartition(".")[2] for name in archive.namelist()} == {"xml", "rels"}


def test_hidden_text_stays_hidden():
    hidden = docx(p(r("vu "), r("caché", "<w:vanish/>"), r("vu aussi", '<w:vanish w:val="0"/>')))
    section = odt('<text:section text:name="s" text:display="none"><text:p>caché</text:p></text:section>')

    assert before_the_end("docx", hidden) == [(PARAGRAPH, "vu vu aussi", 0)]
    assert before_the_end("odt", section) == []
    assert "Hidden text is left out." in notices("docx", hidden)
    assert "Hidden text is left out." in notices("odt", section)


def test_text_boxes_follow_their_paragraph():
    box = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
        f"<w:drawing><w:txbxContent>{p(r('Encadré'))}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f"<w:txbxContent>{p(r('Encadré'))}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    frame = "<draw:frame><draw:text-box><text:p>Encadré</text:p></draw:text-box></draw:frame>"

    for extension, data in [("docx", docx(p(r("Avant"), box))), ("odt", odt(f"<text:p>Avant{frame}</text:p>"))]:
        assert [text for _kind, text, _level in before_the_end(extension, data)] == ["Avant", "Encadré"]
        assert "Text boxes (1)" in notices(extension, data)


def test_fields_are_what_they_show():
    simple = docx(p(r("Tableau "), f'<w:fldSimple w:instr=" SEQ Tableau ">{r("1")}</w:fldSimple>', r(" : les bancs")))
    dated = odt("<text:p>Le <text:date>3 mai</text:date>, <text:user-field-get>Digne</text:user-field-get></text:p>")

    assert before_the_end("docx", simple) == [(PARAGRAPH, "Tableau 1 : les bancs", 0)]
    assert before_the_end("odt", dated) == [(PARAGRAPH, "Le 3 mai, Digne", 0)]


def test_a_table_of_contents_is_left_out():
    line = p(r("Article 7 – Objet 12"), properties='<w:pStyle w:val="TM1"/>')
    styles = '<w:style w:type="paragraph" w:styleId="TM1"><w:name w:val="toc 1"/></w:style>'
    framed = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent>{p(r('Sommaire'))}</w:sdtContent></w:sdt>"
    )
    index = odt(
        '<text:table-of-content text:name="s"><text:index-body><text:p>Objet 12</text:p></text:index-body>'
        "</text:table-of-content>"
    )

    assert before_the_end("docx", docx(line + framed, styles=styles)) == []
    assert before_the_end("odt", index) == []
    for extension, data in [("docx", docx(line, styles=styles)), ("docx", docx(framed)), ("odt", index)]:
        assert "table of contents is left out" in notices(extension, data)


def test_a_control_around_words_is_no_reason_to_lose_them():
    body = f"<w:sdt><w:sdtContent>{p(r('Dans un contrôle'))}</w:sdtContent></w:sdt>"

    assert before_the_end("docx", docx(body)) == [(PARAGRAPH, "Dans un contrôle", 0)]


def test_the_editor_is_told_when_the_headings_of_an_odt_number_themselves():
    level = '<text:outline-level-style text:level="1" style:num-format="1"/>'
    data = rewritten(
        made("# Objet", "odt"),
        {
            "styles.xml": lambda xml: re.sub(
                r"<text:outline-level-style[^>]*(/>|>.*?</text:outline-level-style>)", level, xml, count=1, flags=re.S
            )
        },
    )

    assert "numbers that the word processor writes by itself" in notices("odt", data)


def test_another_part_may_hold_the_text_of_a_docx():
    """As some online editors write it."""
    data = rewritten(
        made("Bonjour.", "docx"),
        {
            "[Content_Types].xml": lambda xml: xml.replace("word/document.xml", "word/document2.xml"),
            "_rels/.rels": lambda xml: xml.replace("word/document.xml", "word/document2.xml"),
        },
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        moved = {
            "word/document2.xml": archive.read("word/document.xml"),
            "word/_rels/document2.xml.rels": archive.read("word/_rels/document.xml.rels"),
        }

    data = rewritten(data, moved, without=["word/document.xml", "word/_rels/document.xml.rels"])

    assert texts("docx", data) == ["Bonjour."]


# ── Web pages, Markdown ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>SECRET</script>",
        "<SCRIPT type='module'>if (a<b) 'SECRET'</SCRIPT >",
        "<style>.SECRET {}</style>",
        "<p><script>SECRET",
        "<style>SECRET",
        "<title>SECRET</title>",
        "<!-- SECRET -->",
        "<!-- <p>SECRET",
        "<noscript>SECRET</noscript>",
        "<template><p>SECRET</p></template>",
        "<iframe src='http://exemple.invalid/'>SECRET</iframe>",
    ],
)
def test_what_a_web_page_does_not_show_is_no_text(hidden):
    assert texts("html", f"<html><head><title>SECRET</title></head><body><p>Vu.</p>{hidden}") == ["Vu."]


def test_a_web_page_fetches_nothing(monkeypatch):
    """Not even what we do not take out of it ourselves."""
    monkeypatch.setattr(reading, "SECONDS", 3)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        html = f'<p>Vu.</p><iframe src="{address}"></iframe><img src="{address}"><object data="{address}"></object>'

        assert texts("html", html) == ["Vu."]
        with suppress(Unreadable):
            reading._pandoc(html.encode(), "html")

        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_html_in_markdown_is_its_words():
    text = (
        "Un <b>gros</b> banc<br>rouge <script>alert(1)</script>, <nom du projet>.\n\n<div>\n<p>Un &amp; deux</p>\n"
        "<p>Trois</p>\n</div>\n\n<!-- rien -->\n\n<style>\np {}\n</style>\n"
    )

    assert typed(text) == ["Un gros banc\nrouge , <nom du projet>.", "Un & deux\nTrois"]
    assert "HTML tags" in notices("md", text)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("extension", ["html", "md"])
def test_the_encoding_of_a_text_is_found(codec, extension):
    words = "L’été – « forêt », œuvre, 5 €"

    assert texts(extension, words.encode(codec)) == [words]


def test_a_web_page_that_is_wrong_on_its_encoding_is_read_all_the_same():
    html = '<html><head><meta charset="iso-8859-1"></head><body><p>L’été</p></body></html>'

    assert texts("html", html.encode()) == ["L’été"]


# ── Refusals: what the file is ───────────────────────────────────────────────────────────────────────────────────────

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


def archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        pytest.param("notes.txt", b"Bonjour", "“notes.txt” is not read here", id="an extension we do not read"),
        pytest.param("notes", b"Bonjour", "“notes” is not read here", id="no extension"),
        pytest.param("a.docm", made("Bonjour", "docx"), "“a.docm” is not read here", id="a document with macros"),
        pytest.param("a.docx", PDF, "This is a PDF", id="a renamed PDF"),
        pytest.param("a.pdf", PDF, "This is a PDF", id="a PDF"),
        pytest.param("a.md", PDF, "This is a PDF", id="a PDF called Markdown"),
        pytest.param("a.doc", OLD, "old format", id="an old Word document"),
        pytest.param("a.docx", OLD, "password", id="a protected or renamed old document"),
        pytest.param("a.xls", OLD, "old format", id="an old workbook"),
        pytest.param("a.odt", b"{\\rtf1 Bonjour}", "RTF", id="RTF"),
        pytest.param("a.docx", PICTURE, "This is a picture", id="a picture"),
        pytest.param("a.html", b"\xff\xd8\xff\xe0" + b"\0" * 50, "This is a picture", id="a photograph"),
        pytest.param("a.docx", archive(xl__workbook=b"x"), "spreadsheet", id="a workbook"),
        pytest.param(
            "a.odt", archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "spreadsheet", id="an ODS"
        ),
        pytest.param("a.docx", archive(ppt__presentation=b"x"), "slides", id="slides"),
        pytest.param("a.docx", archive(photo=b"x"), "compressed file", id="any archive"),
        pytest.param("a.odt", made("Bonjour", "docx"), "rename it to end with .docx", id="a DOCX called ODT"),
        pytest.param("a.docx", made("Bonjour", "odt"), "rename it to end with .odt", id="an ODT called DOCX"),
        pytest.param("a.md", made("Bonjour", "docx"), "rename it to end with .docx", id="a DOCX called Markdown"),
        pytest.param("a.docx", b"Bonjour", "plain text, not DOCX", id="a text called DOCX"),
        pytest.param("a.odt", b"<html><p>Bonjour", "plain text, not ODT", id="a web page called ODT"),
        pytest.param("a.md", b" <!DOCTYPE html><p>Bonjour", "web page, not Markdown", id="a web page called Markdown"),
        pytest.param("a.md", bytes(random.Random(1).randbytes(5000)), "not text", id="noise"),
        pytest.param("a.md", b"Bonjour\0", "not text", id="a null"),
        pytest.param("a.html", b"\x01\x02\x03abc", "not text", id="control signs"),
        pytest.param("a.md", b"", "empty", id="nothing"),
        pytest.param("a.docx", b" \r\n\t", "empty", id="blank"),
        pytest.param("a.md", b"\xef\xbb\xbf", "no text", id="only a mark"),
        pytest.param(
            "a.html", b"<html><head><title>T</title></head><body></body></html>", "no text", id="an empty page"
        ),
        pytest.param("a.docx", made("", "docx"), "no text", id="an empty DOCX"),
        pytest.param("a.odt", made("", "odt"), "no text", id="an empty ODT"),
        pytest.param("a.docx", made("Bonjour", "docx")[:2000], "damaged", id="cut"),
        pytest.param("a.docx", b"PK\x03\x04" + b"\0" * 100, "damaged", id="the beginning of an archive"),
        pytest.param("a.docx", archive(**{"word__document.xml": b"<w:x"}), "damaged", id="cut XML"),
        pytest.param("a.docx", archive(**{"word__document.xml": b"<x/>"}), "damaged", id="XML of something else"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused_with_what_to_do(name, data, reason):
    assert reason in refusal(name, data)[0]


def test_a_file_too_large_is_refused():
    assert "20 MB at most" in refusal("a.md", b"a" * (MAX_FILE + 1))[0]


def test_an_empty_typed_text_is_refused():
    with pytest.raises(Unreadable, match="There is no text"):
        read_typed(" \n ")


def test_an_odt_with_a_password_is_refused():
    old = rewritten(
        odt(""),
        {
            "META-INF/manifest.xml": lambda xml: xml.replace(
                "</manifest:manifest>", "<encryption-data/></manifest:manifest>"
            )
        },
    )
    new = rewritten(odt(""), {"encrypted-package": b"x"})

    assert "password" in refusal("a.odt", old)[0]
    assert "password" in refusal("a.odt", new)[0]


def test_an_encrypted_archive_is_refused():
    data = bytearray(made("Bonjour", "docx"))
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1

    assert "password" in refusal("a.docx", bytes(data))[0]


# ── Refusals: limits ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_too_many_passages_are_counted():
    with pytest.raises(Unreadable, match=f"makes {MAX_PASSAGES + 1} passages.*{MAX_PASSAGES} at most"):
        read_typed("mot\n\n" * (MAX_PASSAGES + 1))
    assert len(read_typed("mot\n\n" * MAX_PASSAGES).passages) == MAX_PASSAGES


def test_passages_too_long_are_named_five_at_most():
    def paragraph(number, length):
        return f"Paragraphe {number} " + "x" * (length - len(f"Paragraphe {number} "))

    with pytest.raises(Unreadable) as refused:
        read_typed("\n\n".join(paragraph(number, MAX_LENGTH + number) for number in range(8)))

    assert [re.findall(r"“(Paragraphe \d)", message) for message in refused.value.messages[:5]] == [
        [f"Paragraphe {number}"] for number in range(1, 6)
    ]
    assert f"{MAX_LENGTH + 1} characters, {MAX_LENGTH} at most" in refused.value.messages[0]
    assert refused.value.messages[5:] == ["Other passages that are too long: 2."]


def bomb(extension: str, size: int, part: str = "bomb.xml") -> bytes:
    return rewritten(made("Bonjour", extension), {part: b" " * size})


@pytest.mark.parametrize("extension", ["docx", "odt"])
def test_what_grows_too_much_when_unpacked_is_refused(extension):
    data = bomb(extension, 10 * 1024 * 1024)

    assert len(data) < 100_000
    assert "far too large" in refusal(f"a.{extension}", data)[0]


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_ENTRIES", 5), ("MOST_UNPACKED", 2000), ("MOST_XML", 2000), ("MOST_ELEMENTS", 20)]
)
def test_each_limit_of_an_archive_is_enforced(monkeypatch, limit, value):
    data = made("Bonjour", "docx")
    monkeypatch.setattr(packages, limit, value)

    assert "far too large" in refusal("a.docx", data)[0]


def test_an_archive_that_lies_about_its_sizes_is_not_believed():
    """What it announces is small; what it holds is not."""
    data = bytearray(bomb("docx", 100 * 1024 * 1024))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo("bomb.xml")
    start = data.rindex(b"PK\x01\x02")
    data[start + 24 : start + 28] = (10).to_bytes(4, "little")
    data[entry.header_offset + 22 : entry.header_offset + 26] = (10).to_bytes(4, "little")

    started = time.monotonic()

    assert "damaged" in refusal("a.docx", bytes(data))[0]
    assert time.monotonic() - started < 5


def test_the_same_name_twice_is_one_part():
    stream = io.BytesIO(made("Bonjour", "docx"))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", archive.read("word/document.xml").replace(b"Bonjour", b"Bonsoir"))

    assert texts("docx", stream.getvalue()) == ["Bonsoir"]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("doctype", [f"{LAUGHS}]>", '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'])
@pytest.mark.parametrize(("extension", "part"), [("docx", "word/document.xml"), ("odt", "content.xml")])
def test_entities_neither_grow_nor_read_a_file(extension, part, doctype, codec):
    def harmful(xml):
        text = doctype + xml.split("?>", 1)[-1].replace("Bonjour", "&i;")
        return text if codec == "utf-8" else text.encode(codec)

    original = made("Bonjour", extension)
    with zipfile.ZipFile(io.BytesIO(original)) as archive:
        content = harmful(archive.read(part).decode())
    data = rewritten(original, {part: content.encode() if isinstance(content, str) else content})

    assert "damaged" in refusal(f"a.{extension}", data)[0]


def test_entities_of_a_web_page_neither_grow_nor_read_a_file():
    html = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY e SYSTEM "file:///etc/passwd">]><p>&a; &e;</p>'

    assert "root:" not in " ".join(texts("html", html))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.md", b"> " * 3000 + b"x", id="quotations"),
        pytest.param("a.html", b"<div>" * 3000 + b"x", id="divisions"),
        pytest.param("a.docx", docx("<w:sdt><w:sdtContent>" * 3000 + "</w:sdtContent></w:sdt>" * 3000), id="controls"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(name, data):
    assert "too deeply" in refusal(name, data)[0]


def test_a_cell_cannot_claim_the_memory_of_the_machine(monkeypatch):
    monkeypatch.setattr(reading, "MEMORY", "64M")

    html = b'<table><tr><td colspan="1000000000">A</td></tr></table>'
    started = time.monotonic()

    assert "too long, or too complex" in refusal("a.html", html)[0]
    assert time.monotonic() - started < 5


def test_reading_takes_a_limited_time(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.2)
    monkeypatch.setattr(reading.resource, "prlimit", Mock())

    started = time.monotonic()

    assert "too long, or too complex" in refusal("a.html", b"<div>" * 200_000 + b"x")[0]
    assert time.monotonic() - started < 3


def test_a_reading_whose_reader_is_gone_ends_as_well(monkeypatch):
    """Nobody is there to count the seconds; the system counts those of the processor."""
    monkeypatch.setattr(reading, "SECONDS", 0.2)
    monkeypatch.setattr(reading, "Timer", lambda seconds, kill: Mock())
    based_on_itself = '<style:style style:name="x" style:family="paragraph" style:parent-style-name="x"/>'
    data = rewritten(
        odt('<text:p text:style-name="x">Sans fin</text:p>'),
        {
            "content.xml": lambda xml: xml.replace(
                "<office:automatic-styles>", f"<office:automatic-styles>{based_on_itself}"
            )
        },
    )

    assert "too long, or too complex" in refusal("a.odt", data)[0]


def test_an_answer_has_a_limited_size(monkeypatch):
    monkeypatch.setattr(reading, "MOST_JSON", 10_000)

    assert "too long, or too complex" in refusal("a.md", b"mot " * 10_000)[0]


def test_a_list_cannot_claim_numbers_that_cost():
    levels = rules("%1.").replace('<w:start w:val="1"/>', f'<w:start w:val="{"9" * 5000}"/>')

    assert before_the_end("docx", docx(numbered("un"), numbering=levels)) == [(ITEM, "1. un", 1)]


def test_styles_based_on_each_other_end():
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/><w:basedOn w:val="{other}"/></w:style>'
        for name, other in ("ab", "ba")
    )
    tree = packages._tree(f"<w:styles>{styles}</w:styles>".encode())
    paragraph = packages._tree(b'<w:p><w:pPr><w:pStyle w:val="a"/></w:pPr></w:p>')

    assert [name for name, _style in word._Styles(tree).of(paragraph)] == ["a", "b"]


@pytest.mark.parametrize("extension", ["docx", "odt"])
def test_any_damage_to_a_document_is_a_sentence(extension):
    data = made("# Titre\n\nTexte[^1].\n\n1. un\n2. deux\n\n| A |\n|---|\n| 1 |\n\n[^1]: Note.\n", extension)
    chance = random.Random(2026)

    for _turn in range(40):
        damaged = bytearray(data)
        for _byte in range(chance.choice([1, 20])):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        damaged = damaged[: chance.choice([len(data), chance.randrange(4, len(data))])]
        try:
            read_document(f"a.{extension}", bytes(damaged))
        except Unreadable as reason:
            assert reason.messages  # noqa: PT017 – either a reading or a reason, never something else


# ── Two hundred pages ────────────────────────────────────────────────────────────────────────────────────────────────


def two_hundred_pages() -> str:
    chance = random.Random(2026)
    words = "la place marché habitants projet école avis concertation voirie budget conseil décision article".split()

    def sentence(length):
        return " ".join(chance.choice(words) for _turn in range(length)).capitalize() + "."

    pages = []
    for number in range(200):
        pages += [f"# Article {number + 1} – {sentence(5)}"] if number % 5 else [f"# Chapitre {sentence(4)}"]
        note = f"^[{sentence(15)}]" if number % 4 == 0 else ""
        pages += [f"{sentence(150)}{note}", sentence(150), sentence(150)]
        pages += [f"1. {sentence(10)}\n2. {sentence(10)}", f"- {sentence(10)}\n    - {sentence(8)}"]
        if number % 10 == 0:
            pages += ["| A | B |\n|---|---|\n" + f"| {sentence(5)} | {sentence(5)} |\n" * 5]
    return "\n\n".join(pages)


def test_two_hundred_pages_are_read_in_seconds():
    markdown = two_hundred_pages()
    data = made(markdown, "docx")
    started = time.monotonic()

    found = passages("docx", data)

    elapsed = time.monotonic() - started
    print(f"\n{len(markdown.split())} words, {len(data)} bytes, {len(found)} passages: {elapsed:.1f} s")
    assert sum(passage.text.startswith("[") for passage in found) == 50
    assert elapsed < 10
