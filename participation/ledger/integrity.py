"""Whether the record is whole, and whether what the site stores is what the record says."""

from __future__ import annotations

from collections.abc import Iterator

from . import hooks, notes, sealing, tree, watermark
from .models import Log, Opening


def problems() -> Iterator[str]:
    """Each difference, a line each; nothing when all agrees."""
    for log in Log.objects.order_by("pk"):
        for problem in [*_of_the_log(log), *_of_the_openings(log), *hooks.differences(log)]:
            yield f"{log.slug} : {problem}"


def _of_the_log(log: Log) -> Iterator[str]:
    """Its entries, their tree, its checkpoint, and what was published of it."""
    frontier, size, roots = [], 0, {}
    published = watermark.read(log.slug)
    for seq, body in log.entries.order_by("seq").values_list("seq", "body").iterator(chunk_size=2000):
        if seq != size:
            yield f"l’entrée {size} manque"
            return
        frontier, _completed = tree.grown(frontier, size, tree.leaf(bytes(body)))
        size += 1
        if size == published[0]:
            roots[size] = tree.root(frontier).hex()
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
    """Every text opens the commitment it stands beside."""
    rows = Opening.objects.filter(entry__log=log).select_related("entry").order_by("entry__seq")
    for row in rows.iterator(chunk_size=1000):
        if sealing.commitment(row.field, bytes(row.salt), row.value).encode() not in bytes(row.entry.body):
            yield f"entrée {row.entry.seq} : le texte conservé ({row.field}) n’est pas celui qui a été engagé"
