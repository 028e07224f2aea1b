"""How well and how fast the gazetteer finds what was meant.

    python bench/gazetteer/measure.py PACK... [--calls CSV] [--seed 7] [--out FILE]

Noisy queries are made from the real street names of each pack: every name (at most
2,000 a pack, drawn by the seed) is spoiled in each of these ways, once:

  accents    accents and case dropped ("Avenida José" -> "avenida jose")
  insert     one letter added at a random place
  delete     one letter left out
  swap       two neighbouring letters exchanged
  two slips  two of the three above, in different places
  no type    the word that says street, avenue, ... left out (names that have one)
  order      words turned round (names of two words or more)
  prefix     only the first 60 % of the letters, at least 4
  pair       two streets that share one to three nodes (more: one road under two
             names), as "A / B", each with one slip

A query counts as found at rank k when one of the first k answers bears the very name.
For pairs, the answer must be a crossing within its stated precision, and at most 100 m,
of the node that was drawn.
`--calls` takes San Francisco's calls: addresses "A ST/B ST" are searched as they stand
and compared with the recorded point; "N Block of A ST" counts as right when the
recorded point lies within the stated precision. Speed is processor time (others may be
at work on the machine) of every keystroke of 300 names and of the pairs, on the pack
and on a made-up city of 100,000 names.
"""

import argparse
import csv
import json
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import numpy as np

from gengfu.adapters.city import City, load
from gengfu.adapters.city.gazetteer import Bounds, Gazetteer, Place
from gengfu.adapters.city.gazetteer_city import gazetteer_of, street_network
from gengfu.adapters.city.gazetteer_streets import Streets
from gengfu.adapters.city.gazetteer_text import ABBREVIATIONS, folded

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_NAMES = 2_000
METRES_PER_DEGREE = 111_320.0
Spoil = Callable[[str, Random], str | None]


def insert(name: str, rng: Random) -> str:
    at = rng.randrange(1, len(name) + 1)
    return name[:at] + rng.choice(LETTERS) + name[at:]


def _place(name: str, rng: Random) -> int:
    return rng.choice([i for i, c in enumerate(name) if c.isalpha()] or [0])


def delete(name: str, rng: Random) -> str:
    at = _place(name, rng)
    return name[:at] + name[at + 1 :]


def swap(name: str, rng: Random) -> str:
    at = rng.randrange(len(name) - 1)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def two_slips(name: str, rng: Random) -> str:
    first, second = rng.sample([insert, delete, swap], 2)
    half = len(name) // 2
    return first(name[:half], rng) + second(name[half:], rng)


def accents(name: str, _rng: Random) -> str | None:
    return folded(name) if folded(name) != name.lower() else None


def no_type(name: str, _rng: Random) -> str | None:
    words = name.split()
    kept = [word for word in words if folded(word.strip(".")) not in ABBREVIATIONS]
    return " ".join(kept) if kept and len(kept) < len(words) else None


def order(name: str, _rng: Random) -> str | None:
    words = name.split()
    return " ".join(reversed(words)) if len(words) > 1 else None


def prefix(name: str, _rng: Random) -> str:
    return name[: max(4, round(0.6 * len(name)))]


SPOILS: dict[str, Spoil] = {
    "accents": accents,
    "insert": insert,
    "delete": delete,
    "swap": swap,
    "two slips": two_slips,
    "no type": no_type,
    "order": order,
    "prefix": prefix,
}


def recall(city: Gazetteer, names: list[str], spoil: Spoil, rng: Random) -> dict:
    at_1 = at_5 = asked = 0
    for name in names:
        typed = spoil(name, rng)
        if typed is None:
            continue
        asked += 1
        found = [answer.name for answer in city.search(typed, limit=5)]
        at_1 += bool(found) and found[0] == name
        at_5 += name in found
    share = max(asked, 1)
    return {"asked": asked, "at_1": at_1 / share, "at_5": at_5 / share}


def pairs(city: Gazetteer, streets: Streets, count: int, rng: Random) -> dict:
    network = streets.network
    by_node: dict[int, set[int]] = {}
    for edge, name in enumerate(network.edge_name.tolist()):
        for end in (int(network.tail[edge]), int(network.head[edge])):
            by_node.setdefault(end, set()).add(name)
    shared = Counter(frozenset(names) for names in by_node.values() if len(names) == 2)
    junctions = sorted(
        node for node, names in by_node.items() if 0 < shared[frozenset(names)] <= 3
    )
    at_1 = at_5 = asked = 0
    took: list[float] = []
    for node in rng.sample(junctions, min(count, len(junctions))):
        first, second = (network.names[name] for name in sorted(by_node[node]))
        if min(len(first), len(second)) < 5 or "/" in first + second:
            continue
        asked += 1
        slip = rng.choice([insert, delete, swap])
        typed = f"{slip(first, rng)} / {slip(second, rng)}"
        start = time.process_time()
        found = city.search(typed, limit=5)
        took.append(1e3 * (time.process_time() - start))
        lon, lat = float(network.node_lon[node]), float(network.node_lat[node])
        near = [
            f.kind == "crossing"
            and apart(f.lon, f.lat, lon, lat) <= min(f.precision_m + 1, 100)
            for f in found
        ]
        at_1 += any(near[:1])
        at_5 += any(near)
    return {
        "asked": asked,
        "at_1": at_1 / asked,
        "at_5": at_5 / asked,
        "median_ms": float(np.median(took)),
        "p99_ms": float(np.percentile(took, 99)),
    }


