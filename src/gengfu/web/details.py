"""What a refusal says in another language than English.

Refusals are raised in English where a rule is broken, with what they are about filled
in. `locale/details.toml` has the same sentences in Chinese; what is filled in is taken
over, and codes among it are said in the dictionary's words.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from .terms import terms

DETAILS = Path(__file__).parent / "locale" / "details.toml"
GAP = "{}"
_SECTIONS = ("kind", "role", "purpose", "move", "stage")


@cache
def sentences() -> Mapping[str, str]:
    """Return Chinese sentences by English ones."""
    with DETAILS.open("rb") as file:
        return cast("dict[str, str]", tomllib.load(file))


def in_language(detail: str, language: str) -> str:
    """Return a refusal's words in a language; in English where it has no other."""
    return detail if language == "en" else _in_chinese(detail)


@lru_cache(maxsize=1000)
def _in_chinese(detail: str) -> str:
    for pattern, sentence in _patterns():
        if (found := pattern.fullmatch(detail)) is not None:
            return sentence.format(*map(_said, found.groups()))
    return detail


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what each sentence matches; those with most words of their own first."""
    by_words = sorted(
        sentences().items(), key=lambda one: len(one[0].replace(GAP, "")), reverse=True
    )
    return tuple(
        (re.compile("(.*?)".join(map(re.escape, en.split(GAP))), re.DOTALL), zh)
        for en, zh in by_words
    )


def _said(filled_in: str) -> str:
    """Say a code, or several with `or` between, where the dictionary knows them."""
    parts = filled_in.split(" or ")
    words = [_codes().get(part) for part in parts]
    return "或".join(w for w in words if w) if all(words) else filled_in


@cache
def _codes() -> Mapping[str, str]:
    """Return words by code; those with several meanings are left out."""
    found: dict[str, set[str]] = {}
    for name, words in terms().items():
        section, _, code = name.partition(".")
        if section in _SECTIONS:
            found.setdefault(code.rpartition(".")[2], set()).add(words["zh"])
    return {code: words.pop() for code, words in found.items() if len(words) == 1}
