"""Letters: a subject and a text, from two templates, in the site's main language."""

import logging
from smtplib import SMTPException
from urllib.parse import urljoin

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger(__name__)


def absolute(address: str) -> str:
    """An address of the site as a letter gives it."""
    return urljoin(settings.WAGTAILADMIN_BASE_URL, address)


def send_letter(template: str, context: dict, to: str, *, headers: dict[str, str] | None = None) -> bool:
    """Send a letter at once: `template`_subject.txt and `template`.txt. Returns whether it left."""
    return _send(*_written(template, context), to, headers)


def send_after_commit(template: str, context: dict, to: str) -> None:
    """Write a letter now, and send it once the transaction is committed: what was not done is not told."""
    letter = _written(template, context)
    transaction.on_commit(lambda: _send(*letter, to))


def _written(template: str, context: dict) -> tuple[str, str]:
    """The subject and the text."""
    context = {"portal": settings.PORTAL_NAME, **context}
    with translation.override(settings.LANGUAGE_CODE):
        return (
            render_to_string(f"{template}_subject.txt", context).strip(),
            render_to_string(f"{template}.txt", context),
        )


def _send(subject: str, body: str, to: str, headers: dict[str, str] | None = None) -> bool:
    try:
        EmailMessage(subject, body, to=[to], headers=headers).send()
    except (OSError, SMTPException, ImproperlyConfigured):
        # The act stands whether or not the letter leaves; pages tell it too.
        logger.exception("mail not sent")
        return False
    return True
