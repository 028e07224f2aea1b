"""Sheets of paper: headings, tables and words on A4, as PDF, by ReportLab."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, Literal
from xml.sax.saxutils import escape

from gengfu.surface.paper import (
    ALARM,
    BOLD,
    FAINT,
    INK,
    LATIN,
    PALE,
    RULE,
    SONG,
    WIDE_FROM,
    reportlab,
    runs,
)

_SIDE_MM, _TOP_MM, _FOOT_MM, _WIDTH_MM = 16.0, 24.0, 19.0, 178.0
_BODY, _SMALL, _HEADING = 9.0, 8.0, 7.6
_SHORT = 10
"""Tables of so many rows stay on one page."""

type Align = Literal["LEFT", "RIGHT"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; widths of a table's columns count against each other."""

    title: str
    width: float
    align: Align = "LEFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """What stands on every page: two corners above, one below, and a mark."""

    left: str
    right: str
    foot: str
    page: str
    """Holds `{page}` and `{pages}`."""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Kit:
    """The parts of ReportLab in use."""

    platypus: Any
    style: Any
    colour: Any
    mm: float
    a4: tuple[float, float]


@cache
def _kit() -> _Kit:
    return _Kit(
        reportlab("platypus"),
        reportlab("lib.styles").ParagraphStyle,
        reportlab("lib.colors").HexColor,
        float(reportlab("lib.units").mm),
        reportlab("lib.pagesizes").A4,
    )


def marked(text: str) -> str:
    """Return text in ReportLab's markup, each part in a font that can show it."""
    return "".join(
        escape(part) if latin else f'<font name="{SONG}">{escape(part)}</font>'
        for part, latin in runs(text)
    )


