"""The territory as a picture: contours in degrees become SVG paths, for templates/components/map.html.

Everything but `draw` is a pure function of its arguments. Lengths of the picture are whole numbers, 1000 from west to
east.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians

from django.core.cache import cache
from django.utils.translation import gettext as _

from participation import generation

from .models import Territory

Point = tuple[float, float]
"""Longitude and latitude, in degrees."""
Ring = list[Point]
"""A closed line; its first point is not repeated at its end."""

WIDTH = 1000
TALLEST = 1400
MARGIN = 12
"""Around the drawing, so that its outline is not cut."""

LEVELS = [1, 2, 4, 7]
"""From how many a commune takes the shades 1 to 4."""

LABEL_HEIGHT = 40
LABEL_WIDTH = 0.52 * LABEL_HEIGHT
"""Of a character, on a phone, where labels are the largest."""
MOST_LABELS = 14
LANDMARKS = 4
"""How many of the most populous communes are named anyhow: people find their way by them."""


@dataclass(frozen=True)
class Frame:
    """Degrees to the picture's units: seen from its own latitude, a territory this small is flat."""

    west: float
    north: float
    scale: float
    """Units per degree of latitude."""
    squeeze: float
    """A degree of longitude in degrees of latitude."""
    height: int

    @classmethod
    def around(cls, points: Iterable[Point]) -> Frame:
        """The frame that holds these points, 1000 units wide. There must be two longitudes at least."""
        longitudes, latitudes = zip(*points, strict=True)
        squeeze = cos(radians((min(latitudes) + max(latitudes)) / 2))
        width, span = (max(longitudes) - min(longitudes)) * squeeze, max(latitudes) - min(latitudes)
        scale = min((WIDTH - 2 * MARGIN) / width, TALLEST / span)
        height = round(span * scale) + 2 * MARGIN
        # What is taller than wide stands in the middle.
        west = (min(longitudes) + max(longitudes)) / 2 - (WIDTH / 2 - MARGIN) / scale / squeeze
        return cls(west, max(latitudes), scale, squeeze, height)

    def place(self, point: Point) -> tuple[int, int]:
        """x from the west, y from the north."""
        longitude, latitude = point
        x = (longitude - self.west) * self.squeeze * self.scale
        y = (self.north - latitude) * self.scale
        return round(x) + MARGIN, round(y) + MARGIN

    def path(self, rings: Iterable[Ring]) -> str:
        """The `d` of an SVG path; points that fall on the one before are left out."""
        drawn = []
        for ring in rings:
            points = [self.place(point) for point in ring]
            kept = [point for point, before in zip(points, [points[-1], *points], strict=False) if point != before]
            if len(kept) > 2:
                drawn.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
        return "".join(drawn)


def rings(contour: dict) -> list[Ring]:
    """The closed lines of a GeoJSON Polygon or MultiPolygon, holes included."""
    polygons = [contour["coordinates"]] if contour["type"] == "Polygon" else contour["coordinates"]
    return [[(point[0], point[1]) for point in ring[:-1]] for polygon in polygons for ring in polygon]


def outline(contours: Iterable[Ring]) -> list[Ring]:
    """The line around shapes that touch: the edges that only one of them has, put end to end."""
    edges = Counter(frozenset(edge) for ring in contours for edge in zip(ring, [*ring[1:], ring[0]], strict=True))
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for edge, times in edges.items():
        if times == 1 and len(edge) == 2:
            a, b = edge
            neighbours[a].add(b)
            neighbours[b].add(a)
    found = []
    while neighbours:
        start = point = next(iter(neighbours))
        ring = [start]
        while following := neighbours.get(point):
            after = following.pop()
            if not following:
                del neighbours[point]
            neighbours[after].discard(point)
            if not neighbours[after]:
                del neighbours[after]
            point = after
            ring.append(point)
        found.append(ring[:-1] if ring[-1] == start else ring)
    return found


def level(count: int) -> int:
    """The shade of a commune, 0 (nothing) to 4."""
    return sum(count >= least for least in LEVELS)


def legible(names: Iterable[tuple[str, str, int, int]], height: int) -> dict[str, tuple[int, int]]:
    """Where to write which names, so that none covers another: {code: (x, y)}, the middle of the name.

    `names` are (code, name, x, y), those that matter most first: a name without room is left out. A name near an edge
    moves inside the picture.
    """
    written: dict[str, tuple[int, int]] = {}
    boxes: list[tuple[float, float, float, float]] = []
    for code, name, x, y in names:
        half_width, half_height = len(name) * LABEL_WIDTH / 2, LABEL_HEIGHT / 2
        x = round(min(max(x, half_width), WIDTH - half_width))
        y = round(min(max(y, half_height), height - half_height))
        box = (x - half_width, y - half_height, x + half_width, y + half_height)
        if len(written) < MOST_LABELS and not any(_overlap(box, other) for other in boxes):
            written[code] = (x, y)
            boxes.append(box)
    return written


