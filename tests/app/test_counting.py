"""Counts of a store that is written to while they are made."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.index_inputs import EngineChoice, counted_months
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import Refused

JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ENGINE = EngineChoice(options={})


def thefts(month: int, number: int) -> list[Event]:
    day = datetime(2026, month, 2, 12, tzinfo=UTC)
    return [Event(f"{month}-{n}", day, "theft", "a") for n in range(number)]


@pytest.mark.parametrize("stage", ["count", "read"])
def test_counts_are_never_said_to_be_of_a_version_that_they_are_not(
    tmp_path: Path, stage: str
) -> None:
    """January is stated anew before it is counted, or before February is read."""
    EventStore(tmp_path, "UTC").add(
        events_table([*thefts(1, 3), *thefts(2, 4)]), "first", NOW
    )

    def told(reached: str, share: float) -> None:
        if reached == stage and share < 1.0:
            EventStore(tmp_path).add(events_table(thefts(1, 9)), "late", NOW)

    def count() -> dict[Month, tuple[int, int]]:
        store = EventStore(tmp_path)
        found = counted_months(store, JANUARY, FEBRUARY, ENGINE, told)
        return {m: (one.version, int(one.events.sum())) for m, one in found.items()}

    with pytest.raises(Refused, match="events came in while they were counted"):
        count()
    assert count() == {JANUARY: (2, 9), FEBRUARY: (1, 4)}
