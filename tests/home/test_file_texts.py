"""The words of files lead to the pages that show them. Files are made here as word processors, and others, make them."""

import io
import json
import random
import subprocess
import sys
import threading
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pypandoc
import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from wagtail.documents import get_document_model
from wagtail.models import Collection, CollectionViewRestriction

from home import file_texts
from home.models import FileText, TextPage
from home.search import PageSource
from resources.models import DocumentPage, ResourceIndexPage
from search import outbox
from search.engines import engine
from tests import factories

pytestmark = pytest.mark.django_db

Document = get_document_model()
State = FileText.State
SENTENCE = "La mésange charbonnière niche dans le vieux châtaignier."


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_writer(*pages: str) -> PdfWriter:
    """A PDF with one page a text, a line a line."""
    writer = PdfWriter()
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in names.items()})
    for text in pages:
        page = writer.add_blank_page(595, 842)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        lines = b" ".join(b"(" + line.encode("cp1252") + b") Tj T*" for line in text.split("\n"))
        content = DecodedStreamObject()
        content.set_data(b"BT /F1 12 Tf 50 800 Td 14 TL " + lines + b" ET")
        page[NameObject("/Contents")] = writer._add_object(content)
    return writer


def written(writer: PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def a_pdf(*pages: str) -> bytes:
    return written(a_writer(*pages))


def a_locked_pdf(password: str, text: str = SENTENCE) -> bytes:
    writer = a_writer(text)
    writer.encrypt(password, owner_password="celui de la commune", algorithm="AES-256")
    return written(writer)


def a_swollen_pdf(content: bytes) -> bytes:
    """A PDF whose only page is drawn by that, packed small."""
    writer = a_writer("")
    page = writer.pages[0]
    stream = DecodedStreamObject()
    stream.set_data(content)
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    return written(writer)


def a_pdf_too_deep() -> bytes:
    deep = b"[" * 200_000 + b"]" * 200_000
    return a_pdf(SENTENCE).replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + deep, 1)


def from_word_processor(extension: str, text: str = SENTENCE) -> bytes:
    command = [pypandoc.get_pandoc_path(), "--from=markdown", f"--to={extension}", "--standalone", "--output=-"]
    return subprocess.run(command, input=text.encode(), check=True, capture_output=True).stdout


def an_archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def a_file(data: bytes, name: str = "etude.pdf", **fields) -> Document:
    return Document.objects.create(title="L’étude", file=ContentFile(data, name=name), **fields)


def read(document: Document) -> FileText:
    """What became of a document once the worker was there."""
    file_texts.read_files()
    return FileText.objects.get(document=document)


# ── Pages that show them ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def index(home_page) -> ResourceIndexPage:
    return home_page.add_child(instance=ResourceIndexPage(title="Ressources", slug="ressources"))


@pytest.fixture
def page_of(index):
    """A page of the resource space that shows a document, published."""

    def create(document: Document | None, title: str = "Diagnostic", **fields) -> DocumentPage:
        return index.add_child(instance=DocumentPage(title=title, file=document, **fields))

    return create


@pytest.fixture
def found(client):
    """The titles and the excerpts that the search shows for some words, once what waits is indexed."""

    def ask(words: str) -> dict[str, str]:
        if not engine().stamp():
            outbox.rebuild()
        outbox.drain()
        main = BeautifulSoup(client.get("/recherche/", {"q": words}).text, "html.parser").main
        return {result.h3.get_text(): str(result) for result in main.select("li.result")}

    return ask


@pytest.fixture
def titles(found):
    """The titles that the search shows for some words."""
    return lambda words: list(found(words))


@pytest.fixture(autouse=True)
def _empty_index():
    engine().clear()


@pytest.mark.parametrize(
    "make",
    [a_pdf, lambda text: from_word_processor("docx", text), lambda text: from_word_processor("odt", text)],
    ids=["pdf", "docx", "odt"],
)
def test_a_word_that_is_only_in_a_file_finds_its_page_and_is_marked(page_of, found, make):
    page_of(a_file(make(SENTENCE), name="fichier"))
    assert found("charbonnière") == {}

    file_texts.read_files()

    assert "mésange <mark>charbonnière</mark> niche" in found("charbonnières")["Diagnostic"]


