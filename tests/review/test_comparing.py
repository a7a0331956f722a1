"""Differences between texts, and which passage continues which."""

import pytest

from participation.review.comparing import ADDED, REMOVED, SAME, Piece, difference, match
from participation.review.passages import Kind, Words, references


def paragraphs(*texts: str) -> list[Words]:
    return [Words(Kind.PARAGRAPH, text) for text in texts]


def test_a_difference_is_told_by_word():
    assert difference("La mairie répond.", "La commune répond.") == (
        Piece(SAME, "La "),
        Piece(REMOVED, "mairie"),
        Piece(ADDED, "commune"),
        Piece(SAME, " répond."),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "Tout est neuf."),
        ("Tout part.", ""),
        ("Un, deux, trois.", "Trois, deux, un !"),
        ("a b c d e f", "f e d c b a"),
        ("Ligne une\nligne deux", "Ligne une, ligne deux"),
        ("mot " * 2000, "mots " * 2000),
    ],
)
def test_both_texts_are_read_in_their_difference(before, after):
    pieces = difference(before, after)

    assert "".join(piece.text for piece in pieces if piece.op != ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.op != REMOVED) == after


def test_a_space_between_two_changes_is_one_change():
    assert len(difference("un chat noir dort", "deux chiens blancs dorment")) == 2


def test_what_is_added_takes_nothing_away():
    assert difference("Elle répond à chacun.", "Elle répond, par écrit, à chacun.") == (
        Piece(SAME, "Elle répond"),
        Piece(ADDED, ", par écrit,"),
        Piece(SAME, " à chacun."),
    )


def test_what_is_rewritten_at_its_place_is_the_same_passage():
    before = paragraphs("Le maire publie l’ordre du jour.", "On répond en trois mois au plus tard.", "Fin du texte.")
    after = paragraphs("Le maire publie l’ordre du jour.", "On répond en deux mois au plus tard.", "Fin du texte.")

    assert match(before, after) == [0, 1, 2]


def test_what_has_nothing_in_common_is_new():
    before, after = paragraphs("Un texte sur les arbres de la place."), paragraphs("Rien à voir avec ce qui précède.")

    assert match(before, after) == [None]


def test_a_moved_passage_is_found_and_none_is_used_twice():
    first, second, third = paragraphs(
        "Les bancs restent à l’ombre.", "La fontaine est réparée avant l’été.", "Le marché garde ses places."
    )

    assert match([first, second, third], [second, third, first, first]) == [1, 2, 0, None]


def test_numbers_that_shift_do_not_mislead():
    before = [
        Words(Kind.ARTICLE, text, 3) for text in ("Article 1. Informer", "Article 2. Écouter", "Article 3. Répondre")
    ]
    after = [Words(Kind.ARTICLE, text, 3) for text in ("Article 1. Informer", "Article 2. Répondre")]

    assert match(before, after) == [0, 2]


def test_a_title_is_not_the_continuation_of_a_text():
    assert match(
        [Words(Kind.HEADING, "Les délais de réponse", 2)], paragraphs("Les délais de réponse sont longs.")
    ) == [None]


def test_passages_are_called_by_their_article():
    said = references(
        [
            Words(Kind.PARAGRAPH, "Avant tout."),
            Words(Kind.HEADING, "Préambule", 2),
            Words(Kind.PARAGRAPH, "Un."),
            Words(Kind.ARTICLE, "Article 7. Répondre à chacun", 3),
            Words(Kind.PARAGRAPH, "Deux."),
            Words(Kind.ITEM, "Trois.", 1),
            Words(Kind.ARTICLE, "Article 8. – Sans titre, tout d’un bloc."),
        ]
    )

    assert said == [
        "Passage 1",
        "Préambule",
        "Préambule, passage 1",
        "Article 7",
        "Article 7, passage 1",
        "Article 7, passage 2",
        "Article 8",
    ]
