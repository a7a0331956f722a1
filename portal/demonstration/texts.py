"""The texts of the demonstration, read from the TOML files beside this one."""

import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import escape

from home.blocks import ContentStreamBlock

FOLDER = Path(__file__).parent
STREAM = ContentStreamBlock()
WRITTEN = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Europe/Paris"))
"""The day the texts speak from: what they date in days counts back from it."""


def read(name: str) -> dict:
    text = (FOLDER / name).read_text()
    # One narrow no-break space inside quotation marks, whatever was typed.
    text = re.sub(r"«[ \u00a0\u202f]+", "«\u202f", text)
    return tomllib.loads(re.sub(r"[ \u00a0\u202f]+»", "\u202f»", text))


def read_all(folder: str) -> dict[str, dict]:
    """The files of a folder by their name, in alphabetical order."""
    return {path.stem: read(f"{folder}/{path.name}") for path in sorted((FOLDER / folder).glob("*.toml"))}


def days_ago(days: float) -> datetime:
    return min(WRITTEN, timezone.now()) - timedelta(days=days)


def days_ahead(days: float) -> datetime:
    """What is open stays open, whenever the demonstration is run; what was closed by then is closed."""
    end = (timezone.now() if days > 0 else min(WRITTEN, timezone.now())) + timedelta(days=days)
    return end.replace(hour=18, minute=0, second=0, microsecond=0)


def rich(text: str | list[str] | None) -> str:
    """Plain text as rich text: a line is a paragraph, lines that begin with "- " a list, **words** strong."""
    if not text:
        return ""
    lines = [f"- {item}" for item in text] if isinstance(text, list) else text.strip().splitlines()
    html, items = [], []
    for line in [*(line.strip() for line in lines), ""]:
        if line.startswith("- "):
            items.append(f"<li>{_strong(line[2:])}</li>")
            continue
        if items:
            html.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line:
            html.append(f"<p>{_strong(line)}</p>")
    return "".join(html)


def blocks(body: list[dict]) -> list[dict]:
    """The `[[body]]` tables of a text as the raw data of a page's body."""
    # As the editor would have saved them: with the ids that translations hold on to.
    stream = STREAM.to_python([_block(dict(table)) for table in body])
    # A stream gives back what it has not read as it came, without ids: read it all.
    list(stream)
    return STREAM.get_prep_value(stream)


def _block(table: dict) -> dict:
    kind = table.pop("block")
    match kind:
        case "paragraph":
            return {"type": "paragraph", "value": rich(table["text"])}
        case "callout":
            return {"type": "callout", "value": {"title": table.get("title", ""), "text": rich(table["text"])}}
        case "questions":
            questions = [{**row, "answer": rich(row["answer"])} for row in table["questions"]]
            return {"type": "questions", "value": {"title": table.get("title", ""), "questions": questions}}
        case "figure":
            return {"type": "scene", "value": {"scene": table["scene"], "caption": table.get("caption", "")}}
        case "quote":
            return {"type": "quote", "value": {"text": table["text"].strip(), "author": table.get("author", "")}}
        case _:
            return {"type": kind, "value": table}


def _strong(line: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(line).replace("&#x27;", "’"))
