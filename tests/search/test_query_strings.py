"""Whatever stands in the address, the answer is a page."""

import random
from urllib.parse import quote

import pytest

from search import outbox
from tests.factories import a_sheet, a_topic

PARAMETERS = [
    "q",
    "type",
    "territoire",
    "theme",
    "public",
    "degre",
    "etape",
    "annee",
    "porteur",
    "tri",
    "page",
    "format",
]
STRANGE = [
    "%00", "%ED%A0%80", "%FF%FE", "%C3", "%", "%zz", "+", "%20", "%0d%0a", "'", "\"", "<script>", "{{7*7}}", "*", "~", "AND OR NOT",
    "(", ")", "[", "]", "\\", "/", ":", "^", "-", "--", "-1", "0", "1e9", "NaN", "inf", "null", "None", "true", "fiche", "kit",
    "04070", "200067437", "gal-dignois", "concertation", "2024", "99999999999999999999", "pertinence", "recent", "json", "html",
    "d%E2%80%99eau", "%F0%9F%8C%8A", "e%CC%81lus", "%E2%80%8B", "%E2%80%AE", "%EF%B7%BA", "a" * 300, "mot " * 200, "%C2%A0",
]  # fmt: skip


@pytest.fixture
def filled(home_page, territories, forum, resident):
    a_sheet(home_page, "Le transport à la demande", territories=[territories["04070"]])
    a_topic(forum, resident, "Des bancs")
    outbox.rebuild()


def test_no_query_string_breaks_the_search(filled, client):
    chance = random.Random(4)
    for _time in range(150):
        pairs = [
            f"{chance.choice(PARAMETERS)}={quote(value) if '%' not in (value := chance.choice(STRANGE)) else value}"
            for _pair in range(chance.randrange(1, 6))
        ]
        for address in ("/recherche/", "/recherche/suggestions/"):
            response = client.get(f"{address}?{'&'.join(pairs)}")
            assert response.status_code == 200, pairs
            response.content.decode()


def test_no_value_breaks_any_parameter(filled, client):
    for value in STRANGE:
        value = value if "%" in value else quote(value)
        pairs = [f"{parameter}={value}" for parameter in PARAMETERS if parameter != "format"]
        for query in ("&".join(pairs), pairs[0], pairs[-1]):
            response = client.get(f"/recherche/?format=json&{query}")
            assert response.status_code == 200, query
            answer = response.json()
            assert 1 <= answer["page"] <= answer["pages"]


def test_five_hundred_times_the_same_parameter(filled, client):
    for parameter in PARAMETERS:
        query = "&".join(f"{parameter}={number}" for number in range(500))
        response = client.get(f"/recherche/?{query}")
        assert response.status_code == 200
        assert len(response.content) < 60_000


def test_any_length(filled, client):
    for length in (200, 201, 10_000, 100_000):
        for text in ("a" * length, "transport " * (length // 10), "é" * length, " " * length, "a " * (length // 2)):
            assert client.get("/recherche/", {"q": text}).status_code == 200
            assert client.get("/recherche/suggestions/", {"q": text}).status_code == 200


def test_other_methods_are_refused(filled, client):
    assert client.post("/recherche/").status_code == 405
    assert client.head("/recherche/").status_code == 200
