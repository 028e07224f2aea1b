"""Records of calls: read as they are, bad rows counted and named, wrong files refused."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gengfu.kernel import BadInput
from gengfu.twin.columns import CallColumns, read_columns
from gengfu.twin.recorded import calls_of, read_meanings
from gengfu.twin.records import Record, read_record

ZONE = ZoneInfo("America/Los_Angeles")
BOX = (-122.6, 37.6, -122.3, 37.9)
HEAD = (
    "Call Number,Unit ID,Unit Type,Call Type,Original Priority,Received DtTm,Dispatch DtTm,"
    "Response DtTm,On Scene DtTm,Available DtTm,Unit sequence in call dispatch,Location"
)
GOOD = (
    "7,E01,ENGINE,Alarms,3,04/07/2020 11:58:08 PM,04/07/2020 11:59:00 PM,"
    "04/08/2020 12:00:10 AM,04/08/2020 12:03:00 AM,04/08/2020 12:20:00 AM,1,"
    '"(37.77, -122.42)"'
)


def read(tmp_path: Path, *rows: str, head: str = HEAD) -> Record:
    path = tmp_path / "calls.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return read_record(path, ZONE, BOX, CallColumns())


def test_a_row_is_read_with_its_times_in_utc(tmp_path):
    (r,) = read(tmp_path, GOOD).responses
    assert r.received == datetime(2020, 4, 8, 6, 58, 8, tzinfo=UTC)
    assert r.on_scene == datetime(2020, 4, 8, 7, 3, tzinfo=UTC)
    assert (r.lon, r.lat) == (-122.42, 37.77)
    assert r.transport is None
    assert r.line == 2


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (GOOD.replace("(37.77, -122.42)", ""), "no place"),
        (GOOD.replace("37.77", "57.77"), "place outside the city"),
        (GOOD.replace("37.77", "NaN"), "no place"),
        (GOOD.replace("12:03:00 AM", "12:99:00 AM"), "time cannot be read"),
        (GOOD.replace("04/07/2020 11:59:00 PM", "4-7"), "time cannot be read"),
        (GOOD.replace("04/07/2020 11:59:00 PM", ""), "no time of receipt"),
        (GOOD.replace("04/08/2020 12:20", "04/08/9120 12:20"), "time out of range"),
        (GOOD.replace("E01", " "), "no call or no unit"),
        (GOOD, "same unit, call and dispatch twice"),
    ],
)
def test_a_bad_row_is_counted_and_named_and_the_others_stay(tmp_path, bad, why):
    record = read(tmp_path, GOOD, bad)
    assert len(record.responses) == 1
    ((said, trouble),) = record.troubles.items()
    assert why in said
    assert (trouble.rows, trouble.lines) == (1, [3])


def test_iso_times_with_an_offset_are_understood(tmp_path):
    iso = GOOD.replace("04/07/2020 11:58:08 PM", "2020-04-07T23:58:08-05:00")
    (r,) = read(tmp_path, iso).responses
    assert r.received == datetime(2020, 4, 8, 4, 58, 8, tzinfo=UTC)


def test_wrong_files_end_with_one_line(tmp_path):
    with pytest.raises(BadInput, match="column 'Call Number' is missing"):
        read(tmp_path, "1,2", head="a,b")
    with pytest.raises(BadInput, match="not one usable row of 1: no place"):
        read(tmp_path, GOOD.replace("37.77", "x"))
    with pytest.raises(BadInput, match="not one usable row of 0"):
        read(tmp_path)
    with pytest.raises(BadInput, match="no such file"):
        read_record(tmp_path / "no.csv", ZONE, BOX, CallColumns())
    with pytest.raises(BadInput, match="is a folder"):
        read_record(tmp_path, ZONE, BOX, CallColumns())
    latin = tmp_path / "latin.csv"
    latin.write_bytes(HEAD.encode() + b"\nCoraz\xf3n\n")
    with pytest.raises(BadInput, match="is not UTF-8"):
        read_record(latin, ZONE, BOX, CallColumns())
    huge = tmp_path / "huge.csv"
    huge.write_text(HEAD + "\n" + "x" * 1_000_000 + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match="is no CSV file"):
        read_record(huge, ZONE, BOX, CallColumns())


def test_other_cities_name_their_columns(tmp_path):
    told = tmp_path / "calls.toml"
    told.write_text('[columns]\ncall = "id"\nlon = "x"\nlat = "y"\n', "utf-8")
    columns = read_columns(told)
    assert columns.needed()[0] == "id"
    assert columns.needed()[-2:] == ("x", "y")
    told.write_text('[columns]\ncalls = "id"\n', "utf-8")
    with pytest.raises(BadInput, match="no field 'calls'"):
        read_columns(told)


def test_a_call_is_its_first_row_and_a_vague_type_is_told_by_the_unit(tmp_path):
    medic = GOOD.replace("E01,ENGINE", "M1,MEDIC").replace(",1,", ",2,")
    other = GOOD.replace("7,E01", "8,E02").replace("Alarms", "Other")
    calls = calls_of(read(tmp_path, medic, GOOD, other).responses, read_meanings(None))
    assert [(c.key, c.type, c.priority) for c in calls] == [
        ("7", "fire-alarm", 2),
        ("8", "smoke", 2),
    ]
