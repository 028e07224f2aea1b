"""When an area's red band may lead to a notice, a warning, an interview.

One red month may be chance or a fault of recording: it brings a notice and nothing
else. More needs red in several of the last months, and somebody who has looked at how
calls become records, because a target on records invites recording fewer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .periods import Month

RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandOfMonth:
    """What was published of an area in a month: which issue, which band."""

    period: str
    issue: int
    band: str


def is_red(history: Sequence[BandOfMonth]) -> bool:
    """Tell whether the newest published month is red; `history` is oldest first."""
    return bool(history) and history[-1].band == RED


def red_often(history: Sequence[BandOfMonth], red: int, of: int) -> bool:
    """Tell whether the newest month is red, and `red` of the last `of` months are.

    A month without a publication is not red.
    """
    if not is_red(history):
        return False
    last = Month.read(history[-1].period)
    counted = {str(month) for month in last.back(of)}
    return sum(one.band == RED and one.period in counted for one in history) >= red
