"""Incidents that are over flow to Parquet by month; a table of a city's own too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import erasing
from tests.erasing import AGENCY, CHIEF
from typer.testing import CliRunner

from gengfu.adapters.events import EventStore
from gengfu.adapters.memory import MemoryStore
from gengfu.app.cli import app
from gengfu.app.config import Settings
from gengfu.app.events_export import LeftOut, collect, export_events
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.incidents import (
    incident,
    reopen,
    report,
    retype,
)
from gengfu.capabilities.control_room.cases.outcomes import Finding
from gengfu.capabilities.control_room.cases.recounting import correct_deaths
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.capabilities.control_room.live.rulebook import read_retention
from gengfu.kernel import BadInput, CaseId, Desk, NotFound, Office, Ref
from gengfu.kernel.erasing import erase_words

CITY = Path(__file__).resolve().parents[2] / "cities" / "coquimbo"
RULES = read_retention(lambda _name: None)
LATER = datetime(2027, 2, 1, tzinfo=UTC)
NEW_YEAR = datetime.fromisoformat("2027-01-01")
"""By the city's clocks, as the command line gives it."""
PERSONAL = {*erasing.SECRETS, "Calle Secreta 9", "5551234567"}


def closed(one: Office, **more: Any) -> CaseId:
    """Take a call and close its incident."""

    def job(desk: Desk) -> CaseId:
        _, case = actions.take_call(desk, erasing.heard(**more))
        actions.close_out(desk, case.id, "handled", reason="by phone")
        return case.id

    return one.serve(CHIEF, RESPONSE, job)


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    store = EventStore(folder)
    return {
        row["event_id"]: row
        for month in store.months()
        for row in store.read(month).to_pylist()
    }


