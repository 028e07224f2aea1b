"""Publications from a server's own store: which counts an earlier issue was made of."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.index_here import StoreBuilder
from gengfu.app.inputs import read_config_file
from gengfu.capabilities.safety_index.rules.building import Standing, Wanted
from gengfu.capabilities.safety_index.rules.document import Publication
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.kernel import Said

NOW = datetime(2026, 11, 1, tzinfo=UTC)
KINDS = ("theft", "structure-fire", "collision-injury")


def month_of(year: int, month: int, each: int) -> list[Event]:
    return [
        Event(
            f"{year}-{month}-{area}-{kind}-{n}",
            datetime(year, month, 1 + n % 27, 12, tzinfo=UTC),
            kind,
            area,
        )
        for area in ("a", "b", "c")
        for kind in KINDS
        for n in range(each)
    ]


def told(stage: str, share: float) -> None:
    """Tell nobody."""


def test_an_issue_is_of_its_own_months_version_though_empty_ones_are_alike(
    tmp_path: Path,
) -> None:
    """August is empty, as October was at first: the same bytes."""
    areas, folder = tmp_path / "areas.csv", tmp_path / "events"
    areas.write_text("id,name,population\na,A,9000\nb,B,8000\nc,C,7000\n", "utf-8")
    years = [
        one
        for year in (2023, 2024, 2025)
        for month in range(1, 13)
        for one in month_of(year, month, 6)
    ]
    covers = ("2023-01", "2026-10")
    store = EventStore(folder, "UTC")
    store.add(events_table(years), "three years", NOW, covers=covers)
    store.add(events_table(month_of(2026, 10, 7)), "October", NOW)
    first, second = store.versions("2026-10")
    assert first.sha256 == store.versions("2026-08")[0].sha256 != second.sha256

    builder = StoreBuilder(folder, areas, read_config_file(None), simulated=False)
    wanted = Wanted(month=Month(2026, 10), now=NOW)
    content = builder.build(wanted, told)
    issue = JsonCodec().decode(Publication, content)
    store.add(events_table(month_of(2026, 10, 9)), "late records", NOW)
    published = [Standing(publication=issue, content=content)]
    why = Said("Late records", "补录记录")
    again = json.loads(
        builder.build(replace(wanted, published=published, why=why), told)
    )
    assert again["issue"] == 2
    assert [n for _, n in again["totals"]] == ["27", "27", "27"]
