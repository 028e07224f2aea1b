"""A resident follows a report by its code and says that it is not fixed; no account."""

import re
from typing import Any

import httpx
import pytest
from tests.contracts.whole import Whole

RESPONSE = "emergency-response"
CODE = re.compile(r'<b class="mono">([2-9A-Z]{4}(?:-[2-9A-Z]{4}){2})</b>')


def api(whole: Whole, who: str, path: str, body: dict[str, Any]) -> httpx.Response:
    answer = whole.client.post(
        f"/api/v1{path}", json=body, headers=whole.headers(who, RESPONSE)
    )
    assert answer.is_success, answer.text
    return answer


def track(whole: Whole, code: str, lang: str = "en") -> str:
    answer = whole.client.get("/track", params={"code": code, "lang": lang})
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def code(whole: Whole) -> str:
    form = {"type": "noise", "place": "Balmaceda", "text": "very secret words"}
    page = whole.client.post("/report", data=form, params={"lang": "en"})
    found = CODE.search(page.text)
    assert found is not None, page.text
    assert f'href="/track?code={found[1]}"' in page.text
    return found[1]


def waiting(whole: Whole) -> str:
    picture = whole.client.get(
        "/api/v1/picture", headers=whole.headers("dispatcher", RESPONSE)
    ).json()
    return picture["calls"][-1]["id"]


def test_followed_and_contested_in_one_tap(whole: Whole, code: str) -> None:
    assert "Nobody has read it yet" in track(whole, code)
    form = {"channel": "web", "type": "noise", "text": "very secret words"}
    taken = api(whole, "dispatcher", f"/calls/{waiting(whole)}/accept", form).json()
    case = taken["incident"]["id"]
    agency = whole.platform.town.agencies[0]
    api(whole, "dispatcher", f"/incidents/{case}/dispatch", {"agencies": [agency.id]})
    page = track(whole, code)
    assert agency.name in page
    assert "It is not fixed" not in page
    ended = {"outcome": "handled", "reason": "told by phone"}
    api(whole, "dispatcher", f"/incidents/{case}/close", ended)
    for lang, button in (("en", "It is not fixed"), ("zh", "问题未解决")):
        page = track(whole, code, lang)
        assert button in page
        assert "very secret words" not in page
        assert "Balmaceda" not in page
        assert case not in page
        assert f"code={code}&amp;lang=" in page
    size = whole.size()
    tap = {"code": code, "move": "not_fixed"}
    page = whole.client.post("/track", data=tap, params={"lang": "en"}).text
    assert "It is open again" in page
    assert "It is not fixed" not in page
    assert whole.size() == size + 3
    shown = whole.client.get(
        f"/api/v1/incidents/{case}", headers=whole.headers("dispatcher", RESPONSE)
    ).json()
    assert shown["incident"]["stage"] == "dispatched"
    assert [t["stage"] for t in shown["tasks"]] == ["withdrawn", "open"]
    assert "not_fixed" in [entry["move"] for entry in shown["timeline"]]
    again = whole.client.post("/track", data=tap, params={"lang": "zh"}).text
    assert "此事尚未办结" in again
    assert whole.size() == size + 3
    api(whole, "dispatcher", f"/incidents/{case}/close", ended)


@pytest.mark.parametrize("wrong", ["AAAA-AAAA-AAAA", "x", "<b>", "'; drop", "2" * 5000])
def test_a_code_of_nobody_shows_nothing(whole: Whole, wrong: str) -> None:
    size = whole.size()
    assert "No report has this code" in track(whole, wrong)
    tap = {"code": wrong, "move": "not_fixed"}
    page = whole.client.post("/track", data=tap, params={"lang": "en"})
    assert "No report has this code" in page.text
    assert "<b>" not in page.text.partition("<form")[2].partition("</form>")[0]
    assert whole.size() == size


def test_another_site_cannot_tap(whole: Whole, code: str) -> None:
    tap = {"code": code, "move": "not_fixed"}
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert whole.client.post("/track", data=tap, headers=elsewhere).status_code == 403
    unknown = {"code": code, "move": "erase"}
    assert whole.client.post("/track", data=unknown).status_code == 400


def test_who_telephones_gets_a_code_too_and_nothing_else_says_it(whole: Whole) -> None:
    form = {"channel": "phone", "type": "noise", "text": "very secret words"}
    taken = api(whole, "call-taker", "/calls", form).json()
    code, case = taken["code"], taken["incident"]["id"]
    assert CODE.match(f'<b class="mono">{code}</b>')
    ended = {"outcome": "handled", "reason": "told by phone", "deaths": 0}
    api(whole, "dispatcher", f"/incidents/{case}/close", ended)
    tap = {"code": code.lower(), "move": "not_fixed"}
    whole.client.post("/track", data=tap, params={"lang": "en"})
    api(whole, "dispatcher", f"/incidents/{case}/close", ended)
    for lang, before in (("en", "Before that"), ("zh", "此前情况")):
        page = track(whole, code, lang)
        assert before in page
        assert "very secret words" not in page
        assert case not in page
    watcher = whole.headers("dispatcher", RESPONSE)
    bare = code.replace("-", "")
    for path in ("/picture", f"/incidents/{case}", "/incidents", "/clocks"):
        answer = whole.client.get(f"/api/v1{path}", headers=watcher)
        assert answer.is_success
        assert code not in answer.text
        assert bare not in answer.text
    shown = whole.client.get(f"/api/v1/incidents/{case}", headers=watcher).json()
    assert shown["incident"]["contested"] == 1


def test_a_waiting_call_keeps_the_code_it_was_given(whole: Whole, code: str) -> None:
    form = {"channel": "web", "type": "noise"}
    path = f"/calls/{waiting(whole)}/accept"
    assert api(whole, "dispatcher", path, form).json()["code"] is None
    assert "Accepted" in track(whole, code)


def test_a_machine_gets_no_code(whole: Whole) -> None:
    form = {"channel": "alarm", "type": "noise"}
    assert api(whole, "call-taker", "/calls", form).json()["code"] is None


def test_whoever_reports_by_program_gets_a_code(whole: Whole) -> None:
    form = {"channel": "phone", "type": "noise", "text": "x"}
    purpose = {"X-Purpose": RESPONSE, "X-Requested-With": "gengfu"}
    answer = whole.client.post("/api/v1/calls", json=form, headers=purpose)
    assert answer.status_code == 201, answer.text
    assert "Nobody has read it yet" in track(whole, answer.json()["code"])
