"""How alike two reports are: in place, time, type, words, caller and street.

Words are compared by character n-grams, so that Chinese needs no word list and typing
errors cost little: Latin words give trigrams with their borders, Chinese gives single
characters and pairs. Similarity is Dice's (1945): twice the shared over the sum.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import exp, hypot, log, log1p

from .distances import apart_m

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_SHARPEST_M = 30.0
"""No location is taken to be better than this: people stand apart from events."""
_SLOW_MIN = 5.0
_MOST_COMPARED = 600
"""Characters: what happened is said at once, and what is compared is kept in memory."""

FEATURES = (
    "distance", "vague", "unplaced", "minutes", "affinity", "words", "worded",
    "callback", "same_street", "other_street", "together",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was reported: WGS 84, and how far off it may well be."""

    lon: float
    lat: float
    precision_m: float


@dataclass(frozen=True, slots=True)
class Report:
    """A call, or an open incident as last heard of.

    `callback_mark` is a keyed hash of the callback number, never the number. `street`
    is the name the gazetteer gives. `type` None is not yet known.
    """

    id: str
    at: datetime
    type: str | None = None
    domain: str | None = None
    spot: Spot | None = None
    words: str = ""
    callback_mark: str | None = None
    street: str | None = None


@dataclass(frozen=True, slots=True)
class Affinity:
    """How likely two types are chosen for one and the same event (0 to 1)."""

    pairs: Mapping[frozenset[str], float]
    domains: Mapping[frozenset[str], float]
    same_domain: float
    unknown: float

    def between(self, a: Report, b: Report) -> float:
        """Return the affinity of the types of two reports."""
        if a.type is None or b.type is None or "unknown" in (a.type, b.type):
            return self.unknown
        if a.type == b.type:
            return 1.0
        related = self.pairs.get(frozenset((a.type, b.type)))
        if related is not None:
            return related
        if a.domain == b.domain:
            return self.same_domain
        return self.domains.get(frozenset((a.domain or "", b.domain or "")), 0.0)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was measured between two reports, and the features made of it."""

    metres: float | None
    doubt_m: float
    minutes: float
    affinity: float
    words: float
    same_callback: bool
    same_street: bool | None
    features: tuple[float, ...]


@lru_cache(maxsize=2048)
def grams(words: str) -> frozenset[str]:
    """Cut words into character n-grams; of long texts the beginning counts."""
    words = words[:_MOST_COMPARED]
    found: set[str] = set()
    for run in _CHINESE.findall(words):
        found.update(run)
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    for word in _WORD.findall(_CHINESE.sub(" ", words.lower())):
        framed = f" {word} "
        found.update(framed[at : at + 3] for at in range(len(framed) - 2))
    return frozenset(found)


def word_similarity(a: str, b: str) -> float:
    """Dice similarity of two texts, 0 where either says nothing."""
    left, right = grams(a), grams(b)
    if not left or not right:
        return 0.0
    return 2.0 * len(left & right) / (len(left) + len(right))


def compare(draft: Report, other: Report, affinity: Affinity) -> Likeness:
    """Measure how alike two reports are.

    Features, in the order of `FEATURES`: distance is log(1 + d / s) with s the doubt
    of both locations together, vague log(s / 30 m); minutes log(1 + minutes / 5);
    together is affinity x closeness x recency, which lets evidence support itself.
    """
    metres, doubt = _apart(draft.spot, other.spot)
    minutes = abs((draft.at - other.at).total_seconds()) / 60.0
    close = affinity.between(draft, other)
    similar = word_similarity(draft.words, other.words)
    worded = bool(grams(draft.words)) and bool(grams(other.words))
    callback = draft.callback_mark is not None
    callback = callback and draft.callback_mark == other.callback_mark
    street = _same_street(draft.street, other.street)
    near = 0.0 if metres is None else exp(-metres / doubt)
    return Likeness(
        metres,
        doubt,
        minutes,
        close,
        similar,
        callback,
        street,
        (
            0.0 if metres is None else log1p(metres / doubt),
            0.0 if metres is None else log(doubt / _SHARPEST_M),
            float(metres is None),
            log1p(minutes / _SLOW_MIN),
            close,
            similar,
            float(worded),
            float(callback),
            float(street is True),
            float(street is False),
            close * near * exp(-minutes / 30.0),
        ),
    )


def _apart(a: Spot | None, b: Spot | None) -> tuple[float | None, float]:
    if a is None or b is None:
        return None, _SHARPEST_M
    doubt = hypot(a.precision_m, b.precision_m, _SHARPEST_M)
    return apart_m((a.lon, a.lat), (b.lon, b.lat)), doubt


def _same_street(a: str | None, b: str | None) -> bool | None:
    """Say whether the streets are the same; None where one is not known."""
    if not a or not b:
        return None
    return a.casefold() == b.casefold()
