"""A city's counts, drawn: areas of very unequal size, as in a year of publications."""

import numpy as np

from gengfu.science.disclosure import Layout, Month, Tree

DOMAINS = {"all": None, "crime": "all", "fire": "all", "traffic": "all"}
KINDS = DOMAINS | {
    "theft": "crime",
    "burglary": "crime",
    "indoors": "fire",
    "outdoors": "fire",
    "hurt": "traffic",
    "damage": "traffic",
}
RATES = {
    "crime": 12.0,
    "fire": 1.5,
    "traffic": 5.0,
    "theft": 10.0,
    "burglary": 2.0,
    "indoors": 1.0,
    "outdoors": 0.5,
    "hurt": 1.5,
    "damage": 3.5,
}
"""Events a month in an area of median size."""


class City:
    """Draws months; the areas' sizes are log-normal (largest to smallest 100 : 1)."""

    def __init__(self, seed, areas=148, parents=12, kinds=DOMAINS):
        self.rng = np.random.Generator(np.random.PCG64(seed))
        tree = {"city": None} | {f"district {p}": "city" for p in range(parents)}
        for area in range(areas):
            tree[f"area {area}"] = f"district {area % parents}"
        self.layout = Layout(Tree.of(tree), Tree.of(kinds))
        leaf = [self.layout.kinds.names[at] for at in self.layout.kinds.leaves]
        size = self.rng.lognormal(0.0, 0.9, areas)
        self.expected = size[:, None] * np.array([RATES[name] for name in leaf])
        self.counts = {}

    def draw(self, name):
        month = Month(name)
        self.counts[month] = self.rng.poisson(self.expected).astype(np.int64)
        return month

    def correct(self, month, areas=4):
        """Late records of a few areas come in: the month's next version."""
        again = Month(month.name, month.version + 1)
        counts = self.counts[month].copy()
        for area in self.rng.choice(len(counts), areas, replace=False):
            counts[area, self.rng.integers(counts.shape[1])] += self.rng.integers(1, 3)
        self.counts[again] = counts
        return again
