"""Method kits and documents, as a visitor sees them."""

from datetime import date
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from participation.vocabulary.models import InvolvementDegree, Method
from resources.blocks import in_days, in_hours
from resources.models import DocumentPage, MethodKitPage, ResourceIndexPage


@pytest.fixture
def index(home_page) -> ResourceIndexPage:
    return home_page.add_child(instance=ResourceIndexPage(title="Ressources", slug="ressources"))


def a_kit(index, title="Le world café", **fields) -> MethodKitPage:
    return index.add_child(instance=MethodKitPage(title=title, **fields))


def a_document(index, title="Ce que dit la loi", **fields) -> DocumentPage:
    return index.add_child(instance=DocumentPage(title=title, **fields))


def main_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser").main


def test_key_documents_come_first_then_kits_then_the_rest(client, index):
    a_document(index, "Une note")
    a_document(index, "Ce que dit la loi", key=True)
    a_kit(index, days=Decimal("4"), group_min=20, group_max=80, price_from=180, price_to=2400)

    main = main_of(client.get(index.url))

    assert [title.text for title in main.find_all("h2")] == [
        "À lire d’abord",
        "Kits méthodologiques",
        "Autres documents",
    ]
    assert [title.text for title in main.select(".card-title")] == ["Ce que dit la loi", "Le world café", "Une note"]
    card = main.select(".card")[1].text
    assert "4 jours" in card
    assert "de 20 à 80 personnes" in card
    assert "de 180 à 2\xa0400\xa0€" in card


def test_an_empty_resource_space_says_so(client, index):
    assert "Pas encore de kit" in client.get(index.url).text


def test_queries_do_not_grow_with_the_resources(client, index, django_assert_max_num_queries):
    for number in range(6):
        a_kit(index, f"Kit {number}")
        a_document(index, f"Document {number}")

    client.get(index.url, {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(19):
        client.get(index.url)


def test_a_kit_tells_how_to_run_the_method(client, index, territories):
    kit = a_kit(
        index,
        method=Method.objects.get(slug="world-cafe"),
        degree=InvolvementDegree.CONCERTATION,
        days=Decimal("1.5"),
        group_min=20,
        price_to=300,
        objectives="<ul><li>Faire parler tout le monde</li></ul>",
        exit_point="<p>Après la première soirée.</p>",
        material="<ul><li>Des nappes en papier</li></ul>",
        phases=[
            ("phase", {"title": "Préparer", "days": Decimal("0.5"), "text": "À deux.", "steps": ["Trouver la salle"]})
        ],
        workshops=[
            (
                "workshop",
                {
                    "title": "La soirée",
                    "size": "20 à 80",
                    "objective": "Trois conversations.",
                    "sequence": [
                        {"minutes": 15, "title": "Accueil", "text": "On offre à boire."},
                        {"minutes": 75, "title": "Conversations", "text": "- Premier tour\n- Deuxième tour"},
                        {"minutes": 30, "title": "Récolte", "text": ""},
                    ],
                },
            )
        ],
    )

    answer = client.get(kit.url)

    main = main_of(answer)
    facts = main.select_one(".facts").get_text(" ", strip=True)
    assert "À partir de 20 personnes" in facts
    assert "1,5 jour " in facts
    assert "Jusqu’à 300\xa0€" in facts
    assert "Après la première soirée." in answer.text
    assert "0,5 jour" in main.select_one("#phases").text
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"])[:2]] for row in main.select("tbody tr")
    ]
    assert rows == [["0\xa0min", "15\xa0min"], ["15\xa0min", "1\xa0h\xa015"], ["1\xa0h\xa030", "30\xa0min"]]


def test_the_sequence_of_a_workshop_is_a_table_one_can_read_aloud(client, index):
    sequence = [{"minutes": 15, "title": "Accueil", "text": ""}]
    workshop = {"title": "La soirée", "size": "", "objective": "", "sequence": sequence}
    kit = a_kit(index, workshops=[("workshop", workshop)])

    main = main_of(client.get(kit.url))

    frame = main.select_one(".table-frame")
    assert (frame["role"], frame["tabindex"]) == ("region", "0")
    assert frame["aria-label"] == "Déroulé\xa0: La soirée"
    assert [header["scope"] for header in frame.select("thead th")] == ["col"] * 3
    assert frame.select_one("tbody th")["scope"] == "row"
    assert frame.find("caption")


def test_a_bare_kit_is_a_page(client, index):
    assert client.get(a_kit(index).url).status_code == 200


@pytest.mark.parametrize(
    ("fields", "refused"),
    [({"group_min": 40, "group_max": 12}, "group_max"), ({"price_from": 500, "price_to": 100}, "price_to")],
)
def test_a_range_goes_from_less_to_more(index, fields, refused):
    kit = MethodKitPage(title="Un kit", slug="kit", **fields)

    with pytest.raises(ValidationError) as refusal:
        kit.clean()

    assert refused in refusal.value.message_dict


def test_a_document_gives_its_file_with_its_kind_and_size(client, index):
    file = get_document_model().objects.create(title="La grille", file=ContentFile(b"x" * 2048, name="grille.ods"))

    document = a_document(index, medium="file", file=file, source="La commune", published=date(2026, 6, 22))

    text = client.get(document.get_url()).text
    assert "ODS, 2,0\xa0Kio" in text
    assert "La commune" in text


def test_a_video_loads_nothing_and_gives_its_transcript(client, index):
    document = a_document(index, medium="video", address="https://video.example/1", transcript="<p>Bonjour à tous.</p>")

    main = main_of(client.get(document.get_url()))

    assert main.find("a", href="https://video.example/1")
    assert "video.example" in main.text
    assert "Bonjour à tous." in main.text
    assert not main.find_all(["iframe", "video", "embed"])


def test_a_link_says_where_it_leads(client, index):
    document = a_document(index, medium="link", address="https://www.cnil.example/guide")

    main = main_of(client.get(document.get_url()))

    assert "Ouvrir la page" in main.text
    assert "www.cnil.example" in main.text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0\xa0min"), (45, "45\xa0min"), (60, "1\xa0h"), (95, "1\xa0h\xa035"), (605, "10\xa0h\xa005")],
)
def test_time_is_said_in_hours_and_minutes(minutes, words):
    assert in_hours(minutes) == words


@pytest.mark.parametrize(
    ("days", "words"), [(None, ""), ("0.5", "0,5 jour"), ("1", "1 jour"), ("1.5", "1,5 jour"), ("2", "2 jours")]
)
def test_days_are_counted_as_in_french(days, words):
    assert in_days(days and Decimal(days)) == words
