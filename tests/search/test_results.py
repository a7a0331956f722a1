from datetime import date

import pytest
from django.utils import timezone

from participation.people.models import Organisation
from participation.vocabulary.models import Audience, InvolvementDegree, Stage, Theme
from resources.models import DocumentPage, MethodKitPage, ResourceIndexPage
from tests.factories import a_consultation, a_forum, a_project, a_reply, a_sheet, a_topic, an_organisation
from tests.search.reading import plain


def a_resource(home_page, page):
    index = ResourceIndexPage.objects.first() or home_page.add_child(
        instance=ResourceIndexPage(title="Méthodes", slug="methodes")
    )
    page.first_published_at = timezone.now()
    return index.add_child(instance=page)


def options(answer: dict, facet: str) -> dict[str, int]:
    return {option["value"]: option["count"] for option in answer["facets"][facet]}


def notices(answer: dict) -> list[str]:
    return [plain(notice) for notice in answer["notices"]]


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", ["marché", "MARCHE", "marchés", "l’marché", "le marché aux paroles", "parole marché"])
def test_a_sheet_is_found_however_one_writes_its_words(home_page, titles, query):
    a_sheet(home_page, "Le marché aux paroles")

    assert "Le marché aux paroles" in titles(query)


def test_every_word_must_be_there(home_page, titles):
    a_sheet(home_page, "Le marché aux paroles")
    a_sheet(home_page, "Le marché du samedi")

    assert titles("marché paroles") == ["Le marché aux paroles"]


def test_a_title_counts_more_than_a_text(home_page, titles):
    for number in range(8):
        a_sheet(home_page, f"Barbejas {number}", results="<p>Porteur de paroles, encore porteur de paroles.</p>")
    a_sheet(home_page, "Un porteur de paroles devant la mairie de Thoard")
    a_resource(home_page, MethodKitPage(title="Porteur de paroles"))

    assert titles("porteurs de parole")[:2] == [
        "Porteur de paroles",
        "Un porteur de paroles devant la mairie de Thoard",
    ]


def test_both_spellings_of_the_sisteronais_find_it(home_page, territories, titles):
    a_sheet(home_page, "Une soirée", territories=[territories["200068765"]])
    a_sheet(home_page, "Du Sisteronnais à la mer")

    assert set(titles("Sisteronais")) == set(titles("sisteronnais")) == {"Une soirée", "Du Sisteronnais à la mer"}


def test_a_former_commune_leads_to_the_one_it_became(home_page, territories, titles):
    a_sheet(home_page, "La fontaine", territories=[territories["05118"]])
    a_sheet(home_page, "La digue", territories=[territories["04209"]])

    assert titles("Antonaves") == ["La fontaine"]


def test_a_commune_beside_digne_is_not_found_by_digne(home_page, territories, titles):
    a_sheet(home_page, "La fontaine", territories=[territories["04217"]])
    a_sheet(home_page, "La digue", territories=[territories["04070"]])

    assert titles("Digne") == ["La digue"]
    assert set(titles("Provence Alpes Agglomération")) == {"La fontaine", "La digue"}


def test_names_of_themes_audiences_and_carriers_are_searched(home_page, territories, titles):
    carrier = an_organisation("Les Mains vertes", kind=Organisation.Kind.ASSOCIATION)
    a_sheet(
        home_page,
        "La digue",
        carrier=carrier,
        themes=[Theme.objects.get(slug="eau-milieux")],
        audiences=[Audience.objects.get(slug="scolaires")],
    )

    assert titles("rivières") == titles("collège") == titles("mains vertes") == ["La digue"]


def test_common_words_alone_find_everything_and_it_is_said(home_page, found):
    a_sheet(home_page, "La digue")

    answer = found("de la")

    assert answer["total"] == found("")["total"]
    assert notices(answer) == ["Ces mots sont trop courants, ou n’en sont pas : voici tout ce qui existe."]


