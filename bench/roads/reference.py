"""The C reference, compiled here with the machine's own compiler."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np

from gengfu.science.roads import LiveRoads

UNREACHED = 2**31 - 1


class Reference:
    """Both searches of the C file, on arrays of their own (nothing is shared).

    Its nodes are in the order of our ranks: neighbours on the map are neighbours in
    memory for it too.
    """

    def __init__(self, source: Path, folder: Path, roads: LiveRoads, width: int):
        library = folder / "roads_ref.so"
        compiler = shutil.which("gcc") or "gcc"
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", library, source], check=True)
        self._library = ctypes.CDLL(str(library))
        graph = roads.graph
        n, m = graph.node_count, 2 * graph.edge_count
        self.rank = np.empty(n, np.int64)
        self.rank[np.argsort(graph.rank)] = np.arange(n)
        to, back = self.rank[graph.heads], self.rank[graph.tails]
        order = np.lexsort((back, to))
        start = np.searchsorted(to[order], np.arange(n + 1)).astype(np.int32)
        rows = (roads.keys_ms[order].astype(np.int64) << 32) | back[order]
        self._width = width
        self.units = np.zeros(n, np.int32)
        self._kept = {
            "start": start,
            "rows": rows,
            "units": self.units,
            "dist": np.full(n, UNREACHED, np.int32),
            "heap": np.empty(m, np.int64),
            "bucket": np.full(20_000_000 // width + 2, -1, np.int32),
            "entry": np.empty(m, np.int32),
            "next": np.empty(m, np.int32),
            "touched": np.empty(n, np.int32),
            "found": np.empty(n, np.int32),
            "found_ms": np.empty(n, np.int32),
        }
        self._at = {k: ctypes.c_void_p(v.ctypes.data) for k, v in self._kept.items()}

    def heap(self, rank: int, limit: int, k: int) -> int:
        at = self._at
        return self._library.heap_search(
            at["start"], at["rows"], rank, limit, at["units"], k, at["dist"],
            at["heap"], at["touched"], at["found"], at["found_ms"],
        )  # fmt: skip

    def buckets(self, rank: int, limit: int, k: int) -> int:
        at = self._at
        return self._library.bucket_search(
            at["start"], at["rows"], rank, limit, self._width, at["units"], k,
            at["dist"], at["bucket"], at["entry"], at["next"], at["touched"],
            at["found"], at["found_ms"],
        )  # fmt: skip
