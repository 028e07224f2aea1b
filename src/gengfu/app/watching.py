"""A night's search for signals in a process of its own, behind all others.

python -m gengfu.app.watching

Standard input names the store of events, the city pack, its index.toml, the day and the
server's process, as JSON; standard output gets what was found. It is kept away from the
server's process: counting five years must not make a dispatcher wait. It ends when the
server does, even where that was killed and could not end it.
"""

import json
import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

from gengfu.adapters.clock import SystemClock
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import EventStore
from gengfu.capabilities.safety_index.rules.signal_values import SignalsFound
from gengfu.kernel import BadInput, GengfuError

from .index_inputs import EngineChoice
from .inputs import open_store
from .nightly import REFUSED
from .signals import Watch, find_signals

POLITE = 10
ALONE_S = 1.0
"""How soon it sees that the server is gone."""


def look(events: Path, city: Path, config: Path | None, day: str) -> SignalsFound:
    """Search a day of a store that has events of it.

    A day without any event is one that has not been brought into the store yet.

    Raises:
        BadInput: what is wrong, by file; nothing of that day is in the store.

    """
    if not _has_events(open_store(events), date.fromisoformat(day)):
        raise BadInput(f"{events}: no events of {day} are in the store yet")
    order = Watch(
        events=events,
        areas=city,
        at=day,
        now=SystemClock()(),
        engine=EngineChoice(options={}),
        config=config,
    )
    return find_signals(order, lambda _stage, _share: None)


def _has_events(store: EventStore, day: date) -> bool:
    month = f"{day:%Y-%m}"
    if month not in store.months():
        return False
    clocks = ZoneInfo(store.timezone)
    midnights = (day, day + timedelta(days=1))
    since, until = (datetime.combine(one, clock_time(), clocks) for one in midnights)
    return store.has_events(month, since.astimezone(UTC), until.astimezone(UTC))


def _end_without(server: int) -> None:
    """End at once when the process that asked is no longer above this one."""
    while os.getppid() == server:
        time.sleep(ALONE_S)
    os._exit(1)


def main() -> None:
    """Do what standard input says."""
    os.nice(POLITE)
    events, city, config, day, server = json.load(sys.stdin)
    Thread(target=_end_without, args=(server,), daemon=True).start()
    try:
        found = look(Path(events), Path(city), Path(config) if config else None, day)
    except GengfuError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)
    sys.stdout.buffer.write(JsonCodec().encode(found))


if __name__ == "__main__":
    main()
