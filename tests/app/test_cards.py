"""`gengfu cards rehearse`: what it prints, refuses and records."""

from pathlib import Path

import pytest
from tests import erasing
from typer.testing import CliRunner, Result

from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.app.cli import app
from gengfu.app.config import Settings
from gengfu.app.serving import sole_user
from gengfu.capabilities.control_room.cases.cards import Cards, CardsStage, cards
from gengfu.capabilities.control_room.live.rulebook import OWN
from gengfu.kernel import Codec, Office, Refused, RuleBroken

CITY = Path(__file__).resolve().parents[2] / "cities" / "coquimbo"
CARDS = (OWN / "run_cards.toml").read_text(encoding="utf-8")
NEW = CARDS.replace('version = "2026-1"', 'version = "2027-1"')


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GENGFU_MASTER_KEY", "00" * 32)
    monkeypatch.setenv("GENGFU_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    return Settings.given(db=f"sqlite:///{tmp_path / 'city.db'}", city=CITY)


@pytest.fixture
def past(settings: Settings):
    """A city where one incident was recorded."""
    upgrade(settings.database())
    store = SqlStore(settings.database())
    office = erasing.office(store)
    event = erasing.happen(office)
    yield office, event
    store.close()


def rehearse(settings: Settings, file: Path, *more: str) -> Result:
    words = ["cards", "rehearse", str(file), "--city", str(CITY)]
    return CliRunner().invoke(app, [*words, "--db", settings.database(), *more])


def recorded(office: Office) -> list[Cards]:
    codec: Codec = office.codec
    rows = office.look(lambda reader: reader.rows(cards.kind))
    return [codec.decode(Cards, row.body) for row in rows]


def written(folder: Path, text: str) -> Path:
    file = folder / "new_cards.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_changes_is_printed_and_the_rehearsal_recorded(
    settings: Settings, past, tmp_path: Path
) -> None:
    office, event = past
    row = office.look(lambda reader: reader.find("incident", event.incident))
    kind = office.codec.decode(dict, row.body)["type"]
    text = NEW + (
        f'\n[[card]]\ncode = "many"\ntypes = ["{kind}"]\npriorities = [1, 2, 3, 4]\n'
        'areas = ["no-such-area"]\nneed = [{ kinds = ["engine"], count = 9 }]\n'
    )
    found = rehearse(settings, written(tmp_path, text))
    assert found.exit_code == 0, found.output
    assert "run cards 2027-1: 0 of 1 recorded incidents" in found.output
    everywhere = text.replace('areas = ["no-such-area"]\n', "")
    found = rehearse(settings, written(tmp_path, everywhere))
    assert found.exit_code == 0, found.output
    assert "1 of 1 recorded incidents would get another response" in found.output
    assert event.incident in found.output
    assert "many" in found.output
    assert "Recorded" in found.output
    assert [(c.edition, c.stage) for c in recorded(office)] == [
        ("2027-1", CardsStage.REHEARSED)
    ] * 2


def test_only_what_was_recorded_since_counts(
    settings: Settings, past, tmp_path: Path
) -> None:
    office, _ = past
    found = rehearse(settings, written(tmp_path, NEW), "--since", "2999-01-01")
    assert "0 of 0 recorded incidents" in found.output
    assert isinstance(found.exception, RuleBroken), "tried on nothing"
    assert recorded(office) == []
    assert rehearse(settings, written(tmp_path, NEW), "--since", "x").exit_code == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (NEW.replace('kinds = ["engine"]', 'kinds = ["dragon"]', 1), "dragon"),
        (NEW + '\n[[card]]\ncode = "empty"\n', "empty"),
        ("version =", "new_cards.toml"),
    ],
)
def test_a_bad_card_is_one_line_and_nothing_is_recorded(
    settings: Settings, past, tmp_path: Path, text: str, named: str
) -> None:
    office, _ = past
    found = rehearse(settings, written(tmp_path, text))
    assert found.exit_code == 2
    assert len(found.output.strip().splitlines()) == 1
    assert named in found.output
    assert recorded(office) == []


def test_what_is_no_file_is_said_in_one_line(settings: Settings, past) -> None:
    found = rehearse(settings, Path("/nowhere/cards.toml"))
    assert found.exit_code == 2
    assert len(found.output.strip().splitlines()) == 1


def test_beside_a_running_server_it_prints_and_refuses_to_record(
    settings: Settings, past, tmp_path: Path
) -> None:
    office, _ = past
    with sole_user(settings.database()):
        found = rehearse(settings, written(tmp_path, NEW))
    assert isinstance(found.exception, Refused)
    assert "not recorded" in str(found.exception)
    assert "0 of 1 recorded incidents" in found.output
    assert recorded(office) == []
