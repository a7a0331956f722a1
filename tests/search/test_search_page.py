"""What people see at /recherche/."""

from datetime import date

import pytest
from bs4 import BeautifulSoup

from participation.vocabulary.models import Theme
from search import outbox
from search.documents import Kind
from search.engines import EngineDown, engine
from search.results import Results
from tests.factories import a_sheet, a_topic
from tests.search.reading import plain


@pytest.fixture
def page(client, db):
    """The page a query string gives, once all is indexed."""

    def ask(query: str = "", **parameters) -> BeautifulSoup:
        outbox.rebuild()
        response = client.get("/recherche/", {"q": query, **parameters})
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return ask


def text(element) -> str:
    return plain(element.get_text(" "))


def test_words_are_marked_and_what_people_wrote_stays_text(home_page, page):
    a_sheet(home_page, "La <b>digue</b>", summary="On longe les digues & le canal.")

    shown = page("digue")

    assert "La &lt;b&gt;<mark>digue</mark>&lt;/b&gt;" in str(shown.select_one(".result h3"))
    assert "On longe les <mark>digues</mark> &amp; le canal." in str(shown.select_one(".result"))


def test_a_corrected_word_is_marked(home_page, page):
    a_sheet(home_page, "Le transport à la demande")

    shown = page("transprot")

    assert shown.select_one("mark").text == "transport"
    assert "Aucun résultat pour" in text(shown.select_one(".notice"))


def test_a_result_says_where_when_and_to_which_degree(home_page, territories, organisation, page):
    a_sheet(
        home_page,
        "La digue",
        territories=[territories["04070"], territories["04217"]],
        carrier=organisation,
        degree="concertation",
        started=date(2023, 5, 1),
    )

    facts = [text(fact) for fact in page("digue").select(".result .meta li")]

    assert facts == ["Digne-les-Bains, Thoard", "1 er mai 2023", "Concertation", "Ville de Digne-les-Bains"]


def test_a_name_that_was_found_and_is_not_shown_otherwise_is_said(home_page, territories, page):
    a_sheet(home_page, "La digue", themes=[Theme.objects.get(slug="eau-milieux")], territories=[territories["05118"]])

    assert "Eau, <mark>rivières</mark> et milieux" in str(page("rivière").select_one(".result .meta"))
    assert "<mark>Antonaves</mark>" in str(page("antonaves").select_one(".result .meta"))


def test_facets_are_boxes_with_counts_that_a_button_applies(home_page, territories, page):
    a_sheet(home_page, "La digue", territories=[territories["04070"]])

    shown = page()

    box = shown.select_one('input[name="territoire"][value="04070"]')
    assert text(box.parent) == "Digne-les-Bains 1"
    assert box.find_parent("form").get("method") == "get"
    assert [text(title) for title in shown.select(".facet-group")] == ["Intercommunalités", "Communes"]
    assert "Appliquer les filtres" in text(box.find_parent("form"))


def test_chosen_filters_are_shown_and_each_takes_itself_away(home_page, territories, page, client):
    a_sheet(home_page, "La digue", territories=[territories["04070"]])
    a_sheet(home_page, "La digue haute")

    shown = page("digue", territoire="04070", type="fiche")

    chips = {text(chip): chip["href"] for chip in shown.select(".chips a")}
    assert set(chips) == {"Retirer le filtre Fiche expérience", "Retirer le filtre Digne-les-Bains", "Tout retirer"}
    without = BeautifulSoup(client.get(chips["Retirer le filtre Digne-les-Bains"]).content, "html.parser")
    assert len(without.select(".result")) == 2
    assert without.select_one('input[name="type"]').has_attr("checked")
    assert without.select_one('input[name="q"]')["value"] == "digue"


def test_pages_keep_the_search(home_page, page, client):
    for number in range(45):
        a_sheet(home_page, f"Digue {number}")

    shown = page("digue", type="fiche", tri="titre")

    following = shown.select_one('.pagination a[rel="next"]')["href"]
    assert following == "/recherche/?q=digue&type=fiche&tri=titre&page=2"
    assert len(BeautifulSoup(client.get(following).content, "html.parser").select(".result")) == 20


def test_nothing_found_says_what_to_let_go_of(home_page, territories, page):
    a_sheet(home_page, "La digue", territories=[territories["04070"]])
    a_sheet(home_page, "Le pont", territories=[territories["04217"]])

    shown = page("digue", territoire="04217")

    assert text(shown.select_one(".count")).startswith("Aucun résultat")
    hint = shown.select_one(".nothing a")
    assert text(hint) == "Sans le filtre « Thoard »"
    assert hint["href"] == "/recherche/?q=digue"
    assert "Fiche expérience 2" in text(shown.select_one(".nothing .chips"))


def test_nothing_found_says_which_word_is_too_much(home_page, page):
    a_sheet(home_page, "La digue")
    a_sheet(home_page, "Le pont")

    hints = {text(hint): hint["href"] for hint in page("digue pont").select(".nothing li a:not(.chip)")}

    assert hints == {"Sans le mot « digue »": "/recherche/?q=pont", "Sans le mot « pont »": "/recherche/?q=digue"}


