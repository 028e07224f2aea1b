"""Words on paper, in two scripts: which font shows which part, and in which inks.

Latin text is set in Helvetica, everything else in STSong-Light; both are fonts that
every reader of PDF brings, so none is embedded. ReportLab, which has no types and is
slow to import, is loaded with the first sheet.
"""

from functools import cache
from importlib import import_module
from typing import Any, Final, cast

LATIN, BOLD, SONG = "Helvetica", "Helvetica-Bold", "STSong-Light"
INK, FAINT, RULE, PALE, ALARM = "#14181d", "#56606b", "#9aa4af", "#eef1f4", "#9a3412"
"""Words, quiet words, lines, the ground of a heading, and what must not be missed."""
WIDE_FROM: Final = 0x2E80
"""From here on signs may stand at the end of a line without a space before them."""
_LATIN_CODES = "cp1252"
"""What Helvetica can show."""
_BEYOND = 0x10000
_UNSHOWN = "□"
"""Stands for signs that no font of ours has, such as emoji."""
_INSTEAD = str.maketrans({"\u202f": "\u00a0", "\u2212": "-"})
"""The space between thousands and the minus sign, which these fonts do not have."""


@cache
def reportlab(module: str) -> Any:
    """Return a module of ReportLab, with our fonts known to it."""
    fonts = cast("Any", import_module("reportlab.pdfbase.pdfmetrics"))
    if SONG not in fonts.getRegisteredFontNames():
        cid = cast("Any", import_module("reportlab.pdfbase.cidfonts"))
        fonts.registerFont(cid.UnicodeCIDFont(SONG))
    return cast("Any", import_module(f"reportlab.{module}"))


def runs(text: str) -> list[tuple[str, bool]]:
    """Cut text into (part, whether Helvetica has all of it), in order."""
    text = text.translate(_INSTEAD)
    if text.isascii():
        return [(text, True)] if text else []
    found: list[tuple[str, bool]] = []
    for sign in text:
        shown = sign if ord(sign) < _BEYOND else _UNSHOWN
        latin = _is_latin(shown)
        if found and (found[-1][1] == latin or shown == " "):
            found[-1] = (found[-1][0] + shown, found[-1][1])
        else:
            found.append((shown, latin))
    return found


def fonts_of(text: str, *, bold: bool = False) -> list[tuple[str, str]]:
    """Cut text into (part, the font that can show it), in order."""
    latin = BOLD if bold else LATIN
    return [(part, latin if has else SONG) for part, has in runs(text)]


@cache
def _is_latin(sign: str) -> bool:
    try:
        sign.encode(_LATIN_CODES)
    except UnicodeEncodeError:
        return False
    return True
