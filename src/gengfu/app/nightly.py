"""The server's own watch for signals: once a night, by the city's clocks.

Which day was watched stands on the ledger, written with the signals that were raised.
So a restart repeats nothing, and where several servers serve one city the first that
is done counts. What fails is tried again until the next night, and said to staff.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.cases.roles import STATISTICS
from gengfu.capabilities.safety_index.cases.watches import (
    WatchCase,
    watch,
    watch_id,
    watches,
)
from gengfu.capabilities.safety_index.live.library import CONFIG, Library, NightWatch
from gengfu.capabilities.safety_index.live.stations import station_of
from gengfu.capabilities.safety_index.rules.signal_values import Signal, SignalsFound
from gengfu.kernel import GengfuError, Refused, Stale, Unavailable, clockwork

LOOK_EVERY_S = 20.0
FIRST_REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=1)
LONGEST_SEARCH_S = 3 * 3600
REFUSED = 3
"""How a search ends where one line of its standard error says what is missing."""
_log = logging.getLogger("gengfu.watch")
_log.setLevel(logging.INFO)  # a night's watch is told of when it went well, too

type Search = Callable[[str], Coroutine[Any, Any, SignalsFound]]
"""Searches a day for signals."""


def day_to_watch(now: datetime, begins: time, zone: ZoneInfo) -> date:
    """Return the last day whose night has come: the one before, from `begins` on."""
    here = now.astimezone(zone)
    before = 1 if here.time() >= begins else 2
    return here.date() - timedelta(days=before)


@dataclass(slots=True, kw_only=True)
class Nightly:
    """Watches each day once, in the night after it."""

    library: Library
    begins: time
    search: Search
    _failures: int = 0
    _not_before: datetime | None = None
    _tried: date | None = None
    _done: date | None = field(default=None)

    async def run(self) -> None:
        """Watch until cancelled."""
        self.library.night = NightWatch(begins=f"{self.begins:%H:%M}")
        while True:
            await self.turn()
            await asyncio.sleep(LOOK_EVERY_S)

    async def turn(self) -> WatchCase | None:
        """Watch the last day if its turn has come; return what was written of it."""
        site = self.library.site
        now = site.office.clock()
        day = day_to_watch(now, self.begins, ZoneInfo(site.town.timezone))
        if day == self._done:
            return None
        if day != self._tried:
            self._tried, self._failures, self._not_before = day, 0, None
        if self._not_before is not None and now < self._not_before:
            return None
        try:
            if await asyncio.to_thread(self._is_watched, day):
                self._done = day
                return None
            return await self.watch(day)
        except (GengfuError, OSError) as error:
            self._rest(now, day, error)
            return None

    def _is_watched(self, day: date) -> bool:
        office = self.library.site.office
        return office.look(lambda r: r.find(watch.kind, watch_id(str(day)))) is not None

    async def watch(self, day: date) -> WatchCase | None:
        """Watch a day; None where another server was first.

        Raises:
            Unavailable: the search could not be made, and why.

        """
        self.library.searching = str(day)
        try:
            found = await self.search(str(day))
        finally:
            self.library.searching = ""
        stations = [self._station(one) for one in found.signals]
        office = self.library.site.office
        work = office.work(
            clockwork(STATISTICS),
            STATISTICS,
            lambda desk: watches(desk, found, stations),
        )
        self._done = day
        try:
            made = (await office.store.transact_async(work)).result
        except Stale:
            return None  # another server was first
        except BaseException:
            self._done = None
            raise
        self._tell("", None)
        _log.info(
            "watched %s: %d signals raised, %d known, %d without a station;"
            " about %.1f by chance",
            day,
            made.raised,
            made.known,
            made.nowhere,
            made.by_chance,
        )
        return made

    def _station(self, one: Signal) -> str | None:
        try:
            return station_of(self.library.site.town, self.library.config, one)
        except Refused as refused:
            _log.warning("a signal of %s in %s: %s", one.kind, one.area, refused)
            return None

    def _rest(self, now: datetime, day: date, error: Exception) -> None:
        rest = min(FIRST_REST * 2**self._failures, LONGEST_REST)
        self._failures += 1
        self._not_before = now + rest
        self._tell(str(error), day)
        minutes = rest.total_seconds() / 60
        _log.warning("watching %s: %s; again in %d minutes", day, error, minutes)

    def _tell(self, trouble: str, day: date | None) -> None:
        if self.library.night is not None:
            self.library.night.trouble = trouble
            self.library.night.day = "" if day is None else str(day)


def searching(events: Path, city: Path, library: Library) -> Search:
    """Return a search by a process of its own, which ends when the server does."""
    config = library.site.town.data_file(CONFIG)
    order = [str(events), str(city), None if config is None else str(config)]

    async def search(day: str) -> SignalsFound:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gengfu.app.watching",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told = json.dumps([*order, day, os.getpid()]).encode()
        try:
            async with asyncio.timeout(LONGEST_SEARCH_S):
                found, said = await process.communicate(told)
        except TimeoutError as error:
            raise Unavailable("the search took too long") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            words = said.decode(errors="replace").strip().splitlines() or ["no words"]
            line = words[0] if process.returncode == REFUSED else words[-1]
            raise Unavailable(line)
        return JsonCodec().decode(SignalsFound, found)

    return search
