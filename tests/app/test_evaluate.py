"""`gengfu evaluate` from plain files, as a city's statistician would run it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gengfu.app.cli import app
from gengfu.kernel import BadInput

HEADER = (
    "event_id", "at", "kind", "area", "lon", "lat", "source", "deaths",
    "duplicate_of", "initiated_by",
)  # fmt: skip
TOWNS, TREATED, MONTHS, START = 30, 10, 24, 12
FACTOR = 0.6


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two years of burglaries in 30 towns; a third falls by 40 % in the second."""
    home = tmp_path_factory.mktemp("measured")
    rng = np.random.default_rng(4)
    people = [int(n) for n in rng.uniform(3000, 9000, TOWNS)]
    lines = ["id,name,name_zh,population"]
    lines += [f"t{n},Town {n},第{n}镇,{p}" for n, p in enumerate(people)]
    (home / "areas.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with (home / "events.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        number = 0
        for month in range(MONTHS):
            for town, size in enumerate(people):
                mean = (
                    size * 0.002 * (FACTOR if town < TREATED and month >= START else 1)
                )
                for _ in range(rng.poisson(mean)):
                    number += 1
                    at = f"{2024 + month // 12}-{month % 12 + 1:02}-15T12:00:00"
                    row = (f"e{number}", at, "burglary", f"t{town}", "", "", "call",
                           0, "", "resident")  # fmt: skip
                    out.writerow(row)
    invoke(
        "events", "import", "--events", str(home / "store"), "--timezone",
        "Asia/Shanghai", "--from", str(home / "events.csv"), "--areas",
        str(home / "areas.csv"),
    )  # fmt: skip
    rows = "".join(f"t{n},2025-01\n" for n in range(TREATED))
    (home / "adopted.csv").write_text("area,month\n" + rows, "utf-8")
    return home


def run(inputs: Path, *more: str, adopted: Path | None = None) -> str:
    """Run the command; return what it prints, and raise what it refuses."""
    given = {
        "--events": str(inputs / "store"),
        "--areas": str(inputs / "areas.csv"),
        "--adopted": str(adopted or inputs / "adopted.csv"),
        "--domain": "burglary",
        "--from": "2024-01",
        "--to": "2025-12",
    }
    given |= dict(zip(more[::2], more[1::2], strict=True))
    words = [word for pair in given.items() for word in pair]
    return invoke("evaluate", *words)


def invoke(*words: str) -> str:
    """Run any command."""
    found = CliRunner().invoke(app, words)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_a_measure_that_helped_is_told_in_both_languages(
    inputs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.json"
    said = run(inputs, "--out", str(out), "--measure", "the new locks|新锁安装")
    english, chinese = said.strip().splitlines()[:2]
    assert english.startswith(
        "After the new locks, recorded cases of burglary in the 10 areas were "
    )
    assert "% lower than expected from the 20 without it (from " in english
    assert chinese.startswith("新锁安装后，10 个地区的入室盗窃记录比 20 个未实施的地区")
    found = json.loads(out.read_bytes())
    evaluation = found["evaluation"]
    interval = evaluation["interval"]
    assert interval["low"] < FACTOR < interval["high"] < 1
    assert (evaluation["verdict"], evaluation["design"]) == ("fewer", "did")
    assert [one["since"] for one in evaluation["places"]] == ["2025-01"] * TREATED
    assert len(found["adopted_sha256"]) == len(found["made"]["areas_sha256"]) == 64
    assert len(found["made"]["events"]) == MONTHS
    assert any(point["reference"] for point in evaluation["path"])


def test_the_same_files_give_the_same_bytes(inputs: Path, tmp_path: Path) -> None:
    """From a store, and from the file it was made of."""
    one, two, three = (tmp_path / f"{n}.json" for n in (1, 2, 3))
    run(inputs, "--out", str(one))
    run(inputs, "--out", str(two))
    assert one.read_bytes() == two.read_bytes()
    raw = ("--events", str(inputs / "events.csv"), "--timezone", "Asia/Shanghai")
    run(inputs, "--out", str(three), *raw)
    assert (
        json.loads(one.read_bytes())["evaluation"]
        == json.loads(three.read_bytes())["evaluation"]
    )


def test_places_that_got_nothing_show_nothing(inputs: Path, tmp_path: Path) -> None:
    sham = tmp_path / "sham.csv"
    rows = "".join(f"t{n}\t2024年7月\r\n" for n in range(12, 22))
    sham.write_bytes(b"\xef\xbb\xbf" + f"地区\t月份\r\n{rows}".encode())
    said = run(inputs, "--to", "2024-12", adopted=sham)
    assert "can be told from chance" in said
    assert "变化与偶然波动无法区分" in said


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        ("area,month\nt1,2025-13\n", (), "bad.csv: row 2, column month: .*2025-13"),
        ("area,month\nt1,2025-01\nt99,2025-01\n", (), "row 3, column area: 't99'"),
        ("area,month\nt1,2025-01\nt1,2025-02\n", (), "row 3.*also in row 2"),
        ("area,month\n,2025-01\n", (), "row 2, column area: is empty"),
        ("area,month\nt1\n", (), "row 2: has 1 fields and the header 2"),
        ("area,when\nt1,2025-01\n", (), "row 1: column month is missing"),
        ("area,month,x\nt1,2025-01,1\n", (), "row 1, column 'x'"),
        ("", (), "bad.csv: is empty"),
        ("area,month\n", (), "names no area"),
        ("area,month\nt1,2027-01\n", (), "no area got the measure from 2024-01"),
        ("area,month\nt1,2023-01\n", (), "nothing can be compared"),
        ("area,month\nt1,2025-01\n", ("--to", "2026-03"), "no events of 2026-01"),
        ("area,month\nt1,2025-01\n", ("--domain", "magic"), "'magic' is no domain"),
        ("area,month\nt1,2025-01\n", ("--to", "2024-02"), "are 2 months"),
        ("area,month\nt1,2025-01\n", ("--measure", "x"), "both languages"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_one_line(
    inputs: Path, tmp_path: Path, table: str, more: tuple[str, ...], said: str
) -> None:
    adopted = tmp_path / "bad.csv"
    adopted.write_text(table, "utf-8")
    out = tmp_path / "report.json"
    with pytest.raises(BadInput, match=said) as refused:
        run(inputs, "--out", str(out), *more, adopted=adopted)
    assert "\n" not in str(refused.value)
    assert not out.exists()


def test_text_that_is_none_is_refused(inputs: Path, tmp_path: Path) -> None:
    adopted = tmp_path / "bad.csv"
    adopted.write_bytes(b"area,month\n\xff\xff,2025-01\n")
    with pytest.raises(BadInput, match="neither UTF-8 nor GB18030"):
        run(inputs, adopted=adopted)
