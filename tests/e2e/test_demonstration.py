"""The contract of `make demo`, asked from outside."""

import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import quote, unquote

import pytest

from .conftest import ROOT, start, stop

PAGES = ["/", "/inventaire/", "/projets/", "/ressources/", "/recherche/", "/participation/", "/courrier/", "/en/"]


@pytest.mark.parametrize("path", PAGES)
def test_every_main_address_answers(demonstration, path):
    status, headers, body = demonstration.get(path)

    assert status == 200
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "<h1" in body


def test_the_account_and_the_admin_lead_to_the_sign_in(demonstration):
    for path in ("/compte/", "/admin/"):
        address = path
        while not address.startswith("/compte/connexion/"):
            status, headers, _body = demonstration.get(address)
            assert status == 302
            address = headers["Location"]
        assert unquote(address).endswith(f"next={path}")


def test_it_says_how_it_is(demonstration):
    status, headers, _body = demonstration.get("/sante")

    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert demonstration.json("/sante") == {"status": "ok", "database": True, "index": True}


def test_seven_accounts_are_printed(demonstration):
    assert set(demonstration.accounts) == {
        "habitant", "animateur", "agent", "élu", "modérateur", "garant", "administrateur",
    }  # fmt: skip


def test_robots_keep_out_of_fragments_and_the_sitemap_holds_pages_only(demonstration):
    robots = demonstration.get("/robots.txt")[2]
    assert "Disallow: /participation/fragment/" in robots
    assert "Disallow: /en/participation/fragment/" in robots
    assert "Disallow: /participation/\n" not in robots

    sitemap = demonstration.get("/sitemap.xml")[2]
    assert sitemap.count("<url>") > 90
    assert "/participation/" not in sitemap


def test_a_page_holds_no_contribution_and_nothing_of_the_visitor(demonstration):
    page = demonstration.json("/recherche/?format=json&type=projet&q=bus+de+Digne")["results"][0]["url"]

    _status, headers, body = demonstration.get(page)

    assert "Set-Cookie" not in headers
    assert "csrfmiddlewaretoken" not in body
    assert 'class="message' not in body
    assert "noindex" not in (headers.get("X-Robots-Tag") or "")


@pytest.mark.parametrize("letter", ["a", "é"])
def test_a_search_of_ten_thousand_characters_is_cut_and_said_so(demonstration, letter):
    status, _headers, body = demonstration.get(f"/recherche/?q={quote(letter * 10_000)}")

    assert status == 200
    assert "coup" in body  # « coupée », « coupé »


def test_a_body_of_a_megabyte_is_answered_in_french(demonstration):
    request = urllib.request.Request(f"{demonstration.url}/recherche/", data=b"q=" + b"a" * 1_000_000)

    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=20)

    assert refusal.value.code in (403, 405)
    assert 'lang="fr"' in refusal.value.read().decode()


def test_the_demonstration_is_lived_in(demonstration):
    counts = {row["value"]: row["count"] for row in demonstration.json("/recherche/?format=json")["facets"]["type"]}

    assert counts["fiche"] >= 30
    assert counts["kit"] >= 12
    assert counts["projet"] >= 6
    assert counts["journal"] >= 24
    assert counts["sujet"] >= 20


def test_a_second_start_keeps_the_data_and_the_command_line_works_on_them(demonstration, tmp_path):
    var = tmp_path / "var"
    shutil.copytree(demonstration.var, var)

    again = start(var)

    try:
        assert "Pages, personnes" not in again.output.read_text()
        assert again.accounts == demonstration.accounts
        assert again.get("/")[0] == 200
    finally:
        assert stop(again) == 0


def test_incompatible_data_are_left_alone_and_a_fresh_start_is_offered(demonstration, tmp_path):
    var = tmp_path / "var"
    shutil.copytree(demonstration.var, var)
    stamps = var / "demo.json"
    stamps.write_text(stamps.read_text().replace('"home.0001_initial": "', '"home.0001_initial": "x'))

    done = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={"PORTAL_VAR": str(var), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "make fresh" in done.stderr
    assert sqlite3.connect(var / "portal.sqlite3").execute("SELECT count(*) FROM people_user").fetchone()[0] > 40
