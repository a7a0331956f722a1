"""Letters, and those this room sends: after commit, for what was not written is not told."""

import logging
from smtplib import SMTPException
from urllib.parse import urljoin

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

logger = logging.getLogger(__name__)


def tell_author_of_moderation(action) -> None:
    """Tell the author what was decided of their text, and why."""
    author = action.contribution.author
    if author is None or not author.email:
        return
    context = {
        "action": action,
        "contribution": action.contribution,
        "text": (action.contribution.pending or {}).get("body", action.contribution.body),
        "url": absolute(action.contribution.get_absolute_url()),
        "decision_url": absolute(reverse("public_moderation:decision", args=[action.contribution_id])),
    }
    post("consultations/mail/moderation", context, author.email)


def acknowledge_report(report) -> None:
    """Tell whoever reports a text that it is received."""
    _write_to_reporter("consultations/mail/report_received", report, report.contribution)


def tell_reporter(report, contribution) -> None:
    """Tell whoever reported a text what was decided of it: it is still shown, or not."""
    _write_to_reporter("consultations/mail/report_handled", report, contribution)


def _write_to_reporter(template: str, report, contribution) -> None:
    address = report.contact or (report.reporter.email if report.reporter else "")
    if not address:
        return
    context = {"report": report, "contribution": contribution, "url": absolute(contribution.get_absolute_url())}
    post(template, context, address)


def post(template: str, context: dict, to: str) -> None:
    """Send a letter once the transaction is committed: `template`_subject.txt and `template`.txt."""
    letter = _written(template, context)
    transaction.on_commit(lambda: _send(*letter, to))


def absolute(address: str) -> str:
    """An address of the site as a letter gives it."""
    return urljoin(settings.WAGTAILADMIN_BASE_URL, address)


def send_letter(template: str, context: dict, to: str, *, headers: dict[str, str] | None = None) -> bool:
    """Send a letter at once: `template`_subject.txt and `template`.txt. Returns whether it left."""
    return _send(*_written(template, context), to, headers)


def _written(template: str, context: dict) -> tuple[str, str]:
    """The subject and the text of a letter, in the site's main language."""
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
        # The act stands whether or not the letter leaves; the author also reads it in the page and in their account.
        logger.exception("mail not sent")
        return False
    return True
