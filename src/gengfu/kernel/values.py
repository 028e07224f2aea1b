"""Values that nobody can change: quick ways to make them, and copies of them.

The initialiser of a frozen dataclass writes each field by way of a function, which
makes it several times slower than that of any other class. Every move makes a dozen
such values and copies a case twice. So a value is filled here while it is still of a
class that can be changed, its mould, and then becomes what it shall be for good: both
have the same slots, so that only the class changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, replace
from functools import cache
from typing import Any, ClassVar, NoReturn, Protocol, cast

from .unrolled import function_of


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


LATER: Mapping[str, bool] = {"later": True}
"""The metadata of a field that cases recorded before do not have.

The ledger commits to a case's bytes, and an audit makes every move again and compares
them. So such a field is not written while it holds its default, which must mean that
nothing is known: what was recorded before there was such a field gives the same bytes.
"""


def changed[T: Record](value: T, /, **changes: Any) -> T:
    """Return a copy of a dataclass with these fields changed.

    Raises:
        TypeError: it has no such field.

    """
    copied = _copied(type(value), tuple(changes))
    return replace(value, **changes) if copied is None else copied(value, **changes)


@cache
def _copied(kind: type[Record], changes: tuple[str, ...]) -> Callable[..., Any] | None:
    """Return what copies a value but for these fields, which it is given, or None."""
    mould = _mould(kind)
    names = [own.name for own in fields(kind)]
    if mould is None or not set(changes) <= set(names):
        return None
    lines = [
        f"def copied(_value{''.join(f', {name}' for name in changes)}):",
        "_made = _new(_mould)",
        *(f"_made.{n} = {n if n in changes else f'_value.{n}'}" for n in names),
        "_made.__class__ = _kind",
        "return _made",
    ]
    text = "\n    ".join(lines)
    return function_of(text, _new=object.__new__, _mould=mould, _kind=kind)


def quickly[T](kind: type[T], unset: str = "") -> type[T]:
    """Return what makes values of a frozen dataclass, called as the class itself is.

    That is the class itself where slots are not all there is to it. One field may be
    left `unset`, whatever is given for it.
    """
    record = cast("type[Record]", kind)
    mould = _mould(record)
    if mould is None:
        if unset:
            raise TypeError(f"a {kind.__name__} cannot be made without {unset}")
        return kind
    own = [f for f in fields(record) if not f.kw_only]
    named = [f for f in fields(record) if f.kw_only]
    takes = [f.name for f in own] + ["*"] * bool(named) + [f.name for f in named]
    fresh = [f for f in (*own, *named) if f.default_factory is not MISSING]
    lines = [
        f"def made({', '.join(takes)}):",
        *(f"if {f.name} is _absent: {f.name} = _fresh_{f.name}()" for f in fresh),
        "_made = _new(_mould)",
        *(f"_made.{f.name} = {f.name}" for f in (*own, *named) if f.name != unset),
        "_made.__class__ = _kind",
        "return _made",
    ]
    made = function_of(
        "\n    ".join(lines),
        _new=object.__new__,
        _mould=mould,
        _kind=kind,
        _absent=MISSING,
        **{f"_fresh_{f.name}": f.default_factory for f in fresh},
    )
    made.__defaults__ = tuple(f.default for f in own if _may_be_left_out(f))
    made.__kwdefaults__ = {f.name: f.default for f in named if _may_be_left_out(f)}
    return cast("type[T]", made)


def _may_be_left_out(own: Field[Any]) -> bool:
    return own.default is not MISSING or own.default_factory is not MISSING


@cache
def _mould(kind: type[Record]) -> type[Any] | None:
    """Return a class with the slots of `kind` that can be changed, or None."""
    plain = all(own.init for own in fields(kind)) and "__slots__" in vars(kind)
    if not plain or hasattr(kind, "__post_init__"):
        return None
    content = {
        "__slots__": vars(kind)["__slots__"],
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    mould = type(kind.__name__, kind.__bases__, content)
    try:
        made: Any = object.__new__(mould)
        made.__class__ = kind
    except TypeError:
        return None
    return mould


def _refuse(*_args: object, **_more: object) -> NoReturn:
    raise TypeError("this dict cannot be changed")


class FrozenDict[K, V](dict[K, V]):
    """A dict that refuses every change, so that whoever is given it may keep it."""


for _name in (
    *("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem"),
    *("setdefault", "update"),
):
    setattr(FrozenDict, _name, _refuse)
