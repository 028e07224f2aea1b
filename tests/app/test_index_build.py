"""`gengfu index build` from plain files, as a city's statistician would run it."""

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gengfu.app.cli import app
from gengfu.app.index_inputs import months_behind
from gengfu.app.inputs import CONFIG, read_config_file
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.kernel import BadInput

COLUMNS = (
    "event_id", "at", "kind", "area", "lon", "lat", "source", "deaths",
    "duplicate_of", "initiated_by",
)  # fmt: skip
TOWNS = 12
KINDS = {"theft": 0.02, "structure-fire": 0.004, "collision-injury": 0.006}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write areas and four years of events of a small city."""
    home = tmp_path_factory.mktemp("city")
    rng = np.random.default_rng(11)
    people = [int(n) for n in np.exp(rng.normal(8, 1, TOWNS))]
    lines = ["id,name,name_zh,parent,population,floating_population"]
    lines += [f"t{n},Town {n},第{n}镇,,{p},{p // 5}" for n, p in enumerate(people)]
    (home / "areas.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with (home / "events.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        number = 0
        for month in range(48):
            for town, size in enumerate(people):
                for kind, rate in KINDS.items():
                    for _ in range(rng.poisson(size * rate / 12)):
                        number += 1
                        at = f"{2023 + month // 12}-{month % 12 + 1:02}-15T12:00:00"
                        row = (f"e{number}", at, kind, f"t{town}", "", "", "call", 0,
                               "", "resident")  # fmt: skip
                        out.writerow(row)
    return home


@pytest.fixture(autouse=True, scope="module")
def _november() -> Iterator[None]:
    """Run every command in November 2026: later months have not ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "gengfu.adapters.clock.SystemClock",
            lambda: lambda: datetime(2026, 11, 30, 16, 1, tzinfo=UTC),
        )
        yield


def build(inputs: Path, out: Path, *more: str) -> str:
    """Run the command; return what it prints, and raise what it refuses."""
    found = CliRunner().invoke(
        app,
        [
            "index", "build", "--events", str(inputs / "events.csv"),
            "--areas", str(inputs / "areas.csv"), "--timezone", "Asia/Shanghai",
            "--city", "Small city", "--city-zh", "小城", "--out", str(out), *more,
        ],
    )  # fmt: skip
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


