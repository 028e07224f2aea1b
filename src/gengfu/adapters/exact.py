"""Which values are exactly what reading them back would give, and stay so.

Such a value may be kept beside its bytes and handed out again: nothing in it can be
changed, and every part has the very class that the codec would give it. What this
says yes to, the codec can write as it is.
"""

import dataclasses
import math
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from itertools import chain, repeat
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

_WHOLE = 2**63
"""Greater whole numbers than this are nowhere in a case."""


@cache
def exact_of(kind: Any) -> Exact:
    """Return what tells whether values of a type are exact."""
    if isinstance(kind, NewType):
        return exact_of(kind.__supertype__)
    if isinstance(kind, TypeAliasType):
        return exact_of(kind.__value__)
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _marked(exact_of(args[0]), args[1:])
    if origin in (Union, types.UnionType):
        members = [m for m in args if m is not types.NoneType]
        return _optional(exact_of(members[0])) if len(members) == 1 else _never
    base: Any = origin or kind
    return _plain(base, args) if isinstance(base, type) else _never


def _plain(base: type[Any], args: tuple[Any, ...]) -> Exact:
    if dataclasses.is_dataclass(base):
        return _record(base)
    if base is tuple and args:
        return _row(args)
    if base is dict or base is Mapping:
        return _map(args)
    if base in _LEAVES:
        return _LEAVES[base]
    if base in (bool, date, timedelta) or issubclass(base, Enum):
        return lambda value, _: value.__class__ is base
    return _never


def _never(_value: Any, _known: Any) -> bool:
    return False


def _whole(value: Any, _known: Any) -> bool:
    return value.__class__ is int and -_WHOLE < value < _WHOLE


def _number(value: Any, _known: Any) -> bool:
    # Negative zero has no canonical form.
    return (
        value.__class__ is float
        and math.isfinite(value)
        and (value != 0.0 or math.copysign(1.0, value) > 0.0)
    )


def _instant(value: Any, _known: Any) -> bool:
    return value.__class__ is datetime and value.tzinfo is UTC


def _text(value: Any, _known: Any) -> bool:
    return value.__class__ is str and (value.isascii() or _writable(value))


def _writable(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:  # half a character
        return False
    return True


_LEAVES: dict[type[Any], Exact] = {
    int: _whole,
    float: _number,
    datetime: _instant,
    str: _text,
}


def _optional(inner: Exact) -> Exact:
    return lambda value, known: value is None or inner(value, known)


def _marked(inner: Exact, marks: tuple[Any, ...]) -> Exact:
    bounds = [mark for mark in marks if isinstance(mark, (Length, Between))]

    def look(value: Any, known: Any) -> bool:
        if not inner(value, known):
            return False
        for bound in bounds:
            size = len(value) if bound.__class__ is Length else value
            if not bound.least <= size <= bound.most:
                return False
        return True

    return look if bounds else inner


def _record(kind: type[Any]) -> Exact:
    names = [field.name for field in dataclasses.fields(kind)]
    if hasattr(kind, "__post_init__"):
        return _never
    if not names:
        return lambda value, _: value.__class__ is kind
    parts: list[Exact] = []

    def learn() -> None:  # not before the first value: a type may mention itself
        hints = get_type_hints(kind, include_extras=True)
        parts.extend(exact_of(hints[name]) for name in names)

    beside = (
        f"(value.{name} is known.{name} or parts[{at}](value.{name}, known.{name}))"
        for at, name in enumerate(names)
    )
    alone = (f"parts[{at}](value.{name}, unknown)" for at, name in enumerate(names))
    text = f"""
def look(value, known):
    if value.__class__ is not kind:
        return False
    if not parts:
        learn()
    if known.__class__ is kind:
        return {" and ".join(beside)}
    return {" and ".join(alone)}
"""
    return function_of(text, kind=kind, parts=parts, learn=learn, unknown=_UNKNOWN)


def _row(args: tuple[Any, ...]) -> Exact:
    item, *more = args
    if more != [Ellipsis]:
        return _never
    part = exact_of(item)
    latest: tuple[Any, ...] = ()

    def look(value: Any, known: Any) -> bool:
        # The facts of a move and the case after it hold the very same rows.
        nonlocal latest
        if value is latest:
            return True
        if value.__class__ is not tuple:
            return False
        if known and known.__class__ is tuple:
            others = chain(known, repeat(_UNKNOWN))
            for now, then in zip(value, others, strict=False):
                if now is not then and not part(now, then):
                    return False
        else:
            for now in value:
                if not part(now, _UNKNOWN):
                    return False
        latest = value
        return True

    return look


def _map(args: tuple[Any, ...]) -> Exact:
    part = exact_of(args[1]) if args else _never

    def look(value: Any, _known: Any) -> bool:
        return value.__class__ is FrozenDict and all(
            _text(key, _UNKNOWN) and part(held, _UNKNOWN) for key, held in value.items()
        )

    return look


_UNKNOWN = object()
