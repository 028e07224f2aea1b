"""The word index behind the gazetteer: a query to scored rows, in milliseconds.

Each word of a query is looked up among the words of all names: exactly, as a prefix, as
an abbreviation, as a figure, and with typing errors. Errors are found by a sieve before
they are measured: a word that lacks more of the query's letters than the allowed number
of edits cannot match (bit masks over letters, one vectorised pass), and only what is
left is compared by optimal string alignment distance (rapidfuzz). Unfinished words with
an error are looked up by their few hundred possible corrections. Names then collect
weight from their matching words (rarer words weigh more, as in inverse document
frequency), and the best few hundred are compared as whole strings.

When words do not help ("vanness" for "Van Ness"), letter pairs of the whole name do:
256-bit signatures, again sieved in one pass.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from string import ascii_lowercase
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from gengfu.adapters.city import pinyin
from gengfu.adapters.city.gazetteer_text import (
    ABBREVIATIONS,
    FILLER,
    GENERIC,
    folded,
    has_cjk,
    number_of,
    tokens,
)

_RERANKED = 160
_SIGNATURE_WORDS = 4
_BITS = 64 * _SIGNATURE_WORDS
_LONGEST_TOKEN = 24
_LONG_WORD = 6
_SHORTEST_WITH_ERROR = 3
_MOST_QUERY_WORDS = 12
_GOOD_ENOUGH = 0.82
_PRIOR_WEIGHT = 0.05
_LEAST_BY_WORDS = 0.3
_LEAST_BY_PAIRS = 0.5


@dataclass(frozen=True, slots=True)
class _Match:
    """Vocabulary words that a query word may mean, worst first, with likeness."""

    words: NDArray[np.int64]
    likeness: NDArray[np.float32]
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """One row of the index that fits a query, with its score in 0..1."""

    row: int
    score: float


def one_slip_away(word: str) -> set[str]:
    """Everything one slip of the finger makes of a word of plain letters."""
    slips: set[str] = set()
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        slips.update(before + letter + after for letter in ascii_lowercase)
        if after:
            slips.add(before + after[1:])
            slips.update(before + letter + after[1:] for letter in ascii_lowercase)
        if len(after) > 1:
            slips.add(before + after[1] + after[0] + after[2:])
    return slips - {word}


def _letter_bits(texts: Sequence[str]) -> NDArray[np.uint64]:
    """One bit per kind of letter in each text; no text is empty."""
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    if not len(texts):
        return np.zeros(0, np.uint64)
    points = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
    bits = np.left_shift(np.uint64(1), points.astype(np.uint64) % np.uint64(61))
    return np.bitwise_or.reduceat(bits, np.cumsum(lengths) - lengths)


def _word_pairs(words: Sequence[str]) -> NDArray[np.uint64]:
    """64-bit signature of the letter pairs of each word."""
    return np.bitwise_or.reduce(_pair_bits(words), axis=1)


def _pair_bits(texts: Sequence[str]) -> NDArray[np.uint64]:
    """256-bit signature of the letter pairs of each text, (n, 4)."""
    size = len(texts)
    lengths = np.fromiter((len(t) + 1 for t in texts), np.int64, size)
    joined = "".join(t + "\0" for t in texts)
    points = np.frombuffer(joined.encode("utf-32-le"), np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(size), lengths)
    pairs = (points[:-1] * np.uint64(31) + points[1:] * np.uint64(17)) % np.uint64(
        _BITS
    )
    inside = (points[:-1] != 0) & (points[1:] != 0)
    marked = np.zeros(size * _BITS, np.bool_)
    marked[owner[:-1][inside] * _BITS + pairs[inside].astype(np.int64)] = True
    return np.packbits(marked.reshape(size, _BITS), axis=1).view(np.uint64)


def _edits_allowed(length: int) -> int:
    if length < _SHORTEST_WITH_ERROR:
        return 0
    return 1 if length < _LONG_WORD else 2


class NameIndex:
    """Names to find; row numbers are positions in what it was built from.

    `names[i]` holds every spelling of row i (its name, its Chinese name).
    `priors[i]` in 0..1 breaks ties: what is asked for more often comes first.
    """

    def __init__(
        self, names: Sequence[Sequence[str]], priors: NDArray[np.float32]
    ) -> None:
        self._spellings: list[str] = []
        self._compact: list[str] = []
        self._chinese: dict[int, str] = {}
        self._spoken: dict[int, tuple[str, str]] = {}
        self._priors = priors.astype(np.float32)
        syllables: set[str] = set()
        word_numbers: dict[str, int] = {}
        owners: list[int] = []
        owned: list[int] = []
        for row, spellings in enumerate(names):
            words: dict[str, None] = {}
            read: list[str] = []
            for spelling in spellings:
                parts = tokens(folded(spelling))
                read = read or parts
                words |= dict.fromkeys(parts)
                if has_cjk(spelling):
                    words |= self._read_chinese(row, spelling, syllables)
            self._spellings.append(" ".join(read))
            self._compact.append("".join(read))
            owned.extend(
                word_numbers.setdefault(word, len(word_numbers)) for word in words
            )
            owners.extend([row] * len(words))
        self._syllables = frozenset(syllables)
        self._set_words(word_numbers, np.array(owned, np.int64), np.array(owners))
        self._pairs = _pair_bits(self._compact)
        self._rarest = log(1.0 + len(names))

    def __len__(self) -> int:
        """Rows in the index."""
        return len(self._spellings)

    def _read_chinese(
        self, row: int, name: str, syllables: set[str]
    ) -> dict[str, None]:
        read = tokens(folded(name))
        characters = "".join(token for token in read if has_cjk(token))
        spoken = pinyin.syllables(characters)
        syllables.update(spoken)
        whole, short = "".join(spoken), pinyin.initials(spoken)
        self._chinese[row] = " ".join(read)
        if len(characters) == len(read):
            self._spoken[row] = (whole, short)
        return dict.fromkeys(filter(None, (*spoken, whole, short)))

    def _set_words(
        self,
        numbers: dict[str, int],
        owned: NDArray[np.int64],
        owners: NDArray[np.int64],
    ) -> None:
        self._words = sorted(numbers)
        self._word_at = {word: place for place, word in enumerate(self._words)}
        place_of = np.empty(len(numbers), np.int64)
        for word, number in numbers.items():
            place_of[number] = self._word_at[word]
        places = place_of[owned] if len(owned) else owned
        order = np.argsort(places, kind="stable")
        self._owners = owners[order].astype(np.int32)
        counts = np.bincount(places, minlength=len(self._words))
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._lengths = np.fromiter(
            (len(word) for word in self._words), np.int64, len(self._words)
        )
        self._letters = _letter_bits(self._words)
        self._word_pairs = _word_pairs(self._words)
        self._figures: dict[str, list[int]] = {}
        for place, word in enumerate(self._words):
            figure = number_of(word)
            if figure is not None:
                self._figures.setdefault(figure, []).append(place)

    # -- one word ---------------------------------------------------------------

    def _match(self, word: str, *, last: bool) -> _Match:
        figure = number_of(word)
        found: dict[int, float] = {}
        if figure is None or last:
            found = self._beginnings(word, 1.0 if last else 0.92)

        def note(place: int, likeness: float) -> None:
            if likeness > found.get(place, 0.0):
                found[place] = likeness

        for other in self._word_at.keys() & ABBREVIATIONS.get(word, frozenset()):
            note(self._word_at[other], 0.95)
        for place in self._figures.get(figure, ()) if figure else ():
            note(place, 0.97)
        if has_cjk(word):
            self._match_sound(word, note)
        elif figure is None:
            self._match_errors(word, last=last, note=note)
        exact = self._word_at.get(word)
        if exact is not None:
            note(exact, 1.0)
        return self._weighed(word, found)

    def _beginnings(self, word: str, scale: float) -> dict[int, float]:
        low = bisect_left(self._words, word)
        high = bisect_left(self._words, word + "\U0010ffff", lo=low)
        likeness = scale * (0.7 + 0.25 * len(word) / self._lengths[low:high])
        return dict(zip(range(low, high), likeness.tolist(), strict=True))

    def _match_sound(self, character: str, note: "_Note") -> None:
        """Match a character typed for another of its sound (钟山路 for 中山路)."""
        for syllable in pinyin.syllables(character):
            place = self._word_at.get(syllable)
            if place is not None:
                note(place, 0.7)

    def _match_errors(self, word: str, *, last: bool, note: "_Note") -> None:
        size = len(word)
        edits = _edits_allowed(size)
        if not edits:
            return
        own, own_pairs = _letter_bits([word])[0], _word_pairs([word])[0]
        near = np.abs(self._lengths - size) <= edits
        near &= np.bitwise_count(own & ~self._letters) <= edits
        near &= np.bitwise_count(self._letters & ~own) <= edits
        # An edit breaks at most three letter pairs (a swap in the middle of a word).
        near &= np.bitwise_count(own_pairs & ~self._word_pairs) <= 3 * edits
        self._measure(word, np.flatnonzero(near), edits, note)
        if last and size > _SHORTEST_WITH_ERROR and word.isascii():
            self._match_begun_wrongly(word, note)

    def _match_begun_wrongly(self, word: str, note: "_Note") -> None:
        """Find words that begin with something one slip away from what was typed."""
        size, words = len(word), self._words
        kept = 1.0 - 1.0 / size
        for slip in one_slip_away(word):
            place = bisect_left(words, slip)
            while place < len(words) and words[place].startswith(slip):
                begun = min(1.0, size / len(words[place]))
                note(place, kept * (0.7 + 0.25 * begun))
                place += 1

    def _measure(
        self, word: str, places: NDArray[np.int64], edits: int, note: "_Note"
    ) -> None:
        if not len(places):
            return
        listed: list[int] = places.tolist()
        choices = [self._words[place] for place in listed]
        distances = cdist(
            [word], choices, scorer=OSA.distance, score_cutoff=edits, dtype=np.uint8
        )[0]
        kept: list[int] = np.flatnonzero(distances <= edits).tolist()
        for at in kept:
            place, distance = listed[at], int(distances[at])
            longer = max(len(word), len(self._words[place]))
            note(place, 0.97 * (1.0 - distance / longer))

    def _weighed(self, word: str, found: dict[int, float]) -> _Match:
        places = np.fromiter(found, np.int64, len(found))
        likeness = np.fromiter(found.values(), np.float32, len(found))
        order = np.argsort(likeness, kind="stable")
        places, likeness = places[order], likeness[order]
        if len(places):
            held = self._starts[places + 1] - self._starts[places]
            same = likeness >= likeness[-1] - np.float32(0.02)
            weight = log(1.0 + len(self) / float(held[same].sum()))
        else:
            weight = 0.8 * self._rarest
        if word in GENERIC:
            weight *= 0.4
        elif word in FILLER:
            weight *= 0.25
        return _Match(places, likeness, max(weight, 0.05))

    # -- a whole query ----------------------------------------------------------

    def search(
        self, text: str, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[Scored]:
        """Rows that fit a text best, best first.

        Args:
            text: as typed; folded here.
            limit: most rows to return.
            allowed: which rows may be returned; None for all.

        Returns:
            At most `limit` rows with scores in 0..1, ties broken by prior, then row.

        """
        words = [word[:_LONGEST_TOKEN] for word in tokens(folded(text))]
        words = words[:_MOST_QUERY_WORDS]
        if not words or not len(self):
            return []
        scores = self._by_words(words, allowed)
        best = max(scores.values(), default=0.0)
        joined = "".join(words)
        if best < _GOOD_ENOUGH and self._syllables and joined.isascii():
            spoken = pinyin.split_syllables(joined, self._syllables)
            if spoken and spoken != words:
                for row, score in self._by_words(spoken, allowed).items():
                    scores[row] = max(scores.get(row, 0.0), 0.97 * score)
        distinct = any(word not in GENERIC and not word[0].isdigit() for word in words)
        if best < _GOOD_ENOUGH and distinct and len(joined) > _SHORTEST_WITH_ERROR:
            for row, score in self._by_pairs(joined, allowed).items():
                scores[row] = max(scores.get(row, 0.0), score)
        ranked = sorted(
            scores.items(),
            key=lambda item: (-round(item[1], 5), -self._priors[item[0]], item[0]),
        )
        return [Scored(row, score) for row, score in ranked[:limit]]

    def _by_words(
        self, words: list[str], allowed: NDArray[np.bool_] | None
    ) -> dict[int, float]:
        total = np.zeros(len(self), np.float32)
        weights = 0.0
        distinct = any(w not in GENERIC and not w[0].isdigit() for w in words)
        for position, word in enumerate(words):
            match = self._match(word, last=position == len(words) - 1)
            if not len(match.words) and word[0].isdigit():
                # A house number is not in any name; that of a numbered road must be.
                match = replace(match, weight=self._rarest * (0.12 if distinct else 1))
            weights += match.weight
            self._add(total, match)
        total /= np.float32(weights)
        if allowed is not None:
            total[~allowed] = 0.0
        best = float(total.max())
        if best < _LEAST_BY_WORDS:
            return {}
        total += np.float32(_PRIOR_WEIGHT) * self._priors * (total > 0)
        rows = np.flatnonzero(total >= 0.72 * best)
        if len(rows) > _RERANKED:
            top = np.argpartition(-total[rows], _RERANKED)[:_RERANKED]
            rows = np.sort(rows[top])
        return self._compared(words, rows, total[rows])

    def _add(self, total: NDArray[np.float32], match: _Match) -> None:
        if not len(match.words):
            return
        starts = self._starts[match.words]
        sizes = self._starts[match.words + 1] - starts
        ends = np.cumsum(sizes)
        begins = ends - sizes
        shift = np.repeat(starts - begins, sizes)
        rows = self._owners[np.arange(int(ends[-1])) + shift]
        gained = np.zeros(len(total), np.float32)
        # Worst first: where a row is named twice the last, best likeness stays.
        gained[rows] = np.repeat(match.likeness, sizes)
        total += np.float32(match.weight) * gained

    def _compared(
        self, words: list[str], rows: NDArray[np.int64], bases: NDArray[np.float32]
    ) -> dict[int, float]:
        """Mix word scores with the likeness of the whole strings."""
        text = " ".join(words)
        listed: list[int] = rows.tolist()
        names = [self._spellings[row] for row in listed]
        if has_cjk(text):
            names = [self._chinese.get(row, self._spellings[row]) for row in listed]
        like = self._likeness(text, names)
        compact = "".join(words)
        scores: dict[int, float] = {}
        for row, base, whole in zip(
            rows.tolist(), bases.tolist(), like.tolist(), strict=True
        ):
            spoken = self._spoken.get(row)
            likeness = (
                max(whole, _spoken_likeness(compact, spoken)) if spoken else whole
            )
            scores[row] = min(0.73 * base + 0.24 * likeness, 1.0)
        return scores

    @staticmethod
    def _likeness(text: str, names: list[str]) -> NDArray[np.float64]:
        whole = cdist([text], names, scorer=OSA.normalized_similarity)[0]
        begun = [name[: len(text)] for name in names]
        start = cdist([text], begun, scorer=OSA.normalized_similarity)[0]
        return np.maximum(whole, 0.9 * start).astype(np.float64)

    def _by_pairs(
        self, joined: str, allowed: NDArray[np.bool_] | None
    ) -> dict[int, float]:
        own = _pair_bits([joined])[0]
        count = int(np.bitwise_count(own).sum())
        if not count:
            return {}
        shared = np.bitwise_count(self._pairs & own).sum(axis=1, dtype=np.int32)
        if allowed is not None:
            shared = np.where(allowed, shared, 0)
        rows = np.flatnonzero(shared >= max(2, round(0.5 * count)))
        if len(rows) > _RERANKED:
            keys = -shared[rows].astype(np.float32) - self._priors[rows]
            rows = np.sort(rows[np.argpartition(keys, _RERANKED)[:_RERANKED]])
        like = self._likeness(joined, [self._compact[row] for row in rows.tolist()])
        return {
            row: 0.93 * score
            for row, score in zip(rows.tolist(), like.tolist(), strict=True)
            if score > _LEAST_BY_PAIRS
        }


def _spoken_likeness(typed: str, spoken: tuple[str, str]) -> float:
    whole, short = spoken
    if typed in (whole, short):
        return 1.0 if typed == whole else 0.95
    if whole.startswith(typed):
        return 0.75 + 0.2 * len(typed) / len(whole)
    return 0.7 if short.startswith(typed) else 0.0


class _Note(Protocol):
    """Callback type of the matchers: keep the best likeness of a word."""

    def __call__(self, place: int, likeness: float) -> None: ...
