"""What those who carry a document take away of the remarks: spreadsheets, and a Word file with comments."""

import csv
import io
import subprocess
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches
from django.utils import timezone, translation
from openpyxl import load_workbook

from participation.consultations.actions import react, withdraw, withhold
from participation.consultations.models import Contribution, Reason
from participation.review import drafts, exports
from participation.review.actions import edit_remark, merge_remarks, reply_to, tag_remark, take_remark
from participation.review.exports import COLUMNS, EXPORTS, every_row
from participation.review.models import Remark, Review, Version
from participation.review.passages import Kind, Words
from participation.review.reading import HEAP_EXHAUSTED
from participation.spreadsheets import as_cell
from tests.factories import CHARTER, a_consultation, a_remark, a_review, a_user

pytestmark = pytest.mark.django_db

OPENED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
READ = {f"{WORD}t", f"{WORD}br"}


@pytest.fixture(autouse=True)
def _english(settings):
    """The headings as the code says them, whatever the catalogue knows."""
    settings.LANGUAGE_CODE = "en"
    yield
    # Addresses written meanwhile have no "/en/": those of the next test have one.
    clear_url_caches()


@pytest.fixture
def review(organisation):
    return a_review(consultation=a_consultation("La charte", organiser=organisation), at=OPENED)


def new_version(review, changes: dict[int, str | None]) -> Review:
    """The review, with a version where these passages read otherwise; None takes one out."""
    draft = drafts.next_version(review, None)
    for number, text in changes.items():
        if text is None:
            drafts.remove_passage(draft, number, None)
        else:
            drafts.change_passage(draft, number, None, words=Words(CHARTER[number - 1].kind, text))
        draft = Version.objects.get(pk=draft.pk)
    drafts.publish_version(draft)
    return Review.objects.get(pk=review.pk)


def table_of(review) -> list[list[str | int]]:
    """What the spreadsheets hold: the headings, then a row for each remark."""
    rows = [[as_cell(value) if isinstance(value, str) else value for value in row] for row in every_row(review)]
    return [[str(column.heading) for column in COLUMNS], *rows]


def many_remarks(review, count: int) -> list[Remark]:
    """Rows as the verb writes them, without its care for each."""
    author, texts = a_user(), review.current.rows
    common = {"activity": review, "author": author, "body": "Trois mois, c’est long.", "state": "published"}
    Contribution.objects.bulk_create(Contribution(**common, created_at=timezone.now()) for _number in range(count))
    for number, contribution in enumerate(Contribution.objects.filter(author=author).order_by("pk")):
        Remark(
            contribution_ptr=contribution,
            review=review,
            passage=texts[number % len(texts)].passage,
            version=review.current,
            nature=Remark.Nature.COMMENT,
            quote_start=number % 9,
            quote_end=number % 9 + 10,
        ).save_base(raw=True)
    return list(Remark.objects.filter(author=author))


def rows_of(review) -> list[dict]:
    """The rows of the table, by heading."""
    headings, *rows = table_of(Review.objects.get(pk=review.pk))
    return [dict(zip(headings, row, strict=True)) for row in rows]


def said_in(review) -> list[str]:
    return [row["Remark"] for row in rows_of(review)]


def exported(review, extension: str) -> bytes:
    return b"".join(EXPORTS[extension][1](Review.objects.get(pk=review.pk)))


def as_words(element) -> str:
    """The text of a part of a Word file."""
    return "".join("\n" if node.tag == f"{WORD}br" else node.text or "" for node in element.iter() if node.tag in READ)


