"""Areas of first response: whose units go first where all else is nearly equal.

Columns understood: `post` (or `station`), the id of a post; `margin_s`, how much later
than the first to arrive a unit of that post may be and still go first (60 s unless
said). A post may have several areas. Posts of one agency and kind divide the ground
between them; those of another agency or kind (ambulances beside engines) have a
division of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely
from numpy.typing import NDArray

from .areas import OVERLAP_M2, OVERLAP_SHARE, ground_m2
from .areas_reading import refuse_bad_polygons
from .columns import Columns, Polygons, write_columns
from .findings import Where, bad, printable
from .tables import Table
from .vector import read_layer

shapely = cast("Any", _shapely)

type Services = Mapping[str, tuple[str, str]]
"""Agency and kind of each post, by its id."""

FILE = "first_due.parquet"
MARGIN_S = 60.0
"""Where the layer says no other: about the error of a well fitted arrival."""
MOST_MARGIN_S = 3600.0
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """F areas of first response, in file order."""

    posts: tuple[str, ...]
    margin_s: NDArray[np.float64]  # (F,)
    polygons: NDArray[Any]  # (F,) shapely Polygon or MultiPolygon, WGS 84
    tree: Any  # shapely STRtree over polygons
    _kept: dict[tuple[float, float], Mapping[str, float]] = field(
        default_factory=dict[tuple[float, float], Mapping[str, float]], repr=False
    )

    def __len__(self) -> int:
        return len(self.posts)

    def at(self, lon: float, lat: float) -> Mapping[str, float]:
        """Return the posts first due at a point, each with its margin in seconds."""
        found = self._kept.get((lon, lat))
        if found is None:
            rows = self.tree.query(shapely.Point(lon, lat), predicate="intersects")
            found = {
                self.posts[row]: float(self.margin_s[row])
                for row in sorted(map(int, rows))
            }
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[lon, lat] = found
        return found


def read_first_response(path: Path, posts: Services) -> FirstResponse:
    """Read the areas of first response from a vector layer of polygons.

    Raises BadInput for a post that is not there, a margin outside 0-3,600 s, geometry
    that is no polygon or crosses itself, and areas of two posts of one agency and kind
    that overlap.
    """
    source = read_layer(path)
    refuse_bad_polygons(source)
    table = Table(
        source.where, tuple(int(row) for row in source.rows), dict(source.columns)
    )
    named = table.need("post", "station")
    margins = table.numbers("margin_s")
    ids = table.texts(named)
    for i, post in enumerate(ids):
        if post not in posts:
            raise bad(table.at(i, named), f"no post {printable(post)!r}")
        if margins[i] > MOST_MARGIN_S:
            what = f"{margins[i]:g} is not in 0-{MOST_MARGIN_S:.0f} s"
            raise bad(table.at(i, "margin_s"), what)
    margin_s = np.where(np.isnan(margins), MARGIN_S, margins)
    areas = made_of(ids, margin_s, source.geometry)
    for a, b, shared in shared_ground(areas, posts)[:1]:
        raise bad(
            table.at(b, "geometry"),
            f"{printable(ids[b])!r} overlaps {printable(ids[a])!r}"
            f" (row {table.rows[a]}) by {shared:,.0f} m2",
        )
    return areas


def made_of(
    posts: Sequence[str], margin_s: NDArray[np.float64], polygons: NDArray[Any]
) -> FirstResponse:
    """Put areas together with their search tree."""
    shapely.prepare(polygons)
    return FirstResponse(tuple(posts), margin_s, polygons, shapely.STRtree(polygons))


def shared_ground(
    areas: FirstResponse, posts: Services
) -> list[tuple[int, int, float]]:
    """Pairs of areas that claim the same ground, with how many square metres.

    Two areas of one post, and of posts of different agencies or kinds, may.
    """
    a, b = areas.tree.query(areas.polygons, predicate="intersects")
    found: list[tuple[int, int, float]] = []
    own = ground_m2(areas.polygons)
    for i, j in sorted((int(i), int(j)) for i, j in zip(a, b, strict=True) if i < j):
        first, second = areas.posts[i], areas.posts[j]
        if first == second or posts[first] != posts[second]:
            continue
        both = np.array([shapely.intersection(areas.polygons[i], areas.polygons[j])])
        shared = float(ground_m2(both)[0])
        if shared > max(OVERLAP_M2, OVERLAP_SHARE * float(min(own[i], own[j]))):
            found.append((i, j, shared))
    return found


def write_first_response(folder: Path, areas: FirstResponse) -> None:
    """`first_due.parquet`: an area of first response in each row."""
    write_columns(
        folder / FILE,
        {"post": areas.posts, "margin_s": areas.margin_s},
        Polygons(areas.polygons),
    )


def load_first_response(home: Path, posts: Services) -> FirstResponse | None:
    """Read them from a pack, None where it has none; BadInput as `load` raises."""
    if not (home / FILE).exists():
        return None
    rows = Columns(home / FILE, FILE)
    ids, margin_s = rows.texts("post"), rows.numbers("margin_s", np.float64)
    for i, post in enumerate(ids):
        if post not in posts:
            raise bad(Where(FILE, row=i, field="post"), f"no post {printable(post)!r}")
        if not 0.0 <= margin_s[i] <= MOST_MARGIN_S:
            what = f"{margin_s[i]} is not in 0-{MOST_MARGIN_S:.0f} s"
            raise bad(Where(FILE, row=i, field="margin_s"), what)
    return made_of(ids, margin_s, rows.polygons())
