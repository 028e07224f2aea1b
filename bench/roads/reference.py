"""The C reference, compiled here with the machine's own compiler."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np

from gengfu.science.roads import LiveRoads

UNREACHED = 2**31 - 1


class Reference:
    """Both searches of the C file, on arrays of their own (nothing is shared)."""

    def __init__(self, source: Path, folder: Path, roads: LiveRoads, width: int):
        library = folder / "roads_ref.so"
        compiler = shutil.which("gcc") or "gcc"
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", library, source], check=True)
        self._library = ctypes.CDLL(str(library))
        graph = roads.graph
        used = graph.in_edge >= 0
        before = np.concatenate(([0], np.cumsum(used)))
        start = before[graph.in_start].astype(np.int32)
        n, m = graph.node_count, 2 * graph.edge_count
        self._width = width
        self.units = np.zeros(n, np.int32)
        self._kept = {
            "start": start,
            "rows": roads.in_rows[used],
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
