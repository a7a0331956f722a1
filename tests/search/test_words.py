import pytest

from search.words import plain_words, stems, words


@pytest.mark.parametrize(
    "family",
    [
        "élu élus élue élues elu ELUES élu·e élu·es",
        "vélo vélos velo",
        "concertation concertations concerter concerté concertée concertées",
        "habitant habitants habitante habitantes habitant·e·s habitant•es",
        "parole paroles",
        "porteur porteurs porteuse porteuses",
        "animateur animatrice animatrices",
        "travail travaux",
        "communal communale communaux communales",
        "jeu jeux",
        "eau eaux",
        "participatif participative participatives",
        "aménagement aménagements aménager",
        "Sisteronais Sisteronnais sisteronnaise SISTERONAIS",
        "Dignois dignoise",
        "public publique publics publiques",
        "citoyen citoyenne citoyens citoyennes",
        "cœur coeur",
        "Buëch buech BUECH",
    ],
)
def test_the_forms_of_a_word_have_one_stem(family):
    assert len({tuple(stems(form)) for form in family.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("poisson", "poison"), ("commune", "communal"), ("eau", "eux"), ("projet", "projecteur"), ("marche", "marchand")],
)
def test_different_words_have_different_stems(one, other):
    assert stems(one) != stems(other)


@pytest.mark.parametrize("text", ["l'eau", "l’eau", "L’Eau", "d'eau", "qu’eau", "jusqu'eau"])
def test_an_elision_does_not_hide_a_word(text):
    assert stems(text) == stems("eau")


def test_common_words_are_left_out():
    assert stems("les porteurs de la parole") == stems("porteur parole")
    assert stems("de la et") == []


def test_compound_names_are_found_by_their_parts():
    assert plain_words("Digne-les-Bains") == ["digne", "les", "bains"]


def test_a_word_says_where_it_stands():
    text = "À l’Hôtel"

    assert [(text[word.start : word.end], word.plain) for word in words(text)] == [
        ("À", "a"),
        ("l", "l"),
        ("Hôtel", "hotel"),
    ]


@pytest.mark.parametrize(
    "text", ["", "\0", "\udcff", "½ ﷺ ㏂", "🙂🙂", "_" * 50, "a" * 10_000, "é" * 10_000, "·" * 99, "١٢٣"]
)
def test_no_text_is_too_strange(text):
    assert all(stem.isalnum() and len(stem) <= 40 for stem in stems(text))
