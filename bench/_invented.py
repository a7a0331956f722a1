"""Invented French, always the same: what is measured with it needs no text of anybody's."""

from __future__ import annotations

import random

NOUNS = (
    "commune place marché bus jardin fontaine école budget conseil quartier chemin rivière salle atelier habitante registre "
    "calendrier terrain arbre voirie piste guichet réunion enquête plan rapport avis dossier débat vote local banc kiosque "
    "panneau square parvis réseau délai question réponse mairie association famille commerce service projet passage"
).split()
VERBS = "ouvre publie prépare entretient présente reçoit examine réserve finance explique protège relie partage suit".split()
JOINTS = "de la dans le avec les pour une sur chaque après cette avant toute sans aucune selon son entre deux".split()
ENDS = (
    "chaque année,au printemps,dans les trois mois,sans délai,avec les riverains,à l’avance,par écrit,en séance".split(
        ","
    )
)


class Pen:
    """Writes sentences, the same for the same seed."""

    def __init__(self, seed: object):
        self.chance = random.Random(str(seed))

    def sentence(self, words: int = 15) -> str:
        pick = self.chance.choice
        said = ["La", pick(NOUNS), pick(VERBS)]
        while len(said) < words - 2:
            said += [pick(JOINTS), pick(NOUNS)]
        return f"{' '.join(said)} {pick(ENDS)}."

    def paragraph(self, words: int = 45) -> str:
        return " ".join(self.sentence() for _sentence in range(max(1, words // 15)))

    def title(self) -> str:
        return f"{self.chance.choice(NOUNS).capitalize()} et {self.chance.choice(NOUNS)}"

    def rewritten(self, text: str, share: float = 0.2) -> str:
        """The same text with other nouns in the place of some of its words, the first ones left."""
        words = text.split(" ")
        for place in range(2, len(words)):
            if words[place] in NOUNS and self.chance.random() < 2 * share:
                words[place] = self.chance.choice(NOUNS)
        return " ".join(words) if words != text.split(" ") else f"{text} {self.sentence(8)}"


def markdown(words: int, *, seed: str = "rapport", changed: bool = False) -> str:
    """A report of about so many words: titles, lists, tables, footnotes. `changed`: a third of its paragraphs were rewritten,
    some were removed, added or moved."""
    pen, second = Pen(seed), Pen("seconde version")
    parts, notes, count, section = [], [], 0, 0

    def say(text: str) -> None:
        nonlocal count
        count += len(text.split())
        parts.append(text)

    while count < words:
        section += 1
        say(f"{'#' if section % 8 == 1 else '##'} {section}. {pen.title()}")
        for place in range(6):
            text, added = pen.paragraph(60), pen.paragraph(45)
            if place == 3:
                notes.append(f"[^{section}]: {pen.sentence()}")
                text += f"[^{section}]"
            draw = second.chance.random() if changed else 1
            if draw < 1 / 3:
                text = second.rewritten(text)
            elif draw < 0.36 and place != 3:
                continue
            elif draw < 0.39:
                say(added)
            elif draw < 0.41:
                parts.insert(max(0, len(parts) - 12), text)
                continue
            say(text)
        say("\n".join(f"- {pen.sentence(12)}" for _item in range(4)))
        if section % 5 == 0:
            rows = [f"| {pen.title()} | {pen.sentence(8)} | {pen.chance.randrange(100)} |" for _row in range(5)]
            say("\n".join(["| Quoi | Comment | Combien |", "|---|---|---|", *rows]))
    return "\n\n".join([*parts, *notes]) + "\n"
