"""The inventory, experience sheets, projects and their journals, as a visitor sees them."""

from datetime import date, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import timezone

from experiences.models import JournalEntryPage, ProjectSectionPage
from participation import generation
from participation.consultations.models import Consultation
from participation.vocabulary.models import InvolvementDegree, Method, Stage, Theme
from search.engines import engine
from search.outbox import drain, rebuild
from tests import factories

Kind = JournalEntryPage.EntryKind


def main_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser").main


def facts_of(response) -> dict[str, list[str]]:
    """The facts at a glance: {label: values}."""
    return {
        fact.dt.get_text(" ", strip=True): [value.get_text(" ", strip=True) for value in fact.find_all("dd")]
        for fact in main_of(response).select(".facts > div")
    }


def an_entry(
    project, title="Réunion publique", *, day=date(2026, 11, 5), kind=Kind.REPORT, **fields
) -> JournalEntryPage:
    return project.add_child(instance=JournalEntryPage(title=title, date=day, entry_kind=kind, **fields))


# ── Experience sheets ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_gives_its_facts_at_a_glance(client, home_page, territories):
    sheet = factories.a_sheet(
        home_page,
        territories=[territories["04217"]],
        carrier=factories.an_organisation("Commune de Thoard"),
        partners="l’école du village",
        degree=InvolvementDegree.CO_ELABORATION,
        stage=Stage.COMPLETED,
        started=date(2023, 1, 20),
        ended=date(2024, 6, 22),
        participants=88,
        cost=63480,
        methods=[Method.objects.get(slug="atelier-citoyen")],
    )

    facts = facts_of(client.get(sheet.url))

    assert facts["Où"] == ["Thoard"]
    assert facts["Quand"] == ["janvier 2023 – juin 2024"]
    assert facts["Qui"] == ["Commune de Thoard", "Avec l’école du village"]
    assert facts["Degré d’implication"] == ["Co-élaboration"]
    assert facts["Coût"] == ["63\xa0480\xa0€", "hors temps du personnel"]
    assert facts["Participants"] == ["88 personnes"]
    assert facts["Méthodes"] == ["Atelier citoyen"]


def test_what_is_not_known_is_not_shown(client, home_page):
    assert facts_of(client.get(factories.a_sheet(home_page).url)) == {}


def test_a_free_experience_says_so(client, home_page):
    assert facts_of(client.get(factories.a_sheet(home_page, cost=0).url))["Coût"][0] == "Aucune dépense extérieure"


@pytest.mark.parametrize(
    ("codes", "groups"),
    [
        (["04217"], ["GAL non renseigné"]),
        (["05166"], ["GAL Sisteronais-Buëch"]),
        (["04217", "04070", "05166"], ["GAL Sisteronais-Buëch", "GAL non renseigné"]),
        (["gal-dignois"], ["GAL Dignois"]),
        (["200067437"], None),
    ],
    ids=["a commune of P2A", "a commune of the CCSB", "several", "the group itself", "an intercommunality"],
)
def test_the_action_group_is_said_and_never_invented(client, home_page, territories, codes, groups):
    sheet = factories.a_sheet(home_page, territories=[territories[code] for code in codes])

    assert facts_of(client.get(sheet.url)).get("Groupe d’action locale (LEADER)") == groups


@pytest.mark.parametrize(
    ("dates", "period"),
    [
        ({"started": date(2024, 3, 2), "ended": date(2024, 3, 30)}, "mars 2024"),
        ({"started": date(2024, 3, 2), "stage": Stage.UNDER_WAY}, "depuis mars 2024"),
        ({"started": date(2024, 3, 2), "stage": Stage.INTERRUPTED}, "mars 2024"),
    ],
)
def test_when_is_said_by_months(client, home_page, dates, period):
    assert facts_of(client.get(factories.a_sheet(home_page, **dates).url))["Quand"] == [period]


def test_strengths_weaknesses_and_needs_stand_side_by_side(client, home_page):
    sheet = factories.a_sheet(home_page, strengths="<p>La maquette.</p>", needs="<p>Un barnum.</p>")

    titles = [heading.text for heading in main_of(client.get(sheet.url)).select(".trio h2")]

    assert titles == ["Ce qui a marché", "Ce qu’il faudrait"]


def test_means_that_were_not_activated_are_told(client, home_page):
    sheet = factories.a_sheet(home_page, means_not_activated="<p>Un questionnaire, resté dans les cartons.</p>")

    assert "resté dans les cartons" in client.get(sheet.url).text