class WordFile:
    """A Word file, read again."""

    def __init__(self, content: bytes):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            self.body = ElementTree.fromstring(parts.read("word/document.xml")).find(f"{WORD}body")
            comments = ElementTree.fromstring(parts.read("word/comments.xml"))
        self.comments = {int(comment.get(f"{WORD}id")): comment for comment in comments}

    def comment(self, remark) -> str:
        return as_words(self.comments[remark.pk])

    def beside(self, remark) -> str:
        """The words a comment is about."""
        said, is_inside = "", False
        for node in self.body.iter():
            if node.tag in (f"{WORD}commentRangeStart", f"{WORD}commentRangeEnd"):
                if int(node.get(f"{WORD}id")) == remark.pk:
                    is_inside = node.tag == f"{WORD}commentRangeStart"
            elif is_inside and node.tag in READ:
                said += node.text or ""
        assert not is_inside
        return said

    def paragraphs(self) -> list[tuple[str, str]]:
        """The style of each paragraph, and its words."""
        styles = [
            (paragraph.find(f"{WORD}pPr/{WORD}pStyle"), as_words(paragraph)) for paragraph in self.body.iter(f"{WORD}p")
        ]
        return [("" if style is None else style.get(f"{WORD}val"), words) for style, words in styles]


def word_file(review) -> WordFile:
    return WordFile(exported(review, "docx"))


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_remark_is_a_row_that_says_all_of_it(review, resident):
    remark = a_remark(
        review,
        resident,
        5,
        "Trois mois, c’est long.",
        wording="La commune répond dans un délai d’un mois.",
        quote=(3, 10),
        at=datetime(2026, 7, 14, 16, 30, 5, tzinfo=UTC),
    )
    react(remark, a_user(), "agree")
    react(remark, a_user(), "agree")
    react(remark, a_user(), "nuance")
    react(remark, a_user(), "disagree")
    reply_to(remark, a_user(), body="D’accord.")
    review = new_version(review, {5: "La commune répond dans un délai de deux mois."})

    row = rows_of(review)[0]

    assert row == {
        "Passage": "Article 2, passage 1",
        "Passage number": 5,
        "Text commented": CHARTER[4].text,
        "Version commented": 1,
        "Text today": "La commune répond dans un délai de deux mois.",
        "What the passage has become": "text changed",
        "Kind": "amendment",
        "Remark number": remark.pk,
        "Answers remark number": "",
        "Author": "Mireille du Bléone",
        "Organisation": "",
        "Date": "2026-07-14 18:30:05",
        "Words quoted": "commune",
        "Remark": "Trois mois, c’est long.",
        "Proposed wording": "La commune répond dans un délai d’un mois.",
        "Agree": 2,
        "Nuance": 1,
        "Disagree": 1,
        "Replies": 1,
        "Working tags": "",
        "Read with remark number": "",
        "Outcome": "",
        "Reason given": "",
        "Address": f"http://testserver{remark.get_absolute_url()}",
    }


def test_a_reply_is_a_row_that_says_what_it_answers_and_for_whom(review, resident, agent):
    remark = a_remark(review, resident, 5)
    reply = reply_to(remark, agent, body="Nous y travaillons.", on_behalf_of=review.consultation.organiser)

    row = rows_of(review)[1]

    assert (row["Kind"], row["Remark number"], row["Answers remark number"]) == ("reply", reply.pk, remark.pk)
    assert (row["Author"], row["Organisation"]) == ("Service urbanisme", "Ville de Digne-les-Bains")
    assert (row["Passage number"], row["Text commented"]) == (5, CHARTER[4].text)


def test_remarks_come_in_the_order_of_the_text_then_of_their_dates(review):
    a_remark(review, a_user(), 5, "Sur le délai, d’abord.")
    a_remark(review, a_user(), 2, "Sur le titre.")
    a_remark(review, a_user(), 5, "Sur le délai, ensuite.")
    draft = drafts.next_version(review, None)
    for _place in range(4):
        draft = drafts.move_passage(Version.objects.get(pk=draft.pk), 5, None, up=True)
    drafts.publish_version(Version.objects.get(pk=draft.pk))

    assert said_in(review) == ["Sur le délai, d’abord.", "Sur le délai, ensuite.", "Sur le titre."]


