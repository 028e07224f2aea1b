"""Counts of a city for pages of its staff, from the store of events of a setting.

What counts is loaded with the first question: a server that is never asked starts
without it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from gengfu.capabilities.safety_index.rules.building import Wanted
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.evaluation_values import MeasuredCity
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.kernel import Told

if TYPE_CHECKING:
    from gengfu.capabilities.safety_index.rules.expected_values import ExpectedCalls

    from .evaluate import StoreCounts
    from .forecast import StoreForecast
    from .index_here import StoreBuilder


class FolderCounts:
    """Counts from a folder that may come into being while the server runs.

    Each question sees the store as it is then; areas are those of the city's pack and
    are read once. Called from several threads.
    """

    def __init__(self, folder: Path, city: Path, config: IndexConfig) -> None:
        self.config = config
        self._folder, self._city = folder, city
        self._opened: StoreCounts | None = None
        self._turn = Lock()

    def city(self) -> MeasuredCity:
        """Return the city as its pack has it; raises BadInput."""
        return self._counts().city()

    def months(
        self, first: Month, last: Month, told: Told
    ) -> Mapping[Month, MonthTally]:
        """Return the counts of all months that the store states; raises BadInput."""
        return self._counts().months(first, last, told)

    def _counts(self) -> "StoreCounts":
        with self._turn:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> "StoreCounts":
        module = import_module("gengfu.app.evaluate")
        open_counts = cast("Callable[..., StoreCounts]", module.counts_of)
        return open_counts(self._folder, self._city, self.config)


class FolderCalls:
    """Forecasts from such a folder; areas are those of the city's pack."""

    def __init__(self, folder: Path, city: Path, config: IndexConfig) -> None:
        self._made_of = (folder, city, config)
        self._opened: StoreForecast | None = None
        self._turn = Lock()

    def kept(self, today: date) -> "ExpectedCalls | None":
        """Return what was made before, if it is of today and of all that is stored."""
        opened = self._opened
        return None if opened is None else opened.kept(today)

    def expected(self, today: date, told: Told) -> "ExpectedCalls":
        """Return the calls of the days from today on; raises BadInput."""
        with self._turn:
            if self._opened is None:
                module = import_module("gengfu.app.forecast")
                opens = cast("Callable[..., StoreForecast]", module.StoreForecast)
                self._opened = opens(*self._made_of)
            opened = self._opened
        return opened.expected(today, told)


class FolderBuilder:
    """Publications from such a folder; areas are those of the city's pack."""

    def __init__(
        self, folder: Path, city: Path, config: IndexConfig, *, simulated: bool
    ) -> None:
        self._made_of = (folder, city, config)
        self._simulated = simulated
        self._opened: StoreBuilder | None = None
        self._turn = Lock()

    def months(self, now: datetime) -> Sequence[Month]:
        """Return the months that can be built; raises BadInput."""
        return self._builder().months(now)

    def build(self, wanted: Wanted, told: Told) -> bytes:
        """Return the document of the next issue of a month."""
        return self._builder().build(wanted, told)

    def _builder(self) -> "StoreBuilder":
        with self._turn:
            if self._opened is None:
                module = import_module("gengfu.app.index_here")
                opens = cast("Callable[..., StoreBuilder]", module.StoreBuilder)
                self._opened = opens(*self._made_of, simulated=self._simulated)
            return self._opened