# ── Typing errors ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["transprot", "trnsport", "transoport", "tranzport", "Transprot"])
def test_one_typing_error_is_forgiven_and_said(home_page, found, typed):
    a_sheet(home_page, "Le transport à la demande")

    answer = found(typed)

    assert [result["title"] for result in answer["results"]] == ["Le transport à la demande"]
    assert notices(answer) == [f"Aucun résultat pour « {typed} » ; voici les résultats pour « transport »."]


def test_a_correction_has_its_accents(home_page, found):
    a_sheet(home_page, "Le Buëch à pied")
    a_sheet(home_page, "La Méouge")

    assert notices(found("la mépuge")) == [
        "Aucun résultat pour « la mépuge » ; voici les résultats pour « la méouge »."
    ]


def test_a_word_that_exists_is_not_corrected(home_page, found):
    a_sheet(home_page, "La forme du village")
    a_sheet(home_page, "Le forum du village")

    answer = found("forme")

    assert answer["total"] == 1
    assert notices(answer) == []


def test_an_error_that_makes_another_word_is_forgiven_too(home_page, titles):
    a_sheet(home_page, "La forme du village")
    a_sheet(home_page, "Forum ouvert")

    assert titles("forme ouvert") == []
    a_sheet(home_page, "Les formes")
    assert titles("forun ouvert") == ["Forum ouvert"]


def test_short_words_are_not_corrected(home_page, titles):
    a_sheet(home_page, "Le bus")

    assert titles("bup") == titles("ubs") == []


def test_a_filter_that_leaves_nothing_is_not_a_typing_error(home_page, found):
    a_sheet(home_page, "Le transport à la demande")
    a_sheet(home_page, "La transporte")

    answer = found("transport", type="kit")

    assert answer["total"] == 0
    assert notices(answer) == []


# ── What a result says ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_result_says_what_and_where_it_is(home_page, territories, found):
    sheet = a_sheet(
        home_page,
        "La digue",
        summary="On a marché le long de la digue.",
        territories=[territories["05118"]],
        started=date(2023, 5, 2),
    )

    (result,) = found("digue")["results"]

    assert result == {
        "title": "La digue",
        "url": sheet.get_url(),
        "type": "fiche",
        "summary": "On a marché le long de la digue.",
        "territoires": ["05118", "200068765", "gal-sisteronais-buech"],
        "date": "2023-05-02T12:00:00+02:00",
    }


def test_every_kind_of_page_and_the_topics_are_found(home_page, forum, resident, found):
    a_sheet(home_page, "Chemin un")
    project = a_project(home_page, "Chemin deux")
    from experiences.models import JournalEntryPage
    from home.models import TextPage

    project.add_child(instance=JournalEntryPage(title="Chemin trois"))
    a_resource(home_page, MethodKitPage(title="Chemin quatre"))
    a_resource(home_page, DocumentPage(title="Chemin cinq"))
    home_page.add_child(instance=TextPage(title="Chemin six"))
    a_topic(forum, resident, "Chemin sept")

    assert {result["title"]: result["type"] for result in found("chemin")["results"]} == {
        "Chemin un": "fiche",
        "Chemin deux": "projet",
        "Chemin trois": "journal",
        "Chemin quatre": "kit",
        "Chemin cinq": "document",
        "Chemin six": "page",
        "Chemin sept": "sujet",
    }


def test_an_empty_query_lists_everything_newest_first(home_page, titles):
    for year in (2021, 2024, 2022):
        a_sheet(home_page, f"Fiche de {year}", started=date(year, 3, 1))

    assert titles(type="fiche") == ["Fiche de 2024", "Fiche de 2022", "Fiche de 2021"]
    assert titles(type="fiche", tri="pertinence") == titles(type="fiche")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("recent", ["Élan", "Bus", "Zone", "Sans date"]),
        ("ancien", ["Zone", "Bus", "Élan", "Sans date"]),
        ("titre", ["Bus", "Élan", "Sans date", "Zone"]),
    ],
)
def test_results_are_read_in_the_order_one_wants(home_page, titles, order, expected):
    a_sheet(home_page, "Zone", started=date(2021, 3, 1))
    a_sheet(home_page, "Bus", started=date(2022, 3, 1))
    a_sheet(home_page, "Élan", started=date(2023, 3, 1))
    undated = a_sheet(home_page, "Sans date")
    undated.first_published_at = None
    undated.save()

    assert titles(type="fiche", tri=order) == expected


