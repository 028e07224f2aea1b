"""A4 pages as PDF, drawn shape by shape.

Places are in millimetres from the upper left corner. The same calls give the same
bytes: no clock and no chance goes into a file.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Literal

from gengfu.surface import paper

WIDE, HIGH = 210.0, 297.0
_MM = 72 / 25.4
_POINT = 25.4 / 72
_CLOSING = "，。；：、！？）】》”’"
"""Signs that may not begin a line."""
LEADING = 1.42

type Align = Literal["left", "right", "middle"]


class Press:
    """One document, drawn page by page."""

    def __init__(self, title: str, language: str) -> None:
        self._out = BytesIO()
        self._canvas = paper.reportlab("pdfgen.canvas").Canvas(
            self._out,
            pagesize=(WIDE * _MM, HIGH * _MM),
            invariant=1,
            lang="zh-Hans" if language == "zh" else language,
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("Gengfu")
        self._canvas.setCreator("Gengfu")

    def next_page(self) -> None:
        """Begin a new page."""
        self._canvas.showPage()

    def pdf(self) -> bytes:
        """Close the document and return it."""
        self._canvas.save()
        return self._out.getvalue()

    # -- words ----------------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 9,
        *,
        ink: str = paper.INK,
        bold: bool = False,
        align: Align = "left",
        most: float = 0,
    ) -> float:
        """Set one line with its foot at `y`, cut at `most`; return its width."""
        if most and self.width(words, size, bold=bold) > most:
            while words and self.width(f"{words}…", size, bold=bold) > most:
                words = words[:-1]
            words = f"{words.rstrip()}…"
        wide = self.width(words, size, bold=bold)
        at = x - {"left": 0.0, "right": wide, "middle": wide / 2}[align]
        self._canvas.setFillColor(ink)
        for part, font in paper.fonts_of(words, bold=bold):
            self._canvas.setFont(font, size)
            self._canvas.drawString(at * _MM, (HIGH - y) * _MM, part)
            at += self._canvas.stringWidth(part, font, size) * _POINT
        return wide

    def width(self, words: str, size: float, *, bold: bool = False) -> float:
        """Return how wide a line is."""
        parts = paper.fonts_of(words, bold=bold)
        return _POINT * sum(self._canvas.stringWidth(p, f, size) for p, f in parts)

    def paragraph(
        self,
        x: float,
        y: float,
        wide: float,
        words: str,
        size: float = 9,
        *,
        ink: str = paper.INK,
        most_lines: int = 99,
    ) -> float:
        """Set words in lines below `y`; return where the next thing may stand."""
        step = size * LEADING * _POINT
        lines = self.lines(words, wide, size)
        if len(lines) > most_lines:
            lines = [*lines[: most_lines - 1], f"{lines[most_lines - 1]}…"]
        for line in lines:
            y += step
            self.text(x, y, line, size, ink=ink)
        return y

    def lines(self, words: str, wide: float, size: float) -> list[str]:
        """Break words into lines: at spaces, and between Chinese characters."""
        lines = [""]
        for piece in _pieces(words):
            fits = self.width(lines[-1] + piece.rstrip(), size) <= wide
            if fits or not lines[-1] or piece in _CLOSING:
                lines[-1] += piece
            else:
                lines[-1] = lines[-1].rstrip()
                lines.append(piece.lstrip())
        return lines

    # -- shapes ---------------------------------------------------------------------

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        ink: str,
        thick: float = 0.2,
        *,
        dashed: bool = False,
    ) -> None:
        """Draw a straight line `thick` millimetres thick."""
        self._canvas.setStrokeColor(ink)
        self._canvas.setLineWidth(thick * _MM)
        self._canvas.setDash(*(((1.5, 1.5), 0) if dashed else ((), 0)))
        (x, y), (to_x, to_y) = start, end
        self._canvas.line(x * _MM, (HIGH - y) * _MM, to_x * _MM, (HIGH - to_y) * _MM)
        self._canvas.setDash((), 0)

    def shape(
        self,
        rings: Sequence[Sequence[tuple[float, float]]],
        fill: str,
        edge: str = "",
        thick: float = 0.15,
    ) -> None:
        """Fill polygons; rings within rings are holes."""
        path = self._canvas.beginPath()
        for ring in rings:
            for at, (x, y) in enumerate(ring):
                draw = path.lineTo if at else path.moveTo
                draw(x * _MM, (HIGH - y) * _MM)
            path.close()
        self._canvas.setFillColor(fill)
        if edge:
            self._canvas.setStrokeColor(edge)
            self._canvas.setLineWidth(thick * _MM)
        self._canvas.drawPath(path, stroke=int(bool(edge)), fill=1, fillMode=0)

    def box(
        self, x: float, y: float, wide: float, high: float, fill: str, edge: str = ""
    ) -> None:
        """Fill a rectangle whose upper left corner is given."""
        right, below = x + wide, y + high
        self.shape([[(x, y), (right, y), (right, below), (x, below)]], fill, edge)

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        """Fill a circle."""
        self._canvas.setFillColor(fill)
        self._canvas.circle(x * _MM, (HIGH - y) * _MM, radius * _MM, stroke=0, fill=1)


def _pieces(words: str) -> Iterator[str]:
    """Yield what may not be broken: words with their space, single Chinese signs."""
    word = ""
    for sign in words:
        if ord(sign) >= paper.WIDE_FROM:
            if word:
                yield word
            word = ""
            yield sign
        else:
            word += sign
            if sign == " ":
                yield word
                word = ""
    if word:
        yield word
