"""Time the protection of a month, and of the attack: `python -m bench.disclosure`.

148 areas in 12 districts, three domains with a total; sizes log-normal. Prints JSON.
The bar: one month under 2 s.

Last, what expected counts of a second base tell of its years, which were published:
four years of a city with a kind of area that has one area, made of exact sums and made
of what was published. The bar: exact sums give counts away, publications none.
"""

import json
import platform
import time

import numpy as np
import scipy
from tests.capabilities.safety_index.rules.several_years import (
    publish_years,
    told_by_what_is_expected,
)
from tests.science.disclosure.city_year import DOMAINS, City

from gengfu.science.disclosure import attack, is_small, suppress, unchanged

MONTHS = 12


def year(kinds: dict[str, str | None]) -> dict[str, object]:
    """Protect twelve months in turn, each with all before it as memory."""
    city, published, months = City(1, kinds=kinds), [], []
    wall, processor, extra, small_cells = [], [], 0, 0
    for at in range(MONTHS):
        months.append(city.draw(f"2026-{at + 1:02d}"))
        tables = [(months[-1],)]
        if at % 3 == 2:
            tables.append(tuple(months[-3:]))
        started, busy = time.perf_counter(), time.process_time()
        found = suppress(city.layout, city.counts, tables, memory=published)
        wall.append(time.perf_counter() - started)
        processor.append(time.process_time() - busy)
        published += found.published
        small = is_small(city.layout.table(city.counts[months[-1]]))
        small_cells += int(small.sum())
        extra += int((found.published[0].hidden & ~small).sum())
    busy = time.process_time()
    bounds = attack(city.layout, published, same=unchanged(city.counts))
    return {
        "month_s": round(float(np.median(wall)), 3),
        "month_worst_s": round(max(wall), 3),
        "month_worst_processor_s": round(max(processor), 3),
        "small_cells": small_cells,
        "other_cells_hidden": extra,
        "attack_processor_s": round(time.process_time() - busy, 2),
        "hidden_cells": len(bounds),
        "recovered": sum(bound.recovered for bound in bounds),
    }


def second_base() -> dict[str, object]:
    """Publish four years, and try all histories of hidden counts in the base years."""
    known = publish_years(towns=12, calendar=[1, 7])
    tried, careless = told_by_what_is_expected(known, known.from_exact_counts)
    _, recovered = told_by_what_is_expected(known, known.from_publications)
    return {
        "hidden_cells": tried,
        "recovered_from_exact_sums": len(careless),
        "recovered_from_what_is_published": len(recovered),
    }


def main() -> None:
    """Print figures of 148 areas, and what a second base tells."""
    apart: dict[str, str | None] = {n: None for n in DOMAINS if n != "all"}
    versions = {"python": platform.python_version(), "scipy": scipy.__version__}
    print(json.dumps({"machine": platform.machine(), **versions}))
    for name, kinds in (("apart", apart), ("with their total", DOMAINS)):
        print(json.dumps({"domains": name, **year(kinds)}), flush=True)
    print(json.dumps({"base": "second", **second_base()}), flush=True)


if __name__ == "__main__":
    main()
