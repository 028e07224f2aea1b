"""Whether a Poisson model with effects of place and month has a finite answer."""

from dataclasses import dataclass

import numpy as np
import scipy

from .problem import Flags, Floats, Longs

_SLIGHT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Separated:
    """What can not be fitted: cells [P, T] to leave out, and who runs away.

    `towards` [K] is -1 where a regressor's coefficient falls without end, 1 where it
    rises without end, 0 where it is finite. Places [P] and months [T] that recorded
    nothing are named apart.
    """

    cells: Flags
    places: Flags
    periods: Flags
    towards: Longs


def find_separated(counts: Longs, observed: Flags, regressors: Floats) -> Separated:
    """Return what stands against a finite maximum of the likelihood.

    With means mu = exposure exp(a_place + b_month + x'beta) a finite maximum exists
    just if no direction (a, b, beta) leaves every cell with events as it is and only
    lowers cells without (Correia, Guimaraes & Zylkin 2019, "Verifying the existence of
    maximum likelihood estimates for generalized linear models"; arXiv:1903.01633).
    A linear programme finds the direction that lowers most. Places with like
    regressors and months are one row of it: a table of their sums has a positive
    solution just if theirs does, for each can take a fixed share of it.
    counts, observed [P, T]; regressors [K, P, T].
    """
    cells, places, periods = _without_empty(counts, observed)
    towards = np.zeros(len(regressors), np.int64)
    empty = observed & ~cells
    rows = np.concatenate([cells[None], np.where(cells, regressors, 0)])
    flat = np.ascontiguousarray(rows.transpose(1, 0, 2)).reshape(len(counts), -1)
    _, first, kind = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    sums = np.zeros((len(first), counts.shape[1]), np.int64)
    np.add.at(sums, kind, np.where(cells, counts, 0))
    some = cells[first]
    if not np.any(some & (sums == 0)):
        return Separated(empty, places, periods, towards)
    lowered, beta = _steepest(sums, some, regressors[:, first])
    towards = np.where(np.abs(beta) > _SLIGHT, np.sign(beta), 0).astype(np.int64)
    return Separated(empty | (lowered[kind] & cells), places, periods, towards)


def _without_empty(counts: Longs, observed: Flags) -> tuple[Flags, Flags, Flags]:
    """Leave out places and months without any event, until all have some."""
    cells = observed.copy()
    while True:
        left = np.where(cells, counts, 0)
        keep = (left.sum(1) > 0)[:, None] & (left.sum(0) > 0)[None] & cells
        if np.array_equal(keep, cells):
            break
        cells = keep
    seen = observed.any(1), observed.any(0)
    return cells, seen[0] & ~cells.any(1), seen[1] & ~cells.any(0)


def _steepest(sums: Longs, cells: Flags, regressors: Floats) -> tuple[Flags, Floats]:
    """Return which cells [H, T] a direction lowers, and the direction's beta [K]."""
    kinds, periods = sums.shape
    row, column = np.nonzero(cells)
    count = len(row)
    numbers = np.arange(count)
    slopes = regressors[:, row, column].T
    effects = scipy.sparse.csr_array(
        (
            np.ones(2 * count),
            (np.tile(numbers, 2), np.concatenate([row, kinds + column])),
        ),
        shape=(count, kinds + periods),
    )
    design = scipy.sparse.csr_array(
        scipy.sparse.hstack([effects, scipy.sparse.csr_array(slopes)])
    )
    none = sums[row, column] == 0
    zeros, width = int(none.sum()), design.shape[1]
    # Cells with events stay as they are; those without fall by as much as `s`.
    slack = scipy.sparse.csr_array(
        (np.ones(zeros), (numbers[none], np.arange(zeros))), shape=(count, zeros)
    )
    answer = scipy.optimize.milp(
        np.concatenate([np.zeros(width), -np.ones(zeros)]),
        constraints=scipy.optimize.LinearConstraint(
            scipy.sparse.csr_array(scipy.sparse.hstack([design, slack])),
            np.where(none, -np.inf, 0.0),
            np.zeros(count),
        ),
        bounds=scipy.optimize.Bounds(
            np.concatenate([np.full(width, -np.inf), np.zeros(zeros)]),
            np.concatenate([np.full(width, np.inf), np.ones(zeros)]),
        ),
    )
    found = np.asarray(answer.x, np.float64)
    lowered = np.zeros(sums.shape, np.bool_)
    lowered[row[none], column[none]] = found[width:] > _SLIGHT
    return lowered, found[kinds + periods : width]
