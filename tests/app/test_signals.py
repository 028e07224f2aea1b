"""`gengfu signals`: from files to named signals, the same bytes for the same inputs."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import Event, EventStore, events_table
from gengfu.app.cli import app
from gengfu.app.index_inputs import EngineChoice
from gengfu.app.signals import Watch, find_signals
from gengfu.capabilities.safety_index.rules.signal_values import SignalsFound
from gengfu.kernel import BadInput

ZONE = "America/Santiago"  # its clocks change within the record
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAYS = 91
AREAS = "id,name,kind,parent,population\n" + "".join(
    f"t{n},Town {n},town,,{1000 * n}\n" for n in range(1, 6)
)


def made_up() -> list[Event]:
    rng = np.random.default_rng(8)
    noon = datetime(2026, 10, 31, 23, 30, tzinfo=ZoneInfo(ZONE))
    found: list[Event] = []

    def add(area: str, ago: int, number: int, **more: object) -> None:
        for _ in range(number):
            at = (noon - timedelta(days=ago)).astimezone(UTC)
            lon, lat = -71.3 + rng.random() * 0.2, -29.9 - rng.random() * 0.1
            one = Event(f"e{len(found):05}", at, "theft", area, lon, lat, **more)
            found.append(one)

    for ago in range(DAYS):
        for n in range(1, 6):
            add(f"t{n}", ago, int(rng.poisson(0.8)))
    add("t3", 0, 9)
    add("t4", 0, 30, initiated_by="police")
    first = found[0].event_id
    add("t5", 0, 30, duplicate_of=first)
    return found


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("signals")
    EventStore(folder / "events", ZONE).add(events_table(made_up()), "made up", NOW)
    (folder / "areas.csv").write_text(AREAS, "utf-8")
    return folder / "events", folder / "areas.csv"


def order(inputs: tuple[Path, Path], at: str = "2026-10-31", **more: object) -> Watch:
    choice = more.pop("engine", "duckdb")
    return Watch(
        events=inputs[0], areas=inputs[1], at=at, now=NOW,
        engine=EngineChoice(name=str(choice), options={}), **more,
    )  # fmt: skip


def silent(_stage: str, _share: float) -> None:
    pass


@pytest.fixture(scope="module")
def found(inputs: tuple[Path, Path]) -> SignalsFound:
    return find_signals(order(inputs), silent)


def test_calls_of_the_day_by_the_citys_clocks_and_neither_police_nor_repeats(
    found: SignalsFound,
) -> None:
    mine = [one for one in found.signals if one.method.startswith("ears")]
    assert ("t3", "theft") in {(one.area, one.kind) for one in mine}
    t3 = next(one for one in mine if one.area == "t3")
    assert t3.observed >= 9  # half past eleven at night there is the next day in UTC
    assert (t3.first_day, t3.last_day) == ("2026-10-31", "2026-10-31")
    assert "t4" not in {one.area for one in mine}
    assert "t5" not in {one.area for one in mine}
    assert {one.method for one in found.tested} == {"ears", "scan"}
    assert found.events[0].month == "2026-08"
    assert found.without_place == 0


def test_the_same_inputs_give_the_same_bytes(
    inputs: tuple[Path, Path], found: SignalsFound
) -> None:
    again = find_signals(order(inputs), silent)
    assert JsonCodec().encode(again) == JsonCodec().encode(found)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_spark_says_the_very_same(inputs: tuple[Path, Path]) -> None:
    spark = find_signals(order(inputs, engine="spark"), silent)
    assert spark == find_signals(order(inputs), silent)


@pytest.mark.parametrize(
    ("at", "says"),
    [("31.10.2026", "a day like"), ("2026-12-01", "no events of 2026-12")],
)
def test_a_day_without_data_is_refused(
    at: str, says: str, inputs: tuple[Path, Path]
) -> None:
    with pytest.raises(BadInput, match=says):
        find_signals(order(inputs, at), silent)


def test_the_command_prints_a_table_and_writes_a_file(
    inputs: tuple[Path, Path], tmp_path: Path, found: SignalsFound
) -> None:
    out = tmp_path / "signals.json"
    events, areas = map(str, inputs)
    command = ["signals", "--events", events, "--areas", areas, "--at", "2026-10-31"]
    answer = CliRunner().invoke(app, [*command, "--out", str(out)])
    assert answer.exit_code == 0, answer.output
    assert "t3" in answer.output
    assert out.read_bytes() == JsonCodec().encode(found)
