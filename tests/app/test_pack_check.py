"""`gengfu city check` reads the rules of a pack as a server does at its start."""

import shutil
from pathlib import Path

import pytest
from tests.docs.pages import ROOT
from typer.testing import CliRunner

from gengfu.app.cli import app
from gengfu.app.pack_check import check_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    shutil.copytree(ROOT / "cities" / "coquimbo", folder)
    return folder


def test_the_demo_city_is_fit_and_lacks_no_agency(pack: Path) -> None:
    report = check_pack(pack)
    assert report.ok
    assert {f.code for f in report.findings}.isdisjoint({"rules", "agencies"})


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("types.toml", "x = [", "types.toml"),
        ("policy.toml", "first = 'soon'", "policy.toml"),
        ("retention.toml", "[rule]", "retention.toml"),
    ],
)
def test_rules_that_no_server_could_read_are_an_error(
    pack: Path, name: str, text: str, where: str
) -> None:
    (pack / name).write_text(text, "utf-8")
    report = check_pack(pack)
    assert not report.ok
    (fault,) = (f for f in report.findings if f.code == "rules")
    assert fault.where.startswith(where)
    assert fault.en
    assert fault.zh.endswith(fault.en)
    told = CliRunner().invoke(app, ["city", "check", str(pack)])
    assert told.exit_code == 1
    assert f"error: {fault.line()}" in " ".join(told.output.split())
