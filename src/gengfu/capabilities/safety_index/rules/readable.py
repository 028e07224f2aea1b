"""Texts of what is handed in as a file: people read them, feeds and paper hold them."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, cast

from gengfu.kernel import UNPRINTABLE, BadInput

LONGEST_TEXT = 2_000
"""Of a word or a sentence: pages and paper are set from every one."""


def require_readable(value: object) -> None:
    """Refuse a record any of whose texts no page, feed or paper could hold.

    Raises:
        BadInput: one has characters that cannot be seen, or too many.

    """
    for text in _texts(value):
        if len(text) > LONGEST_TEXT:
            raise BadInput(f"a text has more than {LONGEST_TEXT} letters")
        if found := UNPRINTABLE.search(text):
            raise BadInput(f"a text holds character U+{ord(found[0]):04X}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in cast("Iterable[object]", value):
            yield from _texts(one)
    elif is_dataclass(value):
        for own in fields(value):
            yield from _texts(getattr(cast("Any", value), own.name))
