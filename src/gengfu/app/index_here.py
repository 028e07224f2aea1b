"""Publications from a server's own store of events (the capability's `Builder`).

What is published on its ledger stands where the command line has its folder. Of the
exact counts behind an earlier issue the store still has the version that it names.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from gengfu.adapters.analytics import count as count_cells
from gengfu.adapters.analytics import engine
from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import EventStore
from gengfu.capabilities.safety_index.rules.building import Standing, Wanted
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.geography import lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import count
from gengfu.kernel import BadInput, RuleBroken, Told

from .index_inputs import EngineChoice, counted_months, facts_of, tally_of
from .index_issue import Basis, Kept, compile_issue
from .inputs import is_store, open_store


class StoreBuilder:
    """Builds from a folder of events that may grow while the server runs.

    `simulated` is true where everything on this site is made up; where any month of the
    store has made-up events, what is built from it says so too.
    """

    def __init__(
        self, folder: Path, city: Path, config: IndexConfig, *, simulated: bool
    ) -> None:
        self._folder, self._city, self._config = folder, city, config
        self._simulated = simulated
        self._engine = EngineChoice(options={})

    @cached_property
    def _areas(self) -> AreaFile:
        return read_area_rows(self._city)

    def months(self, now: datetime) -> Sequence[Month]:
        """Return the months that have ended and can be built; none without a store."""
        if not is_store(self._folder):
            return ()
        store = EventStore(self._folder)
        stated = map(Month.read, store.months())
        return [
            month
            for month in stated
            if month.ended(now, store.timezone) and self._has_base(month)
        ]

    def _has_base(self, month: Month) -> bool:
        try:
            self._config.base_of(month.year)
        except BadInput:
            return False
        return True

    def build(self, wanted: Wanted, told: Told) -> bytes:
        """Return the document of the next issue of a month.

        Raises:
            BadInput: what is wrong with the events, the areas or the configuration.
            RuleBroken: the month has not ended, another issue of it would say nothing
                new or needs a reason, or was made from what is not here.

        """
        config, areas, month = self._config, self._areas, wanted.month
        store = open_store(self._folder, areas.timezone)
        if not month.ended(wanted.now, areas.timezone):
            raise RuleBroken(f"{month} has not ended yet: nobody can say what happened")
        if str(month) not in store.months():
            raise BadInput(f"no events of {month} are in the store yet")
        geography = lay_out(facts_of(areas), config, areas.name, month)
        config.base_of(month.year)  # refuses a year before the first base is over
        begin = Month(config.base_first_year, 1)
        tallies = counted_months(store, begin, month, self._engine, told)
        basis = Basis(
            config=config,
            areas=areas,
            geography=geography,
            tallies=tallies,
            counts={m: count(one, geography, config) for m, one in tallies.items()},
            simulated=self._simulated or _made_up(store, tallies),
        )
        told("build", 0.0)
        newest: dict[str, Kept] = {}
        there: list[Kept] = []
        for one in wanted.published:
            period = one.publication.period
            if period == str(month):
                there.append(self._kept(one, store, basis))
            else:
                newest[period] = Kept(publication=one.publication, content=one.content)
        made = compile_issue(
            month,
            basis,
            there=there,
            before=list(newest.values()),
            share=wanted.share,
            why=wanted.why,
            refusal=f"{month} is published already and would now be different; say why"
            " in both languages",
        )
        if not made.fresh:
            raise RuleBroken(
                f"{month} is published already, and nothing of it would be different"
            )
        return JsonCodec().encode(made.publication)

    def _kept(self, one: Standing, store: EventStore, basis: Basis) -> Kept:
        """Return an issue of the month with the exact counts that it was made from."""
        document = one.publication
        behind, period = document.made.events, document.period
        made_of = {one.sha256 for one in behind if one.month == period}
        versions = store.versions(period)
        version = next((v for v in versions if v.sha256 in made_of), None)
        if version is None or not self._as_then(document):
            raise RuleBroken(
                f"issue {document.issue} of {document.period} was built from other"
                " events, areas or rules than this server has; build its correction at"
                " the command line, beside the published issue"
            )
        with engine(self._engine.name, self._engine.options) as running:
            cells = count_cells(running, [store.folder / version.name])
        counted = count(tally_of(version, cells), basis.geography, basis.config)
        events: Any = counted.events
        return Kept(publication=document, content=one.content, events=events)

    def _as_then(self, document: Publication) -> bool:
        then, now = document.made, (self._areas.sha256, self._config.sha256)
        return (then.areas_sha256, then.config_sha256) == now


def _made_up(store: EventStore, months: Iterable[Month]) -> bool:
    used = store.current([str(month) for month in months])
    return any(one.quality.get("simulated", 0) for one in used)
