"""Sheets that are alike, and sheets side by side."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from wagtail.models import PageViewRestriction

from experiences.comparing import FACTS
from experiences.models import ExperiencePage, ExperienceSectionPage
from experiences.similar import MANY, WEIGHTS, similar_to
from participation.vocabulary.models import Audience, DeviceType, InvolvementDegree, Means, Method, Need, Stage, Theme
from search.engines import engine
from search.outbox import rebuild
from tests import factories
from tests.search.reading import plain


def main_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser").main


@pytest.fixture
def inventory(home_page, territories):
    return factories.an_inventory(home_page)


@pytest.fixture
def compare(client, inventory):
    """The page that compares the sheets of these ids."""

    def ask(*sheets, **parameters):
        ids = [getattr(sheet, "pk", sheet) for sheet in sheets]
        return client.get(inventory.compare_url, {"fiche": ids, **parameters})

    return ask


def columns_of(response) -> list[str]:
    return [plain(link.text) for link in main_of(response).select("thead th > a")]


def rows_of(response) -> dict[str, list[str]]:
    """{fact: what each sheet says of it}"""
    return {
        plain(row.th.text).removesuffix(" Identique"): [plain(cell.get_text(" ")) for cell in row.find_all("td")]
        for row in main_of(response).select("tbody tr")
    }


def notices_of(response) -> list[str]:
    return [plain(notice.text).removeprefix("Bon à savoir. ") for notice in main_of(response).select(".notice")]


# ── Alike, and why ───────────────────────────────────────────────────────────────────────────────────────────────────


def shared_values(territories) -> dict:
    """One value of each thing that two sheets may share."""
    return {
        "methods": [Method.objects.get(slug="world-cafe")],
        "device_type": DeviceType.objects.first(),
        "need_kinds": [Need.objects.first()],
        "themes": [Theme.objects.get(slug="mobilites")],
        "audiences": [Audience.objects.first()],
        "territories": [territories["04217"]],
        "degree": InvolvementDegree.CONCERTATION,
    }


def a_sheet(home_page, title: str, **fields) -> ExperiencePage:
    needs = fields.pop("need_kinds", [])
    sheet = factories.a_sheet(home_page, title, **fields)
    sheet.need_kinds = needs
    sheet.save()
    return sheet


def test_a_similar_sheet_says_why_the_weightiest_reason_first(home_page, territories):
    values = shared_values(territories)
    sheet = a_sheet(home_page, "La fontaine", **values)
    a_sheet(home_page, "Le marché", **values)

    (similar,) = similar_to(sheet)

    assert similar.sheet.title == "Le marché"
    assert [plain(reason) for reason in similar.reasons] == [
        "Même méthode : World café",
        f"Même type de dispositif : {values['device_type'].name}",
        f"Même besoin : {values['need_kinds'][0].name}",
        "Même thème : Mobilités",
        f"Même public : {values['audiences'][0].name}",
        "Même commune : Thoard",
        "Même degré d’implication : Concertation",
    ]


def test_what_is_shared_counts_in_this_order(home_page, territories):
    values = shared_values(territories)
    sheet = a_sheet(home_page, "La fontaine", **values)
    for name in WEIGHTS:
        a_sheet(home_page, name, **{name: values[name]})

    order = []
    for _turn in WEIGHTS:
        for nearest in similar_to(sheet)[:1]:
            order.append(nearest.sheet.title)
            nearest.sheet.unpublish()

    assert order == ["methods", "device_type", "need_kinds", "themes", "audiences", "territories"]


def test_the_same_method_counts_for_more_than_the_same_theme_audience_and_place(home_page, territories):
    values = shared_values(territories)
    sheet = a_sheet(home_page, "La fontaine", **values)
    a_sheet(home_page, "Là", **{name: values[name] for name in ("themes", "audiences", "territories")})
    a_sheet(home_page, "Ainsi", methods=values["methods"])

    assert [similar.sheet.title for similar in similar_to(sheet)] == ["Ainsi", "Là"]


def test_places_that_are_not_all_communes_are_territories(home_page, territories):
    places = [territories["04217"], territories["200067437"]]
    sheet = a_sheet(home_page, "La fontaine", territories=places)
    a_sheet(home_page, "Le marché", territories=places)

    (reason,) = similar_to(sheet)[0].reasons

    assert plain(reason).startswith("Mêmes territoires : ")


def test_the_newest_comes_first_among_equals_and_three_are_enough(home_page, territories):
    themes = [Theme.objects.get(slug="mobilites")]
    sheet = a_sheet(home_page, "La fontaine", themes=themes)
    for year in (2019, 2024, 2022, 2023):
        a_sheet(home_page, str(year), themes=themes, started=date(year, 5, 1))

    assert [similar.sheet.title for similar in similar_to(sheet)] == ["2024", "2023", "2022"]


def test_drafts_and_private_sheets_are_never_similar(home_page, territories, inventory, organisation):
    themes = [Theme.objects.get(slug="mobilites")]
    sheet = a_sheet(home_page, "La fontaine", themes=themes)
    a_sheet(home_page, "En brouillon", live=False, themes=themes)
    section = inventory.add_child(
        instance=ExperienceSectionPage(title="Digne", slug="digne", organisation=organisation)
    )
    a_sheet(home_page, "Privée", themes=themes).move(section, pos="last-child")
    PageViewRestriction.objects.create(page=section, restriction_type=PageViewRestriction.LOGIN)

    assert similar_to(sheet) == []


def test_queries_of_similar_sheets_do_not_grow(home_page, territories, django_assert_num_queries):
    values = shared_values(territories)
    sheet = a_sheet(home_page, "La fontaine", **values)
    for number in range(3):
        a_sheet(home_page, f"Fiche {number}", **values)
    read = ExperiencePage.objects.prefetch_related(*MANY).select_related("device_type").get(pk=sheet.pk)

    with django_assert_num_queries(7):
        assert len(similar_to(read)) == 3


def test_a_similar_sheet_leads_to_the_comparison_with_it(client, home_page, territories, inventory):
    themes = [Theme.objects.get(slug="mobilites")]
    sheet, other = a_sheet(home_page, "La fontaine", themes=themes), a_sheet(home_page, "Le marché", themes=themes)

    card = main_of(client.get(sheet.url)).select_one(".card")

    assert "Même thème : Mobilités" in plain(card.text)
    assert card.select_one(".button")["href"] == f"{inventory.compare_url}?fiche={sheet.pk}&fiche={other.pk}"


# ── Side by side ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def fountain(home_page, territories):
    return factories.a_sheet(
        home_page,
        "La fontaine",
        territories=[territories["04217"]],
        carrier=factories.an_organisation("Commune de Thoard"),
        device_type=DeviceType.objects.get(slug="atelier"),
        degree=InvolvementDegree.CONCERTATION,
        degree_reached=InvolvementDegree.CONSULTATION,
        stage=Stage.COMPLETED,
        started=date(2024, 3, 2),
        ended=date(2024, 3, 30),
        participants=40,
        cost=300,
        strengths="<p>La maquette.</p>",
        evaluation="faite",
    )


@pytest.fixture
def market(home_page, territories):
    return factories.a_sheet(
        home_page,
        "Le marché",
        territories=[territories["04217"]],
        stage=Stage.COMPLETED,
        started=date(2025, 5, 1),
        participants=1200,
        cost=0,
        weaknesses="<p>Le vent.</p>",
    )


def test_two_sheets_stand_side_by_side(compare, fountain, market):
    page = compare(fountain, market)

    assert columns_of(page) == ["La fontaine", "Le marché"]
    rows = rows_of(page)
    assert rows["Où"] == ["Thoard", "Thoard"]
    assert rows["Quand"] == ["Mars 2024", "Mai 2025"]
    assert rows["Qui"] == ["Commune de Thoard", "Non renseigné"]
    assert rows["Degré d’implication"] == [
        "Annoncé : Concertation Atteint : Consultation (moins qu’annoncé)",
        "Non renseigné",
    ]
    assert rows["Participants"] == ["40 personnes", "1 200 personnes"]
    assert rows["Coût"] == ["300 €", "Aucune dépense extérieure"]
    assert rows["Coût par participant·e"] == ["7,50 €", "Non renseigné"]
    assert rows["Ce qui a marché"] == ["La maquette.", "Non renseigné"]
    assert rows["Ce qui n’a pas marché"] == ["Non renseigné", "Le vent."]


def test_what_no_sheet_says_is_left_out(compare, fountain, market):
    assert "Objectifs" not in rows_of(compare(fountain, market))
    assert len(rows_of(compare(fountain, market))) < len(FACTS)


def test_what_is_the_same_is_said_in_words_and_can_be_folded_away(client, compare, fountain, market):
    whole = compare(fountain, market)
    same = [row.th.text for row in main_of(whole).select("tbody tr") if "Identique" in row.th.text]
    assert len(same) == 2

    part = client.get(main_of(whole).find("a", string="Seulement ce qui diffère")["href"])

    assert set(rows_of(whole)) - set(rows_of(part)) == {"Où", "Avancement"}
    assert "2 points sont identiques partout" in plain(main_of(part).text)
    assert rows_of(client.get(main_of(part).find("a", string="Tout montrer")["href"])) == rows_of(whole)


def test_sheets_that_say_the_same_of_everything_say_so(compare, home_page, territories):
    twins = [factories.a_sheet(home_page, title, participants=12) for title in ("Une", "Deux")]

    page = compare(*twins, differences="oui")

    assert rows_of(page) == {}
    assert "disent la même chose" in main_of(page).text


def test_the_table_can_be_read_aloud_and_scrolled_from_the_keyboard(compare, fountain, market):
    main = main_of(compare(fountain, market))

    frame = main.select_one(".table-frame")
    assert (frame["role"], frame["tabindex"], frame["aria-label"]) == ("region", "0", "Comparaison des fiches")
    assert frame.find("caption").text == "Comparaison des fiches"
    assert [header["scope"] for header in frame.select("thead th")] == ["col", "col"]
    assert {header["scope"] for header in frame.select("tbody th")} == {"row"}


def test_the_order_is_that_of_the_address(compare, fountain, market):
    assert columns_of(compare(market, fountain)) == ["Le marché", "La fontaine"]


def test_a_sheet_is_removed_by_a_link(client, compare, home_page, fountain, market):
    third = factories.a_sheet(home_page, "Le four")

    links = main_of(compare(fountain, market, third)).select("thead .remove")

    assert [link.text for link in links][1] == "Retirer\xa0: Le marché"
    assert columns_of(client.get(links[1]["href"])) == ["La fontaine", "Le four"]


def test_another_sheet_is_found_by_words_and_added(client, compare, home_page, fountain, market):
    factories.a_sheet(home_page, "Le four à pain")
    rebuild()

    page = main_of(compare(fountain, market, q="four"))

    (offer,) = page.select(".offers a")
    assert offer.text == "Comparer\xa0: Le four à pain"
    assert columns_of(client.get(offer["href"])) == ["La fontaine", "Le marché", "Le four à pain"]


def test_a_chosen_sheet_is_not_offered_again(compare, fountain, market):
    rebuild()

    page = main_of(compare(fountain, market, q="fontaine"))

    assert page.select(".offers a") == []
    assert "Aucune autre fiche ne répond à ces mots." in page.text


def test_sheets_like_the_first_one_are_offered_with_their_reasons(client, compare, home_page, fountain):
    factories.a_sheet(home_page, "Le four", territories=fountain.territories.all())

    page = main_of(compare(fountain))

    assert "Même commune : Thoard" in plain(page.select_one(".offers").text)
    assert columns_of(client.get(page.select_one(".offers a")["href"])) == ["La fontaine", "Le four"]


def test_a_comparison_is_for_nobody_to_index_or_keep(compare, fountain, market):
    page = compare(fountain, market)

    assert page["X-Robots-Tag"] == "noindex"
    assert page["Cache-Control"] == "private, no-cache"
    assert '<meta name="robots" content="noindex">' in page.text
    assert 'rel="canonical"' not in page.text


# ── Addresses that make no sense ─────────────────────────────────────────────────────────────────────────────────────


def test_no_sheet_is_a_beginning(compare, inventory):
    page = compare()

    assert "Aucune fiche n’est encore choisie" in page.text
    assert main_of(page).find("a", href=inventory.url)
    assert notices_of(page) == []


def test_one_sheet_is_half_a_choice(compare, fountain):
    page = main_of(compare(fountain))

    assert page.find("table") is None
    assert "Ajoutez-en une autre pour les comparer." in page.text
    assert page.find("input", {"name": "fiche"})["value"] == str(fountain.pk)


def test_the_same_sheet_twice_counts_once(compare, fountain, market):
    page = compare(fountain, fountain, market)

    assert columns_of(page) == ["La fontaine", "Le marché"]
    assert notices_of(page) == []


def test_a_fifth_sheet_is_left_out_by_its_name(compare, home_page, fountain, market):
    others = [factories.a_sheet(home_page, title) for title in ("Le four", "Le préau", "Le lavoir")]

    page = compare(fountain, market, *others)

    assert columns_of(page) == ["La fontaine", "Le marché", "Le four", "Le préau"]
    assert notices_of(page) == ["On compare 4 fiches au plus. Laissées de côté : « Le lavoir »."]
    assert main_of(page).select(".comparison-offers") == []


@pytest.mark.parametrize(
    "value",
    ["abc", "", "0", "-1", "1e3", "٣", "1' OR 1=1", "<script>alert(1)</script>", "9" * 10_000, "999999999", "\x00"],
)
def test_what_is_no_sheet_is_left_out_in_words(compare, fountain, market, value):
    page = compare(fountain, value, market)

    assert page.status_code == 200
    assert columns_of(page) == ["La fontaine", "Le marché"]
    assert notices_of(page) == ["Une fiche demandée n’existe pas ou n’est plus publique : elle est laissée de côté."]
    assert "<script>alert" not in page.text


def test_a_draft_a_private_sheet_and_a_page_that_is_none_are_answered_alike(
    compare, home_page, inventory, organisation, fountain, agent, client
):
    draft = factories.a_sheet(home_page, "En brouillon", live=False)
    section = inventory.add_child(
        instance=ExperienceSectionPage(title="Digne", slug="digne", organisation=organisation)
    )
    private = factories.a_sheet(home_page, "Privée")
    private.move(section, pos="last-child")
    PageViewRestriction.objects.create(page=section, restriction_type=PageViewRestriction.LOGIN)
    client.force_login(agent)

    answers = [compare(fountain, page) for page in (draft, private, home_page, 999_999)]

    assert {notices_of(answer)[0] for answer in answers} == {
        "Une fiche demandée n’existe pas ou n’est plus publique : elle est laissée de côté."
    }
    assert all("En brouillon" not in answer.text and "Privée" not in answer.text for answer in answers)


def test_a_sheet_that_is_unpublished_leaves_the_comparison_at_once(compare, fountain, market):
    market.unpublish()

    assert columns_of(compare(fountain, market)) == []


def test_many_values_are_answered(client, inventory):
    assert client.get(inventory.compare_url, {"fiche": list(range(900))}).status_code == 200


def test_sheets_are_added_while_the_index_is_down(compare, fountain, market, home_page):
    factories.a_sheet(home_page, "Le four à pain")
    engine().clear()

    page = compare(fountain, market, q="four")

    assert any("en cours de réparation" in notice for notice in notices_of(page))
    assert columns_of(page) == ["La fontaine", "Le marché"]


def test_queries_of_a_comparison_do_not_grow_with_the_sheets(
    client, compare, home_page, territories, django_assert_max_num_queries
):
    sheets = []
    for number in range(4):
        sheet = factories.a_sheet(
            home_page,
            f"Fiche {number}",
            carrier=factories.an_organisation(),
            territories=list(territories.values())[:3],
            methods=list(Method.objects.all()[:3]),
            themes=list(Theme.objects.all()[:3]),
            objectives="<p>Écouter.</p>",
        )
        sheet.means = Means.objects.all()[:3]
        sheet.save()
        sheets.append(sheet)
    compare(*sheets)

    with django_assert_max_num_queries(19):
        compare(*sheets)


# ── Choosing in the inventory ────────────────────────────────────────────────────────────────────────────────────────


def test_results_of_the_inventory_are_chosen_by_a_form_that_needs_no_script(client, inventory, fountain, market):
    rebuild()

    main = main_of(client.get(inventory.url))

    form = main.select_one("#compare-form")
    assert (form["method"], form["action"]) == ("get", inventory.compare_url)
    boxes = main.select('input[name="fiche"][form="compare-form"]')
    assert {int(box["value"]) for box in boxes} == {fountain.pk, market.pk}
    assert plain(boxes[0].parent.text).startswith("Comparer :")


def test_results_of_the_search_have_no_such_box(client, fountain):
    rebuild()

    assert 'name="fiche"' not in client.get("/recherche/").text


def test_a_sheet_leads_to_its_comparison_with_another(client, inventory, fountain):
    link = main_of(client.get(fountain.url)).find("a", string="Comparer avec une autre fiche")

    assert link["href"] == f"{inventory.compare_url}?fiche={fountain.pk}"


# ── What a sheet says in a word ──────────────────────────────────────────────────────────────────────────────────────


def test_words_of_a_sheet_lead_to_the_sheets_that_share_them(client, home_page, inventory, fountain):
    means, need = Means.objects.all()[:2], Need.objects.first()
    fountain.means, fountain.unused_means, fountain.need_kinds = [means[0]], [means[1]], [need]
    fountain.save()

    main = main_of(client.get(fountain.url))

    for parameter, term in [
        ("dispositif", fountain.device_type),
        ("moyens", means[0]),
        ("nonactives", means[1]),
        ("besoins", need),
    ]:
        assert main.find("a", href=f"{inventory.url}?{parameter}={term.slug}").text == term.name


def test_a_sheet_says_how_far_it_went_next_to_what_was_announced(client, fountain):
    facts = plain(main_of(client.get(fountain.url)).select_one(".facts").text)

    assert "Degré d’implication Concertation annoncé" in facts
    assert "Consultation moins qu’annoncé" in facts
