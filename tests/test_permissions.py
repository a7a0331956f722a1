"""Every address of the site, asked by every role: to read, then to send a form.

What each gets is written in permissions.txt, beside this file. An address that is not there fails, by its name.
"""

import re
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.template.base import Template
from django.utils.safestring import SafeString

from tests import factories
from tests.whole_site import ROLES, Address, addresses, asking, populate

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.long,
    # Wagtail leaves a file open for each rendition it makes.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # wagtail-localize lists translations in no order.
    pytest.mark.filterwarnings("ignore::django.core.paginator.UnorderedObjectListWarning"),
]


@pytest.fixture(autouse=True)
def _nothing_drawn(monkeypatch):
    """Who gets an answer is decided before it is drawn, which takes most of the time."""
    monkeypatch.setattr(Template, "render", lambda *args, **kwargs: SafeString(""))


TABLE = Path(__file__).with_name("permissions.txt")
LINE = re.compile(rf"(\S{{{len(ROLES)}}}) (\S{{{len(ROLES)}}})  (.+)")
WRITTEN = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(?!people_session|wagtailadmin_editing|wagtailusers_)')

SENT = {
    "participation/contribution/<id:pk>/avis/": {"choice": "nuance"},
    "participation/contribution/<id:pk>/signaler/": {"reason": "hors-sujet"},
    "participation/forum/<id:pk>/ecrire/": {"title": "Un banc", "body": "À l’ombre."},
    "participation/forum/message/<id:pk>/repondre/": {"body": "Oui."},
    "participation/forum/message/<id:pk>/modifier/": {"title": "Autrement", "body": "Dit autrement."},
    "participation/forum/message/<id:pk>/ranger/": {"act": "pin"},
    "participation/vote/<id:pk>/voter/": {"choice": "b", "version": 1},
    "participation/document/<id:pk>/passage/<id:number>/ecrire/": {"version": 1, "nature": "comment", "body": "Non."},
    "participation/document/remarque/<id:pk>/repondre/": {"body": "Oui."},
    "participation/document/remarque/<id:pk>/modifier/": {"body": "Dit autrement."},
    "compte/profil/": {"pseudonym": "Autrement"},
    "recherche/suivre/": {"name": "À suivre", "frequency": "daily"},
    "recherche/suivies/<int:pk>/modifier/": {"name": "Autrement", "frequency": "daily"},
    "proposer-une-experience/": {"title": "Le four", "summary": "Rallumé.", "place": "04070"},
    "admin/moderation/<int:pk>/": {"act": "keep"},
    "admin/moderation/recours/<int:pk>/": {"decision": "rejected", "answer": "Si."},
    "admin/moderation/courrier-du-matin/": {"wanted": "no"},
    "admin/moderation/garant/<int:pk>/": {"kind": "note", "title": "Lu", "body": "Tout a été lu."},
    "participation/contribution/<id:pk>/decision/": {"text": "Rien n’était de trop."},
    "compte/organisations/demander/": {
        "name": "Les Mains vertes",
        "kind": "association",
        "presentation": "A",
        "mandate": "B",
    },
    "admin/organisations/verification/<int:pk>/": {"act": "verify", "checked": "Délibération."},
    "admin/demandes-de-profil/repondre/<int:pk>/": {"act": "decline", "answer": "Non."},
    "compte/supprimer/": {"texts": "keep", "password": factories.PASSWORD},
    "admin/organisations/membres/<int:pk>/": {"act": "add", "email": "jeannot@exemple.fr", "edits": "on"},
    "admin/choose-external-link/": {"external-link-chooser-url": "https://exemple.fr"},
}
"""What is sent to each route where an empty form does nothing; routes that begin with these words take it too."""


class Table:
    """The lines of permissions.txt for a method; a line that ends with a star is of all routes that begin so."""

    def __init__(self, method: str):
        found = [LINE.fullmatch(line) for line in TABLE.read_text().splitlines()]
        self.lines = {line[3]: line[("GET", "POST").index(method) + 1] for line in found if line}
        self.used = set()

    def __getitem__(self, route: str) -> str:
        name = route if route in self.lines else self._group(route)
        self.used.add(name)
        return self.lines.get(name, "")

    def _group(self, route: str) -> str:
        groups = [name for name in self.lines if name.endswith("*") and route.startswith(name.removesuffix("*"))]
        return max(groups, key=len, default="")


def asked_by_everyone(site, method: str) -> dict[str, str]:
    """Route → a letter a role. Nothing that is written stays."""
    known = {address.route: address for address in addresses(site)}
    letters = dict.fromkeys(known, "")
    for role in ROLES:
        ask = asking(site.people[role])
        for route, address in known.items():
            letters[route] += _outcome(ask, method, address, signed_in=site.people[role] is not None)
    return letters


def _outcome(ask, method: str, address: Address, *, signed_in: bool) -> str:
    written = []

    def note(execute, sql, *args):
        if WRITTEN.match(sql):
            written.append(sql)
        return execute(sql, *args)

    sent = next((data for name, data in SENT.items() if address.route.startswith(name)), {})
    with transaction.atomic(), connection.execute_wrapper(note):
        response = ask(address, method, sent)
        response.getvalue()
        transaction.set_rollback(True)
    return _letter(response, bool(written) and method == "POST", signed_in=signed_in)


def _letter(response, written: bool, *, signed_in: bool) -> str:
    match response.status_code:
        case 301 | 302 | 303:
            if response.url.startswith(("/compte/connexion/", "/admin/login/", "/_util/login/")):
                # Who is signed in and sent to the admin's door is refused there.
                return "-" if signed_in else "s"
            if response.url == "/admin/" and not written:
                return "-"
            return "w" if written else ">"
        case 400 | 422:
            return "?"
        case 403:
            return "-"
        case 404 | 410:
            return "."
        case 405:
            return "x"
        case status if status < 300:
            return "w" if written else "o"
    return "!"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_answers_each_role_as_the_table_says(home_page, territories, method):
    site = populate(home_page)
    table = Table(method)

    letters = asked_by_everyone(site, method)

    wrong = [f"{found}  {route}" for route, found in letters.items() if table[route] != found]
    assert not wrong, "\n".join([f" {method}:", *wrong])
    assert set(table.lines) == table.used
