"""Counting events: the expression against a count by hand, and Spark against DuckDB."""

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from bench.analytics.generate import DOMAINS, area_ids, generate, month_table
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.analytics import COUNTS, RollUp, count, engine, totals
from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.kernel import BadInput, NotFound, Refused, Unavailable

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def duck():
    with engine("duckdb", {"memory_limit": "1GB", "threads": "2"}) as started:
        yield started


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return generate(
        tmp_path_factory.mktemp("made") / "events", 60_000, areas=25, months=3, seed=7
    )


def by_hand(rows, month):
    """Count one event after the other: what the expression must come to."""
    events, duplicates, deaths = Counter(), Counter(), Counter()
    for row in rows:
        key = (month, row["area"], row["kind"], row["initiated_by"])
        if row["duplicate_of"] is None:
            events[key] += 1
            deaths[key] += row["deaths"]
        else:
            duplicates[key] += 1
    keys = set(events) | set(duplicates)
    return {key: (events[key], duplicates[key], deaths[key]) for key in keys}


def as_dict(table):
    return {
        tuple(row[k] for k in ("month", "area", "kind", "initiated_by")): (
            row["events"],
            row["duplicates"],
            row["deaths"],
        )
        for row in table.to_pylist()
    }


def test_counts_are_those_by_hand(duck, made):
    expected = {}
    for month in made.months():
        expected |= by_hand(made.read(month).to_pylist(), month)
    table = count(duck, made.paths())
    assert table.schema.equals(COUNTS)
    assert as_dict(table) == expected
    assert table.num_rows == len(expected)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), min_size=1
)
ROWS = st.lists(
    st.builds(
        Event,
        event_id=st.uuids().map(str),
        at=st.datetimes(
            datetime(2026, 10, 1),  # noqa: DTZ001
            datetime(2026, 10, 31),  # noqa: DTZ001
            timezones=st.just(UTC),
        ),
        kind=st.sampled_from(["theft", "a|b", "盗窃", " "]) | TEXTS,
        area=st.none() | st.sampled_from(["x", "y/z", "1"]) | TEXTS,
        deaths=st.integers(0, 2**18 - 1),
        duplicate_of=st.none() | st.just("e"),
        initiated_by=st.sampled_from(["resident", "police", "agency"]),
    ),
    max_size=12,
    unique_by=lambda e: e.event_id,
)


@given(ROWS)
def test_any_names_and_figures_are_counted(duck, tmp_path_factory, rows):
    store = EventStore(tmp_path_factory.mktemp("any"), "UTC")
    store.restate("2026-10", events_table(rows), "test", NOW)
    table = count(duck, store.paths())
    expected = by_hand(events_table(rows).to_pylist(), "2026-10")
    assert as_dict(table) == expected


def test_only_months_that_changed_are_counted_again(duck, made, tmp_path, monkeypatch):
    folder = tmp_path / "events"
    shutil.copytree(made.folder, folder)
    store = EventStore(folder)
    roll = RollUp(tmp_path / "rollup", store, DOMAINS)
    assert roll.refresh(duck) == store.months()
    assert roll.refresh(duck) == ()
    _, second, _ = store.months()
    store.restate(second, month_table(second, 500, 25, 9), "a new extract", NOW)
    read = []
    files = duck.files

    def watched(paths):
        read.extend(paths)
        return files(paths)

    monkeypatch.setattr(duck, "files", watched)
    with pytest.raises(Refused, match="version 2"):
        roll.counts(second, second)
    assert roll.refresh(duck) == (second,)
    assert read == [store.path(second)]
    assert as_dict(roll.counts(second, second)) == by_hand(
        store.read(second).to_pylist(), second
    )


def test_a_query_is_a_part_of_the_counts(duck, made, tmp_path):
    roll = RollUp(tmp_path / "rollup", made, DOMAINS)
    roll.refresh(duck)
    every = roll.counts("2016-01", "2016-03").to_pylist()
    area = area_ids(25)[2]
    found = roll.query(2016, area, "fire").to_pylist()
    assert found
    assert found == [
        row for row in every if row["area"] == area and DOMAINS[row["kind"]] == "fire"
    ]
    assert roll.query(2016).num_rows == len(every)
    assert roll.query(2015).num_rows == 0
    with pytest.raises(BadInput, match="flood"):
        roll.query(2016, area, "flood")


def test_totals(duck, made, tmp_path):
    roll = RollUp(tmp_path / "rollup", made)
    roll.refresh(duck)
    summed = totals(roll.counts("2016-01", "2016-03"), ["month"])
    assert summed["month"].to_pylist() == list(made.months())
    rows = pc.add(summed["events"], summed["duplicates"]).to_pylist()
    assert rows == [v.rows for v in made.current()]


def test_a_month_without_events_is_counted_as_empty(duck, tmp_path):
    store = EventStore(tmp_path / "events", "UTC")
    one = Event("e", datetime(2026, 10, 3, tzinfo=UTC), "theft", "a")
    store.add(events_table([one]), "first", NOW, covers=("2026-09", "2026-10"))
    roll = RollUp(tmp_path / "rollup", store)
    assert roll.refresh(duck) == ("2026-09", "2026-10")
    assert roll.counts("2026-09", "2026-09").num_rows == 0
    assert roll.counts("2026-08", "2026-11").num_rows == 1
    with pytest.raises(NotFound, match="2026-08"):
        roll.refresh(duck, ["2026-08"])


def test_counts_that_were_cut_short_are_counted_again(duck, made, tmp_path):
    roll = RollUp(tmp_path / "rollup", made)
    roll.refresh(duck)
    path = tmp_path / "rollup" / "month=2016-02.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert roll.refresh(duck) == ("2016-02",)
    assert path.read_bytes() == whole
    pa.parquet.write_table(made.read("2016-02"), path)
    assert roll.refresh(duck) == ("2016-02",)


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("oracle", {}, "no engine 'oracle'"),
        ("duckdb", {"memory": "1GB"}, "no option memory"),
        ("spark", {"threads": "1"}, "no option threads"),
    ],
)
def test_an_engine_that_is_none_is_refused(name, options, says):
    with pytest.raises(BadInput, match=says):
        engine(name, options)


def test_spark_without_java_says_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Unavailable, match="Java"):
        engine("spark")


def test_the_generator_is_the_same_for_a_seed():
    first = month_table("2020-02", 2000, 10, 3)
    assert first.equals(month_table("2020-02", 2000, 10, 3))
    assert not first.equals(month_table("2020-02", 2000, 10, 4))


def test_no_sql_by_hand():
    folder = Path(__file__).resolve().parents[3] / "src/gengfu/adapters/analytics"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8").lower()
        assert ".sql(" not in text
        assert "raw_sql" not in text
        assert "select " not in text
