"""Plain text as HTML."""

import pytest

from participation.vocabulary.templatetags.prose import paragraphs


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("Un mot.", "<p>Un mot.</p>"),
        ("Une ligne\net sa suite", "<p>Une ligne<br>et sa suite</p>"),
        ("Un.\n\nDeux.\r\n\r\nTrois.", "<p>Un.</p><p>Deux.</p><p>Trois.</p>"),
        ("- le budget\n- les arbres", "<ul><li>le budget</li><li>les arbres</li></ul>"),
        ("On garde :\n- le tilleul\nC’est tout.", "<p>On garde :</p><ul><li>le tilleul</li></ul><p>C’est tout.</p>"),
        (
            "<script>alert(1)</script>\n- <b>x",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><ul><li>&lt;b&gt;x</li></ul>",
        ),
        ("3 - 2 = 1", "<p>3 - 2 = 1</p>"),
    ],
)
def test_plain_text_becomes_paragraphs_and_lists(text, html):
    assert paragraphs(text) == html
