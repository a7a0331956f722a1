from tests.factories import a_project, a_reply, a_sheet, a_topic


def test_a_sheet_is_found_by_a_word_of_its_title(home_page, titles):
    a_sheet(home_page, "Le marché aux paroles")

    assert titles("marche") == ["Le marché aux paroles"]
