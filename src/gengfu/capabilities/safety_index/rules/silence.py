"""What a publication says of counts, and what it does not say.

A correction may not show what the issue before it hid: the difference would tell it.
"""

from collections.abc import Iterable, Iterator

from gengfu.kernel import Said

from .document import HIDDEN, WITHHELD, Publication

SILENT = frozenset({HIDDEN, WITHHELD})


def counts_of(found: Publication) -> Iterator[tuple[str, str]]:
    """Yield every count of a document with its place in it."""
    for domain, text in found.totals:
        yield f"totals.{domain}", text
    for place in found.places:
        yield f"places.{place.id}.deaths_12m", place.deaths_12m
        for part in place.parts:
            yield f"places.{place.id}.{part.domain}", part.events
    for compound in found.compounds:
        for figure in compound.figures:
            yield f"compounds.{compound.id}.{figure.kind}", figure.events


def parts_of(found: Publication) -> frozenset[tuple[str, str]]:
    """Return the areas and parts of the index that a document has counts of."""
    return frozenset(
        (one.id, part.domain) for one in found.places for part in one.parts
    )


def uncovered(before: Publication, now: Publication) -> str | None:
    """Return where a document shows what an earlier issue hid; None if nowhere."""
    hidden = _hidden(before)
    return next((where for where in _shown(now) if where in hidden), None)


def kept_silent(text: str, before: Iterable[str]) -> str:
    """Return what is said of a sum over months of which earlier issues said this.

    Once hidden, it is hidden again, whatever it is now.
    """
    if text != HIDDEN and any(one in SILENT for one in before):
        return WITHHELD
    return text


def is_silent(said: Said) -> bool:
    """Tell whether a note says that it hides its number."""
    return any(text in said.en for text in SILENT)


def _shown(found: Publication) -> Iterator[str]:
    yield from (where for where, text in counts_of(found) if text not in SILENT)
    yield from (
        f"quality.{one.code}" for one in found.quality if not is_silent(one.said)
    )
    for one in found.comparisons:
        if one.value is not None:
            yield f"comparisons.{one.code}"
        yield from (f"comparisons.{one.code}.{area}" for area, _ in one.of_area)


def _hidden(found: Publication) -> set[str]:
    hidden = {where for where, text in counts_of(found) if text in SILENT}
    hidden |= {f"quality.{one.code}" for one in found.quality if is_silent(one.said)}
    for one in found.comparisons:
        if one.value is None and not one.of_area:
            hidden.add(f"comparisons.{one.code}")
        told = {area for area, _ in one.of_area}
        silent = (place.id for place in found.places if place.id not in told)
        hidden |= {f"comparisons.{one.code}.{area}" for area in silent}
    return hidden
