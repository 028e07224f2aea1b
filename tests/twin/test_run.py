"""Days through the real desk: everything ends closed, and one seed is one history."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.twin.conftest import silent

from gengfu.adapters.city import load
from gengfu.app.installed import INSTALLED
from gengfu.app.twin_desk import DeskRoom, RuledTown
from gengfu.app.twin_room import days_of, run_once, run_twin
from gengfu.kernel import BadInput
from gengfu.twin.rooms import Dispatched

CALLS = 40.0


def run(city: Path, out: Path, **more) -> dict:
    run_twin(city, out, silent, days=1, calls_per_day=CALLS, **more)
    return json.loads(out.read_text("utf-8"))


def test_every_call_is_dispatched_and_closed_and_the_same_seed_writes_the_same_bytes(
    coquimbo, tmp_path
):
    one, two, other = (tmp_path / f"{n}.json" for n in (1, 2, 3))
    report = run(coquimbo, one, seed=4)
    figures = report["run"]
    assert figures["calls"] == figures["closed"] == figures["reached"] > 30
    assert figures["nobody_to_send"] == 0
    assert figures["response_s"]["p50"] > figures["drive_s"]["p50"] > 20
    assert figures["ledger_entries"] > 15 * figures["calls"]
    assert {row["standard"] for row in figures["standards"]}
    assert report["simulated"] is True
    run(coquimbo, two, seed=4)
    assert one.read_bytes() == two.read_bytes()
    run(coquimbo, other, seed=5)
    assert other.read_bytes() != one.read_bytes()


def test_a_policy_is_compared_on_the_same_calls_and_luck(coquimbo, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    same = run(coquimbo, tmp_path / "same.json", seed=4, policy=rules)
    assert same["run"] == same["policy"]["run"]
    for row in same["comparison"]["response_s"].values():
        assert row["difference"] == row["low"] == row["high"] == 0
    room = Path(__file__).resolve().parents[2] / "src/gengfu/capabilities/control_room"
    text = (room / "data/run_cards.toml").read_text("utf-8")
    (rules / "run_cards.toml").write_text(text.replace("count = 1", "count = 2"))
    more = run(coquimbo, tmp_path / "more.json", seed=4, policy=rules)
    before, after = more["run"], more["policy"]["run"]
    assert after["unit_responses"] > 1.3 * before["unit_responses"]
    assert before["calls"] == after["calls"]
    # the first of two units cannot be later than it was alone, but for who is busy
    assert more["comparison"]["response_s"]["mean"]["difference"] < 60


@pytest.fixture(scope="module")
def usual(coquimbo):
    """Return a town, a day of calls, and the journal and figures of its run."""
    town = RuledTown(load(coquimbo))
    days = days_of(town, None, 1, 9, CALLS)
    return town, days, *run_once(town, days, 9, silent)


def test_the_journal_is_in_order_and_clocks_follow_each_other(usual):
    _, days, journal, _ = usual
    assert [c.key for c in journal.calls] == [c.key for c in days.calls]
    for call in journal.calls:
        assert call.sent_at is not None
        assert call.closed_at is not None
        assert call.received_at <= call.sent_at <= call.closed_at
        for unit in call.units:
            times = (unit.sent_at, unit.rolled_at, unit.arrived_at, unit.left_at)
            known = [t for t in times if t is not None]
            assert known == sorted(known)
            assert unit.left_at is not None


def test_a_night_in_which_the_clocks_are_put_forward_is_an_hour_shorter(usual):
    town, days, _, found = usual
    start = datetime(2026, 3, 8, tzinfo=ZoneInfo("America/New_York"))
    calls = [replace(c, at=c.at - days.start + start) for c in days.calls]
    night = replace(days, start=start, calls=calls)
    _, short = run_once(town, night, 9, silent)
    assert short["calls"] == short["closed"] == found["calls"]


def test_what_a_call_leaves_is_kept_as_it_is_and_never_read_back(coquimbo):
    town = RuledTown(load(coquimbo))
    days = days_of(town, None, 1, 9, CALLS)
    desk = DeskRoom(town, days.start, 9)
    for number, call in enumerate(days.calls):
        desk.now_is(call.at + timedelta(minutes=number))
        wanted = desk.take(call)
        dispatched = desk.dispatch(wanted)
        assert isinstance(dispatched, Dispatched)
        for task in dispatched.tasks:
            desk.sign(task)
        for unit in (sent.unit for sent in dispatched.units):
            desk.roll(unit)
            desk.put(unit, call.lon, call.lat)
            desk.arrive(unit)
            desk.clear(unit)
            desk.free(unit)
    kinds = [machine.kind for one in INSTALLED for machine in one.machines]
    rows = [
        r for k in ("task", *kinds) for r in desk.store.read(lambda s, k=k: s.rows(k))
    ]
    kept = Counter((row.kind, row.value is None) for row in rows)
    assert kept["recommendation", False] == len(days.calls)
    assert [key for key in kept if key[1]] == []
    desk.end()


def test_bad_arguments_end_with_one_line_and_no_file(coquimbo, tmp_path):
    out = tmp_path / "report.json"
    with pytest.raises(BadInput, match="give --calls, --days, or both"):
        run_twin(coquimbo, out, silent)
    with pytest.raises(BadInput, match="--days must be"):
        run_twin(coquimbo, out, silent, days=0)
    with pytest.raises(BadInput, match="no such file or folder"):
        run_twin(coquimbo, out, silent, days=1, policy=tmp_path / "nothing")
    with pytest.raises(BadInput, match="is no city pack"):
        run_twin(tmp_path, out, silent, days=1)
    with pytest.raises(BadInput, match="folder does not exist"):
        run_twin(coquimbo, tmp_path / "no" / "report.json", silent, days=1)
    assert list(tmp_path.iterdir()) == []


def test_days_are_drawn_like_those_of_a_record(coquimbo, tmp_path):
    town = RuledTown(load(coquimbo))
    lon, lat = town.posts[0].lon, town.posts[0].lat
    record = tmp_path / "march.csv"
    head = (
        "Call Number,Unit ID,Unit Type,Call Type,Original Priority,Received DtTm,"
        "Dispatch DtTm,Response DtTm,On Scene DtTm,Available DtTm,"
        "Unit sequence in call dispatch,Location"
    )
    rows = [
        f"{day},E01,ENGINE,Alarms,3,03/{day:02}/2026 02:00:00 PM,"
        f"03/{day:02}/2026 02:01:00 PM,03/{day:02}/2026 02:02:00 PM,"
        f"03/{day:02}/2026 02:06:00 PM,03/{day:02}/2026 02:20:00 PM,1,"
        f'"({lat}, {lon})"'
        for day in range(1, 29)
    ]
    record.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    recorded = days_of(town, record, None, 1)
    drawn = days_of(town, record, 28, 1)
    assert len(recorded.calls) == 28
    assert 10 <= len(drawn.calls) <= 60
    assert {c.type for c in drawn.calls} == {recorded.calls[0].type}
    there = town.area_of(lon, lat)
    assert sum(town.area_of(c.lon, c.lat) == there for c in drawn.calls) > 0.5 * len(
        drawn.calls
    )
    assert drawn.paces == recorded.paces
    assert drawn.source["drawn_like"] == "march.csv"
    with pytest.raises(BadInput, match="--calls-per-day needs --days"):
        days_of(town, record, None, 1, 5.0)
