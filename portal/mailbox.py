"""The demonstration's mail room: letters are files under var/mail, and this page lets anyone read them.

No letter leaves the demonstration, so whoever creates an account there reads their code here. Elsewhere it answers 404.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import getaddresses
from itertools import chain, islice
from pathlib import Path

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

MOST_SHOWN = 50
MOST_OPENED = 1000
"""Files looked into, newest first, when the letters of one address are asked for."""
LARGEST = 200_000
"""Bytes read of one file."""
BETWEEN_LETTERS = b"\n" + b"-" * 79 + b"\n"
"""What Django's file backend writes after each letter."""


@dataclass(frozen=True)
class Letter:
    subject: str
    sender: str
    to: str
    sent_at: datetime
    body: str


@require_safe
def mailbox(request):
    """The last letters, newest first; `?a=ADDRESS` keeps those to this address."""
    if not settings.DEMONSTRATION:
        raise Http404
    address = request.GET.get("a", "").strip()[:254]
    letters = list(islice(_letters(Path(settings.EMAIL_FILE_PATH), to=address), MOST_SHOWN))
    response = render(request, "portal/mailbox.html", {"letters": letters, "address": address})
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response


def _letters(folder: Path, *, to: str) -> Iterator[Letter]:
    """The letters of a folder, newest first; what cannot be read as a letter is passed over."""
    letters = chain.from_iterable(_read(file, changed_at) for changed_at, file in islice(_newest(folder), MOST_OPENED))
    return (letter for letter in letters if not to or to.lower() in _addresses(letter.to))


def _newest(folder: Path) -> Iterator[tuple[float, Path]]:
    """(seconds since 1970, file), the last changed first."""
    try:
        files = [(file.stat().st_mtime, file.name, file) for file in folder.iterdir() if file.is_file()]
    except OSError:
        files = []
    # Names start with the second they were written in: they order the files of one tick of the clock.
    return ((changed_at, file) for changed_at, _name, file in sorted(files, reverse=True))


def _read(file: Path, changed_at: float) -> list[Letter]:
    """The letters of one file, the last one first."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST)
    except OSError:
        return []
    parts = [part for part in content.split(BETWEEN_LETTERS) if part.strip()]
    letters = [_parse(part, changed_at) for part in reversed(parts)]
    return [letter for letter in letters if letter]


def _parse(content: bytes, changed_at: float) -> Letter | None:
    """None when it is no letter: the standard library reads anything as one, and stumbles on some headers."""
    try:
        message = message_from_bytes(content, policy=policy.default)
        part = message.get_body(preferencelist=("plain", "html"))
        if not message["To"] or part is None:
            return None
        return Letter(
            subject=str(message["Subject"] or ""),
            sender=str(message["From"] or ""),
            to=str(message["To"]),
            sent_at=datetime.fromtimestamp(changed_at, tz=timezone.get_current_timezone()),
            body=str(part.get_content()).replace("\x00", ""),
        )
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return None


def _addresses(header: str) -> set[str]:
    return {address.lower() for _name, address in getaddresses([header])}
