"""The dictionary: every stage, move, role, purpose and error in English and Chinese.

`locale/terms.toml` is the one source; the API serves it and the reference page is made
from it. A test checks that everything installed has its words.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from gengfu.kernel import Malformed

LANGUAGES = ("en", "zh")
TERMS = Path(__file__).parent / "locale" / "terms.toml"

type Words = Mapping[str, str]
"""Words by language."""


@lru_cache(maxsize=1)
def terms() -> Mapping[str, Mapping[str, Words]]:
    """Return words by section (`stage`, `move`, ...), then by code.

    Raises:
        Malformed: an entry lacks a language.

    """
    with TERMS.open("rb") as file:
        sections = tomllib.load(file)
    for section, entries in sections.items():
        for code, words in entries.items():
            if lacking := [lang for lang in LANGUAGES if not words.get(lang)]:
                raise Malformed(f"terms.toml: {section}.{code} has no {lacking[0]}")
    return sections


@lru_cache(maxsize=len(LANGUAGES))
def dictionary(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the words of one language by section and code."""
    return {
        section: {code: words[language] for code, words in entries.items()}
        for section, entries in terms().items()
    }


def say(section: str, code: str, language: str) -> str:
    """Return the words for a code, or the code itself where there are none."""
    return dictionary(language).get(section, {}).get(code, code)


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
