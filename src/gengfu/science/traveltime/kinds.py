"""What a kind of call adds to the start: partial pooling of type and priority."""

from collections.abc import Mapping

import numpy as np

from gengfu.science.roads import kind_key

from .problem import Floats, Longs, Texts


def fit_kinds(
    residual_s: Floats, kind: Texts, priority: Longs, belief: float
) -> dict[str, float]:
    """Return the seconds of each type, and of each type at each priority.

    A type's value is the median of its n residuals, drawn to 0 as n / (n + belief); a
    type at a priority begins from its type's value and is drawn to that in the same
    way. Both are whole values: whoever looks up a type at a priority adds nothing.
    Calls of type "" keep the pooled start, calls of priority 0 that of their type.
    """
    found: dict[str, float] = {}
    for name in np.unique(kind[kind != ""]).tolist():
        of_kind = kind == name
        found[name] = of_type = _drawn(residual_s[of_kind], belief)
        for level in np.unique(priority[of_kind & (priority > 0)]).tolist():
            left = residual_s[of_kind & (priority == level)] - of_type
            found[kind_key(name, level)] = of_type + _drawn(left, belief)
    return found


def _drawn(values: Floats, belief: float) -> float:
    return float(np.median(values)) * len(values) / (len(values) + belief)


def kind_seconds(table: Mapping[str, float], kind: Texts, priority: Longs) -> Floats:
    """Return the seconds of N calls; of an unknown priority its type's, else 0."""
    named = list(zip(kind.tolist(), priority.tolist(), strict=True))
    seconds = {
        (k, p): table.get(kind_key(k, p), table.get(k, 0.0)) for k, p in set(named)
    }
    return np.array([seconds[one] for one in named], np.float64)
