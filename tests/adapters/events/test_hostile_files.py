"""Files that come broken: one clear line with row and column, or a stated rule."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gengfu.adapters.events import import_events, mapping_of
from gengfu.kernel import BadInput

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
CLOCK = datetime.fromisoformat("2026-10-05T10:00:00")
HEAD = "event_id,at,kind,area\n"
MAPPING = mapping_of(
    {
        "columns": {n: n for n in ("event_id", "at", "kind", "area")},
        "dates": ["iso", "epoch_s"],
    },
    "m.toml",
)


def row(event, at="2026-10-05T10:00:00", kind="theft", area="a"):
    return f"{event},{at},{kind},{area}\n"


def read_csv(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "events.csv"
    path.write_bytes(text.encode(encoding))
    return import_events(path, MAPPING, None, "America/Santiago", now=NOW)


def read_parquet(tmp_path, **columns):
    plain = {
        "event_id": ["e1", "e2"],
        "at": pa.array([CLOCK, CLOCK + timedelta(days=1)]),
        "kind": ["theft", "fire"],
        "area": ["a", "b"],
    }
    path = tmp_path / "events.parquet"
    pq.write_table(pa.table(plain | columns), path)
    return import_events(path, MAPPING, None, "America/Santiago", now=NOW)


def codes(report):
    assert report.rows_read == report.rows_kept + report.rows_left_out
    return report.counts()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # In the last column the rest of the file would be one cell of a row that fits.
        (HEAD + row("e1") + row("e2", area='"a') + row("e3"), "row 3: a quotation"),
        (HEAD + row("e1") + row("e2", kind='"theft') + row("e3"), "row 3: a quotation"),
        (HEAD + row("e1", kind="x" * (20 << 20)), "row 2: 2097.* more than a row"),
        ("x" * 200_000 + "," + HEAD, "row 1: no heading"),
    ],
)
def test_a_file_that_no_row_can_be_counted_of_names_the_row(tmp_path, text, says):
    with pytest.raises(BadInput, match=says) as refused:
        read_csv(tmp_path, text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_what_lacks_its_mark_is_no_text(tmp_path, encoding):
    with pytest.raises(BadInput, match=r"wrong encoding.*U\+0000 in line 1"):
        read_csv(tmp_path, HEAD + row("e1"), encoding)


def test_an_odd_mark_within_a_cell_is_no_fault(tmp_path):
    table, report = read_csv(tmp_path, HEAD + row("e1", kind='19" rack') + row("e2"))
    assert table["kind"].to_pylist() == ['19" rack', "theft"]
    assert codes(report) == {}


def test_rows_within_quotation_marks_are_told(tmp_path):
    text = HEAD + row("e1") + 'e2,2026-10-05,"the\ne3,2026-10-05,ft",a\n' + row("e4")
    table, report = read_csv(tmp_path, text)
    assert table.num_rows == 3
    assert codes(report) == {"line-break": 1}
    line = report.lines("en")[1]
    assert line.startswith("1 row: a cell of several lines")
    assert "row 3, column kind" in line


def test_the_report_names_the_encoding_it_guessed(tmp_path):
    _, report = read_csv(tmp_path, HEAD + row("e1", area="甲镇"), "gb18030")
    assert "(gb18030)" in report.lines("en")[0]
    assert "（gb18030）" in report.lines("zh")[0]


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2026-10-05T10:00:00+99:99", 0),
        ("2026-10-05T10:00:00+16:01", 0),
        ("2026-10-05T10:00:00-04:60", 0),
        ("2026-10-05T10:00:00+14:00", 1),
        ("2026-10-05T10:00:00-12:00", 1),
    ],
)
def test_an_offset_that_no_clock_has_is_impossible(tmp_path, at, kept):
    table, report = read_csv(tmp_path, HEAD + row("e1", at=at))
    assert table.num_rows == kept
    assert codes(report) == ({} if kept else {"impossible-time": 1})


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "America/Santiago"])
def test_timestamps_of_every_unit_are_the_same_instant(tmp_path, unit, zone):
    at = CLOCK if zone is None else CLOCK.replace(tzinfo=UTC)
    table, report = read_parquet(tmp_path, at=pa.array([at, None], pa.timestamp(unit)))
    assert table["at"].to_pylist() == [datetime(2026, 10, 5, 13, tzinfo=UTC)]
    assert codes(report) == {"missing-time": 1}
    if zone is None:
        return
    table, _ = read_parquet(tmp_path, at=pa.array([at, None], pa.timestamp(unit, zone)))
    assert table["at"].to_pylist() == [datetime(2026, 10, 5, 10, tzinfo=UTC)]


def test_nanoseconds_lose_what_is_below_a_microsecond(tmp_path):
    odd = pa.array([1_791_194_400_000_001_999, 0], pa.timestamp("ns", "UTC"))
    table, _ = read_parquet(tmp_path, at=odd)
    assert table["at"][0].as_py().microsecond == 1


@pytest.mark.parametrize(
    "at",
    [
        pa.array([2**62, 0], pa.timestamp("ms", "UTC")),
        pa.array([-(2**63) + 5, 0], pa.timestamp("us", "UTC")),
        pa.array([2**62, 0], pa.timestamp("us", "UTC")),
        pa.array([2**31 - 1, 0], pa.date32()),
    ],
)
def test_a_time_that_no_calendar_has_is_left_out_and_told(tmp_path, at):
    table, report = read_parquet(tmp_path, at=at)
    assert table.num_rows == 1
    assert codes(report) == {"impossible-time": 1}
    assert report.troubles[0].first[0].row == 1


def test_words_in_dictionaries_and_other_kinds_of_columns(tmp_path):
    table, report = read_parquet(
        tmp_path,
        kind=pa.array(["theft", None]).dictionary_encode(),
        area=pa.array(["a", "b"], pa.large_string()),
        event_id=pa.array([7, 8]),
        at=pa.array([date(2026, 10, 5), date(2026, 10, 6)]),
    )
    assert table["event_id"].to_pylist() == ["7"]
    assert codes(report) == {"missing-kind": 1}


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ({"kind": [["a"], ["b"]]}, "column 'kind': holds list<"),
        ({"area": [{"x": 1}, {"x": 2}]}, "column 'area': holds struct<"),
        ({"at": [{"x": 1}, {"x": 2}]}, "column 'at': holds struct<"),
        ({"kind": pa.array([b"ok", b"\xff\xfe"])}, "row 2, column 'kind': is not UTF"),
        (
            {"area": pa.array([None, b"\xff"], pa.binary()).view(pa.string())},
            "row 2, column 'area': is not UTF-8",
        ),
    ],
)
def test_columns_that_are_no_words_are_refused(tmp_path, column, says):
    with pytest.raises(BadInput, match=says) as refused:
        read_parquet(tmp_path, **column)
    assert "\n" not in str(refused.value)


def test_more_deaths_than_can_be_are_told_with_their_row(tmp_path):
    mapping = mapping_of(
        {"columns": {n: n for n in ("event_id", "at", "kind", "deaths")}}, "m.toml"
    )
    path = tmp_path / "events.csv"
    lines = ["event_id,at,kind,deaths", "e1,2026-10-05,fire,2"]
    lines += ["e2,2026-10-05,fire,262143", "e3,2026-10-05,fire,262144"]
    path.write_text("\n".join(lines) + "\n")
    table, report = import_events(path, mapping, None, "UTC", now=NOW)
    assert table["deaths"].to_pylist() == [2, 262143, 0]
    assert codes(report) == {"missing-place": 3, "unreadable-deaths": 1}
    assert report.trouble("unreadable-deaths").first[0].row == 4
