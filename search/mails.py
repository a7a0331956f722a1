"""The letters about saved searches, and the way out of them that each carries."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import override

from participation.letters import absolute, send_letter
from participation.people.models import User

from .documents import SearchDocument
from .models import SavedSearch

_signer = signing.Signer(salt="search.alerts.stop")


@dataclass(frozen=True)
class Section:
    """What a letter says of one search: the documents it names, how many are new in all, and the rows that tell so."""

    search: SavedSearch
    documents: list[SearchDocument]
    total: int
    rows: list[int]

    @property
    def others(self) -> int:
        """How many it does not name."""
        return self.total - len(self.documents)


def tell_news(user: User, sections: list[Section]) -> bool:
    """Write what is new in this person's searches. Returns whether the letter left.

    The two headers let a mail program stop the letters by itself: https://www.rfc-editor.org/rfc/rfc8058
    """
    with override(settings.LANGUAGE_CODE):
        stop_url = absolute(reverse("search:stop", args=[token_of(user.pk)]))
        account_url = absolute(reverse("people:account"))
    context = {
        "user": user,
        "searches": [_as_told(section) for section in sections],
        "total": sum(section.total for section in sections),
        "account_url": account_url,
        "stop_url": stop_url,
    }
    headers = {"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return send_letter("search/mail/news", context, user.email, headers=headers)


def token_of(user_pk: int) -> str:
    """What stops a person's letters, whoever holds it: signed, good for ever, it opens nothing else."""
    return _signer.sign(user_pk)


def read_token(token: str) -> int | None:
    """Whose letters a token stops; None when we did not sign it."""
    try:
        return int(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def _as_told(section: Section) -> dict:
    return {
        "name": section.search.name,
        "url": absolute(section.search.lasting.url),
        "total": section.total,
        "others": section.others,
        "documents": [
            {"title": document.title, "kind": document.kind.label, "url": absolute(document.url)}
            for document in section.documents
        ],
    }