@dataclass
class Sheet:
    """One document, put together from above to below."""

    title: str
    language: str
    edges: Edges
    parts: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])

    def headline(self, over: str, text: str, under: Sequence[str]) -> None:
        """Put the headline: a line above it, the words, lines below it."""
        self.parts.append(("headline", (over, text, tuple(under))))

    def section(self, title: str) -> None:
        """Begin a section; its heading stays with what follows."""
        self.parts.append(("section", title))

    def words(self, text: str, *, quiet: bool = False, keep: bool = False) -> None:
        """Put a paragraph; line breaks in it are kept, `keep` with what follows."""
        self.parts.append(("words", (text, quiet, keep)))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Put a table whose heading is repeated on every page it runs over."""
        self.parts.append(("table", (tuple(columns), tuple(map(tuple, rows)))))

    def signature(self, words: str, labels: Sequence[str]) -> None:
        """Leave lines to sign on, under what is signed, on one page."""
        self.parts.append(("signature", (words, tuple(labels))))

    def pdf(self) -> bytes:
        """Return the document; set twice, as each page says how many there are."""
        pages, _ = self._set(0)
        return self._set(pages)[1]

    def _set(self, pages: int) -> tuple[int, bytes]:
        kit = _kit()
        out = BytesIO()
        document = kit.platypus.BaseDocTemplate(
            out,
            pagesize=kit.a4,
            title=self.title,
            author="Gengfu",
            creator="Gengfu",
            lang="zh-Hans" if self.language == "zh" else self.language,
        )

        def drawn(canvas: Any, laid: Any) -> None:
            self._draw_edges(canvas, int(laid.page), pages)

        width, height = kit.a4
        frame = kit.platypus.Frame(
            _SIDE_MM * kit.mm,
            _FOOT_MM * kit.mm,
            width - 2 * _SIDE_MM * kit.mm,
            height - (_TOP_MM + _FOOT_MM) * kit.mm,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        page = kit.platypus.PageTemplate(frames=[frame], onPage=drawn)
        document.addPageTemplates([page])
        document.build(self._flow())
        return int(document.page), out.getvalue()

    # -- what stands on the page ----------------------------------------------------

    def _flow(self) -> list[Any]:
        kit = _kit()
        flow: list[Any] = []
        for kind, value in self.parts:
            match kind:
                case "headline":
                    flow += self._headline(*value)
                case "section":
                    flow.append(self._paragraph(value, 11.5, BOLD, 9, 3, keep=True))
                case "words":
                    text, quiet, keep = value
                    flow.append(self._paragraph(text, after=3, faint=quiet, keep=keep))
                case "table":
                    flow.append(self._table(*value))
                case _:
                    flow.append(kit.platypus.KeepTogether(self._lines_to_sign(*value)))
        return flow

    def _headline(self, over: str, text: str, under: Sequence[str]) -> list[Any]:
        lines = [self._paragraph(over, faint=True, after=1)]
        lines.append(self._paragraph(text, 18, BOLD, after=3))
        lines += [self._paragraph(line, 10.5, after=1) for line in under]
        return lines

    def _paragraph(
        self,
        text: str,
        size: float = _BODY,
        font: str = LATIN,
        before: float = 0,
        after: float = 0,
        *,
        faint: bool = False,
        keep: bool = False,
        align: Align = "LEFT",
    ) -> Any:
        kit = _kit()
        wide = any(ord(sign) >= WIDE_FROM for sign in text)
        style = kit.style(
            "words",
            fontName=font,
            fontSize=size,
            leading=size * 1.36,
            textColor=kit.colour(FAINT if faint else INK),
            spaceBefore=before,
            spaceAfter=after,
            keepWithNext=keep,
            alignment={"LEFT": 0, "RIGHT": 2}[align],
            wordWrap="CJK" if wide else None,
        )
        lines = "<br/>".join(marked(line) for line in text.split("\n"))
        return kit.platypus.Paragraph(lines, style)

    def _table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Any:
        kit = _kit()
        whole = sum(column.width for column in columns)
        cells = [
            [
                self._paragraph(c.title, _HEADING, BOLD, faint=True, align=c.align)
                for c in columns
            ]
        ]
        for row in rows:
            pairs = zip(row, columns, strict=True)
            cells.append([self._paragraph(t, _SMALL, align=c.align) for t, c in pairs])
        whole_page = [("NOSPLIT", (0, 0), (-1, -1))] if len(rows) <= _SHORT else []
        return kit.platypus.Table(
            cells,
            colWidths=[_WIDTH_MM * kit.mm * c.width / whole for c in columns],
            repeatRows=1,
            spaceAfter=5,
            style=[
                *whole_page,
                ("BACKGROUND", (0, 0), (-1, 0), kit.colour(PALE)),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, kit.colour(RULE)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 1.6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ],
        )

    def _lines_to_sign(self, words: str, labels: Sequence[str]) -> list[Any]:
        kit = _kit()
        gap = 12 * kit.mm
        width = (_WIDTH_MM * kit.mm) / len(labels)
        table = kit.platypus.Table(
            [[self._paragraph(label, _SMALL, faint=True) for label in labels]],
            colWidths=[width] * len(labels),
            style=[
                *(
                    ("LINEABOVE", (n, 0), (n, 0), 0.6, kit.colour(INK))
                    for n in range(len(labels))
                ),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ],
        )
        return [self._paragraph(words, before=8), kit.platypus.Spacer(1, gap), table]

    def _draw_edges(self, canvas: Any, page: int, pages: int) -> None:
        kit = _kit()
        width, height = kit.a4
        left, right = _SIDE_MM * kit.mm, width - _SIDE_MM * kit.mm
        top, foot = height - 13 * kit.mm, 11 * kit.mm
        numbered = self.edges.page.format(page=page, pages=pages)
        canvas.saveState()
        canvas.setStrokeColor(kit.colour(RULE))
        canvas.setLineWidth(0.5)
        canvas.line(left, top - 2.4 * kit.mm, right, top - 2.4 * kit.mm)
        canvas.line(left, foot + 4.4 * kit.mm, right, foot + 4.4 * kit.mm)
        canvas.setFillColor(kit.colour(INK))
        _draw(canvas, left, top, self.edges.left, BOLD)
        _draw(canvas, right, top, self.edges.right, BOLD, to_right=True)
        if self.edges.mark:
            canvas.setFillColor(kit.colour(ALARM))
            _draw(canvas, width / 2, top, self.edges.mark, BOLD, centred=True)
        canvas.setFillColor(kit.colour(FAINT))
        _draw(canvas, left, foot, self.edges.foot, LATIN)
        _draw(canvas, right, foot, numbered, LATIN, to_right=True)
        canvas.restoreState()


def _draw(
    canvas: Any,
    x: float,
    y: float,
    text: str,
    font: str,
    *,
    to_right: bool = False,
    centred: bool = False,
) -> None:
    parts = [(part, font if latin else SONG) for part, latin in runs(text)]
    width = sum(canvas.stringWidth(part, name, _SMALL) for part, name in parts)
    x -= width if to_right else width / 2 if centred else 0
    for part, name in parts:
        canvas.setFont(name, _SMALL)
        canvas.drawString(x, y, part)
        x += canvas.stringWidth(part, name, _SMALL)