def test_replies_stay_next_to_their_remark(review):
    first, second = a_remark(review, a_user(), 5, "Un."), a_remark(review, a_user(), 5, "Deux.")
    for remark, body in [(second, "Deux, réponse."), (first, "Un, réponse."), (first, "Un, autre réponse.")]:
        reply_to(remark, a_user(), body=body)

    assert said_in(review) == ["Un.", "Un, réponse.", "Un, autre réponse.", "Deux.", "Deux, réponse."]


def test_what_was_said_of_removed_passages_comes_last_with_the_words_its_authors_read(review):
    for number, body in [(7, "Et à l’oral ?"), (4, "Un autre titre."), (5, "Bien.")]:
        a_remark(review, a_user(), number, body)
    review = new_version(review, {4: None, 7: None})

    rows = rows_of(review)

    assert [row["Remark"] for row in rows] == ["Bien.", "Un autre titre.", "Et à l’oral ?"]
    assert [row["What the passage has become"] for row in rows] == ["same text", "passage removed", "passage removed"]
    assert (rows[2]["Text commented"], rows[2]["Text today"]) == ("en donnant ses raisons.", "")
    assert (rows[1]["Passage"], rows[2]["Passage"]) == ("Article 2", "Article 2, passage 3")


def test_what_is_not_published_is_not_taken_away(organisation, moderator):
    review = a_review(consultation=a_consultation(organiser=organisation))
    kept, withheld, withdrawn = (a_remark(review, a_user(), 5, body) for body in ["Gardée.", "Retenue.", "Retirée."])
    withhold(withheld, moderator, reason=Reason.OFF_TOPIC)
    withdraw(withdrawn, withdrawn.author)
    Review.objects.filter(pk=review.pk).update(moderation="a_priori")
    a_remark(Review.objects.get(pk=review.pk), a_user(), 5, "En attente.")
    edit_remark(Remark.objects.get(pk=kept.pk), kept.author, body="Récrite, en attente.")

    assert said_in(review) == ["Gardée."]
    assert all(
        words not in exported(review, "csv").decode() for words in ["Retenue", "Retirée", "En attente", "Récrite"]
    )
    assert list(word_file(review).comments) == [kept.pk]


def test_a_reply_keeps_its_place_when_what_it_answers_was_taken_down(review, moderator):
    first, second = a_remark(review, a_user(), 5, "Un."), a_remark(review, a_user(), 5, "Deux.")
    reply = reply_to(first, a_user(), body="Un, réponse.")
    withhold(first, moderator, reason=Reason.OFF_TOPIC)

    assert said_in(review) == ["Un, réponse.", "Deux."]
    assert set(word_file(review).comments) == {reply.pk, second.pk}
    assert "Un." not in word_file(review).comment(reply)


def test_a_remark_taken_down_while_the_file_is_sent_is_no_longer_in_it(review, moderator, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 1)
    remarks = [a_remark(review, a_user(), 5, body) for body in ["Un.", "Deux."]]
    rows = every_row(review)
    read = [next(rows)]

    withhold(remarks[1], moderator, reason=Reason.OFF_TOPIC)

    assert len([*read, *rows]) == 1


def test_tags_and_what_it_is_read_with_are_said(review, resident):
    main, duplicate = a_remark(review, resident, 5, "Un."), a_remark(review, a_user(), 5, "Un aussi.")
    tag_remark(main, None, ["délai", "à voir"])
    merge_remarks(main, [duplicate], None)

    rows = rows_of(review)

    assert [row["Working tags"] for row in rows] == ["délai; à voir", ""]
    assert [row["Read with remark number"] for row in rows] == ["", main.pk]


