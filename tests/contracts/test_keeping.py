"""Words over HTTP: held, released, erased on request, and shown to nobody after."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.contracts.whole import Whole

RESPONSE = "emergency-response"
SAID = ("smoke-from-the-roof", "Rosa Perez", "555 0199", "she-is-deaf")
"""Said again in every test: what is looked at is what shows the one case."""


def post(
    whole: Whole, path: str, body: dict[str, Any], who: str = "commander"
) -> httpx.Response:
    return whole.client.post(
        f"/api/v1{path}", json=body, headers=whole.headers(who, RESPONSE)
    )


def get(whole: Whole, path: str, who: str = "commander") -> httpx.Response:
    return whole.client.get(f"/api/v1{path}", headers=whole.headers(who, RESPONSE))


def later(whole: Whole, days: float) -> str:
    return (whole.platform.office.clock() + timedelta(days=days)).isoformat()


@pytest.fixture
def taken(whole: Whole) -> dict[str, Any]:
    city = get(whole, "/city").json()
    lon, lat = city["center"]
    form = {
        "channel": "phone",
        "text": SAID[0],
        "caller_name": SAID[1],
        "callback": SAID[2],
        "type": "structure-fire",
        "lon": lon,
        "lat": lat,
    }
    made = post(whole, "/calls", form).json()
    post(whole, f"/incidents/{made['incident']['id']}/note", {"text": SAID[3]})
    return made


def heard_up_to(whole: Whole, seq: int) -> None:
    """Follow the live feed until it has told of this entry."""
    path = f"/api/v1/feed?from={max(whole.platform.hub.since, seq - 1)}"
    headers = whole.headers("commander", RESPONSE)
    with whole.client.stream("GET", path, headers=headers, timeout=30) as feed:
        for line in feed.iter_lines():
            if line.startswith("id: ") and int(line.removeprefix("id: ")) >= seq:
                return


def closed(whole: Whole, taken: dict[str, Any]) -> str:
    case = taken["incident"]["id"]
    body = {"outcome": "out", "reason": "told by phone"}
    assert post(whole, f"/incidents/{case}/close", body).status_code == 200
    return case


def test_closing_starts_the_clock(whole: Whole, taken: dict[str, Any]) -> None:
    case = taken["incident"]["id"]
    assert get(whole, f"/incidents/{case}").json()["keeping"] is None
    closed(whole, taken)
    kept = get(whole, f"/incidents/{case}").json()["keeping"]
    assert (kept["stage"], kept["rule"], kept["rule_version"]) == (
        "kept",
        "default",
        "2026-1",
    )


def test_erased_on_request_and_seen_by_nobody(
    whole: Whole, taken: dict[str, Any]
) -> None:
    case, call = taken["incident"]["id"], taken["call"]["id"]
    ask = {"reason": "asked at the desk"}
    early = post(whole, f"/incidents/{case}/erase", ask)
    assert early.status_code == 409
    assert "needed until it is closed" in early.json()["detail"]
    closed(whole, taken)
    for who in ("dispatcher", "auditor", "crew"):
        assert post(whole, f"/incidents/{case}/erase", ask, who).status_code == 403
    done = post(whole, f"/calls/{call}/erase", ask)
    assert done.status_code == 200
    assert done.json()["stage"] == "erased"
    size = whole.size()
    again = post(whole, f"/incidents/{case}/erase", ask)
    assert (again.status_code, again.json()) == (200, done.json())
    assert whole.size() == size, "asking again changes nothing"

    for path in (
        f"/incidents/{case}",
        f"/calls/{call}",
        "/retention",
        f"/calls/{call}/caller",
    ):
        answer = get(whole, path)
        assert answer.status_code == 200, path
        assert not [word for word in SAID if word in answer.text], path
    all_of_them = get(whole, "/incidents?limit=2000").json()
    (row,) = (one for one in all_of_them if one["id"] == case)
    assert (row["stage"], row["summary"], row["place"]) == ("erased", "", "")
    live = get(whole, "/picture").json()
    assert case not in {one["id"] for one in live["incidents"]}
    offered = post(whole, "/calls/preview", {"text": SAID[0]}).json()["candidates"]
    assert case not in {one["incident"] for one in offered}
    listed = get(whole, "/retention").json()["erased"]
    assert any(case in one["cases"] for one in listed)

    for lang, said in (("en", "on request: asked at the desk."), ("zh", "应申请删除")):
        page = whole.client.get(
            f"/incidents/{case}?lang={lang}",
            headers=whole.headers("commander", RESPONSE),
        )
        assert page.status_code == 200
        assert said in page.text
        assert not [word for word in SAID if word in page.text]
    paper = whole.client.get(
        f"/incidents/{case}/paper.pdf", headers=whole.headers("auditor", RESPONSE)
    )
    assert paper.content.startswith(b"%PDF")
    reopened = post(whole, f"/incidents/{case}/reopen", {"reason": "again"})
    assert reopened.status_code == 409


def test_the_feed_forgets_what_it_kept_for_those_who_return(
    whole: Whole, taken: dict[str, Any]
) -> None:
    case = closed(whole, taken)
    assert post(
        whole, f"/incidents/{case}/erase", {"reason": "asked at the desk"}
    ).is_success
    heard_up_to(whole, whole.size() - 1)
    codec = whole.platform.office.codec
    kept = b"".join(one.frame(codec) for one in whole.platform.hub.kept)
    assert not [word for word in SAID if word.encode() in kept]


def test_a_hold_refuses_with_its_cause(whole: Whole, taken: dict[str, Any]) -> None:
    case = taken["incident"]["id"]
    hold = {"reason": "court case 12/26", "review_by": later(whole, 90)}
    assert post(whole, f"/incidents/{case}/hold", hold, "dispatcher").status_code == 403
    held = post(whole, f"/incidents/{case}/hold", hold, "auditor")
    assert held.status_code == 200
    assert held.json()["hold"]["role"] == "auditor"
    closed(whole, taken)
    refused = post(whole, f"/incidents/{case}/erase", {"reason": "asked"})
    assert refused.status_code == 409
    assert "held by auditor" in refused.json()["detail"]
    assert "court case 12/26" in refused.json()["detail"]
    why = {"reason": "the case is over"}
    mine = post(whole, f"/incidents/{case}/release_hold", why)
    assert (mine.status_code, mine.json()["detail"]) == (
        409,
        "an auditor holds these words, and only an auditor lets go",
    )
    assert post(
        whole, f"/incidents/{case}/release_hold", why, "auditor"
    ).json()["stage"] == "kept"  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "asked", "review_by": "soon"},
        {"reason": "asked", "review_by": "2026-01-01"},
        {"reason": 4, "review_by": "2030-01-01T00:00:00Z"},
    ],
)
def test_bad_forms_are_refused_and_change_nothing(
    whole: Whole, taken: dict[str, Any], body: dict[str, Any]
) -> None:
    size = whole.size()
    case = taken["incident"]["id"]
    assert post(whole, f"/incidents/{case}/hold", body).status_code == 400
    assert whole.size() == size


def test_a_hold_for_ever_is_refused(whole: Whole, taken: dict[str, Any]) -> None:
    case = taken["incident"]["id"]
    hold = {"reason": "just in case", "review_by": later(whole, 4000)}
    assert post(whole, f"/incidents/{case}/hold", hold).status_code == 409


def test_a_call_that_was_nothing_is_kept_by_itself(whole: Whole) -> None:
    form = {"channel": "web", "text": SAID[0]}
    waiting = post(whole, "/calls", form, "caller").json()["call"]["id"]
    ask = {"reason": "asked at the desk"}
    assert post(whole, f"/calls/{waiting}/erase", ask).status_code == 409
    ended = post(whole, f"/calls/{waiting}/dismiss", {"outcome": "a test"})
    assert ended.json()["stage"] == "dismissed"
    assert post(whole, f"/calls/{waiting}/erase", ask).json()["stage"] == "erased"
    shown = get(whole, f"/calls/{waiting}").json()
    assert (shown["stage"], shown["text"]) == ("erased", "")


def test_what_is_not_there_is_not_found(whole: Whole) -> None:
    for kind in ("calls", "incidents"):
        hold = {"reason": "court case", "review_by": later(whole, 9)}
        assert post(whole, f"/{kind}/nothing/hold", hold).status_code == 404
        assert (
            post(whole, f"/{kind}/nothing/erase", {"reason": "x y"}).status_code == 404
        )


def page(whole: Whole, form: dict[str, str], lang: str = "en") -> str:
    """Send a form of the page of all keepings; return what it shows then."""
    asked = whole.client.post(
        f"/retention?lang={lang}",
        data=form,
        headers=whole.headers("commander", RESPONSE),
    )
    assert asked.status_code == 200, asked.text
    return asked.text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Erase the words of all 2 calls"),
        ("zh", "删除全部 2 个报警的内容"),
    ],
)
def test_the_page_of_all_keepings_erases_an_event_of_several_callers(
    whole: Whole, taken: dict[str, Any], lang: str, said: str
) -> None:
    case = taken["incident"]["id"]
    second = {"channel": "phone", "text": "me too", "same_as": case}
    assert post(whole, "/calls", second | {"type": "structure-fire"}).is_success
    closed(whole, taken)
    form = {"move": "erase", "case": case, "reason": "asked at the desk"}
    first = page(whole, form, lang)
    assert said in first
    assert get(whole, f"/incidents/{case}").json()["incident"]["stage"] == "closed"
    hidden = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', first.split(said)[0])
    )
    assert hidden == form | {"callers": "2"}
    assert said not in page(whole, hidden, lang)
    assert get(whole, f"/incidents/{case}").json()["incident"]["stage"] == "erased"


def test_what_belongs_to_no_incident_is_kept_by_a_clock_and_erased(
    whole: Whole,
) -> None:
    unit = whole.platform.town.units[0].id
    sent = post(whole, "/orders", {"unit": unit, "text": SAID[3]}).json()["id"]
    road = {"reason": SAID[1], "until": later(whole, 1), "edges": [1]}
    shut = post(whole, "/closures", road).json()["id"]
    longer = {"until": later(whole, 2)}
    assert post(whole, f"/closures/{shut}/prolong", longer).is_success
    for case in (sent, shut):
        kept = get(whole, "/retention").json()
        assert case not in {one["case"] for one in kept["due"]}, "in 100 days"
    form = {"move": "erase", "reason": "asked at the desk"}
    assert "are still closed" in page(whole, form | {"case": shut})
    assert "道路仍在封闭中" in page(whole, form | {"case": shut}, "zh")
    hold = {"move": "hold", "reason": "court case", "review": later(whole, 9)[:10]}
    assert sent in page(whole, hold | {"case": sent})
    assert "held by commander" in page(whole, form | {"case": sent})
    page(whole, {"move": "release", "reason": "case is over", "case": sent})
    assert post(whole, f"/closures/{shut}/lift", {}).is_success
    for case in (sent, shut):
        page(whole, form | {"case": case})
    assert get(whole, f"/orders/{sent}").json()["text"] == ""
    assert get(whole, f"/closures/{shut}").json()["reason"] == ""
    heard_up_to(whole, whole.size() - 1)
    frames = b"".join(
        one.frame(whole.platform.office.codec) for one in whole.platform.hub.kept
    )
    assert SAID[1].encode() not in frames
