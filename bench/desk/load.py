"""A bounded load of HTTP requests on loopback, from one process over plain sockets."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One POST, ready to be written."""

    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def wire(self, host: str) -> bytes:
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: {host}",
            "Content-Type: application/json",
            f"Content-Length: {len(self.body)}",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass(frozen=True)
class Load:
    """What came of a load."""

    requests: int
    failed: int
    seconds: float
    latencies_s: tuple[float, ...]

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
    return status


async def _client(
    host: str, port: int, requests: list[bytes], until: float, took: list[float]
) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection(host, port)
    done = failed = 0
    try:
        for wire in requests:
            began = time.perf_counter()
            if began >= until:
                break
            writer.write(wire)
            status = await _answer(reader)
            took.append(time.perf_counter() - began)
            done += 1
            failed += status >= 400
    finally:
        writer.close()
    return done, failed


async def load(
    host: str,
    port: int,
    clients: int,
    seconds: float,
    requests_of: Callable[[int], list[Request]],
) -> Load:
    """Send each client's requests in turn until the time is over or they run out."""
    wires = [[r.wire(f"{host}:{port}") for r in requests_of(n)] for n in range(clients)]
    took: list[float] = []
    began = time.perf_counter()
    results = await asyncio.gather(
        *(_client(host, port, w, began + seconds, took) for w in wires)
    )
    return Load(
        requests=sum(done for done, _ in results),
        failed=sum(failed for _, failed in results),
        seconds=time.perf_counter() - began,
        latencies_s=tuple(sorted(took)),
    )