def test_a_file_to_download_in_the_body_of_a_page_is_searched_and_so_is_one_a_paragraph_links_to(home_page, titles):
    block, link = a_file(a_pdf("Un nichoir en mélèze.")), a_file(a_pdf("Un nichoir en sapin."))
    body = [{"type": "download", "value": {"document": block.pk, "description": ""}}]
    prose = [{"type": "paragraph", "value": f'<p>Lire <a linktype="document" id="{link.pk}">le compte rendu</a>.</p>'}]
    home_page.add_child(instance=TextPage(title="Avec un bloc", body=json.dumps(body)))
    home_page.add_child(instance=TextPage(title="Avec un lien", body=json.dumps(prose)))

    file_texts.read_files()

    assert titles("mélèze") == ["Avec un bloc"]
    assert titles("sapin") == ["Avec un lien"]
    assert set(titles("nichoir")) == {"Avec un bloc", "Avec un lien"}


def test_a_file_chosen_in_a_draft_is_not_found_before_it_is_published(page_of, titles):
    page = page_of(None)
    file_texts.expect_file(document := a_file(a_pdf(SENTENCE)))
    page.file = document
    revision = page.save_revision()
    file_texts.read_files()
    assert titles("charbonnière") == []

    revision.publish()

    assert titles("charbonnière") == ["Diagnostic"]


def test_words_cut_at_the_end_of_a_line_are_whole_when_the_text_has_them_whole(page_of, titles):
    page_of(a_file(a_pdf("Le fonds de concours.\nHaute-\nProvence. Les con-\ncours de pêche.")))

    file_texts.read_files()

    text = FileText.objects.get().text
    assert text == "Le fonds de concours. Haute- Provence. Les concours de pêche."


def test_a_short_file_is_not_kept_out_by_a_long_one_of_the_same_page(home_page, titles, monkeypatch):
    monkeypatch.setattr("home.search.LONGEST_TEXT", 400)
    long, short = a_file(a_pdf("mélèze " * 80)), a_file(a_pdf("Un sapin."))
    body = [{"type": "download", "value": {"document": document.pk, "description": ""}} for document in (long, short)]
    home_page.add_child(instance=TextPage(title="Deux fichiers", body=json.dumps(body)))

    file_texts.read_files()

    assert titles("sapin") == titles("mélèze") == ["Deux fichiers"]


# ── Replaced, deleted, private ───────────────────────────────────────────────────────────────────────────────────────


def test_the_words_of_a_replaced_file_leave_the_search_at_once_and_the_new_ones_come_in(page_of, titles):
    page_of(document := a_file(a_pdf(SENTENCE)))
    file_texts.read_files()
    assert titles("charbonnière") == ["Diagnostic"]

    document.file = ContentFile(a_pdf("Le loriot d’Europe."), name="etude.pdf")
    document.save()
    assert titles("charbonnière") == []
    file_texts.read_files()

    assert titles("loriot") == ["Diagnostic"]
    assert titles("charbonnière") == []


def test_a_file_replaced_by_its_double_is_not_read_twice(page_of, titles, monkeypatch):
    page_of(document := a_file(a_pdf(SENTENCE)))
    file_texts.read_files()
    document.file = ContentFile(a_pdf(SENTENCE), name="etude-copie.pdf")
    document.save()
    monkeypatch.setattr(file_texts, "_read_apart", None)

    assert read(document).state == State.READ
    assert titles("charbonnière") == ["Diagnostic"]


def test_another_title_changes_nothing_of_what_was_read(page_of, titles):
    page_of(document := a_file(a_pdf(SENTENCE)))
    before = read(document)

    document.title = "L’étude des oiseaux"
    document.save()
    document.get_file_size()

    assert FileText.objects.get() == before
    assert (FileText.objects.get().state, FileText.objects.get().since) == (State.READ, before.since)


def test_the_words_of_a_deleted_file_leave_the_search(page_of, titles):
    page_of(document := a_file(a_pdf(SENTENCE)))
    file_texts.read_files()
    assert titles("charbonnière") == ["Diagnostic"]

    document.delete()

    assert titles("charbonnière") == []
    assert titles("diagnostic") == ["Diagnostic"]
    assert not FileText.objects.exists()


