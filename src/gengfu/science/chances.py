"""Quantiles of counts by special functions; all of SciPy's laws load for a second."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, nbdtrik, pdtr, pdtrik

type Floats = NDArray[np.float64]


def poisson_quantile(level: float, mean: Floats) -> Floats:
    """Return the least counts k with P(Y <= k) of `level` or more, 0 < level < 1."""
    count = np.ceil(np.asarray(pdtrik(level, mean), np.float64))
    less = np.maximum(count - 1.0, 0.0)
    count = np.where(np.asarray(pdtr(less, mean)) >= level, less, count)
    return np.where(np.asarray(pdtr(0.0, mean)) >= level, 0.0, count)


def negative_binomial_quantile(level: float, size: Floats, share: Floats) -> Floats:
    """Return the same of counts of failures before the `size`-th success.

    Args:
        level: a chance, 0 < level < 1.
        size: how many successes, above 0 and not only whole.
        share: chance of a success; arrays of one shape.

    """
    count = np.ceil(np.asarray(nbdtrik(level, size, share), np.float64))
    less = np.maximum(count - 1.0, 0.0)
    enough = np.asarray(betainc(size, less + 1.0, share)) >= level
    count = np.where(enough, less, count)
    return np.where(np.asarray(betainc(size, 1.0, share)) >= level, 0.0, count)