# ── Facets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def three_sheets(home_page, territories):
    """At Sisteron, Thoard and Digne; two degrees, two themes."""
    a_sheet(
        home_page,
        "À Sisteron",
        territories=[territories["04209"]],
        themes=[Theme.objects.get(slug="mobilites")],
        degree=InvolvementDegree.CONCERTATION,
        stage=Stage.COMPLETED,
        started=date(2021, 1, 1),
        ended=date(2023, 1, 1),
    )
    a_sheet(
        home_page,
        "À Thoard",
        territories=[territories["04217"]],
        themes=[Theme.objects.get(slug="habitat"), Theme.objects.get(slug="mobilites")],
        degree=InvolvementDegree.CO_ELABORATION,
        started=date(2022, 1, 1),
    )
    a_sheet(home_page, "À Digne", territories=[territories["04070"]], degree=InvolvementDegree.CONCERTATION)


def test_facets_count_what_they_would_give(three_sheets, found):
    answer = found(type="fiche")

    assert options(answer, "territoire") == {
        "04209": 1,
        "04217": 1,
        "04070": 1,
        "200067437": 2,
        "200068765": 1,
        "gal-sisteronais-buech": 1,
    }
    assert options(answer, "theme") == {"mobilites": 2, "habitat": 1}
    assert options(answer, "degre") == {"concertation": 2, "co-elaboration": 1}
    assert options(answer, "etape") == {"termine": 1}
    assert options(answer, "annee") == {"2023": 1, "2022": 2, "2021": 1}


def test_the_counts_of_a_facet_ignore_its_own_choice(three_sheets, found):
    answer = found(type="fiche", territoire="04209")

    assert answer["total"] == 1
    assert options(answer, "territoire") == options(found(type="fiche"), "territoire")
    assert options(answer, "degre") == {"concertation": 1}


def test_several_values_of_a_facet_add_up_and_several_facets_narrow(three_sheets, titles):
    assert set(titles(territoire=["04209", "04217"])) == {"À Sisteron", "À Thoard"}
    assert titles(territoire=["04209", "04217"], degre="concertation") == ["À Sisteron"]


@pytest.mark.parametrize(
    ("territory", "expected"),
    [
        ("200067437", {"À Thoard", "À Digne"}),
        ("200068765", {"À Sisteron"}),
        ("gal-sisteronais-buech", {"À Sisteron"}),
        ("gal-dignois", set()),
        ("gal-provence-durance", set()),
    ],
)
def test_a_division_holds_its_communes(three_sheets, titles, territory, expected):
    assert set(titles(type="fiche", territoire=territory)) == expected


def test_the_options_of_a_facet_have_their_labels_and_say_which_are_chosen(three_sheets, found):
    answer = found(theme="habitat")

    assert answer["facets"]["theme"] == [
        {"value": "mobilites", "label": "Mobilités", "count": 2, "selected": False},
        {"value": "habitat", "label": "Habitat", "count": 1, "selected": True},
    ]
    assert answer["facets"]["degre"] == [
        {"value": "co-elaboration", "label": "Co-élaboration", "count": 1, "selected": False}
    ]


def test_a_choice_that_gives_nothing_can_still_be_taken_back(three_sheets, found):
    answer = found("introuvable", theme="habitat")

    assert answer["total"] == 0
    assert answer["facets"]["theme"] == [{"value": "habitat", "label": "Habitat", "count": 0, "selected": True}]