def test_a_file_of_a_private_collection_is_not_read(page_of, titles):
    archives = Collection.get_first_root_node().add_child(name="Archives")
    inside = archives.add_child(name="2019")
    restriction = CollectionViewRestriction.objects.create(collection=archives, restriction_type="login")
    page_of(document := a_file(a_pdf(SENTENCE), collection=inside))

    assert read(document).state == State.WAITING

    restriction.delete()
    assert read(document).state == State.READ
    assert titles("charbonnière") == ["Diagnostic"]


@pytest.mark.parametrize("how", ["collection made private", "file moved", "collection moved"])
def test_a_file_that_becomes_private_is_found_no_more(page_of, titles, how):
    root = Collection.get_first_root_node()
    archives, own = root.add_child(name="Archives"), root.add_child(name="Oiseaux")
    page_of(document := a_file(a_pdf(SENTENCE), collection=own))
    file_texts.read_files()
    assert titles("charbonnière") == ["Diagnostic"]

    private = own if how == "collection made private" else archives
    restriction = CollectionViewRestriction.objects.create(collection=private, restriction_type="login")
    if how == "file moved":
        document.collection = archives
        document.save()
    elif how == "collection moved":
        # As the admin does it.
        own.refresh_from_db()
        own.save()
        own.move(archives, "sorted-child")

    assert titles("charbonnière") == []
    restriction.delete()
    assert titles("charbonnière") == ["Diagnostic"]


