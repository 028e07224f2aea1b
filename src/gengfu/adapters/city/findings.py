"""How a city pack says what is wrong: one line, naming file, layer, row and field."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gengfu.kernel import BadInput

LONGEST_NAME = 300
_SHOWN = 60
_CONTROLS = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # needed to write Persian and several Indian scripts

Progress = Callable[[str, float], None]
"""Called with a stage of :data:`STAGES` and the share of the build done, 0 to 1."""

STAGES: dict[str, tuple[str, str]] = {
    "roads": ("Reading roads", "读取道路"),
    "graph": ("Building the road graph", "建立路网"),
    "areas": ("Reading areas", "读取区域"),
    "posts": ("Reading posts and units", "读取岗点与单位"),
    "places": ("Reading places", "读取地名"),
    "basemap": ("Drawing the base map", "绘制底图"),
    "write": ("Writing the city pack", "写入城市包"),
    "done": ("City pack ready", "城市包已就绪"),
}


class Severity(StrEnum):
    """`error` makes a pack unfit for service; a `warning` is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a pack; `where` is the file and row."""

    severity: Severity
    code: str
    where: str
    en: str
    zh: str

    def line(self, language: str = "en") -> str:
        text = self.zh if language.startswith("zh") else self.en
        return f"{self.where}: {text}"


@dataclass(frozen=True, slots=True)
class Report:
    """What `check` found and what it counted."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]

    @property
    def ok(self) -> bool:
        """True when nothing found is an error."""
        return all(f.severity is not Severity.ERROR for f in self.findings)


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a source file, for the line that reports a fault there."""

    file: str
    layer: str = ""
    row: int | str | None = None
    field: str = ""

    def __str__(self) -> str:
        parts = [self.file]
        if self.layer:
            parts.append(f"layer {self.layer}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.field:
            parts.append(f"field {self.field}")
        return ", ".join(parts)

    def at(self, row: int | str | None = None, field: str = "") -> "Where":
        """Return the same file and layer, at this row and field."""
        return Where(self.file, self.layer, row, field)


def bad(where: Where | Path | str, what: str) -> BadInput:
    """Make the error for a fault at `where`; always a single printable line."""
    place = where.name if isinstance(where, Path) else str(where)
    return BadInput(f"{printable(place, 200)}: {printable(what, 400)}")


def printable(text: str, longest: int = _SHOWN) -> str:
    """Make `text` safe to print on one line: controls escaped, shortened."""
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii")
        for c in text[: longest + 1]
    )
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def clean_name(text: str, where: Where) -> str:
    """Return `text` in composed form without outer blanks.

    Raises BadInput for control and direction characters, for text that was decoded
    with the wrong encoding and for names longer than 300 characters.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if len(name) > LONGEST_NAME:
        raise bad(where, f"text of {len(name)} characters, at most {LONGEST_NAME}")
    if "\ufffd" in name:
        raise bad(where, f"wrong encoding: {printable(name)!r} cannot be decoded")
    for character in name:
        if character in _JOINERS:
            continue
        if unicodedata.category(character) in _CONTROLS:
            code = f"U+{ord(character):04X}"
            raise bad(where, f"control character {code} in text {printable(name)!r}")
    return name
