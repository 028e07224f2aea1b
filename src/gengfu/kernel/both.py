"""Words that the platform itself writes into a case: in English and Chinese at once.

What people write is kept as they wrote it. What the platform says (why a task was
withdrawn, why a priority is what it is) must be readable on every screen and on paper,
years later and whatever the dictionary has become; so both texts are kept, with a
character between them that no text from outside may hold.
"""

from dataclasses import dataclass

BETWEEN = "\x1f"
"""The unit separator of ASCII."""


def both(en: str, zh: str) -> str:
    """Keep the same words in English and in Chinese."""
    return f"{en}{BETWEEN}{zh}"


def half(words: str, language: str) -> str:
    """Return one language's words (`en` or `zh`); a person's words stay as they are."""
    en, between, zh = words.partition(BETWEEN)
    return zh if between and language == "zh" else en


@dataclass(frozen=True, slots=True)
class Said:
    """The same words in English and in Chinese."""

    en: str
    zh: str

    def fill(self, **figures: object) -> "Said":
        """Put figures into both texts; each `{name}` must be among them."""
        return Said(self.en.format(**figures), self.zh.format(**figures))

    def unfilled(self) -> "Said":
        """Return words that `fill` leaves as these are, braces and all."""
        return Said(_escaped(self.en), _escaped(self.zh))


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
