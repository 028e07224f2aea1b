"""Chinese names as people type them on a Latin keyboard.

A name answers to its syllables ("zhong shan lu"), to all of them run together and to
their initials ("zsl"). Tones are left out. Characters with one reading are looked up
once and remembered; a name that holds a character of several readings is read as a
whole, so that phrases decide (重庆 is chong qing).
"""

from functools import cache, lru_cache
from typing import Protocol, cast

import pypinyin


class _Reader(Protocol):
    """The part of pypinyin that is used, with its types."""

    def lazy_pinyin(self, hans: str, *, errors: str) -> list[str]: ...

    def pinyin(
        self, hans: str, *, style: object, heteronym: bool, errors: str
    ) -> list[list[str]]: ...


_reader = cast("_Reader", pypinyin)
_NORMAL: object = pypinyin.Style.NORMAL
_LONGEST_SYLLABLE = 6


@cache
def _readings(character: str) -> tuple[str, ...]:
    """Toneless readings of one character, in the order of the dictionary."""
    found = _reader.pinyin(character, style=_NORMAL, heteronym=True, errors="ignore")
    plain = [reading.replace("ü", "v") for reading in found[0]] if found else []
    return tuple(dict.fromkeys(plain))


@lru_cache(maxsize=65_536)
def _whole(name: str) -> tuple[str, ...]:
    return tuple(_reader.lazy_pinyin(name, errors="ignore"))


def syllables(characters: str) -> tuple[str, ...]:
    """Syllables of a run of Chinese characters, one each, without tones."""
    readings = [_readings(character) for character in characters]
    if all(len(choice) == 1 for choice in readings):
        return tuple(choice[0] for choice in readings)
    whole = _whole(characters)
    if len(whole) == len(characters):
        return whole
    return tuple(choice[0] for choice in readings if choice)


def initials(spoken: tuple[str, ...]) -> str:
    """First letters, as typed in a hurry: ("zhong", "shan", "lu") -> "zsl"."""
    return "".join(syllable[0] for syllable in spoken)


def split_syllables(letters: str, known: frozenset[str]) -> list[str] | None:
    """Cut letters run together into known syllables; the last may be unfinished.

    Longest first with backing up ("xian" is tried before "xi" + "an"). None when the
    letters cannot be read so, or are one syllable only.
    """
    failed: set[int] = set()

    def cut(start: int) -> list[str] | None:
        if start == len(letters):
            return []
        if start in failed:
            return None
        for size in range(min(_LONGEST_SYLLABLE, len(letters) - start), 0, -1):
            piece = letters[start : start + size]
            if piece in known:
                rest = cut(start + size)
                if rest is not None:
                    return [piece, *rest]
        failed.add(start)
        rest_of_word = letters[start:]
        if len(rest_of_word) < _LONGEST_SYLLABLE and any(
            syllable.startswith(rest_of_word) for syllable in known
        ):
            return [rest_of_word]
        return None

    pieces = cut(0)
    return pieces if pieces and len(pieces) > 1 else None
