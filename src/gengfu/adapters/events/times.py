"""Times as people wrote them, in several forms in one column, to instants.

A form is "iso", "epoch_s", "epoch_ms" or directives as `strptime` knows them. Forms are
tried in the order given for each row, and a form fits a row only when the day and hour
exist: 13/02/2026 is no month/day/year and goes on to the next form. Numbers may be
written without leading zeros.
"""

import re
from calendar import month_abbr
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from gengfu.kernel import BadInput

from .columns import compute, pyarrow

_TIME = r"(?:[T ](?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
_OFFSET = r"(?P<z>Z|[+-]\d{2}:?\d{2})"
_MONTHS = tuple(month_abbr)[1:]
_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "b": f"(?P<b>(?i:{'|'.join(_MONTHS)}))",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "p": r"(?P<p>(?i:am|pm|上午|下午))",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "z": _OFFSET,
    "%": "%",
}
_FIXED = {
    "iso": rf"(?P<Y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}}){_TIME} ?{_OFFSET}?",
    "epoch_s": r"(?P<epoch_s>\d{1,11})(?:\.0*)?",
    "epoch_ms": r"(?P<epoch_ms>\d{1,14})(?:\.0*)?",
}
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_SECOND = 1_000_000
_FAR = 253_402_300_799 * _SECOND  # the last second of the year 9999
_FIRST = -62_135_596_800 * _SECOND  # the first second of the year 1
_DAY_S = 86_400
_WIDEST_OFFSET = 16 * 3600 * _SECOND
"""No clocks were ever further from UTC."""
_TWO_DIGIT_PIVOT = 70  # as POSIX: 70 to 99 are of the last century
_PER_SECOND = {"s": 1, "ms": 1_000, "us": _SECOND, "ns": 1_000_000_000}
_NOON, _MONTHS_A_YEAR, _FEBRUARY = 12, 12, 2
_HOURS, _SIXTY = 24, 60


class Read(IntEnum):
    """What became of a text."""

    GOOD = 0
    MISSING = 1
    UNREADABLE = 2
    IMPOSSIBLE = 3
    IN_GAP = 4
    TWICE = 5


@dataclass(frozen=True, slots=True)
class TimeForm:
    """One form of writing a time, as a pattern with a group for each part."""

    text: str
    pattern: str
    groups: tuple[str, ...]


