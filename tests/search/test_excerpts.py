from search.documents import Kind, SearchDocument
from search.excerpts import excerpt, marked
from search.words import stems


def a_document(**fields):
    return SearchDocument(key="page:1", kind=Kind.PAGE, title="Titre", url="/", **fields)


def test_words_are_marked_in_all_their_forms():
    assert marked("Les élues et l’élu", stems("élus")) == "Les <mark>élues</mark> et l’<mark>élu</mark>"


def test_what_people_wrote_stays_text():
    assert marked("<b>eau</b> & vin", stems("eau")) == "&lt;b&gt;<mark>eau</mark>&lt;/b&gt; &amp; vin"


def test_the_summary_is_shown_when_it_holds_the_words():
    document = a_document(summary="On y parle d’eau.", text="L’eau, encore l’eau.")

    assert excerpt(document, stems("eau")) == "On y parle d’<mark>eau</mark>."


def test_the_part_of_the_text_with_most_of_the_words_is_shown_otherwise():
    text = "Du bus. " + "Rien ici. " * 200 + "Le bus passe au marché le samedi. " + "Rien là. " * 200
    document = a_document(summary="Un résumé.", text=text)

    shown = excerpt(document, stems("bus marché"))

    assert "Le <mark>bus</mark> passe au <mark>marché</mark>" in shown
    assert shown.startswith("… ")
    assert shown.endswith("…")
    assert len(shown) < 400


def test_an_excerpt_does_not_part_an_elision():
    document = a_document(text="x " * 300 + "au bord\nde l’eau " + "y " * 300)

    assert "au bord de l’<mark>eau</mark>" in excerpt(document, stems("eau"))


def test_without_words_the_beginning_is_shown():
    assert excerpt(a_document(text="Il était une fois."), []) == "Il était une fois."


def test_an_endless_word_is_cut():
    assert len(excerpt(a_document(text="a" * 50_000), [])) < 300


def test_words_side_by_side_are_marked_as_one_and_only_where_they_are():
    text = "Le tirage au sort, puis le sort des affiches"

    assert marked(text, ["tirag sort"]) == "Le <mark>tirage au sort</mark>, puis le sort des affiches"
    assert marked(text, ["tirag sort", "sort"]).count("<mark>") == 2
