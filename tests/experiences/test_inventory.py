"""The inventory: one set of sheets in four views, on a map, and in files that hold exactly what is filtered."""

import csv
import io
import json
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from experiences.exporting import CELLS, FILES
from experiences.inventory import FORMATS
from experiences.models import Completeness, Evaluation, ExperiencePage
from participation.vocabulary.actions import save_term
from participation.vocabulary.models import DeviceType, InvolvementDegree, Means, Need, Theme
from search import outbox
from search.engines import EngineDown, engine
from tests import factories

pytestmark = pytest.mark.django_db

INVENTORY = "/inventaire/"


@pytest.fixture
def sheets(home_page, territories) -> dict[str, ExperiencePage]:
    """Three sheets, of which two are about mobility and two in the Sisteronais-Buëch."""
    mobility, water = Theme.objects.get(slug="mobilites"), Theme.objects.get(slug="eau-milieux")
    found = {
        "market": factories.a_sheet(
            home_page,
            "Un stand au marché",
            territories=[territories["04070"]],
            themes=[mobility],
            started=date(2021, 3, 1),
            participants=63,
        ),
        "bus": factories.a_sheet(
            home_page,
            "Les bus de Sisteron",
            territories=[territories["04209"]],
            themes=[mobility],
            started=date(2023, 3, 1),
            degree=InvolvementDegree.CONCERTATION,
            degree_reached=InvolvementDegree.CONSULTATION,
            device_type=DeviceType.objects.get(slug="concertation"),
            means=Means.objects.filter(slug="lieux"),
            unused_means=Means.objects.filter(slug="budget"),
            need_kinds=Need.objects.filter(slug="formation"),
            evaluation=Evaluation.DONE,
        ),
        "river": factories.a_sheet(
            home_page,
            "=Les saules du Buëch",
            territories=[territories["05118"]],
            themes=[water],
            started=date(2024, 3, 1),
            strengths="<p>Une maquette, <b>en bois</b>.</p>",
        ),
    }
    outbox.rebuild()
    return found


def asked(client, query: str = "") -> BeautifulSoup:
    response = client.get(f"{INVENTORY}?{query}")
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser").main


def rows(client, query: str = "") -> list[dict[str, str]]:
    """The rows of the CSV, by header."""
    response = client.get(f"{INVENTORY}export.csv?{query}")
    assert response.status_code == 200
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


# ── Views ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("view", "drawn"),
    [
        ("", ".result-list .result"),
        ("vignettes", ".cards .card"),
        ("carte", ".result-list .result"),
        ("tableau", "tbody tr"),
    ],
)
def test_each_view_shows_the_same_sheets(client, sheets, view, drawn):
    page = asked(client, f"vue={view}&theme=mobilites")

    assert len(page.select(drawn)) == 2
    current = page.select_one(".tabs [aria-current]")
    assert current.text == {"": "Liste", "vignettes": "Vignettes", "carte": "Carte", "tableau": "Tableau"}[view]


def test_a_view_that_does_not_exist_is_the_list(client, sheets):
    assert asked(client, "vue=<script>").select_one(".tabs [aria-current]").text == "Liste"


def test_the_view_stays_while_one_filters(client, sheets):
    page = asked(client, "vue=tableau&theme=mobilites&tri=titre")

    assert page.select_one("#search-form input[type=hidden]")["value"] == "tableau"
    assert page.select_one(".chips a.chip")["href"] == "/inventaire/?vue=tableau&tri=titre"
    assert page.find("a", string="Carte")["href"] == "/inventaire/?vue=carte&theme=mobilites&tri=titre"
    assert page.find("a", string="Liste")["href"] == "/inventaire/?theme=mobilites&tri=titre"


def test_the_table_says_what_a_sheet_lacks(client, sheets):
    row = asked(client, "vue=tableau&q=bus").select_one("tbody tr")

    assert row.th.a["href"] == sheets["bus"].url
    cells = [cell.get_text(" ", strip=True) for cell in row.find_all("td")]
    assert cells[:4] == ["Sisteron", "mars 2023", "Concertation sur un projet", "Concertation → Consultation"]
    assert "objectifs" in cells[-1]
    assert "évaluation" not in cells[-1]


