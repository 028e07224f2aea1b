"""Counts of a city for its workbench, from the store of events that a setting names."""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from gengfu.adapters.city.area_rows import read_area_rows
from gengfu.adapters.events import EventStore
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.evaluating import MeasuredCity
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.kernel import BadInput

from .evaluate import StoreCounts
from .index_inputs import MANIFEST, EngineChoice, Told


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

    def _counts(self) -> StoreCounts:
        with self._turn:
            if self._opened is None:
                if not (self._folder / MANIFEST).is_file():
                    raise BadInput(f"{self._folder}: no store of events is there")
                areas = read_area_rows(self._city)
                store = EventStore(self._folder, areas.timezone or None)
                choice = EngineChoice(options={})
                self._opened = StoreCounts(store, areas, self.config, choice)
            return self._opened
