"""The living demo: people call, crews drive, and a person is never overruled."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.conftest import ROOT

from gengfu.capabilities.control_room.rules.type_data import load_types
from gengfu.twin.live import Address, Driver, Scene
from gengfu.twin.live.callers import Callers
from gengfu.twin.live.client import Declined
from gengfu.twin.live.crews import Crew, point_along
from gengfu.twin.phrases import MANNERS

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HERE = Address("Row 1 / Column 2", "Row 1", -71.25, -29.9)
SCENE = Scene(
    url="http://127.0.0.1:1",
    caller="caller",
    desk="desk",
    crews={"p1": "crew-p1"},
    phones={"p1": "phone-p1"},
    agencies={"gas": "officer-gas"},
    addresses=(HERE,),
    languages={"en": 1.0, "zh": 1.0, "es": 1.0},
)


class Server:
    """Answers like the API and remembers what was asked of it."""

    def __init__(self, picture=None, answers=None):
        self.picture = picture or {}
        self.answers = answers or {}
        self.posted = []
        self.positions = []

    async def get(self, token, path, **query):
        if path == "/picture":
            return {
                "calls": [],
                "incidents": [],
                "units": [],
                "tasks": [],
            } | self.picture
        return self._answer(path)

    async def post(self, token, path, body):
        self.posted.append((token, path, body))
        return self._answer(path)

    async def report_position(self, unit, token, lon, lat, at, heading):
        self.positions.append((unit, lon, lat, heading))

    def _answer(self, path):
        found = self.answers.get(path, {})
        if isinstance(found, Exception):
            raise found
        return found


def looked(server, now=NOON):
    """One look of the driver at the picture; returns what it did."""

    async def look():
        driver = Driver(SCENE, lambda: now)
        driver.client = server
        await driver._look()
        jobs = list(driver._jobs)
        if jobs:
            _, late = await asyncio.wait(jobs, timeout=2)
            for job in late:
                job.cancel()

    asyncio.run(look())
    return server.posted


def at(seconds_ago):
    return (NOON - timedelta(seconds=seconds_ago)).isoformat()


def call(seconds_ago, stage="ringing"):
    return {
        "id": "call-1",
        "stage": stage,
        "opened_at": at(seconds_ago),
        "channel": "phone",
        "text": "fire",
        "place": "x",
        "lon": 1.0,
        "lat": 2.0,
        "type": "smoke",
        "simulated": True,
    }


def test_a_caller_speaks_of_a_type_the_city_knows():
    types = load_types(
        (ROOT / "src/gengfu/capabilities/control_room/data/types.toml").read_bytes()
    )
    assert set(MANNERS) <= set(types.by_code)


def test_the_same_seed_makes_the_same_day():
    days = [
        [Callers(SCENE, np.random.default_rng(3)).next_call() for _ in range(1)]
        for _ in range(2)
    ]
    assert days[0] == days[1]


def test_some_people_call_about_what_others_called_about():
    callers = Callers(SCENE, np.random.default_rng(5))
    calls = [callers.next_call() for _ in range(200)]
    assert all(c["simulated"] for c in calls)
    assert (
        len(callers._recent)
        + sum(a["type"] == b["type"] for a, b in itertools.pairwise(calls))
        > 20
    )
    away = [abs(c["lon"] - HERE.lon) for c in calls]
    assert 0 < max(away) < 0.01


def test_a_call_that_a_person_may_still_take_is_left_alone():
    assert looked(Server({"calls": [call(20)]})) == []


def test_a_call_nobody_took_is_taken_by_the_simulated_desk():
    server = Server({"calls": [call(90)]}, {"/calls/preview": {"candidates": []}})
    posted = looked(server)
    assert [path for _, path, _ in posted] == ["/calls/preview", "/calls/call-1/accept"]
    assert "same_as" not in posted[1][2]


@pytest.mark.parametrize("unknown", ["lon", "type"])
def test_a_call_that_does_not_say_where_or_what_waits_for_a_person_who_asks(unknown):
    server = Server({"calls": [call(900) | {unknown: None, "simulated": False}]})
    assert looked(server) == []


def test_a_call_without_words_is_taken_like_any_other():
    server = Server(
        {"calls": [call(90) | {"text": None, "place": None}]},
        {"/calls/preview": {"candidates": []}},
    )
    draft, accepted = (body for _, _, body in looked(server))
    assert draft == {"lon": 1.0, "lat": 2.0, "type": "smoke"}
    assert draft.items() <= accepted.items()


def test_nobody_is_sent_to_an_incident_without_a_place():
    server = Server({"incidents": [waiting(900) | {"lon": None}]})
    assert looked(server) == []


def test_a_second_caller_about_the_same_event_joins_it():
    server = Server(
        {"calls": [call(90)]},
        {"/calls/preview": {"candidates": [{"incident": "incident-7", "score": 0.9}]}},
    )
    assert looked(server)[1][2]["same_as"] == "incident-7"


def test_a_call_that_a_person_answered_is_theirs():
    assert looked(Server({"calls": [call(900, "answered")]})) == []


def waiting(seconds_ago, assignments=(), *, simulated=True):
    return {
        "id": "incident-1",
        "stage": "waiting",
        "opened_at": at(seconds_ago),
        "assignments": list(assignments),
        "lon": 1.0,
        "simulated": simulated,
        "unseen": False,
    }


def test_the_twin_is_brisk_with_most_of_its_own_and_leaves_the_rest_to_people():
    def touched(seconds_ago, **which):
        names = [f"incident-{n}" for n in range(200)]
        made = [waiting(seconds_ago, **which) | {"id": name} for name in names]
        posted = looked(Server({"incidents": made}))
        return sum(path.endswith("/recommend") for _, path, _ in posted)

    assert touched(3) == 0
    assert 140 <= touched(15) <= 160
    assert touched(15, simulated=False) == 0
    assert touched(90, simulated=False) == 200


def test_an_incident_nobody_sent_to_is_sent_what_is_recommended():
    ranking = {
        "id": "rec-1",
        "rows": [{"unit": "p1", "chosen": True}, {"unit": "p2", "chosen": False}],
        "tasks": [{"agency": "gas"}],
    }
    server = Server(
        {"incidents": [waiting(90)]}, {"/incidents/incident-1/recommend": ranking}
    )
    posted = looked(server)
    assert posted[1] == (
        "desk",
        "/incidents/incident-1/dispatch",
        {"units": ["p1"], "agencies": ["gas"], "recommendation": "rec-1"},
    )


def test_a_person_who_was_faster_is_not_overruled():
    server = Server(
        {"incidents": [waiting(90)]},
        {"/incidents/incident-1/recommend": Declined("409")},
    )
    assert len(looked(server)) == 1


def test_an_incident_whose_units_are_free_is_closed_after_a_while():
    cleared = {"cleared_at": at(100)}
    assert (
        looked(Server({"incidents": [waiting(900, [cleared])]}))[0][1]
        == "/incidents/incident-1/close"
    )
    assert looked(Server({"incidents": [waiting(900, [{"cleared_at": at(5)}])]})) == []


@pytest.mark.parametrize(
    ("stage", "signed", "move"), [("open", None, "sign"), ("signed", at(600), "finish")]
)
def test_agencies_sign_and_finish(stage, signed, move):
    task = {
        "id": "t1",
        "agency": "gas",
        "stage": stage,
        "opened_at": at(60),
        "signed_at": signed,
    }
    assert looked(Server({"tasks": [task]}))[0][:2] == (
        "officer-gas",
        f"/tasks/t1/{move}",
    )


def unit(stage, version=3):
    return {
        "id": "p1",
        "kind": "patrol-car",
        "lon": 0.0,
        "lat": 0.0,
        "stage": stage,
        "version": version,
        "incident": None,
        "check_in_due_at": None,
    }


def lived(crew, server):
    async def once():
        await asyncio.wait_for(crew._next(), 5)

    asyncio.run(once())
    return server.posted


def crew_at(stage, server, speed=1e6):
    fast = Scene(
        **{f: getattr(SCENE, f) for f in SCENE.__dataclass_fields__} | {"speed": speed}
    )
    crew = Crew(fast, server, unit(stage), np.random.default_rng(1), lambda: NOON)
    crew.patrols = False
    return crew


@pytest.mark.parametrize(
    ("stage", "move"),
    [
        ("assigned", "roll"),
        ("at_destination", "clear"),
        ("clearing", "become_available"),
    ],
)
def test_a_crew_presses_what_comes_next(stage, move):
    server = Server(answers={f"/units/p1/{move}": unit("next", 4)})
    assert lived(crew_at(stage, server), server) == [
        ("crew-p1", f"/units/p1/{move}", {})
    ]


def test_a_crew_called_off_on_the_way_does_not_arrive():
    server = Server(answers={"/routes": {"line": [[0, 0], [0, 1]], "seconds": 60}})
    crew = crew_at("en_route", server, speed=60.0)
    crew.job = {"id": "incident-1"}
    drive = crew._drive

    async def called_off(route, slower=1.0):
        crew.see(unit("available", 9), None)
        return await drive(route, slower) and crew.seen["version"] == 3

    crew._drive = called_off
    assert lived(crew, server) == []


def test_a_point_along_a_line_is_by_length():
    line = [[0.0, 0.0], [0.0, 1.0], [0.0, 4.0]]
    assert point_along(line, 0.5) == pytest.approx((0.0, 2.0))
    assert point_along(line, 1.0) == pytest.approx((0.0, 4.0))
    assert point_along([[2.0, 3.0]], 0.3) == (2.0, 3.0)
