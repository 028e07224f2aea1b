"""Months as publications name them: "2026-10"."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gengfu.kernel import BadInput

_WRITTEN = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])")
"""In one way only: a month that could be written in two would have two first issues."""


@cache
def _days(year: int, month: int) -> int:
    return monthrange(year, month)[1]


class Month(NamedTuple):
    """A calendar month in the city's time zone; months sort by time."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read "2026-10"; raises BadInput."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise BadInput(f"a month is written like 2026-10, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return _days(self.year, self.month)

    def ended(self, now: datetime, timezone: str) -> bool:
        """Tell whether it is over by a city's clocks (UTC where none are named).

        Raises:
            BadInput: nobody knows that time zone.

        """
        try:
            zone = ZoneInfo(timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(f"timezone: {timezone[:60]!r} is none") from None
        here = now.astimezone(zone)
        return (here.year, here.month) > self

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    def later(self, months: int) -> Self:
        """Return the month so many later, or earlier."""
        number = self.year * 12 + self.month - 1 + months
        return type(self)(number // 12, number % 12 + 1)

    def through(self, last: Self) -> list[Self]:
        """Return the months from this one to another, both included."""
        number = (last.year - self.year) * 12 + last.month - self.month + 1
        return [self.later(n) for n in range(number)]

    def back(self, months: int) -> Iterator[Self]:
        """Yield this month and those before it, `months` in all, oldest first."""
        for ago in range(months - 1, -1, -1):
            yield self.later(-ago)
