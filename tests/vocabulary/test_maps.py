"""The territory as a picture."""

import re

import pytest
from django.core.cache import cache

from participation.vocabulary import maps

SQUARE = [(6.0, 44.0), (6.1, 44.0), (6.1, 44.1), (6.0, 44.1)]
NEIGHBOUR = [(6.1, 44.0), (6.2, 44.0), (6.2, 44.1), (6.1, 44.1)]


def test_a_territory_is_a_thousand_wide_and_keeps_its_proportions():
    frame = maps.Frame.around([(6.0, 44.0), (7.0, 45.0)])

    assert frame.place((6.0, 45.0)) == (maps.MARGIN, maps.MARGIN)
    assert frame.place((7.0, 44.0))[0] == maps.WIDTH - maps.MARGIN
    # At 44.5° a degree of longitude is 0.713 of a degree of latitude.
    assert frame.height == pytest.approx((1000 - 24) / 0.7133 + 24, abs=2)


def test_a_path_is_whole_numbers_and_leaves_out_points_that_fall_together():
    frame = maps.Frame.around(SQUARE)

    path = frame.path([[(6.0, 44.0), (6.1, 44.0), (6.1, 44.1), (6.100001, 44.1), (6.0, 44.1)]])

    assert re.fullmatch(r"M\d+ \d+(L\d+ \d+){3}Z", path)


def test_a_ring_too_small_to_show_is_not_drawn():
    frame = maps.Frame.around(SQUARE)

    assert frame.path([[(6.0, 44.0), (6.00001, 44.0), (6.00001, 44.00001)]]) == ""


def test_the_holes_and_islands_of_a_contour_are_rings():
    closed = [*SQUARE, SQUARE[0]]

    assert maps.rings({"type": "Polygon", "coordinates": [closed, closed]}) == [SQUARE, SQUARE]
    assert maps.rings({"type": "MultiPolygon", "coordinates": [[closed], [closed]]}) == [SQUARE, SQUARE]


def test_the_outline_of_neighbours_leaves_out_the_edge_they_share():
    outline = maps.outline([SQUARE, NEIGHBOUR])

    assert len(outline) == 1
    assert set(outline[0]) == {*SQUARE, *NEIGHBOUR}
    edges = {frozenset(edge) for edge in zip(outline[0], [*outline[0][1:], outline[0][0]], strict=True)}
    assert frozenset([(6.1, 44.0), (6.1, 44.1)]) not in edges
    assert len(edges) == 6


def test_shapes_apart_have_outlines_apart():
    far = [(x + 1, y) for x, y in SQUARE]

    assert len(maps.outline([SQUARE, far])) == 2


@pytest.mark.parametrize(("count", "level"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (6, 3), (7, 4), (900, 4)])
def test_the_shade_follows_the_count(count, level):
    assert maps.level(count) == level


def test_names_never_cover_each_other_and_the_first_wins():
    written = maps.legible(
        [("a", "Digne-les-Bains", 500, 500), ("b", "Aiglun", 520, 510), ("c", "Seyne", 500, 600)], 900
    )

    assert set(written) == {"a", "c"}


def test_a_name_near_the_edge_moves_inside():
    written = maps.legible([("a", "Moustiers-Sainte-Marie", 990, 895)], 900)

    x, y = written["a"]
    assert x + len("Moustiers-Sainte-Marie") * maps.LABEL_WIDTH / 2 <= maps.WIDTH
    assert y + maps.LABEL_HEIGHT / 2 <= 900


# ── With the real communes ───────────────────────────────────────────────────────────────────────────────────────────


def draw(counts):
    return maps.draw(counts, "/inventaire/?territoire={}".format, "4 expériences dans 2 communes")


def test_the_map_draws_every_commune_and_both_intercommunalities(territories):
    drawing = draw({"04070": 3, "04217": 1})

    assert len(drawing.communes) == 106
    assert {outline.name for outline in drawing.outlines} == {"Provence Alpes Agglomération", "Sisteronais-Buëch"}
    assert all(outline.path.count("M") == 1 for outline in drawing.outlines)
    assert drawing.viewbox.startswith("0 0 1000 ")
    numbers = [int(number) for commune in drawing.communes for number in re.findall(r"\d+", commune.path)]
    assert min(numbers) >= 0
    assert max(numbers) <= 1000


def test_what_is_counted_shows_and_leads_somewhere(territories):
    communes = {commune.code: commune for commune in draw({"04070": 3, "04217": 1}).communes}

    digne, thoard, sisteron = communes["04070"], communes["04217"], communes["04209"]
    assert (digne.count, digne.level, digne.labelled) == (3, 2, True)
    assert digne.url == "/inventaire/?territoire=04070"
    assert (thoard.count, thoard.level) == (1, 1)
    assert (sisteron.count, sisteron.level, sisteron.url) == (0, 0, "")
    assert sisteron.second
    assert not digne.second


def test_the_list_beside_the_map_says_the_same_most_first(territories):
    drawing = draw({"04217": 1, "04070": 3, "04209": 0})

    assert [(commune.name, commune.count) for commune in drawing.counted] == [("Digne-les-Bains", 3), ("Thoard", 1)]


def test_a_count_for_a_place_that_is_not_drawn_is_ignored(territories):
    assert draw({"99999": 4}).counted == []


def test_the_legend_goes_from_few_to_the_most_there_is(territories):
    few, many = draw({"04070": 2}), draw({"04070": 12})

    assert [item["label"] for item in few.legend] == ["aucune", "1", "2 à 3"]
    assert [item["label"] for item in many.legend] == ["aucune", "1", "2 à 3", "4 à 6", "7 et plus"]


def test_contours_are_read_once_a_generation(territories, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(maps.generation, "current", lambda: 1)
    cache.clear()

    with django_assert_num_queries(1):
        draw({})
        draw({"04070": 1})

    monkeypatch.setattr(maps.generation, "current", lambda: 2)
    with django_assert_num_queries(1):
        draw({})


@pytest.mark.django_db
def test_without_contours_there_is_no_map():
    assert draw({"04070": 1}) is None