def test_all_106_communes_are_counted(home_page, territories, found):
    communes = [territory for territory in territories.values() if territory.is_commune]
    a_sheet(home_page, "Partout", territories=communes)

    assert len(found(type="fiche")["facets"]["territoire"]) == len(communes) + 3


def test_a_topic_is_found_by_its_consultation(territories, resident, titles):
    consultation = a_consultation(
        "Les quais",
        organiser=an_organisation("Ville de Sisteron"),
        territory=territories["04209"],
        degree=InvolvementDegree.CONSULTATION,
    )
    a_topic(a_forum(consultation=consultation), resident, "Des bancs")

    for parameters in (
        {"territoire": "04209"},
        {"territoire": "200068765"},
        {"degre": "consultation"},
        {"porteur": "ville-de-sisteron"},
        {"annee": str(timezone.localdate().year)},
        {"type": "sujet"},
    ):
        assert titles(**parameters) == ["Des bancs"]


def test_a_topic_is_found_by_the_replies_to_it(forum, resident, titles):
    topic = a_topic(forum, resident, "Des bancs", body="Il en faut.")
    a_reply(topic, resident, body="À l’ombre du micocoulier.")

    assert titles("micocouliers") == ["Des bancs"]


def test_a_journal_entry_is_found_by_what_its_project_is_classified_by(home_page, territories, titles):
    from experiences.models import JournalEntryPage

    consultation = a_consultation("Les bus", organiser=an_organisation("Ville de Digne"), degree="consultation")
    project = a_project(home_page, consultation=consultation, territories=[territories["04070"]])
    project.add_child(instance=JournalEntryPage(title="Première réunion", date=date(2025, 1, 15)))

    assert titles(type="journal", territoire="04070", degre="consultation", porteur="ville-de-digne", annee="2025") == [
        "Première réunion"
    ]


# ── Query strings ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_wrong_values_are_ignored_and_said(three_sheets, found):
    answer = found(type="fiche", territoire=["04209", "99999"], theme="<script>", tri="hasard")

    assert answer["total"] == 1
    assert notices(answer) == [
        "Un filtre a été ignoré : « 99999 » n’existe pas dans « Territoire ».",
        "Un filtre a été ignoré : « <script> » n’existe pas dans « Thématique ».",
        "Cet ordre n’existe pas : les résultats sont dans l’ordre habituel.",
    ]


@pytest.mark.parametrize("page", ["3", "1000000000", "9" * 5000, "-1", "0", "abc", "1.5", "٣", "\0"])
def test_a_page_that_does_not_exist_is_the_last_one(home_page, found, page):
    for number in range(25):
        a_sheet(home_page, f"Fiche {number}")

    answer = found(type="fiche", page=page)

    assert (answer["page"], answer["pages"], answer["total"], len(answer["results"])) == (2, 2, 25, 5)
    assert notices(answer) == ["Cette page de résultats n’existe pas : voici la dernière."]


def test_pages_share_out_the_results(home_page, titles):
    for number in range(45):
        a_sheet(home_page, f"Fiche {number:02}")

    pages = [titles(type="fiche", tri="titre", page=str(page)) for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [20, 20, 5]
    assert [title for page in pages for title in page] == [f"Fiche {number:02}" for number in range(45)]


def test_a_search_that_is_too_long_is_cut_and_said(home_page, found):
    a_sheet(home_page, "La digue")

    answer = found("digue " * 2000)

    assert answer["total"] == 1
    assert notices(answer) == [
        "Votre recherche était trop longue : seuls ses 200 premiers caractères ont été utilisés."
    ]


@pytest.mark.parametrize("query", ["transpport", "DIGGUE"])
def test_a_doubled_letter_is_not_even_an_error(home_page, found, query):
    a_sheet(home_page, "La digue et le transport")

    assert found(query)["total"] == 1
    assert notices(found(query)) == []


def test_nothing_found_is_an_answer(home_page, found):
    answer = found("xyz")

    assert (answer["total"], answer["page"], answer["pages"], answer["results"]) == (0, 1, 1, [])
