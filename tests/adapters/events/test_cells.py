"""Cells: what they are counted by is what the row says, and what does not fit."""

from datetime import UTC, datetime

import numpy as np
import pyarrow.parquet as pq
import pytest

from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.adapters.events.cells import (
    CELL,
    KEY_SHIFT,
    month_number,
    month_of,
    spelled,
    words_of,
)
from gengfu.kernel import BadInput

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)


def some(count, **more):
    at = datetime(2026, 10, 3, tzinfo=UTC)
    return [
        Event(
            f"e{n}",
            at,
            **{"kind": f"k{n % 3}", "area": ("a", "b", None)[n % 3]}
            | {name: value(n) for name, value in more.items()},
        )
        for n in range(count)
    ]


def test_each_row_has_the_cell_of_what_it_says(tmp_path):
    store = EventStore(tmp_path, "UTC")
    rows = some(
        60,
        initiated_by=lambda n: ("police", "agency", "resident")[n % 5 % 3],
        deaths=lambda n: n % 4,
        duplicate_of=lambda n: "e1" if n % 7 == 0 else None,
    )
    store.add(events_table(rows), "test", NOW)
    path = store.path("2026-10")
    table = pq.ParquetFile(path).read()
    cells = table[CELL].to_numpy()
    assert np.all(cells[1:] >= cells[:-1])
    said = spelled(cells >> KEY_SHIFT, {month_number("2026-10"): words_of(path)})
    assert set(said["month"].to_pylist()) == {"2026-10"}
    for name in ("area", "kind", "initiated_by"):
        assert said[name].to_pylist() == table[name].to_pylist()
    assert (cells & (2**18 - 1)).tolist() == table["deaths"].to_pylist()
    repeats = ((cells >> 18) & 1).astype(bool).tolist()
    assert repeats == [of is not None for of in table["duplicate_of"].to_pylist()]


def test_months_are_numbers_and_back():
    assert (month_number("1970-01"), month_number("2026-10")) == (0, 681)
    for month in ("1970-01", "1999-12", "2000-01", "2026-10"):
        assert month_of(month_number(month)) == month


def test_more_kinds_than_can_be_counted_are_refused(tmp_path):
    store = EventStore(tmp_path, "UTC")
    rows = some(4097, kind=lambda n: f"kind {n}")
    with pytest.raises(BadInput, match=r"column kind: 4097 different words.*4096"):
        store.add(events_table(rows), "test", NOW)
    assert store.months() == ()
    store.add(events_table(rows[:-1]), "test", NOW)


def test_more_deaths_than_can_be_counted_are_refused():
    with pytest.raises(BadInput, match="column deaths: over 262143, row 2"):
        events_table(some(2, deaths=lambda n: n * 2**18))


def test_a_file_from_elsewhere_has_no_words(tmp_path):
    path = tmp_path / "v0001.parquet"
    pq.write_table(events_table(some(2)), path)
    with pytest.raises(BadInput, match="no file of events that this release wrote"):
        words_of(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(BadInput, match="no Parquet"):
        words_of(path)
    with pytest.raises(BadInput, match="missing"):
        words_of(tmp_path / "none.parquet")
