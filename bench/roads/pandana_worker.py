"""Pandana in a process of its own: it is AGPL and must not be imported by ours.

Reads arrays from the file named first; for every line on stdin makes one run and
answers with the seconds it took and the pairs it found.
"""

import sys
import time

import numpy as np
import pandana
import pandas as pd


def main() -> None:
    given = np.load(sys.argv[1])
    network = pandana.Network(
        pd.Series(given["lon"]),
        pd.Series(given["lat"]),
        pd.Series(given["tails"]),
        pd.Series(given["heads"]),
        pd.DataFrame({"seconds": given["seconds"]}),
        twoway=False,
    )
    print("ready", flush=True)
    for line in sys.stdin:
        within = float(line)
        start = time.perf_counter()
        pairs = network.nodes_in_range(given["posts"], within)
        print(time.perf_counter() - start, len(pairs), flush=True)


if __name__ == "__main__":
    main()
