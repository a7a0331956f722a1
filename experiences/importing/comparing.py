"""What a sheet says and what a row of a file says, in one form, to see whether they say the same. No database.

A sheet's latest draft is read from the content of its revision, as Wagtail keeps it: rows by their keys, days as texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

from experiences.models import ExperiencePage

from .cells import seen
from .richtext import normal
from .story import with_kept

MANY = {field.name for field in ExperiencePage._meta.get_fields() if field.many_to_many and not field.auto_created}
ONE = {"carrier", "device_type"}


def plain(name: str, value: Any) -> Any:
    """A field's value, of a draft or of a revision's content, in the form that is compared."""
    if name in MANY:
        return sorted(getattr(row, "pk", row) for row in value or [])
    if name in ONE:
        return getattr(value, "pk", value)
    if name == "body":
        return story(value)
    if name in ExperiencePage.LESSONS:
        return normal(value or "")
    if name == "partners":
        return names(value or "")
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(seen(value).split()) if isinstance(value, str) else value


def digest(name: str, value: Any) -> str:
    """The same for two values that mean the same; says nothing of a text that may have to be erased."""
    form = json.dumps(plain(name, value), default=str, sort_keys=True)
    return blake2b(form.encode(), digest_size=12).hexdigest()


def names(text: str) -> str:
    """Several names in one text, separated as `rows` does."""
    parts = (" ".join(part.split()).lstrip("-•* ") for part in re.split(r"[;|\n]", seen(text)))
    return ", ".join(dict.fromkeys(filter(None, parts)))


def blocks(body: Any) -> list[tuple[str, Any]]:
    """The blocks of a body, of a draft or of a revision's content, as pairs (type, value as stored)."""
    if isinstance(body, str):
        body = json.loads(body or "[]")
    return [(block["type"], block["value"]) if isinstance(block, Mapping) else block for block in body or []]


def story(body: Any) -> list[list]:
    """Its blocks as a file can tell them: paragraphs that follow each other are one, empty ones none."""
    told: list[list] = []
    for kind, value in with_kept(blocks(body)):
        if kind == "heading":
            value = " ".join(seen(value["text"]).split())
        elif kind == "paragraph":
            value = normal(value)
            if value and told and told[-1][0] == "paragraph":
                told[-1][1] += value
                continue
        if value:
            told.append([kind, value])
    return told
