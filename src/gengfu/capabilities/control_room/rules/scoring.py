"""What each candidate costs, part by part; the parts are described in `recommend`."""

from collections.abc import Sequence
from math import isinf
from typing import NamedTuple

from .plans import Need
from .policy import Policy
from .recommend import Coming, Free, Ranked
from .words import Reason

_HOUR_S = 3600.0


def ready(coming: Coming) -> Coming:
    """Count from now: a unit that is nearly free must first be ready to roll."""
    wait = coming.unit.ready_in_s
    if coming.unit.free is not Free.NEARLY or not wait:
        return coming
    return Coming(
        coming.unit, coming.seconds + wait, coming.low_s + wait, coming.high_s + wait
    )


def hours_on_duty(coming: Coming) -> float:
    """Hours a crew has been on duty; 0 where it is not known."""
    return (coming.unit.on_duty_s or 0.0) / _HOUR_S


class Scored(NamedTuple):
    """A candidate with each part of its cost, in seconds, and the cover it leaves."""

    coming: Coming
    cover_lost: float
    doubt_s: float
    cover_s: float
    position_s: float
    state_s: float
    duty_s: float
    first_due_s: float
    overtired: bool
    meets: tuple[int, ...]
    """Which needs the unit could fill."""

    @property
    def penalty_s(self) -> float:
        """Everything but the arrival and its lateness."""
        against = self.doubt_s + self.cover_s + self.position_s + self.state_s
        return against + self.duty_s - self.first_due_s

    def late_s(self, need: Need, policy: Policy) -> float:
        """Cost of arriving later than a need asks for."""
        if need.within_s is None:
            return 0.0
        return policy.late * max(0.0, self.coming.seconds - need.within_s)

    def cost_s(self, needs: Sequence[Need], slot: int | None, policy: Policy) -> float:
        """Cost for the need it is chosen for, or the least of those it could fill."""
        if slot is not None:
            late = self.late_s(needs[slot], policy)
        else:
            late = min(
                (self.late_s(needs[at], policy) for at in self.meets),
                default=0.0,
            )
        return self.coming.seconds + late + self.penalty_s

    def ranked(
        self, cost_s: float, slot: int | None, reasons: tuple[Reason, ...]
    ) -> Ranked:
        """Make the row of the ranking."""
        return Ranked(
            unit=self.coming.unit,
            seconds=self.coming.seconds,
            low_s=self.coming.low_s,
            high_s=self.coming.high_s,
            cost_s=cost_s,
            cover_lost=self.cover_lost,
            meets=self.meets,
            chosen_for=slot,
            reasons=reasons,
        )


def score(
    coming: Coming, lost: float, meets: tuple[int, ...], priority: int, policy: Policy
) -> Scored:
    """Put a price in seconds on everything that counts for or against a unit.

    `lost` is the share of demand it would leave without cover; `meets` says which
    needs it could fill.
    """
    hours = hours_on_duty(coming)
    return Scored(
        coming=coming,
        cover_lost=lost,
        doubt_s=policy.doubt * _spread_s(coming),
        cover_s=100.0 * lost * policy.cover_s_per_percent[priority - 1],
        position_s=_position_s(coming, policy),
        state_s=_state_s(coming, policy),
        duty_s=max(0.0, hours - policy.duty_hours) * policy.duty_s_per_hour,
        first_due_s=policy.first_due * coming.unit.first_due_s,
        overtired=hours > policy.duty_most_hours,
        meets=meets,
    )


def _state_s(coming: Coming, policy: Policy) -> float:
    if coming.unit.free is Free.FREE:
        return 0.0
    if coming.unit.free is Free.NEARLY:
        return policy.nearly_penalty_s
    return policy.preempt_penalty_s


def _position_s(coming: Coming, policy: Policy) -> float:
    unit = coming.unit
    if unit.source == "post":
        return policy.post_s
    age = unit.age_s or 0.0
    if age <= policy.fresh_s:
        return 0.0
    return min(policy.stale_most_s, policy.stale_rate * age)


def _spread_s(coming: Coming) -> float:
    """Seconds by which the arrival may be late; 0 where no interval was fitted."""
    return 0.0 if isinf(coming.high_s) else max(0.0, coming.high_s - coming.seconds)
