"""How soon a server is ready, and how soon it answers while a city is busy.

    python -m bench.serve start [PACK ...]
    python -m bench.serve ranking PACK [--seconds 20] [--moves 100] [--positions]
    python -m bench.serve positions PACK [--seconds 20]
    python -m bench.serve coverage PACK

PACK of New York with 5,000 units: `python bench/city/newyork.py DATA OUT --units 5000`.
The first start has an empty data folder: it makes the database and signs on every unit.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from pathlib import Path

from bench.desk.__main__ import OWN

from .client import Client, spread_ms
from .positions import Fleet
from .server import Server, served

TYPES = ("theft", "traffic-crash", "cardiac-arrest", "building-fire")


def say(words: str) -> None:
    print(f"{words}; load {os.getloadavg()[0]:.1f}", flush=True)


def start(packs: list[Path]) -> None:
    """First start, then three more, on each pack."""
    for pack in packs:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(4):
                with served(pack, Path(folder)) as server:
                    kind = "first start" if number == 0 else "later start"
                    say(
                        f"{pack.name}: {kind} ready after {server.wall_s:.2f} s,"
                        f" {server.cpu_at_start_s:.2f} s of processor,"
                        f" {server.memory_mb():.0f} MB"
                    )


def known_types(server: Server, cookie: str) -> list[str]:
    body, _ = server.get("/api/v1/city", cookie)
    codes = {kind["code"] for kind in json.loads(body)["types"]}
    return [t for t in TYPES if t in codes] or sorted(codes)[:4]


def headers(cookie: str) -> dict[str, str]:
    return {"Cookie": cookie} | dict(OWN)


async def rankings(
    server: Server, cookie: str, seconds: float, moves_per_s: float, positions: bool
) -> None:
    chance = random.Random(3)
    units = server.units(cookie)
    spots = [(float(u["lon"]), float(u["lat"])) for u in units if u["lon"] is not None]
    types = known_types(server, cookie)
    asking = await Client(server.port, headers(cookie)).open()
    whole: list[float] = []
    opened: list[float] = []
    ranked: list[float] = []
    inside: list[float] = []
    rows = 0
    other = asyncio.create_task(moves(server, cookie, spots, seconds, moves_per_s))
    driven = None
    if positions:
        fleet = Fleet(
            server, [(str(u["id"]), float(u["lon"]), float(u["lat"])) for u in units]
        )
        driven = asyncio.create_task(fleet.drive(seconds))
    until = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < until:
        lon, lat = chance.choice(spots)
        form = {
            "channel": "phone",
            "type": types[number % len(types)],
            "place": f"corner {number}",
            "lon": lon + chance.uniform(-0.01, 0.01),
            "lat": lat + chance.uniform(-0.01, 0.01),
            "text": "bench",
        }
        number += 1
        began = time.perf_counter()
        status, body, took = await asking.ask(
            "POST", "/api/v1/calls", json.dumps(form).encode()
        )
        if status >= 400:
            raise SystemExit(f"{status}: {body[:300]!r}")
        incident = json.loads(body)["incident"]["id"]
        status, body, took_ranking = await asking.ask(
            "POST", f"/api/v1/incidents/{incident}/recommend", b"{}"
        )
        if status >= 400:
            raise SystemExit(f"{status}: {body[:300]!r}")
        if number > 3:
            whole.append(time.perf_counter() - began)
            opened.append(took)
            ranked.append(took_ranking)
            inside.append(json.loads(body)["computed_ms"] / 1e3)
            rows += len(json.loads(body)["rows"])
        await asyncio.sleep(0.05)
    asking.close()
    made, took_moves = await other
    if driven is not None:
        await driven
    say(f"posted to ranked: {spread_ms(whole)}")
    say(f"  POST /calls: {spread_ms(opened)}")
    say(f"  POST /recommend: {spread_ms(ranked)}, {rows / max(len(whole), 1):.1f} rows")
    say(f"  ranking inside the server: {spread_ms(inside)}")
    say(f"  other moves: {made / seconds:.0f} a second, {spread_ms(took_moves)}")


async def moves(
    server: Server,
    cookie: str,
    spots: list[tuple[float, float]],
    seconds: float,
    rate: float,
) -> tuple[int, list[float]]:
    """Another client's moves, an even step apart, on incidents of its own."""
    client = await Client(server.port, headers(cookie)).open()
    incidents: list[str] = []
    for lon, lat in spots[:10]:
        form = {
            "channel": "phone",
            "type": "theft",
            "place": "x",
            "lon": lon,
            "lat": lat,
        }
        _, body, _ = await client.ask(
            "POST", "/api/v1/calls", json.dumps(form).encode()
        )
        incidents.append(json.loads(body)["incident"]["id"])
    took: list[float] = []
    due = time.perf_counter()
    until = due + seconds
    while rate > 0 and time.perf_counter() < until:
        path = f"/api/v1/incidents/{incidents[len(took) % 10]}/reprioritise"
        change = {"priority": len(took) // 10 % 4 + 1, "reason": "bench"}
        status, body, one = await client.ask("POST", path, json.dumps(change).encode())
        if status >= 400:
            raise SystemExit(f"{status}: {body[:300]!r}")
        took.append(one)
        due += 1.0 / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    client.close()
    return len(took), took


async def positions(server: Server, cookie: str, seconds: float) -> None:
    units = server.units(cookie)
    fleet = Fleet(
        server, [(str(u["id"]), float(u["lon"]), float(u["lat"])) for u in units]
    )
    probe = await Client(server.port, headers(cookie)).open()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, limit=1 << 26
    )
    head = "".join(f"{k}: {v}\r\n" for k, v in headers(cookie).items())
    writer.write(
        (
            f"GET /api/v1/feed HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{head}\r\n"
        ).encode()
    )
    heard = 0

    async def listen() -> None:
        nonlocal heard
        while part := await reader.read(1 << 20):
            heard += len(part)

    listening = asyncio.create_task(listen())
    await fleet.drive(3.0)
    heard = fleet.sent = 0
    before, began = server.cpu_s(), time.perf_counter()
    driving = asyncio.create_task(fleet.drive(seconds))
    took: list[float] = []
    while not driving.done():
        _, _, one = await probe.ask("GET", "/healthz")
        took.append(one)
        await asyncio.sleep(0.02)
    await driving
    passed = time.perf_counter() - began
    share = (server.cpu_s() - before) / passed
    say(f"{len(units)} units, {fleet.sent / passed:.0f} reports a second")
    say(f"  server: {share:.0%} of one core, {server.memory_mb():.0f} MB")
    say(f"  live feed: {heard / passed / 1e6:.2f} MB a second")
    say(f"  GET /healthz meanwhile: {spread_ms(took)}")
    probe.close()
    listening.cancel()
    writer.close()


