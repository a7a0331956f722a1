"""How tests read a log: entries as they are written, and the verdict of the verifier on what the site publishes."""

import contextlib
import io
import json
from pathlib import Path

from participation.ledger import verifier
from participation.ledger.models import Log
from participation.ledger.views import _folder


def entries(log: Log, *types: str) -> list[dict]:
    """The entries of a log, of these types only when some are given."""
    read = [json.loads(bytes(body)) for body in log.entries.order_by("seq").values_list("body", flat=True)]
    return [entry for entry in read if not types or entry["type"] in types]


def types(log: Log) -> list[str]:
    return [entry["type"] for entry in entries(log)]


def save(log: Log, folder: Path) -> Path:
    """The folder of files that the site would give of this log."""
    folder.mkdir(exist_ok=True)
    for name, lines in _folder(log):
        (folder / name).write_bytes(b"".join(lines))
    return folder


def verify(place: Path | str, *arguments: str) -> tuple[int, str]:
    """The exit code and what the verifier prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = verifier.main([str(place), *map(str, arguments)])
    return code, output.getvalue()
