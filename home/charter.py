"""The charter of participation is an editor's page; each version that is published leaves its hash in the site's record."""

import logging
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ValidationError

from participation.ledger.actions import tell_site
from participation.ledger.canonical import nfc
from participation.people.charter import SLUG

from .models import BasePage

logger = logging.getLogger(__name__)


def note_publication(sender, instance, **kwargs) -> None:
    """A page was published: if it is the charter and its words have changed, the record says so."""
    if instance.slug != SLUG or not isinstance(instance, BasePage):
        return
    if instance.locale.language_code != settings.LANGUAGE_CODE:
        return
    try:
        tell_site("site.charter", {"sha256": hash_of(instance)}, once=True)
    except ValidationError as refusal:
        # The record takes nothing for now (a database restored, a key lost): the page is published all the same.
        logger.error("The charter is not in the site's record: %s", " ".join(refusal.messages))


def hash_of(page: BasePage) -> str:
    """SHA-256 (hexadecimal) of the words of the page: title, summary, body, one space between them, in Unicode's form C."""
    words = " ".join(f"{page.title} {page.summary} {page.plain_text()}".split())
    return sha256(nfc(words).encode()).hexdigest()