def coverage(server: Server, cookie: str) -> None:
    for kind in ("", "ambulance"):
        for _ in range(3):
            body, took = server.get(
                f"/api/v1/coverage?within_s=300&kind={kind}", cookie
            )
            found = json.loads(body)
            say(
                f"coverage {kind or 'any'}: {len(body) / 1e6:.2f} MB,"
                f" {len(found['lines'])} lines, {found['share']:.3f} of people,"
                f" {took * 1e3:.0f} ms"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("start", "ranking", "positions", "coverage"))
    parser.add_argument(
        "packs", type=Path, nargs="*", default=[Path("cities/coquimbo")]
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--moves", type=float, default=100.0)
    parser.add_argument("--positions", action="store_true")
    given = parser.parse_args()
    if given.what == "start":
        start(given.packs)
        return
    for pack in given.packs:
        with (
            tempfile.TemporaryDirectory() as folder,
            served(pack, Path(folder)) as server,
        ):
            time.sleep(3.0)  # what is made ready after the start
            cookie = server.cookie()
            if given.what == "ranking":
                asyncio.run(
                    rankings(
                        server, cookie, given.seconds, given.moves, given.positions
                    )
                )
            elif given.what == "positions":
                asyncio.run(positions(server, cookie, given.seconds))
            else:
                coverage(server, cookie)


if __name__ == "__main__":
    main()
