"""Quick answers for scarce units: shortcuts and labels, kept up beside the requests.

Where few units of a kind are free in a large city, a search settles most of the city.
Labels answer the same from two short arrays. Shortcuts are made from the contraction
order that a large city's pack brings; without one nothing here does anything, and until
they are up to date with the roads every question is answered by search.
"""

from concurrent.futures import Future, ThreadPoolExecutor

from gengfu.science.roads import (
    Fleet,
    Hierarchy,
    LiveRoads,
    Refresh,
    Shortcuts,
    UnitLabels,
    warm_up_shortcuts,
)

EDGES_AT_ONCE = 500
"""More changed roads than this are worked in on another thread."""


class LiveLabels:
    """Shortcuts of the live roads and labels of units; used on one thread."""

    def __init__(self, roads: LiveRoads) -> None:
        self._roads = roads
        self._on = len(roads.graph.order) > 0
        self._pool: ThreadPoolExecutor | None = None
        self._contracting: Future[Hierarchy] | None = None
        self._working: Future[Refresh] | None = None
        self._shortcuts: Shortcuts | None = None
        self._labels: UnitLabels | None = None

    def of(self, fleet: Fleet) -> UnitLabels | None:
        """Return the labels of a fleet, where there are any."""
        labels = self._labels
        return None if labels is None or labels.fleet is not fleet else labels

    @property
    def shortcuts(self) -> Shortcuts | None:
        """The shortcuts, where there are any; they may be behind the roads."""
        return self._shortcuts

    def keep(self, fleet: Fleet) -> None:
        """Do what is next, a few milliseconds at most; called about once a second."""
        level = self._on and self._bring_level()
        if level and self._shortcuts is not None and self.of(fleet) is None:
            self._labels = UnitLabels(self._shortcuts, fleet)

    def wait(self) -> None:
        """Wait until what was begun on the other thread is done."""
        for work in (self._contracting, self._working):
            if work is not None:
                work.exception()

    def close(self) -> None:
        """End the other thread."""
        self._on = False
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _bring_level(self) -> bool:
        """Take the next step towards fresh shortcuts; say whether they are."""
        if self._shortcuts is None:
            self._contract()
            return False
        if self._working is not None:
            if not self._working.done():
                return False
            self._shortcuts.finish(self._working.result())
            self._working = None
        if not self._shortcuts.fresh:
            if self._shortcuts.changes() > EDGES_AT_ONCE:
                begun = self._shortcuts.begin()
                self._working = self._beside().submit(self._shortcuts.work, begun)
                return False
            self._shortcuts.refresh()
        return True

    def _contract(self) -> None:
        if self._contracting is None:
            self._contracting = self._beside().submit(self._contracted)
        elif self._contracting.done():
            self._on = False  # for good, where contracting has failed
            hierarchy = self._contracting.result()
            self._shortcuts = Shortcuts(self._roads, hierarchy, fill=False)
            self._on = True

    def _contracted(self) -> Hierarchy:
        warm_up_shortcuts()
        return Hierarchy.build(self._roads.graph)

    def _beside(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "gengfu-labels")
        return self._pool