# ── What cannot be read ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "data", "state", "why"),
    [
        ("vide.pdf", b"", State.UNREADABLE, "vide"),
        ("blanc.pdf", b"\0" * 5000, State.UNREADABLE, "vide"),
        ("scan.pdf", a_pdf(""), State.NOTHING, "numérisé"),
        ("page.pdf", b"<!doctype html><p>Une page</p>", State.OTHER, "PDF, DOCX et ODT"),
        ("tableau.docx", an_archive(**{"xl/workbook.xml": b"<x/>"}), State.OTHER, "PDF, DOCX et ODT"),
        ("ferme.pdf", a_locked_pdf("secret"), State.UNREADABLE, "mot de passe"),
        ("coupe.pdf", a_pdf(SENTENCE)[:200], State.UNREADABLE, "endommagé"),
        ("coupe.docx", from_word_processor("docx")[:3000], State.UNREADABLE, "endommagé"),
        ("profond.pdf", a_pdf_too_deep(), State.UNREADABLE, "endommagé"),
        (
            "bombe.docx",
            an_archive(**{"word/document.xml": b"<w:p/>" * 20_000_000}),
            State.UNREADABLE,
            "beaucoup trop gros",
        ),
        ("bombe.pdf", a_swollen_pdf(b"q " * 100_000_000), State.UNREADABLE, "trop compliqué"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_file_that_cannot_be_read_says_why_and_is_not_tried_again(name, data, state, why, monkeypatch, caplog):
    row = read(a_file(data, name=name))

    assert (row.state, row.text, row.tries) == (state, "", 1)
    assert row.notice.endswith(".")
    assert why in row.notice
    assert name.partition(".")[0] in caplog.text
    monkeypatch.setattr(file_texts, "_read", None)
    file_texts.read_files()


def test_a_pdf_that_only_forbids_printing_is_read(page_of, titles):
    page_of(a_file(a_locked_pdf("")))

    file_texts.read_files()

    assert titles("charbonnière") == ["Diagnostic"]


def test_a_file_of_200_mb_is_not_even_opened(monkeypatch, tmp_path):
    document = a_file(b"%PDF-1.7")
    with document.file.storage.open(document.file.name, "r+b") as file:
        file.truncate(200 * 1024 * 1024)
    monkeypatch.setattr(file_texts, "_read_apart", None)

    row = read(document)

    assert row.state == State.TOO_LARGE
    assert "50 Mo" in row.notice


def test_a_long_text_is_searched_by_its_beginning():
    row = read(a_file(a_pdf(*["mésange " * 2000] * 10)))

    assert (row.state, len(row.text)) == (State.READ, 100_000)
    assert "début" in row.notice


def test_random_bytes_are_never_more_than_a_state():
    noise = random.Random(1)
    whole = a_pdf(SENTENCE, "Une autre page.")
    for _turn in range(6):
        place = noise.randrange(20, len(whole) - 40)
        data = whole[:place] + noise.randbytes(30) + whole[place + 30 :]
        assert read(a_file(data)).state in (State.READ, State.NOTHING, State.UNREADABLE)


def test_a_missing_file_is_tried_three_times_then_left(monkeypatch):
    document = a_file(a_pdf(SENTENCE))
    document.file.storage.delete(document.file.name)

    assert [read_again(document).tries for _turn in range(5)] == [1, 2, 3, 3, 3]
    row = FileText.objects.get()
    assert row.state == State.UNREADABLE
    assert "introuvable" in row.notice


def test_a_file_that_goes_wrong_waits_before_it_is_tried_again():
    document = a_file(a_pdf(SENTENCE))
    document.file.storage.delete(document.file.name)

    assert [read(document).tries for _turn in range(3)] == [1, 1, 1]


def read_again(document: Document) -> FileText:
    """The worker's next turn, a while later."""
    FileText.objects.filter(document=document).update(since=timezone.now() - timedelta(hours=1))
    return read(document)


# ── The reader, apart ────────────────────────────────────────────────────────────────────────────────────────────────


ANSWER = json.dumps({"state": "read", "text": "trop tard", "notice": ""})


@pytest.fixture
def instead(monkeypatch, tmp_path):
    """Another program in the place of the reader: Python, with `seconds` to live."""

    def replace(program: str, seconds: float = 20) -> None:
        script = tmp_path / "reader"
        script.write_text(f"#!{sys.executable}\n{program}")
        script.chmod(0o755)
        monkeypatch.setattr(file_texts.sys, "executable", str(script))
        monkeypatch.setattr(file_texts, "SECONDS", seconds)

    return replace


@pytest.mark.parametrize(
    "program",
    [
        f"import time; time.sleep(60); print({ANSWER!r})",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "while True: print('x' * 100_000)",
        f"import subprocess; subprocess.run(['sleep', '60']); print({ANSWER!r})",
        "print('ce n’est pas du JSON')",
    ],
    ids=["slow", "crashed", "chatty", "with children", "confused"],
)
def test_a_reader_that_goes_mad_is_ended_soon(instead, program):
    document = a_file(a_pdf(SENTENCE))
    instead(program, seconds=1)

    rows = [read_again(document) for _turn in range(4)]

    assert [(row.state, row.tries) for row in rows] == [
        ("waiting", 1),
        ("waiting", 2),
        ("unreadable", 3),
        ("unreadable", 3),
    ]


def test_the_reader_is_told_nothing_of_the_site_and_held_to_its_limits(instead, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    instead(
        "import json, os, sys\n"
        "print(json.dumps({'state': 'read', 'text': ' '.join([*sorted(os.environ), *sys.argv[1:]]), 'notice': ''}))"
    )

    text = read(a_file(a_pdf(SENTENCE))).text

    assert "DATABASE_URL" not in text
    assert text.split()[-2:] == ["100000", "20"]


def test_a_file_that_wants_all_the_memory_is_refused_it():
    program = (
        "import resource; from home import file_reader; file_reader._hold_back(20)\n"
        "try: b'x' * (600 * 1024 ** 2)\n"
        "except MemoryError: print('refused', resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=settings.BASE_DIR)

    assert done.stdout == "refused 20\n"


def test_a_file_replaced_while_it_is_read_is_read_again(page_of, titles, monkeypatch):
    page_of(document := a_file(a_pdf(SENTENCE)))
    file_texts.expect_file(document)
    apart = file_texts._read_apart

    def replaced_meanwhile(data):
        monkeypatch.setattr(file_texts, "_read_apart", apart)
        document.file = ContentFile(a_pdf("Le loriot d’Europe."), name="autre.pdf")
        document.save()
        return apart(data)

    monkeypatch.setattr(file_texts, "_read_apart", replaced_meanwhile)
    row = file_texts.read_file(FileText.objects.get())
    assert (row.state, row.text) == (State.WAITING, "")
    file_texts.read_files()

    assert titles("loriot") == ["Diagnostic"]
    assert titles("charbonnière") == []


def test_a_worker_that_died_while_reading_is_followed_by_another():
    document = a_file(a_pdf(SENTENCE))
    FileText.objects.update(state=State.READING, tries=1, since=timezone.now() - timedelta(minutes=1))
    assert read(document).state == State.READING

    FileText.objects.update(since=timezone.now() - timedelta(minutes=3))
    read(document)
    row = read_again(document)

    assert (row.state, row.tries) == (State.READ, 2)


def test_a_file_that_kills_its_worker_each_time_is_left_alone():
    document = a_file(a_pdf(SENTENCE))
    FileText.objects.update(state=State.READING, tries=3, since=timezone.now() - timedelta(hours=1))

    assert read(document).state == State.UNREADABLE


def test_a_turn_of_the_worker_is_short(monkeypatch):
    documents = [a_file(a_pdf(f"Page {number}")) for number in range(3)]
    monkeypatch.setattr(file_texts, "TURN", 0.001)

    file_texts.read_files()

    assert FileText.objects.filter(state=State.READ).count() == 1
    assert FileText.objects.filter(state=State.WAITING).count() == len(documents) - 1


def test_documents_that_nobody_announced_are_read_too():
    document = a_file(a_pdf(SENTENCE))
    FileText.objects.all().delete()

    assert read(document).state == State.READ


# ── For the index, and for editors ───────────────────────────────────────────────────────────────────────────────────


def test_reading_fifty_pages_for_the_index_asks_no_more_with_their_files(page_of):
    pages = [page_of(None, f"Page {number}") for number in range(50)]
    list(PageSource().documents())
    with CaptureQueriesContext(connection) as without:
        list(PageSource().documents())

    for number, page in enumerate(pages):
        document = a_file(b"%PDF-", name=f"{number}.pdf")
        FileText.objects.update_or_create(
            document=document, defaults={"state": State.READ, "text": f"mésange {number}"}
        )
        page.file = document
        page.save()
    with CaptureQueriesContext(connection) as with_files:
        documents = list(PageSource().documents())

    assert len(with_files) <= len(without) + 2
    assert sorted(document.text.strip() for document in documents if document.text.strip()) == sorted(
        f"mésange {number}" for number in range(50)
    )


def test_an_editor_sees_in_the_page_and_in_the_file_that_it_is_not_searched(client, page_of):
    client.force_login(factories.a_user("Animatrice", is_superuser=True, is_staff=True))
    page = page_of(document := a_file(a_pdf("")))
    edit_file, edit_page = f"/admin/documents/edit/{document.pk}/", f"/admin/pages/{page.pk}/edit/"
    assert "Il attend d’être lu" in client.get(edit_file).text
    assert "ne sont pas cherchés" not in client.get(edit_page).text

    file_texts.read_files()

    assert "ne sont pas cherchés" in client.get(edit_file).text
    assert "ne sont pas cherchés. On ne peut y sélectionner aucun texte" in client.get(edit_page).text

    document.file = ContentFile(a_pdf(SENTENCE), name="etude.pdf")
    document.save()
    file_texts.read_files()
    assert "Ses mots sont cherchés" in client.get(edit_file).text
    assert "ne sont pas cherchés" not in client.get(edit_page).text


def test_a_file_is_used_by_the_pages_that_show_it_and_not_by_its_own_text(page_of):
    page_of(document := a_file(a_pdf(SENTENCE)))
    read(document)

    assert document.get_usage().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_read_a_file_once(monkeypatch):
    document = a_file(a_pdf(SENTENCE))
    row = FileText.objects.get(document=document)
    apart, readings = file_texts._read_apart, []
    monkeypatch.setattr(file_texts, "_read_apart", lambda data: readings.append(data) or apart(data))
    ready = threading.Barrier(2)

    def work():
        ready.wait()
        file_texts.read_file(row)
        connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    row.refresh_from_db()
    assert (row.state, row.tries, len(readings)) == (State.READ, 1, 1)


def is_running(pid: int) -> bool:
    """Whether a process goes on: one that was ended and that nobody has asked about yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_is_left_running_when_a_reader_is_ended(instead, tmp_path):
    left = tmp_path / "pid"
    instead(
        f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(left)!r}, 'w').write(str(p.pid)); p.wait()",
        1,
    )

    read(a_file(a_pdf(SENTENCE)))

    pid, until = int(left.read_text()), time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(pid)
