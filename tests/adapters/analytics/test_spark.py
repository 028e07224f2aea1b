"""The same expression on Spark in local mode: the very same table as on DuckDB."""

import shutil
import warnings
from datetime import UTC, date, datetime

import pytest
from bench.analytics.generate import generate

from gengfu.adapters.analytics import (
    RollUp,
    count,
    count_days,
    count_hours,
    engine,
    list_days,
)
from gengfu.adapters.events import Event, events_table

pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(
        shutil.which("java") is None, reason="Spark needs java, which is not installed"
    ),
    # Of PySpark's own modules, which name what Python and pandas have since replaced.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def spark():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with engine("spark", {"master": "local[2]"}) as started:
            yield started


def test_spark_gives_the_very_same_table(spark, tmp_path):
    store = generate(tmp_path / "events", 30_000, areas=12, months=2, seed=3)
    odd = [
        Event(
            "o1",
            datetime(2016, 2, 29, 23, tzinfo=UTC),
            "盗窃 a|b",
            "镇 [1].*",
            deaths=9,
        ),
        Event("o2", datetime(2016, 2, 1, tzinfo=UTC), "x", None, duplicate_of="o1"),
    ]
    store.add(events_table(odd), "odd names", datetime(2026, 11, 1, tzinfo=UTC))
    with engine("duckdb") as duck:
        expected = count(duck, store.paths())
    assert expected.num_rows > 500
    found = count(spark, store.paths())
    assert found.equals(expected)
    assert found.schema.equals(expected.schema)


def test_a_roll_up_by_spark_is_that_by_duckdb_byte_for_byte(spark, tmp_path):
    store = generate(tmp_path / "events", 5_000, areas=12, months=2, seed=4)
    one, other = (RollUp(tmp_path / name, store) for name in ("duck", "spark"))
    with engine("duckdb") as duck:
        one.refresh(duck)
    other.refresh(spark)
    for month in store.months():
        name = f"month={month}.parquet"
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_days_and_hours_by_spark_are_those_by_duckdb(spark, tmp_path):
    store = generate(tmp_path / "events", 8_000, areas=5, months=3, seed=6)
    zone, first, last = "America/Santiago", date(2016, 1, 2), date(2016, 3, 20)
    for counted in (count_days, count_hours, list_days):
        with engine("duckdb") as duck:
            expected = counted(duck, store.paths(), zone, first, last)
        assert expected.num_rows > 100
        found = counted(spark, store.paths(), zone, first, last)
        assert found.to_pylist() == expected.to_pylist()
