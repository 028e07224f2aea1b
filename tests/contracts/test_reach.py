"""Who reaches what: crews and agencies see what is theirs and change nothing else."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.contracts.whole import Whole

from gengfu.capabilities.control_room.live.room import Room
from gengfu.capabilities.control_room.rules.reading import CrewReads
from gengfu.web.sessions import COOKIE

RESPONSE = "emergency-response"
DONE = {"outcome": "done", "reason": "the caller says so"}


def post(whole: Whole, path: str, body: dict[str, Any], who: str = "dispatcher"):
    return whole.client.post(
        f"/api/v1{path}", json=body, headers=whole.headers(who, RESPONSE)
    )


def get(whole: Whole, path: str, who: str):
    return whole.client.get(f"/api/v1{path}", headers=whole.headers(who, RESPONSE))


@pytest.fixture
def case(whole: Whole) -> str:
    room = get(whole, "/city", "dispatcher").json()
    lon, lat = room["center"]
    call = {"channel": "phone", "text": "smoke", "lon": lon, "lat": lat}
    taken = post(whole, "/calls", call | {"type": room["types"][0]["code"]})
    return taken.json()["incident"]["id"]


def test_the_whole_picture_is_for_the_desk(whole: Whole) -> None:
    for who in ("crew", "agency-officer"):
        assert get(whole, "/picture", who).status_code == 403
        assert get(whole, "/incidents", who).status_code == 403
    assert get(whole, "/picture", "auditor").status_code == 200


def test_a_crew_reads_of_the_incident_it_was_sent_to(whole: Whole, case: str) -> None:
    assert get(whole, f"/incidents/{case}", "crew").status_code == 404
    unit = whole.platform.town.units[0].id
    sent = post(whole, f"/incidents/{case}/dispatch", {"units": [unit]})
    assert sent.status_code == 200
    assert get(whole, f"/incidents/{case}", "crew").status_code == 200
    post(whole, f"/incidents/{case}/close", DONE | {"free_units": True})


def test_a_crew_that_is_off_an_incident_soon_reads_no_more_of_it(
    whole: Whole, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = whole.platform.runtime(Room)
    unit, path = whole.platform.town.units[0].id, f"/incidents/{case}"
    arrived = timedelta(hours=1)

    def reads_after_called_off(so_long: timedelta) -> None:
        reads = CrewReads(after_scene=arrived, after_called_off=so_long)
        policy = replace(room.rulebook.policy, crew_reads=reads)
        monkeypatch.setattr(room, "rulebook", replace(room.rulebook, policy=policy))

    post(whole, f"{path}/dispatch", {"units": [unit]})
    said = post(whole, f"{path}/note", {"text": "on our way"}, "crew")
    assert said.json()["notes"] == 1
    post(whole, f"{path}/release", {"unit": unit, "reason": "nearer one found"})
    reads_after_called_off(timedelta(minutes=15))
    assert get(whole, path, "crew").status_code == 200
    reads_after_called_off(timedelta(0))
    assert get(whole, path, "crew").status_code == 404
    refused = post(whole, f"{path}/note", {"text": "what was it?"}, "crew")
    assert refused.status_code == 404
    assert get(whole, path, "dispatcher").json()["incident"]["notes"] == 1

    post(whole, f"{path}/dispatch", {"units": [unit]})
    taken = {"destination": "clinic-of-the-south"}
    for move, body in (("arrive", {}), ("transport", taken), ("reach_destination", {})):
        done = post(whole, f"/units/{unit}/{move}", body, "crew")
        assert done.status_code == 200, done.text
        assert "clinic" not in done.text, "it goes with the incident"
    post(whole, f"/units/{unit}/become_available", {}, "crew")
    found = get(whole, path, "crew")
    assert found.status_code == 200, "who was there writes up what they did"
    sent = found.json()["incident"]["assignments"]
    assert [one["destination"] for one in sent] == ["", taken["destination"]]
    post(whole, f"{path}/close", DONE)


def test_a_crew_whose_sending_was_undone_reads_on_for_a_while(
    whole: Whole, case: str
) -> None:
    unit, path = whole.platform.town.units[0].id, f"/incidents/{case}"
    post(whole, f"{path}/dispatch", {"units": [unit]})
    back = post(whole, f"{path}/take_back", {"units": [unit]})
    assert [one["unit"] for one in back.json()["taken_back"]] == [unit]
    assert get(whole, path, "crew").status_code == 200
    said = post(whole, f"{path}/note", {"text": "we saw smoke"}, "crew")
    assert said.json()["notes"] == 1
    post(whole, f"{path}/close", DONE)


def test_an_outcome_of_the_list_is_read_in_the_language_of_who_reads(
    whole: Whole, case: str
) -> None:
    path, told = f"/incidents/{case}", {"reason": "by phone"}
    offered = get(whole, "/city", "dispatcher").json()["outcomes"]
    assert [one["finding"] for one in offered if one["code"] == "no-trace"] == [
        "nothing_found"
    ]
    none = post(whole, f"{path}/close", told)
    assert none.json()["detail"] == "closing an incident needs an outcome"
    unknown = post(whole, f"{path}/close", told | {"outcome_code": "whim"})
    assert unknown.json()["detail"] == "no such outcome: whim"
    shut = post(whole, f"{path}/close", told | {"outcome_code": "no-trace"}).json()
    assert (shut["outcome"], shut["outcome_zh"]) == ("Nothing found", "未发现情况")
    for language, words in (("en", "Nothing found"), ("zh", "未发现情况")):
        found = get(whole, f"{path}?lang={language}", "dispatcher").json()
        (entry,) = (one for one in found["timeline"] if one["move"] == "close")
        assert entry["facts"]["outcome"] == words
    post(whole, f"{path}/reopen", {"reason": "again"})
    shut = post(whole, f"{path}/close", told | {"outcome": "Cat fetched"}).json()
    assert (shut["outcome"], shut["outcome_zh"]) == ("Cat fetched", "Cat fetched")


def test_why_a_unit_is_out_of_service_is_chosen_and_never_typed(whole: Whole) -> None:
    path = f"/units/{whole.platform.town.units[0].id}"
    refused = post(
        whole, f"{path}/go_out_of_service", {"reason": "Rosa is ill"}, "crew"
    )
    assert (refused.status_code, refused.json()["place"]) == (400, "reason")
    offered = get(whole, "/city", "crew").json()["out_of_service_reasons"]
    assert {"code": "fuel", "name": "Fuel", "name_zh": "加油"} in offered
    for one in offered:
        out = post(whole, f"{path}/go_out_of_service", {"reason": one["code"]}, "crew")
        told = out.json()
        assert (told["stage"], told["reason"], told["reason_zh"]) == (
            "out_of_service",
            one["name"],
            one["name_zh"],
        )
        back = post(whole, f"{path}/return_to_service", {}, "crew")
        assert back.json()["reason"] == ""


def test_another_type_asks_its_own_questions_and_keeps_what_was_answered(
    whole: Whole,
) -> None:
    asked = {"trapped": "yes", "stairs": "not asked here"}
    form = {"channel": "phone", "text": "smoke", "type": "smoke", "answers": asked}
    case = post(whole, "/calls", form).json()["incident"]["id"]
    types = {
        one["code"]: one for one in get(whole, "/city", "dispatcher").json()["types"]
    }
    question = next(
        one
        for one in types["structure-fire"]["questions"]
        if one["kind"] == "yesno" and one["id"] not in asked
    )
    body = {"type": "structure-fire", "answers": {question["id"]: "yes"}}
    assert post(whole, f"/incidents/{case}/retype", body).status_code == 200
    told = get(whole, f"/incidents/{case}", "dispatcher").json()
    assert told["given"] == asked | {question["id"]: "yes"}
    said = {one["question"]: one["answer"] for one in told["answers"]}
    assert said[question["text"]] == "yes"
    assert post(whole, f"/incidents/{case}/retype", {"type": "smoke"}).is_success
    back = get(whole, f"/incidents/{case}", "dispatcher").json()
    assert back["given"] == told["given"]
    post(whole, f"/incidents/{case}/close", DONE)


def test_a_crew_reads_who_called_about_the_incident_it_is_on(whole: Whole) -> None:
    room = get(whole, "/city", "dispatcher").json()
    lon, lat = room["center"]
    form = {"channel": "phone", "text": "smoke", "lon": lon, "lat": lat}
    form |= {"caller_name": "Ana", "callback": "+56 2 55"}
    taken = post(whole, "/calls", form | {"type": room["types"][0]["code"]}).json()
    known, about = taken["call"]["id"], taken["incident"]["id"]
    assert get(whole, f"/calls/{known}/caller", "crew").status_code == 404
    unit = whole.platform.town.units[0].id
    sent = post(whole, f"/incidents/{about}/dispatch", {"units": [unit]})
    assert sent.status_code == 200
    read = get(whole, f"/calls/{known}/caller", "crew")
    assert read.json() == {"name": "Ana", "callback": "+56 2 55"}
    readings = whole.platform.office.look(lambda reader: reader.rows("reading"))
    assert any(known.encode() in row.body for row in readings)
    assert get(whole, f"/calls/{known}/caller", "agency-officer").status_code == 403
    post(whole, f"/incidents/{about}/close", DONE | {"free_units": True})
    assert get(whole, f"/calls/{known}/caller", "crew").status_code == 404


def test_a_crew_does_not_read_who_holds_its_incident_and_why(
    whole: Whole, case: str
) -> None:
    unit = whole.platform.town.units[0].id
    post(whole, f"/incidents/{case}/dispatch", {"units": [unit]})
    until = (whole.platform.office.clock() + timedelta(days=90)).isoformat()
    hold = {"reason": "complaint about the crew", "review_by": until}
    assert post(whole, f"/incidents/{case}/hold", hold, "auditor").status_code == 200
    path = f"/incidents/{case}"
    assert "complaint" not in get(whole, path, "crew").text
    assert get(whole, path, "auditor").text.count("complaint") == 2
    why = {"reason": "answered"}
    post(whole, f"/incidents/{case}/release_hold", why, "auditor")
    post(whole, f"/incidents/{case}/close", DONE | {"free_units": True})


def test_a_task_goes_to_agencies_of_this_city(whole: Whole, case: str) -> None:
    agency = whole.platform.town.agencies[0].id
    sent = post(whole, f"/incidents/{case}/dispatch", {"agencies": [agency]}).json()
    task = sent["agencies"][0]["task"]
    wrong = post(whole, f"/tasks/{task}/hand_over", {"to": "nobody", "cause": "busy"})
    assert (wrong.status_code, wrong.json()["detail"]) == (404, "no agency nobody")
    post(whole, f"/incidents/{case}/close", DONE)


def test_the_desk_withdraws_a_task_and_signs_none(whole: Whole, case: str) -> None:
    agency = whole.platform.town.agencies[0].id
    sent = post(whole, f"/incidents/{case}/dispatch", {"agencies": [agency]}).json()
    path = f"/tasks/{sent['agencies'][0]['task']}"
    for who in ("dispatcher", "commander"):
        for move, body in (("sign", {}), ("refuse", {"cause": "no"}), ("finish", {})):
            assert post(whole, f"{path}/{move}", body, who).status_code == 403
    refused = post(whole, f"{path}/withdraw", {"cause": "ours"}, "agency-officer")
    assert refused.status_code == 403
    gone = post(whole, f"{path}/withdraw", {"cause": "settled by telephone"}).json()
    assert (gone["stage"], gone["cause"]) == ("withdrawn", "settled by telephone")
    again = post(whole, f"/incidents/{case}/dispatch", {"agencies": [agency]}).json()
    assert len(again["agencies"]) == 1
    post(whole, f"/incidents/{case}/close", DONE)


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "spaceship"), ("skills", ["juggling"])]
)
def test_units_sign_on_as_what_the_run_cards_know(
    field: str, value: Any, whole: Whole
) -> None:
    form = {"id": "z9", "callsign": "Z9", "kind": "engine", "agency": "fire"}
    refused = post(whole, "/units", form | {field: value})
    assert refused.status_code == 400
    assert refused.json()["place"] == field


def test_a_unit_may_stand_on_the_equator(whole: Whole) -> None:
    form = {"id": "z8", "callsign": "Z8", "kind": "engine", "agency": "fire"}
    signed = post(whole, "/units", form | {"lon": 0.0, "lat": 0.0}).json()
    assert (signed["lon"], signed["lat"]) == (0.0, 0.0)


def test_a_refused_arrival_forgets_no_movement(whole: Whole, case: str) -> None:
    unit = whole.platform.town.units[1].id
    post(whole, f"/incidents/{case}/dispatch", {"units": [unit]})
    positions = whole.platform.runtime(Room).positions
    now, at = whole.platform.office.clock(), whole.platform.town.posts[0]
    assert positions.take(unit, at.lon, at.lat, now, now)
    refused = post(whole, f"/units/{unit}/arrive", {}, "crew")
    assert refused.status_code == 409
    assert positions.moved(unit) is not None
    assert post(whole, f"/units/{unit}/arrive", {}).status_code == 200
    assert positions.moved(unit) is None
    post(whole, f"/incidents/{case}/close", DONE | {"free_units": True})


def test_a_crew_reads_its_own_orders_only(whole: Whole) -> None:
    mine, others = (unit.id for unit in whole.platform.town.units[:2])
    for unit, status in ((mine, 200), (others, 404)):
        sent = post(whole, "/orders", {"unit": unit, "text": "wait there"}).json()
        assert get(whole, f"/orders/{sent['id']}", "crew").status_code == status
        assert get(whole, f"/orders/{sent['id']}", "call-taker").status_code == 200


def test_a_crew_reads_of_its_own_unit_only(whole: Whole) -> None:
    mine, other = (unit.id for unit in whole.platform.town.units[:2])
    assert get(whole, f"/units/{mine}", "crew").status_code == 200
    assert get(whole, f"/units/{other}", "crew").status_code == 404
    for who in ("call-taker", "auditor"):
        assert get(whole, f"/units/{other}", who).json()["id"] == other


@pytest.mark.parametrize(
    "named", ["a b", "crew:e1", "../x", "é1", "-e1", "消防", "x" * 65, "a\u0301"]
)
def test_a_unit_is_named_as_paths_and_phones_can_say(whole: Whole, named: str) -> None:
    kind = whole.platform.runtime(Room).city.unit_kinds[0].code
    form = {"id": named, "callsign": "X", "kind": kind, "agency": "fire"}
    refused = post(whole, "/units", form)
    assert refused.status_code == 400
    assert refused.json()["place"] == "id"


def test_figures_are_for_this_machine(whole: Whole) -> None:
    async def ask(client: str) -> int:
        transport = httpx.ASGITransport(whole.built.app, client=(client, 4711))
        base = str(whole.client.base_url)
        async with httpx.AsyncClient(transport=transport, base_url=base) as to:
            return (await to.get("/metrics")).status_code

    asked = {c: asyncio.run(ask(c)) for c in ("127.0.0.1", "::1", "192.0.2.7", "?")}
    assert asked == {"127.0.0.1": 200, "::1": 200, "192.0.2.7": 403, "?": 403}


def test_signing_out_ends_the_live_feed_and_the_cookie(whole: Whole) -> None:
    whole.client.post("/sign-in", data={"account": "dispatcher"})
    cookie = {"Cookie": f"{COOKIE}={whole.client.cookies[COOKIE]}"}
    with whole.client.stream("GET", "/api/v1/feed", timeout=20) as feed:
        lines = feed.iter_lines()
        assert any(line.startswith("event: tick") for line in lines)
        assert httpx.post(
            f"{whole.client.base_url}/sign-out", headers=cookie
        ).is_redirect
        assert "event: reset" in list(lines)
    whole.client.cookies.clear()
    assert whole.client.get("/api/v1/me", headers=cookie).status_code == 401
