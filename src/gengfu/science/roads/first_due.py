"""Whose area an address is in: the post that is sent first where all else is equal."""

from dataclasses import dataclass
from math import floor, inf


@dataclass(frozen=True, slots=True)
class FirstDue:
    """Areas of first response on a grid, and how much later their post may be.

    Cell (row, column) covers `cell_deg` degrees (longitude, latitude) from the south
    west corner, by rows from the south; `cell` holds a row of `posts` or -1 where
    nobody is first due. A unit of the post first due goes where it arrives at most
    `margin_s` later than the first: arrivals nearer than that cannot be told apart.
    """

    west: float
    south: float
    cell_deg: tuple[float, float]
    columns: int
    posts: tuple[str, ...]
    cell: tuple[int, ...]
    margin_s: float

    def __post_init__(self) -> None:
        if self.columns < 1 or len(self.cell) % self.columns:
            raise ValueError("cell needs whole rows of `columns` cells")
        if not all(0.0 < size < inf for size in self.cell_deg):
            raise ValueError("cell_deg must be above 0")
        if not all(-1 <= post < len(self.posts) for post in self.cell):
            raise ValueError("cell names a post that is not there")
        if not 0.0 <= self.margin_s < inf:
            raise ValueError("margin_s must be a number of 0 or more")

    def post_at(self, lon: float, lat: float) -> str | None:
        """Return the post first due at a point, None where there is none."""
        column = floor((lon - self.west) / self.cell_deg[0])
        row = floor((lat - self.south) / self.cell_deg[1])
        at = row * self.columns + column
        if not (0 <= column < self.columns and row >= 0 and at < len(self.cell)):
            return None
        post = self.cell[at]
        return None if post < 0 else self.posts[post]