def test_a_forum_shows_in_the_sheet_that_embeds_it(client, home_page, forum):
    sheet = factories.a_sheet(home_page)
    factories.embed(sheet, forum)

    answer = client.get(sheet.url)

    assert main_of(answer).find(id=forum.anchor)
    assert forum.fragment_url in answer.text
    assert "csrfmiddlewaretoken" not in answer.text


def test_similar_sheets_share_themes_or_places_the_closest_first(client, home_page, territories):
    water, housing = Theme.objects.get(slug="eau-milieux"), Theme.objects.get(slug="habitat")
    thoard, digne = territories["04217"], territories["04070"]
    sheet = factories.a_sheet(home_page, "La fontaine", themes=[water], territories=[thoard])
    factories.a_sheet(home_page, "Même lieu et même sujet", themes=[water], territories=[thoard])
    factories.a_sheet(home_page, "Même sujet", themes=[water], territories=[digne])
    factories.a_sheet(home_page, "Rien à voir", themes=[housing], territories=[digne])
    factories.a_sheet(home_page, "En brouillon", live=False, themes=[water], territories=[thoard])

    titles = [title.text for title in main_of(client.get(sheet.url)).select(".card-title")]

    assert titles == ["Même lieu et même sujet", "Même sujet"]


def test_a_sheet_that_shares_nothing_has_no_similar_one(client, home_page):
    factories.a_sheet(home_page, "Autre")

    assert "Fiches proches" not in client.get(factories.a_sheet(home_page, "Seule").url).text


