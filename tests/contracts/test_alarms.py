"""Alarms from machines: a URL and a token are enough, and nothing else gets in."""

import base64

import pytest
from tests.contracts.whole import Whole

ALARM = {"type": "structure-fire", "text": "Zone 3, smoke", "lon": -71.25, "lat": -29.9}


def token(whole: Whole, machine: str) -> str:
    return whole.platform.lobby.sessions.token("alarm", machine)


def basic(words: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}


def test_a_machine_shows_its_token_in_any_of_three_ways(whole: Whole) -> None:
    one, two, three = (token(whole, f"panel-{n}") for n in (11, 12, 13))
    ways = (
        ("", {"Authorization": f"Bearer {one}"}),
        ("", basic(f"panel-12:{two}")),
        (f"?token={three}", {}),
    )
    for query, headers in ways:
        answer = whole.client.post(f"/ingest/alarm{query}", headers=headers, json=ALARM)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["channel"] == "alarm"
        assert made["stage"] == "ringing"
        assert made["type"] == "structure-fire"
        assert "content-security-policy" in answer.headers


def test_an_alarm_is_on_the_ledger_as_its_machines(whole: Whole) -> None:
    asked = {"Authorization": f"Bearer {token(whole, 'panel-21')}"}
    made = whole.client.post("/ingest/alarm", headers=asked, content=b"{}").json()
    last = whole.platform.office.look(lambda reader: reader.entries(0, 100_000))[-1]
    assert (last.entry.case, last.entry.actor) == (made["id"], "alarm:panel-21")
    assert made["place"] == "panel-21", "where it hangs is for a person to find"


def test_a_machine_that_repeats_itself_rings_once(whole: Whole) -> None:
    asked = {"Authorization": f"Bearer {token(whole, 'panel-31')}"}
    first, again = (
        whole.client.post("/ingest/alarm", headers=asked, json=ALARM).json()
        for _ in range(2)
    )
    assert first["id"] == again["id"]
    other = whole.client.post(
        "/ingest/alarm", headers=asked, json=ALARM | {"text": "Zone 4, smoke"}
    )
    assert other.json()["id"] != first["id"]


@pytest.mark.parametrize("account", ["caller", "dispatcher", "crew"])
def test_other_tokens_raise_no_alarm(whole: Whole, account: str) -> None:
    before = whole.size()
    asked = whole.headers(account)
    answer = whole.client.post("/ingest/alarm", headers=asked, json=ALARM)
    assert answer.status_code == 403
    assert whole.size() == before


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 401),
        ({"Authorization": "Basic ###"}, b"{}", 401),
        ({"Authorization": "Bearer nothing"}, b"{}", 401),
        ({"Cookie": "gengfu_session=x", "X-Purpose": "oversight"}, b"{}", 401),
        (None, b'{"lon": NaN}', 400),
        (None, b'{"lon": 12}', 400),
        (None, b'{"type": "no-such-type"}', 404),
        (None, b'{"text": "' + b"a" * 1_048_576 + b'"}', 413),
        (None, b'{"text": "\\u0000"}', 400),
    ],
)
def test_what_is_no_alarm_is_one_problem(
    whole: Whole, headers: dict[str, str] | None, body: bytes, status: int
) -> None:
    before = whole.size()
    good = {"Authorization": f"Bearer {token(whole, 'panel-41')}"}
    answer = whole.client.post(
        "/ingest/alarm", headers=good if headers is None else headers, content=body
    )
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert whole.size() == before


def test_an_alarm_is_sent_not_asked_for(whole: Whole) -> None:
    asked = {"Authorization": f"Bearer {token(whole, 'panel-51')}"}
    assert whole.client.get("/ingest/alarm", headers=asked).status_code == 405
