"""Positions as phones send them: both dialects, three ways to show a token."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gengfu.adapters.clock import VirtualClock
from gengfu.web.ingest import Ingest
from gengfu.web.sessions import device_token

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
SECRET = b"s" * 32
STAMP = int(NOW.timestamp())
GOOD = f"lat=-29.9&lon=-71.25&timestamp={STAMP}"


@dataclass
class Phone:
    """Sends requests straight to the ASGI application."""

    kept: list[tuple[Any, ...]] = field(default_factory=list)
    keeps: bool = True
    passed_on: int = 0

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.behind, SECRET, VirtualClock(NOW))
        self.ingest.take = self.take

    def take(self, *report: Any) -> bool:
        self.kept.append(report)
        return self.keeps

    async def behind(self, _scope: Any, _receive: Any, _send: Any) -> None:
        self.passed_on += 1

    def send(
        self,
        path: str,
        query: str = "",
        body: bytes | None = None,
        authorization: str | None = None,
    ) -> tuple[int, dict[str, Any] | list[Any]]:
        answers: list[Any] = []
        headers = []
        if authorization is not None:
            headers.append((b"authorization", authorization.encode()))
        scope = {
            "type": "http",
            "path": path,
            "method": "GET" if body is None else "POST",
            "query_string": query.encode(),
            "headers": headers,
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: Any) -> None:
            answers.append(message)

        asyncio.run(self.ingest(scope, receive, send))
        if not answers:
            return 0, {}
        return answers[0]["status"], json.loads(answers[1]["body"])


@pytest.fixture
def phone() -> Phone:
    return Phone()


def token(unit: str = "p11") -> str:
    return device_token(SECRET, unit)


def basic(unit: str = "p11") -> str:
    return "Basic " + base64.b64encode(f"{unit}:{token(unit)}".encode()).decode()


def test_osmand_by_query(phone: Phone) -> None:
    extra = "&speed=10&bearing=90&accuracy=4.5&batt=80&altitude=12"
    query = f"id=p11&{GOOD}{extra}&token={token()}"
    assert phone.send("/ingest/osmand", query) == (200, {"kept": True})
    (report,) = phone.kept
    assert report == ("p11", -71.25, -29.9, NOW, 90.0, pytest.approx(18.52), 4.5)


@pytest.mark.parametrize("stamp", [str(STAMP), f"{STAMP}000", "2026-05-01T08:00:00Z"])
def test_osmand_stamps(phone: Phone, stamp: str) -> None:
    query = f"id=p11&lat=1&lon=2&timestamp={stamp}"
    status, _ = phone.send("/ingest/osmand", query, authorization=f"Bearer {token()}")
    assert status == 200
    assert phone.kept[0][3] == NOW


def test_osmand_by_form(phone: Phone) -> None:
    body = f"id=p11&{GOOD}&token={token()}".encode()
    assert phone.send("/ingest/osmand", "", body)[0] == 200


def test_owntracks(phone: Phone) -> None:
    message = {
        "_type": "location",
        "lat": -29.9,
        "lon": -71.25,
        "tst": STAMP,
        "tid": "11",
        "vel": 36,
        "cog": 180,
        "acc": 8,
        "batt": 55,
        "topic": "owntracks/p11/phone",
    }
    raw = json.dumps(message).encode()
    assert phone.send("/ingest/owntracks", "", raw, basic()) == (200, [])
    assert phone.kept == [("p11", -71.25, -29.9, NOW, 180.0, 36.0, 8.0)]
    assert phone.send("/ingest/owntracks", f"token={token()}", raw)[0] == 200


def test_other_messages_of_owntracks_are_thanked_for(phone: Phone) -> None:
    assert phone.send("/ingest/owntracks", "", b'{"_type":"lwt"}', basic()) == (200, [])
    assert phone.kept == []


@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        (f"id=p11&{GOOD}", None),
        (f"id=p11&{GOOD}&token=wrong", None),
        (f"id=p11&{GOOD}", "Bearer wrong"),
        (f"id=p12&{GOOD}&token={token('p11')}", None),
        (f"id=p11&{GOOD}", "Basic !!!"),
        (GOOD, f"Bearer {token('p11')}"),
    ],
)
def test_nobody_reports_for_another(
    phone: Phone, query: str, authorization: str | None
) -> None:
    good = f"Bearer {token('p11')}"
    phone.send("/ingest/osmand", f"id=p11&{GOOD}", authorization=good)
    phone.send("/ingest/osmand", f"id=p11&{GOOD}&token={token('p11')}")
    phone.kept.clear()
    if query == GOOD:  # a header that proved right says whose it is
        assert phone.send("/ingest/osmand", query, None, authorization)[0] == 200
        query = f"id=p12&{GOOD}"
    status, problem = phone.send("/ingest/osmand", query, None, authorization)
    assert status == 401
    assert problem["type"] == "/errors/sign-in-needed"
    assert [k[0] for k in phone.kept] in ([], ["p11"])


@pytest.mark.parametrize(
    "query",
    [
        "lat=91&lon=0",
        "lat=0&lon=181",
        "lat=nan&lon=0",
        "lat=inf&lon=0",
        "lon=0",
        "lat=1e400&lon=0",
        "lat=x&lon=0",
        "lat=1&lon=0&timestamp=99999999999999999999",
        f"lat=1&lon=0&timestamp={STAMP + 86_400}",
        f"lat=1&lon=0&timestamp={STAMP - 86_400}",
        "lat=1&lon=0&timestamp=yesterday",
        "lat=1&lon=0&speed=fast",
        "lat=%zz&lon=%00",
        "&".join(f"f{n}=%20" for n in range(300)),
    ],
)
def test_what_is_no_position_is_one_problem(phone: Phone, query: str) -> None:
    good = f"Bearer {token()}"
    status, problem = phone.send("/ingest/osmand", f"id=p11&{query}", None, good)
    assert status == 400
    assert problem["type"] == "/errors/bad-input"
    assert phone.kept == []


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"\xff", b'{"_type":"location","lat":"x"}', b"x" * 300_000],
)
def test_what_is_no_message_is_one_problem(phone: Phone, raw: bytes) -> None:
    status, _ = phone.send("/ingest/owntracks", "", raw, basic())
    assert status in {400, 413}
    assert phone.kept == []


def test_off_duty_is_no_error(phone: Phone) -> None:
    phone.keeps = False
    query = f"id=p11&{GOOD}&token={token()}"
    assert phone.send("/ingest/osmand", query) == (200, {"kept": False})
    assert (phone.ingest.taken, phone.ingest.refused) == (0, 1)


def test_before_the_start_phones_are_asked_to_wait(phone: Phone) -> None:
    phone.ingest.take = None
    assert phone.send("/ingest/osmand", f"id=p11&{GOOD}&token={token()}")[0] == 503


def test_the_rest_is_passed_on(phone: Phone) -> None:
    assert phone.send("/api/v1/me") == (0, {})
    assert phone.passed_on == 1
    assert phone.send("/ingest/other")[0] == 404


def test_a_fresh_stamp_is_now_for_phones_that_send_none(phone: Phone) -> None:
    phone.send("/ingest/osmand", f"id=p11&lat=1&lon=2&token={token()}")
    assert phone.kept[0][3] == NOW
    assert timedelta(0) == NOW - phone.kept[0][3]
