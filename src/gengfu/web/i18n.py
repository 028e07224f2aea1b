"""Languages: what the screens say, and how they write times and figures.

The strings live in ``locale/<language>.toml``, one dictionary per language with the
same keys in each; stages, moves, roles and errors come from the platform's dictionary
(`terms`). Pages get both through `Words`, scripts through a JSON data block.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from .terms import dictionary

LANGUAGES: Final = ("en", "zh")
DEFAULT_LANGUAGE: Final = "en"
LOCALE: Final = Path(__file__).parent / "locale"

_HOUR_S = 3600
_MINUTE_S = 60
_SAY_SECONDS_BELOW_S = 90
_SAY_MINUTES_BELOW_S = 5400


def _flatten(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, str):
            flat[name] = value
        else:
            flat |= _flatten(cast("Mapping[str, object]", value), name)
    return flat


@cache
def strings(language: str) -> Mapping[str, str]:
    """All strings of a language under dotted keys; the default one if unknown."""
    chosen = language if language in LANGUAGES else DEFAULT_LANGUAGE
    text = (LOCALE / f"{chosen}.toml").read_text(encoding="utf-8")
    return _flatten(dictionary(chosen)) | _flatten(tomllib.loads(text))


@dataclass(frozen=True, slots=True)
class Words:
    """One language and time zone: everything a template needs to speak."""

    language: str
    zone: tzinfo

    @property
    def strings(self) -> Mapping[str, str]:
        """Every string of the language, for the page's data block."""
        return strings(self.language)

    @property
    def html_language(self) -> str:
        """The value of the ``lang`` attribute."""
        return "zh-Hans" if self.language == "zh" else self.language

    def t(self, key: str, **parts: object) -> str:
        """Say the string of a key; the key itself where there is none."""
        text = self.strings.get(key, key)
        for name, value in parts.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def word(self, prefix: str, code: object) -> str:
        """Say a code, falling back to the code written as words."""
        plain = "" if code is None else str(code)
        spaced = plain.replace("_", " ").replace("-", " ")
        return self.strings.get(f"{prefix}.{plain}", spaced)

    def name(self, thing: object) -> str:
        """Say the name of a thing that has ``name`` and perhaps ``name_zh``."""
        return self._said(thing, "name")

    def text(self, thing: object) -> str:
        """Say the text of a thing that has ``text`` and perhaps ``text_zh``."""
        return self._said(thing, "text")

    def _said(self, thing: object, field: str) -> str:
        fields = (f"{field}_zh", field) if self.language == "zh" else (field,)
        for one in (*fields, "code", "id"):
            value = _part(thing, one)
            if value:
                return str(value)
        return ""

    def clock(self, at: datetime | str | None) -> str:
        """Write a time of day with seconds, 24 h; a dash where there is none."""
        moment = self._moment(at)
        return "–" if moment is None else f"{moment:%H:%M:%S}"

    def full(self, at: datetime | str | None) -> str:
        """Write date and time."""
        moment = self._moment(at)
        if moment is None:
            return "–"
        return f"{self.day(moment)} {moment:%H:%M:%S}"

    def day(self, at: datetime | str | None) -> str:
        """Write a date; a dash where there is none."""
        moment = self._moment(at)
        if moment is None:
            return "–"
        if self.language == "zh":
            return f"{moment:%Y年%m月%d日}"
        return f"{moment:%d %b %Y}"

    def _moment(self, at: datetime | str | None) -> datetime | None:
        if not at:
            return None
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return moment.astimezone(self.zone)

    def running(self, seconds: float | None) -> str:
        """Write seconds as m:ss, or h:mm:ss from an hour on."""
        if seconds is None:
            return "–"
        whole = abs(int(seconds))
        sign = "−" if seconds < 0 else ""
        hours, rest = divmod(whole, _HOUR_S)
        minutes, left = divmod(rest, _MINUTE_S)
        if hours:
            return f"{sign}{hours}:{minutes:02}:{left:02}"
        return f"{sign}{minutes}:{left:02}"

    def age(self, seconds: float | None) -> str:
        """Write an age in the largest unit that says it."""
        if seconds is None:
            return "–"
        if seconds < _SAY_SECONDS_BELOW_S:
            return f"{round(seconds)} {self.t('unit.second')}"
        if seconds < _SAY_MINUTES_BELOW_S:
            return f"{round(seconds / _MINUTE_S)} {self.t('unit.minute')}"
        return f"{round(seconds / _HOUR_S)} {self.t('unit.hour')}"

    def interval(self, low_s: float, high_s: float | None, middle_s: float) -> str:
        """Write an arrival in minutes, its middle first: ``4 min · 1–8``."""
        middle = f"{max(1, round(middle_s / _MINUTE_S))} {self.t('unit.minute')}"
        if high_s is None:
            return f"≈ {middle}"
        low = max(0, round(low_s / _MINUTE_S))
        high = max(low, 1, round(high_s / _MINUTE_S))
        return middle if low == high else f"{middle} · {low}–{high}"

    def percent(self, share: float, digits: int = 1) -> str:
        """Write a share of one in per cent."""
        return f"{100 * share:.{digits}f} %"


def words(language: str, timezone: str) -> Words:
    """Make the words of a language for a place; ZoneInfoNotFoundError if no such."""
    return Words(language, ZoneInfo(timezone))


def _part(thing: object, name: str) -> object:
    if isinstance(thing, Mapping):
        return cast("Mapping[str, object]", thing).get(name)
    return getattr(thing, name, None)
