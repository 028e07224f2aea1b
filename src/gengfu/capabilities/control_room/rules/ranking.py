"""Works out a recommendation; what counts and why is described in `recommend`."""

from collections.abc import Mapping, Sequence

import numpy as np

from .explaining import reasons_for
from .matching import UNFIT, Costs, assign, still_needed
from .plans import Need
from .policy import Policy
from .recommend import (
    Coming,
    CoverLoss,
    Free,
    Recommendation,
    Request,
    Travel,
    Unmet,
)
from .scoring import Scored, hours_on_duty, ready, score
from .words import Said

_STATES = (Free.FREE, Free.NEARLY, Free.PREEMPTIBLE)


def recommend(
    request: Request, travel: Travel, cover: CoverLoss, policy: Policy
) -> Recommendation:
    """Rank candidates and choose the set to send."""
    needs = still_needed(request.plan.needs, request.sent)
    search = _Search(request, needs, travel, policy)
    found = search.run()
    people = sorted(found.values(), key=lambda c: (c.seconds, c.unit.id))
    scored = [score(c, request.target.priority, cover, policy) for c in people]
    by_rule = {unit for unit, _ in search.allowed}
    picked = _choose(scored, needs, search.allowed, policy)

    def place(one: Scored) -> tuple[bool, bool, float, str]:
        """Chosen ones in front, then those the rules admit; the cheaper first."""
        who = one.coming.unit.id
        cost = one.cost_s(needs, picked.get(who), policy)
        return who not in picked, who not in by_rule, cost, who

    scored.sort(key=place)
    kept = max(policy.rows, len(picked))
    return Recommendation(
        incident=request.target.id,
        plan=request.plan.code,
        plan_version=request.plan.version,
        policy_version=policy.version,
        needs=needs,
        ranked=tuple(
            s.ranked(
                needs,
                picked.get(s.coming.unit.id),
                policy,
                reasons_for(
                    s,
                    picked.get(s.coming.unit.id),
                    needs,
                    search.gain_s(s.coming.unit.id),
                    by_rule=s.coming.unit.id in by_rule,
                ),
            )
            for s in scored[:kept]
        ),
        unmet=_unmet(needs, picked),
        cover_lost=tuple(sorted(cover.lost_together(picked).items())),
        considered=len(scored),
    )


