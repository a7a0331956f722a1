"""What the open data say of votes: a line for each answer, with its count once everyone may know it."""

from __future__ import annotations

from collections.abc import Iterator

from participation.consultations.models import Consultation, State

from .models import Ballot


def results_of(consultation: Consultation) -> Iterator[dict]:
    """The ballots that were opened, each answer in its order."""
    ballots = Ballot.objects.filter(consultation=consultation, opens_at__isnull=False).released().order_by("pk")
    for ballot in ballots.select_related("consultation").prefetch_related("choices"):
        if ballot.state() not in (State.OPEN, State.CLOSED):
            continue
        known = ballot.published(ballot.counted())
        for answer in ballot.choices.all():
            yield {
                "activite": ballot.pk,
                "question": ballot.title,
                "methode": ballot.method,
                "etat": ballot.state().value,
                "votants": known["voters"],
                "blancs": known.get("blank"),
                "reponse": answer.key,
                "libelle": answer.label,
                "voix": known.get("totals", {}).get(answer.key),
            }
