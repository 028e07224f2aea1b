"""The demonstration: a city, an embedded database, and simulated people in it."""

import asyncio
import json
import logging
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, time
from pathlib import Path

import numpy as np

from gengfu.adapters.clock import SystemClock
from gengfu.capabilities.safety_index.live.library import Library
from gengfu.kernel import BadInput, Unavailable
from gengfu.surface import Town
from gengfu.twin.live import Address, Driver, Scene

from .config import NEVER, Settings
from .demo_events import LAST_DAY
from .demo_publications import publish_all
from .nightly import Nightly, searching
from .platform import Platform
from .server import Built
from .serving import serve
from .tokens import token_of
from .town import open_town

CITY = Path("cities", "coquimbo")
PORT = 8800
ADDRESSES = 600
SEED = 2026
LANGUAGES = {"es": 0.5, "en": 0.3, "zh": 0.2}
LEAST_SPEED, MOST_SPEED = 0.1, 60.0

type Told = Callable[[str, str], None]
"""Told the address, once it answers, and the command that checks the day's ledger."""


def demo(
    *,
    city: Path | None,
    speed: float,
    host: str | None,
    port: int | None,
    told: Told,
) -> None:
    """Serve the demo city until stopped, with calls and crews that are simulated.

    Each start begins a new day on a database of its own. Raises BadInput for a speed
    that makes no sense and where no city pack is found.
    """
    if not LEAST_SPEED <= speed <= MOST_SPEED:
        raise BadInput(f"--speed: from {LEAST_SPEED:g} to {MOST_SPEED:g}")
    folder = find_city(city)
    port = PORT if port is None else port
    kept = Settings.given(
        city=folder, host=host, port=port, simulated=True, roster=True
    )
    day = _new_day(kept.folder() / "demo")
    known = {} if kept.public_url or not port else {"public_url": _own_url(kept)}
    events = day / "events"
    fresh = kept.model_copy(
        update={"data_dir": day, "db": None, "events": events, **known}
        | {"watch_at": NEVER}  # what is made up ends with a month, not yesterday
    )
    town = open_town(folder)
    driving = [_make_events(events, folder)]

    def listens(url: str, built: Built) -> None:
        def ready() -> None:
            publish_all(built.platform.office, folder)
            told(url, check_command(day, folder))
            built.platform.keep(
                _watch_past(built.platform, driving[0], events, folder), "watch"
            )
            driving.append(_drive(_scene(fresh, town, url, speed)))

        built.platform.on_ready.append(ready)

    try:
        serve(fresh, listens)
    finally:
        for process in driving:
            process.terminate()
            process.wait()


def _own_url(settings: Settings) -> str:
    """Return the address of a server that only this machine reaches; else nothing."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}" if settings.loopback else ""


def check_command(day: Path, city: Path) -> str:
    """Return what to type, beside the running demo, to check the day's ledger."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "gengfu" else "gengfu"
    words = (program, "ledger", "verify", "--city", str(city))
    return f"GENGFU_DATA_DIR={shlex.quote(str(day))} {shlex.join(words)}"


def find_city(given: Path | None) -> Path:
    """Return the pack to open: the one named, else the demo city beside the code."""
    if given is not None:
        return given
    here = Path(__file__).resolve().parents[3]
    for folder in (CITY, here / CITY):
        if (folder / "city.toml").is_file():
            return folder
    raise BadInput("--city: name the folder of a city pack; the demo city is not here")


def _new_day(folder: Path) -> Path:
    """Start from an empty folder, so that no unit is on a job of yesterday."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{folder}: {error.strerror}") from error
    return folder


def _scene(settings: Settings, town: Town, url: str, speed: float) -> Scene:
    units = [unit.id for unit in town.units]
    return Scene(
        url=url.rstrip("/"),
        caller=token_of(settings, "caller", "", positions=False),
        desk=token_of(settings, "commander", "", positions=False),
        crews={u: token_of(settings, "crew", u, positions=False) for u in units},
        phones={u: token_of(settings, "crew", u, positions=True) for u in units},
        agencies={
            a.id: token_of(settings, "agency-officer", a.id, positions=False)
            for a in town.agencies
        },
        addresses=addresses(town, ADDRESSES, np.random.default_rng(SEED)),
        languages=LANGUAGES,
        speed=speed,
        seed=SEED,
    )


def addresses(town: Town, most: int, rng: np.random.Generator) -> tuple[Address, ...]:
    """Return places that people call from: street corners where people live."""
    demand = town.node_demand()
    if not demand.sum() > 0:
        raise BadInput(f"{town.name}: nobody lives here; there is nobody to call")
    graph = town.graph
    nodes = rng.choice(len(demand), size=most, p=demand / demand.sum())
    found: list[Address] = []
    for node in nodes.tolist():
        streets = town.streets_at(node)
        if streets:
            lon, lat = float(graph.lon[node]), float(graph.lat[node])
            words = " / ".join(streets[:2])
            found.append(Address(words=words, street=streets[0], lon=lon, lat=lat))
    return tuple(found)


def _make_events(events: Path, city: Path) -> subprocess.Popen[bytes]:
    """Make up the past in a process of its own: it takes a few seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gengfu.app.demo_events"], stdin=subprocess.PIPE
    )
    if process.stdin is not None:
        process.stdin.write(json.dumps([str(events), str(city)]).encode())
        process.stdin.close()
    return process


async def _watch_past(
    platform: Platform, making: subprocess.Popen[bytes], events: Path, city: Path
) -> None:
    """Raise the signals of the last day that was made up, once that is done."""
    await asyncio.to_thread(making.wait)
    library = platform.runtime(Library)
    search = searching(events, city, library)
    await Nightly(library=library, begins=time(0), search=search).watch(LAST_DAY)


def _drive(scene: Scene) -> subprocess.Popen[bytes]:
    """Run the simulated people in a process of their own, told by its input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gengfu.app.demo"],
        stdin=subprocess.PIPE,
        env=dict(os.environ),
    )
    if process.stdin is not None:
        process.stdin.write(json.dumps(asdict(scene)).encode())
        process.stdin.close()
    return process


def main() -> None:
    """Drive the scene that is on standard input."""
    logging.basicConfig(level=logging.ERROR)
    told = json.load(sys.stdin)
    told["addresses"] = tuple(Address(**a) for a in told["addresses"])
    clock = SystemClock()
    driver = Driver(Scene(**told), lambda: clock().astimezone(UTC))
    try:
        asyncio.run(driver.run())
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
