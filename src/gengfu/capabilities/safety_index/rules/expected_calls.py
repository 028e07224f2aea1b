"""Calls to be expected: of each area, hour by hour, with what chance makes of them.

For those who staff, and for nothing else: residents' calls alone go in, and neither a
person nor anything that officers began themselves. What is said of last week is what
would have been said a week before, from what was recorded by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput
from gengfu.science.demand import (
    LEVELS,
    CallCounts,
    Forecast,
    Predicted,
    Score,
    baseline,
    forecast,
    score,
)
from gengfu.science.demand.forecast import MOST_DAYS
from gengfu.science.demand.pattern import WEEK_D, summed

from .document import Source
from .expected_values import (
    FORMAT,
    NOWHERE,
    VERSION,
    DayPassed,
    Expected,
    ExpectedCalls,
    Judged,
    LastWeek,
    Named,
    Place,
)

INTERVAL = 0.8
RECORD_DAYS = 20 * WEEK_D
"""So much of the record is looked at: what is fitted, and what it is checked by."""
HOLE_CALLS = 10.0
"""A day without any call where so many are usual is taken for a hole in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """Residents' distinct calls of whole days, by the city's clocks.

    `calls` is [D, 24, A] from day `first` on; `usual` [D] is false for days that
    nothing is to be learnt from. `district_of` [A] says for each area in which of the
    `districts` it lies; there are none where areas lie in nothing larger.
    """

    first: date
    areas: tuple[Named, ...]
    calls: NDArray[np.int64]
    usual: NDArray[np.bool_]
    timezone: str
    events: tuple[Source, ...]
    simulated: bool = False
    districts: tuple[Named, ...] = ()
    district_of: tuple[int, ...] = ()

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=len(self.calls) - 1)


def usual_days(calls: NDArray[np.int64], whole: Sequence[bool]) -> NDArray[np.bool_]:
    """Tell which days are learnt from: `whole` ones that are no hole in the record.

    Days on which the clocks are put forward or back are for the caller to name among
    those that are not whole.
    """
    totals = calls.sum(axis=(1, 2))
    given = np.array(whole, np.bool_)
    recorded = totals[given & (totals > 0)]
    many = recorded.size > 0 and float(np.median(recorded)) >= HOLE_CALLS
    return given & ((totals > 0) | (not many))


def expect(record: CallRecord, first: date, days: int = 7) -> ExpectedCalls:
    """Forecast `days` from a day on that follows the record.

    Raises:
        BadInput: the day lies in the record or more than four weeks after it, or the
            record is shorter than a week or has no calls.

    """
    after = (first - record.last).days - 1
    if after < 0:
        raise BadInput(f"{first}: the record goes on to {record.last}")
    if days < 1 or after + days > MOST_DAYS:
        raise BadInput(
            f"{first}: the record ends on {record.last}; "
            f"at most {MOST_DAYS} days after it can be forecast"
        )
    try:
        made = forecast(_counted(record, len(record.calls)), after + days)
        larger = made
        if record.districts:
            larger = forecast(_by_district(record), after + days)
    except ValueError as fault:
        raise BadInput(
            f"record from {record.first} to {record.last}: {fault}"
        ) from None
    city = Named(id=NOWHERE, name="", name_zh="")
    ahead = slice(after, None)
    return ExpectedCalls(
        format=FORMAT,
        version=VERSION,
        first_day=first.isoformat(),
        timezone=record.timezone,
        interval=INTERVAL,
        record_from=record.first.isoformat(),
        record_to=record.last.isoformat(),
        calls=int(record.calls.sum()),
        simulated=record.simulated,
        left_out_days=tuple(
            (record.first + timedelta(days=int(day))).isoformat()
            for day in np.flatnonzero(~record.usual)
        ),
        checked=made.checked,
        events=record.events,
        city=_place(
            city, _cells(made.city_days, ahead), _cells(made.city_hours, ahead)
        ),
        districts=_places(record.districts, larger, ahead),
        areas=_places(record.areas, made, ahead),
        last_week=_last_week(record),
    )


def _counted(record: CallRecord, days: int) -> CallCounts:
    ids = tuple(area.id for area in record.areas)
    return CallCounts(ids, record.calls[:days], record.usual[:days])


type Cells = NDArray[np.float64]
"""Mean, low and high in the last axis."""


def _cells(predicted: Predicted, days: slice) -> Cells:
    low, high = predicted.interval(INTERVAL)
    return np.stack([np.round(predicted.mean, 3), low, high], axis=-1)[days]


def _expected(cell: Cells) -> Expected:
    return Expected(mean=float(cell[0]), low=int(cell[1]), high=int(cell[2]))


def _place(area: Named, days: Cells, hours: Cells) -> Place:
    return Place(
        area=area,
        days=tuple(_expected(day) for day in days),
        hours=tuple(tuple(_expected(hour) for hour in day) for day in hours),
    )


def _by_district(record: CallRecord) -> CallCounts:
    """Sum the areas of each district."""
    ids = tuple(one.id for one in record.districts)
    of = np.array(record.district_of, np.int64)
    calls = np.stack(
        [record.calls[:, :, of == at].sum(axis=2) for at in range(len(ids))], axis=2
    )
    return CallCounts(ids, calls, record.usual)


def _places(areas: Sequence[Named], made: Forecast, ahead: slice) -> tuple[Place, ...]:
    days, hours = _cells(made.area_days, ahead), _cells(made.area_hours, ahead)
    return tuple(
        _place(area, days[:, at], hours[:, :, at]) for at, area in enumerate(areas)
    )


def _last_week(record: CallRecord) -> LastWeek | None:
    """Make last week's forecast from what stood there a week ago, and judge it."""
    origin = len(record.calls) - WEEK_D
    usual = record.usual[origin:]
    if origin < WEEK_D or not usual.any():
        return None
    try:
        made, plain = (
            f(_counted(record, origin), WEEK_D) for f in (forecast, baseline)
        )
    except ValueError:
        return None
    seen = summed(record.calls[origin:].astype(np.float64))
    city = _cells(made.city_days, slice(None))
    days = tuple(
        DayPassed(
            day=(record.first + timedelta(days=origin + at)).isoformat(),
            came=int(seen["city_days"][at]),
            expected=_expected(city[at]),
            usual=bool(usual[at]),
        )
        for at in range(WEEK_D)
    )
    return LastWeek(
        days=days,
        judged=tuple(
            _judged(
                level,
                score(seen[level][usual], _of(made.at(level), usual)),
                score(seen[level][usual], _of(plain.at(level), usual)),
            )
            for level in LEVELS
        ),
    )


def _of(predicted: Predicted, usual: NDArray[np.bool_]) -> Predicted:
    return Predicted(predicted.mean[usual], predicted.dispersion[usual])


def _judged(level: str, ours: Score, plain: Score) -> Judged:
    return Judged(
        level=level,
        counts=ours.counts,
        deviance=ours.deviance,
        plain_deviance=plain.deviance,
        covered=ours.covered,
    )
