"""Position reports over HTTP: the bare route beside a plain FastAPI handler.

    python -m bench.http.positions [--rounds 7] [--requests 6000]

Both servers run under uvicorn with the same options, each in a process of its own, and
take the same OsmAnd requests from the same load generator (raw sockets, keep-alive, 32
connections). Rounds alternate; the ratio is of medians. Both check the unit's token and
hand the position to the same kind of table.
"""

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI, HTTPException
from starlette.types import ASGIApp

from gengfu.adapters.clock import SystemClock
from gengfu.web.ingest import Ingest
from gengfu.web.sessions import device_token

SECRET = b"bench" * 8
UNITS = [f"unit-{n}" for n in range(200)]
CONNECTIONS = 32


@dataclass
class Table:
    """Keeps the last position of each unit."""

    last: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, unit: str, lon: float, lat: float, *_rest: object) -> bool:
        self.last[unit] = (lon, lat)
        return True


def bare() -> ASGIApp:
    ingest = Ingest(FastAPI(), SECRET, SystemClock())
    ingest.take = Table().take
    return ingest


def plain() -> ASGIApp:
    app, table = FastAPI(), Table()

    @app.get("/ingest/osmand")
    async def osmand(
        id: str,
        token: str,
        lon: float,
        lat: float,
        timestamp: float,
        speed: float | None = None,
        bearing: float | None = None,
        accuracy: float | None = None,
    ) -> dict[str, bool]:
        if device_token(SECRET, id) != token:
            raise HTTPException(401)
        at = datetime.fromtimestamp(timestamp, UTC)
        return {"kept": table.take(id, lon, lat, at, bearing, speed, accuracy)}

    return app


def run(make: str, listening: socket.socket) -> None:
    app = {"bare": bare, "plain": plain}[make]()
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
    uvicorn.Server(config).run(sockets=[listening])


def request(n: int) -> bytes:
    unit = UNITS[n % len(UNITS)]
    query = (
        f"id={unit}&lat={-29.9 + n % 100 / 1e4:.5f}&lon=-71.25"
        f"&timestamp={time.time():.0f}&speed=12.5&bearing=90&accuracy=5"
        f"&token={device_token(SECRET, unit)}"
    )
    head = f"GET /ingest/osmand?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    return head.encode()


class Connection(asyncio.Protocol):
    """Sends its requests one after the other; done when the last is answered."""

    def __init__(self, requests: list[bytes], done: asyncio.Future[None]) -> None:
        self.requests = iter(requests)
        self.done = done
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.following()

    def following(self) -> None:
        raw = next(self.requests, None)
        if raw is None:
            self.transport.close()
            self.done.set_result(None)
        else:
            self.transport.write(raw)

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if self.seen.endswith(b"}"):  # every answer here is one small object
            if not self.seen.startswith(b"HTTP/1.1 200"):
                self.done.set_exception(AssertionError(self.seen))
                return
            self.seen = b""
            self.following()


async def load(port: int, count: int) -> float:
    """Return requests a second."""
    raws = [request(n) for n in range(count)]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    waiting: list[asyncio.Future[None]] = []
    for n in range(CONNECTIONS):
        done: asyncio.Future[None] = loop.create_future()
        mine = raws[n::CONNECTIONS]
        await loop.create_connection(
            lambda mine=mine, done=done: Connection(mine, done), "127.0.0.1", port
        )
        waiting.append(done)
    await asyncio.gather(*waiting)
    return count / (time.perf_counter() - began)


def cpu_s(server: multiprocessing.Process) -> float:
    """Return the processor time a server has used, which neighbours do not change."""
    stat = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=6000)
    wanted = parser.parse_args()
    ports: dict[str, int] = {}
    servers: list[multiprocessing.Process] = []
    for name in ("bare", "plain"):
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        ports[name] = listening.getsockname()[1]
        server = multiprocessing.Process(target=run, args=(name, listening))
        server.start()
        servers.append(server)
    try:
        for port in ports.values():
            uvloop.run(load(port, 500))
        rates: dict[str, list[float]] = {name: [] for name in ports}
        costs: dict[str, list[float]] = {name: [] for name in ports}
        for _ in range(wanted.rounds):
            for (name, port), server in zip(ports.items(), servers, strict=True):
                before = cpu_s(server)
                rates[name].append(uvloop.run(load(port, wanted.requests)))
                costs[name].append((cpu_s(server) - before) / wanted.requests)
    finally:
        for server in servers:
            server.terminate()
            server.join()
    rate = {name: statistics.median(found) for name, found in rates.items()}
    cost = {name: statistics.median(found) * 1e6 for name, found in costs.items()}
    for name, found in rates.items():
        print(
            f"{name:6} {rate[name]:8.0f} requests/s"
            f" ({min(found):.0f} to {max(found):.0f}), {cost[name]:.0f} us of processor"
        )
    print(f"ratio of rates          {rate['bare'] / rate['plain']:.2f}  (bar: 3)")
    print(f"ratio of processor time {cost['plain'] / cost['bare']:.2f}")


if __name__ == "__main__":
    main()