@pytest.fixture(scope="module")
def built(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build two months once; a test that builds on works in a copy (`at_work`)."""
    out = tmp_path_factory.mktemp("built") / "out"
    build(inputs, out, "--period", "2026-10", "--since", "2026-09")
    return out


@pytest.fixture(scope="module")
def store(built: Path) -> tuple[str, str]:
    """Return the option that reads the events as imported, for what is not about it."""
    return "--events", str(built / "events")


@pytest.fixture
def at_work(built: Path, tmp_path: Path) -> Path:
    """Return a folder of this test alone, in which both months were built."""
    return Path(shutil.copytree(built, tmp_path / "at-work"))


def test_the_same_files_give_the_same_bytes(
    inputs: Path, built: Path, tmp_path: Path
) -> None:
    first, second = built, tmp_path / "two"
    build(inputs, second, "--period", "2026-10", "--since", "2026-09")
    names = {path.name for path in (first / "2026-10" / "1").iterdir()}
    assert names == {
        "publication.json", "places.csv", "places.parquet", "dictionary.json",
        "bulletin-en.pdf", "bulletin-zh.pdf",
    }  # fmt: skip
    for month in ("2026-09", "2026-10"):
        for path in (first / month / "1").iterdir():
            other = second / month / "1" / path.name
            assert path.read_bytes() == other.read_bytes(), path.name


def test_a_month_made_without_the_earlier_ones_says_so(
    inputs: Path, store: tuple[str, str], tmp_path: Path
) -> None:
    """A trend and a share of real signals do not go missing in silence."""

    def codes(out: Path, month: str) -> set[str]:
        path = out / month / "1" / "publication.json"
        return {one["code"] for one in json.loads(path.read_bytes())["quality"]}

    share, together, alone = (tmp_path / n for n in ("s.json", "together", "alone"))
    share.write_text('{"period":"2026-09","raised":12,"checked":9,"real":4}', "utf-8")
    early = ("--period", "2026-09", "--signals", str(share))
    first = build(inputs, together, *store, *early)
    assert "2026-09: No publication of an earlier month was at hand" in first
    assert "编制时没有更早月份的发布" in first
    said = build(inputs, together, *store, "--period", "2026-10")
    assert "2026-10: How many early signals were real is not said" in said
    assert "2026-09 曾有说明" in said
    assert codes(together, "2026-10") & {"no-trend", "no-signals"} == {"no-signals"}
    assert "at hand" in build(inputs, alone, *store, "--period", "2026-10")
    assert codes(alone, "2026-10") & {"no-trend", "no-signals"} == {"no-trend"}
    assert "unchanged" in build(inputs, alone, *store, "--period", "2026-10")


def test_it_says_what_it_was_made_from(built: Path) -> None:
    found = json.loads((built / "2026-10" / "1" / "publication.json").read_bytes())
    assert found["city_zh"] == "小城"
    assert len(found["places"]) == TOWNS
    made = found["made"]
    assert made["config_name"] == "gengfu-index"
    assert len(made["config_sha256"]) == len(made["areas_sha256"]) == 64
    assert made["events"][-1]["month"] == "2026-10"
    assert made["events"][-1]["version"] == 1
    assert {one["month"][:4] for one in made["events"]} == {
        "2023", "2024", "2025", "2026",
    }  # fmt: skip


def test_what_is_hidden_is_not_the_rest_of_all_rows(
    inputs: Path, tmp_path: Path
) -> None:
    """One fire in the whole city: its total is withheld, all other counts are shown."""
    kept = inputs / "events.csv"
    rows = kept.read_text("utf-8").splitlines()
    fires = [r for r in rows if "2026-10-15" in r and "structure-fire" in r]
    city = tmp_path / "city"
    city.mkdir()
    (city / "areas.csv").write_bytes((inputs / "areas.csv").read_bytes())
    fewer = [row for row in rows if row not in fires[1:]]
    (city / "events.csv").write_text("\n".join(fewer) + "\n", "utf-8")
    build(city, tmp_path / "out", "--period", "2026-10")
    document = tmp_path / "out" / "2026-10" / "1" / "publication.json"
    found = json.loads(document.read_bytes())
    totals = dict(found["totals"])
    assert totals["fire"] in {"<5", "withheld"}
    shown = sum(int(text) for text in totals.values() if text.isdecimal())
    rest = found["made"]["events"][-1]["rows"] - shown
    assert rest != 1, "the number of all rows tells the hidden total"


def test_again_changes_nothing_and_other_events_need_a_reason(
    inputs: Path, at_work: Path, tmp_path: Path
) -> None:
    out = at_work
    assert "unchanged" in build(inputs, out, "--period", "2026-10")
    other = tmp_path / "other"
    other.mkdir()
    (other / "areas.csv").write_bytes((inputs / "areas.csv").read_bytes())
    late = "".join(
        f"late{n},2026-10-20T08:00:00,theft,t0,,,call,0,,resident\r\n"
        for n in range(40)
    )
    events = (inputs / "events.csv").read_text("utf-8")
    (other / "events.csv").write_text(events + late, "utf-8", newline="")
    before = (out / "2026-10" / "1" / "publication.json").read_bytes()
    with pytest.raises(BadInput, match="published already and would now be different"):
        build(other, out, "--period", "2026-10")
    assert not (out / "2026-10" / "2").exists()
    build(other, out, "--period", "2026-10", "--correct", "Late reports|迟报")
    assert (out / "2026-10" / "1" / "publication.json").read_bytes() == before
    second = json.loads((out / "2026-10" / "2" / "publication.json").read_bytes())
    assert (second["issue"], second["corrects"]["issue"]) == (2, 1)
    again = build(other, out, "--period", "2026-10", "--correct", "Once more|再次")
    assert "nothing differs from issue 2: no new issue 与第 2 版相同" in again
    assert not (out / "2026-10" / "3").exists()
    assert second["corrects_sha256"] == sha256(before).hexdigest()
    assert "unchanged" in build(other, out, "--period", "2026-10")
    assert second["corrects"]["why"] == {"en": "Late reports", "zh": "迟报"}
    assert [one for one in second["quality"] if one["code"] == "restated"]
    assert second["made"]["events"][-1]["version"] == 2


def test_an_event_that_a_corrected_file_no_longer_has_no_longer_counts(
    inputs: Path, at_work: Path, tmp_path: Path
) -> None:
    """What was built before does not show in what is built: the file is the record."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "areas.csv").write_bytes((inputs / "areas.csv").read_bytes())
    lines = (inputs / "events.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [one for n, one in enumerate(lines) if n % 5 or ",2026-10" not in one]
    assert len(kept) < len(lines) - 10
    (other / "events.csv").write_text("".join(kept), "utf-8", newline="")
    after, alone = at_work, tmp_path / "alone"
    build(other, after, "--period", "2026-10", "--correct", "Errors|更正")
    build(other, alone, "--period", "2026-10")
    second, only = (
        json.loads((home / "publication.json").read_bytes())
        for home in (after / "2026-10" / "2", alone / "2026-10" / "1")
    )
    behind, alone_behind = (
        [(one["month"], one["sha256"]) for one in made["made"]["events"]]
        for made in (second, only)
    )
    assert behind == alone_behind
    assert "unchanged" in build(other, after, "--period", "2026-10")


def test_published_base_years_are_needed_as_they_were_published(
    inputs: Path, store: tuple[str, str], tmp_path: Path
) -> None:
    """With a base of one year, 2025 is compared with 2024, which was published."""
    config, out = tmp_path / "index.toml", tmp_path / "out"
    shipped = CONFIG.read_text("utf-8")
    config.write_text(shipped.replace("years = 3", "years = 1"), "utf-8")
    of = (*store, "--config", str(config), "--period")
    with pytest.raises(BadInput, match="years 2024-2024 no publication is at hand"):
        build(inputs, out, *of, "2025-10")
    build(inputs, out, *of, "2024-10")
    build(inputs, out, *of, "2025-10")
    found = json.loads((out / "2025-10" / "1" / "publication.json").read_bytes())
    assert [period for period, _ in found["made"]["earlier"]] == ["2024-10"]
    notes = {one["code"]: one["said"]["en"] for one in found["quality"]}
    assert "2024-09, 2024-11" in notes["base-unpublished"]


def test_other_rules_and_other_areas_go_on_but_correct_nothing(
    inputs: Path, store: tuple[str, str], tmp_path: Path
) -> None:
    """What an issue hides would be told by one of other parts, or of other areas."""
    rules, out = tmp_path / "index.toml", tmp_path / "out"
    shipped = CONFIG.read_text("utf-8")
    at = [shipped.index(f"[domain.{name}]") for name in ("fire", "traffic")]
    end = shipped.index("# Bands, worst first")
    october = (*store, "--period", "2026-10", "--config", str(rules))
    correct = (*store, "--period", "2026-09", "--correct", "Other rules|其他规则")

    def parts(month: str, issue: int) -> dict[str, dict[str, str]]:
        path = out / month / str(issue) / "publication.json"
        return {
            place["id"]: {part["domain"]: part["events"] for part in place["parts"]}
            for place in json.loads(path.read_bytes())["places"]
        }

    build(inputs, out, *store, "--period", "2026-09")
    rules.write_text(shipped.replace("[domain.fire]", "[domain.blaze]"), "utf-8")
    build(inputs, out, *october)
    assert set(parts("2026-10", 1)["t0"]) == {"crime", "blaze", "traffic"}
    with pytest.raises(BadInput, match="2026-09/1: has other areas or other parts"):
        build(inputs, out, *correct, "--config", str(rules))
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    areas = (inputs / "areas.csv").read_text("utf-8").splitlines()
    (fewer / "areas.csv").write_text("\n".join(areas[:-1]), "utf-8")
    with pytest.raises(BadInput, match="2026-09/1: has other areas or other parts"):
        build(fewer, out, *correct)

    turned = shipped[: at[0]] + shipped[at[1] : end] + shipped[at[0] : at[1]]
    rules.write_text(turned + shipped[end:], "utf-8")
    build(inputs, out, *correct, "--config", str(rules))
    assert parts("2026-09", 1) == parts("2026-09", 2)  # by their names, in any order


def test_where_an_issue_is_missing_nothing_is_written(
    inputs: Path, store: tuple[str, str], at_work: Path
) -> None:
    """The exact counts beside the issue that follows would become those of another."""
    october = at_work / "2026-10"
    (october / "1").rename(october / "2")
    (october / "2.internal.json").write_text("{}", "utf-8")
    with pytest.raises(BadInput, match="2026-10/1: is missing; a later issue cannot"):
        build(inputs, at_work, *store, "--period", "2026-10", "--correct", "Late|迟报")
    assert (october / "2.internal.json").read_text("utf-8") == "{}"


def test_every_month_that_a_figure_is_made_from_is_named() -> None:
    """Those of earlier bases too, once they are linked, and of the year before."""
    config, nothing = read_config_file(None), np.zeros(0, np.int64)
    tallies = {
        month: MonthTally(
            month=month, version=1, sha256="", area=(), kind=(), initiated_by=(),
            events=nothing, repeats=nothing, deaths=nothing,
        )
        for month in Month(2023, 1).through(Month(2030, 6))
    }  # fmt: skip
    for month, without in ((Month(2028, 6), {2026}), (Month(2030, 3), set[int]())):
        named = [one.month for one in months_behind(month, tallies, config)]
        wanted = Month(2023, 1).through(month)
        assert named == [one for one in wanted if one.year not in without]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--period", "2026-13"), "written like 2026-10"),
        (("--period", "2026-12"), "2026-12 has not ended yet"),
        (("--period", "9999-12"), "9999-12 has not ended yet"),
        (("--period", "2026-08", "--events", "{few}"), "no events of 2026-08"),
        (("--period", "2025-03"), "2025 has none"),
        (("--period", "2026-10", "--since", "2026-11"), "later than"),
        (("--period", "2026-10", "--engine", "abacus"), "no engine 'abacus'"),
        (("--period", "2026-10", "--setting", "x"), "name=value"),
        (("--period", "2026-10", "--correct", "why"), "both languages"),
        (("--period", "2026-10", "--config", "nowhere.toml"), "no such file"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_line(
    inputs: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    few = tmp_path / "few.csv"
    lines = (inputs / "events.csv").read_text("utf-8").splitlines()
    few.write_text("\n".join(one for one in lines if ",2026-0" not in one), "utf-8")
    with pytest.raises(BadInput, match=said) as refused:
        build(inputs, tmp_path, *(one.format(few=few) for one in more))
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob("2*"))


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ("id,name,population\na,A,-5\n", "areas.csv.*population"),
        ("id,name,population\na,A,1\na,B,2\n", "'a' is also row 2"),
        ("id,name,population,parent\na,A,1,z\n", "no area has the id 'z'"),
        ("id,name,population\na,A,many\n", "areas.csv.*population"),
        ("", "no rows|empty|header"),
    ],
)
def test_areas_that_make_no_sense_name_the_row(
    inputs: Path, tmp_path: Path, areas: str, said: str
) -> None:
    home = tmp_path / "in"
    home.mkdir()
    (home / "areas.csv").write_text(areas, "utf-8")
    (home / "events.csv").write_bytes((inputs / "events.csv").read_bytes())
    with pytest.raises(BadInput, match=said):
        build(home, tmp_path / "out", "--period", "2026-10")


def test_the_share_of_real_signals_is_published_of_its_month(
    inputs: Path, store: tuple[str, str], tmp_path: Path
) -> None:
    out, share = tmp_path / "out", tmp_path / "share.json"
    share.write_text('{"period":"2026-10","raised":12,"checked":9,"real":4}', "utf-8")
    both = (*store, "--period", "2026-10", "--since", "2026-09")
    build(inputs, out, *both, "--signals", str(share))

    def said(month: str, issue: int = 1) -> object:
        path = out / month / str(issue) / "publication.json"
        return json.loads(path.read_bytes())["signals"]

    assert said("2026-09") is None
    assert said("2026-10") == {"raised": 12, "checked": 9, "real": 4}
    assert build(inputs, out, *both).count("unchanged") == 2  # what was said stays
    share.write_text('{"period":"2026-10","raised":12,"checked":12,"real":5}', "utf-8")
    with pytest.raises(BadInput, match="would now be different"):
        build(inputs, out, *both, "--signals", str(share))
    correct = ("--correct", "Checked since|后续核查")
    build(inputs, out, *store, "--period", "2026-10", "--signals", str(share), *correct)
    assert said("2026-10", 2) == {"raised": 12, "checked": 12, "real": 5}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (['{"period":"2026-08","raised":1,"checked":1,"real":1}'], "not built now"),
        (['{"period":"2026-10","raised":1,"checked":1,"real":2}'], "some are checked"),
        (['{"period":"10/2026","raised":1,"checked":1,"real":1}'], "written like"),
        (['{"raised":1,"checked":1,"real":1}'], "share0.json: .*period"),
        (['{"period":"2026-10","raised":1,"checked":1,"real":1}'] * 2, "said twice"),
    ],
)
def test_a_share_that_cannot_be_is_refused(
    inputs: Path, tmp_path: Path, files: list[str], says: str
) -> None:
    options: list[str] = []
    for number, text in enumerate(files):
        path = tmp_path / f"share{number}.json"
        path.write_text(text, "utf-8")
        options += ["--signals", str(path)]
    with pytest.raises(BadInput, match=says):
        build(inputs, tmp_path / "out", "--period", "2026-10", *options)
    assert not (tmp_path / "out").exists()


