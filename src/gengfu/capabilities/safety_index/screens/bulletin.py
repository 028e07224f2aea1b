"""The monthly bulletin: two sheets of A4 for the wall of a neighbourhood office."""

from typing import Final

from gengfu.capabilities.safety_index.rules.document import WITHHELD
from gengfu.surface import Speech
from gengfu.surface.paper import ALARM, FAINT, INK, PALE, RULE

from . import figures
from .area import Reading, read
from .bands import BandView, counted, pick
from .feeds import band_summary, month
from .outline import Outlined
from .overview import Deviation, deviations, quality_lines, recording, totals
from .press import HIGH, WIDE, Press
from .shelf import Atlas, Issued

PAPER: Final = "#ffffff"
FILLS: Final = {
    "less": "#9fd0ee",
    "even": "#e3eae6",
    "more": "#f4e796",
    "more2": "#efb64d",
    "more3": "#d9692a",
    "none": PAPER,
    "other": "#c9ced6",
}
_LEFT, _RIGHT = 16.0, WIDE - 16.0
_ACROSS = _RIGHT - _LEFT
_MAP_HIGH = 190.0
_MOST_DEVIATIONS = 10
_FOOT = HIGH - 12
_MOST_QUALITY = 6
_MOST_LISTED = 66
_ROW = 9.5


def bulletin(issued: Issued, atlas: Atlas, speech: Speech, site: str = "") -> bytes:
    """Set the bulletin of an issue; the same issue gives the same bytes.

    `site` is the address before every public path, where one is known.
    """
    reading = read(issued.publication, atlas.names, zh=speech.language == "zh")
    return _Bulletin(issued, atlas, speech, reading, f"{site}/portal").pdf()