def _overlap(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# ── The picture ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Shape:
    """A commune that is drawn, whatever is counted in it."""

    code: str
    name: str
    population: int
    epci: str
    second: bool
    """In the second intercommunality, whose empty communes have a shade of their own."""
    path: str
    x: int
    y: int
    """The middle of its name."""


@dataclass(frozen=True)
class Outline:
    name: str
    path: str


@dataclass(frozen=True)
class Background:
    """What does not depend on what is counted."""

    shapes: list[Shape]
    within: frozenset[str]
    """The codes of the communes that may count: those of the zone, or all that are seen around a commune."""
    outlines: list[Outline]
    height: int


@dataclass(frozen=True)
class Commune(Shape):
    """A commune with what is counted in it."""

    count: int
    url: str
    level: int
    labelled: bool


@dataclass(frozen=True)
class Map:
    """The parameters of templates/components/map.html."""

    label: str
    viewbox: str
    communes: list[Commune]
    outlines: list[Outline]
    legend: list[dict]
    is_zoomed: bool

    @property
    def counted(self) -> list[Commune]:
        """The communes that have something, most first: the list beside the map."""
        return sorted(
            (commune for commune in self.communes if commune.count), key=lambda commune: (-commune.count, commune.name)
        )


def draw(counts: Mapping[str, int], urls: Callable[[str], str], label: str, zone: str = "") -> Map | None:
    """The map of what is counted: `counts` by code of commune, `urls` from a code to where the commune leads.

    `label` says in words what the picture shows; `zone` is the code of the territory it is framed on (none: all of it).
    None while no commune has a contour. One query for the first map of a generation, none for the others.
    """
    background = _background(zone)
    if background is None:
        return None
    # Names first where there is something, then the towns everyone knows.
    counts = {code: count for code, count in counts.items() if code in background.within}
    seen = [shape for shape in background.shapes if 0 <= shape.x <= WIDTH and 0 <= shape.y <= background.height]
    told = sorted(
        (shape for shape in seen if counts.get(shape.code)),
        key=lambda shape: (-counts[shape.code], -shape.population),
    )
    towns = sorted(seen, key=lambda shape: -shape.population)[:LANDMARKS]
    names = {shape.code: shape for shape in [*towns, *told]}.values()
    written = legible([(shape.code, shape.name, shape.x, shape.y) for shape in names], background.height)
    communes = []
    for shape in background.shapes:
        count = counts.get(shape.code, 0)
        x, y = written.get(shape.code) or _inside(shape)
        communes.append(
            Commune(
                **{**vars(shape), "x": x, "y": y},
                count=count,
                url=urls(shape.code) if count else "",
                level=level(count),
                labelled=shape.code in written,
            )
        )
    legend = _legend(max(commune.level for commune in communes))
    return Map(label, f"0 0 {WIDTH} {background.height}", communes, background.outlines, legend, bool(zone))


def _inside(shape: Shape) -> tuple[int, int]:
    """Where the name of a commune that is pointed at goes, with its count: inside the picture."""
    half = min((len(shape.name) + 5) * LABEL_WIDTH / 2, WIDTH / 2)
    return round(min(max(shape.x, half), WIDTH - half)), shape.y


def _legend(most: int) -> list[dict]:
    """{level, label}, from few to many: the shades up to `most`, the darkest that the picture shows."""
    labels = [_("none")]
    for least, after in zip(LEVELS, [*LEVELS[1:], None], strict=True):
        if after is None:
            labels.append(_("%(least)s or more") % {"least": least})
        elif after - least == 1:
            labels.append(str(least))
        else:
            labels.append(_("%(least)s to %(most)s") % {"least": least, "most": after - 1})
    return [{"level": number, "label": label} for number, label in enumerate(labels[: most + 1])]


def _background(zone: str) -> Background | None:
    """The shapes, drawn once a generation."""
    now = generation.current()
    kept = cache.get(f"map:{zone}")
    if kept and kept[0] == now:
        return kept[1]
    background = _draw_background(zone)
    cache.set(f"map:{zone}", (now, background), timeout=None)
    return background


def _draw_background(zone: str) -> Background | None:
    every = list(Territory.objects.communes().exclude(contour=None).select_related("epci", "gal").order_by("name"))
    within = [commune for commune in every if not zone or zone in commune.codes()]
    if not within:
        return _draw_background("") if zone else None
    contours = {commune.code: rings(commune.contour) for commune in every}
    edges = {code: _box(point for ring in shape for point in ring) for code, shape in contours.items()}
    west, south, east, north = _box(corner for commune in within for corner in _corners(edges[commune.code]))
    is_alone = len(within) == 1
    if is_alone:
        # A commune is seen among those around it.
        west, south, east, north = 2 * west - east, 2 * south - north, 2 * east - west, 2 * north - south
    communes = [commune for commune in every if _overlap(edges[commune.code], (west, south, east, north))]
    counted = frozenset(commune.code for commune in (communes if is_alone else within))
    frame = Frame.around([(west, south), (east, north)])
    epcis = {commune.epci.code: commune.epci for commune in communes}
    first = min(epcis)
    shapes = []
    for commune in communes:
        x, y = frame.place((commune.longitude, commune.latitude))
        shapes.append(
            Shape(
                code=commune.code,
                name=commune.name,
                population=commune.population or 0,
                epci=commune.epci.code,
                second=commune.epci.code != first,
                path=frame.path(contours[commune.code]),
                x=x,
                y=y,
            )
        )
    outlines = []
    for code, epci in sorted(epcis.items()):
        members = [ring for commune in communes if commune.epci.code == code for ring in contours[commune.code]]
        outlines.append(Outline(epci.name, frame.path(outline(members))))
    return Background(shapes, counted, outlines, frame.height)


def _box(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """The least and the greatest of both: west, south, east, north."""
    longitudes, latitudes = zip(*points, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _corners(box: tuple[float, float, float, float]) -> list[Point]:
    west, south, east, north = box
    return [(west, south), (east, north)]
