"""Commands of the documentation that are cheap enough, run as a reader would."""

from pathlib import Path

import pytest
from tests.docs.pages import DOCS, ROOT, blocks, command_lines
from typer.testing import CliRunner, Result

from gengfu.adapters.city import load
from gengfu.app.cli import app
from gengfu.app.release import release
from gengfu.kernel import BadInput

HOW_TO = DOCS / "how-to" / "build-a-city.md"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader's empty folder with its own data folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path / "data"))


def run(*words: str) -> Result:
    """Run a command of ours; what it raises is raised here."""
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def small_city(tmp_path: Path) -> list[str]:
    """Write the files of the smallest city; return the command that builds it."""
    for block in blocks(HOW_TO):
        if block.title:
            (tmp_path / block.title).write_text(block.text, "utf-8")
    first = blocks(HOW_TO, "sh")[0]
    build, check = command_lines(first)
    assert check == ["gengfu", "city", "check", "smalltown"]
    return build[1:]


def test_the_smallest_city_builds_and_is_fit(tmp_path: Path) -> None:
    built = run(*small_city(tmp_path), "--no-basemap")
    assert built.exit_code == 0, built.output
    town = load(tmp_path / "smalltown")
    assert (town.name, town.name_zh, town.timezone) == (
        "Smalltown",
        "小镇",
        "Europe/Berlin",
    )
    assert town.counts["population"] == 4600
    engine, medic = town.units
    assert (engine.call_sign, engine.agency, engine.crew) == ("Engine 1", "fire", 4)
    assert engine.skills == ("breathing-apparatus",)
    assert medic.post == "S1"
    # Three two-way stretches of two streets, and one street of one way.
    assert town.roads.edge_count == 2 * 3 + 1
    checked = run("city", "check", "smalltown")
    assert checked.exit_code == 0
    assert checked.stdout.splitlines()[-1] == "This pack is fit for service."
    warned = [line for line in checked.output.splitlines() if "warning:" in line]
    for named in ("licence", "outside every area", "gas, "):
        assert any(named in line for line in warned), named


def test_the_mistake_we_suggest_says_what_we_say(tmp_path: Path) -> None:
    build = small_city(tmp_path)
    assert run(*build, "--no-basemap").exit_code == 0
    before = (tmp_path / "smalltown" / "units.parquet").read_bytes()
    units = tmp_path / "units.csv"
    units.write_text(units.read_text("utf-8").replace("engine,S1", "engine,S9"))
    with pytest.raises(BadInput) as caught:
        run(*build, "--no-basemap")
    assert f"`gengfu: {caught.value}`" in HOW_TO.read_text("utf-8")
    assert (tmp_path / "smalltown" / "units.parquet").read_bytes() == before


def test_the_demonstration_city_is_fit_for_service() -> None:
    checked = run("city", "check", str(ROOT / "cities" / "coquimbo"))
    assert checked.exit_code == 0
    assert checked.stdout.splitlines()[-1] == "This pack is fit for service."


def test_a_new_ledger_is_intact_and_complete(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'city.db'}"
    upgraded = run("db", "upgrade", "--db", address)
    assert upgraded.exit_code == 0
    verified = run("ledger", "verify", "--db", address)
    assert verified.exit_code == 0
    assert verified.stdout.splitlines()[0] == "entries: 0"
    assert verified.stdout.splitlines()[-2:] == ["intact: yes", "complete: yes"]


def test_tokens_are_printed_and_differ() -> None:
    service = run("token", "dispatcher").stdout.strip()
    phone = run("token", "crew", "p11", "--positions").stdout.strip()
    other = run("token", "crew", "p12", "--positions").stdout.strip()
    assert service
    assert len({service, phone, other}) == 3
    assert run("token", "crew", "p11", "--positions").stdout.strip() == phone


def test_the_version_is_that_of_the_package() -> None:
    assert run("version").stdout.strip() == release()
