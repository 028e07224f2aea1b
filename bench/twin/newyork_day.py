"""A drawn day of 20,000 calls in a city of New York's size, through the real desk.

    python -m bench.twin.newyork_day PACK [--calls 20000] [--units 1000] [--hours 24]
        [--causes]

PACK is what bench/city/newyork.py writes. Posts and units are composed: posts at road
nodes drawn with a fixed seed, units of every kind that the run cards ask for. Prints
one line of JSON: seconds, times real time, what happened, processor milliseconds a
call, and with --causes where they went (its clocks cost some themselves). A pack
without a contraction order (one written before packs had it) is answered by search
throughout: several times slower.
"""

import argparse
import json
import platform
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench.twin.causes import causes

from gengfu.adapters.city import Agency, City, Post, Unit, load
from gengfu.app.twin_desk import RuledTown
from gengfu.app.twin_room import Days, days_of, run_once
from gengfu.science.roads import warm_up
from gengfu.twin.pace import Paces, Spread

BRISK = Paces(
    scene_else=Spread(300.0, 0.5),
    transport=Spread(240.0, 0.5),
    handing_over=Spread(240.0, 0.5),
)
"""Short jobs, a third of usual ones: the graph is 100 km wide, drives are long, and at
usual lengths the busiest hours (1,200 calls, 2,000 units sent) would keep more than
1,000 units busy. The bench would measure a queue that no city could have."""
KINDS = (
    ("patrol-car", "police", ("firearms", "child-and-family"), 0.235),
    ("ambulance", "ambulance", ("advanced-life-support", "defibrillator"), 0.37),
    ("engine", "fire", ("breathing-apparatus", "cutting"), 0.095),
    ("traffic-car", "traffic-police", (), 0.105),
    ("motorcycle", "police", (), 0.03),
    ("foot-patrol", "police", ("child-and-family",), 0.03),
    ("rescue-truck", "fire", ("cutting", "rope-rescue", "water-rescue"), 0.018),
    ("ladder", "fire", ("rope-rescue", "breathing-apparatus"), 0.006),
    ("fire-command", "fire", (), 0.024),
    ("special-police", "police", ("firearms", "bomb-disposal"), 0.037),
    ("detective", "police", ("negotiation", "child-and-family"), 0.028),
    ("boat", "sea-rescue", ("water-rescue",), 0.016),
    ("hazmat-truck", "fire", ("chemicals",), 0.006),
)
"""Kind, agency, skills, share of the fleet: about what the busiest hour asks for."""
AGENCIES = (
    ("police", "police"),
    ("traffic-police", "police"),
    ("fire", "fire"),
    ("ambulance", "ambulance"),
    ("sea-rescue", "sea-rescue"),
    ("community", "community"),
    ("power", "utility"),
    ("gas", "utility"),
    ("water", "utility"),
    ("roads", "works"),
)


def with_units(city: City, units: int, posts: int = 250) -> City:
    """Compose posts and units for a pack that has none."""
    rng = np.random.default_rng(7)
    roads = city.roads
    nodes = rng.choice(np.flatnonzero(roads.component == 0), posts, replace=False)
    stations = tuple(
        Post(
            f"P{i}", f"Post {i}", f"{i}号岗", "station", "police", "",
            float(roads.lon[n]), float(roads.lat[n]), 0.0, True, True,
        )
        for i, n in enumerate(nodes)
    )  # fmt: skip
    shares = np.array([share for *_, share in KINDS])
    counts = np.maximum(np.round(units * shares / shares.sum()).astype(int), 1)
    counts[0] += units - int(counts.sum())
    crews: list[Unit] = []
    for (kind, agency, skills, _), count in zip(KINDS, counts, strict=True):
        for n in range(int(count)):
            post = stations[int(rng.integers(posts))].id
            name = f"{kind}-{n + 1}"
            crews.append(
                Unit(name, name.upper(), kind, agency, post, skills, (), 2, True)
            )
    agencies = tuple(Agency(i, i, i, kind, True) for i, kind in AGENCIES)
    return replace(city, posts=stations, units=tuple(crews), agencies=agencies)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--calls", type=float, default=20_000.0)
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--causes", action="store_true")
    given = parser.parse_args()
    town = RuledTown(with_units(load(given.pack), given.units))
    days: Days = days_of(town, None, 1, given.seed, given.calls)
    days = replace(days, paces=BRISK)
    if given.hours < 24.0:
        upto = given.hours * 3600.0
        kept = [c for c in days.calls if (c.at - days.start).total_seconds() < upto]
        days = replace(days, calls=kept, days=given.hours / 24.0)
    warm_up()  # what is compiled is loaded once, however many days are run
    began, cpu = time.perf_counter(), time.process_time()
    with causes() if given.causes else nullcontext(Counter[str]()) as spent:
        _, report = run_once(town, days, given.seed, lambda *_: None)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    row = {
        "bench": "twin-newyork-day",
        "nodes": town.city.roads.node_count,
        "units": given.units,
        "calls": report["calls"],
        "waited_for_a_unit": report["waited_for_a_unit"],
        "busy_share": report["workload"]["busy_share"],
        "closed": report["closed"],
        "unit_responses": report["unit_responses"],
        "ledger_entries": report["ledger_entries"],
        "simulated_h": given.hours,
        "seconds": round(took_s, 2),
        "cpu_seconds": round(cpu_s, 2),
        "times_real_time": round(given.hours * 3600.0 / took_s, 1),
        "times_real_time_cpu": round(given.hours * 3600.0 / cpu_s, 1),
        "cpu_ms_a_call": round(1000.0 * cpu_s / report["calls"], 3),
        "by_cause": {
            cause: round(1000.0 * s / report["calls"], 3)
            for cause, s in spent.most_common()
        },
        "contracted": len(town.city.roads.order) > 0,
        "machine": platform.platform(),
        "python": platform.python_version(),
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
