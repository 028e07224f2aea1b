"""Reading TOML data strictly: what is wrong is named by file, entry and field.

Nothing here opens a file: callers hand over the text they read.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from .both import Said
from .errors import BadInput


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a data file, which knows where it stands in it."""

    where: str
    values: Mapping[str, object]

    def refuse(self, field: str, problem: str) -> NoReturn:
        """Refuse this table because of one field."""
        raise BadInput(f"{self.where}: {field} {problem}")

    def only(self, *fields: str) -> None:
        """Refuse fields nobody would read: a misspelt one must not go unnoticed."""
        for name in self.values:
            if name not in fields:
                self.refuse(name, "is not a field here")

    def has(self, field: str) -> bool:
        """Say whether the field is given."""
        return field in self.values

    def text(self, field: str, default: str | None = None) -> str:
        """Read words; they may not be empty."""
        value = self._value(field, default)
        if not isinstance(value, str) or (not value.strip() and value != default):
            self.refuse(field, f"must be words, not {value!r}")
        return value

    def said(self, field: str) -> Said:
        """Read the same words in English (`field`) and Chinese (`field_zh`)."""
        return Said(self.text(field), self.text(f"{field}_zh"))

    def number(
        self,
        field: str,
        least: float,
        most: float,
        default: float | None = None,
    ) -> float:
        """Read a number between two bounds, both allowed."""
        value = self._value(field, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not least <= cast("float", value) <= most:
            self.refuse(field, f"must be a number {least:g} to {most:g}, not {value!r}")
        return float(cast("float", value))

    def whole(
        self, field: str, least: int, most: int, default: int | None = None
    ) -> int:
        """Read a whole number between two bounds, both allowed."""
        value = self._value(field, default)
        good = isinstance(value, int) and not isinstance(value, bool)
        if not good or not least <= cast("int", value) <= most:
            self.refuse(field, f"must be a whole number {least}-{most}, not {value!r}")
        return cast("int", value)

    def choice(
        self, field: str, choices: Iterable[str], default: str | None = None
    ) -> str:
        """Read one of a few words."""
        value = self.text(field, default)
        known = tuple(choices)
        if value not in known:
            self.refuse(field, f"must be one of {', '.join(known)}, not {value!r}")
        return value

    def texts(self, field: str, *, needed: bool = False) -> tuple[str, ...]:
        """Read a list of words, empty where it is not given."""
        found: list[str] = []
        for value in self._items(field):
            if not isinstance(value, str) or not value.strip():
                self.refuse(field, f"must be a list of words, not {value!r}")
            found.append(value)
        if needed and not found:
            self.refuse(field, "is missing")
        if len(set(found)) < len(found):
            self.refuse(field, "names something twice")
        return tuple(found)

    def choices(self, field: str, known: Iterable[str]) -> tuple[str, ...]:
        """Read a list of words that must all be known."""
        allowed = frozenset(known)
        values = self.texts(field)
        for value in values:
            if value not in allowed:
                self.refuse(field, f"names {value!r}, which is not known")
        return values

    def wholes(self, field: str, least: int, most: int) -> tuple[int, ...]:
        """Read a list of whole numbers, empty where it is not given."""
        found: list[int] = []
        for value in self._items(field):
            good = isinstance(value, int) and not isinstance(value, bool)
            if not good or not least <= cast("int", value) <= most:
                self.refuse(field, f"must hold numbers {least}-{most}, not {value!r}")
            found.append(cast("int", value))
        return tuple(found)

    def table(self, field: str) -> "Table | None":
        """Read a table inside this one, if given."""
        if field not in self.values:
            return None
        return self.inner(field, self.values[field])

    def tables(self, field: str, named_by: str = "") -> tuple["Table", ...]:
        """Read a list of tables; each is named by one of its fields, or its number."""
        found: list[Table] = []
        for number, value in enumerate(self._items(field), start=1):
            entry = self.inner(f"{field} {number}", value)
            name = entry.values.get(named_by, number)
            found.append(Table(f"{self.where}: {field} {name}", entry.values))
        return tuple(found)

    def named(self, field: str) -> dict[str, "Table"]:
        """Read a table of tables by name; it must be there."""
        outer = self.table(field)
        if outer is None:
            self.refuse(field, "is missing")
        return {key: outer.inner(key, value) for key, value in outer.values.items()}

    def inner(self, label: str, value: object) -> "Table":
        """Take a value for a table inside this one, called `label` in errors."""
        if not isinstance(value, dict):
            self.refuse(label, f"must be a table, not {value!r}")
        return Table(f"{self.where}: {label}", cast("dict[str, object]", value))

    def _items(self, field: str) -> list[object]:
        value = self.values.get(field, [])
        if not isinstance(value, list):
            self.refuse(field, f"must be a list, not {value!r}")
        return cast("list[object]", value)

    def _value(self, field: str, default: object) -> object:
        value = self.values.get(field, default)
        if value is None:
            self.refuse(field, "is missing")
        return value


_MOST_DOTS = 200


def read_table(toml: str | bytes, name: str) -> Table:
    """Read TOML text; `name` is what errors call it.

    Raises:
        BadInput: it is not TOML in UTF-8, or nested as no table of ours is.

    """
    try:
        text = toml.decode() if isinstance(toml, bytes) else toml
        for number, line in enumerate(text.split("\n"), 1):
            # Reading a dotted key costs the square of its length.
            if line.count(".") > _MOST_DOTS:
                raise BadInput(f"{name}: line {number} has too many dots")
        return Table(name, cast("dict[str, object]", tomllib.loads(text)))
    except UnicodeDecodeError:
        raise BadInput(f"{name}: not UTF-8") from None
    except RecursionError:
        raise BadInput(f"{name}: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: {error}") from None
