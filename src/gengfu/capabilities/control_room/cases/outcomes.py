"""What an incident turned out to be, as it is counted: whether it happened, who died.

Counts hold no words of anybody and stay when the words of an incident are erased.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from gengfu.kernel import Between, RuleBroken

Deaths = Annotated[int, Between(0, 9_999)]
"""People who died of it."""


class Finding(StrEnum):
    """Whether there was anything; only what was confirmed counts as an event."""

    CONFIRMED = "confirmed"
    NOTHING_FOUND = "nothing_found"
    FALSE_ALARM = "false_alarm"


UNFOUNDED = (Finding.NOTHING_FOUND, Finding.FALSE_ALARM)
"""Findings of what was no event."""


def check_deaths(finding: Finding | None, deaths: int | None) -> None:
    """Refuse deaths of what did not happen: nobody would ever count them."""
    if deaths and finding in UNFOUNDED:
        raise RuleBroken("somebody died: then something had happened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """A number of deaths put right: what it was, what is true, who says so."""

    was: int | None
    now: int
    reason: str
    by: str
    at: datetime
