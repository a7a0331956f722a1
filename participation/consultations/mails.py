"""The letters of this room."""

from django.urls import reverse

from participation.letters import absolute, send_after_commit


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
    send_after_commit("consultations/mail/moderation", context, author.email)


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
    send_after_commit(template, context, address)
