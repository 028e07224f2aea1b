"""Typed values to canonical JSON and back: the same value always gives the same bytes.

Keys and sets are sorted, instants are UTC, floats are written in the fewest digits
that read back the same. What has no canonical form is refused with BadInput naming the
place: NaN, infinities, negative zero, instants without a time zone, lone surrogates.
The marks of `kernel.limits` hold in both directions, so nothing is stored that could
not be read again. A field that a case got `later` is not written while it holds its
default: what was recorded before there was such a field keeps its bytes.

msgspec does the work in C; beside it runs one check per type, made once, that visits
only the fields which can be wrong.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import msgspec

from gengfu.kernel import BadInput
from gengfu.kernel.values import LATER

from .exact import exact_of
from .shapes import Unfit, reader, shape_of, shape_of_value

_encoder = msgspec.json.Encoder(order="sorted")
_UNWRITABLE = (TypeError, ValueError, OverflowError, RecursionError)


class JsonCodec:
    """The kernel's Codec port; it holds no state and one serves all threads."""

    def encode(self, value: object) -> bytes:
        """Write a value as canonical JSON.

        Raises:
            BadInput: the value, or a field of it, has no canonical form.

        """
        try:
            shape = shape_of_value(value)
            unsaid = _unsaid(value)
            if shape is None or shape.check(value):
                whole = value if not unsaid else _without(type(value), unsaid)(value)
                return _encoder.encode(whole)
            plain = shape.plain(value)
            for name in unsaid:
                del plain[name]
            return _encoder.encode(plain)
        except Unfit as unfit:
            raise BadInput(str(unfit)) from None
        except _UNWRITABLE as error:
            raise _refused(value, error) from error

    def lasts(self, value: object, known: object = None) -> bool:
        """Tell whether a value may be kept in place of its bytes (see `exact`)."""
        return exact_of(type(value))(value, known)

    def decode[T](self, kind: type[T], data: bytes) -> T:
        """Read a value of this type; unknown fields are passed over.

        Raises:
            BadInput: the text is no JSON, or does not fit the type or its limits.

        """
        try:
            value = _decoder(kind).decode(data)
            shape = shape_of(kind)
            if shape is None or shape.check(value):
                return cast("T", value)
            # Readable but not in the canonical form: an instant with another offset.
            canonical = _encoder.encode(shape.plain(value))
            return cast("T", _decoder(kind).decode(canonical))
        except Unfit as unfit:
            raise BadInput(str(unfit)) from None
        except msgspec.DecodeError as error:
            raise BadInput(str(error)) from error
        except (UnicodeDecodeError, OverflowError, RecursionError) as error:
            raise BadInput(f"cannot be read: {error}") from error


def _refused(value: object, error: Exception) -> BadInput:
    return BadInput(f"a {type(value).__name__} cannot be written: {error}")


def _unsaid(value: object) -> tuple[str, ...]:
    """Return the fields of a case that came later and say nothing."""
    came_later = _later_fields(type(value))
    if not came_later:
        return ()
    return tuple(n for n, default in came_later if getattr(value, n) == default)


@cache
def _later_fields(kind: type[Any]) -> tuple[tuple[str, object], ...]:
    if not dataclasses.is_dataclass(kind):
        return ()
    marked = (own for own in dataclasses.fields(kind) if own.metadata == LATER)
    return tuple((own.name, own.default) for own in marked)


@cache
def _without(kind: type[Any], unsaid: tuple[str, ...]) -> Callable[[Any], object]:
    """Return what copies a case into a like value that does not have these fields."""
    every = [own.name for own in dataclasses.fields(kind)]
    names = tuple(name for name in every if name not in unsaid)
    slim = dataclasses.make_dataclass(kind.__name__, names, slots=True)
    read = reader(names)
    return lambda value: slim(*read(value))


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
