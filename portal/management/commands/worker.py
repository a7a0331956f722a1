import logging
import signal
import threading
import time
from datetime import timedelta

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from experiences.importing.files import work_on_waiting
from experiences.proposals.outcomes import tell_proposers
from home.file_texts import read_files
from participation import generation
from participation.ballot.actions import tell_voters
from participation.consultations import clock
from participation.ledger.integrity import problems
from participation.moderation import morning
from participation.moderation.actions import publish_overdue
from participation.people.actions import delete_inactive, forget_unconfirmed, warn_inactive
from participation.review.actions import tell_authors
from participation.review.importing import read_waiting
from search import alerts, outbox

logger = logging.getLogger(__name__)

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400


def publish_scheduled():
    call_command("publish_scheduled", verbosity=0)


def forget_sign_ups():
    """A mistyped address must not keep its pseudonym for ever."""
    forget_unconfirmed(before=timezone.now() - timedelta(days=7))


def clear_sessions():
    call_command("clearsessions", verbosity=0)


def recount():
    """Fails loudly on a difference between what is shown and what is recorded."""
    for problem in problems():
        logger.error("record: %s", problem)


DUTIES = [
    (generation.settle, SECOND),
    (outbox.drain, SECOND),
    (clock.keep_time, SECOND),
    (read_waiting, SECOND),
    (read_files, SECOND),
    (work_on_waiting, SECOND),
    (publish_overdue, MINUTE),
    (morning.send_due, MINUTE),
    (tell_voters, MINUTE),
    (tell_authors, MINUTE),
    (alerts.send_due, MINUTE),
    (tell_proposers, 10 * SECOND),
    (publish_scheduled, MINUTE),
    (clock.end_consultations, HOUR),
    (warn_inactive, HOUR),
    (delete_inactive, HOUR),
    (clock.forget_who, DAY),
    (clock.count_participation, DAY),
    (recount, DAY),
    (alerts.forget_news, DAY),
    (clear_sessions, DAY),
    (forget_sign_ups, DAY),
]
"""What is done again and again, and how many seconds apart."""


class Command(BaseCommand):
    """The clock of the site. A late clock is never a wrong answer: verbs check dates themselves."""

    help = "Fait ce qui revient : recherche, publications programmées, sessions périmées. S’arrête sur SIGTERM."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="chaque tâche une fois, puis s’arrête")

    def handle(self, *args, once=False, **options):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        due = dict.fromkeys((duty for duty, _every in DUTIES), 0.0)
        while not stop.is_set():
            for duty, every in DUTIES:
                if time.monotonic() >= due[duty]:
                    due[duty] = time.monotonic() + every
                    self._do(duty)
            if once:
                return
            stop.wait(SECOND)

    @staticmethod
    def _do(duty) -> None:
        close_old_connections()
        try:
            duty()
        except Exception:
            # One duty that fails (a full disk, a locked database) must not stop the others; it is tried again.
            logger.exception("duty failed: %s", duty.__name__)
