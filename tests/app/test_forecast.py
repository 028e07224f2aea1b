"""`gengfu forecast`: from files to the calls of the week to come."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.cli import app
from gengfu.app.forecast import Ahead, StoreForecast, forecast_calls
from gengfu.app.index_inputs import EngineChoice
from gengfu.app.inputs import read_config_file
from gengfu.capabilities.safety_index.rules.expected_values import ExpectedCalls
from gengfu.kernel import BadInput

ZONE = ZoneInfo("America/Santiago")
NOW = datetime(2026, 10, 20, 15, tzinfo=UTC)
TOWNS = 4
QUIET = date(2026, 10, 4)


def events() -> list[Event]:
    """Draw calls from July on; a clock turns on 6 September, a day has none."""
    rng = np.random.default_rng(8)
    found: list[Event] = []
    for ahead in range(111):
        day = date(2026, 7, 1) + timedelta(days=ahead)
        for n in range(0 if day == QUIET else int(rng.poisson(30))):
            who = str(rng.choice(["resident", "police", "agency"], p=[0.8, 0.1, 0.1]))
            found.append(
                Event(
                    f"{day}-{n}",
                    datetime(day.year, day.month, day.day, 9 + n % 15, 30, tzinfo=ZONE),
                    "theft",
                    None if n % 10 == 0 else f"t{rng.integers(TOWNS)}",
                    initiated_by=who,
                    duplicate_of=f"{day}-0" if n % 12 == 5 else None,
                )
            )
    return found


EVENTS = events()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("calls")
    store = EventStore(home / "events", "America/Santiago")
    store.add(events_table(EVENTS), "drawn", NOW)
    rows = [f"t{n},Town {n},第{n}镇,1000" for n in range(TOWNS)]
    areas = home / "areas.csv"
    areas.write_text("\n".join(["id,name,name_zh,population", *rows]) + "\n", "utf-8")
    return home / "events", areas


def ahead(inputs: tuple[Path, Path], **more: object) -> Ahead:
    base = {"events": inputs[0], "areas": inputs[1], "now": NOW}
    return Ahead(**(base | {"engine": EngineChoice(options={})} | more))


def silent(_stage: str, _share: float) -> None:
    pass


def test_residents_distinct_calls_of_whole_days_and_nothing_else(
    inputs: tuple[Path, Path],
) -> None:
    made = forecast_calls(ahead(inputs), silent)
    # The store was filled on 20 October: the 19th is the last whole day.
    assert (made.record_from, made.record_to) == ("2026-07-01", "2026-10-19")
    assert made.first_day == "2026-10-20"
    counted = [
        one
        for one in EVENTS
        if one.initiated_by == "resident" and one.duplicate_of is None
    ]
    assert made.calls == len(counted)
    assert made.left_out_days == ("2026-09-06", str(QUIET))
    assert [place.area.id for place in made.areas] == ["t0", "t1", "t2", "t3", ""]
    assert made.city.days[0].mean == pytest.approx(len(counted) / 110, rel=0.15)
    assert made.city.hours[0][3].mean < 0.05 < made.city.hours[0][12].mean
    assert made.last_week is not None


def test_a_day_that_is_asked_for_sees_nothing_later(inputs: tuple[Path, Path]) -> None:
    made = forecast_calls(ahead(inputs, first="2026-10-05", days=3), silent)
    assert made.record_to == "2026-10-03"  # the day before has no calls at all
    assert (made.first_day, len(made.city.days)) == ("2026-10-05", 3)
    marked = forecast_calls(
        ahead(inputs, first="2026-10-05", unusual=("2026-10-01",)), silent
    )
    assert marked.left_out_days == ("2026-09-06", "2026-10-01")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"first": "soon"}, "--at is a day like"),
        ({"unusual": ("x",)}, "--unusual is a day like"),
        ({"first": "2026-12-24"}, "at most 28 days"),
        ({"first": "2026-07-04"}, "7 days or more"),
        ({"first": "2026-06-01"}, "no events before 2026-06-01"),
        ({"days": 40}, "at most 28 days"),
        ({"events": Path("nowhere")}, "no such file"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_one_line(
    inputs: tuple[Path, Path], more: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        forecast_calls(ahead(inputs, **more), silent)
    assert "\n" not in str(refused.value)


def test_the_command_writes_json_and_csv(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    command = ["forecast", "--events", str(inputs[0]), "--areas", str(inputs[1])]
    as_json, as_csv = tmp_path / "f.json", tmp_path / "f.csv"
    for out in (as_json, as_csv):
        answer = CliRunner().invoke(app, [*command, "--out", str(out)])
        assert answer.exit_code == 0, answer.output
        assert "Calls expected in the city" in answer.output
        assert "For staffing only" in answer.output
    made = JsonCodec().decode(ExpectedCalls, as_json.read_bytes().strip())
    assert made == forecast_calls(ahead(inputs), silent)
    assert json.loads(as_json.read_bytes())["format"] == "gengfu-expected-calls"
    rows = list(csv.DictReader(as_csv.read_text("utf-8-sig").splitlines()))
    assert len(rows) == (1 + len(made.areas)) * 7 * 25
    hour = next(r for r in rows if (r["area"], r["hour"]) == ("t1", "12"))
    assert hour["name_zh"] == "第1镇"
    cell = made.areas[1].hours[0][12]
    assert (float(hour["expected"]), int(hour["high"])) == (cell.mean, cell.high)
    refused = CliRunner().invoke(app, [*command, "--out", "f.xlsx"])
    assert isinstance(refused.exception, BadInput)


def test_a_server_keeps_a_forecast_until_the_store_or_the_day_changes(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    config = read_config_file(None)
    store = EventStore(tmp_path / "events", "America/Santiago")
    store.add(events_table(EVENTS[:-40]), "drawn", NOW)
    calls = StoreForecast(store.folder, inputs[1], config)
    today = date(2026, 10, 22)
    assert calls.kept(today) is None
    made = calls.expected(today, silent)
    assert made.first_day == str(today)
    assert calls.kept(today) is made
    assert calls.expected(today, silent) is made
    assert calls.kept(today + timedelta(days=1)) is None
    old = calls.expected(date(2027, 2, 1), silent)
    assert date.fromisoformat(old.first_day) == date.fromisoformat(
        old.record_to
    ) + timedelta(days=1)
    calls.expected(today, silent)
    store.add(events_table(EVENTS[-40:]), "late ones", NOW)
    assert calls.kept(today) is None
    empty = StoreForecast(tmp_path / "none", inputs[1], config)
    assert empty.kept(today) is None
    with pytest.raises(BadInput, match="no store of events"):
        empty.expected(today, silent)
