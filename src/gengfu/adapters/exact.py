"""Which values are exactly what reading them back would give, and stay so.

Such a value may be kept beside its bytes and handed out again: nothing in it can be
changed, and every part has the very class that the codec would give it. What this
says yes to, the codec can write as it is.

Every move has its facts and its case looked at, field by field, so what looks at a type
is written out (see `kernel.unrolled`): plain fields by an expression where they stand,
records and rows by a function each.
"""

import dataclasses
import math
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import chain, repeat
from threading import RLock
from typing import (
    Annotated,
    Any,
    NewType,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from gengfu.kernel import Between, FrozenDict, Length
from gengfu.kernel.unrolled import function_of

type Exact = Callable[[Any, Any], bool]
"""Looks at a value, and at what stood in its place in one already known to be exact
(or anything else): parts that are the very same are not looked at again."""

_UNKNOWN = object()
_WHOLE = 2**63
"""Greater whole numbers than this are nowhere in a case."""


def _writable(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:  # half a character
        return False
    return True


_LEAVES: dict[type[Any], str] = {
    int: "v.__class__ is int and -whole < v < whole",
    # Negative zero has no canonical form.
    float: "v.__class__ is float and -inf < v < inf and (v or sign(1.0, v) > 0.0)",
    datetime: "v.__class__ is datetime and v.tzinfo is utc",
    str: "v.__class__ is str and (v.isascii() or writable(v))",
}
_NAMES: Mapping[str, object] = {
    "bool": bool,
    "int": int,
    "float": float,
    "datetime": datetime,
    "str": str,
    "len": len,
    "tuple": tuple,
    "zip": zip,
    "whole": _WHOLE,
    "inf": math.inf,
    "sign": math.copysign,
    "utc": UTC,
    "writable": _writable,
    "chain": chain,
    "anything": repeat(_UNKNOWN),
    "unknown": _UNKNOWN,
}
_NEVER = "False"
_made: dict[Any, Exact] = {}
_making: dict[Any, Exact] = {}
_turn = RLock()


def exact_of(kind: Any) -> Exact:
    """Return what tells whether values of a type are exact."""
    found = _made.get(kind)
    if found is not None:
        return found
    with _turn:
        if kind in _making:
            return _making[kind]

        def later(value: Any, known: Any) -> bool:  # for a type that mentions itself
            return exact_of(kind)(value, known)

        _making[kind] = later
        try:
            return _made.setdefault(kind, _function(kind))
        finally:
            del _making[kind]


def _function(kind: Any) -> Exact:
    base: Any = get_origin(kind) or kind
    args = get_args(kind)
    if _is_record(base):
        return _record(base) if _stays_as_read(base) else _never
    if base is tuple and args[1:] == (Ellipsis,):
        return _row(args[0])
    if base in (dict, Mapping) and args:
        return _map(*args)
    if base in (tuple, dict, Mapping):
        return _never
    names = dict(_NAMES)
    looks = _expression(kind, names)
    return function_of(f"def look(v, k):\n    return bool({looks})\n", **names)


def _stays_as_read(record: Any) -> bool:
    """Tell whether nothing changes a record, neither when it is made nor later."""
    return record.__dataclass_params__.frozen and not hasattr(record, "__post_init__")


def _never(_value: Any, _known: Any) -> bool:
    return False


def _expression(kind: Any, names: dict[str, object]) -> str:
    """Return what is true of an exact `v` of a type, given `k`, which stood there.

    What it needs beyond `_NAMES` is put into `names`.
    """
    while isinstance(kind, NewType | TypeAliasType):
        kind = kind.__supertype__ if isinstance(kind, NewType) else kind.__value__
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _within(_expression(args[0], names), args[1:])
    if origin in (Union, types.UnionType):
        members = [m for m in args if m is not types.NoneType]
        if len(members) > 1:
            return _NEVER
        return f"(v is None or {_expression(members[0], names)})"
    base: Any = origin or kind
    if base in _LEAVES:
        return f"({_LEAVES[base]})"
    if base in (bool, date, timedelta) or _is_enum(base):
        return f"v.__class__ is {_named(base, names)}"
    if base in (tuple, dict, Mapping) or _is_record(base):
        return f"{_named(exact_of(kind), names)}(v, k)"
    return _NEVER


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def _named(thing: object, names: dict[str, object]) -> str:
    name = f"part_{len(names)}"
    names[name] = thing
    return name


def _within(inner: str, marks: tuple[Any, ...]) -> str:
    for mark in marks:
        if isinstance(mark, Length):
            inner += f" and {mark.least!r} <= len(v) <= {mark.most!r}"
        elif isinstance(mark, Between):
            inner += f" and {mark.least!r} <= v <= {mark.most!r}"
    return f"({inner})"


def _record(kind: type[Any]) -> Exact:
    names = {**_NAMES, "kind": kind}
    hints = get_type_hints(kind, include_extras=True)
    beside: list[str] = []
    alone: list[str] = []
    for field in dataclasses.fields(kind):
        looks = _expression(hints[field.name], names)
        beside += (
            f"v, k = value.{field.name}, known.{field.name}",
            f"if v is not k and not {looks}:",
            "    return False",
        )
        alone += (f"v = value.{field.name}", f"if not {looks}:", "    return False")
    indented = "\n        ".join
    text = f"""
def look(value, known):
    if value.__class__ is not kind:
        return False
    if known.__class__ is kind:
        {indented([*beside, "return True"])}
    else:
        k = unknown
        {indented([*alone, "return True"])}
"""
    return function_of(text, **names)


def _row(item: Any) -> Exact:
    names = {**_NAMES, "latest": [()]}
    looks = _expression(item, names)
    # The facts of a move and the case after it hold the very same rows.
    text = f"""
def look(value, known):
    if value is latest[0]:
        return True
    if value.__class__ is not tuple:
        return False
    if known and known.__class__ is tuple:
        for v, k in zip(value, chain(known, anything)):
            if v is not k and not {looks}:
                return False
    else:
        k = unknown
        for v in value:
            if not {looks}:
                return False
    latest[0] = value
    return True
"""
    return function_of(text, **names)


def _map(name: Any, item: Any) -> Exact:
    key, part = exact_of(name), exact_of(item)

    def look(value: Any, _known: Any) -> bool:
        return value.__class__ is FrozenDict and all(
            k.__class__ is str and key(k, _UNKNOWN) and part(v, _UNKNOWN)
            for k, v in value.items()
        )

    return look
