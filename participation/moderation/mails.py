"""The letters of this room. Those about an act leave once it is written; the daily ones say themselves whether they left."""

from __future__ import annotations

from django.urls import reverse

from participation.letters import absolute, send_after_commit, send_letter
from participation.people.models import User


def acknowledge_appeal(appeal) -> None:
    _tell_author("moderation/mail/appeal_received", appeal)


def answer_appeal(appeal) -> None:
    _tell_author("moderation/mail/appeal_answered", appeal)


def _tell_author(template: str, appeal) -> None:
    author = appeal.contribution.author
    if author and author.email:
        address = reverse("public_moderation:decision", args=[appeal.contribution.pk])
        send_after_commit(template, {"appeal": appeal, "author": author, "url": absolute(address)}, author.email)


def tell_guarantor_of_appeal(appeal) -> None:
    _tell_guarantor("moderation/mail/guarantor_appeal", appeal)


def tell_guarantor_of_answer(appeal) -> None:
    _tell_guarantor("moderation/mail/guarantor_answer", appeal)


def _tell_guarantor(template: str, appeal) -> None:
    consultation = appeal.contribution.activity.consultation
    guarantor = consultation.guarantor
    if guarantor and guarantor.is_active and guarantor.email:
        address = reverse("moderation:warranted", args=[consultation.pk])
        send_after_commit(
            template, {"appeal": appeal, "consultation": consultation, "url": absolute(address)}, guarantor.email
        )


def send_summary(user: User, *, lines: list[dict]) -> bool:
    """What waits for a moderator this morning: `lines` of a title, a count and the oldest date. Whether it left."""
    context = {"user": user, "lines": lines, "url": absolute(reverse("moderation:queue"))}
    return send_letter("moderation/mail/summary", context, user.email)


def send_acts(user: User, *, consultations: list[dict]) -> bool:
    """What was done since yesterday in the consultations of a guarantor. Whether it left."""
    context = {"user": user, "consultations": consultations, "url": absolute(reverse("moderation:warrants"))}
    return send_letter("moderation/mail/guarantor_acts", context, user.email)
