"""Values that nobody can change, and copies of them with some fields changed.

Every move copies a case at least twice. This does what `dataclasses.replace` does in
less than half its time: slots are read all at once and written straight, not by way of
the initialiser, which is slow in a frozen dataclass.
"""

from collections.abc import Callable
from dataclasses import Field, fields, replace
from functools import cache
from operator import attrgetter
from types import MemberDescriptorType
from typing import Any, ClassVar, NoReturn, Protocol


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


_FEWEST = 2
"""From two names on `attrgetter` gives a tuple."""

type _Write = Callable[[Any, Any], None]
type _Slots = tuple[
    Callable[[Any], tuple[Any, ...]], tuple[_Write, ...], dict[str, _Write]
]


def changed[T: Record](value: T, /, **changes: Any) -> T:
    """Return a copy of a dataclass with these fields changed.

    Raises:
        TypeError: it has no such field.

    """
    kind = type(value)
    slots = _slots(kind)
    if slots is None:
        return replace(value, **changes)
    read, writes, by_name = slots
    made = object.__new__(kind)
    for write, found in zip(writes, read(value), strict=True):
        write(made, found)
    for name, wanted in changes.items():
        if name not in by_name:
            raise TypeError(f"a {kind.__name__} has no field {name}")
        by_name[name](made, wanted)
    return made


@cache
def _slots(kind: type[Record]) -> _Slots | None:
    """Return how to copy a type; None where slots are not all there is to it."""
    own = fields(kind)
    names = [field.name for field in own]
    found = {name: getattr(kind, name, None) for name in names}
    writes = {n: m.__set__ for n, m in found.items() if type(m) is MemberDescriptorType}
    plain = all(field.init for field in own) and not hasattr(kind, "__post_init__")
    if not plain or len(writes) < max(len(own), _FEWEST):
        return None
    return attrgetter(*names), tuple(writes.values()), writes


def _refuse(*_args: object, **_more: object) -> NoReturn:
    raise TypeError("this dict cannot be changed")


class FrozenDict[K, V](dict[K, V]):
    """A dict that refuses every change, so that whoever is given it may keep it."""


for _name in (
    *("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem"),
    *("setdefault", "update"),
):
    setattr(FrozenDict, _name, _refuse)