class _Search:
    """Collects the nearest candidates of each need and who may be taken for it."""

    def __init__(
        self, request: Request, needs: tuple[Need, ...], travel: Travel, policy: Policy
    ) -> None:
        self.target = request.target
        self.needs = needs
        self.travel = travel
        self.policy = policy
        self.allowed: set[tuple[str, int]] = set()
        self.gains: dict[tuple[str, int], float] = {}

    def run(self) -> dict[str, Coming]:
        """Look at more candidates until the needs can be met or nobody is left."""
        wanted = sum(need.count for need in self.needs)
        most = max(self.policy.nearest, wanted)
        while True:
            found, exhausted = self._look(most)
            if exhausted or most >= self.policy.most or self._can_be_met(found):
                return found
            most = min(2 * most, self.policy.most)

    def gain_s(self, unit: str) -> float | None:
        """Seconds by which a unit beats the free one it would replace, if any."""
        gains = [gain for (who, _), gain in self.gains.items() if who == unit]
        return max(gains, default=None)

    def _look(self, most: int) -> tuple[dict[str, Coming], bool]:
        found: dict[str, Coming] = {}
        exhausted = True
        self.allowed.clear()
        self.gains.clear()
        for at, need in enumerate(self.needs):
            for state in self._states():
                coming = self.travel.nearest(self.target, need, state, most)
                exhausted = exhausted and len(coming) < most
                for one in coming:
                    found[one.unit.id] = ready(one)
                self._allow(at, need, coming, found)
        return found, exhausted

    def _states(self) -> tuple[Free, ...]:
        priority, policy = self.target.priority, self.policy
        asked = {
            Free.FREE: True,
            Free.NEARLY: priority in policy.nearly_priorities,
            Free.PREEMPTIBLE: priority in policy.preempt,
        }
        return tuple(state for state in _STATES if asked[state])

    def _allow(
        self,
        at: int,
        need: Need,
        coming: Sequence[Coming],
        found: Mapping[str, Coming],
    ) -> None:
        """Admit units to a need: free ones, others only where the gain is enough."""
        free = sorted(
            found[unit].seconds
            for unit, slot in self.allowed
            if slot == at and found[unit].unit.free is Free.FREE
        )
        replaced = free[need.count - 1] if len(free) >= need.count else None
        for one in coming:
            unit = found[one.unit.id]
            gain = None if replaced is None else replaced - unit.seconds
            if self._may_take(unit, gain):
                self.allowed.add((one.unit.id, at))
                if gain is not None:
                    self.gains[(one.unit.id, at)] = gain

    def _may_take(self, coming: Coming, gain: float | None) -> bool:
        unit, policy = coming.unit, self.policy
        if unit.free is Free.FREE:
            return True
        if unit.free is Free.NEARLY:
            return gain is None or gain >= policy.nearly_gain_s
        rule = policy.preempt[self.target.priority]
        if unit.bound_priority is None or unit.bound_for == self.target.id:
            return False
        if unit.bound_priority - self.target.priority < rule.gap:
            return False
        return gain is None or gain >= rule.gain_s

    def _can_be_met(self, found: Mapping[str, Coming]) -> bool:
        """Say whether enough rested, free units are among those found."""
        limit = self.policy.duty_most_hours
        fine = {
            unit
            for unit, one in found.items()
            if one.unit.free is Free.FREE and hours_on_duty(one) <= limit
        }
        units = sorted(fine)
        if not self.needs:
            return True
        slots = [at for at, need in enumerate(self.needs) for _ in range(need.count)]
        costs = np.array(
            [[0.0 if (u, at) in self.allowed else UNFIT for u in units] for at in slots]
        ).reshape(len(slots), len(units))
        return None not in assign(costs)


def _choose(
    scored: Sequence[Scored],
    needs: Sequence[Need],
    allowed: set[tuple[str, int]],
    policy: Policy,
) -> dict[str, int]:
    """Fill the slots of all needs; crews beyond their hours only where none else can.

    Such a crew costs more than all rested ones together, so one is taken only for a
    slot that would stay empty.
    """
    slots = [
        (at, policy.first if number == 0 else policy.further)
        for at, need in enumerate(needs)
        for number in range(need.count)
    ]
    costs: Costs = np.full((len(slots), len(scored)), UNFIT)
    for row, (at, weight) in enumerate(slots):
        for column, one in enumerate(scored):
            if (one.coming.unit.id, at) in allowed:
                late = one.late_s(needs[at], policy)
                costs[row, column] = (
                    weight * (one.coming.seconds + late) + one.penalty_s
                )
    if scored and slots:
        tired = np.array([one.overtired for one in scored])
        rested = costs[:, ~tired]
        finite = rested[np.isfinite(rested)]
        costs[:, tired] += 1.0 + float(finite.max(initial=0.0)) * len(slots)
    picked: dict[str, int] = {}
    for (at, _), column in zip(slots, assign(costs), strict=True):
        if column is not None:
            picked[scored[column].coming.unit.id] = at
    return picked


def _unmet(needs: Sequence[Need], picked: Mapping[str, int]) -> tuple[Unmet, ...]:
    filled = list(picked.values())
    found: list[Unmet] = []
    for at, need in enumerate(needs):
        missing = need.count - filled.count(at)
        if missing:
            what = "/".join(need.kinds)
            skills = ", ".join(sorted(need.skills))
            en = f"{missing} more {what}" + (f" with {skills}" if skills else "")
            zh = f"还缺{missing}个{what}" + (f"(需{skills})" if skills else "")
            found.append(Unmet(at, missing, Said(en, zh)))
    return tuple(found)
