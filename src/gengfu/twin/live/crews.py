"""A crew: it goes where it is sent, says so by its status, and reports where it is."""

import asyncio
import logging
import math
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np

from .client import Client, Declined
from .scene import Clock, Scene

REPORT_EVERY_S = 1.0
STILL_EVERY_S = 60.0
TURNOUT_S = (25.0, 70.0)
ON_SCENE_S = (240.0, 900.0)
HANDOVER_S = (240.0, 600.0)
CLEARING_S = (30.0, 90.0)
PATROL_PAUSE_S = (60.0, 300.0)
PATROLLING = frozenset({"patrol-car", "motorcycle"})
PATROL_SHARE = 0.45
PATROL_SLOWER = 1.8
TAKES_TO_HOSPITAL = 0.55
DESTINATION = "Hospital"
AT_HOME_DEG = 1e-4

type Line = Sequence[Sequence[float]]

_log = logging.getLogger("gengfu.twin.live")


class Crew:
    """One simulated crew with its phone."""

    def __init__(
        self,
        scene: Scene,
        client: Client,
        seen: dict[str, Any],
        rng: np.random.Generator,
        clock: Clock,
    ) -> None:
        self.scene, self.client, self.rng = scene, client, rng
        self.clock = clock
        self.id: str = seen["id"]
        self.kind: str = seen["kind"]
        self.home = (float(seen["lon"] or 0.0), float(seen["lat"] or 0.0))
        self.at = self.home
        self.heading = 0.0
        self.seen = seen
        self.job: dict[str, Any] | None = None
        self.changed = asyncio.Event()
        self.patrols = self.kind in PATROLLING and rng.random() < PATROL_SHARE

    def see(self, seen: dict[str, Any], job: dict[str, Any] | None) -> None:
        """Take in how the unit stands now."""
        new = seen["version"] != self.seen["version"]
        self.seen, self.job = seen, job
        if new:
            self.changed.set()

    async def live(self) -> None:
        """Live until cancelled: wait to be sent, or patrol, and do what comes."""
        while True:
            try:
                await self._next()
            except Declined as declined:
                _log.info("%s declined: %s", self.id, declined)
                await self._wait(5.0)
            except httpx.HTTPError as error:
                _log.warning("%s: the server does not answer: %r", self.id, error)
                await asyncio.sleep(5.0)

    async def _next(self) -> None:
        stage = self.seen["stage"]
        if stage == "assigned":
            await self._wait(self._between(TURNOUT_S))
            await self._press("assigned", "roll")
        elif stage == "en_route":
            await self._drive_to_job()
        elif stage == "on_scene":
            await self._work()
        elif stage == "transporting":
            await self._drive(await self._route_to(self.home))
            await self._press("transporting", "reach_destination")
        elif stage == "at_destination":
            await self._wait(self._between(HANDOVER_S))
            await self._press("at_destination", "clear")
        elif stage == "clearing":
            await self._wait(self._between(CLEARING_S))
            await self._press("clearing", "become_available")
        elif stage == "available":
            await self._stand_by()
        else:
            await self._wait(STILL_EVERY_S)

    async def _drive_to_job(self) -> None:
        if self.job is None:
            await self._wait(5.0)
            return
        query = {"unit": self.id, "incident": self.job["id"]}
        try:
            route = await self.client.get(self.scene.desk, "/routes", **query)
        except Declined:
            await self._wait(10.0)
            return
        if await self._drive(route):
            await self._press("en_route", "arrive")

    async def _work(self) -> None:
        await self._wait(self._between(ON_SCENE_S), check_in=True)
        if self.seen["stage"] != "on_scene":
            return
        if self.kind == "ambulance" and self.rng.random() < TAKES_TO_HOSPITAL:
            await self._press("on_scene", "transport", destination=DESTINATION)
        else:
            await self._press("on_scene", "clear")

    async def _stand_by(self) -> None:
        """Go home, or about; whoever is sent meanwhile goes there."""
        away = math.dist(self.at, self.home) > AT_HOME_DEG
        if self.patrols and self.rng.random() < PATROL_SHARE:
            addresses = self.scene.addresses
            goal = addresses[int(self.rng.integers(len(addresses)))]
            await self._drive(await self._route_to((goal.lon, goal.lat)), PATROL_SLOWER)
        elif away and not self.patrols:
            await self._drive(await self._route_to(self.home), PATROL_SLOWER)
        await self._wait(self._between(PATROL_PAUSE_S))

    async def _route_to(self, goal: tuple[float, float]) -> dict[str, Any]:
        query = {"unit": self.id, "lon": goal[0], "lat": goal[1]}
        found: dict[str, Any] = await self.client.get(
            self.scene.desk, "/routes", **query
        )
        return found

    async def _press(self, stage: str, move: str, **facts: str) -> None:
        """Press a status button, unless somebody did in the meantime."""
        if self.seen["stage"] != stage:
            return
        token = self.scene.crews[self.id]
        self.changed.clear()
        after = await self.client.post(token, f"/units/{self.id}/{move}", dict(facts))
        self.seen = after

    async def _drive(self, route: dict[str, Any], slower: float = 1.0) -> bool:
        """Drive along a line, reporting each second; False when called elsewhere."""
        line: Line = route["line"]
        seconds = max(float(route["seconds"]), 1.0) * slower * self._between((0.9, 1.3))
        steps = max(1, round(seconds / self.scene.speed / REPORT_EVERY_S))
        version = self.seen["version"]
        for step in range(1, steps + 1):
            self._move_to(point_along(line, step / steps))
            await self._report()
            await asyncio.sleep(REPORT_EVERY_S)
            if self.seen["version"] != version:
                return False
        return True

    async def _wait(self, seconds: float, *, check_in: bool = False) -> None:
        """Stay where it is for so much simulated time, or until something changes."""
        left = seconds / self.scene.speed
        self.changed.clear()
        while left > 0 and not self.changed.is_set():
            await self._report()
            step = min(left, STILL_EVERY_S)
            left -= step
            try:
                async with asyncio.timeout(step):
                    await self.changed.wait()
            except TimeoutError:
                if check_in and self.seen["check_in_due_at"] is not None:
                    token = self.scene.crews[self.id]
                    await self.client.post(token, f"/units/{self.id}/check_in", {})

    async def _report(self) -> None:
        phone = self.scene.phones[self.id]
        await self.client.report_position(
            self.id, phone, *self.at, self.clock(), self.heading
        )

    def _move_to(self, point: tuple[float, float]) -> None:
        east = (point[0] - self.at[0]) * math.cos(math.radians(point[1]))
        north = point[1] - self.at[1]
        if east or north:
            self.heading = math.degrees(math.atan2(east, north)) % 360
        self.at = point

    def _between(self, span: tuple[float, float]) -> float:
        return float(self.rng.uniform(*span))


def point_along(line: Line, share: float) -> tuple[float, float]:
    """Return the point at a share of a line's length (0 to 1)."""
    lon = np.array([point[0] for point in line], np.float64)
    lat = np.array([point[1] for point in line], np.float64)
    steps = np.hypot(np.diff(lon) * math.cos(math.radians(line[0][1])), np.diff(lat))
    along = np.concatenate(([0.0], np.cumsum(steps)))
    at = share * float(along[-1])
    return float(np.interp(at, along, lon)), float(np.interp(at, along, lat))
