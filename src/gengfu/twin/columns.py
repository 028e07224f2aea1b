"""Which column of a record of calls holds what; the default is San Francisco's."""

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from gengfu.kernel import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class CallColumns:
    """Names of the columns; "" is a column that the record does not have.

    `location` holds "(latitude, longitude)"; a record with two columns names `lon` and
    `lat` instead. Times are local to the city unless they carry an offset.
    """

    call: str = "Call Number"
    incident: str = "Incident Number"
    unit: str = "Unit ID"
    unit_kind: str = "Unit Type"
    type: str = "Call Type"
    priority: str = "Original Priority"
    received: str = "Received DtTm"
    entered: str = "Entry DtTm"
    dispatched: str = "Dispatch DtTm"
    rolling: str = "Response DtTm"
    on_scene: str = "On Scene DtTm"
    transport: str = "Transport DtTm"
    hospital: str = "Hospital DtTm"
    available: str = "Available DtTm"
    sequence: str = "Unit sequence in call dispatch"
    area: str = "Neighborhooods - Analysis Boundaries"
    station: str = "Station Area"
    outcome: str = "Call Final Disposition"
    words: str = "Address"
    location: str = "Location"
    lon: str = ""
    lat: str = ""
    engine: str = "ENGINE"

    def needed(self) -> tuple[str, ...]:
        """Return the columns without which nothing can be replayed."""
        place = (self.location,) if self.location else (self.lon, self.lat)
        return (self.call, self.unit, self.received, self.dispatched, *place)


def read_columns(path: Path) -> CallColumns:
    """Read names of columns from the [columns] of a TOML file; BadInput if wrong."""
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text("utf-8")).get(
            "columns", {}
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadInput(f"{path.name}: cannot be read: {fault}") from None
    known = {field.name for field in fields(CallColumns)}
    for name, value in given.items():
        if name not in known:
            raise BadInput(f"{path.name}, [columns]: there is no field {name!r}")
        if not isinstance(value, str):
            raise BadInput(f"{path.name}, [columns], field {name}: is not a text")
    if ("lon" in given or "lat" in given) and "location" not in given:
        given = {**given, "location": ""}
    return replace(CallColumns(), **given)
