"""The house has floors, and arrows never climb: in imports, string references, migrations and template includes.

portal → experiences | resources → home → search → participation
"""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"participation": 1, "search": 2, "home": 3, "experiences": 4, "resources": 4, "portal": 5}
# Inside the ground floor: each room stands on those before it. What gathers the rooms stands above them.
ROOMS = {
    "generation": 0,
    "letters": 0,
    "admin_views": 0,
    "plain_text": 0,
    "spreadsheets": 0,
    "vocabulary": 1,
    "people": 2,
    "ledger": 2,
    "consultations": 3,
    "moderation": 4,
    "forum": 4,
    "ballot": 4,
    "review": 4,
    "blocks": 5,
    "urls": 5,
}
ROOM_OF_LABEL = {"vocabulary", "people", "ledger", "consultations", "moderation", "forum", "ballot", "review"}
SOURCES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


def floor(dotted: str) -> str | None:
    """The floor of a module or of an app's label; None for a library."""
    first = dotted.split(".")[0]
    return "participation" if first in ROOM_OF_LABEL else first if first in FLOORS else None


def room(dotted: str) -> str | None:
    """The room of a module of the ground floor."""
    parts = dotted.split(".")
    if parts[0] in ROOM_OF_LABEL:
        return parts[0]
    return parts[1] if parts[0] == "participation" and len(parts) > 1 else None


def climbs(source: str, target: str) -> bool:
    a, b = floor(source), floor(target)
    if a is None or b is None:
        return False
    if a != b:
        return FLOORS[b] >= FLOORS[a]
    if a == "participation":
        here, there = room(source), room(target)
        return here is not None and there is not None and here != there and ROOMS[there] >= ROOMS[here]
    return False


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """The modules a file imports, with "participation.forum" for `from participation import forum`."""
    found = set()
    package = module_of(path).split(".") if path.name == "__init__.py" else module_of(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{origin}.{alias.name}" for alias in node.names}
    return found


def references_of(path: Path) -> set[str]:
    """The strings that name a model, such as "forum.Forum"."""
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z_]+\.[A-Z][A-Za-z]+", node.value)
    }


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_and_references_never_climb(path):
    module = module_of(path)

    climbing = {target for target in imports_of(path) | references_of(path) if climbs(module, target)}

    assert not climbing


CONTRACTS = {
    # Django asks a session's model for its store, which reads and writes that model.
    "participation.people.models": {"participation.people.sessions"},
    # The package chooses the engine, which keeps the promise that the package words.
    "search.engines": {"search.engines.elasticsearch", "search.engines.tantivy"},
}
"""The only modules that name, in a function, those that import them."""


def test_no_module_leads_back_to_itself():
    """Not even by an import that only types or functions ask for."""
    modules = {module_of(path) for path in SOURCES}
    imported = {module_of(path): {nearest(target, modules) for target in imports_of(path)} for path in SOURCES}
    for module, named in CONTRACTS.items():
        assert named <= imported[module]
        imported[module] -= named

    TopologicalSorter(imported).prepare()


def nearest(target: str, modules: set[str]) -> str:
    """The module that holds what is imported, itself when it is one; "" for a library's."""
    while target and target not in modules:
        target = target.rpartition(".")[0]
    return target


def test_the_proof_sees_a_climbing_import():
    assert climbs("participation.forum.models", "home.models")
    assert climbs("participation.people.models", "participation.consultations.models")
    assert climbs("experiences.models", "resources.models")
    assert climbs("search.views", "forum.Forum") is False
    assert climbs("consultations.models", "forum.Forum")


@pytest.mark.django_db  # a migration of wagtail-localize asks the database when it is loaded
def test_migrations_never_climb():
    graph = MigrationLoader(None).disk_migrations

    climbing = {
        (label, dependency[0])
        for (label, _name), migration in graph.items()
        for dependency in migration.dependencies
        if label != dependency[0] and climbs(label, dependency[0])
    }

    assert not climbing


def test_templates_never_include_a_higher_floor():
    folders = {*FLOORS, *ROOM_OF_LABEL}
    templates = ROOT / "templates"
    climbing = []
    for path in templates.rglob("*.html"):
        own = path.relative_to(templates).parts[0]
        if own not in folders:
            # Shared pieces (components, base.html, account) stand below every floor.
            own = "vocabulary"
        for name in re.findall(r"""{%-?\s*(?:include|extends)\s+["']([^"']+)["']""", path.read_text()):
            target = name.split("/")[0]
            if target in folders and target != own and climbs(own, target):
                climbing.append((path.name, name))

    assert not climbing


def test_there_is_no_drawer():
    drawers = {"core", "base", "common", "utils", "helpers", "misc"}

    # Django itself asks for the settings' and the database's by that name.
    found = [path for path in SOURCES if path.stem in drawers and path.parent.name not in ("settings", "sqlite")]

    assert not found
    assert not drawers & set(apps.app_configs)
