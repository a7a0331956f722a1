"""Whether the record is whole, and whether what the site stores is what the record says."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.db import transaction

from . import hooks, notes, sealing, tree, watermark
from .models import Log, Opening


def problems() -> Iterator[str]:
    """Each difference, a line each; nothing when all agrees."""
    for log in Log.objects.order_by("pk"):
        for problem in _of_one_state(log):
            yield f"{log.slug} : {problem}"


def _of_one_state(log: Log) -> list[str]:
    """The differences in a log that nobody writes in meanwhile.

    Most often none writes, or all agrees anyway: only where something differs in a log that has grown are writers held up.
    """
    found = _differences(log)
    if found and not Log.objects.filter(pk=log.pk, size=log.size).exists():
        with transaction.atomic():
            found = _differences(Log.objects.select_for_update().get(pk=log.pk))
    return found


def _differences(log: Log) -> list[str]:
    return [*_of_the_log(log), *_of_the_openings(log), *hooks.differences(log)]


def _of_the_log(log: Log) -> Iterator[str]:
    """Its entries, their tree, its checkpoint, and what was published of it."""
    frontier, size, roots = [], 0, {}
    published = watermark.read(log.slug)
    stored = {(level, index): bytes(value) for level, index, value in log.nodes.values_list("level", "index", "hash")}
    for seq, body in log.entries.order_by("seq").values_list("seq", "body").iterator(chunk_size=2000):
        if seq != size:
            yield f"l’entrée {size} manque"
            return
        frontier, completed = tree.grown(frontier, size, tree.leaf(bytes(body)))
        if any(stored.pop(subtree, None) != value for subtree, value in completed):
            yield f"les empreintes conservées à l’entrée {seq} ne sont pas les bonnes"
        size += 1
        if size == published[0]:
            roots[size] = tree.root(frontier).hex()
    if stored:
        yield f"{len(stored)} empreintes conservées sont de trop"
    if size != log.size:
        yield f"{size} entrées au lieu de {log.size}"
    if frontier != log.hashes:
        yield "les entrées ne donnent pas l’empreinte du registre"
    checkpoint = notes.read(log.checkpoint)
    if checkpoint != notes.Checkpoint(log.origin, log.size, log.root):
        yield "le point de contrôle signé ne dit pas l’état du registre"
    if published[0] and roots.get(published[0]) != published[1]:
        yield f"la base est plus ancienne que ce qui a été publié, ou différente (taille {published[0]})"


def _of_the_openings(log: Log) -> Iterator[str]:
    """Every text opens its commitment, none is missing but those that were erased, and each is public when it must be."""
    rows = Opening.objects.filter(entry__log=log).values_list("entry__seq", "field", "salt", "value", "public_since")
    held = {(seq, field): (salt, value, since) for seq, field, salt, value, since in rows.iterator(chunk_size=2000)}
    public = _public_since(log)
    for (seq, field), (commitment, since) in public.items():
        if (seq, field) not in held:
            yield f"entrée {seq} : le texte conservé ({field}) manque"
            continue
        salt, value, stored_since = held.pop((seq, field))
        if sealing.commitment(field, bytes(salt), value) != commitment:
            yield f"entrée {seq} : le texte conservé ({field}) n’est pas celui qui a été engagé"
        if stored_since != since:
            yield f"entrée {seq} : le texte conservé ({field}) est publié, ou retenu, à tort"
    for seq, field in held:
        yield f"entrée {seq} : un texte ({field}) est conservé sans être engagé, ou après son effacement"


def _public_since(log: Log) -> dict[tuple[int, str], tuple[str, int | None]]:
    """(seq, field) → the commitment, and the entry by which everyone may open it (None: nobody may). Erased ones left out."""
    found: dict[tuple[int, str], tuple[str, int | None]] = {}
    votes: dict[str, list[tuple[int, str]]] = {}
    for seq, type, obj, body in (
        log.entries.order_by("seq").values_list("seq", "type", "obj", "body").iterator(chunk_size=2000)
    ):
        data = json.loads(bytes(body)).get("data", {})
        for field, commitment in data.get("commit", {}).items():
            sealed = type.startswith("vote.")
            found[seq, field] = commitment, None if sealed else seq
            if sealed:
                votes.setdefault(obj, []).append((seq, field))
        if type == "activity.closed":
            found |= {place: (found[place][0], seq) for place in votes.get(obj, []) if place in found}
        elif type in ("opening.withheld", "opening.restored", "opening.erased"):
            for place in [(data["target"], field) for field in data["fields"]]:
                if type == "opening.erased":
                    found.pop(place, None)
                elif place in found:
                    found[place] = found[place][0], seq if type == "opening.restored" else None
    return found
