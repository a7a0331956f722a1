"""Nothing a person reads is left in English: the French catalogue is whole, and its compiled twin says the same."""

import re
import shutil
from pathlib import Path

import polib
import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[1]
CATALOGUE = Path("portal/locale/fr/LC_MESSAGES/django.po")
NOT_THE_INTERFACE = shutil.ignore_patterns(".*", "var", "static", "media", "tests", "bench", "docs", "__pycache__")
GETTEXT = ["xgettext", "msguniq", "msgmerge", "msgattrib"]


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / CATALOGUE))


def _unfinished(catalogue: polib.POFile) -> str:
    """The msgids without a French text or with a guessed one ("fuzzy"), one a line, each with the files that use it."""
    entries = [entry for entry in catalogue if not entry.obsolete and (entry.fuzzy or not entry.translated())]
    return "\n".join(f"{entry.msgid!r} in {', '.join(file for file, _line in entry.occurrences)}" for entry in entries)


def test_every_entry_has_its_french(catalogue):
    unfinished = _unfinished(catalogue)

    assert unfinished == ""


@pytest.mark.skipif(not all(map(shutil.which, GETTEXT)), reason="finding the msgids in the code needs gettext's tools")
def test_every_text_of_the_code_is_in_the_catalogue(tmp_path, monkeypatch, settings):
    """On a copy of the sources: makemessages writes what it finds into the catalogue."""
    copy = shutil.copytree(ROOT, tmp_path / "sources", ignore=NOT_THE_INTERFACE)
    monkeypatch.chdir(copy)
    settings.LOCALE_PATHS = [copy / "portal" / "locale"]

    call_command("makemessages", locale=["fr"], verbosity=0)

    unfinished = _unfinished(polib.pofile(str(copy / CATALOGUE)))
    assert unfinished == ""


def test_the_compiled_catalogue_says_the_same(catalogue):
    """When it does not, run `make messages`."""
    compiled = polib.mofile(str(ROOT / CATALOGUE.with_suffix(".mo")))

    assert _texts(compiled) == _texts(catalogue.translated_entries())


def _texts(entries) -> dict:
    return {(entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in entries if entry.msgid}


def _french(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_a_variable_of_the_french_is_one_of_the_english(catalogue):
    """Otherwise the page that says it answers 500."""
    variable = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")

    for entry in catalogue:
        known = set(variable.findall(entry.msgid + entry.msgid_plural))
        for text in _french(entry):
            assert set(variable.findall(text)) <= known, entry.msgid


def test_the_french_is_typeset(catalogue):
    """Curled apostrophes, spaces that do not break before ; : ! ? » and after «."""
    badly_set = re.compile(r"\w'\w| [;:!?»]|« |\w[;!?»](?!\w)")

    assert [text for entry in catalogue for text in _french(entry) if badly_set.search(text)] == []
