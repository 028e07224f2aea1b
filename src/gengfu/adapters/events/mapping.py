"""The mapping file: how a city's own table becomes events.

format = "csv"                     # or "parquet"; by the file's ending if left out
encoding = "auto"                  # utf-8 with or without BOM, utf-16, gb18030
delimiter = ","
timezone = "America/Santiago"      # of times without one; the city's if left out
dates = ["iso", "%m/%d/%Y %I:%M:%S %p", "%Y年%m月%d日 %H:%M"]   # tried in order

[columns]                          # ours = theirs; several are joined by a space
event_id = "Incident Number"
at = ["Date", "Time"]
kind = "Call Type"
area = "Neighborhood"
point = "Location"                 # "(lat, lon)" in one cell, or lon and lat

[constants]                        # the same for every row
source = "agency"

[values.kind]                      # theirs -> ours
"Structure Fire" = "structure_fire"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gengfu.kernel import BadInput

from .columns import INITIATORS, SCHEMA
from .times import TimeForm, time_form

FORMATS = ("csv", "parquet")
_FIELDS = (*SCHEMA.names, "point")
_KEYS = {
    "format",
    "encoding",
    "delimiter",
    "timezone",
    "dates",
    "columns",
    "constants",
    "values",
}


@dataclass(frozen=True, slots=True)
class EventMapping:
    """How to read a table; `columns` has for each of our fields the names of theirs."""

    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict[str, Mapping[str, str]]
    )
    dates: tuple[TimeForm, ...] = (time_form("iso"),)
    timezone: str | None = None
    format: str | None = None
    encoding: str = "auto"
    delimiter: str = ","


OWN_NAMES = EventMapping({name: (name,) for name in SCHEMA.names})
"""For files that have our own columns already."""


def read_mapping(path: Path) -> EventMapping:
    """Read a mapping file.

    Raises:
        BadInput: not readable, or something in it that means nothing, by its key.

    """
    try:
        raw = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(raw)
    except OSError as fault:
        raise BadInput(f"{path}: {fault.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path}: {fault}") from None
    return mapping_of(found, str(path))


def mapping_of(found: Mapping[str, Any], label: str) -> EventMapping:
    """Check a mapping that has been read already; `label` names it in errors."""
    _only(found, _KEYS, label)
    columns = {
        name: _names(theirs, f"{label}, columns.{name}")
        for name, theirs in _section(found, "columns", label).items()
    }
    _only(columns, set(_FIELDS), f"{label}, columns")
    constants = {
        name: _text(value, f"{label}, constants.{name}")
        for name, value in _section(found, "constants", label).items()
    }
    _only(constants, {"kind", "area", "source", "initiated_by"}, f"{label}, constants")
    both = sorted(set(columns) & set(constants))
    if both:
        raise BadInput(f"{label}: {both[0]} is both a column and a constant")
    for name in ("at", "kind"):
        if name not in columns and name not in constants:
            raise BadInput(f"{label}, columns: {name} is missing")
    values = {
        name: {
            theirs: _text(ours, f"{label}, values.{name}.{theirs}")
            for theirs, ours in _section(
                _section(found, "values", label), name, f"{label}, values"
            ).items()
        }
        for name in _section(found, "values", label)
    }
    _only(values, {"kind", "area", "source", "initiated_by"}, f"{label}, values")
    for ours in (
        *values.get("initiated_by", {}).values(),
        *(constants[n] for n in ("initiated_by",) if n in constants),
    ):
        if ours not in INITIATORS:
            raise BadInput(
                f"{label}: {ours!r} is none of {', '.join(INITIATORS)} (initiated_by)"
            )
    form = found.get("format")
    if form is not None and form not in FORMATS:
        raise BadInput(f"{label}, format: {form!r} is neither csv nor parquet")
    return EventMapping(
        columns,
        constants,
        values,
        tuple(
            time_form(one)
            for one in _names(found.get("dates", "iso"), f"{label}, dates")
        ),
        _text(found["timezone"], f"{label}, timezone") if "timezone" in found else None,
        form,
        _text(found.get("encoding", "auto"), f"{label}, encoding"),
        _delimiter(found.get("delimiter", ","), f"{label}, delimiter"),
    )


def _delimiter(value: object, label: str) -> str:
    text = _text(value, label)
    if len(text.encode()) != 1:
        raise BadInput(f"{label}: {text!r} is not one ASCII character")
    return text


def _only(found: Mapping[str, Any], known: set[str], label: str) -> None:
    strange = sorted(set(found) - known)
    if strange:
        raise BadInput(f"{label}: {strange[0]} means nothing here")


def _section(found: Mapping[str, Any], name: str, label: str) -> Mapping[str, Any]:
    value: object = found.get(name, {})
    if not isinstance(value, dict):
        raise BadInput(f"{label}, {name}: is no table")
    return cast("dict[str, Any]", value)


def _text(value: object, label: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadInput(f"{label}: is no text")
    return value


def _names(value: object, label: str) -> tuple[str, ...]:
    several = cast("list[object]", value) if isinstance(value, list) else [value]
    if not several:
        raise BadInput(f"{label}: names nothing")
    return tuple(_text(one, label) for one in several)
