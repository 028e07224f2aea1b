"""Signals and escalations over the API: the right station, its own only, its share."""

from typing import Any

import pytest
from tests.contracts.whole import Whole

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.safety_index.cases.roles import STATISTICS
from gengfu.capabilities.safety_index.live.stations import station_for
from gengfu.capabilities.safety_index.rules.signal_values import (
    FORMAT,
    VERSION,
    Signal,
    SignalsFound,
)


def found(area: str, kind: str, **more: Any) -> bytes:
    one = Signal(
        method="scan", area=area, kind=kind, first_day="2026-10-20",
        last_day="2026-10-31", observed=9, expected=2.0, upper=None, excess=7.0,
        recurrence_days=1000.0, lon=-71.3, lat=-29.9, radius_km=1.2,
    )  # fmt: skip
    said = {
        "format": FORMAT, "version": VERSION, "at": "2026-10-31",
        "record_from": "2026-01-01", "timezone": "UTC", "config_name": "",
        "config_sha256": "", "events": (), "without_place": 0, "tested": (),
        "signals": (one,),
    }  # fmt: skip
    return JsonCodec().encode(SignalsFound(**(said | more)))


ONE = JsonCodec().decode(SignalsFound, found("nowhere", "theft")).signals[0]


def ask(whole: Whole, method: str, path: str, account: str, **more: Any) -> Any:
    headers = whole.headers(account, STATISTICS) | more.pop("headers", {})
    return whole.client.request(method, f"/api/v1{path}", headers=headers, **more)


def sent(whole: Whole, content: bytes, account: str = "statistician") -> Any:
    headers = {"Content-Type": "application/json"}
    return ask(whole, "POST", "/signals", account, content=content, headers=headers)


def area_of(whole: Whole, post: int) -> str:
    town = whole.platform.town
    at = town.posts[post]
    area = town.area_of(at.lon, at.lat)
    assert area is not None
    return area


def test_a_signal_goes_to_the_station_in_its_area_and_to_no_other(
    whole: Whole,
) -> None:
    town = whole.platform.town
    first = area_of(whole, 0)
    answer = sent(whole, found(first, "burglary"))
    assert answer.status_code == 201, answer.text
    (raised,) = answer.json()["raised"]
    assert raised["station"] == town.posts[0].id
    again = sent(whole, found(first, "burglary")).json()
    assert (again["raised"], again["known"]) == ([], 1)
    path = f"/signals/{raised['id']}"
    assert ask(whole, "GET", path, "station-officer").status_code == 200
    other = sent(whole, found(first, "fire")).json()["raised"][0]
    assert other["station"].startswith("F")
    assert (
        ask(whole, "GET", f"/signals/{other['id']}", "station-officer").status_code
        == 404
    )
    mine = ask(whole, "GET", "/signals", "station-officer").json()["signals"]
    assert {one["station"] for one in mine} == {town.posts[0].id}
    assert len(ask(whole, "GET", "/signals", "commander").json()["signals"]) > len(mine)
    tasks = whole.platform.runtime(Room).picture.tasks.values()
    assert raised["id"] not in {one.about.id for one in tasks}  # no console's business

    assert ask(whole, "POST", f"{path}/sign", "station-officer").status_code == 200
    body = {"outcome": "real", "words": "cellars at night"}
    done = ask(whole, "POST", f"{path}/check", "station-officer", json=body)
    assert (done.status_code, done.json()["outcome"]) == (200, "real")
    period = {"period": done.json()["opened_at"][:7]}
    share = ask(whole, "GET", "/signal-share", "statistician", params=period).json()
    assert share["raised"] >= 2
    assert 1 <= share["real"] <= share["checked"] <= share["raised"]


def test_a_station_hands_over_to_stations_of_this_city(whole: Whole) -> None:
    raised = sent(whole, found(area_of(whole, 0), "theft")).json()["raised"][0]
    path = f"/signals/{raised['id']}/hand_over"
    body = {"to": "nowhere", "cause": "theirs"}
    gone = ask(whole, "POST", path, "station-officer", json=body)
    assert (gone.status_code, gone.json()["detail"]) == (404, "no station nowhere")
    body["to"] = whole.platform.town.posts[1].id
    assert ask(whole, "POST", path, "station-officer", json=body).status_code == 200
    refused = ask(whole, "POST", path, "station-officer", json=body)
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{}", "missing required field"),
        (found("nowhere", "theft"), "no area nowhere here"),
        (found("nowhere", "theft", format="x"), "format: gengfu-signals 1"),
        (found("nowhere", "th\u202eeft"), "a text holds character U+202E"),
        (found("nowhere", "theft", signals=(ONE,) * 1001), "more than 1000 at once"),
        (found("nowhere", "x" * 2001), "a text has more than 2000 letters"),
    ],
)
def test_what_no_watch_made_is_refused(content: bytes, says: str, whole: Whole) -> None:
    before = whole.size()
    answer = sent(whole, content)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert whole.size() == before
    assert sent(whole, content, "commander").status_code == 403


def test_every_area_has_a_station(whole: Whole) -> None:
    town = whole.platform.town
    known = {post.id: post for post in town.posts}
    for area in town.area_names():
        assert known[station_for(town, area, "crime")].kind == "police-station"
        assert known[station_for(town, area, "fire")].kind == "fire-station"


def test_an_escalation_starts_from_what_is_published_alone(whole: Whole) -> None:
    answer = ask(whole, "POST", "/escalations", "commander", json={"area": "nowhere"})
    assert answer.status_code == 404
    assert ask(whole, "GET", "/escalations", "auditor").json() == {"escalations": []}


def test_a_station_checks_on_its_page(whole: Whole) -> None:
    raised = sent(whole, found(area_of(whole, 0), "robbery")).json()["raised"][0]
    headers = whole.headers("station-officer") | {"Accept-Language": "en"}
    headers["Origin"] = str(whole.client.base_url).rstrip("/")
    form = {"case": raised["id"], "version": str(raised["version"]), "move": "check"}
    page = whole.client.get("/signals", headers=headers)
    assert raised["id"] in page.text
    assert "expected: 2" in page.text
    for wrong, says in (
        ({"outcome": "perhaps", "words": "x"}, "choose one"),
        ({"outcome": "real", "words": " "}, "say what was found"),
    ):
        answer = whole.client.post("/signals", headers=headers, data=form | wrong)
        assert says in answer.text
    said = {"outcome": "not-real", "words": "one long evening at the fair"}
    done = whole.client.post("/signals", headers=headers, data=form | said)
    assert done.status_code == 200
    assert "one long evening at the fair" in done.text
    stored = ask(whole, "GET", f"/signals/{raised['id']}", "commander").json()
    assert (stored["stage"], stored["outcome"]) == ("checked", "not-real")
    staff = whole.client.get("/signals", headers=whole.headers("statistician"))
    assert "one long evening at the fair" in staff.text
