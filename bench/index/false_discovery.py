"""Does the limit of false alarms decide any band?

Run `python -m bench.index.false_discovery`.

The towns and months of `calibration`, counts as they are published. For each band: how
many towns meet its probability, how many of them are false as the index expects (the
mean of 1 - chance), how many in truth, and how many the limit takes away. Then the same
with probabilities of .8, which no publication uses. Ends with 1 where the limit takes
anything with the shipped probabilities.
"""

import sys
from dataclasses import replace

import numpy as np
from bench.index.calibration import (
    CITIES,
    CONFIG,
    LARGEST,
    TOWNS,
    as_heard,
    true_risks,
)
from numpy.typing import NDArray

from gengfu.capabilities.safety_index.rules.compiling import band_rules, scale_of
from gengfu.science.rates import BandRule, bands, fit_rates, scores

SEED, MONTHS, CVS, SOFT = 20261122, 20, (0.2, 0.4, 0.6), 0.8
RULES = band_rules(CONFIG)
LIMIT = CONFIG.false_discovery

type Floats = NDArray[np.float64]


def month(city: str, cv: float, number: int) -> tuple[Floats, Floats]:
    """Return the chances of each rule (R, P) and the true relative risks (P,)."""
    seed = (SEED, list(CITIES).index(city), round(100 * cv), number)
    rng = np.random.Generator(np.random.PCG64(seed))
    size = np.exp(rng.permutation(np.linspace(0.0, np.log(LARGEST), TOWNS)))
    fitted, truth = {}, np.zeros(TOWNS)
    weights = {domain.code: domain.weight for domain in CONFIG.domains}
    for name, weight in weights.items():
        expected = size / size.sum() * CITIES[city][name]
        risk = true_risks(cv, False, rng)
        heard = as_heard(name, rng.poisson(expected * risk), expected)
        fitted[name] = fit_rates(*heard)
        truth += weight * np.log(risk)
    found = scores(fitted, weights, scale=scale_of(CONFIG), rules=RULES, fdr=LIMIT)
    return found.chances, np.exp(truth)


def met(rules: tuple[BandRule, ...], months: list[tuple[Floats, Floats]]) -> int:
    """Print one line a band; return how many towns the limit takes away."""
    taken_away = 0
    for at, rule in enumerate(rules):
        towns, expected, false, worst, taken = 0, 0.0, 0, 0.0, 0
        for chances, truth in months:
            flagged = chances[at] >= rule.probability
            wrong = truth <= rule.ratio if rule.side == "above" else truth >= rule.ratio
            towns += int(flagged.sum())
            false += int((flagged & wrong).sum())
            missed = 1.0 - chances[at][flagged]
            expected += float(missed.sum())
            worst = max(worst, float(missed.mean()) if len(missed) else 0.0)
            kept = bands(chances[at : at + 1], (rule,), fdr=LIMIT)
            taken += int(flagged.sum()) - kept.count(rule.band)
        share, true_share = expected / max(towns, 1), false / max(towns, 1)
        print(
            f"{rule.band:7} {rule.probability:.3f}: {towns:5} towns, expected false"
            f" {share:6.2%} (worst month {worst:6.2%}), false {true_share:6.2%},"
            f" taken away {taken}"
        )
        taken_away += taken
    return taken_away


def main() -> int:
    """Print both tables."""
    months = [month(c, cv, n) for c in CITIES for cv in CVS for n in range(MONTHS)]
    print(f"{len(months)} months of {TOWNS} towns, limit {LIMIT:.0%}")
    shipped = met(RULES, months)
    print(f"with {SOFT:g}:")
    met(tuple(replace(rule, probability=SOFT) for rule in RULES), months)
    return int(shipped > 0)


if __name__ == "__main__":
    sys.exit(main())
