"""Bands as pages show them: always a word and a shape, and a colour if there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gengfu.capabilities.safety_index.rules.document import PlaceReport, Publication
from gengfu.kernel import Said

NONE: Final = "none"
_SHAPES: Final = {
    "blue": "less",
    "green": "even",
    "yellow": "more",
    "orange": "more2",
    "red": "more3",
}
OTHER: Final = "other"
"""The shape of a band that a city has named by itself."""


@dataclass(frozen=True, slots=True)
class BandView:
    """A band: its word, its rule in words, and the shape that stands for it."""

    code: str
    word: str
    rule: str
    shape: str


def pick(said: Said, *, zh: bool) -> str:
    """Return words in the language of a page."""
    return said.zh if zh else said.en


def bands_of(publication: Publication, *, zh: bool) -> Mapping[str, BandView]:
    """Return the bands by code, from less than expected to far more."""
    views = [
        BandView(
            band.code,
            pick(band.said, zh=zh),
            pick(band.rule, zh=zh),
            _SHAPES.get(band.code, OTHER),
        )
        for band in publication.method.bands
    ]
    return {view.code: view for view in sorted(views, key=lambda v: _rank(v.shape))}


def _rank(shape: str) -> int:
    order = tuple(_SHAPES.values())
    return order.index(shape) if shape in order else len(order)


NO_SCORE: Final = BandView("", "", "", NONE)
"""The band of a place without a score; pages have a word for it."""


def band_of(place: PlaceReport, bands: Mapping[str, BandView]) -> BandView:
    """Return a place's band; `NO_SCORE` without a score."""
    if place.score is None:
        return NO_SCORE
    return bands.get(place.band) or BandView(place.band, place.band, "", OTHER)


@dataclass(frozen=True, slots=True)
class BandCount:
    """How many places have a band, and its stretch of a bar 100 wide."""

    band: BandView
    places: int
    start: float
    width: float


def counted(found: Sequence[BandView], bands: Sequence[BandView]) -> list[BandCount]:
    """Count bands, in the order given; those that stand for nobody are kept."""
    extra = [band for band in dict.fromkeys(found) if band not in bands]
    counts: list[BandCount] = []
    start = 0.0
    for band in [*bands, *extra]:
        number = sum(1 for one in found if one == band)
        width = 100.0 * number / max(1, len(found))
        counts.append(BandCount(band, number, start, width))
        start += width
    return counts
