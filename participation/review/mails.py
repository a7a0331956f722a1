"""The letters about documents."""

from participation.letters import absolute, send_letter

from .models import Remark


def tell_author_of_outcome(remark: Remark) -> None:
    """A version that people read has taken this remark up."""
    if remark.author is None or not remark.author.email:
        return
    context = {
        "remark": remark,
        "review": remark.review,
        "note": remark.taken_note,
        "url": absolute(remark.get_absolute_url()),
    }
    send_letter("review/mail/taken", context, remark.author.email)
