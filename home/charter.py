"""The charter of participation is an editor's page; each version that is published leaves its hash in the site's record."""

from hashlib import sha256

from participation.ledger.actions import tell_site
from participation.ledger.canonical import nfc
from participation.people.charter import SLUG

from .models import BasePage


def note_publication(sender, instance, **kwargs) -> None:
    """A page was published: if it is the charter and its words have changed, the record says so."""
    if instance.slug == SLUG and isinstance(instance, BasePage):
        tell_site("site.charter", {"sha256": hash_of(instance)}, once=True)


def hash_of(page: BasePage) -> str:
    """SHA-256 (hexadecimal) of the words of the page: title, summary, body, one space between them, in Unicode's form C."""
    words = " ".join(f"{page.title} {page.summary} {page.plain_text()}".split())
    return sha256(nfc(words).encode()).hexdigest()