def test_areas_that_changed_and_months_of_another_kind_are_said(
    inputs: Path, store: tuple[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "changed"
    home.mkdir()
    lines = (inputs / "areas.csv").read_text("utf-8").splitlines()
    head, *rows = (f"{line},,," for line in lines)
    head = head.replace(",,,", ",valid_from,valid_until,successor")
    rows[1] = rows[1].removesuffix(",,,") + ",,2026-03,t0"
    rows[2] = rows[2].removesuffix(",,,") + ",2026-05-10,,"
    rows[3] = rows[3].removesuffix(",,,") + ",,,t4"
    (home / "areas.csv").write_text("\n".join((head, *rows)), "utf-8")
    out = tmp_path / "out"
    build(home, out, *store, "--period", "2026-10")
    found = json.loads((out / "2026-10" / "1" / "publication.json").read_bytes())
    told = {one["code"]: one for one in found["quality"]}
    ended = "Town 1 ended with 2026-03; its events are counted in Town 0."
    assert told["area-merged"]["said"]["en"] == ended
    assert told["area-merged"]["said"]["zh"].startswith("第1镇至 2026-03 撤销")
    assert told["area-begun"]["areas"] == ["t2"]
    assert sorted(told["areas-merged"]["areas"]) == ["t0", "t4"]
    with pytest.raises(BadInput, match="made-up and recorded months do not stand in"):
        build(home, out, *store, "--period", "2026-10", "--simulated")
    rows[5] = rows[5].removesuffix(",,,") + ",,2026-09-30,"
    rows[6] = rows[6].removesuffix(",,,") + ",2026-10-01,,"
    (home / "areas.csv").write_text("\n".join((head, *rows)), "utf-8")
    again = tmp_path / "again"
    build(home, again, *store, "--period", "2026-10", "--since", "2026-09")
    for month, here, gone in (("2026-09", "t5", "t6"), ("2026-10", "t6", "t5")):
        found = json.loads((again / month / "1" / "publication.json").read_bytes())
        ids = {place["id"] for place in found["places"]}
        assert here in ids
        assert gone not in ids
    assert "Town 5 ended with 2026-09 without successor" in json.dumps(found)
    (home / "areas.csv").write_text("id,name,population\na b,A,5000\n", "utf-8")
    with pytest.raises(BadInput, match=r"areas\.csv: row 1: id 'a b': an id has lett"):
        build(home, tmp_path / "other", *store, "--period", "2026-10")
