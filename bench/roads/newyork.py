"""The travel-time graph of New York of the 9th DIMACS challenge."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from gengfu.science.roads import RoadGraph

UNIT_S = 0.0041
"""Seconds per unit of the arc weights.

The challenge gives weights without a unit: length over a speed by class of road. With
4.1 ms an average node has some 1,300 nodes within 300 s, so 2,000 posts reach about 2.6
million, which is the size the targets were stated for.
"""


@dataclass(frozen=True)
class NewYork:
    graph: RoadGraph

    def matrix(self, millis: np.ndarray, *, reverse: bool) -> csr_array:
        """Milliseconds as a sparse matrix; of parallel arcs the quickest."""
        graph, n = self.graph, self.graph.node_count
        tails, heads = graph.tails, graph.heads
        if reverse:
            tails, heads = heads, tails
        order = np.lexsort((millis, heads, tails))
        tails, heads, millis = tails[order], heads[order], millis[order]
        first = np.ones(len(order), bool)
        first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
        return csr_array(
            (millis[first].astype(float), (tails[first], heads[first])), shape=(n, n)
        )


def load(folder: Path) -> NewYork:
    arcs = _rows(folder / "USA-road-t.NY.gr.gz", "a")
    nodes = _rows(folder / "USA-road-d.NY.co.gz", "v")
    seconds = arcs[:, 2] * UNIT_S
    return NewYork(
        RoadGraph.build(
            arcs[:, 0] - 1,
            arcs[:, 1] - 1,
            seconds,
            seconds * 10.0,
            nodes[:, 1] / 1e6,
            nodes[:, 2] / 1e6,
        )
    )


def _rows(path: Path, kind: str) -> np.ndarray:
    with gzip.open(path, "rt") as lines:
        return np.loadtxt((x[2:] for x in lines if x[0] == kind), dtype=np.int64)
