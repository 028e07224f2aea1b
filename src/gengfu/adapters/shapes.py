"""What each type may hold, worked out once per type for the codec.

A shape has two functions. `check` raises Unfit where a value may not be written at
all, and otherwise says whether it can be written as it is. `plain` gives the canonical
stand-in for one that cannot: UTC for another offset, a float for an int where a float
is meant, an ordered list for a set whose items have no order.
"""

import dataclasses
import math
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import (
    Annotated,
    Any,
    NewType,
    TypeAliasType,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from gengfu.kernel import Between, Length

_SORTABLE = (str, int, date, time, timedelta)
_encoder = msgspec.json.Encoder(order="sorted")


class Unfit(Exception):
    """A value that may not be written; knows its place within the whole."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        self.path = ""

    def within(self, step: str) -> "Unfit":
        """Add the step that led here."""
        self.path = step + self.path
        return self

    def __str__(self) -> str:
        return f"{self.path.lstrip('.')}: {self.cause}" if self.path else self.cause


@dataclass(frozen=True, slots=True)
class Shape:
    """How to check a type's values, and how to bring them into canonical form."""

    check: Callable[[Any], bool]
    plain: Callable[[Any], Any]


@cache
def shape_of(kind: Any) -> Shape | None:
    """Return the shape of a type; None where nothing about it can be wrong."""
    return _shape(kind, ())


def shape_of_value(value: object) -> Shape | None:
    """Return the shape of a value by its own type."""
    return _shape_of_class(type(value))


@cache
def _shape_of_class(kind: type[Any]) -> Shape | None:
    if kind in _UNTYPED:
        return _UNTYPED[kind]
    if dataclasses.is_dataclass(kind):
        return shape_of(kind)
    if issubclass(kind, (str, int, date, time, timedelta, types.NoneType)):
        return _NUMBER if issubclass(kind, float) else None
    for base, shape in _UNTYPED.items():
        if issubclass(kind, base):
            return shape
    return None


def _shape(kind: Any, marks: tuple[Any, ...]) -> Shape | None:
    if isinstance(kind, NewType):
        return _shape(kind.__supertype__, marks)
    if isinstance(kind, TypeAliasType):
        return _shape(kind.__value__, marks)
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        return _shape(inner, (*marks, *more))
    bounds = _bounds(marks)
    bare = _bare_shape(kind, origin)
    if not bounds:
        return bare
    return _bounded(bare, bounds)


def _bare_shape(kind: Any, origin: Any) -> Shape | None:
    if origin in (Union, types.UnionType):
        return _union_shape(kind)
    base = origin or kind
    if not isinstance(base, type):
        return _BY_VALUE
    if dataclasses.is_dataclass(base):
        return _LATE if base.__subclasses__() else _record_shape(base)
    if base is float:
        return _FLOAT
    if issubclass(base, datetime):
        return _INSTANT
    if issubclass(base, (str, int, date, time, timedelta, types.NoneType)):
        return None
    return _group_shape(kind, cast("type[Any]", base))


def _union_shape(kind: Any) -> Shape | None:
    members = [m for m in get_args(kind) if m is not types.NoneType]
    if len(members) == 1:
        return _shape(members[0], ())
    shapes = [_shape(member, ()) for member in members]
    return _BY_VALUE if any(shapes) else None


def _group_shape(kind: Any, base: type[Any]) -> Shape | None:
    args = get_args(kind)
    if issubclass(base, Mapping):
        keys, values = args or (str, object)
        return _map_shape(_shape(values, ()), as_they_are=_is_text(keys))
    if issubclass(base, AbstractSet):
        item = args[0] if args else object
        return _set_shape(_shape(item, ()), native=_is_sortable(item))
    if issubclass(base, tuple) and args and args[-1] is not Ellipsis:
        return _row_shape(tuple(_shape(item, ()) for item in args))
    if issubclass(base, Collection):
        return _list_shape(_shape(args[0] if args else object, ()))
    return _BY_VALUE


def _is_text(kind: Any) -> bool:
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    return isinstance(kind, type) and issubclass(kind, str)


def _is_sortable(kind: Any) -> bool:
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    return (
        isinstance(kind, type)
        and issubclass(kind, _SORTABLE)
        and (not issubclass(kind, Enum) or issubclass(kind, str))
    )


# -- single values ---------------------------------------------------------------


def _check_float(value: Any) -> bool:
    if value.__class__ is float:
        if not math.isfinite(value):
            raise Unfit(f"{value} is not a finite number")
        if value == 0.0 and math.copysign(1.0, value) < 0.0:
            raise Unfit("negative zero has no canonical form")
        return True
    return _check_whole(value)


def _check_whole(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return False
    if isinstance(value, float):
        return _check_float(float(value)) and False
    raise Unfit(f"a {type(value).__name__} is not a number")


def _check_instant(value: datetime) -> bool:
    if value.tzinfo is UTC:
        return True
    if value.tzinfo is None:
        raise Unfit(f"{value} has no time zone")
    return False


def _plain_instant(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise Unfit(f"{value} lies outside the calendar in UTC") from None


_FLOAT = Shape(_check_float, float)
_INSTANT = Shape(_check_instant, _plain_instant)


def _bounds(marks: tuple[Any, ...]) -> tuple[Length | Between, ...]:
    return tuple(m for m in marks if isinstance(m, (Length, Between)))


def _bounded(bare: Shape | None, bounds: tuple[Length | Between, ...]) -> Shape:
    def check(value: Any) -> bool:
        for bound in bounds:
            if bound.__class__ is Length:
                if not bound.least <= len(value) <= bound.most:
                    raise Unfit(_length_words(value, cast("Length", bound)))
            elif not bound.least <= value <= bound.most:
                raise Unfit(f"{value} is not within {bound.least} and {bound.most}")
        return bare is None or bare.check(value)

    return Shape(check, _same if bare is None else bare.plain)


def _length_words(value: Any, bound: Length) -> str:
    what = "characters" if isinstance(value, str) else "items"
    return f"{len(value)} {what}, allowed are {bound.least} to {bound.most}"


def _same(value: Any) -> Any:
    return value


# -- groups of values --------------------------------------------------------------


def _list_shape(item: Shape | None) -> Shape | None:
    if item is None:
        return None

    def check(values: Sequence[Any]) -> bool:
        fits = True
        for at, value in enumerate(values):
            try:
                fits = (value is None or item.check(value)) and fits
            except Unfit as unfit:
                raise unfit.within(f"[{at}]") from None
        return fits

    def plain(values: Sequence[Any]) -> list[Any]:
        return [None if v is None else item.plain(v) for v in values]

    return Shape(check, plain)


def _row_shape(items: tuple[Shape | None, ...]) -> Shape | None:
    if not any(items):
        return None

    def check(values: Sequence[Any]) -> bool:
        fits = True
        for at, (item, value) in enumerate(zip(items, values, strict=False)):
            if item is not None and value is not None:
                try:
                    fits = item.check(value) and fits
                except Unfit as unfit:
                    raise unfit.within(f"[{at}]") from None
        return fits

    def plain(values: Sequence[Any]) -> list[Any]:
        return [
            v if i is None or v is None else i.plain(v)
            for i, v in zip(items, values, strict=True)
        ]

    return Shape(check, plain)


def _set_shape(item: Shape | None, *, native: bool) -> Shape | None:
    if native and item is None:
        return None

    def check(values: Collection[Any]) -> bool:
        if item is not None:
            for value in values:
                if value is not None:
                    try:
                        item.check(value)
                    except Unfit as unfit:
                        raise unfit.within("{}") from None
        return not values

    def plain(values: Collection[Any]) -> list[Any]:
        # In the order in which a set of a declared type would be written.
        if item in (None, _BY_VALUE) and any(
            all(isinstance(v, kind) and not isinstance(v, datetime) for v in values)
            for kind in _SORTABLE
        ):
            return sorted(values)
        wanted = values if item is None else [item.plain(v) for v in values]
        return [msgspec.Raw(text) for text in sorted({*map(_encoder.encode, wanted)})]

    return Shape(check, plain)


def _map_shape(item: Shape | None, *, as_they_are: bool) -> Shape | None:
    if item is None and as_they_are:
        return None

    def check(values: Mapping[Any, Any]) -> bool:
        fits = True
        for key, value in values.items():
            if not isinstance(key, str):
                fits = False
            if item is not None and value is not None:
                try:
                    fits = item.check(value) and fits
                except Unfit as unfit:
                    raise unfit.within(f".{key}") from None
        return fits

    def plain(values: Mapping[Any, Any]) -> dict[str, Any]:
        named = {_key(k): v for k, v in values.items()}
        if item is None:
            return named
        return {k: None if v is None else item.plain(v) for k, v in named.items()}

    return Shape(check, plain)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    return str(msgspec.to_builtins(key, str_keys=True))


def _record_shape(kind: type[Any]) -> Shape | None:
    hints = get_type_hints(kind, include_extras=True)
    names = tuple(field.name for field in dataclasses.fields(kind))
    shapes = {name: _late_or_shape(hints[name], kind) for name in names}
    visited = tuple(name for name, shape in shapes.items() if shape is not None)
    if not visited:
        return None
    looks = tuple(shape.check for shape in shapes.values() if shape is not None)
    read = reader(visited)

    def check(record: Any) -> bool:
        fits = True
        at = 0
        try:
            for at, value in enumerate(read(record)):
                if value is not None:
                    fits = looks[at](value) and fits
        except Unfit as unfit:
            raise unfit.within(f".{visited[at]}") from None
        return fits

    def plain(record: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, shape in shapes.items():
            value = getattr(record, name)
            made[name] = value if shape is None or value is None else shape.plain(value)
        return made

    return Shape(check, plain)


def reader(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads these fields, all at once."""
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda record: (only(record),)
    return attrgetter(*names)


def _late_or_shape(hint: Any, owner: type[Any]) -> Shape | None:
    """Shape of a field; a type that contains itself is looked up when met."""
    return _BY_VALUE if _mentions(hint, owner) else _shape(hint, ())


def _mentions(hint: Any, owner: type[Any]) -> bool:
    if hint is owner:
        return True
    return any(_mentions(argument, owner) for argument in get_args(hint))


# -- values whose type is not declared -----------------------------------------------


def _check_by_value(value: Any) -> bool:
    shape = shape_of_value(value)
    return shape is None or shape.check(value)


def _plain_by_value(value: Any) -> Any:
    shape = shape_of_value(value)
    return value if shape is None else shape.plain(value)


def _check_number(value: Any) -> bool:
    return _check_float(value)


_BY_VALUE = Shape(_check_by_value, _plain_by_value)
_LATE = _BY_VALUE
_NUMBER = Shape(_check_number, float)
_LIST = cast("Shape", _list_shape(_BY_VALUE))
_SET = cast("Shape", _set_shape(_BY_VALUE, native=False))
_UNTYPED: dict[type[Any], Shape] = {
    dict: cast("Shape", _map_shape(_BY_VALUE, as_they_are=False)),
    list: _LIST,
    tuple: _LIST,
    set: _SET,
    frozenset: _SET,
    float: _NUMBER,
    datetime: _INSTANT,
}
