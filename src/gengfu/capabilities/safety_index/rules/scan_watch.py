"""All events of a domain scanned together: where and since when there are more."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

import numpy as np

from gengfu.science.scan import (
    SIGNAL_RECURRENCE_DAYS,
    Sites,
    SpaceTimeCluster,
    spacetime_permutation_scan,
)

from .signal_values import (
    FEWEST,
    REPLICATES,
    Floats,
    Longs,
    Looked,
    Points,
    Signal,
    tested,
)

STUDY_DAYS = 182
RADIUS_KM, LONGEST_DAYS = 3.0, 28
CELL_KM = 0.5
_KM_PER_DEGREE = 111.195


def by_scan(points: Sequence[Points], last: date, seed: str) -> Looked:
    """Scan each domain for a place and time with more cases than days dealt anew."""
    signals: list[Signal] = []
    scans = 0
    for one in points:
        kept = np.flatnonzero(
            (one.day > last.toordinal() - STUDY_DAYS) & (one.day <= last.toordinal())
        )
        if len(kept) < FEWEST:
            continue
        scans += 1
        signals += _scanned(one, kept, last, seed)
    return tested("scan", scans, 1 / SIGNAL_RECURRENCE_DAYS), signals


def _scanned(one: Points, kept: Longs, last: date, seed: str) -> list[Signal]:
    lon, lat, day = one.lon[kept], one.lat[kept], one.day[kept]
    site, east, north = _cells(lon, lat)
    digest = sha256(f"{seed} {last} {one.domain}".encode()).digest()
    result = spacetime_permutation_scan(
        Sites.on_globe(east, north),
        site,
        day,
        period=(last.toordinal() - STUDY_DAYS + 1, last.toordinal()),
        radius_km=RADIUS_KM,
        longest_days=LONGEST_DAYS,
        replicates=REPLICATES,
        rng=np.random.default_rng(int.from_bytes(digest[:8])),
    )
    areas = [one.area[int(at)] for at in kept]
    return [
        _cluster_signal(found, one.domain, areas, site, day, east, north)
        for found in result.clusters
        if found.signal and found.observed >= FEWEST
    ]


def _cluster_signal(
    found: SpaceTimeCluster,
    domain: str,
    areas: Sequence[str],
    site: Longs,
    day: Longs,
    east: Floats,
    north: Floats,
) -> Signal:
    inside = np.isin(site, found.places)
    inside &= (day >= found.first_day) & (day <= found.last_day)
    named = sorted(areas[int(at)] for at in np.flatnonzero(inside))
    expected = found.expected
    return Signal(
        method="scan",
        area=max(sorted(set(named)), key=named.count),
        kind=domain,
        first_day=str(date.fromordinal(found.first_day)),
        last_day=str(date.fromordinal(found.last_day)),
        observed=found.observed,
        expected=round(expected, 2),
        upper=None,
        excess=round(found.observed - expected, 2),
        recurrence_days=round(found.recurrence_days or 0.0, 1),
        lon=round(float(east[found.centre]), 5),
        lat=round(float(north[found.centre]), 5),
        radius_km=round(found.radius_km, 2),
    )


def _cells(lon: Floats, lat: Floats) -> tuple[Longs, Floats, Floats]:
    """Put points into square cells; return each one's cell, and the cells' middles."""
    tall = CELL_KM / _KM_PER_DEGREE
    wide = tall / max(np.cos(np.radians(float(lat.mean()))), 0.01)
    cells = np.column_stack((np.floor(lon / wide), np.floor(lat / tall)))
    unique, which = np.unique(cells, axis=0, return_inverse=True)
    return (
        which.reshape(-1).astype(np.int64),
        (unique[:, 0] + 0.5) * wide,
        (unique[:, 1] + 0.5) * tall,
    )
