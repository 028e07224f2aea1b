"""Figures as pages write them: as exact as they are known, no more."""

from gengfu.capabilities.safety_index.rules.document import HIDDEN, WITHHELD, Part

_TENTHS_TO = 100.0


def whole(number: float) -> str:
    """Write a whole number with a space between thousands, as both languages can."""
    return f"{round(number):,}".replace(",", "\u202f")


def decimal(number: float) -> str:
    """Write up to a tenth below a hundred, whole numbers above."""
    if abs(number) >= _TENTHS_TO:
        return whole(number)
    return f"{number:.1f}".removesuffix(".0")


def ratio(number: float) -> str:
    """Write a ratio with two decimals."""
    return f"{number:.2f}"


def share(number: float) -> str:
    """Write a share of one in per cent, without needless decimals."""
    return f"{100 * number:.1f}".removesuffix(".0")


def counted(part: Part) -> str:
    """Tell what kind of count a part has: a number, a small one, or none shown."""
    if part.events == HIDDEN:
        return "small"
    return "withheld" if part.events == WITHHELD else "number"
