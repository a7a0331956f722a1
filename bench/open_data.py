"""What the contributions of a consultation cost to take away, with 250 000 of them next to 1 000.

    .venv/bin/python bench/open_data.py [CONTRIBUTIONS]

Contributions are invented, and written straight into the tables. Each file is made in a process of its own, whose memory
tells whether the table was ever held whole.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import _volume
from _invented import Pen
from _timing import megabytes, say, timed

FEW, MANY = 1_000, 250_000
"""Contributions."""
TOGETHER = 5_000
"""Contributions that are written in one transaction."""


def main(many: int = MANY) -> None:
    def fill(count: int, var: Path) -> None:
        subprocess.run([sys.executable, __file__, "--fill", str(count)], env=_volume.environment(var), check=True)

    for count in (FEW, many):
        with _volume.site(f"donnees-{count}", fill=partial(fill, count)) as var:
            for extension in ("csv", "json", "xlsx"):
                subprocess.run(
                    [sys.executable, __file__, "--export", extension], env=_volume.environment(var), check=True
                )


def fill(count: int) -> None:
    """A consultation with a forum of so many topics."""
    from django.db import transaction
    from django.utils import timezone

    from participation.forum.models import Message
    from portal.demonstration.volume import create_activities, create_participants

    now = timezone.now()
    forum, _ballot = create_activities(since=now)
    [author] = create_participants(1)
    for start in range(0, count, TOGETHER):
        with transaction.atomic():
            for number in range(start, min(start + TOGETHER, count)):
                pen = Pen(number)
                row = Message(
                    activity=forum,
                    forum=forum,
                    author=author,
                    state=Message.State.PUBLISHED,
                    title=pen.title(),
                    body=pen.paragraph(),
                    last_activity_at=now,
                )
                row.save(force_insert=True)


def export(extension: str) -> None:
    """The file of the contributions."""
    from django.test import Client

    from participation.consultations.models import Consultation, Contribution

    client = Client(headers={"host": "127.0.0.1"})
    address = f"/participation/consultations/{Consultation.objects.get().slug}/donnees/"
    # What a first request loads is not the file's.
    client.get(address)
    before = megabytes(resource.RUSAGE_SELF)
    size, *times = timed(lambda: sum(map(len, client.get(f"{address}contributions.{extension}").streaming_content)))
    memory = f"{megabytes(resource.RUSAGE_SELF) - before:.0f} Mo de plus"
    say(
        f"{Contribution.objects.count()} contributions en {extension.upper()} ({size / 1e6:.1f} Mo ; {memory})", [times]
    )


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].isdigit():
        main(int(sys.argv[1]))
    else:
        _volume.measure(main, fill=lambda count: fill(int(count)), export=export)
