"""Sessions, throttling, languages and metrics."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from gengfu.adapters.clock import VirtualClock
from gengfu.kernel import BadInput, NotFound, Purpose, Role
from gengfu.web.metrics import Metrics
from gengfu.web.problems import TooMany
from gengfu.web.sessions import (
    SESSION_LIFE,
    Account,
    Session,
    Sessions,
    StandsFor,
)
from gengfu.web.terms import language_of
from gengfu.web.throttle import MOST_ADDRESSES, Throttle

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
GRANTS = frozenset({(Role("keeper"), Purpose("help"))})
KEEPER = Account(name="keeper", grants=GRANTS)
CREW = Account(name="crew", grants=GRANTS, stands_for=StandsFor.UNIT)


def sessions(clock: VirtualClock | None = None, **more: bool) -> Sessions:
    return Sessions.of(b"k" * 32, clock or VirtualClock(NOW), [KEEPER, CREW], **more)


def request(**headers: str) -> Request:
    raw = [(k.encode(), v.encode()) for k, v in headers.items()]
    return Request({"type": "http", "headers": raw, "method": "GET", "path": "/"})


def test_a_token_names_its_account_and_unit() -> None:
    one = sessions()
    token = one.token("crew", "消防一号")
    found = one.find(request(authorization=f"Bearer {token}"))
    assert found is not None
    assert (found.actor.id, found.represents) == ("crew:消防一号", "消防一号")
    assert not found.by_cookie


def test_a_cookie_ends() -> None:
    clock = VirtualClock(NOW)
    one = sessions(clock)
    asked = request(cookie=f"gengfu_session={one.cookie('keeper', None)}")
    assert one.find(asked) is not None
    clock.advance(SESSION_LIFE + timedelta(seconds=1))
    assert one.find(asked) is None


def test_a_cookie_is_no_token_and_a_token_no_cookie() -> None:
    one = sessions()
    cookie, token = one.cookie("keeper", None), one.token("keeper")
    assert one.find(request(authorization=f"Bearer {cookie}")) is None
    assert one.find(request(authorization=f"Bearer g1.{cookie}")) is None
    assert one.find(request(cookie=f"gengfu_session={token}")) is None


def test_another_secret_opens_nothing() -> None:
    other = Sessions.of(b"x" * 32, VirtualClock(NOW), [KEEPER])
    token = other.token("keeper")
    assert sessions().find(request(authorization=f"Bearer {token}")) is None


def test_without_the_page_no_cookie_counts() -> None:
    one = sessions(page_sign_in=False)
    asked = request(cookie=f"gengfu_session={one.cookie('keeper', None)}")
    assert one.find(asked) is None


def test_who_stands_for_whom_is_settled() -> None:
    one = sessions()
    with pytest.raises(NotFound):
        one.token("root")
    with pytest.raises(BadInput, match="unit"):
        one.token("crew")
    with pytest.raises(BadInput):
        one.token("keeper", "p11")


def test_the_throttle_lets_a_person_through_and_slows_a_script() -> None:
    one = Throttle(burst=3, per_s=1)
    for _ in range(3):
        one.take("a", 0.0)
    with pytest.raises(TooMany):
        one.take("a", 0.1)
    one.take("b", 0.1)
    one.take("a", 1.2)
    with pytest.raises(TooMany):
        one.take("a", 1.3)


def test_the_throttle_forgets_old_addresses() -> None:
    one = Throttle(burst=1, per_s=1e-9)
    for n in range(MOST_ADDRESSES + 5):
        one.take(f"{n}", 0.0)
    one.take("0", 0.0)
    with pytest.raises(TooMany):
        one.take(f"{MOST_ADDRESSES + 4}", 0.0)


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, None, "en"),
        ("zh", "en", "zh"),
        ("fr", "zh", "zh"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en;q=0.3, zh;q=0.7", "zh"),
        (None, "fr, *;q=0.1", "en"),
        (None, "zh;q=x", "en"),
        (None, "," * 5000, "en"),
    ],
)
def test_languages(chosen: str | None, accepted: str | None, language: str) -> None:
    assert language_of(chosen, accepted) == language


def test_metrics_are_in_the_text_format() -> None:
    one = Metrics()
    one.answered("call_take", 201, 0.004)
    one.answered("call_take", 409, 30.0)
    one.gauge("ready", "1 when ready", lambda: True)
    lines = one.text().splitlines()
    assert 'gengfu_answers_total{route="call_take",status="201"} 1' in lines
    buckets = [line for line in lines if "_bucket" in line]
    assert buckets[-1] == 'gengfu_answer_seconds_bucket{route="call_take",le="+Inf"} 2'
    counts = [int(line.rsplit(" ", 1)[1]) for line in buckets]
    assert counts == sorted(counts)
    assert "gengfu_ready 1" in lines


def over(one: Sessions, cookie: str) -> Session:
    """Sign out the session of a cookie."""
    found = one.of_page(request(cookie=f"gengfu_session={cookie}"))
    assert found is not None
    assert found.until is not None
    one.end(found.id, found.until)
    return found


def test_signing_out_ends_one_session_and_no_other() -> None:
    one = sessions()
    here, there = one.cookie("keeper", None), one.cookie("keeper", None)
    asked = [request(cookie=f"gengfu_session={cookie}") for cookie in (here, there)]
    ended = over(one, here)
    assert one.find(asked[0]) is None
    found = one.find(asked[1])
    assert found is not None
    assert found.id != ended.id
    assert found.until == NOW + SESSION_LIFE
    assert one.of_page(asked[0]) is None
    assert one.of_page(request(cookie="gengfu_session=forged.forged")) is None


def test_what_was_signed_out_is_remembered_only_as_long_as_needed() -> None:
    clock = VirtualClock(NOW)
    one = sessions(clock)
    ended = [over(one, one.cookie("keeper", None)) for _ in range(3)]
    assert len(one._ended) == 3
    clock.advance(SESSION_LIFE + timedelta(seconds=1))
    over(one, one.cookie("keeper", None))
    assert len(one._ended) == 1
    one.end(ended[0].id, ended[0].until)
    assert len(one._ended) == 1