def test_the_outcome_is_said_with_its_reason(review):
    bodies = ["Tenue.", "Tenue en partie.", "Avec la première.", "Plus tard.", "Sans suite."]
    whole, partly, twin, later, _other = (a_remark(review, a_user(), 5, body) for body in bodies)
    take_remark(whole, None, text="Deux mois.", note="Le délai est réduit.")
    take_remark(partly, None, partly=True)
    merge_remarks(whole, [twin], None)
    drafts.publish_version(review.draft)
    take_remark(Remark.objects.get(pk=later.pk), None, note="Au prochain conseil.")

    rows = rows_of(review)

    assert [(row["Outcome"], row["Reason given"]) for row in rows] == [
        ("Taken into version 2", "Le délai est réduit."),
        ("Partly taken into version 2", ""),
        ("Taken into version 2", "Le délai est réduit."),
        ("Taken into the version in preparation", "Au prochain conseil."),
        ("", ""),
    ]


def test_files_speak_the_site_s_language_whoever_takes_them(review, resident, settings):
    settings.LANGUAGE_CODE = "fr"
    a_remark(review, resident, 5)

    with translation.override("en"):
        headings, row = csv.reader(io.StringIO(exported(review, "csv").decode("utf-8-sig")), delimiter=";")
        assert translation.get_language() == "en"

    assert "Pas d’accord" in headings
    assert len(row) == len(headings)


def test_ten_times_more_remarks_ask_no_more_questions(review, resident):
    def queries() -> list[int]:
        counts = []
        for extension in EXPORTS:
            with CaptureQueriesContext(connection) as asked:
                exported(review, extension)
            counts.append(len(asked))
        return counts

    remarks = [a_remark(review, resident, 1 + n % 7, f"Remarque {n}.") for n in range(15)]
    tag_remark(remarks[0], None, ["délai"])
    for remark in remarks[:5]:
        reply_to(remark, resident, body="Oui.")
    few = queries()

    many_remarks(review, 180)

    assert Remark.objects.count() == 200
    assert queries() == few


# ── Spreadsheets ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_formulas_are_neutralised_wherever_people_write(review):
    author = a_user("=cmd|' /C calc'!A0")
    remark = a_remark(review, author, 5, '=HYPERLINK("http://x.example";"Cliquez")', wording="-2+3")
    tag_remark(remark, None, ["@somme"])

    row = rows_of(review)[0]
    sheet = load_workbook(io.BytesIO(exported(review, "xlsx"))).active

    assert row["Author"] == "'=cmd|' /C calc'!A0"
    assert row["Remark"].startswith("'=HYPERLINK")
    assert (row["Proposed wording"], row["Working tags"]) == ("'-2+3", "'@somme")
    assert not {cell.data_type for line in sheet.iter_rows() for cell in line} & {"f", "e"}


def test_the_csv_is_read_again_as_it_was_written(review, resident):
    a_remark(review, resident, 5, 'Un point-virgule ; des « guillemets », dont "ceux-ci",\net une ligne de plus.')

    content = exported(review, "csv")

    assert content.startswith(b"\xef\xbb\xbfPassage;Passage number;")
    assert content.endswith(b"\r\n")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert read == [[str(value) for value in row] for row in table_of(review)]


def test_the_csv_is_sent_while_remarks_are_read(review, resident, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 2)
    for number in (1, 2, 3, 4, 5):
        a_remark(review, resident, number)
    lines = exports.as_csv(review)

    beginning = [next(lines) for _line in ["headings", "first remark", "second remark"]]
    with CaptureQueriesContext(connection) as asked:
        end = list(lines)

    assert (len(beginning), len(end)) == (3, 3)
    assert sum('"review_remark"."wording"' in query["sql"] for query in asked) == 2


def test_the_workbook_says_the_same_under_headings_that_stay(review, resident):
    a_remark(review, resident, 5, "#N/A", quote=(3, 10))
    a_remark(review, resident, 5, "Une ligne,\npuis l’autre.")

    sheet = load_workbook(io.BytesIO(exported(review, "xlsx"))).active

    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert rows == [[None if value == "" else value for value in row] for row in table_of(review)]
    assert (sheet.title, sheet.freeze_panes) == ("Remarks", "A2")
    assert [cell.font.b for cell in sheet["N"]] == [True, False, False]
    assert (sheet["N2"].data_type, sheet["N3"].alignment.wrap_text) == ("s", True)
    assert sheet.column_dimensions["N"].width > sheet.column_dimensions["B"].width


