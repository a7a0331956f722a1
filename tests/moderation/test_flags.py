"""What is pointed out to a moderator in a text, and what is not."""

import pytest

from participation.moderation.flags import flags, marked


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Écrivez à jean.dupre+lac@exemple.fr.", [("email", "jean.dupre+lac@exemple.fr")]),
        ("Le 06 12 34 56 78 ou 0492000000", [("phone", "06 12 34 56 78"), ("phone", "0492000000")]),
        ("+33 6 12 34 56 78, 0033 (0)612345678", [("phone", "+33 6 12 34 56 78"), ("phone", "0033 (0)612345678")]),
        ("voir https://x.fr/a?b=1 et www.y.fr", [("link", "https://x.fr/a?b=1"), ("link", "www.y.fr")]),
        ("J’habite 12 bis, rue des Lavandes", [("address", "12 bis, rue des Lavandes")]),
        ("au 3 Chemin du Moulin.", [("address", "3 Chemin du Moulin")]),
    ],
)
def test_what_is_pointed_out(text, found):
    assert [(flag.kind, text[flag.start : flag.end]) for flag in flags(text)] == found


@pytest.mark.parametrize(
    "text",
    ["La loi du 1er juillet 1901, 04200.", "INSEE 04209, 1 200 000 euros", "la rue du Lac", "Le 12 mars, réunion", "@digne",
     "2026-11-26 18:30", "SIRET 200 067 437 00018", ""],
)  # fmt: skip
def test_what_is_not(text):
    assert flags(text) == []


def test_a_long_text_is_read_at_once():
    assert flags("12 rue " * 20_000 + "a@" * 20_000 + "0 6" * 20_000) is not None


def test_a_marked_text_holds_no_tag_but_the_marks():
    assert marked("<b>www.x.fr</b>").startswith("&lt;b&gt;<mark>www.x.fr")
