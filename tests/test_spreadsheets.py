"""Cells that a spreadsheet shows and never computes."""

import pytest

from participation.spreadsheets import as_cell, from_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+33 4 92", "-2+3", "@SOMME(A1)", "\t=1", "\r=1", "\r\n=1", "  =1+1", "\xa0=1", "\x00=1", "＝1+1"],
)
def test_a_cell_that_looks_like_a_formula_is_shown_and_never_computed(text):
    assert as_cell(text)[0] == "'"


@pytest.mark.parametrize("text", ["", "Oui = non", "1-2", "l’arobase @", "d’abord\n- un\n- deux"])
def test_other_cells_are_left_as_they_are(text):
    assert as_cell(text) == text


def test_what_a_workbook_cannot_hold_is_taken_off():
    assert as_cell("Un\x0bdeux\x1f\ufffe\r\ntrois\rquatre") == "Undeux\ntrois\nquatre"


@pytest.mark.parametrize("text", ["=1+1", "'=1", "''=1", "'avant", "\t-2", "l’eau", "- un\n- deux", "@", "'", ""])
def test_a_cell_gives_back_the_text_it_was_made_of(text):
    assert from_cell(as_cell(text)) == text
