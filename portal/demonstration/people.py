"""The organisations and the invented people of the demonstration."""

import json
import os
import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils.text import slugify

from participation.people.actions import create_organisation, grant_role, set_member, verify
from participation.people.models import Organisation, Role, User
from participation.vocabulary.models import Territory

from . import texts

INTERCOMMUNALITIES = {"provence-alpes-agglomeration": "200067437", "sisteronais-buech": "200068765"}

ACCOUNTS = {
    "lucette": Role.RESIDENT,
    "maelle-r": Role.ANIMATOR,
    "nadege-p": Role.AGENT,
    "isabelle-c": Role.ELECTED,
    "ines-f": Role.MODERATOR,
    "anne-lise-w": Role.GUARANTOR,
    "administration": Role.ADMINISTRATOR,
}
"""The people whose accounts visitors of the demonstration may use; the others have no password."""

WORDS = "amandier bleone buech cabanon cade cigale crecelle durance ensoleillade genet lavande meouge olivier platane restanque romarin sarriette serre sorgue tilleul".split()


def address(key: str) -> str:
    return f"{key}@demo.example"


def create_organisations(slugs: set[str]) -> dict[str, Organisation]:
    """The organisations that the texts name, by short name."""
    communes = {slugify(commune.name): commune for commune in Territory.objects.communes()}
    invented = {row["slug"]: row for row in texts.read("organisations.toml")["organisations"]}
    organisations = {}
    for slug in sorted(slugs | INTERCOMMUNALITIES.keys()):
        if slug in INTERCOMMUNALITIES:
            territory = Territory.objects.get(code=INTERCOMMUNALITIES[slug])
            facts = {
                "name": territory.name,
                "kind": Organisation.Kind.EPCI,
                "contact": "Accueil de l’intercommunalité, service participation",
            }
        elif slug in invented:
            row = invented[slug]
            territory = Territory.objects.get(code=row["commune"])
            facts = {name: row[name] for name in ("name", "kind", "presentation")}
        else:
            territory = communes[slug]
            facts = {"name": f"Commune {_of(territory.name)}", "kind": Organisation.Kind.COMMUNE}
        organisations[slug] = create_organisation(slug=slug, territory=territory, **facts)
    return organisations


def create_people(organisations: dict[str, Organisation]) -> dict[str, User]:
    """The people of people.toml by key, and an administrator; those of `ACCOUNTS` get a password that is written down."""
    people, accounts = {}, []
    rows = [*texts.read("people.toml")["people"], {"key": "administration", "pseudonym": "Administration", "roles": []}]
    communes = {commune.code: commune for commune in Territory.objects.communes()}
    for row in rows:
        key = row["key"]
        role = ACCOUNTS.get(key)
        password = "-".join(secrets.choice(WORDS) for _ in range(3)) if role else None
        user = User.objects.create_user(
            address(key), password, pseudonym=row["pseudonym"], commune=communes.get(row.get("commune"))
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        for name in {*row["roles"], *([role] if role else []), Role.RESIDENT}:
            grant_role(user, name)
        if organisation := organisations.get(row.get("organisation", "")):
            set_member(organisation, user, edits="agent" in row["roles"] or "animator" in row["roles"], speaks=True)
        if role:
            accounts.append({"role": role.value, "email": user.email, "password": password})
        people[key] = user
    for organisation in organisations.values():
        verify(organisation, people["administration"], checked="Tout est inventé, sauf les noms des communes.")
    _write_down(accounts)
    return people


def voice(row: dict, author: User) -> Organisation | None:
    """In whose name a message of the texts is written: its author's organisation, when it says so."""
    return Organisation.objects.spoken_for_by(author).get() if row.get("in_its_name") else None


def accounts() -> list[dict]:
    """The accounts that visitors may use: {"role", "email", "password"}; empty when this is not the demonstration."""
    path = _accounts_file()
    return json.loads(path.read_text()) if path.exists() else []


def _write_down(rows: list[dict]) -> None:
    path = _accounts_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(rows, file, indent=1)


def _accounts_file():
    return settings.VAR_DIR / "keys" / "demonstration-accounts.json"


def _of(name: str) -> str:
    """« de Digne », « d’Orpierre », « du Brusquet », « des Mées », « de La Javie »."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d’{name}" if name[0] in "AEÉIOU" else f"de {name}"
