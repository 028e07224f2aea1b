"""A month's publication, built on the server and laid down as a draft.

It is built from the store of events, from what is published here (so that the trend is
there), and from the signals that this server's ledger knows. What comes of it is taken
as if it had come from a file: by the same rule, for whoever asked.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from gengfu.capabilities.safety_index.cases.publications import (
    DRAFTS,
    PublicationCase,
    publication,
)
from gengfu.capabilities.safety_index.cases.roles import STATISTICS
from gengfu.capabilities.safety_index.cases.signals import SignalCase, share, signal
from gengfu.capabilities.safety_index.rules.building import Builder, Standing, Wanted
from gengfu.capabilities.safety_index.rules.document import SignalShare
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import Actor, CaseId, Reader, RuleBroken, Said, Told

from .library import Library


def builds(
    library: Library,
    builder: Builder,
    actor: Actor,
    month: Month,
    why: Said | None,
    told: Told,
) -> PublicationCase:
    """Build a month and lay it down; called on a thread, as it takes a while.

    Raises:
        BadInput: what is wrong with what it is built from.
        RuleBroken: the month cannot be built or laid down now, and why.

    """
    office = library.site.office

    def read(reader: Reader) -> tuple[list[Standing], SignalShare | None]:
        if reader.rows(publication.kind, stages=DRAFTS, about=CaseId(str(month))):
            raise RuleBroken(
                f"another draft of {month} is on its way; withdraw it first"
            )
        return _published(library, reader, month), _share(library, reader, month)

    published, real = office.look(read)
    wanted = Wanted(
        month=month, now=office.clock(), published=published, share=real, why=why
    )
    content = builder.build(wanted, told)
    told("lay", 1.0)
    return office.serve(actor, STATISTICS, lambda desk: library.lay_down(desk, content))


def _published(library: Library, reader: Reader, month: Month) -> list[Standing]:
    """Return every issue up to a month: by months, and in each in their order."""
    cases: Sequence[PublicationCase] = library.read(reader)
    editions = [
        library.editions.of(one, reader)
        for one in reversed(cases)
        if one.period <= str(month)
    ]
    return [Standing(publication=one.document, content=one.content) for one in editions]


def _share(library: Library, reader: Reader, month: Month) -> SignalShare | None:
    """Count the month's signals; nothing is said of a month that had none."""
    decode = library.site.office.codec.decode
    cases = [decode(SignalCase, row.body) for row in reader.rows(signal.kind)]
    zone = ZoneInfo(library.site.town.timezone)
    counted = share(cases, str(month), zone)
    return counted.published() if counted.raised else None
