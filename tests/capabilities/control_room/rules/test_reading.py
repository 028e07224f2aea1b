"""How long a crew reads of an incident once it is free of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from gengfu.capabilities.control_room.rules.reading import CrewReads, may_read

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
READS = CrewReads(
    after_scene=timedelta(hours=10), after_called_off=timedelta(minutes=10)
)


@dataclass(frozen=True)
class Was:
    unit: str = "e1"
    on_scene_at: datetime | None = None
    cleared_at: datetime | None = None


@pytest.mark.parametrize(
    ("there", "minutes", "reads"),
    [
        (False, 9, True),
        (False, 10, False),
        (True, 10, True),
        (True, 599, True),
        (True, 600, False),
    ],
)
def test_who_was_there_reads_longer_than_who_was_called_off(there, minutes, reads):
    sent = [Was(on_scene_at=NOON if there else None, cleared_at=NOON)]
    now = NOON + timedelta(minutes=minutes)
    assert may_read(sent, "e1", now, READS) is reads
    assert not may_read(sent, "e2", now, READS)
    assert not may_read(sent, None, now, READS)


def test_a_crew_that_was_sent_again_reads():
    long_ago = Was(cleared_at=NOON - timedelta(days=1))
    assert may_read([long_ago, Was()], "e1", NOON, READS)
    assert not may_read([long_ago, Was("e2")], "e1", NOON, READS)
    assert not may_read([], "e1", NOON, READS)
