"""Works out a recommendation; what counts and why is described in `recommend`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gengfu.kernel import Said

from .explaining import reasons_for
from .matching import UNFIT, assign, still_needed
from .plans import Need
from .policy import Policy
from .recommend import (
    Candidate,
    Coming,
    CoverLoss,
    Free,
    Recommendation,
    Request,
    Travel,
    Unmet,
)
from .scoring import Scored, hours_on_duty, ready, score

_FREE = (Free.FREE,)


def recommend(
    request: Request, travel: Travel, cover: CoverLoss, policy: Policy
) -> Recommendation:
    """Rank candidates and choose the set to send."""
    needs = still_needed(request.plan.needs, request.sent)
    search = _Search(request, needs, travel, policy)
    found = search.run()
    people = sorted(found.values(), key=lambda c: (c.seconds, c.unit.id))
    free = (c.unit.id for c in people if c.unit.free is Free.FREE)
    lost = cover.lost_each(free)
    priority = request.target.priority
    able = _Able(needs)
    scored = [
        score(c, lost.get(c.unit.id, 0.0), able.meets(c.unit), priority, policy)
        for c in people
    ]
    allowed = search.allowed()
    by_rule = {unit for unit, _ in allowed}
    picked = _choose(scored, needs, allowed, policy)
    costs = {
        s.coming.unit.id: s.cost_s(needs, picked.get(s.coming.unit.id), policy)
        for s in scored
    }
    gains = search.gains_s()

    def place(one: Scored) -> tuple[bool, bool, float, str]:
        """Chosen ones in front, then those the rules admit; the cheaper first."""
        who = one.coming.unit.id
        return who not in picked, who not in by_rule, costs[who], who

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
                costs[s.coming.unit.id],
                picked.get(s.coming.unit.id),
                reasons_for(
                    s,
                    picked.get(s.coming.unit.id),
                    needs,
                    gains.get(s.coming.unit.id),
                    by_rule=s.coming.unit.id in by_rule,
                ),
            )
            for s in scored[:kept]
        ),
        unmet=_unmet(needs, picked),
        cover_lost=tuple(sorted(cover.lost_together(picked).items())),
        considered=len(scored),
    )


@dataclass(slots=True)
class _Able:
    """Which needs units could fill: the same for all of one kind and its skills."""

    needs: Sequence[Need]
    known: dict[tuple[str, frozenset[str]], tuple[int, ...]] = field(
        default_factory=dict[tuple[str, frozenset[str]], tuple[int, ...]]
    )

    def meets(self, unit: Candidate) -> tuple[int, ...]:
        """Return which needs a unit could fill."""
        of = unit.kind, unit.skills
        found = self.known.get(of)
        if found is None:
            met = [need.met_by(*of) for need in self.needs]
            found = self.known[of] = tuple(at for at, yes in enumerate(met) if yes)
        return found


@dataclass(slots=True)
class _Looked:
    """What was found for one need, and whether anybody is left to find."""

    coming: list[Coming]
    allowed: set[str]
    gains: dict[str, float]
    exhausted: bool
    free_exhausted: bool = False
    """Whether nobody free is left to find."""


class _Search:
    """Collects the nearest candidates of each need and who may be taken for it."""

    def __init__(
        self, request: Request, needs: tuple[Need, ...], travel: Travel, policy: Policy
    ) -> None:
        self.target = request.target
        self.needs = needs
        self.travel = travel
        self.policy = policy
        self.looked: list[_Looked] = []

    def run(self) -> dict[str, Coming]:
        """Look at more candidates until no more of the needs can be met."""
        wanted = sum(need.count for need in self.needs)
        most = max(self.policy.nearest, wanted)
        self.looked = [self._look(need, most) for need in self.needs]
        while most < self.policy.most and not self._met_as_can_be():
            most = min(2 * most, self.policy.most)
            self.looked = [
                known if known.exhausted else self._look(need, most)
                for need, known in zip(self.needs, self.looked, strict=True)
            ]
        return {one.unit.id: one for seen in self.looked for one in seen.coming}

    def allowed(self) -> set[tuple[str, int]]:
        """Return the units that may be taken, each with the need it may be for."""
        return {(u, at) for at, seen in enumerate(self.looked) for u in seen.allowed}

    def gains_s(self) -> Mapping[str, float]:
        """Seconds by which each unit beats the free one it would replace, if any."""
        most: dict[str, float] = {}
        for seen in self.looked:
            for unit, gain in seen.gains.items():
                most[unit] = max(gain, most.get(unit, gain))
        return most

    def _look(self, need: Need, most: int) -> _Looked:
        seen = _Looked([], set(), {}, exhausted=True)
        others = self._others()
        for states in filter(None, (_FREE, others)):
            bound_from = self._bound_from() if Free.PREEMPTIBLE in states else 0
            coming = self.travel.nearest(self.target, need, states, most, bound_from)
            found = [one.unit.free for one in coming]
            fewer = all(found.count(state) < most for state in states)
            seen.exhausted = seen.exhausted and fewer
            seen.free_exhausted = seen.free_exhausted or (states is _FREE and fewer)
            self._allow(need, [ready(one) for one in coming], seen)
        return seen

    def _others(self) -> tuple[Free, ...]:
        """Return the states in which units that are not free are looked at."""
        priority, policy = self.target.priority, self.policy
        nearly = (Free.NEARLY,) if priority in policy.nearly_priorities else ()
        return (*nearly, Free.PREEMPTIBLE) if priority in policy.preempt else nearly

    def _allow(self, need: Need, coming: Sequence[Coming], seen: _Looked) -> None:
        """Admit units to a need: free ones, others only where the gain is enough."""
        free = sorted(c.seconds for c in seen.coming if c.unit.free is Free.FREE)
        replaced = free[need.count - 1] if len(free) >= need.count else None
        seen.coming += coming
        for one in coming:
            gain = None if replaced is None else replaced - one.seconds
            if self._may_take(one, gain):
                seen.allowed.add(one.unit.id)
                if gain is not None:
                    seen.gains[one.unit.id] = gain

    def _may_take(self, coming: Coming, gain: float | None) -> bool:
        unit, policy = coming.unit, self.policy
        if unit.free is Free.FREE:
            return True
        if unit.free is Free.NEARLY:
            return gain is None or gain >= policy.nearly_gain_s
        if unit.bound_priority is None or unit.bound_for == self.target.id:
            return False
        if unit.bound_priority < self._bound_from():
            return False
        return gain is None or gain >= policy.preempt[self.target.priority].gain_s

    def _bound_from(self) -> int:
        """Return the most urgent priority that a unit may be taken off."""
        priority = self.target.priority
        return priority + self.policy.preempt[priority].gap

    def _met_as_can_be(self) -> bool:
        """Say whether rested units fill all that looking on could ever fill.

        A need for which nobody is left is met as far as those found can; any other
        could be met in full by looking on.
        """
        wanted = sum(need.count for need in self.needs)
        fine = [self._fine(seen) for seen in self.looked]
        if all(len(units) >= wanted for units in fine):
            return True
        every = range(len(self.needs))
        dry = [at for at in every if self.looked[at].exhausted]
        rest = sum(self.needs[at].count for at in every if at not in dry)
        return self._filled(every, fine) == self._filled(dry, fine) + rest

    def _fine(self, seen: _Looked) -> set[str]:
        """Return the rested units found that nobody still to be found would replace.

        These are the free ones; where there are no more of them, also those that the
        rules let be taken: they came first of their state.
        """
        limit = self.policy.duty_most_hours
        return {
            one.unit.id
            for one in seen.coming
            if hours_on_duty(one) <= limit
            and (
                one.unit.free is Free.FREE
                or (seen.free_exhausted and one.unit.id in seen.allowed)
            )
        }

    def _filled(self, needs: Sequence[int], fine: Sequence[set[str]]) -> int:
        """Count the slots of these needs that their units can fill."""
        units = sorted({unit for at in needs for unit in fine[at]})
        slots = [at for at in needs for _ in range(self.needs[at].count)]
        costs = [[0.0 if unit in fine[at] else UNFIT for unit in units] for at in slots]
        return sum(unit is not None for unit in assign(costs))


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
    costs = [[UNFIT] * len(scored) for _ in slots]
    most = 0.0
    for row, (at, weight) in zip(costs, slots, strict=True):
        for column, one in enumerate(scored):
            if (one.coming.unit.id, at) in allowed:
                late = one.late_s(needs[at], policy)
                margin = one.first_due_s  # counts as seconds of arrival do, here too
                row[column] = (
                    weight * (one.coming.seconds + late - margin)
                    + one.penalty_s
                    + margin
                )
                if not one.overtired:
                    most = max(most, row[column])
    for column, one in enumerate(scored):
        if one.overtired:
            for row in costs:
                row[column] += 1.0 + most * len(slots)
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
