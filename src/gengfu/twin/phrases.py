"""Reads how callers put things from `phrases.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Manner:
    """How often a type of event happens, who calls, and what they say."""

    often: float
    further: float
    taken_for: list[str]
    details: dict[str, list[str]]
    phrases: dict[str, list[str]]


_TOLD = tomllib.loads(
    (Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8")
)
STREETS: dict[str, list[str]] = _TOLD["streets"]
MARKS: dict[str, list[str]] = _TOLD["marks"]
MANNERS = {code: Manner(**told) for code, told in _TOLD["types"].items()}
