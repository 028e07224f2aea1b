"""Hide small counts, and as little else as keeps them hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .linear import Limits, Sums, Wish, stack
from .problem import (
    SMALLEST_SHOWN,
    Cell,
    Figure,
    Flags,
    Floats,
    Layout,
    Longs,
    Mark,
    Month,
    Published,
    is_small,
    over_months,
    publish,
    unchanged,
)
from .search import Goals, Loose, one_each, search
from .unknowns import Unknowns, choices, limits_of, with_figures

_MUST = 1_000.0
"""What a unit short of a needed value costs, against 1 to 2 for hiding a count."""
_IDLE = 3
_ROUNDS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """Tables ready for publication.

    `other_histories` are the proof: leaf counts of every month that give the very same
    tables, all earlier ones included. For each small count and each value it is to
    keep there is one with that value. `exposed` lists what could not be kept open
    (only where earlier tables gave it away already).
    """

    published: tuple[Published, ...]
    other_histories: tuple[Mapping[Month, Longs], ...]
    exposed: tuple[Cell, ...]


def suppress(
    layout: Layout,
    counts: Mapping[Month, Longs],
    tables: Sequence[Sequence[Month]],
    *,
    memory: Sequence[Published] = (),
    figures: Sequence[Figure] = (),
    absent: Flags | None = None,
    smallest_shown: int = SMALLEST_SHOWN,
    loss: Floats | None = None,
    through_sums: bool = False,
) -> Suppression:
    """Return tables in which no count of 1 to 4 can be narrowed down.

    `counts` are the true leaf counts of every month that any table is over; `tables`
    the months each new table sums; `memory` and `figures` all that was published
    before. Each small finest cell keeps all of 1 to 4 open, given every table and
    all earlier ones; a small sum keeps those of them that the marks of its parts leave
    open, and at least two. A cell hidden in an earlier issue of the same table stays
    hidden. A sum over months that have tables of their own is shown where they all show
    theirs, so that it tells nothing new; with `through_sums` it is shown wherever the
    months stay hidden (a search over all of them at once: minutes for a year of 148
    areas). Where a published figure narrowed a count already, the count keeps two
    values.

    Complementary cells are chosen by linear programs that bring small counts to the
    wanted values at the least cost of moving shown ones (Kelly, Golden, Assad 1992,
    *Networks* 22); `loss` [A, K] is the cost of hiding a cell (default log2 of 1 + its
    count). A cell that moved in none of the solutions kept as proof is shown again.

    Raises ValueError for missing counts, shapes that differ and tables in `memory`
    that contradict the counts.
    """
    windows = [tuple(window) for window in tables]
    if not windows:
        raise ValueError("no table to publish")
    own = {w[0] for w in windows if len(w) == 1}
    own |= {t.months[0] for t in memory if len(t.months) == 1}
    follows = [not through_sums and len(w) > 1 and own.issuperset(w) for w in windows]
    solved = [w for w, follow in zip(windows, follows, strict=True) if not follow]
    found = Suppression((), (), ())
    if solved:
        work = _Work.of(
            layout, counts, solved, memory, figures, absent, smallest_shown, loss
        )
        work.run()
        found = work.result()
    rest = iter(found.published)
    known = (*memory, *found.published)
    published = tuple(
        _sum_of_shown(layout, counts, window, known, absent) if follow else next(rest)
        for window, follow in zip(windows, follows, strict=True)
    )
    return Suppression(published, found.other_histories, found.exposed)


def _sum_of_shown(
    layout: Layout,
    counts: Mapping[Month, Longs],
    window: tuple[Month, ...],
    known: Sequence[Published],
    absent: Flags | None,
) -> Published:
    """Return sums over months, shown where the tables of all the months show theirs."""
    months = {t.months[0]: t for t in known if len(t.months) == 1}
    told = np.all([months[m].marks == Mark.SHOWN for m in window], axis=0)
    return publish(layout, over_months(counts, window), window, ~told, absent=absent)


@dataclass(slots=True, eq=False)
class _Work:
    """One run: `hidden` grows over rounds, `proofs` are solutions found on the way."""

    layout: Layout
    counts: Mapping[Month, Longs]
    windows: tuple[tuple[Month, ...], ...]
    absent: Flags | None
    smallest_shown: int
    unknowns: Unknowns
    limits: Limits
    truth: Longs
    new: Sums
    near: Longs
    cost: Floats
    hidden: Flags
    needed: Flags
    goals: Goals
    goal_cells: tuple[Cell, ...]
    place: Longs
    seen: Flags
    proofs: list[Longs]

    @classmethod
    def of(
        cls,
        layout: Layout,
        counts: Mapping[Month, Longs],
        tables: Sequence[Sequence[Month]],
        memory: Sequence[Published],
        figures: Sequence[Figure],
        absent: Flags | None,
        smallest_shown: int,
        loss: Floats | None,
    ) -> "_Work":
        """Lay out what is known, what may move and what is to be reached."""
        windows = tuple(tuple(window) for window in tables)
        if loss is not None and loss.shape != layout.shape:
            raise ValueError(f"loss must have shape {layout.shape}, not {loss.shape}")
        memory = _that_matter(windows, memory)
        near_by = {month for table in memory for month in table.months}
        figures = [
            f
            for f in figures
            if near_by.issuperset(m for c in f.cells for m in c.months)
        ]
        months = [m for w in windows for m in w]
        months += [m for table in memory for m in table.months]
        over_months(counts, months)
        unknowns = Unknowns.of(layout, months, unchanged(counts))
        truth = unknowns.values(counts)
        drafts = [
            _draft(layout, counts, window, memory, absent, smallest_shown)
            for window in windows
        ]
        known = limits_of(unknowns, memory, smallest_shown)
        known = with_figures(unknowns, known, figures)
        true_all = choices(unknowns, figures, truth)
        low, high, gap = known.low.copy(), known.high.copy(), known.gap.copy()
        leaves = np.ix_(layout.areas.leaves, layout.kinds.leaves)
        for window, draft in zip(windows, drafts, strict=True):
            if len(window) == 1:
                ids, marks = unknowns.number[window[0]], draft.marks[leaves]
                small = ids[marks == Mark.SMALL]
                np.maximum.at(low, small, 1)
                np.minimum.at(high, small, smallest_shown - 1)
                gap[ids[(marks == Mark.SHOWN) | (marks == Mark.WITHHELD)]] = (
                    smallest_shown
                )
        # The intruder does not know on which side of a gap a count lies; solutions on
        # the side of the truth are solutions still.
        high[(gap > 0) & (true_all == 0)] = 0
        big = (gap > 0) & (true_all > 0)
        low[big] = np.maximum(low[big], gap[big])
        limits = Limits(
            low, high, np.zeros_like(gap), known.sums, known.sum_low, known.sum_high
        )
        _check_truth(limits, true_all)
        new = stack([unknowns.table(window) for window in windows])
        near = new.of(true_all)
        hidden = np.concatenate([draft.hidden.ravel() for draft in drafts])
        gone = np.concatenate([(d.marks == Mark.ABSENT).ravel() for d in drafts])
        cost = (
            np.log2(1.0 + near) if loss is None else np.tile(loss.ravel(), len(windows))
        )
        cost = 1.0 + cost / max(1.0, float(cost.max(initial=0.0)))
        goals, cells, place = _goals(
            unknowns, limits, true_all, drafts, memory, smallest_shown, figures
        )
        return cls(
            layout,
            counts,
            windows,
            absent,
            smallest_shown,
            unknowns,
            limits,
            true_all,
            new,
            near,
            cost,
            hidden | gone,
            hidden | gone,
            goals,
            cells,
            place,
            goals.met(true_all),
            [true_all],
        )

    def run(self) -> None:
        """Ask for many values at once; hide more where nothing else brings them."""
        turn = 0
        while turn < _ROUNDS and not self._all_seen():
            idle = 0
            loose = Loose.of(self._with_shown())
            while idle < _IDLE and not self._all_seen():
                asked = one_each(self.goals, ~self.seen, turn)
                found = loose.toward(self.goals, asked, turn, self.proofs[0])
                turn += 1
                idle = 0 if self._learn(found) else idle + 1
            if not self._all_seen() and not self._hide_more(turn):
                break
            turn += 1

    def _all_seen(self) -> bool:
        return bool(np.all(self.seen))

    def _learn(self, found: Longs | None) -> bool:
        """Keep a solution that answers something new."""
        if found is None:
            return False
        new = self.goals.met(found) & ~self.seen
        if not np.any(new):
            return False
        self.seen |= new
        self.proofs.append(found)
        return True

    def _with_shown(self) -> Limits:
        """Return the limits with every new cell that is shown."""
        keep = ~self.hidden
        shown = self.new.take(keep)
        value = self.near[keep]
        limits = self.limits
        return Limits(
            limits.low,
            limits.high,
            limits.gap,
            stack([limits.sums, shown]),
            np.concatenate((limits.sum_low, value)),
            np.concatenate((limits.sum_high, value)),
        )

    def _hide_more(self, turn: int) -> bool:
        """Bring one count of each neighbourhood to a value, moving shown counts.

        Returns whether anything was learnt; questions that nothing can answer are
        given up.
        """
        asked = one_each(self.goals, ~self.seen, turn)
        first = np.unique(self.place[self.goals.target[asked]], return_index=True)[1]
        asked = asked[first]
        found = self._moving(asked, turn)
        if self._take(found):
            return True
        for question in np.flatnonzero(~self.seen):
            if self._take(self._moving(np.array([question], np.int64), turn)):
                return True
        return False

    def _take(self, found: Longs | None) -> bool:
        if found is None or not self._learn(found):
            return False
        self.hidden |= self.new.of(found) != self.near
        return True

    def _moving(self, asked: Longs, turn: int) -> Longs | None:
        """Return the solution nearest to the wanted values, shown cells at a cost."""
        goals = self.goals
        chosen = np.zeros(goals.sums.size, np.bool_)
        chosen[goals.target[asked]] = True
        order = np.argsort(goals.target[asked])
        shown = ~self.hidden
        return Loose.of(self.limits, apart=False).solve(
            Wish(
                stack([goals.sums.take(chosen), self.new.take(shown)]),
                np.concatenate((goals.aims(asked, turn)[order], self.near[shown])),
                np.concatenate((np.full(len(asked), _MUST), self.cost[shown])),
            )
        )

    def result(self) -> Suppression:
        """Return the tables with the cells hidden that the kept solutions need."""
        keep = self._fewest()
        hidden = self.needed.copy()
        for proof in keep:
            hidden |= self.new.of(proof) != self.near
        cells = int(np.prod(self.layout.shape))
        published = tuple(
            publish(
                self.layout,
                over_months(self.counts, window),
                window,
                hidden[at * cells : (at + 1) * cells].reshape(self.layout.shape),
                absent=self.absent,
                smallest_shown=self.smallest_shown,
            )
            for at, window in enumerate(self.windows)
        )
        histories = tuple(
            {month: proof[ids] for month, ids in self.unknowns.number.items()}
            for proof in keep
        )
        missed: Longs = np.unique(self.goals.target[~self.seen])
        exposed = tuple(self.goal_cells[int(at)] for at in missed)
        return Suppression(published, histories, exposed)

    def _fewest(self) -> list[Longs]:
        """Return proofs for all that was answered, those that hide least first."""
        moved = [
            (self.new.of(each) != self.near) & ~self.needed for each in self.proofs
        ]
        answers = [self.goals.met(each) for each in self.proofs]
        order = sorted(
            range(len(self.proofs)),
            key=lambda at: (float(self.cost[moved[at]].sum()), at),
        )
        done = np.zeros_like(self.seen)
        keep: list[Longs] = []
        for at in order:
            if np.any(answers[at] & ~done):
                keep.append(self.proofs[at])
                done |= answers[at]
        return keep


def _that_matter(
    windows: Sequence[Sequence[Month]], memory: Sequence[Published]
) -> tuple[Published, ...]:
    """Return earlier tables that share a month with the new ones, however far.

    Sums over months that tell no more than the tables of their months are left out.
    """
    months = {t.months[0]: t for t in memory if len(t.months) == 1}
    telling = [t for t in memory if len(t.months) == 1 or _tells_more(t, months)]
    names = {month.name for window in windows for month in window}
    near: list[int] = []
    size = -1
    while size != len(near):
        size = len(near)
        near = [
            at
            for at, table in enumerate(telling)
            if names & {month.name for month in table.months}
        ]
        names |= {month.name for at in near for month in telling[at].months}
    return tuple(telling[at] for at in near)


def _tells_more(table: Published, months: Mapping[Month, Published]) -> bool:
    """Return whether sums show a cell that some month of theirs does not."""
    if not all(month in months for month in table.months):
        return True
    told = np.all([months[m].marks == Mark.SHOWN for m in table.months], axis=0)
    return bool(np.any((table.marks == Mark.SHOWN) & ~told))


def _draft(
    layout: Layout,
    counts: Mapping[Month, Longs],
    window: tuple[Month, ...],
    memory: Sequence[Published],
    absent: Flags | None,
    smallest_shown: int,
) -> Published:
    """Return a table with its small cells and those of earlier issues hidden."""
    leaf_counts = over_months(counts, window)
    hidden = is_small(layout.table(leaf_counts), smallest_shown)
    names = [month.name for month in window]
    for table in memory:
        if [month.name for month in table.months] == names:
            hidden = hidden | table.hidden
    return publish(
        layout,
        leaf_counts,
        window,
        hidden,
        absent=absent,
        smallest_shown=smallest_shown,
    )


def _check_truth(limits: Limits, truth: Longs) -> None:
    sums = limits.sums.of(truth)
    if not (
        np.all((truth >= limits.low) & (truth <= limits.high))
        and np.all((sums >= limits.sum_low) & (sums <= limits.sum_high))
    ):
        raise ValueError("earlier tables contradict the counts")


def _goals(
    unknowns: Unknowns,
    limits: Limits,
    truth: Longs,
    drafts: Sequence[Published],
    memory: Sequence[Published],
    smallest_shown: int,
    figures: Sequence[Figure],
) -> tuple[Goals, tuple[Cell, ...], Longs]:
    """Return the values that small cells are to keep, the cells and their place."""
    layout = unknowns.layout
    parts: list[Sums] = []
    cells: list[Cell] = []
    places: list[int] = []
    covers: list[bool] = []
    above = np.array(layout.areas.parents)
    for number, table in enumerate((*drafts, *memory)):
        sums = unknowns.table(table.months)
        value = sums.of(truth).reshape(layout.shape)
        # A count that only covers others is to keep two values, as it had.
        small = is_small(value, smallest_shown)
        before = number >= len(drafts)
        chosen = table.hidden & (small | before)
        covers += (~small[chosen]).tolist()
        parts.append(sums.take(chosen.ravel()))
        for area, kind in np.argwhere(chosen):
            cells.append(Cell(table.months, int(area), int(kind)))
            up = (number * len(layout.areas) + int(above[area]) + 1) * layout.shape[1]
            places.append(up + int(kind))
    sums = stack(parts)
    open_ = Loose.of(limits).limits
    low, high = sums.of(open_.low), sums.of(open_.high)
    target: list[int] = []
    wanted: list[int] = []
    now = sums.of(truth)
    narrowed = {cell for figure in figures for cell in figure.cells}
    another = _another_value(limits, sums, now, [c in narrowed for c in cells])
    for at in range(sums.size):
        if covers[at]:
            target.append(at)
            wanted.append(int(now[at]))
            continue
        first = max(1, int(low[at]))
        last = min(smallest_shown - 1, int(high[at]))
        if first == last:
            last = min(smallest_shown, int(high[at]))
        if at in another:
            first, last = sorted((int(now[at]), another[at]))
        target += [at] * (last - first + 1)
        wanted += range(first, last + 1)
    which = np.array(target, np.int64)
    goals = Goals(
        sums, which, np.array(wanted, np.int64), np.array(covers, np.bool_)[which]
    )
    return goals, tuple(cells), np.array(places, np.int64)


def _another_value(
    limits: Limits, sums: Sums, now: Longs, narrowed: Sequence[bool]
) -> dict[int, int]:
    """Return for cells that figures narrowed the nearest other value they may have."""
    if not any(narrowed):
        return {}
    at = np.flatnonzero(narrowed)
    push = np.array([-3, -2, -1, 1, 2, 3])
    value = (now[at][:, None] + push[None, :]).ravel()
    target = np.repeat(np.arange(len(at)), len(push))
    never = np.zeros(len(value), np.bool_)
    goals = Goals(sums.take(np.array(narrowed)), target, value, never)
    seen, _ = search(limits, goals)
    result: dict[int, int] = {}
    for number, cell in enumerate(at):
        found = value[(target == number) & seen]
        if len(found):
            result[int(cell)] = int(found[np.argmin(np.abs(found - now[cell]))])
        else:
            result[int(cell)] = int(now[cell])
    return result