def test_the_page_is_no_matter_for_search_engines(home_page, client):
    outbox.rebuild()

    for address in ("/recherche/", "/recherche/?q=x", "/recherche/?format=json", "/recherche/suggestions/?q=pla"):
        response = client.get(address)
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Cache-Control"] == "private, no-cache"
        assert not response.cookies


def test_the_page_takes_the_same_few_queries_whatever_it_finds(
    home_page, territories, forum, resident, client, django_assert_max_num_queries
):
    for number in range(15):
        a_sheet(home_page, f"Digue {number}", territories=[territories["04070"]])
        a_topic(forum, resident, f"Une digue {number}")
    outbox.rebuild()
    client.get("/recherche/")

    with django_assert_max_num_queries(12):
        response = client.get(
            "/recherche/", {"q": "digue", "territoire": ["04070", "04217"], "type": ["fiche", "sujet"]}
        )

    assert response.status_code == 200


def test_when_the_engine_is_down_the_database_answers_and_it_is_said(home_page, client):
    a_sheet(home_page, "La digue")

    answer = client.get("/recherche/", {"q": "digues", "format": "json", "type": "fiche"}).json()

    assert [result["title"] for result in answer["results"]] == ["La digue"]
    assert answer["facets"]["type"][0]["count"] == 1
    assert "en cours de réparation" in answer["notices"][0]


def test_an_engine_that_goes_down_between_two_questions_breaks_nothing(home_page, client, monkeypatch):
    a_sheet(home_page, "La digue")
    outbox.rebuild()
    search, questions = type(engine()).search, []

    def search_twice(self, query):
        questions.append(query)
        if len(questions) > 2:
            raise EngineDown("en panne")
        return search(self, query)

    monkeypatch.setattr(type(engine()), "search", search_twice)

    response = client.get("/recherche/", {"q": "introuvable", "type": "fiche"})

    assert response.status_code == 200
    assert len(questions) > 2


def test_the_same_facets_serve_one_kind_of_pages(home_page, territories, forum, resident, rf):
    a_sheet(home_page, "La digue", territories=[territories["04070"]])
    a_topic(forum, resident, "La digue aussi")
    outbox.rebuild()

    results = Results(rf.get("/inventaire/", {"q": "digue", "type": "sujet"}), restricted_to=Kind.SHEET)

    assert [result.document.title for result in results.results] == ["La digue"]
    assert results.as_json()["facets"]["type"] == [
        {"value": "fiche", "label": "Fiche expérience", "count": 1, "selected": False}
    ]
    assert "« sujet » n’existe pas" in plain(results.notices[0])
    assert results.url(page=2) == "/inventaire/?q=digue&page=2"


# ── Suggestions ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def offered(client):
    """What is offered for what was typed so far: (text, kind, address)."""

    def ask(typed: str) -> list[tuple]:
        found = client.get("/recherche/suggestions/", {"q": typed, "format": "json"}).json()["suggestions"]
        return [(suggestion["text"], suggestion["kind"], suggestion["url"]) for suggestion in found]

    return ask


def test_titles_and_places_are_offered_while_one_types(home_page, territories, offered):
    sheet = a_sheet(home_page, "La digue de Thoard")
    outbox.rebuild()

    assert offered("tho") == [
        ("Thoard", "commune", "/recherche/?territoire=04217"),
        ("La digue de Thoard", "Fiche expérience", sheet.get_url()),
    ]
    assert offered("dig tho") == [("La digue de Thoard", "Fiche expérience", sheet.get_url())]


def test_a_former_commune_and_a_theme_are_offered(home_page, territories, offered):
    outbox.rebuild()

    assert ("Val Buëch-Méouge", "commune", "/recherche/?territoire=05118") in offered("antona")
    assert ("Mobilités", "thématique", "/recherche/?theme=mobilites") in offered("mob")


def test_what_is_no_longer_public_is_not_offered(home_page, offered):
    sheet = a_sheet(home_page, "La digue")
    outbox.rebuild()
    assert offered("dig")

    sheet.unpublish()

    assert offered("dig") == []


@pytest.mark.parametrize("typed", ["", "d", " ", "\0", "*", ".*", "(", "d" * 10_000, "l’"])
def test_nothing_is_offered_for_nothing(home_page, offered, typed):
    a_sheet(home_page, "La digue")
    outbox.rebuild()

    assert offered(typed) == []


def test_suggestions_are_options_of_a_list(home_page, client):
    a_sheet(home_page, "La <digue>")
    outbox.rebuild()

    html = client.get("/recherche/suggestions/", {"q": "dig"}).text

    assert 'role="option"' in html
    assert "La &lt;digue&gt;" in html


def test_no_suggestion_is_better_than_an_error(home_page, client):
    assert client.get("/recherche/suggestions/", {"q": "dig"}).status_code == 200
