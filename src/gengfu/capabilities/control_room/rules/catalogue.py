"""Finding a type while the call taker types: letters, words, pinyin, with errors.

Ranking, best first: the two-letter key or code itself; a name or keyword typed in
full; one that begins with what was typed; a keyword found inside a longer sentence;
pinyin of the Chinese words, in full or by initials; words with typing errors. Equal
matches keep the order of the catalogue. Nothing is found rather than something
far-fetched: below `FEWEST_POINTS` a type is not offered.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Protocol, cast

from rapidfuzz import fuzz, process

from gengfu.kernel import NotFound, Said

from .types import IncidentType

EXACT, WHOLE, BEGINS, INSIDE, SOUNDS, FUZZY = 100.0, 95.0, 88.0, 84.0, 80.0, 75.0
FEWEST_POINTS = 50.0
_CLOSE_ENOUGH = 74.0
_FEWEST_FUZZY_LETTERS = 4
_FEWEST_INSIDE_LETTERS = 4
_WORD = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class _Pinyin(Protocol):
    def lazy_pinyin(self, hans: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A type that fits what was typed; `points` is 50 to 100."""

    kind: IncidentType
    points: float


@dataclass(frozen=True, slots=True)
class _Terms:
    keys: tuple[str, ...]
    latin: tuple[str, ...]
    chinese: tuple[str, ...]
    sounds: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All incident types of a city, in order, with the version of their data."""

    version: str
    kinds: tuple[IncidentType, ...]
    agencies: Mapping[str, Said]
    domains: Mapping[str, Said]

    def get(self, code: str) -> IncidentType:
        """Return the type with this code.

        Raises:
            NotFound: there is none.

        """
        found = self.by_code.get(code)
        if found is None:
            raise NotFound(f"no incident type {code!r}")
        return found

    @cached_property
    def by_code(self) -> Mapping[str, IncidentType]:
        """The types by code."""
        return {kind.code: kind for kind in self.kinds}

    def search(self, typed: str, most: int = 8) -> tuple[Hit, ...]:
        """Return the types that fit what was typed, best first."""
        text = " ".join(typed.lower().split())
        if not text:
            return ()
        points = [_points(text, terms) for terms in self._terms]
        for place, spelled in self._misspelt(text):
            points[place] = max(points[place], spelled)
        ranked = sorted(
            (-p, place) for place, p in enumerate(points) if p >= FEWEST_POINTS
        )
        return tuple(Hit(self.kinds[place], -p) for p, place in ranked[:most])

    @cached_property
    def _terms(self) -> tuple[_Terms, ...]:
        return tuple(_terms_of(kind) for kind in self.kinds)

    @cached_property
    def _terms_with(self) -> Mapping[str, tuple[tuple[int, tuple[str, ...]], ...]]:
        """For each Latin word, the terms that hold it, each with its type's place."""
        found: dict[str, dict[tuple[int, tuple[str, ...]], None]] = {}
        for place, terms in enumerate(self._terms):
            for term in terms.latin:
                words = tuple(term.split())
                for word in words:
                    found.setdefault(word, {})[place, words] = None
        return {word: tuple(terms) for word, terms in sorted(found.items())}

    def _misspelt(self, text: str) -> Iterator[tuple[int, float]]:
        """Types whose words look like those typed, with their points."""
        if _CHINESE.search(text):
            return
        close = _close_words(text, tuple(self._terms_with))
        alike = {word for words in close for word in words}
        terms = {term for word in alike for term in self._terms_with[word]}
        for place, words in terms:
            yield place, _fuzzy_points(words, close)


def _terms_of(kind: IncidentType) -> _Terms:
    # with its tables of phrases a quarter of a second to import
    pinyin = cast("_Pinyin", import_module("pypinyin"))
    chinese = (kind.name.zh, *kind.keywords_zh)
    latin = (kind.name.en, kind.code.replace("-", " "), *kind.keywords)
    sounds: list[str] = []
    for term in chinese:
        syllables = pinyin.lazy_pinyin("".join(_CHINESE.findall(term)))
        sounds += ["".join(syllables), "".join(s[0] for s in syllables if s)]
    return _Terms(
        keys=(kind.short.lower(), kind.code),
        latin=tuple(" ".join(_WORD.findall(term.lower())) for term in latin),
        chinese=chinese,
        sounds=tuple(dict.fromkeys(sounds)),
    )


def _points(text: str, terms: _Terms) -> float:
    if text in terms.keys:
        return EXACT
    if _CHINESE.search(text):
        return _chinese_points(text, terms.chinese)
    plain = " ".join(_WORD.findall(text))
    latin = max((_latin_points(plain, term) for term in terms.latin), default=0.0)
    return max(latin, _sound_points(text, terms.sounds))


def _chinese_points(text: str, terms: Iterable[str]) -> float:
    best = 0.0
    for term in terms:
        if text == term:
            return WHOLE
        if term.startswith(text):
            best = max(best, BEGINS)
        elif text in term or (term in text):
            # The longer the common part, the surer: 抢 alone says less than 抢劫.
            best = max(best, INSIDE + min(len(term), len(text)))
        else:
            shared = len(set(text) & set(term)) / len(set(term))
            best = max(best, FUZZY * shared if len(term) > 1 else 0.0)
    return best


def _latin_points(text: str, term: str) -> float:
    if not text:
        return 0.0
    if text == term:
        return WHOLE
    if term.startswith(text):
        return BEGINS + 5.0 * len(text) / len(term)
    if len(text) > 1 and f" {text}" in f" {term}":
        return INSIDE
    inside = len(term) >= _FEWEST_INSIDE_LETTERS and f" {term} " in f" {text} "
    return INSIDE + min(len(term), 10) / 3 if inside else 0.0


def _sound_points(text: str, sounds: Iterable[str]) -> float:
    joined = text.replace(" ", "")
    if len(joined) < len("ab"):
        return 0.0
    best = 0.0
    for sound in sounds:
        if joined == sound:
            return SOUNDS + 3.0
        if sound.startswith(joined):
            best = max(best, SOUNDS - 3.0 + 3.0 * len(joined) / len(sound))
    return best


def _close_words(text: str, known: Sequence[str]) -> list[dict[str, float]]:
    """For each word typed, the known words that look like it, with 0-100 points."""
    found: list[dict[str, float]] = []
    for word in _WORD.findall(text):
        if len(word) < _FEWEST_FUZZY_LETTERS:
            found.append({word: 100.0} if word in known else {})
            continue
        hits = process.extract(
            word, known, scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH, limit=10
        )
        found.append({hit[0]: hit[1] for hit in hits})
    return found


def _fuzzy_points(words: Sequence[str], close: Sequence[Mapping[str, float]]) -> float:
    """How well a term is covered by the words typed, in any order, with errors."""
    said = [max((c.get(w, 0.0) for c in close), default=0.0) for w in words]
    used = sum(any(c.get(w, 0.0) for w in words) for c in close) / len(close)
    covered = sum(said) / (100.0 * len(words))
    return FUZZY * (0.75 * covered + 0.25 * used)