@pytest.mark.parametrize("view", ["liste", "vignettes", "carte", "tableau"])
def test_a_view_asks_as_many_questions_of_the_database_for_ten_sheets_as_for_three(client, sheets, home_page, view):
    def queries() -> int:
        client.get(INVENTORY, {"vue": view, "tri": "titre"})
        with CaptureQueriesContext(connection) as captured:
            client.get(INVENTORY, {"vue": view, "tri": "titre"})
        return len(captured)

    few = queries()
    for number in range(7):
        factories.a_sheet(
            home_page, f"Fiche {number}", themes=Theme.objects.all()[:3], methods=[], means=Means.objects.all()[:3]
        )
    outbox.rebuild()

    assert queries() == few


# ── Facets of its own ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    [
        "dispositif=concertation",
        "atteint=consultation",
        "moyens=lieux",
        "nonactives=budget",
        "besoins=formation",
        "evaluation=faite",
        "periode=2020-2024&annee=2023",
    ],
)
def test_a_facet_of_the_inventory_narrows_it(client, sheets, query):
    answer = client.get(f"{INVENTORY}?{query}&format=json").json()

    assert [result["title"] for result in answer["results"]] == ["Les bus de Sisteron"]
    assert answer["notices"] == []


def test_a_word_that_editors_add_is_a_filter_at_once(client, sheets, home_page, django_capture_on_commit_callbacks):
    asked(client, "dispositif=concertation")

    with django_capture_on_commit_callbacks(execute=True):
        fair = save_term(DeviceType(slug="foire", name="Foire aux idées"))
    factories.a_sheet(home_page, "La foire de Seyne", device_type=fair)
    outbox.rebuild()

    answer = client.get(f"{INVENTORY}?dispositif=foire&format=json").json()
    assert [result["title"] for result in answer["results"]] == ["La foire de Seyne"]


def test_what_is_missing_can_be_looked_for(client, sheets):
    answer = client.get(f"{INVENTORY}?manque=participants&format=json").json()

    assert {result["title"] for result in answer["results"]} == {"Les bus de Sisteron", "=Les saules du Buëch"}


def test_the_whole_search_does_not_know_them(client, sheets):
    answer = client.get("/recherche/?type=fiche&evaluation=faite&format=json").json()

    assert answer["total"] == 3
    assert "evaluation" not in answer["facets"]


def test_a_sheet_that_says_all_that_is_expected_is_complete(home_page):
    sheet = factories.a_sheet(home_page)
    assert sheet.completeness == Completeness.PARTIAL

    sheet.missing = []
    assert sheet.completeness == Completeness.COMPLETE

    sheet.missing = ["cost"] * ExperiencePage.FEW
    assert sheet.completeness == Completeness.NEARLY


def test_a_carrier_without_an_account_is_known_too(home_page):
    assert "carrier" in factories.a_sheet(home_page).missing
    assert "carrier" not in factories.a_sheet(home_page, "Autre", partners="Le foyer rural").missing


# ── The map ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_map_is_framed_on_the_territory_that_is_chosen(client, sheets):
    whole, part = asked(client, "vue=carte"), asked(client, "vue=carte&territoire=200068765")

    assert not whole.select(".map.zoomed")
    assert part.select(".map.zoomed")
    assert {place.a.text for place in whole.select(".places li")} == {"Digne-les-Bains", "Sisteron", "Val Buëch-Méouge"}
    assert {place.a.text for place in part.select(".places li")} == {"Sisteron", "Val Buëch-Méouge"}
    assert part.select_one(".zones [aria-current]").text == "Sisteronais-Buëch"


def test_a_commune_leads_to_its_sheets_in_the_same_view(client, sheets):
    link = asked(client, "vue=carte&theme=mobilites").find("a", string="Sisteron")

    assert link["href"] == "/inventaire/?vue=carte&territoire=04209&theme=mobilites"


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_file_is_offered(client, sheets):
    links = asked(client, "theme=mobilites&vue=tableau&page=2").select(".files a")

    assert [link["href"] for link in links] == [f"/inventaire/export.{form}?theme=mobilites" for form in FORMATS]
    assert tuple(FILES) == FORMATS


