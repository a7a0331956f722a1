"""A column of the open data of a consultation, by the one name it has in all their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from participation.spreadsheets import Value


@dataclass(frozen=True)
class DataColumn:
    name: str
    words: str
    """What it holds, for the dictionary: a sentence, in the language of the moment."""
    of: Callable[[Any], Value]
    """Its value, from a row of the table."""
    width: int = 14
    """In a workbook, in characters."""