class _Bulletin:
    """One bulletin on its way to paper."""

    def __init__(
        self,
        issued: Issued,
        atlas: Atlas,
        speech: Speech,
        reading: Reading,
        where: str,
    ) -> None:
        self.issued, self.atlas, self.where = issued, atlas, where
        self.speech, self.reading = speech, reading
        publication = issued.publication
        zh_name = reading.zh and publication.city_zh
        self.city = publication.city_zh if zh_name else publication.city
        self.month = month(speech, publication.period)
        title = speech.t("portal.paper.title", city=self.city, month=self.month)
        self.press = Press(title, speech.language)

    def pdf(self) -> bytes:
        self._edges(1)
        y = self._headline()
        y = self._bands(y)
        self._map(y + 3)
        self.press.next_page()
        self._edges(2)
        y = self._deviations(28)
        y = self._method(y + 6)
        y = self._city(y + 6)
        self._quality(y + 6)
        return self.press.pdf()

    # -- both sheets ------------------------------------------------------------------

    def _edges(self, page: int) -> None:
        press, t = self.press, self.speech.t
        publication = self.issued.publication
        press.text(_LEFT, 13, self.city, 9, bold=True, most=70)
        press.text(_RIGHT, 13, self.month, 9, bold=True, align="right")
        if publication.simulated:
            mark = t("portal.paper.simulated")
            press.text(WIDE / 2, 13, mark, 9, bold=True, ink=ALARM, align="middle")
        press.line((_LEFT, 15.5), (_RIGHT, 15.5), RULE)
        press.line((_LEFT, _FOOT - 4), (_RIGHT, _FOOT - 4), RULE)
        made = publication.made
        source = t(
            "portal.paper.source",
            issue=publication.issue,
            config=f"{made.config_name} {made.config_version}",
            digest=self.issued.sha256[:16],
            where=self.where.partition("//")[2] or self.where,
        )
        press.text(_LEFT, _FOOT, source, 7.5, ink=FAINT, most=_ACROSS - 15)
        press.text(_RIGHT, _FOOT, f"{page} / 2", 7.5, ink=FAINT, align="right")

    def _heading(self, y: float, key: str, **parts: object) -> float:
        self.press.text(_LEFT, y, self.speech.t(key, **parts), 12, bold=True)
        return y + 1.5

    # -- the first sheet --------------------------------------------------------------

    def _headline(self) -> float:
        press, t = self.press, self.speech.t
        publication = self.issued.publication
        title = t("portal.paper.headline", city=self.city)
        press.text(_LEFT, 27, title, 19, bold=True, most=_ACROSS)
        y = press.paragraph(
            _LEFT, 29, _ACROSS, band_summary(self.reading, self.speech), 11
        )
        expected = figures.decimal(publication.method.expected_score)
        said = t("portal.paper.reading", expected=expected)
        y = press.paragraph(_LEFT, y + 1, _ACROSS, said, 9.5, ink=FAINT)
        if publication.corrects is not None:
            why = pick(publication.corrects.why, zh=self.reading.zh)
            words = t("portal.corrected", issue=publication.issue, why=why)
            y = press.paragraph(
                _LEFT, y + 1, _ACROSS, words, 9.5, ink=ALARM, most_lines=3
            )
        return y

    def _bands(self, y: float) -> float:
        """Draw the bands as one bar with a legend: shape, word, how many."""
        press, t = self.press, self.speech.t
        lines = [self.reading.line(place) for place in self.issued.publication.places]
        counts = counted(
            [line.band for line in lines], list(self.reading.bands.values())
        )
        y += 4
        for one in counts:
            wide = _ACROSS * one.width / 100
            if wide:
                x = _LEFT + _ACROSS * one.start / 100
                press.box(x, y, wide, 7, FILLS[one.band.shape], INK)
        y += 13
        for at, one in enumerate(counts):
            x = _LEFT + at % 2 * (_ACROSS / 2)
            self._glyph(x + 2, y - 1.2, one.band, 1.9)
            word = one.band.word or t("portal.no_score")
            said = t("portal.band_count", band=word, n=one.places)
            press.text(x + 6.5, y, said, 9.5, most=_ACROSS / 2 - 10)
            y += 6 if at % 2 else 0
        return y + (6 if len(counts) % 2 else 0)

    def _map(self, top: float) -> None:
        press = self.press
        lines = {
            place.id: self.reading.line(place)
            for place in self.issued.publication.places
        }
        outline = self.atlas.map_of(sorted(lines))
        if not outline.areas:
            self._table(top)
            return
        high = min(_MAP_HIGH, _FOOT - 10 - top)
        scale = min(_ACROSS / outline.width, high / outline.height)
        left = _LEFT + (_ACROSS - scale * outline.width) / 2

        def put(x: float, y: float) -> tuple[float, float]:
            return left + x * scale, top + y * scale

        marks: list[tuple[float, float, BandView]] = []
        for area, drawn in outline.areas.items():
            band = lines[area].band
            rings = [[put(x, y) for x, y in ring] for ring in drawn.rings]
            press.shape(rings, FILLS[band.shape], FAINT)
            if band.shape not in ("even", "none"):
                marks.append((*put(*_middle(drawn)), band))
        for x, y, band in marks:
            self._glyph(x, y, band, 1.3)

    def _table(self, y: float) -> None:
        """Where the city has no shapes: every place that is not as expected."""
        t = self.speech.t
        y = self._heading(y + 4, "portal.paper.not_as_expected")
        lines = [self.reading.line(place) for place in self.issued.publication.places]
        told = [line for line in lines if line.band.shape != "even"]
        for at, line in enumerate(told[:_MOST_LISTED]):
            x = _LEFT + at % 3 * (_ACROSS / 3)
            y += 5.5 if at % 3 == 0 else 0
            self._glyph(x + 2, y - 1.2, line.band, 1.5)
            self.press.text(x + 6, y, line.name, 8.5, most=_ACROSS / 3 - 9)
        if len(told) > _MOST_LISTED:
            more = t("portal.and_more", n=len(told) - _MOST_LISTED)
            self.press.text(_LEFT, y + 6, more, 8.5, ink=FAINT)

    def _glyph(self, x: float, y: float, band: BandView, size: float) -> None:
        """Draw a band's shape: one to three roofs for more, turned over for less."""
        press = self.press
        match band.shape:
            case "even":
                press.dot(x, y, size * 0.7, INK)
            case "less":
                down = [(x - size, y - size * 0.7), (x + size, y - size * 0.7)]
                press.shape([[*down, (x, y + size)]], INK)
            case "more" | "more2" | "more3":
                roofs = ("more", "more2", "more3").index(band.shape) + 1
                step = 2.2 * size / (roofs + 0.4)
                for n in range(roofs):
                    low = y + 1.1 * size - n * step
                    roof = [(x - size, low), (x, low - 1.4 * step), (x + size, low)]
                    press.shape([roof], INK, PAPER)
            case _:
                press.box(
                    x - size * 0.7, y - size * 0.7, 1.4 * size, 1.4 * size, PALE, INK
                )

    # -- the second sheet -------------------------------------------------------------

    def _deviations(self, y: float) -> float:
        press, t = self.press, self.speech.t
        found = deviations(self.reading, _MOST_DEVIATIONS)
        y = self._heading(y - 2, "portal.paper.deviations")
        method = self.issued.publication.method
        sure = figures.share(method.interval)
        expected = figures.decimal(method.expected_score)
        said = t("portal.paper.deviations_how", sure=sure, expected=expected)
        y = press.paragraph(_LEFT, y, _ACROSS, said, 9, ink=FAINT) + 5
        left, right = _LEFT + 88, _RIGHT - 26
        for at in range(0, 101, 20):
            x = left + (right - left) * at / 100
            press.text(x, y, str(at), 7, ink=FAINT, align="middle")
        top = y + 1.5
        for one in found:
            y += _ROW
            self._deviation(y, one, left, right)
        x = left + (right - left) * method.expected_score / 100
        press.line((x, top), (x, y + 2.5), INK, 0.3, dashed=True)
        return y + 3

    def _deviation(self, y: float, one: Deviation, left: float, right: float) -> None:
        press, line = self.press, one.line
        score, wide = line.score, right - left
        self._glyph(_LEFT + 2, y - 1.2, line.band, 1.7)
        press.text(_LEFT + 6.5, y, line.name, 9.5, most=78)
        press.text(_LEFT + 6.5, y + 3.4, line.band.word, 7.5, ink=FAINT, most=78)
        if score is None:
            return
        low, high = left + wide * score.low / 100, left + wide * score.high / 100
        press.line((left, y - 1.2), (right, y - 1.2), PALE, 0.4)
        press.box(low, y - 2.4, max(high - low, 0.6), 2.4, RULE)
        press.dot(left + wide * score.value / 100, y - 1.2, 1.1, INK)
        said = f"{score.value} ({score.low}–{score.high})"
        press.text(_RIGHT, y, said, 9, align="right")

    def _method(self, y: float) -> float:
        press, t = self.press, self.speech.t
        method = self.issued.publication.method
        between = t("portal.listing")
        domains = between.join(
            f"{pick(one.said, zh=self.reading.zh)} {figures.share(one.weight)} %"
            for one in method.domains
        )
        words = t(
            "portal.paper.method",
            domains=domains,
            doubling=figures.decimal(method.points_per_doubling),
            sure=figures.share(method.interval),
            wrong=figures.share(method.false_discovery),
            hidden=method.hidden_to,
        )
        lines = press.lines(words, _ACROSS - 10, 9)
        high = 12 + len(lines) * 9 * 1.42 * 25.4 / 72
        press.box(_LEFT, y, _ACROSS, high, PALE, RULE)
        press.text(_LEFT + 5, y + 6.5, t("portal.paper.method_title"), 11, bold=True)
        press.paragraph(_LEFT + 5, y + 7.5, _ACROSS - 10, words, 9)
        return y + high

    def _city(self, y: float) -> float:
        """Say what happened in the whole city, and how many signals were real."""
        press, t = self.press, self.speech.t
        y = self._heading(y + 4, "portal.totals")
        publication = self.issued.publication
        told = [
            t("portal.band_count", band=name, n=self._withheld(number))
            for name, number in totals(self.reading)
        ]
        y = press.paragraph(_LEFT, y, _ACROSS, t("portal.listing").join(told), 9)
        signals = publication.signals
        if signals is not None:
            words = t(
                "portal.signals_said",
                raised=signals.raised,
                checked=signals.checked,
                real=signals.real,
            )
            y = press.paragraph(_LEFT, y, _ACROSS, words, 9)
        audited = recording(self.issued)
        if audited is not None:
            words = t("portal.recording_said", **audited)
            y = press.paragraph(_LEFT, y, _ACROSS, words, 9)
        return y

    def _withheld(self, number: str) -> str:
        return self.speech.t("portal.withheld") if number == WITHHELD else number

    def _quality(self, y: float) -> None:
        press, t = self.press, self.speech.t
        y = self._heading(y + 4, "portal.quality")
        found = quality_lines(self.reading)
        if not found:
            press.paragraph(_LEFT, y, _ACROSS, t("portal.quality_fine"), 9)
        for at, one in enumerate(found):
            if at == _MOST_QUALITY or y > _FOOT - 22:
                more = t("portal.and_more", n=len(found) - at)
                press.paragraph(_LEFT, y, _ACROSS, more, 9, ink=FAINT)
                return
            places = len(one.places)
            said = t("portal.quality_of", said=one.said, n=places)
            words = f"• {said if places else one.said}"
            y = press.paragraph(_LEFT, y + 0.6, _ACROSS, words, 9, most_lines=3)


def _middle(drawn: Outlined) -> tuple[int, int]:
    if drawn.label is not None:
        return drawn.label
    ring = max(drawn.rings, key=len)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2
