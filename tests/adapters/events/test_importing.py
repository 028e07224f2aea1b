"""Importing a city's own table: forms, encodings, troubles; nothing dropped unsaid."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.events import (
    RULES,
    EventStore,
    KnownAreas,
    import_events,
    mapping_of,
    read_mapping,
)
from gengfu.adapters.events.rings import first_of_rings
from gengfu.kernel import BadInput

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
PLAIN = {
    "dates": ["iso", "%m/%d/%Y %I:%M %p", "%Y年%m月%d日 %H:%M"],
    "columns": {"event_id": "id", "at": "when", "kind": "what", "area": "town"},
}


def read(tmp_path, text, mapping=PLAIN, areas=None, zone="UTC", kinds=(), **how):
    path = tmp_path / how.get("name", "events.csv")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_events(
        path, mapping_of(mapping, "m.toml"), areas, zone, now=NOW, kinds=kinds
    )


def instants(table):
    return [at.isoformat() for at in table["at"].to_pylist()]


def test_mixed_dates_are_read_each_in_its_form(tmp_path):
    text = (
        "id,when,what,town\n1,2026-10-03 14:05:06,theft,a\n"
        "2,10/13/2026 02:05 PM,theft,a\n3,2026年10月3日 14:05,theft,a\n"
        "4,2026-10-03T14:05:06.25+08:00,theft,a\n"
    )
    table, report = read(tmp_path, text)
    assert instants(table) == [
        "2026-10-03T14:05:06+00:00",
        "2026-10-13T14:05:00+00:00",
        "2026-10-03T14:05:00+00:00",
        "2026-10-03T06:05:06.250000+00:00",
    ]
    assert (report.rows_read, report.rows_kept, report.troubles) == (4, 4, ())


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_the_encoding_is_found(tmp_path, encoding, named):
    text = "编号,时间,类别,街道\n甲1,2026-10-03 14:05,盗窃,水口街道\n"
    mapping = {
        "columns": {"event_id": "编号", "at": "时间", "kind": "类别", "area": "街道"},
        "values": {"kind": {"盗窃": "theft"}},
    }
    areas = KnownAreas(["shuikou"], {"水口街道": "shuikou"})
    table, report = read(tmp_path, text.encode(encoding), mapping, areas)
    assert table.select(["event_id", "kind", "area"]).to_pylist() == [
        {"event_id": "甲1", "kind": "theft", "area": "shuikou"}
    ]
    assert report.encoding == named
    assert report.troubles == ()


def test_an_encoding_that_does_not_fit_names_the_line(tmp_path):
    text = b"id,when,what,town\n1,2026-10-03,theft,a\n2,2026-10-03,th\xff\xffeft,a\n"
    with pytest.raises(BadInput, match=r"utf-8 fails in line 3; gb18030 fails in lin"):
        read(tmp_path, text)
    with pytest.raises(BadInput, match=r"wrong encoding: ascii fails in line 2"):
        read(
            tmp_path,
            "id,when,what,town\n1,2026-10-03,偷,a\n",
            PLAIN | {"encoding": "ascii"},
        )


TROUBLED = """id,when,what,town,x,y,dead,by,again
1,2026-10-01 10:00,theft,North,,,0,resident,
1,2026-10-01 10:00,theft,North,,,0,resident,
1,2026-10-01 11:00,theft,North,,,0,resident,
2,,theft,North,,,0,resident,
3,yesterday,theft,North,,,0,resident,
4,2026-02-30 10:00,theft,North,,,0,resident,
5,1969-12-31 23:59,theft,North,,,0,resident,
6,2026-11-03 09:00,theft,North,,,0,resident,
7,2026-10-02,,North,,,0,resident,
8,2026-10-02,theft,,,,0,resident,
9,2026-10-02,theft,Nowhere,,,0,resident,
10,2026-10-02,theft,,5.5,0.5,0,resident,
11,2026-10-02,theft,,0.5,0.5,0,resident,
12,2026-10-02,theft,,500,0.5,0,resident,
13,2026-10-02,theft,north,,,-2,resident,
14,2026-10-02,theft,North,,,two,resident,
15,2026-10-02,dragon,North,,,3,resident,
16,2026-10-02,theft,North,,,0,police,
17,2026-10-02,theft,North,,,0,martian,
18,2026-10-02,theft,North,,,0,Agency,18
19,2026-10-02,theft,North,,,0,resident,1
,2026-10-02,theft,North,,,0,resident,
20,2026-10-02,theft
"""
TROUBLED_MAPPING = {
    "columns": {
        "event_id": "id",
        "at": "when",
        "kind": "what",
        "area": "town",
        "lon": "x",
        "lat": "y",
        "deaths": "dead",
        "initiated_by": "by",
        "duplicate_of": "again",
    }
}


def unit_square(lon, lat):
    inside = (lon >= 0) & (lon <= 1) & (lat >= 0) & (lat <= 1)
    return np.where(inside, 0, -1).astype(np.int32)


TOWNS = KnownAreas(["south", "north"], {"North": "north"}, unit_square)


def test_every_trouble_has_its_row_and_column_and_its_rule(tmp_path):
    table, report = read(tmp_path, TROUBLED, TROUBLED_MAPPING, TOWNS, kinds=("theft",))
    found = {
        t.code: (t.count, t.first[0].row, t.first[0].column, t.first[0].value)
        for t in report.troubles
    }
    assert found == {
        "ragged-row": (1, 24, "", "20,2026-10-02,theft"),
        "missing-time": (1, 5, "when", ""),
        "unreadable-time": (1, 6, "when", "yesterday"),
        "impossible-time": (1, 7, "when", "2026-02-30 10:00"),
        "time-before-1970": (1, 8, "when", "1969-12-31 23:59"),
        "time-in-future": (1, 9, "when", "2026-11-03 09:00"),
        "missing-kind": (1, 10, "what", ""),
        "exact-duplicate": (1, 3, "id", "1"),
        "duplicate-id": (1, 4, "id", "1"),
        "missing-id": (1, 23, "id", ""),
        "unknown-kind": (1, 18, "what", "dragon"),
        "missing-place": (1, 11, "town", ""),
        "unknown-area": (1, 12, "town", "Nowhere"),
        "outside-areas": (1, 13, "x", "5.5 0.5"),
        "impossible-place": (1, 15, "x", "500 0.5"),
        "negative-deaths": (1, 16, "dead", "-2"),
        "unreadable-deaths": (1, 17, "dead", "two"),
        "unknown-initiator": (1, 20, "by", "martian"),
        "repeats-itself": (1, 21, "again", "18"),
        "repeats": (1, 22, "again", ""),
        "police-initiated": (1, 19, "by", ""),
    } | {"missing-place": (2, 11, "town", "")}
    assert report.rows_read == 23
    assert report.rows_read == report.rows_kept + report.rows_left_out
    assert report.rows_kept == table.num_rows == 14


def test_rows_that_are_kept_say_what_the_rules_say(tmp_path):
    table, _ = read(tmp_path, TROUBLED, TROUBLED_MAPPING, TOWNS, kinds=("theft",))
    rows = {row["event_id"]: row for row in table.to_pylist()}
    assert rows["1"]["at"].hour == 10
    assert [rows[n]["area"] for n in ("8", "9", "10", "11", "12", "13")] == [
        None,
        None,
        None,
        "south",
        None,
        "north",
    ]
    assert (rows["10"]["lon"], rows["12"]["lon"], rows["8"]["lat"]) == (5.5, None, None)
    assert [rows[n]["deaths"] for n in ("13", "14", "15")] == [0, 0, 3]
    assert [rows[n]["initiated_by"] for n in ("16", "17", "18")] == [
        "police",
        "resident",
        "agency",
    ]
    assert (rows["18"]["duplicate_of"], rows["19"]["duplicate_of"]) == (None, "1")
    assert rows["15"]["kind"] == "dragon"
    assert len([name for name in rows if name.startswith("made-")]) == 1


def test_the_report_says_it_in_both_languages(tmp_path):
    _, report = read(tmp_path, TROUBLED, TROUBLED_MAPPING, TOWNS, kinds=("theft",))
    english, chinese = report.lines(), report.lines("zh")
    assert len(english) == len(chinese) == len(report.troubles) + 1
    assert english[0].endswith("23 rows read, 14 kept")
    assert any("row 7, column when ('2026-02-30 10:00')" in line for line in english)
    assert any("第 7 行，when 列" in line for line in chinese)
    assert all(rule.en and rule.zh for rule in RULES.values())


def test_a_month_knows_its_troubles_and_an_import_all_of_them(tmp_path):
    table, report = read(tmp_path, TROUBLED, TROUBLED_MAPPING, TOWNS, kinds=("theft",))
    store = EventStore(tmp_path / "events", "UTC")
    (made,) = store.add(table, "a month", NOW, report=report)
    assert made.quality["exact-duplicate"] == 1
    assert made.quality["unknown-area"] == 1
    assert made.quality["without-area"] == 4
    assert "unreadable-time" not in made.quality  # it has no month
    (kept,) = store.imports()
    assert kept.troubles == report.counts()
    assert (kept.rows_read, kept.rows_kept) == (23, 14)


def test_a_clock_that_is_put_forward_and_back(tmp_path):
    text = (
        "id,when,what,town\n1,2026-03-29 02:30,theft,a\n"
        "2,2026-10-25 02:30,theft,a\n3,2026-10-25 02:30+01:00,theft,a\n"
    )
    table, report = read(tmp_path, text, zone="Europe/Berlin")
    assert instants(table) == [
        "2026-03-29T01:00:00+00:00",  # moved on to 03:00 of the new time
        "2026-10-25T00:30:00+00:00",  # the first 02:30
        "2026-10-25T01:30:00+00:00",  # said which
    ]
    assert report.counts() == {"time-in-gap": 1, "time-twice": 1}


def test_times_of_the_mappings_zone(tmp_path):
    mapping = PLAIN | {"timezone": "Asia/Shanghai"}
    table, _ = read(tmp_path, "id,when,what,town\n1,2026-10-03,x,a\n", mapping)
    assert instants(table) == ["2026-10-02T16:00:00+00:00"]


def test_rows_without_ids_get_the_same_ids_again(tmp_path):
    text = "when,what,town\n2026-10-03,theft,a\n2026-10-03,theft,a\n2026-10-04,x,b\n"
    mapping = {"columns": {"at": "when", "kind": "what", "area": "town"}}
    first, report = read(tmp_path, text, mapping)
    again, _ = read(tmp_path, text + "2026-10-05,theft,a\n", mapping)
    assert first.num_rows == 3  # two thefts on a day are two thefts
    assert report.troubles == ()
    ids = first["event_id"].to_pylist()
    assert len(set(ids)) == 3
    assert again["event_id"].to_pylist()[:3] == ids


def test_two_columns_make_one_time_and_a_point_stands_in_one_cell(tmp_path):
    text = (
        'd,t,what,where\n03.10.2026,14:05,theft,"(0.5, 0.25)"\n'
        "04.10.2026,7:05,theft,POINT (0.25 0.5)\n04.10.2026,7:06,theft,here\n"
    )
    mapping = {
        "dates": ["%d.%m.%Y %H:%M"],
        "columns": {"at": ["d", "t"], "kind": "what", "point": "where"},
        "constants": {"source": "web", "initiated_by": "agency"},
    }
    table, report = read(tmp_path, text, mapping, TOWNS)
    assert table["lon"].to_pylist() == [0.25, 0.25, None]
    assert table["lat"].to_pylist() == [0.5, 0.5, None]
    assert table["area"].to_pylist() == ["south", "south", None]
    assert set(table["source"].to_pylist()) == {"web"}
    assert set(table["initiated_by"].to_pylist()) == {"agency"}
    assert instants(table)[1] == "2026-10-04T07:05:00+00:00"
    assert report.counts() == {"missing-place": 1, "impossible-place": 1}


def test_row_numbers_go_on_after_blank_and_ragged_rows(tmp_path):
    text = (
        'id,when,what,town\n1,2026-10-03,theft,a\n\n2,x\n3,"bad\ntime",theft,a\n'
        "4,bad,theft,a\n,,,\n"
    )
    _, report = read(tmp_path, text)
    assert [w.row for w in report.trouble("blank-row").first] == [3, 7]
    assert [w.row for w in report.trouble("ragged-row").first] == [4]
    assert [w.row for w in report.trouble("unreadable-time").first] == [5, 6]
    assert (report.rows_read, report.rows_kept) == (6, 1)


def test_parquet_with_typed_columns(tmp_path):
    path = tmp_path / "events.parquet"
    pq.write_table(
        pa.table(
            {
                "id": pa.array([7, 8, 9]),
                "when": pa.array(["2026-03-29T02:30", "2026-01-01T01:00", None]).cast(
                    pa.timestamp("ms")
                ),
                "what": pa.array(["theft"] * 3).dictionary_encode(),
                "town": ["a", None, "b"],
                "dead": pa.array([1, None, 2]),
            }
        ),
        path,
    )
    mapping = mapping_of({"columns": PLAIN["columns"] | {"deaths": "dead"}}, "m.toml")
    table, report = import_events(path, mapping, None, "Europe/Berlin", now=NOW)
    assert instants(table) == ["2026-03-29T01:00:00+00:00", "2026-01-01T00:00:00+00:00"]
    assert table["deaths"].to_pylist() == [1, 0]
    assert report.counts() == {
        "missing-time": 1,
        "time-in-gap": 1,
        "missing-place": 1,
    }
    pq.write_table(pa.table({"d": [date(2026, 10, 3)], "k": ["theft"]}), path)
    mapping = mapping_of({"columns": {"at": "d", "kind": "k"}}, "m.toml")
    table, _ = import_events(path, mapping, None, "UTC", now=NOW)
    assert instants(table) == ["2026-10-03T00:00:00+00:00"]


def test_a_file_with_our_own_columns_needs_no_mapping(tmp_path):
    first, _ = read(tmp_path, TROUBLED, TROUBLED_MAPPING, TOWNS, kinds=("theft",))
    path = tmp_path / "own.parquet"
    pq.write_table(first, path)
    table, report = import_events(path, None, None, "UTC", now=NOW)
    assert table.equals(first)
    assert report.rows_left_out == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("id,when,what\n", "missing column 'town'"),
        ("id,when,what,town,town\n", "column 'town' is there 2 times"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, text, says):
    with pytest.raises(BadInput, match=says):
        read(tmp_path, text)


def test_a_file_that_is_not_there_or_no_parquet(tmp_path):
    mapping = mapping_of(PLAIN, "m.toml")
    with pytest.raises(BadInput, match=r"gone\.csv"):
        import_events(tmp_path / "gone.csv", mapping, None, "UTC", now=NOW)
    with pytest.raises(BadInput, match="no Parquet"):
        read(tmp_path, "id,when", name="events.parquet")


def test_a_file_with_a_heading_alone_is_an_empty_month(tmp_path):
    table, report = read(tmp_path, "id,when,what,town\n")
    assert (table.num_rows, report.rows_read, report.troubles) == (0, 0, ())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colums": {}}, "colums means nothing"),
        ({"columns": {"at": "when"}}, "kind is missing"),
        ({"columns": PLAIN["columns"] | {"size": "x"}}, "size means nothing"),
        ({"columns": PLAIN["columns"] | {"area": 3}}, r"columns\.area: is no text"),
        ({"dates": ["%q"]}, "%q is not known"),
        ({"dates": ["%H:%M"]}, "needs a year"),
        ({"dates": []}, "names nothing"),
        ({"constants": {"kind": "x"}}, "both a column and a constant"),
        ({"constants": {"deaths": "1"}}, "deaths means nothing"),
        ({"constants": {"initiated_by": "dog"}}, "'dog' is none of"),
        ({"values": {"initiated_by": {"p": "dog"}}}, "'dog' is none of"),
        ({"values": {"kind": 3}}, "is no table"),
        ({"format": "xlsx"}, "neither csv nor parquet"),
        ({"delimiter": "；"}, "one ASCII character"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused(change, says):
    with pytest.raises(BadInput, match=says):
        mapping_of(PLAIN | change, "m.toml")


def test_a_mapping_file(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(
        'delimiter = ";"\ndates = ["%d/%m/%Y"]\n[columns]\nat = "d"\nkind = "k"\n',
        encoding="utf-8-sig",
    )
    assert read_mapping(path).delimiter == ";"
    events = tmp_path / "e.csv"
    events.write_text("d;k\n3/10/2026;theft\n")
    table, _ = import_events(events, path, None, "UTC", now=NOW)
    assert instants(table) == ["2026-10-03T00:00:00+00:00"]
    path.write_text("at = ")
    with pytest.raises(BadInput, match=r"m\.toml"):
        read_mapping(path)
    with pytest.raises(BadInput, match=r"none\.toml"):
        read_mapping(tmp_path / "none.toml")


def test_records_of_san_francisco(shared, tmp_path):
    mapping = mapping_of(
        {
            "dates": ["%m/%d/%Y %I:%M:%S %p"],
            "timezone": "America/Los_Angeles",
            "columns": {
                "event_id": "Incident Number",
                "at": "Received DtTm",
                "kind": "Call Type",
                "point": "Location",
                "area": "Neighborhooods - Analysis Boundaries",
            },
        },
        "m.toml",
    )
    path = shared / "data" / "sf" / "calls_2020-04.csv"
    table, report = import_events(path, mapping, None, "America/Los_Angeles", now=NOW)
    assert report.rows_read == 10410
    assert table.num_rows == len(set(table["event_id"].to_pylist()))
    assert report.rows_read == report.rows_kept + report.rows_left_out
    assert table["lon"].null_count == 0
    store = EventStore(tmp_path / "events", "America/Los_Angeles")
    assert [v.month for v in store.add(table, "x", NOW)] == ["2020-04"]


CELLS = st.sampled_from(
    ["", "1", "2026-10-03", "2026-99-03", "theft", "North", "-1", '"', "é", "0", "x,y"]
)


@given(st.lists(st.lists(CELLS, min_size=8, max_size=10), max_size=12))
def test_whatever_stands_there_is_kept_or_counted(tmp_path_factory, rows):
    quoted = [",".join('"' + c.replace('"', '""') + '"' for c in r) for r in rows]
    text = "\n".join([TROUBLED.splitlines()[0], *quoted]) + "\n"
    folder = tmp_path_factory.mktemp("any")
    table, report = read(folder, text, TROUBLED_MAPPING, TOWNS, kinds=("theft",))
    assert report.rows_read == len(rows)
    assert report.rows_kept == table.num_rows
    assert report.rows_read == report.rows_kept + report.rows_left_out
    assert len(set(table["event_id"].to_pylist())) == table.num_rows


def test_of_events_that_repeat_each_other_the_first_counts(tmp_path):
    rows = ["a,b", "b,c", "c,b", "d,e", "e,d", "f,a", "g,x", "h,h", "i,", "b,i"]
    text = "id,again,when,what,town\n" + "".join(
        f"{row},2026-10-02,theft,North\n" for row in rows
    )
    mapping = {"columns": PLAIN["columns"] | {"duplicate_of": "again"}}
    table, report = read(tmp_path, text, mapping, None)
    found = [(row["event_id"], row["duplicate_of"]) for row in table.to_pylist()]
    alone = [(one, None) for one in "bdhi"]
    assert sorted(found, key=str) == sorted(
        [*alone, ("a", "b"), ("c", "b"), ("e", "d"), ("f", "a"), ("g", "x")], key=str
    )
    ring = report.trouble("repeats-in-a-ring")
    assert (ring.count, [where.row for where in ring.first]) == (2, [3, 5])


@given(st.lists(st.integers(-1, 30), max_size=31))
def test_rings_are_found_as_by_walking(drawn):
    repeats = [other if other < len(drawn) else -1 for other in drawn]
    expected = set()
    for start in range(len(repeats)):
        walked, at = [], start
        while at >= 0 and at not in walked:
            walked.append(at)
            at = repeats[at]
        if at >= 0:
            expected.add(min(walked[walked.index(at) :]))
    found = first_of_rings(np.array(repeats, np.int64))
    assert found.tolist() == sorted(expected)


def test_a_word_without_end_is_left_out_and_said(tmp_path):
    text = f"id,when,what,town\n1,2026-10-03,{'x' * 1001},a\n2,2026-10-03,theft,a\n"
    table, report = read(tmp_path, text, PLAIN, None)
    assert table["event_id"].to_pylist() == ["2"]
    assert report.counts() == {"long-cell": 1}
    assert report.trouble("long-cell").first[0].row == 2
