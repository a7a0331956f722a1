import shutil

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from wagtail.models import Collection, Locale, Page, Site

from home.models import HomePage
from participation.ledger import triggers
from participation.people.actions import set_up_roles
from participation.people.models import Role
from participation.vocabulary.actions import load_terms, load_territories
from participation.vocabulary.models import Territory
from search.engines import database

from . import factories


def pytest_addoption(parser):
    parser.addoption("--on-database", action="store_true", help="only the tests that ask something of the database")


def pytest_collection_modifyitems(config, items):
    if config.getoption("on_database"):
        config.hook.pytest_deselected(items=[item for item in items if not _asks_the_database(item)])
        items[:] = filter(_asks_the_database, items)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _asks_the_database(item) -> bool:
    return "_django_db_helper" in item.fixturenames


@pytest.fixture(autouse=True)
def _fresh_caches():
    """No page, site, limit or note of a record kept by one test answers in the next."""
    cache.clear()
    shutil.rmtree(settings.VAR_DIR / "record", ignore_errors=True)
    Site.clear_site_root_paths_cache()
    database._of_this_process.cache_clear()


_empty_tables = TransactionTestCase._fixture_teardown


def _empty_tables_of_the_record_too(self):
    """Tests that commit empty all tables afterwards, which the record's triggers refuse; the roots of trees are made again."""
    triggers.drop(connection)
    _empty_tables(self)
    triggers.create(connection)
    ContentType.objects.clear_cache()
    Locale.objects.get_or_create(language_code="fr")
    Page.add_root(instance=Page(title="Root", slug="root"))
    Collection.add_root(instance=Collection(name="Root"))


TransactionTestCase._fixture_teardown = _empty_tables_of_the_record_too


@pytest.fixture
def territories(db) -> dict[str, Territory]:
    """The real territory, by code, with its themes, audiences and methods."""
    load_territories()
    load_terms()
    return {territory.code: territory for territory in Territory.objects.select_related("epci", "gal")}


@pytest.fixture
def home_page(db) -> HomePage:
    """The home page of the site, in French; the roles exist."""
    set_up_roles()
    locale, _ = Locale.objects.get_or_create(language_code="fr")
    root = Page.objects.get(depth=1)
    for page in root.get_children():
        page.delete()
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="La Placette", slug="accueil", locale=locale))
    Site.objects.all().delete()
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    return home


@pytest.fixture
def resident(db):
    return factories.a_user("Mireille du Bléone")


@pytest.fixture
def organisation(db):
    return factories.an_organisation("Ville de Digne-les-Bains")


@pytest.fixture
def agent(organisation):
    """Edits the organisation's pages and speaks for it."""
    return factories.a_user("Service urbanisme", edits=[organisation], speaks=[organisation])


@pytest.fixture
def moderator(db):
    set_up_roles()
    return factories.a_user("Modératrice", role=Role.MODERATOR)


@pytest.fixture
def administrator(db):
    set_up_roles()
    return factories.a_user("Service informatique", role=Role.ADMINISTRATOR)


@pytest.fixture
def collective(db):
    """A verified organisation that organises nothing."""
    return factories.a_verified_organisation("Collectif Vélo Bléone")


@pytest.fixture
def spokeswoman(collective):
    """Has the mandate of `collective`."""
    return factories.a_user("Aïcha", speaks=[collective])


@pytest.fixture
def ballot(organisation):
    """An open vote of the organisation, live, for anyone: a (Pavé), b (Terre), c (Dalles)."""
    return factories.a_ballot(consultation=factories.a_consultation("La place", organiser=organisation))


@pytest.fixture
def review(organisation):
    """An open review of the organisation: `factories.CHARTER`."""
    return factories.a_review(consultation=factories.a_consultation("La charte", organiser=organisation))


@pytest.fixture
def forum(organisation):
    """An open forum of the organisation."""
    return factories.a_forum(consultation=factories.a_consultation("Le kiosque", organiser=organisation))
