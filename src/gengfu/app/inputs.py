"""What every question to files of events is asked of: events, areas, clocks, rules."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.events import EventStore, ValidationReport, import_events
from gengfu.adapters.events.store import MANIFEST
from gengfu.capabilities import safety_index
from gengfu.capabilities.safety_index.rules.config import IndexConfig, read_config
from gengfu.kernel import BadInput

from .index_inputs import EngineChoice, known_areas

CONFIG = Path(safety_index.__file__).parent / "data" / "index.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Files, settings and an instant: the options that all such commands have."""

    events: Path
    """A store of events, or a CSV or Parquet file."""
    areas: Path
    now: datetime
    engine: EngineChoice
    config: Path | None = None
    mapping: Path | None = None
    timezone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The same, read."""

    config: IndexConfig
    areas: AreaFile
    store: EventStore


@contextmanager
def opened(inputs: Inputs) -> Generator[Opened]:
    """Read the inputs of a question; a file of events is a store until it is answered.

    Raises:
        BadInput: what is wrong with them, by file, row and field.

    """
    config = read_config_file(inputs.config)
    areas = read_area_rows(inputs.areas)
    with TemporaryDirectory(prefix="gengfu-") as beside:
        store, _ = open_events(inputs, areas, Path(beside) / "events")
        yield Opened(config=config, areas=areas, store=store)


def read_config_file(path: Path | None) -> IndexConfig:
    """Read the configuration at hand, else the one that comes with the product."""
    chosen = CONFIG if path is None else path
    if not chosen.is_file():
        raise BadInput(f"{chosen}: no such file")
    return read_config(chosen.read_bytes(), chosen.name)


def open_events(
    inputs: Inputs, areas: AreaFile, home: Path
) -> tuple[EventStore, ValidationReport | None]:
    """Open a store of events, or bring a file of events into the one in `home`.

    Importing the same file again changes nothing; another file of the same months
    states them anew, as new versions: what it no longer has no longer counts.

    Raises:
        BadInput: the file cannot be read, or no time zone is known for it.

    """
    events, mapping = inputs.events, inputs.mapping
    if is_store(events):
        if mapping is not None:
            raise BadInput("--mapping is for a file of events, not for a store of them")
        return EventStore(events), None
    if not events.is_file():
        raise BadInput(f"{events}: no such file, and no store of events")
    zone = inputs.timezone or areas.timezone
    if not zone:
        raise BadInput("give --timezone: months are those of the city's clocks")
    known, now = known_areas(areas), inputs.now
    table, report = import_events(events, mapping, known, zone, now=now)
    home.mkdir(parents=True, exist_ok=True)
    store = EventStore(home, zone)
    store.add(table, f"imported from {events.name}", now, whole=True, report=report)
    return store, report


def is_store(folder: Path) -> bool:
    """Tell whether a folder is a store of events."""
    return (folder / MANIFEST).is_file()


def open_store(folder: Path, timezone: str = "") -> EventStore:
    """Open a store that is there; looking never makes one.

    Raises:
        BadInput: there is none, it cannot be read, or it keeps its months by other
            clocks than those of `timezone`, where one is named.

    """
    if not is_store(folder):
        raise BadInput(f"{folder}: no store of events is there")
    return EventStore(folder, timezone or None)


def day_of_option(text: str, option: str) -> date:
    """Read a day of the command line; raises BadInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} is a day like 2026-10-31, not {text!r}") from None
