"""What publications do to each other, in one transaction each."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.silence import parts_of, uncovered
from gengfu.kernel import (
    BadInput,
    CaseId,
    Codec,
    Corrupt,
    Desk,
    Reader,
    RuleBroken,
    Seen,
)

from .documents import read_document, require_areas
from .publications import (
    DRAFTS,
    PUBLIC_STAGES,
    PublicationCase,
    PublicationStage,
    compile,
    correct,
    publication,
    publish,
)


def compiles(
    desk: Desk,
    content: bytes,
    *,
    simulated_site: bool,
    areas: Mapping[str, tuple[str, str]] | None = None,
    timezone: str | None = None,
) -> PublicationCase:
    """Open a publication with the document that was built, if it is the next issue.

    Args:
        desk: where it is opened.
        content: the document's very bytes.
        simulated_site: whether made-up figures may be published here.
        areas: (name, Chinese name) of the city's areas by id, where it has any.
        timezone: the city's clocks, which say when a month has ended.

    Raises:
        BadInput: it is not what the disclosure step makes, or of other areas or clocks.
        RuleBroken: the month has not ended; another issue of it is due, or one is on
            its way already; made-up months would stand beside recorded ones; it shows
            the trend of a month that is not what was published here; what is expected
            in it is made from exact counts of published months; it corrects another
            document than the one that stands here, or shows what an earlier issue hid.

    """
    document = read_document(desk.codec, content)
    if areas is not None:
        require_areas(document, areas)
    if timezone is not None and document.timezone != timezone:
        raise BadInput(f"months of {document.timezone}, not of {timezone}")
    if document.simulated and not simulated_site:
        raise RuleBroken("made-up figures are published in demonstrations only")
    period, issue = document.period, document.issue
    if not Month.read(period).ended(desk.now, document.timezone):
        raise RuleBroken(f"{period} has not ended yet: nobody can say what happened")
    every = desk.list(publication, stages=[*DRAFTS, *PUBLIC_STAGES])
    _require_one_kind(every, simulated=document.simulated)
    _require_published(every, document.made.earlier)
    _require_base_as_published(every, document)
    known = desk.list(publication, about=CaseId(period))
    _require_next(known, issue)
    _require_correction(desk, known, document)
    if any(one.stage in DRAFTS for one in known):
        raise RuleBroken(f"another draft of {period} is on its way; withdraw it first")
    attempt = 1 + sum(one.issue == issue for one in known)
    return desk.open_as(
        CaseId(f"publication-{period}-{issue}.{attempt}"),
        compile,
        period,
        issue,
        content.decode(),
        sha256(content).hexdigest(),
        document.corrects,
        document.simulated,
    )


def publishes(desk: Desk, seen: CaseId | Seen) -> PublicationCase:
    """Publish an approved issue; the one before it becomes corrected with it.

    Raises:
        RuleBroken: another issue of the month is due, or an earlier month was
            corrected since it was laid down: its trend would show what stands no more.

    """
    after = desk.apply(seen, publish)
    content = published_bytes(desk.tx, desk.codec, after)
    earlier = desk.codec.decode(Publication, content).made.earlier
    _require_published(desk.list(publication, stages=[*PUBLIC_STAGES]), earlier)
    known = desk.list(publication, about=CaseId(after.period))
    others = [one for one in known if one.id != after.id]
    _require_next(others, after.issue)
    if after.corrects is not None:
        for one in others:
            if one.stage is PublicationStage.PUBLISHED:
                desk.apply(one.id, correct, after.issue, after.corrects.why)
    return after


def published_bytes(reader: Reader, codec: Codec, case: PublicationCase) -> bytes:
    """Return the very bytes of a publication from its first entry on the ledger.

    Raises:
        Corrupt: they are not there, or not those of its digest.

    """
    entries = reader.entries_of(publication.kind, case.id)
    sealed = entries[0].sealed if entries else None
    if sealed is None:
        raise Corrupt(f"{case.id}: the document is not on the ledger")
    content: bytes = codec.decode(compile.facts, sealed.facts).document.encode()
    if sha256(content).hexdigest() != case.sha256:
        raise Corrupt(f"{case.id}: the document is not that of its digest")
    return content


def _require_one_kind(known: Sequence[PublicationCase], *, simulated: bool) -> None:
    """Keep made-up months and recorded ones apart: nobody could read their trend."""
    if any(one.simulated != simulated for one in known):
        raise RuleBroken(
            "months with made-up figures and months with recorded ones do not stand"
            " in one portal"
        )


def _require_published(
    known: Sequence[PublicationCase], earlier: Sequence[tuple[str, str]]
) -> None:
    """Require that the months behind a trend are the newest published here."""
    newest = {
        one.period: one.sha256
        for one in sorted(known, key=lambda case: case.issue)
        if one.stage in PUBLIC_STAGES
    }
    for period, digest in earlier:
        if newest.get(period) != digest:
            raise RuleBroken(
                f"its trend shows an issue of {period} that is not the newest one"
                " published here; publish that first, or build it again"
            )


def _require_base_as_published(
    known: Sequence[PublicationCase], document: Publication
) -> None:
    """Require that months published here are compared with as they were published.

    Sums of their exact counts, of which the shown ones are known, tell the hidden.
    """
    last = max(document.method.base_years, default=0)
    if any(one.of_area for one in document.comparisons):
        last = max(last, int(document.period[:4]) - 1)
    named = {period for period, _ in document.made.earlier}
    for one in known:
        if (
            one.stage in PUBLIC_STAGES
            and one.period < document.period
            and int(one.period[:4]) <= last
            and one.period not in named
        ):
            raise RuleBroken(
                f"it is compared with {one.period}, which is published, without what"
                " was published of it; build it beside the published months"
            )


def _require_correction(
    desk: Desk, known: Sequence[PublicationCase], document: Publication
) -> None:
    """Require that a correction is of what stands here, and shows nothing it hid.

    Building sees to that where it finds what it built before; a correction that was
    built on something else than what is published here could give a count away.
    """
    public = [one for one in known if one.stage in PUBLIC_STAGES]
    newest = max(public, key=lambda one: one.issue, default=None)
    if newest is None:
        return
    if document.corrects_sha256 != newest.sha256:
        raise RuleBroken(
            f"it does not correct issue {newest.issue} as it is published here;"
            " build the correction beside the published issue"
        )
    for one in public:
        content = published_bytes(desk.tx, desk.codec, one)
        before = desk.codec.decode(Publication, content)
        if parts_of(before) != parts_of(document):
            raise RuleBroken(
                "it is of other areas or other parts of the index than issue"
                f" {one.issue}: the difference would tell what that hides"
            )
        if where := uncovered(before, document):
            raise RuleBroken(
                f"{where}: hidden in issue {one.issue}, so it stays hidden; build the"
                " correction beside the published issue"
            )


def _require_next(known: Sequence[PublicationCase], issue: int) -> None:
    public = (one.issue for one in known if one.stage in PUBLIC_STAGES)
    newest = max(public, default=0)
    if issue != newest + 1:
        raise RuleBroken(f"the next issue of this month is {newest + 1}, not {issue}")
