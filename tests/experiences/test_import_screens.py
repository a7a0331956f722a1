"""A spreadsheet comes in by the admin: what an editor sees at each step, what is refused, what a crash leaves behind."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from experiences.importing import files, rows, tables
from experiences.importing.models import ColumnMapping, Outcome, SheetImport
from experiences.importing.words import Words
from experiences.models import ExperiencePage
from tests import factories
from tests.admin.conftest import site  # noqa: F401 – a fixture

from .test_import import parse, saved, text
from .test_import_round_trip import exported

Stage = SheetImport.Stage
INDEX = "/admin/imports/"
HEADERS = ["Titre", "Résumé", "Date"]


@pytest.fixture
def animator(client, site):  # noqa: F811
    client.force_login(site.animator)
    return site.animator


def sent(content: bytes | str, name: str = "fiches.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def send(client, content, parent, name="fiches.csv"):
    """The page that is reached after a file was sent."""
    return client.post(INDEX, {"file": sent(content, name), "parent": parent.pk}, follow=True)


def said(answer) -> str:
    return answer.text.replace("\xa0", " ")


def the_import() -> SheetImport:
    return SheetImport.objects.latest("pk")


def address(row: SheetImport | None = None) -> str:
    return f"{INDEX}{(row or the_import()).pk}/"


def act(client, name: str, row=None, **data):
    return client.post(address(row), {"act": name, **data}, follow=True)


def confirm(client, row=None, **changes):
    """Accept the columns as they are proposed, with these changes by place."""
    row = row or the_import()
    fields = {f"column-{column['place']}": column["field"] for column in row.columns}
    return act(client, "columns", row, **{**fields, **changes})


def lines(count: int, title: str = "Fiche") -> str:
    return text(
        ["Identifiant", *HEADERS], *[[f"t-{n}", f"{title} {n}", f"La {n}e.", "2018-11-14"] for n in range(count)]
    )


# ── The whole way ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_spreadsheet_goes_from_its_columns_to_its_report(client, animator, site):  # noqa: F811
    columns = send(
        client, text(["Titre", "Résumé", "Couleur"], ["Café", "À Thoard", "bleu"], ["Marché", "", ""]), site.inventory
    )
    assert "À Thoard" in columns.text
    assert "1 colonne est laissée de côté" in columns.text

    preview = confirm(client)
    assert not ExperiencePage.objects.exists()
    assert "Importer les 2 lignes valides" in said(preview)

    report = act(client, "begin")
    assert "Compte rendu" in report.text
    assert the_import().stage == Stage.DONE
    sheets = ExperiencePage.objects.child_of(site.inventory)
    assert {(sheet.title, sheet.live, sheet.owner) for sheet in sheets} == {
        ("Café", False, animator),
        ("Marché", False, animator),
    }
    assert f"/admin/pages/{sheets.get(title='Café').pk}/edit/" in report.text


def test_every_problem_is_told_by_cell_and_rejected_rows_are_left_out_only_when_one_says_so(client, animator, site):  # noqa: F811
    send(client, text(HEADERS, ["Café", "", "hier"], ["Marché", "", "2018"], ["", "Sans titre", ""]), site.inventory)
    preview = confirm(client)

    assert "C – Date" in preview.text
    assert "« hier » n’est pas une date lisible" in said(preview)
    assert "(la case contient « hier »)" in said(preview)
    refused = client.post(address(), {"act": "begin"})
    assert refused.status_code == 422
    assert not ExperiencePage.objects.exists()

    act(client, "begin", leave_rejected="on")

    assert [sheet.title for sheet in ExperiencePage.objects.all()] == ["Marché"]
    problems = client.get(f"{address()}a-corriger.csv").content.decode("utf-8-sig")
    assert "2;Café;C – Date;hier;" in problems
    assert "4;;" in problems


def test_a_corrected_export_updates_drafts_that_one_button_publishes(client, animator, site):  # noqa: F811
    cafe, marche = factories.a_sheet(site.home, "Café"), factories.a_sheet(site.home, "Marché")
    for sheet in (cafe, marche):
        sheet.contact = "Mairie"
        sheet.save_revision().publish()
    told = [exported(ExperiencePage.objects.get(pk=sheet.pk)) for sheet in (cafe, marche)]
    told[0] |= {"Résumé": "Un café.", "Contact": ""}

    columns = send(client, text(list(told[0]), *[list(row.values()) for row in told]), site.inventory)
    assert "est un export de l’inventaire" in columns.text
    preview = confirm(client, empties="empty")
    assert "1</strong> fiche mise à jour" in preview.text
    assert "Un café." in preview.text
    act(client, "begin")
    cafe.refresh_from_db()
    assert (cafe.summary, cafe.contact) == ("", "Mairie")

    report = act(client, "publish")

    cafe.refresh_from_db()
    assert (cafe.summary, cafe.contact, cafe.live) == ("Un café.", "", True)
    assert "1 fiche est à jour en ligne." in report.text
    assert files.to_publish(the_import()).count() == 0


def test_an_import_is_undone_where_nobody_has_touched_it(client, animator, site):  # noqa: F811
    factories.a_sheet(site.home, "Ancienne", live=False, source_key="t-0", summary="Avant.").save_revision()
    send(client, lines(3), site.inventory)
    confirm(client, **{"column-1": "title"})
    act(client, "begin", leave_rejected="on")
    assert ExperiencePage.objects.get(source_key="t-0").title == "Fiche 0"
    touched = ExperiencePage.objects.get(source_key="t-1")
    touched.save_revision()

    report = act(client, "undo")

    assert the_import().stage == Stage.UNDONE
    assert set(ExperiencePage.objects.values_list("title", flat=True)) == {"Ancienne", "Fiche 1"}
    assert ExperiencePage.objects.get(source_key="t-0").get_latest_revision_as_object().summary == "Avant."
    assert "annulé" in report.text
    # The same file can come in again.
    send(client, lines(3), site.inventory)
    confirm(client)
    act(client, "begin")
    assert ExperiencePage.objects.get(source_key="t-0").title == "Fiche 0"


def test_what_one_said_of_columns_is_proposed_for_the_next_file(client, animator, site):  # noqa: F811
    first = text(["Nom", "Titre", "Où ça"], ["Café", "Mme", "Thoard"])
    send(client, first, site.inventory)
    confirm(client, **{"column-0": "title", "column-1": "", "column-2": "contact"})

    send(client, text(["Nom", "Titre", "Où ça"], ["Marché", "M.", "Barras"]), site.inventory)

    assert [column["field"] for column in the_import().columns] == ["title", "", "contact"]
    assert ColumnMapping.objects.count() == 1


# ── Bad input ────────────────────────────────────────────────────────────────────────────────────────────────────────


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"")
        archive.writestr("xl/workbook.xml", b" " * (tables.LARGEST_UNPACKED + 1))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "ni un texte ni un classeur", id="a picture"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "ancien format", id="an old .xls"),
        pytest.param(bomb(), "trop gros", id="a zip bomb"),
        pytest.param(b"PK\x03\x04" + b"\0" * 100, "abîmé", id="a damaged workbook"),
        pytest.param(("Titre;" + "x;" * 300 + "\nCafé\n").encode(), "200 colonnes", id="300 columns"),
        pytest.param(b"Titre\n", "aucune ligne", id="headers alone"),
        pytest.param(b"Mireille\n", "Aucune colonne", id="no header"),
        pytest.param(b'Titre;Date\nA;"2018\nB;2019\n', "guillemet", id="an open quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(client, animator, site, content, reason):  # noqa: F811
    answer = send(client, content, site.inventory, "fiches.xlsx")

    assert reason.casefold() in answer.text.casefold()
    assert the_import().stage == Stage.FAILED
    assert bytes(the_import().content) == b""


def test_an_empty_or_a_huge_file_is_refused_at_the_door(client, animator, site, monkeypatch):  # noqa: F811
    assert client.post(INDEX, {"file": sent(b""), "parent": site.inventory.pk}).status_code == 422
    monkeypatch.setattr(tables, "LARGEST_FILE", 1000)

    answer = client.post(INDEX, {"file": sent(b"a" * 1001), "parent": site.inventory.pk})

    assert answer.status_code == 422
    assert "trop gros" in answer.text
    assert not SheetImport.objects.exists()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_texts_of_any_spreadsheet_are_understood(client, animator, site, codec, separator):  # noqa: F811
    send(
        client,
        text(HEADERS, ["Fête d’été\nà « Thoard »", 'l’eau; "là"', "14/11/2018"], separator=separator).encode(codec),
        site.inventory,
    )
    confirm(client)
    act(client, "begin")

    assert ExperiencePage.objects.get().title == "Fête d’été à « Thoard »"


def test_five_ways_to_write_a_day_codes_without_their_zero_and_formulas(client, animator, site, territories):  # noqa: F811
    days = ["14/11/2018", "14 novembre 2018", "2018-11-14", "14.11.18", "43418"]
    send(
        client,
        text(
            ["Titre", "Date", "Code INSEE", "Résumé"],
            *[[f"F{n}", day, "4217", '=HYPERLINK("http://x")'] for n, day in enumerate(days)],
        ),
        site.inventory,
    )
    confirm(client)
    act(client, "begin")

    sheets = ExperiencePage.objects.prefetch_related("territories")
    assert {str(sheet.started) for sheet in sheets} == {"2018-11-14"}
    assert {place.name for sheet in sheets for place in sheet.territories.all()} == {"Thoard"}
    assert {sheet.summary for sheet in sheets} == {'=HYPERLINK("http://x")'}


def test_a_workbook_with_merged_cells_and_a_hidden_sheet(client, animator, site):  # noqa: F811
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Fiches"
    for line in [["Inventaire", None], ["Titre", "Résumé"], ["Café", "=1+1"], ["Marché", None]]:
        book.active.append(line)
    book.active.merge_cells("A1:B1")
    hidden = book.create_sheet("Secret")
    hidden.append(["Titre"])
    hidden.sheet_state = "hidden"

    columns = send(client, saved(book), site.inventory, "fiches.xlsx")
    confirm(client)
    act(client, "begin")

    assert "Secret" not in columns.text
    assert set(ExperiencePage.objects.values_list("title", "summary")) == {("Café", "=1+1"), ("Marché", "")}


def test_two_headers_alike_are_told_apart(client, animator, site):  # noqa: F811
    send(client, text(["Titre", "Titre", ""], ["Café", "Thé", "note"]), site.inventory)

    assert [(column["place"], column["field"]) for column in the_import().columns] == [(0, "title"), (1, ""), (2, "")]


@pytest.mark.parametrize(
    "changes",
    [
        {"column-0": ""},
        {"column-0": "title", "column-1": "title"},
        {"column-0": "title", "column-1": "live"},
        {"column-0": "summary", "column-1": "summary"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_and_kept_on_screen(client, animator, site, changes):  # noqa: F811
    send(client, text(HEADERS, ["Café", "a", ""]), site.inventory)
    row = the_import()
    fields = {f"column-{column['place']}": column["field"] for column in row.columns} | changes

    answer = client.post(address(row), {"act": "columns", **fields, "empties": "empty"})

    assert answer.status_code == 422
    assert the_import().stage == Stage.MAPPING
    assert 'value="empty" checked' in answer.text


def test_an_act_that_does_not_exist_is_not_found(client, animator, site):  # noqa: F811
    send(client, lines(1), site.inventory)

    assert client.post(address(), {"act": "x"}).status_code == 404


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_editor_imports_into_their_own_section_and_changes_their_own_sheets(client, site):  # noqa: F811
    client.force_login(site.neighbour)
    theirs = ExperiencePage(title="De Digne", source_key="t-0", live=False)
    site.section.add_child(instance=theirs)
    theirs.save_revision()

    assert client.post(INDEX, {"file": sent(lines(1)), "parent": site.inventory.pk}).status_code == 422
    assert client.post(INDEX, {"file": sent(lines(1)), "parent": site.section.pk}).status_code == 422
    send(client, lines(2), site.neighbours_section)
    preview = confirm(client)
    assert "est à une autre organisation" in preview.text
    act(client, "begin", leave_rejected="on")

    assert [sheet.title for sheet in ExperiencePage.objects.child_of(site.neighbours_section)] == ["Fiche 1"]
    theirs.refresh_from_db()
    assert theirs.title == "De Digne"


@pytest.mark.parametrize("path", ["", "a-corriger.csv"])
def test_another_organisation_s_import_does_not_exist(client, animator, site, path):  # noqa: F811
    send(client, lines(1), site.section)
    client.force_login(site.neighbour)

    assert client.get(address() + path).status_code == 404
    assert client.post(address() + path, {"act": "forget"}).status_code in (404, 405)
    assert "fiches.csv" not in client.get(INDEX).text


@pytest.mark.parametrize("who", ["guarantor", "moderator"])
def test_who_may_not_add_sheets_is_sent_back(client, site, who):  # noqa: F811
    client.force_login(getattr(site, who))

    assert client.get(INDEX).status_code == 302
    assert client.post(INDEX, {"file": sent(lines(1)), "parent": site.inventory.pk}).status_code == 302
    assert not SheetImport.objects.exists()


def test_a_session_that_ended_loses_nothing(client, animator, site):  # noqa: F811
    send(client, lines(1), site.inventory)
    client.logout()

    for data in ({"act": "columns"}, {"act": "begin"}):
        answer = client.post(address(), data)
        assert answer.status_code == 302
        assert "next=" in answer.url

    client.force_login(animator)
    assert client.get(address()).status_code == 200
    assert the_import().stage == Stage.MAPPING


def test_the_menu_leads_there_only_those_who_may(client, animator, site):  # noqa: F811
    assert "Importer des fiches" in client.get("/admin/").text
    client.force_login(site.moderator)
    assert "Importer des fiches" not in client.get("/admin/").text


# ── Twice, at once, interrupted ──────────────────────────────────────────────────────────────────────────────────────


def test_a_form_sent_twice_does_nothing_more(client, animator, site):  # noqa: F811
    send(client, lines(2), site.inventory)
    confirm(client)
    act(client, "begin")

    for name in ("begin", "columns", "forget", "resume"):
        assert client.post(address(), {"act": name}).status_code == 422

    assert ExperiencePage.objects.count() == 2


def test_two_imports_of_one_file_make_each_sheet_once(client, animator, site):  # noqa: F811
    for _turn in range(2):
        send(client, lines(3), site.inventory)
        confirm(client)
    first, second = SheetImport.objects.order_by("pk")

    act(client, "begin", first)
    act(client, "begin", second)

    assert ExperiencePage.objects.count() == 3
    assert second.totals()["unchanged"] == 3


def prepared(site, count: int, content: str = "") -> SheetImport:  # noqa: F811
    """An import that is ready to be written."""
    row = files.read(files.receive("fiches.csv", (content or lines(count)).encode(), site.inventory, site.animator))
    files.map_columns(row, {column["place"]: column["field"] for column in row.columns}, site.animator, empties=False)
    return files.check(row)


def begun(site, count: int) -> SheetImport:  # noqa: F811
    row = prepared(site, count)
    files.begin(row, site.animator, leave_rejected=True)
    return SheetImport.objects.get(pk=row.pk)


@pytest.mark.parametrize("at", [1, 51, 90])
def test_a_worker_killed_in_the_middle_goes_on_and_makes_no_sheet_twice(site, monkeypatch, at):  # noqa: F811
    row = begun(site, 120)
    written = []

    def killed(*args):
        written.append(args)
        if len(written) == at:
            raise KeyboardInterrupt
        return apply(*args)

    apply = files.apply
    monkeypatch.setattr(files, "apply", killed)
    with pytest.raises(KeyboardInterrupt):
        files.work_on(row, seconds=1000)
    assert ExperiencePage.objects.count() == row.totals()["done"] == (at - 1) // files.FEW * files.FEW

    files.work_on(SheetImport.objects.get(), seconds=1000)

    assert SheetImport.objects.get().stage == Stage.DONE
    assert ExperiencePage.objects.count() == 120
    assert ExperiencePage.objects.values("source_key").distinct().count() == 120


def test_an_error_of_ours_is_told_with_what_was_done_and_can_be_resumed(client, animator, site, monkeypatch):  # noqa: F811
    row = begun(site, 60)
    monkeypatch.setattr(files, "apply", lambda *args: 1 / 0)
    row = files.write(row)
    assert row.stage == Stage.STOPPED
    assert "Une erreur est survenue" in client.get(address()).text
    monkeypatch.undo()

    act(client, "resume")
    files.work_on(SheetImport.objects.get(), seconds=1000)

    assert ExperiencePage.objects.count() == 60


def test_a_large_file_is_the_worker_s_and_the_page_renews_itself(client, animator, site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(files, "AT_ONCE", 10)

    waiting = send(client, lines(60), site.inventory)
    assert waiting["Refresh"]
    files.work_on_waiting()
    checking = confirm(client)
    assert checking["Refresh"]
    files.work_on_waiting()

    assert "Importer les 60 lignes valides" in said(client.get(address()))


def test_what_nobody_came_back_for_is_forgotten_and_reports_are_kept(client, animator, site):  # noqa: F811
    send(client, lines(1), site.inventory)
    done = begun(site, 1)
    files.write(done)
    SheetImport.objects.update(created_at=timezone.now() - timedelta(days=8))

    files.work_on_waiting()

    assert list(SheetImport.objects.all()) == [done]
    assert set(done.rows.values_list("outcome", flat=True)) == {Outcome.CREATED}
    assert done.rows.get().cells == []


def test_foreseeing_many_rows_costs_no_query_for_each(site):  # noqa: F811
    def queries(count: int) -> int:
        drafts = rows.read(parse(lines(count, "Autre fiche")), Words()).drafts
        with CaptureQueriesContext(connection) as captured:
            files.changes_for(drafts, by=get_user_model().objects.get(pk=site.animator.pk))
        return len(captured)

    for number in range(30):
        factories.a_sheet(site.home, f"Fiche {number}", live=False, source_key=f"t-{number}").save_revision()

    assert queries(30) == queries(3)
