"""Sheets that nobody reads yet, written by an import or by a proposal as an editor would write them."""

from __future__ import annotations

from django.utils.text import slugify
from wagtail.coreutils import find_available_slug
from wagtail.models import Page

from .models import ExperiencePage

LONGEST_SLUG = 100


def new_sheet(place: Page, title: str, **fields) -> ExperiencePage:
    """A sheet to be filled and added under `place`, at an address that is free there."""
    slug = slugify(title)[:LONGEST_SLUG].strip("-") or "fiche"
    return ExperiencePage(live=False, slug=find_available_slug(place, slug), locale=place.locale, **fields)


def keep_latest(latest: ExperiencePage) -> None:
    """As when an editor saves a draft, before its revision: what is not online has no other state than its latest."""
    if not latest.live:
        latest.save()
