"""What a document of 300 passages costs with 10 000 remarks: to read, to compare, to publish, to import, to take away.

    .venv/bin/python bench/review.py

Words are invented, remarks are made by the verbs. Pages are compared with those of the same document with 50 remarks, in
turns (`_asking`). Ends with 1 when the numbers of queries differ.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import _asking
import _volume
from _invented import Pen, markdown
from _timing import megabytes, say, timed

FEW, MANY = 50, 10_000
"""Remarks and replies."""
PASSAGES, PEOPLE = 300, 300
HOT = 4
"""The number of the passage that is commented most."""
GONE = [75, 133, 210, 287]
"""The numbers of those that the second version removes."""
ROUNDS, CALLS = 7, 4
RUNS = 3
IMPORTED = 100_000
"""Words: 200 pages."""
SECONDS_TO_COMPARE, SECONDS_TO_IMPORT = 1, 20
SPACING = timedelta(minutes=1)
"""Between two remarks."""


def main() -> None:
    def fill(count: int, var: Path) -> None:
        subprocess.run([sys.executable, __file__, "--fill", str(count)], env=_volume.environment(var), check=True)

    with (
        _volume.site("document-peu", fill=partial(fill, FEW)) as small,
        _volume.site("document-beaucoup", fill=partial(fill, MANY)) as large,
    ):
        equal = _asking.compare(__file__, {str(FEW): small, str(MANY): large}, rounds=ROUNDS)
        for name in ("csv", "xlsx", "docx"):
            _child(large, "--export", name)
        with tempfile.TemporaryDirectory(prefix="placette-mesure-") as temporary:
            # What follows writes.
            copy = Path(temporary) / "var"
            shutil.copytree(large, copy)
            _child(copy, "--compare")
            _child(copy, "--publish")
            _child(copy, "--import")
    sys.exit(0 if equal else 1)


def _child(var: Path, *arguments: str) -> None:
    """A measure in a process of its own."""
    subprocess.run([sys.executable, __file__, *arguments], env=_volume.environment(var), check=True)


# ── The two documents ────────────────────────────────────────────────────────────────────────────────────────────────


def fill(count: int) -> None:
    """A document with `count` remarks and replies; then a second version, where a third of the text changes, is published.

    The last remarks are the same however many there are, so that the pages of two documents compare; they are enough for
    every page to be full.
    """
    from participation.consultations import actions as consultations
    from participation.people.actions import create_organisation, set_member
    from participation.people.models import Organisation
    from participation.review.models import Review
    from participation.vocabulary.models import InvolvementDegree
    from portal.demonstration import volume

    begun = time.monotonic()
    people = volume.create_participants(PEOPLE + 1)
    organiser = create_organisation(name="Volume", slug="volume", kind=Organisation.Kind.COLLECTIVE)
    set_member(organiser, people.pop(), edits=True)
    consultation = consultations.create_consultation(
        title="Document", organiser=organiser, degree=InvolvementDegree.CONSULTATION
    )
    review = Review(consultation=consultation, title="Le plan de la commune")
    review.words = list(_text())
    consultations.create_activity(review)
    now = volume.timezone.now()
    review = consultations.release_activity(review, at=now - SPACING * (count + 1))
    for _done in volume.play(_remarks(review, people, count, now)):
        pass
    _next_version(review, "deuxième", removed=GONE)
    print(f"{count} remarques en {time.monotonic() - begun:.0f} s", flush=True)


def _text() -> Iterator:
    """Titles, articles, paragraphs, lists and a table: 300 passages."""
    from participation.review.passages import Kind, Words

    pen = Pen("document")
    for number in range(PASSAGES):
        place = number % 15
        if place == 0:
            yield Words(Kind.HEADING, f"Titre {number // 15 + 1}. {pen.title()}", 2)
        elif place in (1, 8):
            yield Words(Kind.ARTICLE, f"Article {number // 7 + 1}. {pen.title()}", 3)
        elif place in (5, 6, 7):
            yield Words(Kind.ITEM, pen.sentence(14), 1)
        elif place > 11 and number > PASSAGES - 30:
            yield Words(Kind.ROW, f"{pen.title()} | {pen.sentence(8)}", 1 if place == 12 else 0)
        else:
            yield Words(Kind.PARAGRAPH, pen.paragraph(60))


def _remarks(review, people: list, count: int, now) -> Iterator[Callable[[], object]]:
    """The acts that write `count` remarks, one in five a reply, with the reactions to a quarter of them."""
    from participation.consultations.actions import react
    from participation.review.actions import remark_on, reply_to, tag_remark, take_remark

    rows = review.current.rows
    numbers = [row.passage.number for row in rows]
    texts = {row.passage.number: row.text for row in rows}
    latest = None

    def write(left: int) -> None:
        nonlocal latest
        pen, author, at = Pen(left), people[left % len(people)], now - left * SPACING
        is_recent, turn = left <= FEW, left % 10
        if turn in (0, 5) and latest:
            reply_to(latest, author, body=pen.paragraph(30), at=at)
            return
        if turn in (1, 2, 3, 4, 6, 7) if is_recent else turn == 1:
            passage = HOT
        else:
            passage = GONE[left // 5 % len(GONE)] if is_recent else numbers[pen.chance.randrange(len(numbers))]
        amends = turn in (1, 2, 3, 6, 7) if is_recent else turn in (2, 7)
        nature = "amendment" if amends else ("source" if left % 200 == 8 else "question" if turn == 4 else "comment")
        latest = remark_on(
            review,
            author,
            passage=passage,
            version=1,
            nature=nature,
            body=pen.paragraph(45),
            wording=pen.rewritten(texts[passage]) if amends else "",
            quote=(0, 20) if turn == 9 else None,
            at=at,
        )
        if amends and (is_recent or left % 50 == 2):
            take_remark(latest, None, note=pen.sentence(), at=at)
        if turn == 8:
            tag_remark(latest, None, [f"thème {left % 7}"])
        if turn in (3, 8):
            for step in range(1, 2 + left % 6):
                choice = ("agree", "disagree", "nuance")[(left + step) % 3]
                react(latest, people[(left + step) % len(people)], choice, at=at)

    for left in range(count, 0, -1):
        yield lambda left=left: write(left)


def _next_version(review, name: str, *, removed: list[int] = ()) -> Callable[[], object]:
    """Write and publish the next version: a third of the passages is rewritten, these are removed and as many added."""
    return _prepared(review, name, removed=removed)()


def _prepared(review, name: str, *, removed: list[int] = ()) -> Callable[[], object]:
    """What publishes it, once it is written."""
    from participation.review import drafts
    from participation.review.passages import Kind, Words

    pen, placed = Pen(name), []
    for row in drafts.next_version(review, None).rows:
        number, words = row.passage.number, row.words
        if number in removed:
            placed.append((None, Words(Kind.PARAGRAPH, pen.paragraph(60))))
            continue
        if number % 3 == HOT % 3:
            words = Words(words.kind, pen.rewritten(words.text), words.level)
        placed.append((number, words))
    draft = drafts.write_draft(review, placed)
    return partial(drafts.publish_version, draft, summary=pen.paragraph())


# ── Its pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer() -> None:
    """Each page as a visitor, and as the last person who took part."""
    from django.test import Client
    from django.urls import reverse

    from participation.review.models import Remark

    review = _review()
    visitor, signed_in = Client(), Client()
    signed_in.force_login(Remark.objects.order_by("pk").last().author)
    remarks = reverse("review:remarks", args=[review.pk])
    addresses = {
        "document, fragment": review.fragment_url,
        "document, page": review.get_absolute_url(),
        "passage le plus commenté": reverse("review:passage", args=[review.pk, HOT]),
        "remarques, les plus récentes": remarks,
        "remarques, les plus discutées": f"{remarks}?ordre=discutees",
        "remarques, les plus partagées": f"{remarks}?ordre=partagees",
        "remarques, amendements": f"{remarks}?genre=amendment",
        "remarques, texte modifié": f"{remarks}?etat=changed",
        "remarques, retenues": f"{remarks}?etat=retenues",
    }
    pages = {
        f"{name}, {who}": _asking.asking(client, address)
        for name, address in addresses.items()
        for who, client in [("visiteur", visitor), ("connecté", signed_in)]
    }
    _asking.answer(pages, calls=CALLS)


def _review():
    from participation.review.models import Review

    return Review.objects.order_by("pk").first()


# ── What is done once ────────────────────────────────────────────────────────────────────────────────────────────────


def compare() -> None:
    """Two versions, with nothing remembered of an earlier comparison."""
    from django.test import Client
    from django.urls import reverse

    from participation.review.comparing import difference
    from participation.review.models import Version
    from participation.review.reading_order import changes_between

    def in_process() -> int:
        difference.cache_clear()
        older, newer = Version.objects.filter(review=_review()).order_by("number")[:2]
        return sum(change.state != "same" for change in changes_between(older, newer))

    def page() -> bytes:
        difference.cache_clear()
        return again()

    again = _asking.asking(Client(), f"{reverse('review:compare', args=[_review().pk])}?de=1&a=2&tout=1")
    again()
    print(f"{in_process()} passages changés sur {PASSAGES}")
    for name, call in [
        ("dans le processus", in_process),
        ("page, tout le texte", page),
        ("page, une autre fois", again),
    ]:
        say(f"comparer, {name}", [timed(call)[1:] for _run in range(RUNS)], SECONDS_TO_COMPARE)


def publish() -> None:
    """The versions that follow, each with a third of the text rewritten."""
    times = []
    for run in range(RUNS):
        times.append(timed(_prepared(_review(), f"version {run + 3}"))[1:])
    say(f"publier une version, {MANY} remarques", times)


def bring_in() -> None:
    """A file of 200 pages, then its next version, matched with the first; then another that has nothing in common."""
    from django.test import Client
    from django.urls import reverse

    from participation.consultations.actions import create_activity
    from participation.people.models import User
    from participation.review import importing
    from participation.review.models import Review

    editor = User.objects.filter(membership__edits=True).get()
    review = create_activity(Review(consultation=_review().consultation, title="Un long rapport"))
    client = Client()
    client.force_login(editor)

    def receive(content: bytes):
        row = importing.read_text(importing.receive_text(review, editor, name="rapport.docx", content=content))
        if not row.passages:
            sys.exit(" ".join(row.problems))
        return row

    first, second = (_docx(markdown(IMPORTED, changed=changed)) for changed in (False, True))
    other = _docx(markdown(IMPORTED, seed="tout autre"))
    for name, content, is_kept in [
        ("la première fois", first, True),
        ("la version suivante, rapprochée", second, False),
        ("un tout autre texte, rapproché", other, False),
    ]:
        row, *times = timed(lambda content=content: receive(content))
        words = sum(len(passage["text"].split()) for passage in row.passages)
        known = sum(passage["number"] is not None for passage in row.passages)
        print(f"{len(content) // 1024} ko, {words} mots, {len(row.passages)} passages dont {known} reconnus")
        say(f"importer {name}", [times], SECONDS_TO_IMPORT)
        preview = reverse("wagtailsnippets_review_review:preview", args=[review.pk, row.pk])
        page, *times = timed(_asking.asking(client, preview))
        say(f"aperçu ({len(page) // 1024} ko)", [times])
        if is_kept:
            numbers = [passage["number"] for passage in row.passages]
            _draft, *times = timed(lambda row=row, numbers=numbers: importing.write_import(row, editor, numbers))
            say("écrire ce qui est importé", [times])


def _docx(text: str) -> bytes:
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "--from=markdown", "--to=docx", "--output=-"]
    return subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout


def export(extension: str) -> None:
    """One file of all the remarks."""
    from participation.review.exports import EXPORTS

    review = _review()
    before = megabytes(resource.RUSAGE_SELF)
    size, *times = timed(lambda: sum(map(len, EXPORTS[extension][1](review))))
    memory = f"{megabytes(resource.RUSAGE_SELF) - before:.0f} Mo de plus"
    if of_pandoc := megabytes(resource.RUSAGE_CHILDREN):
        memory += f", {of_pandoc:.0f} Mo pour pandoc"
    say(f"{extension.upper()} ({size / 1e6:.1f} Mo ; {memory})", [times])


if __name__ == "__main__":
    _volume.measure(
        main,
        fill=lambda count: fill(int(count)),
        answer=answer,
        export=export,
        compare=compare,
        publish=publish,
        **{"import": bring_in},
    )