def test_what_is_over_is_an_event_without_a_word_of_anybody(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    event = erasing.happen(one)
    erasing.close(one, event)
    fed = closed(one, channel=Channel.AGENCY, type="gas-leak", place=None, area=None)
    open_one = erasing.happen(one).incident
    folder = tmp_path / "events"
    made = export_events(settings, folder, LATER)
    found = rows(folder)
    assert made.events == 2
    assert open_one not in found
    assert found[event.incident] == {
        "event_id": event.incident,
        "at": erasing.NOON,
        "kind": "structure-fire",
        "area": "z7",
        "lon": pytest.approx(-71.346, abs=1e-9),
        "lat": pytest.approx(-29.954, abs=1e-9),
        "source": "call",
        "deaths": 0,
        "duplicate_of": None,
        "initiated_by": "resident",
    }
    assert (found[fed]["source"], found[fed]["initiated_by"]) == ("agency", "agency")
    assert found[fed]["lon"] is None
    blob = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not {word for word in PERSONAL if word.encode() in blob}


def test_an_export_twice_and_after_erasure_states_nothing_anew(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    event = erasing.happen(one)
    erasing.close(one, event)
    closed(one, channel=Channel.WEB)
    folder = tmp_path / "events"
    assert [v.version for v in export_events(settings, folder, LATER).stated] == [1]
    before = rows(folder)
    manifest = (folder / "versions.json").read_bytes()
    again = export_events(settings, folder, LATER + timedelta(days=1))
    assert (again.events, again.stated) == (2, ())

    def erased(desk: Desk) -> None:
        about = Ref(incident.kind, event.incident)
        erase_words(desk, about, RULES.rule_for("structure-fire"), "asked for")

    one.serve(CHIEF, RESPONSE, erased)
    assert erasing.incident_of(one, event).stage == "erased"
    assert export_events(settings, folder, LATER + timedelta(days=2)).stated == ()
    assert rows(folder) == before
    assert (folder / "versions.json").read_bytes() == manifest


def test_a_merged_incident_repeats_the_one_it_ends_at(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    def job(desk: Desk) -> tuple[CaseId, ...]:
        first, second, third = (
            actions.take_call(desk, erasing.heard())[1].id for _ in range(3)
        )
        actions.merge_into(desk, third, second, "same")
        actions.merge_into(desk, second, first, "same")
        return first, second, third

    first, second, third = one.serve(CHIEF, RESPONSE, job)
    folder = tmp_path / "events"
    made = export_events(settings, folder, LATER)
    assert (made.events, made.left_out) == (0, {LeftOut.MERGED_INTO_OPEN: 2})
    assert not folder.exists()
    one.serve(
        CHIEF, RESPONSE, lambda d: actions.close_out(d, first, "out", reason="by phone")
    )
    export_events(settings, folder, LATER)
    repeats = {name: row["duplicate_of"] for name, row in rows(folder).items()}
    assert repeats == {first: None, second: first, third: first}


def test_what_turns_out_otherwise_is_stated_anew_and_the_old_word_stays(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    known = closed(one)
    folder = tmp_path / "events"
    export_events(settings, folder, LATER)

    def again(desk: Desk) -> None:
        desk.apply(known, reopen, "it was something else")
        desk.apply(known, retype, "gas-leak")

    one.serve(CHIEF, RESPONSE, again)
    assert export_events(settings, folder, LATER).events == 0
    assert rows(folder)[known]["kind"] == "structure-fire"
    one.serve(
        CHIEF, RESPONSE, lambda d: actions.close_out(d, known, "out", reason="by phone")
    )
    (stated,) = export_events(settings, folder, LATER).stated
    assert stated.version == 2
    assert rows(folder)[known]["kind"] == "gas-leak"
    old = EventStore(folder).read(stated.month, 1).to_pylist()
    assert [row["kind"] for row in old] == ["structure-fire"]


def test_simulated_ones_come_only_when_asked_for_and_are_marked(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    real, made_up = closed(one), closed(one, simulated=True)
    folder = tmp_path / "events"
    made = export_events(settings, folder, LATER)
    assert (made.events, made.left_out) == (1, {LeftOut.SIMULATED: 1})
    assert set(rows(folder)) == {real}
    (stated,) = export_events(settings, folder, LATER, simulated=True).stated
    assert stated.quality["simulated"] == 1
    assert rows(folder)[made_up]["source"] == "simulated:call"
    said = CliRunner().invoke(app, ["events", "report", str(folder)])
    assert "SIMULATED: 1 events" in said.output


def test_what_nobody_called_about_was_begun_by_the_police(tmp_path: Path) -> None:
    one = erasing.office(MemoryStore())

    def job(desk: Desk) -> CaseId:
        facts = {"code": "x", "type": "theft", "priority": 3, "received": desk.now}
        case = desk.open(report, **facts, place=None)
        actions.close_out(desk, case.id, "handled", reason="seen")
        return case.id

    known = one.serve(CHIEF, RESPONSE, job)
    (found,) = one.look(lambda r: collect(r, one.codec, RULES)).events
    assert (found.event_id, found.source) == (known, "desk")
    assert found.initiated_by == "police"


def test_who_called_first_began_it_also_where_that_was_merged(tmp_path: Path) -> None:
    one = erasing.office(MemoryStore())

    def seen(desk: Desk) -> CaseId:
        facts = {"code": "x", "type": "theft", "priority": 3, "received": desk.now}
        return desk.open(report, **facts, place=None).id

    def heard(desk: Desk) -> CaseId:
        return actions.take_call(desk, erasing.heard(type="theft"))[1].id

    def both(first: Any, second: Any) -> tuple[CaseId, CaseId]:
        before = one.serve(CHIEF, RESPONSE, first)
        erasing.wait(one, minutes=1)
        after = one.serve(CHIEF, RESPONSE, second)
        return before, after

    def merged(main: CaseId, other: CaseId) -> CaseId:
        def job(desk: Desk) -> None:
            actions.merge_into(desk, other, main, "same")
            actions.close_out(desk, main, "handled", reason="seen")

        one.serve(CHIEF, RESPONSE, job)
        return main

    call_first, then_seen = both(heard, seen)
    seen_first, then_call = both(seen, heard)
    residents = merged(then_seen, call_first)
    police = merged(seen_first, then_call)
    found = {
        e.event_id: e for e in one.look(lambda r: collect(r, one.codec, RULES)).events
    }
    begun = {name: (e.source, e.initiated_by) for name, e in found.items()}
    assert begun[residents] == ("call", "resident")
    assert begun[police] == ("desk", "police")
    assert found[call_first].duplicate_of == residents


def test_deaths_are_those_of_the_closing_as_corrected(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    def job(desk: Desk) -> tuple[CaseId, ...]:
        cases = [actions.take_call(desk, erasing.heard())[1].id for _ in range(4)]
        for case, deaths in zip(cases, (None, 0, 3, 1), strict=True):
            actions.close_out(desk, case, "out", reason="seen", deaths=deaths)
        return tuple(cases)

    unsaid, nobody, three, late = one.serve(CHIEF, RESPONSE, job)
    folder = tmp_path / "events"
    export_events(settings, folder, LATER)
    counted = {name: row["deaths"] for name, row in rows(folder).items()}
    assert counted == {unsaid: 0, nobody: 0, three: 3, late: 1}
    erasing.wait(one, days=9)
    one.serve(
        CHIEF, RESPONSE, lambda d: d.apply(late, correct_deaths, 2, "in hospital")
    )
    (stated,) = export_events(settings, folder, LATER).stated
    assert (stated.version, rows(folder)[late]["deaths"]) == (2, 2)


@pytest.mark.parametrize("finding", [Finding.NOTHING_FOUND, Finding.FALSE_ALARM])
def test_where_nothing_was_there_is_no_event_and_none_any_more(
    one: Office, settings: Settings, tmp_path: Path, finding: Finding
) -> None:
    def close(desk: Desk, case: CaseId, found: Finding) -> None:
        actions.close_out(desk, case, "over", reason="seen", finding=found)

    def job(desk: Desk) -> tuple[CaseId, CaseId, CaseId]:
        first, second, third = (
            actions.take_call(desk, erasing.heard())[1].id for _ in range(3)
        )
        actions.merge_into(desk, third, first, "same")
        close(desk, first, Finding.CONFIRMED)
        close(desk, second, finding)
        return first, second, third

    real, nothing, repeat = one.serve(CHIEF, RESPONSE, job)
    folder = tmp_path / "events"
    made = export_events(settings, folder, LATER)
    assert (made.events, made.left_out) == (2, {LeftOut.UNFOUNDED: 1})
    assert set(rows(folder)) == {real, repeat}

    def again(desk: Desk) -> None:
        desk.apply(real, reopen, "the caller rang again")
        close(desk, real, finding)

    one.serve(CHIEF, RESPONSE, again)
    made = export_events(settings, folder, LATER)
    assert (made.events, made.left_out) == (0, {LeftOut.UNFOUNDED: 3})
    assert [(v.version, v.rows) for v in made.stated] == [(2, 0)]
    assert rows(folder) == {}
    assert export_events(settings, folder, LATER).stated == ()
    old = EventStore(folder).read(made.stated[0].month, 1).to_pylist()
    assert {row["event_id"] for row in old} == {real, repeat}
    assert nothing not in {row["event_id"] for row in old}


def test_since_is_a_day_of_the_citys_clocks_and_quiet_months_are_stated(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    closed(one)
    erasing.wait(one, days=70)
    late = closed(one)
    folder = tmp_path / "events"
    tomorrow = one.clock() + timedelta(days=1)
    assert export_events(settings, folder, LATER, since=tomorrow).events == 0
    export_events(settings, folder, LATER, since=NEW_YEAR)
    assert set(rows(folder)) == {late}
    stated = export_events(settings, folder, LATER).stated
    assert [(v.month, v.rows) for v in stated] == [("2026-11", 1), ("2026-12", 0)]
    assert EventStore(folder).gaps() == ()


def test_commands_say_what_was_done_and_what_stands_there(
    one: Office, settings: Settings, tmp_path: Path
) -> None:
    closed(one)
    run, folder = CliRunner(), tmp_path / "events"
    asked = ["events", "export", "--events", str(folder), "--city", str(CITY)]
    asked += ["--db", settings.database()]
    first = run.invoke(app, asked)
    assert first.exit_code == 0
    assert "2026-11 version 1: 1 events" in first.output
    assert "nothing is stated anew" in run.invoke(app, asked).output
    table = tmp_path / "table.csv"
    table.write_text(
        "id,when,what,town\n1,2026-09-03 10:00,theft,Nowhere\n2,,theft,Nowhere\n"
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[columns]\nevent_id="id"\nat="when"\nkind="what"\narea="town"\n'
    )
    taken = run.invoke(
        app,
        [
            *("events", "import", "--events", str(folder), "--from", str(table)),
            *("--mapping", str(mapping), "--areas", str(CITY)),
        ],
    )
    assert taken.exit_code == 0, taken.output
    assert "2 rows read, 1 kept" in taken.output
    assert "读入 2 行，保留 1 行" in taken.output
    assert (
        "2026-09 version 1: 1 events (unknown-area 1, without-area 1)" in taken.output
    )
    said = run.invoke(app, ["events", "report", str(folder), "--verify"]).output
    assert "never stated 未载入: 2026-10" in said
    assert "no time: left out" in said
    assert "every file is what was written" in said


def test_nothing_is_made_where_there_is_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "events"
    with pytest.raises(NotFound, match="no such database"):
        export_events(settings, folder, LATER)
    assert not folder.exists()
    found = CliRunner().invoke(app, ["events", "report", str(folder)])
    assert isinstance(found.exception, BadInput)


def test_a_month_that_a_table_covers_without_an_event_is_empty_not_unknown(
    tmp_path: Path,
) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(
        "event_id,at,kind,area,lon,lat,source,deaths,duplicate_of,initiated_by\n"
        "e1,2026-08-05T10:00:00,theft,a,,,call,0,,resident\n"
        "e2,2026-10-05T10:00:00,theft,a,,,call,0,,resident\n"
    )
    store = tmp_path / "store"
    told = ["events", "import", "--events", str(store), "--from", str(table)]
    told += ["--timezone", "Asia/Shanghai"]
    assert CliRunner().invoke(app, told).exit_code == 0
    assert EventStore(store).gaps() == ("2026-09",)
    answer = CliRunner().invoke(app, [*told, "--covers", "2026-07..2026-10"])
    assert "2026-09 version 1: 0 events" in answer.output
    assert EventStore(store).months() == ("2026-07", "2026-08", "2026-09", "2026-10")
    assert EventStore(store).gaps() == ()
    for wrong, said in (("2026-10..2026-07", "ends before"), ("soon", "no month")):
        refused = CliRunner().invoke(app, [*told, "--covers", wrong])
        assert isinstance(refused.exception, BadInput)
        assert said in str(refused.exception)


HEADING = "event_id,at,kind,area,lon,lat,source,deaths,duplicate_of,initiated_by\n"


def test_a_complete_table_takes_out_what_it_no_longer_has_and_says_so(
    tmp_path: Path,
) -> None:
    table, store = tmp_path / "calls.csv", tmp_path / "store"
    rows = [
        *(
            f"e{n},2026-10-0{n}T10:00:00,theft,a,,,call,0,,resident\n"
            for n in range(1, 9)
        ),
        "s1,2026-09-05T10:00:00,theft,a,,,call,0,,resident\n",
        "e9,2026-10-09T10:00:00,theft,a,,,call,-1,,resident\n",
    ]
    told = ["events", "import", "--events", str(store), "--from", str(table)]
    told += ["--timezone", "Asia/Shanghai"]

    def imported(*more: str) -> str:
        answer = CliRunner().invoke(app, [*told, *more])
        assert answer.exit_code == 0, answer.output
        return answer.output

    def quality() -> dict[str, int]:
        return dict(EventStore(store).current(["2026-10"])[0].quality)

    table.write_text(HEADING + "".join(rows))
    imported()
    assert quality()["negative-deaths"] == 1
    table.write_text(HEADING + rows[0] + rows[-1])
    assert "nothing is stated anew" in imported()  # others may be elsewhere
    said = imported("--complete")
    assert "2026-10 version 2: 2 events" in said
    assert "taken out 7 已移除 7 件: e2, e3, e4, e5, e6…" in said
    assert "2026-09" not in said
    assert EventStore(store).read("2026-09").num_rows == 1
    assert quality()["negative-deaths"] == 1
    assert "nothing is stated anew" in imported("--complete")
    kept = CliRunner().invoke(app, ["events", "report", str(store)]).output
    assert "2026-10 version 2: taken out 7" in kept
    emptied = imported("--complete", "--covers", "2026-09..2026-10")
    assert "2026-09 version 2: 0 events" in emptied
    assert "taken out 1 已移除 1 件: s1" in emptied


def test_a_table_that_cannot_be_read_whole_is_not_complete(tmp_path: Path) -> None:
    """Events whose rows were spoilt stay: their ids are in the table."""
    table, store = tmp_path / "calls.csv", tmp_path / "store"
    row = "e%d,2026-10-%s,theft,a,,,call,0,,resident\n"
    rows = [row % (n, f"0{n}T10:00:00") for n in range(1, 4)]
    told = ["events", "import", "--events", str(store), "--from", str(table)]
    told += ["--timezone", "Asia/Shanghai"]
    table.write_text(HEADING + "".join(rows))
    assert CliRunner().invoke(app, told).exit_code == 0
    spoilt = rows[1].replace("02T10", "the second")
    table.write_text(HEADING + rows[0] + rows[0] + spoilt + "\n")
    answer = CliRunner().invoke(app, [*told, "--complete"])
    assert isinstance(answer.exception, BadInput)
    assert "calls.csv: 1 row: a time in none of the forms" in str(answer.exception)
    assert "without --complete" in str(answer.exception)
    assert [one.rows for one in EventStore(store).versions()] == [3]
    table.write_text(HEADING + rows[0] + rows[0] + "\n")  # the same row again is none
    assert CliRunner().invoke(app, [*told, "--complete"]).exit_code == 0
    assert [one.rows for one in EventStore(store).versions()] == [3, 1]


def test_the_same_file_again_does_not_add_its_troubles_up(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    row = "e1,2026-10-05T10:00:00,theft,a,,,call,%s,,resident\n"
    first.write_text(HEADING + row % "-1" + row.replace("e1", "e2") % "0")
    second.write_text(HEADING + row % "0")
    store = tmp_path / "store"
    for file in (first, second, first):
        told = ["events", "import", "--events", str(store), "--from", str(file)]
        answer = CliRunner().invoke(app, [*told, "--timezone", "Asia/Shanghai"])
        assert answer.exit_code == 0
    newest = EventStore(store).versions("2026-10")[-1]
    assert newest.quality["negative-deaths"] == 1


def test_an_agency_s_own_word_is_not_in_it(one: Office) -> None:
    event = erasing.happen(one)
    erasing.close(one, event)
    found = one.serve(AGENCY, RESPONSE, lambda d: collect(d.tx, one.codec, RULES))
    assert "taken-to-clinic" not in repr(found.events)


def test_a_complete_table_of_another_city_does_not_take_its_place(
    tmp_path: Path,
) -> None:
    table, store = tmp_path / "calls.csv", tmp_path / "store"
    told = ["events", "import", "--events", str(store), "--from", str(table)]
    told += ["--areas", str(CITY)]
    row = "e%d,2026-10-0%dT10:00:00,theft,%s,,,call,0,,resident\n"
    table.write_text(HEADING + row % (1, 1, "z1") + row % (2, 2, "z2"))
    answer = CliRunner().invoke(app, told)
    assert answer.exit_code == 0, answer.output
    table.write_text(HEADING + row % (3, 3, "soho") + row % (4, 4, "mayfair"))
    answer = CliRunner().invoke(app, [*told, "--complete"])
    assert isinstance(answer.exception, BadInput)
    assert "no row is in an area of this city" in str(answer.exception)
    assert [one.rows for one in EventStore(store).versions()] == [2]
    table.write_text(HEADING + row % (3, 3, "z1") + row % (4, 4, "mayfair"))
    assert CliRunner().invoke(app, [*told, "--complete"]).exit_code == 0
