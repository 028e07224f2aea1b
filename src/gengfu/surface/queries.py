"""Query strings into frozen dataclasses, with one clear error for each field."""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

from gengfu.kernel import BadInput, Between, Length, Malformed

LONGEST = 2000
CONTROLS = frozenset(map(chr, (*range(32), 127)))


def _moment(words: str) -> datetime:
    at = datetime.fromisoformat(words)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _number(words: str) -> float:
    value = float(words)
    if not math.isfinite(value):
        raise ValueError(words)
    return value


def _flag(words: str) -> bool:
    if words not in ("true", "false", "1", "0"):
        raise ValueError(words)
    return words in ("true", "1")


READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: _number,
    bool: _flag,
    datetime: _moment,
}


def read_query[T](kind: type[T], given: Mapping[str, str]) -> T:
    """Read the fields of a dataclass from a query string.

    Raises BadInput naming the field that is missing, unknown or unreadable.
    """
    hints = get_type_hints(kind, include_extras=True)
    known = {f.name: f for f in fields(cast("Any", kind))}
    if strange := sorted(set(given) - set(known)):
        raise BadInput(f"{strange[0][:60]}: no such field in this query")
    values = {name: _read(name, hints[name], text) for name, text in given.items()}
    for name, field in known.items():
        absent = name not in values
        if absent and field.default is MISSING and field.default_factory is MISSING:
            raise BadInput(f"{name}: missing from this query")
    return kind(**values)


def _read(name: str, hint: Any, words: str) -> Any:
    if len(words) > LONGEST:
        raise BadInput(f"{name}: longer than {LONGEST} characters")
    if any(c in CONTROLS for c in words):
        raise BadInput(f"{name}: holds a control character")
    marks: tuple[Any, ...] = ()
    options = [a for a in get_args(hint) if a is not type(None)]
    if get_origin(hint) is not Annotated and options:
        hint = options[0]
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    hint = getattr(hint, "__supertype__", hint)
    if hint not in READERS:
        raise Malformed(f"a query cannot hold {hint!r}")
    try:
        value = READERS[hint](words)
    except (ValueError, OverflowError):
        raise BadInput(f"{name}: cannot read {words[:60]!r}") from None
    for mark in marks:
        low_high = mark if isinstance(mark, Between) else None
        if low_high and not low_high.least <= value <= low_high.most:
            raise BadInput(f"{name}: must be {mark.least:g} to {mark.most:g}")
        if isinstance(mark, Length) and not mark.least <= len(value) <= mark.most:
            raise BadInput(f"{name}: must have {mark.least} to {mark.most} characters")
    return value
