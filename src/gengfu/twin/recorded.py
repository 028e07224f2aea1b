"""Recorded calls as the twin's calls: one per call number, from its first row."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from gengfu.kernel import BadInput

from .records import Response
from .rooms import TwinCall

UNKNOWN = "unknown"
_LEAST, _MOST = 1, 4


@dataclass(frozen=True, slots=True)
class Meanings:
    """What recorded types and priorities are called here."""

    types: Mapping[str, str]
    sent_first: Mapping[str, str]
    priorities: Mapping[str, int]

    def type_of(self, r: Response) -> str:
        """Return the code of a response's type here."""
        said = self.types.get(r.type)
        return said or self.sent_first.get(r.unit_kind, UNKNOWN)

    def priority_of(self, r: Response) -> int:
        """Return a response's priority here, 0 where the record says none we know."""
        return self.priorities.get(r.priority, 0)


def read_meanings(path: Path | None) -> Meanings:
    """Read the tables of a file in place of the default ones; BadInput if wrong."""
    own = resources.files(__package__ or "").joinpath("recorded_types.toml")
    default = tomllib.loads(own.read_text(encoding="utf-8"))
    given: dict[str, Any] = {}
    if path is not None:
        try:
            given = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise BadInput(f"{path.name}: cannot be read: {fault}") from None
    types = given.get("types", default["types"])
    sent_first = given.get("sent_first", default["sent_first"])
    for name, code in (*types.items(), *sent_first.items()):
        if not isinstance(code, str):
            raise BadInput(f"[types], {name}: is not the code of a type")
    priorities = given.get("priorities", default["priorities"])
    for name, value in priorities.items():
        if not isinstance(value, int) or not _LEAST <= value <= _MOST:
            raise BadInput(f"[priorities], {name}: is not a number from 1 to 4")
    return Meanings(types, sent_first, priorities)


def calls_of(responses: Iterable[Response], meanings: Meanings) -> list[TwinCall]:
    """Return every call of a record once, in order of coming in."""
    first: dict[str, Response] = {}
    for r in responses:
        best = first.get(r.call)
        if best is None or (r.dispatched, r.sequence) < (
            best.dispatched,
            best.sequence,
        ):
            first[r.call] = r
    calls = [
        TwinCall(
            key=r.call,
            at=r.received,
            type=meanings.type_of(r),
            priority=meanings.priority_of(r),
            words=r.words,
            lon=r.lon,
            lat=r.lat,
        )
        for r in first.values()
    ]
    calls.sort(key=lambda c: (c.at, c.key))
    return calls
