"""One issue of a month from counts and from the issues before it, wherever those stand.

The command line has them in a folder, a server on its ledger; from the same ones both
make the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from gengfu.adapters.city.area_rows import AreaFile
from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.disclosing import Issue, disclose
from gengfu.capabilities.safety_index.rules.document import (
    Publication,
    Quality,
    SignalShare,
)
from gengfu.capabilities.safety_index.rules.geography import Geography
from gengfu.capabilities.safety_index.rules.hiding import Issued
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.quality import made_without
from gengfu.capabilities.safety_index.rules.tally import MonthCounts, MonthTally
from gengfu.kernel import BadInput, Said

from .index_changes import changes_of
from .index_inputs import made_of, months_behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a month is compiled from; `counts` are of the areas of `geography`."""

    config: IndexConfig
    areas: AreaFile
    geography: Geography
    tallies: Mapping[Month, MonthTally]
    counts: Mapping[Month, MonthCounts]
    city: str = ""
    city_zh: str = ""
    timezone: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An issue that was made before: its very bytes, and what they say.

    `events` are the exact counts (P, D) it was made from; only those of issues of the
    same month are asked for.
    """

    publication: Publication
    content: bytes
    events: Any = None

    @property
    def sha256(self) -> str:
        """The digest of the document."""
        return sha256(self.content).hexdigest()

    @property
    def issued(self) -> Issued:
        """The same, as the disclosure step wants it."""
        return Issued(publication=self.publication, events=self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """An issue, whether it is another than the newest there is, and what it lacks."""

    publication: Publication
    fresh: bool
    lost: tuple[Quality, ...] = ()


def compile_issue(
    month: Month,
    basis: Basis,
    *,
    there: Sequence[Kept],
    before: Sequence[Kept],
    share: SignalShare | None,
    why: Said | None,
    refusal: str,
) -> Compiled:
    """Compile the next issue of a month, or find that the newest one still holds.

    Args:
        month: which.
        basis: what it is compiled from.
        there: the issues of the month that there are, in order.
        before: the newest issues of all earlier months, in order.
        share: how many signals of the month were real, where anybody says so.
        why: why there is another issue, where there is one.
        refusal: what to say where `why` is missing: the newest issue would now be
            different.

    Raises:
        BadInput: with that refusal.

    """
    config, file = basis.config, basis.areas
    if share is None and there:  # what was said stays said
        share = there[-1].publication.signals
    made = made_of(
        config,
        file,
        months_behind(month, basis.tallies, config),
        [(kept.publication.period, kept.sha256) for kept in before],
    )
    lost = made_without([one.publication for one in before], share)
    notes = (*changes_of(file, Month(config.base_first_year, 1), month), *lost)

    def issue(
        number: int, why: Said | None, corrected: str, issued: Sequence[Kept]
    ) -> Publication:
        return disclose(
            month,
            basis.counts,
            basis.geography,
            config,
            Issue(
                city=basis.city or file.city or file.name,
                city_zh=basis.city_zh or file.city_zh,
                timezone=basis.timezone or file.timezone,
                simulated=basis.simulated,
                number=number,
                why=why,
                corrects_sha256=corrected,
            ),
            made,
            before=[one.publication for one in before],
            issued=[one.issued for one in issued],
            signals=share,
            notes=notes,
        )

    if there:
        newest = there[-1].publication
        again = issue(
            newest.issue,
            None if newest.corrects is None else newest.corrects.why,
            # The first corrections that were built did not name what they correct.
            there[-2].sha256 if newest.corrects_sha256 else "",
            there[:-1],
        )
        # Code that changed and made the same figures is no news.
        made_then = replace(again.made, code=newest.made.code)
        if JsonCodec().encode(replace(again, made=made_then)) == there[-1].content:
            return Compiled(publication=newest, fresh=False)
        if why is None:
            raise BadInput(refusal)
    corrected = there[-1].sha256 if there else ""
    fresh = issue(len(there) + 1, why if there else None, corrected, there)
    return Compiled(publication=fresh, fresh=True, lost=lost)