def test_a_document_without_remarks_gives_its_headings_and_its_text(review):
    assert len(list(table_of(review))) == 1
    assert load_workbook(io.BytesIO(exported(review, "xlsx"))).active.max_row == 1
    assert word_file(review).comments == {}
    assert CHARTER[2].text in [words for _style, words in word_file(review).paragraphs()]


def test_a_draft_gives_nothing():
    review = a_review(released=False)

    assert len(list(table_of(review))) == 1
    assert [words for _style, words in word_file(review).paragraphs() if words] == [review.title]


# ── The Word file ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_remark_is_a_comment_of_its_author_beside_its_passage(review, resident):
    remark = a_remark(review, resident, 5, "Trop long.\nVraiment.", at=datetime(2026, 7, 14, 16, 30, 5, tzinfo=UTC))

    word = word_file(review)

    comment = word.comments[remark.pk]
    assert comment.get(f"{WORD}author") == "Mireille du Bléone"
    assert comment.get(f"{WORD}date") == "2026-07-14T18:30:05"
    assert word.comment(remark) == "Comment\nTrop long.\nVraiment."
    assert word.beside(remark) == CHARTER[4].text


def test_a_comment_says_the_wording_the_views_the_outcome_and_the_replies(review, resident, agent):
    remark = a_remark(review, resident, 5, "Plus court.", wording="Un mois.")
    react(remark, a_user(), "agree")
    reply_to(remark, a_user("Lucien"), body="Oui.")
    reply_to(remark, agent, body="Bien noté.", on_behalf_of=review.consultation.organiser)
    take_remark(Remark.objects.get(pk=remark.pk), None, text="Un mois.", note="Chose promise.")

    word = word_file(review)

    assert list(word.comments) == [remark.pk]
    assert word.comment(remark).split("\n") == [
        "Amendment",
        "Plus court.",
        "Proposed wording: Un mois.",
        "Agree: 1 · Nuance: 0 · Disagree: 0",
        "Taken into the version in preparation",
        "Reason given: Chose promise.",
        "— Lucien: Oui.",
        "— Service urbanisme (Ville de Digne-les-Bains): Bien noté.",
    ]


def test_a_quote_is_anchored_on_its_words_and_several_may_overlap(review):
    first, second, whole = (a_remark(review, a_user(), 5, quote=quote) for quote in [(0, 18), (11, 45), None])

    word = word_file(review)

    assert word.beside(first) == CHARTER[4].text[:18]
    assert word.beside(second) == CHARTER[4].text[11:45]
    assert word.beside(whole) == CHARTER[4].text
    assert CHARTER[4].text in [words for _style, words in word.paragraphs()]


def test_a_quote_of_another_text_is_said_and_the_whole_passage_anchored(review, resident):
    remark = a_remark(review, resident, 5, "Laquelle ?", quote=(3, 10))
    review = new_version(review, {5: "On répond dans les deux mois."})

    word = word_file(review)

    assert word.comment(remark) == "Comment · version 1 · text changed\n“commune”\nLaquelle ?"
    assert word.beside(remark) == "On répond dans les deux mois."


def test_removed_passages_come_last_with_their_last_words_and_what_was_said_of_them(review, resident):
    before = a_remark(review, resident, 7, "Et à l’oral ?", quote=(3, 10))
    review = new_version(review, {7: "en disant pourquoi."})
    after = a_remark(review, a_user(), 7, "Mieux.", version=2, quote=(3, 9))
    review = new_version(review, {7: None, 6: None})

    word = word_file(review)

    assert word.paragraphs()[-3:] == [
        ("Heading1", "Passages removed from the text"),
        ("FirstParagraph", "Article 2, passage 3 · version 2"),
        ("BodyText", "en disant pourquoi."),
    ]
    assert (word.beside(before), word.beside(after)) == ("en disant pourquoi.", "disant")


