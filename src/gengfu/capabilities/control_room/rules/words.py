"""Everything a person reads is said twice: in English and in Chinese."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """The same words in English and in Chinese."""

    en: str
    zh: str

    def fill(self, **figures: object) -> "Said":
        """Put figures into both texts; each `{name}` must be among them."""
        return Said(self.en.format(**figures), self.zh.format(**figures))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule came out as it did: a stable code, words, and its figures.

    Codes are for programs and tests, words for people; figures carry their unit in
    their name (`seconds`, `metres`, `share`) and are JSON numbers or text.
    """

    code: str
    said: Said
    figures: tuple[tuple[str, float | str], ...] = ()

    def figure(self, name: str) -> float | str:
        """Return one figure by name; KeyError where there is none."""
        return dict(self.figures)[name]


def reason(code: str, said: Said, **figures: float | str) -> Reason:
    """Make a reason whose words are filled with its own figures."""
    return Reason(code, said.fill(**figures), tuple(figures.items()))