@pytest.mark.parametrize(
    "query", ["", "theme=mobilites", "q=saules", "territoire=200068765&tri=ancien", "theme=habitat"]
)
def test_a_file_holds_exactly_what_is_shown_in_its_order(client, sheets, query):
    shown = [result["title"] for result in client.get(f"{INVENTORY}?{query}&format=json").json()["results"]]

    assert [row["Titre"].removeprefix("'") for row in rows(client, query)] == shown


def test_every_page_of_results_is_in_the_file(client, home_page, monkeypatch):
    monkeypatch.setattr("search.results.BATCH", 4)
    for number in range(11):
        factories.a_sheet(home_page, f"Fiche {number:02}")
    outbox.rebuild()

    assert [row["Titre"] for row in rows(client, "tri=titre")] == [f"Fiche {number:02}" for number in range(11)]


def test_a_cell_that_begins_like_a_formula_is_neutralised(client, sheets):
    assert rows(client, "q=saules")[0]["Titre"] == "'=Les saules du Buëch"


def test_the_workbook_has_days_and_numbers(client, sheets):
    response = client.get(f"{INVENTORY}export.xlsx?q=march%C3%A9")
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    header, row = sheet.iter_rows(values_only=True)
    found = dict(zip(header, row, strict=True))

    assert found["Titre"] == "Un stand au marché"
    assert found["Participants"] == 63
    assert found["Début"].date() == date(2021, 3, 1)
    assert found["Fin"] is None
    assert len(header) == len(CELLS)


def test_geojson_places_each_sheet(client, sheets):
    response = client.get(f"{INVENTORY}export.geojson?theme=mobilites&tri=titre")
    collection = json.loads(b"".join(response.streaming_content))

    assert response["Content-Type"] == "application/geo+json"
    assert [feature["properties"]["title"] for feature in collection["features"]] == [
        "Les bus de Sisteron",
        "Un stand au marché",
    ]
    first = collection["features"][0]
    assert first["geometry"]["type"] == "MultiPoint"
    assert first["geometry"]["coordinates"] == [[pytest.approx(5.9, abs=0.2), pytest.approx(44.2, abs=0.2)]]
    assert first["properties"]["means"] == ["lieux"]
    assert first["properties"]["degree_reached"] == "consultation"


def test_json_is_an_empty_list_when_nothing_is_found(client, sheets):
    response = client.get(f"{INVENTORY}export.json?theme=habitat")

    assert json.loads(b"".join(response.streaming_content)) == []


def test_files_are_not_indexed_nor_kept(client, sheets):
    response = client.get(f"{INVENTORY}export.csv")

    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Content-Disposition"].startswith('attachment; filename="inventaire-')


def test_a_sheet_that_is_no_longer_public_when_the_file_is_made_is_left_out(client, sheets):
    response = client.get(f"{INVENTORY}export.csv")
    ExperiencePage.objects.filter(pk=sheets["bus"].pk).update(live=False)

    assert "Les bus" not in b"".join(response.streaming_content).decode()


def test_a_file_that_would_lack_sheets_is_refused(client, sheets, monkeypatch):
    def down(query):
        raise EngineDown("Broken.")

    monkeypatch.setattr(engine(), "search", down)

    response = client.get(f"{INVENTORY}export.xlsx?theme=mobilites")

    assert response.status_code == 503
    assert "en cours de réparation" in response.text


def test_the_files_of_a_private_inventory_are_private(client, sheets):
    sheets["bus"].get_parent().view_restrictions.create(restriction_type="login")

    assert client.get(f"{INVENTORY}export.csv").status_code == 302


@pytest.mark.parametrize(
    "address", ["/export.csv", "/nulle-part/export.csv", "/inventaire/export.pdf", "/inventaire/x/export.csv"]
)
def test_only_the_inventory_has_files(client, sheets, address):
    assert client.get(address).status_code == 404


def test_a_file_costs_as_many_questions_for_thirty_sheets_as_for_three(client, sheets, home_page):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows(client)
        return len(captured)

    rows(client)
    few = queries()
    for number in range(27):
        factories.a_sheet(home_page, f"Fiche {number}", themes=Theme.objects.all()[:3])
    outbox.rebuild()

    assert queries() == few