def test_queries_of_a_sheet_do_not_grow_with_what_it_holds(
    client, home_page, territories, django_assert_max_num_queries
):
    shared = {"themes": list(Theme.objects.all()), "methods": list(Method.objects.all())}
    for number in range(4):
        factories.a_sheet(home_page, f"Proche {number}", territories=list(territories.values())[:20], **shared)
    sheet = factories.a_sheet(home_page, territories=list(territories.values())[:40], **shared)

    client.get(sheet.url, {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(34):
        client.get(sheet.url)


# ── The inventory ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def inventory(home_page, territories):
    """Three sheets: two at Thoard, one of which is also at Digne, one at Serres."""
    water = Theme.objects.get(slug="eau-milieux")
    factories.a_sheet(home_page, "La fontaine", territories=[territories["04217"]], themes=[water])
    factories.a_sheet(home_page, "Le préau", territories=[territories["04217"], territories["04070"]])
    factories.a_sheet(home_page, "Le conseil de jeunes", territories=[territories["05166"]])
    drain()
    return factories.an_inventory(home_page)


def titles_of(response) -> set[str]:
    return {title.text.strip() for title in main_of(response).select(".result h3")}


def test_the_inventory_lists_every_sheet_beside_its_map(client, inventory):
    answer = client.get(inventory.url)

    assert titles_of(answer) == {"La fontaine", "Le préau", "Le conseil de jeunes"}
    assert "3 expériences dans 3 communes" in answer.text
    assert main_of(answer).select_one(".map svg a title").text


def test_a_commune_of_the_map_leads_to_its_sheets(client, inventory):
    link = next(
        link for link in main_of(client.get(inventory.url)).select(".map svg a") if link.title.text.startswith("Thoard")
    )

    answer = client.get(link["href"])

    assert titles_of(answer) == {"La fontaine", "Le préau"}


def test_the_map_follows_the_filters_and_keeps_them(client, inventory):
    answer = client.get(inventory.url, {"theme": "eau-milieux"})

    links = main_of(answer).select(".map svg a")
    assert titles_of(answer) == {"La fontaine"}
    assert [link["href"] for link in links] == ["/inventaire/?territoire=04217&theme=eau-milieux"]


def test_another_commune_stays_one_click_away(client, inventory):
    answer = client.get(inventory.url, {"territoire": "05166"})

    names = {link.title.text.split("\xa0")[0].split(" :")[0] for link in main_of(answer).select(".map svg a")}
    assert titles_of(answer) == {"Le conseil de jeunes"}
    assert any(name.startswith("Thoard") for name in names)


def test_only_the_whole_inventory_is_kept_and_indexed(client, inventory, django_assert_num_queries):
    client.get(inventory.url)

    with django_assert_num_queries(0):
        whole = client.get(inventory.url)
    part = client.get(inventory.url, {"q": "fontaine"})

    assert "X-Robots-Tag" not in whole
    assert part["X-Robots-Tag"] == "noindex"
    assert part["Cache-Control"] == "private, no-cache"


def test_an_inventory_drawn_while_the_index_is_down_is_not_kept_for_long(client, inventory):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        engine().clear()
        assert "La recherche est en cours de réparation" in client.get(inventory.url).text
        rebuild()

        clock.shift(timedelta(seconds=11))
        assert "La recherche est en cours de réparation" not in client.get(inventory.url).text


def test_a_sheet_shows_in_the_kept_inventory_once_it_is_indexed(
    client, home_page, inventory, django_capture_on_commit_callbacks
):
    client.get(inventory.url)

    with django_capture_on_commit_callbacks(execute=True):
        factories.a_sheet(home_page, "Le four à pain")
        drain()
    generation.settle()

    assert "Le four à pain" in titles_of(client.get(inventory.url))


def test_programs_read_the_inventory_as_json(client, inventory):
    answer = client.get(inventory.url, {"format": "json", "territoire": "04070"})

    assert [result["title"] for result in answer.json()["results"]] == ["Le préau"]


@pytest.mark.parametrize(
    "query", ["territoire=99999", "page=-1", "q=%00", "theme=" + "x" * 3000, "format=xml", "tri=hasard"]
)
def test_a_strange_query_string_is_answered(client, inventory, query):
    assert client.get(f"{inventory.url}?{query}").status_code == 200


# ── Projects ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_projects_are_grouped_by_stage_those_one_can_act_on_first(client, home_page):
    for stage in [Stage.COMPLETED, Stage.PREPARATION, Stage.UNDER_WAY]:
        factories.a_project(home_page, f"Projet {stage.value}", stage=stage)

    main = main_of(client.get("/projets/"))

    assert [heading.text for heading in main.find_all("h2")] == ["En cours", "En préparation", "Terminé"]


def test_a_card_says_until_when_one_can_take_part(client, home_page):
    consultation = factories.a_consultation()
    factories.a_forum(consultation=consultation, closes_at=timezone.now() + timedelta(days=5))
    factories.a_project(home_page, consultation=consultation)

    card = main_of(client.get("/projets/")).select_one(".card")

    assert "Ouvert jusqu’au" in card.text
    assert "Participer" in card.text


def test_no_project_is_said(client, home_page):
    project = factories.a_project(home_page)
    project.unpublish()

    assert "Pas encore de projet" in client.get("/projets/").text


def test_queries_of_the_list_do_not_grow_with_projects(client, home_page, territories, django_assert_max_num_queries):
    for number in range(6):
        consultation = factories.a_consultation()
        factories.a_forum(consultation=consultation)
        factories.a_project(
            home_page, f"Projet {number}", consultation=consultation, territories=list(territories.values())[:3]
        )

    client.get("/projets/", {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(21):
        client.get("/projets/")


def test_a_project_says_what_is_asked_and_what_is_negotiable(client, home_page, organisation):
    consultation = factories.a_consultation(
        organiser=organisation,
        question="Où s’arrête le bus ?",
        negotiable="- Les arrêts\n- Les horaires",
        not_negotiable="Le budget.",
        modalities="Sur cette page et en mairie.",
        follow_up="Le conseil délibère en janvier.",
    )
    project = factories.a_project(home_page, consultation=consultation, contact="Service mobilités")

    answer = client.get(project.url)

    main = main_of(answer)
    for text in [
        "Où s’arrête le bus ?",
        "Le budget.",
        "Sur cette page et en mairie.",
        "Le conseil délibère en janvier.",
    ]:
        assert text in answer.text
    assert [item.text for item in main.select(".negotiable li")] == ["Les arrêts", "Les horaires"]
    rail = main.select_one(".rail").text
    assert organisation.name in rail
    assert "Concertation" in rail
    assert "Service mobilités" in rail


def test_the_steps_of_a_project_lead_to_their_place(client, home_page):
    now = timezone.now()
    consultation = factories.a_consultation()
    later = factories.a_forum("La suite", consultation=consultation, opens_at=now + timedelta(days=9))
    here = factories.a_forum("Sur la place", consultation=consultation)
    factories.a_forum("Un brouillon", consultation=consultation, released=False)
    project = factories.a_project(home_page, consultation=consultation)
    factories.embed(project, here)

    steps = main_of(client.get(project.url)).select(".steps-of-project li")

    assert [step.a["href"] for step in steps] == [f"#activity-{here.pk}", later.get_absolute_url()]
    assert "Ouvert" in steps[0].text
    assert "Ouvre le" in steps[1].text


def test_the_steps_reserved_to_guests_do_not_show(client, home_page):
    consultation = factories.a_consultation(access=Consultation.Access.INVITED)
    factories.a_forum("Entre nous", consultation=consultation)

    assert "Entre nous" not in client.get(factories.a_project(home_page, consultation=consultation).url).text


def test_the_five_latest_entries_show_and_the_whole_journal_is_a_click_away(client, home_page):
    project = factories.a_project(home_page)
    for day in range(1, 8):
        an_entry(project, f"Nouvelle du {day}", day=date(2026, 11, day))

    page = main_of(client.get(project.url))
    whole = main_of(client.get(page.find("a", string="Tout le journal de bord")["href"]))

    assert [title.text for title in page.select(".entry-title")] == [f"Nouvelle du {day}" for day in range(7, 2, -1)]
    assert len(whole.select(".entry-title")) == 7


def test_what_changed_says_how_many_contributions_came_before(client, home_page, resident):
    now = timezone.now()
    forum = factories.a_forum(at=now - timedelta(days=20))
    factories.a_topic(forum, resident, at=now - timedelta(days=10))
    project = factories.a_project(home_page, consultation=forum.consultation)
    yesterday = timezone.localdate() - timedelta(days=1)
    decision = an_entry(project, "Quatorze places", kind=Kind.DECISION, day=yesterday)

    page, own = client.get(project.url), client.get(decision.url)

    assert "Ce qui a changé" in page.text
    assert "après 1 contribution" in page.text
    assert "après 1 contribution" in own.text


def test_an_entry_leads_to_the_one_before_the_one_after_and_the_project(client, home_page):
    project = factories.a_project(home_page, "Les bus")
    first = an_entry(project, "La première", day=date(2026, 10, 1))
    second = an_entry(project, "Le même jour, plus tard", day=date(2026, 10, 1))
    third = an_entry(project, "La dernière", day=date(2026, 11, 1))

    main = main_of(client.get(second.url))

    assert main.find("a", rel="prev")["href"] == first.url
    assert main.find("a", rel="next")["href"] == third.url
    assert "Retour au projet\xa0: Les bus" in main.text


def test_queries_of_a_project_do_not_grow_with_it(client, home_page, resident, django_assert_max_num_queries):
    consultation = factories.a_consultation()
    project = factories.a_project(home_page, consultation=consultation)
    for number in range(4):
        forum = factories.a_forum(f"Forum {number}", consultation=consultation)
        factories.a_topic(forum, resident)
        factories.embed(project, forum)
        an_entry(project, f"Décision {number}", kind=Kind.DECISION)
    for number in range(8):
        an_entry(project, f"Nouvelle {number}")

    client.get(project.url, {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(29):
        client.get(project.url)


def test_queries_of_an_organisations_projects_do_not_grow(
    client, home_page, organisation, django_assert_max_num_queries
):
    index = factories.a_project(home_page).get_parent()
    section = index.add_child(instance=ProjectSectionPage(title="Digne", slug="digne", organisation=organisation))
    for number in range(5):
        consultation = factories.a_consultation(organiser=organisation)
        factories.a_forum(consultation=consultation)
        factories.a_project(home_page, f"Projet {number}", consultation=consultation).move(section, pos="last-child")

    client.get(section.url, {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(25):
        client.get(section.url)


# ── Previews of pages that are not saved yet ─────────────────────────────────────────────────────────────────────────


def test_new_pages_can_be_previewed(home_page, organisation):
    project = factories.a_project(home_page)
    inventory = factories.an_inventory(home_page)
    for parent, page in [
        (inventory, type(factories.a_sheet(home_page))(title="Nouvelle fiche", slug="nouvelle")),
        (project.get_parent().specific, type(project)(title="Nouveau projet", slug="nouveau")),
        (project, JournalEntryPage(title="Nouvelle entrée", slug="entree")),
    ]:
        # As Wagtail does for a page that is being created.
        page.depth = parent.depth + 1
        page.path = parent.path + "0001"
        page.set_url_path(parent)

        answer = page.make_preview_request()

        assert answer.status_code == 200
        assert page.title in answer.rendered_content
