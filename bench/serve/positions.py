"""Reports of thousands of units on the move, once a second each."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from .server import Server

PIPES = 8
STEP_DEG = 0.0001
"""About 10 m a second: 36 km/h."""


@dataclass
class Fleet:
    """Drives units about and reports each of them every second."""

    server: Server
    units: list[tuple[str, float, float]]
    sent: int = 0
    late: int = 0
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens = {unit: self.server.token_of(unit) for unit, _, _ in self.units}

    async def drive(self, seconds: float) -> None:
        shares = [self.units[n::PIPES] for n in range(PIPES)]
        until = time.perf_counter() + seconds
        await asyncio.gather(*(self._pipe(share, until) for share in shares))

    async def _pipe(self, share: list[tuple[str, float, float]], until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        chance = random.Random(7)
        where = {unit: (lon, lat) for unit, lon, lat in share}
        way = {unit: (chance.uniform(-1, 1), chance.uniform(-1, 1)) for unit in where}
        due = time.perf_counter()
        while (now := time.perf_counter()) < until:
            stamp = time.time()
            for first in range(0, len(share), 25):
                part = share[first : first + 25]
                lines: list[str] = []
                for unit, _, _ in part:
                    (lon, lat), (dx, dy) = where[unit], way[unit]
                    where[unit] = lon + dx * STEP_DEG, lat + dy * STEP_DEG
                    lines.append(
                        f"GET /ingest/osmand?id={unit}&token={self.tokens[unit]}"
                        f"&lon={lon:.6f}&lat={lat:.6f}&timestamp={stamp:.0f}"
                        f"&speed=19&bearing=90&accuracy=8 HTTP/1.1\r\n"
                        f"Host: 127.0.0.1:{self.server.port}\r\n\r\n"
                    )
                writer.write("".join(lines).encode())
                for _ in part:
                    head = await reader.readuntil(b"\r\n\r\n")
                    if not head.startswith(b"HTTP/1.1 200"):
                        raise SystemExit(head.decode())
                    length = next(
                        int(line[15:])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    )
                    await reader.readexactly(length)
                self.sent += len(part)
                spare = due + (first + 25) / len(share) - time.perf_counter()
                if spare > 0:
                    await asyncio.sleep(spare)
            due += 1.0
            if now > due:
                self.late += 1
                due = now
        writer.close()
