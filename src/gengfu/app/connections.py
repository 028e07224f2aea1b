"""Connections: as many as this process can hold, none for clients that say nothing.

uvicorn bounds what is served at once and how long a connection rests between requests.
It waits without end for the first line of a request, and for the rest of one that was
begun; here such a connection is closed. Bodies have a time of their own (`web.bodies`).
"""

import asyncio
import resource
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

HEAD_S = 15.0
"""How long a client may take from its connection to the end of a request's head."""
LOOK_EVERY_S = 5.0
MOST_CONNECTIONS = 10_000
KEPT_FILES = 128
"""Files of this process that are not connections: database, city, logs."""


def most_connections() -> int:
    """Allow this process as many files as it may have; return how many may connect."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + KEPT_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, soft - KEPT_FILES))


@dataclass(slots=True)
class Silences:
    """Since when each connection has been asking for nothing."""

    _since: dict[Any, tuple[object, float]] = field(
        default_factory=dict[Any, tuple[object, float]]
    )

    def look(self, connections: Iterable[Any], now_s: float) -> int:
        """Close connections that have been silent too long; return how many.

        A connection is uvicorn's protocol: its `cycle` is the request being served,
        None before the first.
        """
        still: dict[Any, tuple[object, float]] = {}
        closed = 0
        for connection in connections:
            cycle = connection.cycle
            if cycle is not None and not cycle.response_complete:
                continue
            last, since = self._since.get(connection, (cycle, now_s))
            if last is not cycle:
                since = now_s
            if now_s - since >= HEAD_S:
                connection.transport.abort()
                closed += 1
            else:
                still[connection] = (cycle, since)
        self._since = still
        return closed

    async def keep_looking(self, connections: Iterable[Any]) -> None:
        """Look again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self.look(tuple(connections), loop.time())
            await asyncio.sleep(LOOK_EVERY_S)
