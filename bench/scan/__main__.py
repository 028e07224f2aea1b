"""Scan statistics with 999 replicates on 300 places: `python -m bench.scan [--out F]`.

Ours and plain numpy (plain.py) take turns in one run on the same draws, and must find
the same maxima. Seconds are of the processor, on one thread; a factor is the median
of the turns' ratios. Ours is the whole call: circles, draws, clusters and p-values.
"""

import argparse
import json
import platform
import sys
import time
from pathlib import Path

import numpy as np

from gengfu.science.scan import (
    Sites,
    binomial_scan,
    poisson_scan,
    spacetime_permutation_scan,
)

from . import plain

PLACES, REPLICATES, TURNS, SEED = 300, 999, 3, 20261122
CITY_KM, CASES, YEAR = 30.0, 2000, 365
RADIUS_KM, LONGEST_DAYS = 3.0, 28
AT_LEAST = 5.0


def city():
    """Return points, people and cases of 300 places with a fair number of both."""
    source = np.random.default_rng(SEED)
    points = source.uniform(0, CITY_KM, (PLACES, 2))
    people = np.round(source.lognormal(9, 1, PLACES))
    return points, people, source.poisson(people * 2e-3).astype(float)


def spatial(ours, theirs):
    """Return two calls: our scan, and its peer drawing the same replicates."""
    points, people, cases = city()
    sites = Sites.on_plane(*points.T)

    def we():
        rng = np.random.default_rng(SEED)
        return ours(sites, cases, people, rng=rng).replicate_maxima

    def they():
        rng, total = np.random.default_rng(SEED), int(cases.sum())
        if ours is poisson_scan:
            drawn = rng.multinomial(total, people / people.sum(), REPLICATES)
        else:
            drawn = rng.multivariate_hypergeometric(
                people.astype(int), total, REPLICATES, method="marginals"
            )
        return theirs(points, people, drawn.astype(float))

    return we, they


def watched():
    """Return two calls for a year of cases, watched on its last night."""
    points, people, _ = city()
    source = np.random.default_rng(SEED)
    place = np.sort(source.choice(PLACES, CASES, p=people / people.sum()))
    day = source.integers(0, YEAR, CASES)
    sites = Sites.on_plane(*points.T)

    def we():
        return spacetime_permutation_scan(
            sites,
            place,
            day,
            period=(0, YEAR - 1),
            radius_km=RADIUS_KM,
            longest_days=LONGEST_DAYS,
            rng=np.random.default_rng(SEED),
        ).replicate_maxima

    def they():
        dealt = np.tile(day.astype(np.int32), (REPLICATES, 1))
        dealt = np.random.default_rng(SEED).permuted(dealt, axis=1)
        return plain.prospective_maxima(
            points, place, dealt, YEAR, LONGEST_DAYS, RADIUS_KM
        )

    return we, they


def timed(call):
    """Return what a call gives and the processor seconds it takes."""
    begin = time.process_time()
    found = call()
    return found, time.process_time() - begin


def main() -> None:
    """Run the turns, print a table, and end with 1 where a factor is too small."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    out = parser.parse_args().out
    jobs = {
        "Poisson": spatial(poisson_scan, plain.poisson_maxima),
        "Bernoulli": spatial(binomial_scan, plain.binomial_maxima),
        "space-time, prospective": watched(),
    }
    print(f"{PLACES} places, {REPLICATES} replicates, one thread, processor seconds")
    figures, good = {}, True
    for name, (we, they) in jobs.items():
        we()  # compiles, or loads what was compiled
        turns = [(timed(we), timed(they)) for _ in range(TURNS)]
        for (ours, _), (theirs, _) in turns:
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
        factor = float(np.median([them[1] / us[1] for us, them in turns]))
        ours_s = float(np.median([us[1] for us, _ in turns]))
        plain_s = float(np.median([them[1] for _, them in turns]))
        figures[name] = {"ours_s": ours_s, "plain_s": plain_s, "factor": factor}
        print(f"{name:26} {ours_s:7.3f} s   numpy {plain_s:7.2f} s   x {factor:5.1f}")
        good &= factor >= AT_LEAST
    if out:
        machine = f"{platform.machine()} {platform.python_version()} {np.__version__}"
        out.write_text(json.dumps({"machine": machine, **figures}, indent=1) + "\n")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
