"""Which values hidden sums may have: solutions that show it, or proof that none can."""

from dataclasses import dataclass

import numpy as np

from .linear import Limits, Sums, Wish, nearest, no_wish, stack
from .problem import Flags, Floats, Longs

_GOLDEN = 0.6180339887498949
_IDLE = 3
"""Rounds that show nothing new before values are asked for one at a time."""
_AWAY = 8
_BATCH = 600
"""Unknowns in one program, where sums do not tie more of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Goals:
    """P questions: whether sum `target[p]` of T sums may be `value[p]`.

    Where `other[p]`, whether it may be anything but that.
    """

    sums: Sums
    target: Longs
    value: Longs
    other: Flags

    def met(self, values: Longs) -> Flags:
        """Return which questions a solution answers with yes."""
        return (self.sums.of(values)[self.target] == self.value) ^ self.other

    def aims(self, asked: Longs, turn: int) -> Longs:
        """Return what to bring sums near to; "anything but" is up and down in turn."""
        away = _AWAY if turn % 2 else -_AWAY
        return self.value[asked] + np.where(self.other[asked], away, 0)


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
    """Tightened limits, and parts of what they leave open that no sum ties."""

    limits: Limits
    parts: tuple[tuple[Limits, Longs], ...]

    @classmethod
    def of(cls, limits: Limits, *, apart: bool = True) -> "Loose":
        """Settle what can be settled; one part for all where not `apart`.

        Raises ValueError for a contradiction.
        """
        tight = limits.tightened()
        open_ = tight.low < tight.high
        batch = np.where(open_, _batches(tight, open_) if apart else 0, -1)
        parts = tuple(tight.part(batch == at) for at in np.unique(batch[open_]))
        return cls(tight, parts)

    def solve(self, wishes: Wish, known: Longs | None = None) -> Longs | None:
        """Return the solution that costs least, part by part; None without one.

        A wish for a sum over several parts is made of each as if the others stayed as
        they are `known`.
        """
        result = self.limits.low.copy()
        other = result if known is None else known
        total = wishes.sums.of(other)
        for part, at in self.parts:
            number = np.full(len(result), -1, np.int64)
            number[at] = np.arange(len(at))
            column = number[wishes.sums.column]
            inside = column >= 0
            if known is not None and not np.any(inside):
                result[at] = known[at]
                continue
            asked = np.zeros(wishes.sums.size, np.bool_)
            asked[wishes.sums.row[inside]] = True
            sums = Sums(wishes.sums.row[inside], column[inside], wishes.sums.size)
            near = wishes.near - total + sums.of(other[at])
            found = nearest(
                part, Wish(sums.take(asked), near[asked], wishes.cost[asked])
            )
            if found is None:
                return None
            result[at] = found
        return result

    def toward(
        self, goals: Goals, asked: Longs, turn: int, known: Longs
    ) -> Longs | None:
        """Return the solution nearest to many answers at once."""
        keep = np.zeros(goals.sums.size, np.bool_)
        keep[goals.target[asked]] = True
        weights = spread(len(asked), turn)
        return self.solve(
            Wish(goals.sums.take(keep), goals.aims(asked, turn), weights), known
        )


def _batches(limits: Limits, open_: Flags) -> Longs:
    """Return the number of the batch of each unknown: tied ones are in the same."""
    groups = limits.groups()
    sizes = np.bincount(groups[open_], minlength=int(groups.max(initial=0)) + 1)
    batch = np.cumsum(sizes) // _BATCH
    return np.asarray(batch[groups], np.int64)


def search(limits: Limits, goals: Goals) -> tuple[Flags, list[Longs]]:
    """Return which questions have the answer yes, and solutions that show each yes.

    Many questions are asked in one program until programs show nothing new; the rest
    one at a time, among the unknowns tied to theirs. Raises ValueError for limits that
    contradict each other.
    """
    loose = Loose.of(limits)
    start = loose.solve(no_wish())
    if start is None:
        raise ValueError("the published tables contradict each other")
    known = [start]
    seen = goals.met(known[0])
    least, most = goals.sums.of(loose.limits.low), goals.sums.of(loose.limits.high)
    open_ = (goals.value >= least[goals.target]) & (goals.value <= most[goals.target])
    turn = idle = 0
    while idle < _IDLE and np.any(open_ & ~seen):
        found = loose.toward(goals, one_each(goals, open_ & ~seen, turn), turn, start)
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
    found = loose.solve(no_wish())
    if found is None:
        return None
    result = known.copy()
    result[at] = found
    return result
