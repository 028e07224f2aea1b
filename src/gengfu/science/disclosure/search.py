"""Which values hidden sums may have: solutions that show it, or proof that none can."""

from dataclasses import dataclass

import numpy as np

from .linear import Limits, Sums, Wish, nearest, no_wish, stack
from .problem import Flags, Floats, Longs

_GOLDEN = 0.6180339887498949
_IDLE = 3
"""Rounds that show nothing new before values are asked for one at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Goals:
    """P questions: whether sum `target[p]` of T sums may be `value[p]`."""

    sums: Sums
    target: Longs
    value: Longs

    def met(self, values: Longs) -> Flags:
        """Return which questions a solution answers with yes."""
        return self.sums.of(values)[self.target] == self.value


def spread(size: int, turn: int) -> Floats:
    """Return weights from 1 to 2, other ones each turn, so that wishes do not tie."""
    return 1.0 + np.mod(np.arange(1, size + 1) * _GOLDEN * (turn + 1), 1.0)


def one_each(goals: Goals, wanting: Flags, turn: int) -> Longs:
    """Return the indices of one wanted question for each sum that has any."""
    asked = np.flatnonzero(wanting)
    if len(asked) == 0:
        return asked
    order = np.argsort(goals.target[asked], kind="stable")
    asked = asked[order]
    target = goals.target[asked]
    first = np.flatnonzero(np.r_[True, target[1:] != target[:-1]])
    many = np.diff(np.r_[first, len(asked)])
    number = np.arange(len(first))
    return asked[first + (number + turn) % many]


@dataclass(frozen=True, slots=True, eq=False)
class Loose:
    """Tightened limits, and the part of them that is not settled."""

    limits: Limits
    part: Limits
    at: Longs

    @classmethod
    def of(cls, limits: Limits) -> "Loose":
        """Settle what can be settled. Raises ValueError for a contradiction."""
        tight = limits.tightened()
        part, at = tight.part(tight.low < tight.high)
        return cls(tight, part, at)

    def within(self, sums: Sums) -> tuple[Sums, Longs]:
        """Return sums of the loose unknowns only, and what the settled ones add."""
        number = np.full(len(self.limits.low), -1, np.int64)
        number[self.at] = np.arange(len(self.at))
        settled = self.limits.low.copy()
        settled[self.at] = 0
        keep = number[sums.column] >= 0
        return (
            Sums(sums.row[keep], number[sums.column[keep]], sums.size),
            sums.of(settled),
        )

    def whole(self, found: Longs) -> Longs:
        """Return the values of all unknowns from those of the loose ones."""
        result = self.limits.low.copy()
        result[self.at] = found
        return result

    def toward(self, goals: Goals, asked: Longs, turn: int) -> Longs | None:
        """Return the solution nearest to many answers at once."""
        keep = np.zeros(goals.sums.size, np.bool_)
        keep[goals.target[asked]] = True
        sums, settled = self.within(goals.sums.take(keep))
        near = goals.value[asked] - settled
        found = nearest(self.part, Wish(sums, near, spread(len(near), turn)))
        return None if found is None else self.whole(found)


def search(limits: Limits, goals: Goals) -> tuple[Flags, list[Longs]]:
    """Return which questions have the answer yes, and solutions that show each yes.

    Many questions are asked in one program until programs show nothing new; the rest
    one at a time, among the unknowns tied to theirs. Raises ValueError for limits that
    contradict each other.
    """
    loose = Loose.of(limits)
    start = nearest(loose.part, no_wish())
    if start is None:
        raise ValueError("the published tables contradict each other")
    known = [loose.whole(start)]
    seen = goals.met(known[0])
    least, most = goals.sums.of(loose.limits.low), goals.sums.of(loose.limits.high)
    open_ = (goals.value >= least[goals.target]) & (goals.value <= most[goals.target])
    turn = idle = 0
    while idle < _IDLE and np.any(open_ & ~seen):
        found = loose.toward(goals, one_each(goals, open_ & ~seen, turn), turn)
        turn += 1
        new = goals.met(found) & ~seen if found is not None else np.zeros_like(seen)
        if found is not None and np.any(new):
            known.append(found)
            seen |= new
            idle = 0
        else:
            idle += 1
    groups = loose.limits.groups()
    for question in np.flatnonzero(open_ & ~seen):
        if seen[question]:
            continue
        found = _ask(loose.limits, groups, goals, int(question), known[0])
        if found is not None:
            known.append(found)
            seen |= goals.met(found)
    return seen, known


def _ask(
    limits: Limits, groups: Longs, goals: Goals, question: int, known: Longs
) -> Longs | None:
    """Return a solution that answers one question with yes, None where none does."""
    columns = goals.sums.column[goals.sums.row == goals.target[question]]
    tied = np.isin(groups, np.unique(groups[columns])) & (limits.low < limits.high)
    if not np.any(tied):
        return None
    part, at = limits.part(tied)
    number = np.full(len(limits.low), -1, np.int64)
    number[at] = np.arange(len(at))
    inside = number[columns]
    rest = int(limits.low[columns[inside < 0]].sum())
    inside = inside[inside >= 0]
    value = np.array([goals.value[question] - rest], np.int64)
    row = Sums(np.zeros(len(inside), np.int64), inside, 1)
    asked = Limits(
        part.low,
        part.high,
        part.gap,
        stack([part.sums, row]),
        np.concatenate((part.sum_low, value)),
        np.concatenate((part.sum_high, value)),
    )
    try:
        loose = Loose.of(asked)
    except ValueError:
        return None
    found = nearest(loose.part, no_wish())
    if found is None:
        return None
    result = known.copy()
    result[at] = loose.whole(found)
    return result
