"""Files that a screen makes, and the words to make them with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file made for one request; `name` is what it is called when kept."""

    media_type: str
    name: str
    content: bytes


class Speech(Protocol):
    """The words of a request's language, and times of day in the city's zone."""

    @property
    def language(self) -> str: ...
    @property
    def strings(self) -> Mapping[str, str]:
        """Every string of the language by key."""
        ...

    def t(self, key: str, **parts: object) -> str:
        """Say the string of a key."""
        ...

    def word(self, prefix: str, code: object) -> str:
        """Say a code of the dictionary; where it has none, the code as words."""
        ...

    def clock(self, at: datetime | str | None) -> str:
        """Write a time of day with seconds; a dash where there is none."""
        ...

    def full(self, at: datetime | str | None) -> str:
        """Write date and time; a dash where there is none."""
        ...

    def day(self, at: datetime | str | None) -> str:
        """Write a date; a dash where there is none."""
        ...

    def running(self, seconds: float | None) -> str:
        """Write seconds as m:ss, or h:mm:ss from an hour on."""
        ...

    def interval(self, low_s: float, high_s: float | None, middle_s: float) -> str:
        """Write an arrival in minutes: its middle, then its interval."""
        ...
