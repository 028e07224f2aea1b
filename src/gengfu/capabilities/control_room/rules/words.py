"""Everything a person reads is said twice: in English and in Chinese."""

from typing import NamedTuple

from gengfu.kernel import Said


class Reason(NamedTuple):
    """Why a rule came out as it did: a stable code, words, and its figures.

    Codes are for programs and tests, words for people; figures carry their unit in
    their name (`seconds`, `metres`, `share`) and are JSON numbers or text. `words`
    name figures in braces; they are filled in when somebody reads them (`said`).
    """

    code: str
    words: Said
    figures: tuple[tuple[str, float | str], ...] = ()

    @property
    def said(self) -> Said:
        """The words with their figures."""
        return self.words.fill(**dict(self.figures))

    def figure(self, name: str) -> float | str:
        """Return one figure by name; KeyError where there is none."""
        return dict(self.figures)[name]


def reason(code: str, words: Said, **figures: float | str) -> Reason:
    """Make a reason whose words are filled with its own figures."""
    return Reason(code, words, tuple(figures.items()))