def test_headings_lists_and_tables_are_what_they_are(resident):
    review = a_review(
        words=[
            *CHARTER,
            Words(Kind.ITEM, "une raison par point ;", 2),
            Words(Kind.ITEM, "dans les mêmes mots.", 1),
            Words(Kind.ROW, "Étape | Délai", 1),
            Words(Kind.ROW, "Réponse | trois mois"),
            Words(Kind.ROW, "Bilan | un an | au plus"),
            Words(Kind.PARAGRAPH, "Fait à Digne,\nle 2 mars."),
        ]
    )
    whole = a_remark(review, resident, 11)
    across = a_remark(review, resident, 11, "D’un bout à l’autre.", quote=(4, 15))
    bar = a_remark(review, resident, 11, "Une barre.", quote=(7, 10))
    header, item, heading = (a_remark(review, resident, number) for number in (10, 8, 2))

    word = word_file(review)

    lines = [[as_words(cell) for cell in row.iter(f"{WORD}tc")] for row in word.body.iter(f"{WORD}tr")]
    assert lines == [["Étape", "Délai", ""], ["Réponse", "trois mois", ""], ["Bilan", "un an", "au plus"]]
    paragraphs = word.paragraphs()
    assert paragraphs[:2] == [("Title", "La charte de la participation"), ("Subtitle", "Version 1")]
    assert ("Heading1", CHARTER[0].text) in paragraphs
    assert ("Heading2", CHARTER[1].text) in paragraphs
    depths = [int(level.get(f"{WORD}val")) for level in word.body.iter(f"{WORD}ilvl")]
    assert depths == [0, 0, 1, 0]
    assert paragraphs[-1][1] == "Fait à Digne,\nle 2 mars."
    assert [word.beside(remark) for remark in (whole, across, bar)] == [
        "Réponsetrois mois",
        "nsetrois",
        "Réponsetrois mois",
    ]
    assert [word.beside(remark) for remark in (header, item, heading)] == [
        "ÉtapeDélai",
        "une raison par point ;",
        CHARTER[1].text,
    ]


def test_five_hundred_comments_are_five_hundred_comments(review):
    remarks = many_remarks(review, 500)

    word = word_file(review)

    references = [int(node.get(f"{WORD}id")) for node in word.body.iter(f"{WORD}commentReference")]
    assert set(word.comments) == set(references) == {remark.pk for remark in remarks}
    assert len(references) == 500
    assert [words for style, words in word.paragraphs() if style not in ("Title", "Subtitle")] == [
        words.text for words in CHARTER
    ]


def test_what_pandoc_could_take_for_markup_is_text(review):
    author = a_user("<b>Zoé</b> & “Co”")
    remark = a_remark(review, author, 5, "*Un* <w:p/> `code` \\n [lien](http://x.example) & ![image](/etc/passwd)\x01")

    word = word_file(review)

    assert word.comments[remark.pk].get(f"{WORD}author") == "<b>Zoé</b> & “Co”"
    assert word.comment(remark) == f"Comment\n{remark.body}".replace("\x01", "")


@pytest.mark.parametrize(
    "failure", [subprocess.TimeoutExpired("pandoc", 60), subprocess.CalledProcessError(HEAP_EXHAUSTED, "pandoc")]
)
def test_a_word_file_that_takes_too_much_is_refused_in_words(review, monkeypatch, failure):
    def fails(*args, **options):
        raise failure

    monkeypatch.setattr(exports.subprocess, "run", fails)

    with pytest.raises(ValidationError, match="spreadsheet"):
        exports.as_docx(review)
