"""The receipt of what one did: shown, printed, downloaded. Whose it is is known from the tag in the entry itself."""

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from participation.ledger import receipts, sealing, tree
from participation.ledger.kinds import KINDS
from participation.ledger.models import Log
from participation.people.decorators import private_page

from .models import Activity, Contribution
from .places import come_from

ACTS = ("vote.", "reaction.", "contribution.")
"""What begins the type of an entry that is somebody's act."""


@require_safe
@private_page
def receipt(request, slug, seq):
    """The ticket, with what it says in words."""
    log, entry = _own_entry_or_404(request, slug, seq)
    content = entry.content
    activity, about = _activity_of(entry.obj)
    choice = receipts.words_of_choice(log, content, _opened(entry))
    lines = [
        (_("Where"), activity.title if activity else ""),
        *about,
        (_("Record"), log.origin),
        (_("Number"), seq),
        (_("When"), receipts.in_words(content["ts"])),
        (_("Choice"), " · ".join(choice)),
    ]
    context = {
        "log": log,
        "entry": entry,
        "act": KINDS[entry.type],
        "lines": [{"label": label, "value": value} for label, value in lines if value != ""],
        "code": tree.leaf(bytes(entry.body)).hex()[:32],
        "activity": activity,
        "choice": choice,
        "next": come_from(request),
    }
    return render(request, "consultations/receipt.html", context)


@require_safe
@private_page
def receipt_file(request, slug, seq):
    """The file that anyone can check."""
    log, _entry = _own_entry_or_404(request, slug, seq)
    response = JsonResponse(receipts.receipt(log, seq), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="recu-{log.slug}-{seq}.json"'
    return response


def _opened(entry) -> list[dict]:
    return [receipts.opening_line(row, entry.seq) for row in entry.openings.order_by("field")]


def _own_entry_or_404(request, slug: str, seq: int):
    """An entry that the visitor wrote; to anybody else it is not here."""
    log = get_object_or_404(Log.objects.exclude(key=None), slug=slug)
    entry = get_object_or_404(log.entries, seq=seq)
    if not request.user.is_authenticated or not entry.type.startswith(ACTS) or request.user.secret is None:
        raise Http404
    try:
        key, secret = sealing.opened(log.key), bytes(request.user.secret)
    except sealing.KeyIsLost:
        # Whose it is cannot be known.
        raise Http404 from None
    own = {sealing.author_tag(key, secret), sealing.vote_tag(key, entry.obj, secret)}
    if entry.content.get("who") not in own:
        raise Http404
    return log, entry


def _activity_of(obj: str) -> tuple[Activity | None, list[tuple[str, str]]]:
    """The activity in which something was done, and what it was about there, in words."""
    kind, _colon, pk = obj.partition(":")
    if kind == "contribution":
        row = Contribution.objects.filter(pk=pk).with_particulars().select_related("activity").first()
        return (row.activity, row.specific.about()) if row else (None, [])
    return Activity.objects.filter(pk=pk).first(), []
