"""Runs the city: callers, crews, agencies, and a desk for what nobody touches."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import httpx
import numpy as np

from .callers import Callers
from .client import Client, Declined
from .crews import Crew
from .scene import Clock, Scene

LOOK_EVERY_S = 1.0
MOST_RINGING = 4
"""With so many calls unanswered nobody else calls: a person is reading."""
SAME_EVENT = 0.6
LEFT_TO_PEOPLE = 4
"""One case in so many waits for a person first."""
BRISK_S = (4.0, 14.0)
SIGN_AFTER_S, FINISH_AFTER_S = 45.0, 420.0
CLOSE_AFTER_S = 60.0

_log = logging.getLogger("gengfu.twin.live")


class Driver:
    """One simulated city on one server. `run` goes on until it is cancelled."""

    def __init__(self, scene: Scene, clock: Clock) -> None:
        self.scene = scene
        self.clock = clock
        self.rng = np.random.default_rng(scene.seed)
        self.client = Client.to(scene.url)
        self.callers = Callers(scene, self.rng)
        self.crews: dict[str, Crew] = {}
        self.busy: set[str] = set()
        self.ringing = 0
        self._jobs: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Keep the city alive; a server that is away is waited for."""
        async with self.client.http, asyncio.TaskGroup() as group:
            group.create_task(self._forever(self._call, self.callers.pause_s))
            group.create_task(self._forever(self._look, lambda: LOOK_EVERY_S))

    async def _forever(
        self, step: Callable[[], Coroutine[Any, Any, None]], pause: Callable[[], float]
    ) -> None:
        while True:
            await asyncio.sleep(pause())
            try:
                await step()
            except Declined as declined:
                _log.info("declined: %s", declined)
            except httpx.HTTPError as error:
                _log.warning("the server does not answer: %r", error)

    # -- residents -----------------------------------------------------------------

    async def _call(self) -> None:
        if self.ringing < MOST_RINGING:
            body = self.callers.next_call()
            await self.client.post(self.scene.caller, "/calls", body)

    # -- everybody else ------------------------------------------------------------

    async def _look(self) -> None:
        """See what there is to do, and start those who do it."""
        picture = await self.client.get(self.scene.desk, "/picture")
        now = self.clock()
        incidents = {one["id"]: one for one in picture["incidents"]}
        self.ringing = sum(one["stage"] == "ringing" for one in picture["calls"])
        for one in picture["units"]:
            await self._crew(one, incidents)
        for one in picture["calls"]:
            ready = one["stage"] == "ringing" and _is_located(one)
            if ready and self._waited(one, now):
                self._once(one["id"], self._accept(one))
        for one in picture["incidents"]:
            self._tend(one, now)
        for one in picture["tasks"]:
            self._answer_task(one, now)

    async def _crew(self, seen: dict[str, Any], incidents: dict[str, Any]) -> None:
        name = seen["id"]
        if name not in self.scene.crews:
            return
        crew = self.crews.get(name)
        if crew is None:
            crew = Crew(self.scene, self.client, seen, self.rng, self.clock)
            self.crews[name] = crew
            self._start(crew.live())
        crew.see(seen, incidents.get(seen["incident"] or ""))

    def _tend(self, one: dict[str, Any], now: datetime) -> None:
        sent = [a for a in one["assignments"] if a["cleared_at"] is None]
        if one["stage"] == "waiting" and not one["assignments"]:
            if one["lon"] is not None and self._waited(one, now):
                self._once(f"send {one['id']}", self._send(one))
        elif one["assignments"] and not sent:
            last = max(a["cleared_at"] for a in one["assignments"])
            if self._past(last, CLOSE_AFTER_S, now):
                self._once(f"close {one['id']}", self._close(one))

    async def _accept(self, call: dict[str, Any]) -> None:
        desk = self.scene.desk
        keys = ("channel", "text", "place", "lon", "lat", "type", "simulated")
        body = {key: call[key] for key in keys if call.get(key) is not None}
        asked = ("place", "lon", "lat", "type", "text")
        draft = {key: body[key] for key in asked if key in body}
        seen = await self.client.post(desk, "/calls/preview", draft)
        likely = [c for c in seen["candidates"] if c["score"] >= SAME_EVENT]
        if likely:
            body["same_as"] = likely[0]["incident"]
        await self.client.post(desk, f"/calls/{call['id']}/accept", body)

    async def _send(self, one: dict[str, Any]) -> None:
        desk, case = self.scene.desk, one["id"]
        ranking = await self.client.post(desk, f"/incidents/{case}/recommend", {})
        units = [row["unit"] for row in ranking["rows"] if row["chosen"]]
        agencies = [task["agency"] for task in ranking["tasks"]]
        if not units and not agencies:
            return
        body = {
            "units": units,
            "agencies": agencies,
            "recommendation": ranking["id"],
        }
        await self.client.post(desk, f"/incidents/{case}/dispatch", body)

    async def _close(self, one: dict[str, Any]) -> None:
        body = {"outcome": "Dealt with on scene"}
        if one["unseen"]:
            body = {"outcome": "Not needed", "reason": "Every unit was called off"}
        path = f"/incidents/{one['id']}/close"
        await self.client.post(self.scene.desk, path, body)

    def _answer_task(self, one: dict[str, Any], now: datetime) -> None:
        token = self.scene.agencies.get(one["agency"] or "")
        if token is None:
            return
        task = one["id"]
        if one["stage"] == "open" and self._past(one["opened_at"], SIGN_AFTER_S, now):
            self._once(f"sign {task}", self._move(token, f"/tasks/{task}/sign", {}))
        elif one["stage"] == "signed" and self._past(
            one["signed_at"], FINISH_AFTER_S, now
        ):
            body = {"note": "Done"}
            self._once(
                f"finish {task}", self._move(token, f"/tasks/{task}/finish", body)
            )

    async def _move(self, token: str, path: str, body: dict[str, Any]) -> None:
        await self.client.post(token, path, body)

    # -- time and jobs ---------------------------------------------------------------

    def _waited(self, one: dict[str, Any], now: datetime) -> bool:
        """Say whether it is the twin's turn (real seconds).

        It works at the pace of a practised desk, and leaves what people made and some
        of what it made itself much longer to whoever sits at the console. Which, and
        how long, follows from their names.
        """
        drawn = crc32(one["id"].encode())
        if drawn % LEFT_TO_PEOPLE == 0 or not one["simulated"]:
            pause_s = self.scene.patience_s
        else:
            pause_s = BRISK_S[0] + drawn % 1000 / 1000 * (BRISK_S[1] - BRISK_S[0])
        return now - _instant(one["opened_at"]) >= timedelta(seconds=pause_s)

    def _past(self, since: str, seconds: float, now: datetime) -> bool:
        """Say whether so much simulated time has gone by."""
        return now - _instant(since) >= timedelta(seconds=seconds / self.scene.speed)

    def _once(self, name: str, job: Coroutine[Any, Any, None]) -> None:
        """Start a job unless it is being done."""
        if name in self.busy:
            job.close()
            return
        self.busy.add(name)

        async def tracked() -> None:
            try:
                await job
            finally:
                self.busy.discard(name)

        self._start(tracked())

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        async def kept() -> None:
            try:
                await job
            except Declined as declined:
                _log.info("declined: %s", declined)
            except httpx.HTTPError as error:
                _log.warning("the server does not answer: %r", error)

        task = asyncio.create_task(kept())
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)


def _is_located(call: dict[str, Any]) -> bool:
    """Tell whether a call says where and what; else only a person can ask."""
    return all(call.get(key) is not None for key in ("lon", "lat", "type"))


def _instant(words: str) -> datetime:
    return datetime.fromisoformat(words)
