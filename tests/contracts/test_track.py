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
