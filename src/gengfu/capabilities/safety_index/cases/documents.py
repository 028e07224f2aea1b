"""Documents that may be published: what the disclosure step made, to the byte."""

from collections.abc import Mapping

from gengfu.capabilities.safety_index.rules.document import (
    FORMAT,
    HIDDEN_TO,
    VERSION,
    Part,
    Publication,
)
from gengfu.capabilities.safety_index.rules.geography import fits_a_path
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.readable import require_readable
from gengfu.capabilities.safety_index.rules.silence import SILENT, counts_of
from gengfu.kernel import BadInput, Codec, Said

MOST_BYTES = 16 * 1024 * 1024
_MOST_DIGITS = 12
_MOST_EXPECTED = 1e8


def read_document(codec: Codec, content: bytes) -> Publication:
    """Read a publication as it was built.

    Its bytes are the canonical ones: a document that holds anything beside what the
    disclosure step writes, such as a further field, is refused.

    Raises:
        BadInput: what is wrong, by place.

    """
    try:
        found = codec.decode(Publication, content)
    except BadInput as unfit:
        raise BadInput(
            "this file is not as gengfu index build wrote it: build it again and choose"
            f" the new one ({unfit})"
        ) from unfit
    if (found.format, found.version) != (FORMAT, VERSION):
        raise BadInput(f"format: {FORMAT} {VERSION} is taken here")
    if codec.encode(found) != content:
        raise BadInput("format: the bytes are not those that were built")
    require_readable(found)
    Month.read(found.period)
    _check_issue(found)
    if found.method.hidden_to != HIDDEN_TO:
        raise BadInput(f"method.hidden_to: counts up to {HIDDEN_TO} are hidden here")
    for place, text in counts_of(found):
        if not _disclosed(text):
            raise BadInput(f"{place}: is a count that the disclosure step hides")
    _check_silence(found)
    _check_places(found)
    _check_parts(found)
    return found


def _check_places(found: Publication) -> None:
    for point in (point for place in found.places for point in place.trend):
        Month.read(point.period)
    if len({one.id for one in found.places}) < len(found.places):
        raise BadInput("places: an area stands twice")
    for one in found.places:
        if not fits_a_path(one.id):
            raise BadInput(
                f"places.{one.id[:60]}: an id has letters, figures and . : ~ + @ - _"
                " only, at most 200"
            )


def _check_parts(found: Publication) -> None:
    """Require every part of the index once, everywhere: later months are made of it."""
    codes = [domain.code for domain in found.method.domains]
    if len(set(codes)) < len(codes):
        raise BadInput("method.domains: one stands twice")
    if [code for code, _ in found.totals] != codes:
        raise BadInput("totals: are of other parts than method.domains names")
    for one in found.places:
        if [part.domain for part in one.parts] != codes:
            raise BadInput(
                f"places.{one.id}: has other parts than method.domains names"
            )
        if not all(0 <= part.expected <= _MOST_EXPECTED for part in one.parts):
            raise BadInput(f"places.{one.id}: nobody expects so many events")


def require_areas(found: Publication, known: Mapping[str, tuple[str, str]]) -> None:
    """Refuse a publication of areas that this city has not, or calls otherwise.

    Args:
        found: the publication.
        known: (name, Chinese name) of the city's areas by id.

    Raises:
        BadInput: naming the area.

    """
    for one in found.places:
        if one.id not in known:
            raise BadInput(f"places.{one.id}: this city has no such area")
        if (one.name, one.name_zh) != known[one.id]:
            raise BadInput(
                f"places.{one.id}: is called {known[one.id][0]!r} in this city,"
                f" not {one.name!r}"
            )


def _check_issue(found: Publication) -> None:
    if found.issue < 1:
        raise BadInput("issue: the first is 1")
    before = 0 if found.corrects is None else found.corrects.issue
    if before != found.issue - 1:
        raise BadInput("corrects: every issue but the first corrects the one before")
    if found.corrects is None and found.corrects_sha256:
        raise BadInput("corrects_sha256: the first issue corrects none")
    if found.corrects is not None and not _said(found.corrects.why):
        raise BadInput("corrects.why: is said in both languages")


def _check_silence(found: Publication) -> None:
    """Refuse a figure made from a count that is not shown: it would tell it."""
    for place in found.places:
        for part in place.parts:
            if part.events in SILENT and _tells(part):
                raise BadInput(
                    f"places.{place.id}.{part.domain}: a hidden count has no ratio"
                )
    for one in found.compounds:
        for figure in one.figures:
            rates = (figure.per_1_000, figure.low, figure.high)
            if figure.events in SILENT and rates != (None, None, None):
                raise BadInput(
                    f"compounds.{one.id}.{figure.kind}: a hidden count has no ratio"
                )


def _tells(part: Part) -> bool:
    return part.ratio is not None or part.per_10_000 is not None


def _said(words: Said) -> bool:
    return bool(words.en.strip()) and bool(words.zh.strip())


def _disclosed(text: str) -> bool:
    """Tell whether a count is shown as the disclosure step shows counts."""
    if text in SILENT:
        return True
    plain = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return plain and text == str(int(text)) and not 1 <= int(text) <= HIDDEN_TO