def apart(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    scale = np.cos(np.radians(lat))
    off = np.hypot((lon - other_lon) * scale, lat - other_lat)
    return float(off) * METRES_PER_DEGREE


def calls(city: Gazetteer, path: Path) -> dict:
    with path.open(newline="", encoding="utf-8") as file:
        recorded = {
            row["Address"]: tuple(map(float, row["Location"].strip("()").split(",")))
            for row in csv.DictReader(file)
        }
    errors: list[float] = []
    crossings = blocks = within = inside = 0
    for address, (lat, lon) in sorted(recorded.items()):
        block = "Block of" in address
        if not block and not re.fullmatch(r"[^/:]+/[^/:]+", address):
            continue
        found = city.search(address, limit=5)
        if block:
            blocks += 1
            inside += any(
                apart(f.lon, f.lat, lon, lat) <= f.precision_m + 30
                for f in found
                if f.score >= found[0].score - 0.03
            )
            continue
        crossings += 1
        if found and found[0].kind == "crossing":
            best = [f for f in found if f.score >= found[0].score - 1e-3]
            errors.append(min(apart(f.lon, f.lat, lon, lat) for f in best))
            within += errors[-1] <= 50
    return {
        "crossings": crossings,
        "crossings_within_50_m": within / crossings,
        "crossing_error_median_m": float(np.median(errors)),
        "crossing_error_p95_m": float(np.percentile(errors, 95)),
        "blocks": blocks,
        "blocks_within_stated_precision": inside / blocks,
    }


def speed(city: Gazetteer, typed: Iterable[str]) -> dict:
    took: list[float] = []
    for text in typed:
        for length in range(1, len(text) + 1):
            start = time.process_time()
            city.search(text[:length])
            took.append(1e3 * (time.process_time() - start))
    return {
        "keystrokes": len(took),
        "median_ms": float(np.median(took)),
        "p99_ms": float(np.percentile(took, 99)),
        "worst_ms": max(took),
    }


def great_city(names: list[str], size: int, rng: Random) -> list[Place]:
    """Names of `size` places, made of the words of real ones and made-up ones."""
    words = sorted({word for name in names for word in name.split()})
    spoken = "ba co di fe gu ha ma ne pi ro su ta ve lo qui tra mon ter ville san"
    parts = spoken.split()

    def word() -> str:
        if rng.random() < 0.5:
            return rng.choice(words)
        return "".join(rng.choices(parts, k=rng.randint(2, 4))).title()

    made = [" ".join(word() for _ in range(rng.randint(1, 3))) for _ in range(size)]
    return [Place(name, "place", rng.random(), rng.random()) for name in made]


def measure(pack: City, seed: int) -> dict:
    rng = Random(seed)
    start = time.process_time()
    city = gazetteer_of(pack)
    built = time.process_time() - start
    streets = Streets(street_network(pack.roads))
    used = {streets.network.names[street.name] for street in streets.streets}
    names = sorted(name for name in used if len(name) >= 5)
    names = sorted(rng.sample(names, min(MOST_NAMES, len(names))))
    return {
        "names": len(city),
        "build_s": built,
        "recall": {
            **{kind: recall(city, names, spoil, rng) for kind, spoil in SPOILS.items()},
            "pair": pairs(city, streets, MOST_NAMES, rng),
        },
        "speed": speed(city, rng.sample(names, 300)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", nargs="+", type=Path)
    parser.add_argument("--calls", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    report: dict = {"machine": platform.processor(), "python": sys.version.split()[0]}
    names: list[str] = []
    for folder in asked.packs:
        pack = load(folder)
        names += pack.roads.names
        report[folder.name] = measure(pack, asked.seed)
        if asked.calls and "san" in pack.timezone.lower() + folder.name.lower():
            report["calls"] = calls(gazetteer_of(pack), asked.calls)
    rng = Random(asked.seed)
    places = great_city(names, 100_000, rng)
    start = time.process_time()
    great = Gazetteer(places, None, Bounds(0, 0, 1, 1))
    report["great_city"] = {
        "names": len(great),
        "build_s": time.process_time() - start,
        "speed": speed(great, [p.name for p in rng.sample(places, 300)]),
    }
    text = json.dumps(report, indent=2)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
