"""Run cards over HTTP: anybody at the desk tries them, a commander's try is recorded."""

import pytest
from tests.contracts.whole import Whole

from gengfu.capabilities.control_room.live.issuing import Issued
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.live.rulebook import OWN

RESPONSE = "emergency-response"
CARDS = (OWN / "run_cards.toml").read_text(encoding="utf-8")
NEW = CARDS.replace('version = "2026-1"', 'version = "2027-1"')


def rehearse(whole: Whole, who: str, toml: str):
    headers = whole.headers(who, RESPONSE)
    at = "/api/v1/run-cards/rehearse"
    return whole.client.post(at, json={"toml": toml}, headers=headers)


def versions(whole: Whole):
    headers = whole.headers("dispatcher", RESPONSE)
    return whole.client.get("/api/v1/run-cards", headers=headers).json()


def test_a_commanders_rehearsal_is_recorded_and_changes_nothing(whole: Whole) -> None:
    before = versions(whole)
    assert (before["serving"], before["waiting"]) == ("2026-1", None)
    assert [v["stage"] for v in before["versions"]] == ["in_service"]
    assert rehearse(whole, "dispatcher", NEW).status_code == 200
    assert rehearse(whole, "auditor", NEW).status_code == 200
    assert versions(whole) == before
    tried = rehearse(whole, "commander", NEW).json()
    after = versions(whole)
    assert (after["serving"], after["waiting"]) == ("2026-1", None)
    found = {v["version"]: v for v in after["versions"]}["2027-1"]
    assert found["stage"] == "rehearsed"
    figures = ("incidents", "changed", "units_now", "units_then")
    assert found["rehearsal"] == {name: tried[name] for name in figures}


def test_cards_that_are_none_are_not_recorded(whole: Whole) -> None:
    before = versions(whole)
    assert rehearse(whole, "commander", "version = ").status_code == 400
    assert versions(whole) == before


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Run cards 2027-9 wait: they were not tried on recorded incidents."),
        ("zh", "出动预案 2027-9 待启用：尚未用历史警情演练。"),
    ],
)
def test_cards_that_wait_are_named_where_supervisors_look(
    whole: Whole, lang: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = whole.platform.runtime(Room)

    def board() -> str:
        asked = whole.client.get(
            f"/supervision?lang={lang}",
            headers=whole.headers("commander", "emergency-response"),
        )
        assert asked.status_code == 200
        return asked.text

    assert said not in board()
    monkeypatch.setattr(room, "issued", Issued(room.issued.cards, "2027-9"))
    assert said in board()
    assert room.issued.cards.version in board()
