"""The doors that the record, which knows no consultation, leaves open to the rooms above.

All are Wagtail hooks, registered in a room's wagtail_hooks.py:

    @hooks.register("register_log_subjects")
    def consultations_of(logs, viewer) -> dict[int, Subject]:
        "What each of these logs is about and what `viewer` may read of it, by the log's id."

    @hooks.register("register_log_results")
    def results_of(log, size) -> dict[str, dict]:
        "The results of what is counted in the first `size` entries: obj → as docs/registre.md says of results.json."

    @hooks.register("register_recount")
    def recount(log) -> Iterable[str]:
        "Each difference between what the room stores and what the log says, a sentence each."
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from wagtail import hooks

from .models import SITE, Log


@dataclass(frozen=True)
class Subject:
    """What a log is about, for its page and the list of logs."""

    title: str
    organiser: str
    url: str
    """Of the page that tells it, as a path; "" when there is none."""
    is_public: bool
    """Whether everyone may read all of it; its checkpoint is public in any case."""
    is_readable: bool
    """Whether the viewer may."""
    data_url: str = ""
    """Of the page of its open data, as a path; "" when there is none."""


def subjects(logs: Iterable[Log], viewer) -> dict[int, Subject]:
    """What each of these logs is about, by its id. A log that no room knows is nobody's to read."""
    logs = list(logs)
    found = {log.pk: Subject(_("The site itself"), "", "/", True, True) for log in logs if log.slug == SITE}
    for register in hooks.get_hooks("register_log_subjects"):
        found |= register([log for log in logs if log.pk not in found], viewer)
    return found


def results(log: Log, size: int) -> dict[str, dict]:
    """obj → its results at this size of the log."""
    objects: dict[str, dict] = {}
    for register in hooks.get_hooks("register_log_results"):
        objects |= register(log, size)
    return objects


def differences(log: Log) -> Iterator[str]:
    """What the rooms store and the record does not say."""
    for register in hooks.get_hooks("register_recount"):
        yield from register(log)
