"""What people write is indexed by no search engine: nothing that holds it may be, and no map of the site leads to it."""

import re

import pytest

from tests.whole_site import SECRET, WORD, Address, addresses, asking, populate

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.long,
    # Wagtail leaves a file open for each rendition it makes.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # wagtail-localize lists translations in no order.
    pytest.mark.filterwarnings("ignore::django.core.paginator.UnorderedObjectListWarning"),
]


@pytest.fixture
def site(home_page, territories):
    return populate(home_page)


def read_by(role: str, site) -> list[tuple[Address, object, str]]:
    """(address, response, its text) for every address of the site."""
    ask, found = asking(site.people[role]), []
    for address in addresses(site):
        response = ask(address)
        found.append((address, response, response.getvalue().decode(errors="replace")))
    return found


@pytest.mark.parametrize("role", ["V", "R", "A"])
def test_whatever_holds_a_contribution_is_not_indexed(site, role):
    holding = [(address.route, response) for address, response, text in read_by(role, site) if WORD in text]

    assert len(holding) > 15
    assert not [route for route, response in holding if "noindex" not in response.get("X-Robots-Tag", "")]


@pytest.mark.parametrize("role", ["O", "N", "G"])
def test_what_is_among_invited_people_in_a_trial_or_in_a_draft_is_named_to_nobody_else(site, role):
    assert not [address.route for address, _response, text in read_by(role, site) if SECRET.lower() in text.lower()]


def test_no_address_of_the_map_holds_a_contribution_or_refuses_to_be_indexed(client, site):
    listed = re.findall(r"<loc>https?://[^/]+(.*?)</loc>", client.get("/sitemap.xml").text)

    assert site.project.url in listed
    for path in listed:
        response = client.get(path)
        assert response.status_code == 200, path
        assert WORD not in response.text, path
        assert "noindex" not in response.get("X-Robots-Tag", "") + response.text, path


def test_robots_read_what_says_that_it_is_not_to_be_indexed_but_for_fragments_and_the_admin(client, site):
    closed = re.findall("^Disallow: (.+)$", client.get("/robots.txt").text, re.MULTILINE)

    shut_out = [address.path for address in addresses(site) if address.path.startswith(tuple(closed))]
    assert all(path.startswith("/admin/") or "/fragment/" in path for path in shut_out)
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").text
