"""The dictionary: every stage, move, role, purpose and error in English and Chinese.

`locale/terms.toml` is the one source; the API serves it and the reference page is made
from it. A test checks that everything installed has its words.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gengfu.kernel import Malformed

LANGUAGES = ("en", "zh")
TERMS = Path(__file__).parent / "locale" / "terms.toml"

type Words = Mapping[str, str]
"""Words by language."""


@lru_cache(maxsize=1)
def terms() -> Mapping[str, Words]:
    """Return words by dotted code, such as `error.stale` or `stage.unit.assigned`.

    Raises:
        Malformed: an entry lacks a language.

    """
    with TERMS.open("rb") as file:
        found = dict(_flat(tomllib.load(file), ""))
    for code, words in found.items():
        if lacking := [lang for lang in LANGUAGES if not words.get(lang)]:
            raise Malformed(f"terms.toml: {code} has no {lacking[0]}")
    return found


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Words]]:
    for code, inner in table.items():
        name = f"{prefix}{code}"
        if set(inner) <= set(LANGUAGES):
            yield name, inner
        else:
            yield from _flat(inner, f"{name}.")


@lru_cache(maxsize=len(LANGUAGES))
def dictionary(language: str) -> Mapping[str, Any]:
    """Return the words of one language, nested by section as in the file."""
    found: dict[str, Any] = {}
    for name, words in terms().items():
        *sections, code = name.split(".")
        table = found
        for section in sections:
            table = table.setdefault(section, {})
        table[code] = words[language]
    return found


def say(code: str, language: str) -> str:
    """Return the words for a dotted code, or its last part where there are none."""
    words = terms().get(code)
    return code.rpartition(".")[2] if words is None else words[language]


def language_of(chosen: str | None, accepted: str | None) -> str:
    """Return the language asked for: chosen before, else the header's best.

    Weights of an Accept-Language header count; what is not spoken here is passed over.
    """
    if chosen in LANGUAGES:
        return chosen
    best, weight = LANGUAGES[0], 0.0
    for part in (accepted or "").split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        language = tag.lower().split("-")[0]
        try:
            given = float(quality) if quality else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and given > weight:
            best, weight = language, given
    return best
