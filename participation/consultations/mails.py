"""The letters this room sends, after commit: what was not written is not told."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger(__name__)


def tell_author_of_moderation(action) -> None:
    """Tell the author what a moderator did with their text and why; nothing is sent when a reported text is kept."""
    author = action.contribution.author
    if author is None or not author.email or action.act == action.Act.KEPT:
        return
    context = {
        "action": action,
        "contribution": action.contribution,
        "url": settings.WAGTAILADMIN_BASE_URL + action.contribution.get_absolute_url(),
        "portal": settings.PORTAL_NAME,
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("consultations/mail/moderation_subject.txt", context).strip()
        body = render_to_string("consultations/mail/moderation.txt", context)
    transaction.on_commit(lambda: _send(subject, body, author.email))


def _send(subject: str, body: str, to: str) -> None:
    try:
        send_mail(subject, body, None, [to])
    except (OSError, SMTPException, ImproperlyConfigured):
        # The act stands whether or not the letter leaves; the author also reads it in the page and in their account.
        logger.exception("mail not sent")