def time_form(text: str) -> TimeForm:
    """Return the form named by `text`.

    Raises:
        BadInput: a directive that is not known, or one that is needed is missing.

    """
    pattern = _FIXED.get(text)
    if pattern is None:
        parts = re.split(r"%(.)", text)
        unknown = [d for d in parts[1::2] if d not in _DIRECTIVES]
        if unknown or (text.endswith("%") and len(parts) % 2 == 0):
            raise BadInput(f"date form {text!r}: %{unknown[0]} is not known")
        if len(set(parts[1::2])) != len(parts[1::2]):
            raise BadInput(f"date form {text!r}: a directive is there twice")
        pattern = "".join(
            _DIRECTIVES[part] if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
        groups = set(parts[1::2])
        if not ({"Y", "y"} & groups and {"m", "b"} & groups and "d" in groups):
            raise BadInput(f"date form {text!r}: needs a year, a month and a day")
    found = tuple(re.compile(pattern).groupindex)
    return TimeForm(text, f"^{pattern}$", found)


def read_times(
    texts: Any, forms: Sequence[TimeForm], timezone: str
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return microseconds since 1970 UTC of each text, and a :class:`Read` for each.

    A text without an offset is by the clock of `timezone`. `texts` is a pyarrow array
    of strings.
    """
    size = len(texts)
    local = np.zeros(size, np.int64)
    offset = np.zeros(size, np.int64)
    absolute = np.zeros(size, np.bool_)
    state = np.full(size, Read.UNREADABLE, np.uint8)
    trimmed = compute.utf8_trim_whitespace(texts)
    empty = compute.equal(trimmed, "").fill_null(True)
    missing = _numpy(empty)
    state[missing] = Read.MISSING
    for form in forms:
        rows = np.flatnonzero((state != Read.GOOD) & ~missing)
        if rows.size == 0:
            break
        pending = trimmed if rows.size == size else trimmed.take(pyarrow.array(rows))
        found = compute.extract_regex(pending, form.pattern)
        matched = _numpy(found.is_valid())
        if not matched.any():
            continue
        rows = rows[matched]
        parts = {
            name: compute.struct_field(found, name).filter(pyarrow.array(matched))
            for name in form.groups
        }
        micros, shift, has_offset, exists = _instants(parts, rows.size)
        state[rows] = np.where(exists, Read.GOOD, Read.IMPOSSIBLE)
        good = rows[exists]
        local[good], offset[good] = micros[exists], shift[exists]
        absolute[good] = has_offset[exists]
    by_clock = (state == Read.GOOD) & ~absolute
    instants = local - offset
    if by_clock.any():
        instants[by_clock], how = by_the_clock(local[by_clock], timezone)
        state[by_clock] = how
    return instants, state


def typed_times(
    column: Any, timezone: str
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return what `read_times` does for a column of timestamps or dates in any unit.

    Those without a time zone, and dates, are by the clock of `timezone`. Parts of a
    microsecond are left out.
    """
    column = column.combine_chunks()
    if pyarrow.types.is_date(column.type):
        column = column.cast(pyarrow.timestamp("ms"))
    aware = column.type.tz is not None
    per_second = _PER_SECOND[column.type.unit]
    state = np.where(_numpy(column.is_null()), Read.MISSING, Read.GOOD)
    state = state.astype(np.uint8)
    raw = np.array(_numpy(column.cast("int64").fill_null(0)))
    first, last = _FIRST // _SECOND * per_second, _FAR // _SECOND * per_second
    exists = (raw >= max(first, -(2**63))) & (raw <= min(last, 2**63 - 1))
    state[~exists] = Read.IMPOSSIBLE
    raw[~exists] = 0
    if per_second > _SECOND:
        at = raw // (per_second // _SECOND)
    else:
        at = raw * (_SECOND // per_second)
    if not aware:
        there = state == Read.GOOD
        at[there], state[there] = by_the_clock(at[there], timezone)
    return at, state


def by_the_clock(
    local: NDArray[np.int64], timezone: str
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the instants of clock readings (microseconds), and how each was read."""
    naive = pyarrow.array(local).cast(pyarrow.timestamp("us"))
    early, late = (
        compute.assume_timezone(naive, timezone, ambiguous=which, nonexistent="latest")
        for which in ("earliest", "latest")
    )
    shown = compute.local_timestamp(early).cast("int64").to_numpy()
    first, second = (
        cast("NDArray[np.int64]", one.cast("int64").to_numpy()) for one in (early, late)
    )
    how = np.full(local.size, Read.GOOD, np.uint8)
    how[first != second] = Read.TWICE
    how[shown != local] = Read.IN_GAP
    return first, how


def _numpy(array: Any) -> NDArray[Any]:
    if isinstance(array, pyarrow.ChunkedArray):
        return cast("NDArray[Any]", array.to_numpy())
    return cast("NDArray[Any]", array.to_numpy(zero_copy_only=False))


def _number(parts: dict[str, Any], name: str, size: int) -> NDArray[np.int64]:
    """Return a group as numbers, 0 where it is not there."""
    if name not in parts:
        return np.zeros(size, np.int64)
    texts = parts[name]
    filled = compute.if_else(compute.equal(texts, ""), "0", texts)
    return cast("NDArray[np.int64]", _numpy(filled.cast("int64")))


def _instants(
    parts: dict[str, Any], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return microseconds by the clock, the offset, if there is one, if it exists."""
    none = np.zeros(size, np.int64)
    for name, unit in (("epoch_s", _SECOND), ("epoch_ms", 1000)):
        if name in parts:
            micros = _number(parts, name, size) * unit
            return micros, none, np.ones(size, np.bool_), micros <= _FAR
    year = _number(parts, "Y", size)
    if "y" in parts:
        short = _number(parts, "y", size)
        year = short + np.where(short < _TWO_DIGIT_PIVOT, 2000, 1900)
    month = _number(parts, "m", size)
    if "b" in parts:
        names = compute.utf8_capitalize(parts["b"])
        month = 1 + _numpy(compute.index_in(names, value_set=pyarrow.array(_MONTHS)))
    day, hour = _number(parts, "d", size), _number(parts, "H", size)
    in_year = (month >= 1) & (month <= _MONTHS_A_YEAR)
    exists = (year >= 1) & in_year & (day >= 1) & (hour < _HOURS)
    if "I" in parts:
        hour = _number(parts, "I", size)
        exists &= (hour >= 1) & (hour <= _NOON)
        hour = hour % _NOON
    if "p" in parts:
        late = compute.is_in(
            compute.utf8_lower(parts["p"]), value_set=pyarrow.array(["pm", "下午"])
        )
        hour = hour + _NOON * (_numpy(late) & (hour < _NOON))
    minute, second = _number(parts, "M", size), _number(parts, "S", size)
    exists &= (minute < _SIXTY) & (second < _SIXTY)
    known = np.where(in_year, month, 1)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    exists &= day <= _DAYS[known - 1] + (leap & (known == _FEBRUARY))
    days = (
        (
            ((year - 1970) * 12 + known - 1)
            .astype("datetime64[M]")
            .astype("datetime64[D]")
        ).astype(np.int64)
        + day
        - 1
    )
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    micros = seconds * _SECOND
    if "f" in parts:
        digits = compute.utf8_slice_codeunits(
            compute.utf8_rpad(parts["f"], width=6, padding="0"), 0, 6
        )
        micros += _number({"f": digits}, "f", size)
    shift, has_offset = _offsets(parts, size)
    exists &= np.abs(shift) <= _WIDEST_OFFSET
    return micros, shift, has_offset, exists


def _offsets(
    parts: dict[str, Any], size: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if "z" not in parts:
        return np.zeros(size, np.int64), np.zeros(size, np.bool_)
    texts = parts["z"]
    there = _numpy(compute.not_equal(texts, ""))
    plain = compute.replace_substring(
        compute.if_else(compute.match_substring_regex(texts, r"\d"), texts, "+0000"),
        ":",
        "",
    )
    hours = compute.utf8_slice_codeunits(plain, 1, 3).cast("int64")
    minutes = compute.utf8_slice_codeunits(plain, 3, 5).cast("int64")
    minute = _numpy(minutes)
    seconds = (_numpy(hours) * 60 + minute) * 60
    seconds = np.where(minute < _SIXTY, seconds, _DAY_S)
    west = _numpy(compute.starts_with(plain, "-"))
    return np.where(west, -seconds, seconds) * _SECOND, there
