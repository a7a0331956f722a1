"""The letters of this room."""

from participation.letters import absolute, send_after_commit


def tell_author_of_moderation(action) -> None:
    """Tell the author what a moderator did with their text and why; nothing is sent when a reported text is kept."""
    author = action.contribution.author
    if author is None or not author.email or action.act == action.Act.KEPT:
        return
    context = {
        "action": action,
        "contribution": action.contribution,
        "text": (action.contribution.pending or {}).get("body", action.contribution.body),
        "url": absolute(action.contribution.get_absolute_url()),
    }
    send_after_commit("consultations/mail/moderation", context, author.email)
