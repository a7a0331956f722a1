"""What is typed, read: the groups of other names, the pieces that may be let go of."""

from collections import Counter

import pytest

from search import synonyms
from search.questions import Term, read
from search.words import stems


def test_a_name_is_in_one_group_only():
    counts = Counter(" ".join(stems(form)) for group in synonyms.GROUPS for form in group)

    assert [form for form, count in counts.items() if count > 1] == []
    assert all(counts)
    assert len(synonyms.GROUPS) > 40


def test_the_longest_name_is_recognised():
    (term,) = read("plan local d’urbanisme intercommunal").terms

    assert term == Term(("plan", "local", "urbanism", "intercomunal"), ("plui",))


def test_a_name_is_recognised_across_its_common_words_and_not_across_others():
    assert read("tirage au sort").terms[0].synonyms
    assert not any(term.synonyms for term in read("tirage du grand sort").terms)


def test_the_very_words_in_quotation_marks_have_no_other_names():
    assert read('"tirage au sort"').terms == (Term(("tirag sort",)),)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Digne-les-Bains", ["Digne-les-Bains"]),
        ('un "deux trois" -quatre -"cinq six"', ["un", '"deux trois"', "-quatre", '-"cinq six"']),
        ("- a – b -- c", ["a", "b", "c"]),
        ('" un', ["un"]),
        ("-* *", []),
    ],
)
def test_a_question_has_pieces(text, pieces):
    assert [text[piece.start : piece.end] for piece in read(text).pieces] == pieces


def test_a_question_says_where_its_words_stand():
    text = 'Le "marché" -bus Thoard'

    assert [text[word.start : word.end] for word in read(text).words] == ["Le", "marché", "Thoard"]
