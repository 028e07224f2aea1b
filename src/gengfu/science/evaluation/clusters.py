"""How far chance reaches when places, not months, are the independent pieces."""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from .problem import Estimate, Flags, Floats, Longs

NOTHING = float("nan")
_DUST = 1e-12


def unknown(level: float) -> Estimate:
    """Return the estimate that says nothing."""
    return Estimate(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, level)


def estimate(log_ratio: float, log_se: float, df: float, level: float) -> Estimate:
    """Return ratio, limits and p of a t law with `df` degrees of freedom."""
    if not (math.isfinite(log_ratio) and log_se > 0 and df > 0):
        ratio = math.exp(log_ratio) if not math.isnan(log_ratio) else NOTHING
        return Estimate(ratio, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, level)
    reach = t_quantile(1 - check_level(level), df) * log_se
    # A limit too large for a float is as good as none.
    low, high = (
        math.exp(min(max(log_ratio + side * reach, -700.0), 700.0)) for side in (-1, 1)
    )
    p = t_two_sided(abs(log_ratio) / log_se, df)
    return Estimate(math.exp(log_ratio), low, high, log_se, df, p, level)


def less_chance(found: Estimate, chance: float) -> Estimate:
    """Return the ratio and its limits over the ratio that chance alone would bring."""
    if not (found.known and found.log_se > 0):
        return found
    centre = math.log(found.ratio / chance)
    return estimate(centre, found.log_se, found.df, found.level)


def check_level(level: float) -> float:
    """Return the level. Raises ValueError outside of 0 to 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    return level


def t_quantile(alpha: float, df: float) -> float:
    """Return the two-sided critical value of the t law (df infinite: normal)."""
    if math.isinf(df):
        return -float(scipy.special.ndtri(alpha / 2))
    return -float(scipy.special.stdtrit(df, alpha / 2))


def t_two_sided(t: float, df: float) -> float:
    """Return P(|T| >= t)."""
    law = scipy.special.ndtr(-t) if math.isinf(df) else scipy.special.stdtr(df, -t)
    return min(1.0, 2 * float(law))


def welch_df(contributions: Floats, treated: Flags) -> float:
    """Return Welch and Satterthwaite's degrees of freedom of a variance.

    The variance is the sum of one contribution for each cluster: with few treated
    clusters nearly all of it rests on them, however many others there are.
    df = (V1 + V0)^2 / (V1^2/(G1 - 1) + V0^2/(G0 - 1)) (Welch 1947; for clustered
    differences see Imbens & Kolesar 2016), G of clusters that have a part in it. 0
    where a side has one cluster only; infinite for a model's variance, which
    no cluster has a part in.
    """
    if not len(contributions):
        return math.inf
    total = float(contributions.sum())
    below = 0.0
    bears = contributions > _DUST * total
    # One treated cluster alone is fitted by its own ratio: it seems to vary by nothing.
    if int((treated & bears).sum()) <= 1:
        return 0.0
    for side in (treated & bears, ~treated & bears):
        weight, count = float(contributions[side].sum()), int(side.sum())
        if count == 1 and weight > 0:
            return 0.0
        if count > 1:
            below += weight**2 / (count - 1)
    return total**2 / below if below > 0 else 0.0


def numbered(clusters: ArrayLike | None, places: int) -> Longs:
    """Return [places] cluster numbers from 0; each place its own without clusters."""
    if clusters is None:
        return np.arange(places, dtype=np.int64)
    given = np.asarray(clusters)
    if given.shape != (places,):
        raise ValueError(f"clusters must have shape ({places},), not {given.shape}")
    return np.asarray(np.unique(given, return_inverse=True)[1], np.int64)
