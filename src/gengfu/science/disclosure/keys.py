"""Cell keys: noise that the same records always get, in whatever table they stand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import SMALLEST_SHOWN, Flags, Floats, Longs

type Keys = NDArray[np.uint64]

_STEPS = 200  # more than bisection takes until no number lies between its ends


@dataclass(frozen=True, slots=True, eq=False)
class Perturbation:
    """For counts 0 to N - 1 (and all above as N - 1), the chance of each change.

    `chance` is [N, 2 `most` + 1]: column c is the change c - `most`.
    """

    most: int
    chance: Floats


def perturbation(
    most: int = 5,
    variance: float = 3.0,
    smallest_shown: int = SMALLEST_SHOWN,
) -> Perturbation:
    """Return the most random noise of mean 0 and a variance, at most `most` either way.

    No count becomes 1 to `smallest_shown` - 1 or negative, and 0 stays 0. For each
    count the chances are those of most entropy among all with mean 0 and the variance
    (Marley, Leaver 2011, *ISI World Congress*; Fraser, Wooton 2005): p proportional to
    exp(a d + b d^2). Small counts whose possible changes cannot have the variance get
    the nearest that has mean 0. Raises ValueError where `most` is under
    `smallest_shown`: 5 could then only stay 5.
    """
    if most < 1 or variance <= 0:
        raise ValueError("noise needs a largest change of 1 or more and a variance")
    if most < smallest_shown:
        raise ValueError(f"noise must be able to reach {smallest_shown} from 0")
    changes = np.arange(-most, most + 1)
    rows: list[Floats] = [(changes == 0).astype(np.float64)]
    for count in range(1, smallest_shown + most + 1):
        after = count + changes
        allowed = (after == 0) | (after >= smallest_shown)
        rows.append(_most_entropy(changes, allowed, variance))
    return Perturbation(most, np.array(rows))


def _most_entropy(changes: Longs, allowed: Flags, variance: float) -> Floats:
    """Return chances of mean 0; bisection over b, and over a within it."""
    some = changes[allowed].astype(np.float64)
    chance = np.zeros(len(changes))
    low, high = -8.0, 8.0
    p = _centred(some, 0.0)
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        p = _centred(some, middle)
        if middle in {low, high}:
            break
        if float(p @ some**2) > variance:
            high = middle
        else:
            low = middle
    chance[allowed] = p
    return chance


def _centred(changes: Floats, square: float) -> Floats:
    """Return p proportional to exp(a d + square d^2) with the a that gives mean 0."""
    low, high = -60.0, 60.0
    p = np.ones(len(changes)) / len(changes)
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        power = middle * changes + square * changes**2
        p = np.exp(power - power.max())
        p /= p.sum()
        if middle in {low, high}:
            break
        if float(p @ changes) > 0:
            high = middle
        else:
            low = middle
    return p


def cell_keys(
    cell: Longs,
    record_key: Keys,
    cells: int,
    noise: Perturbation,
    weight: Longs | None = None,
) -> Longs:
    """Return the perturbed counts of cells, from the records in them.

    N records, each in the cell `cell[n]` and with a key of its own (a keyed hash of
    its id, uniform over 64 bits and kept secret). The key of a cell is the sum of its
    records' keys; it and the true count pick the change. The same set of records is
    therefore told the same in every table, and asking again averages nothing out
    (Fraser, Wooton 2005, *UNECE Work Session on Statistical Data Confidentiality*).
    `weight` counts a record n-fold. Raises ValueError for columns that differ in
    length and records outside the cells.
    """
    weighed = cell.shape if weight is None else weight.shape
    if not cell.shape == record_key.shape == weighed:
        raise ValueError("records need one cell and one key each")
    if len(cell) and not 0 <= int(cell.min()) <= int(cell.max()) < cells:
        raise ValueError("a record lies in no cell")
    counts = np.bincount(cell, weight, cells).astype(np.int64)
    keys = np.zeros(cells, np.uint64)
    np.add.at(keys, cell, record_key)  # wraps round, as it should
    share = _mixed(keys).astype(np.float64) / 2.0**64
    row = np.minimum(counts, len(noise.chance) - 1)
    upper = np.cumsum(noise.chance, axis=1)
    upper[:, -1] = 1.0
    column = np.sum(share[:, None] >= upper[row], axis=1)
    column = np.minimum(column, 2 * noise.most)
    return counts + column - noise.most


def _mixed(keys: Keys) -> Keys:
    """Spread keys over all bits (splitmix64), so that sums of keys are uniform too."""
    x = keys + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
