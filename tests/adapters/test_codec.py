"""Canonical JSON: the same value gives the same bytes, and nothing else is written."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, NewType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.codec import JsonCodec
from gengfu.kernel import (
    BadInput,
    Between,
    CaseId,
    Latitude,
    Length,
    Line,
    Longitude,
    Place,
    Ref,
    RuleBroken,
    SealedWords,
    Span,
    Task,
    TaskSpec,
    WorkingHours,
)
from gengfu.kernel.tasks import TaskStage
from gengfu.kernel.values import LATER

codec = JsonCodec()
UnitId = NewType("UnitId", str)
type Pair = tuple[UnitId, float]
AT = datetime(2026, 3, 2, 8, 0, 0, 5, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    b: int
    a: str
    colour: Colour
    unit: UnitId
    at: datetime
    took: timedelta
    day: date = date(2026, 1, 1)
    hour: time = time(8, 30)
    ratio: float = 0.5
    maybe: float | None = None
    line: Line = "x"
    points: tuple[Point, ...] = ()
    pair: Pair = (UnitId("u"), 1.0)
    names: frozenset[str] = frozenset()
    colours: frozenset[Colour] = frozenset()
    spots: frozenset[Point] = frozenset()
    times: tuple[datetime, ...] = ()
    by_name: dict[str, Point] = field(default_factory=dict)
    by_colour: dict[Colour, datetime] = field(default_factory=dict)
    place: Place | None = None
    few: Annotated[tuple[int, ...], Length(0, 2)] = ()
    share: Annotated[float | None, Between(0, 1)] = None
    inner: "Everything | None" = None


def example(**more: Any) -> Everything:
    values: dict[str, Any] = {
        "b": 1,
        "a": "é水\n<b>",
        "colour": Colour.RED,
        "unit": UnitId("u1"),
        "at": AT,
        "took": timedelta(seconds=90, microseconds=1),
    }
    return Everything(**(values | more))


# -- round trips ------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
floats = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda x: not (x == 0 and str(x).startswith("-"))
)
instants = st.datetimes(timezones=st.just(UTC))
points = st.builds(Point, floats, floats)
everything = st.builds(
    Everything,
    b=st.integers(-(2**63), 2**63 - 1),
    a=texts,
    colour=st.sampled_from(Colour),
    unit=texts.map(UnitId),
    at=instants,
    took=st.timedeltas(),
    day=st.dates(),
    hour=st.times(),
    ratio=floats,
    maybe=st.none() | floats,
    line=texts.filter(bool),
    points=st.lists(points, max_size=3).map(tuple),
    pair=st.tuples(texts.map(UnitId), floats),
    names=st.frozensets(texts, max_size=4),
    colours=st.frozensets(st.sampled_from(Colour)),
    spots=st.frozensets(points, max_size=3),
    times=st.lists(instants, max_size=3).map(tuple),
    by_name=st.dictionaries(texts, points, max_size=3),
    by_colour=st.dictionaries(st.sampled_from(Colour), instants),
    place=st.none()
    | st.builds(
        Place,
        st.floats(0, 180).map(abs),
        st.floats(0, 90).map(abs),
        texts,
    ),
    few=st.lists(st.integers(0, 9), max_size=2).map(tuple),
    share=st.none() | st.floats(0, 1).map(abs),
    inner=st.none() | st.just(example()),
)


@given(everything)
def test_a_value_is_read_back_and_written_again_the_same(value: Everything) -> None:
    written = codec.encode(value)
    again = codec.decode(Everything, written)
    assert again == value
    assert codec.encode(again) == written


@given(everything)
def test_keys_and_sets_are_sorted(value: Everything) -> None:
    def check(found: Any) -> None:
        if isinstance(found, dict):
            assert list(found) == sorted(found)
            for inner in found.values():
                check(inner)

    found = json.loads(codec.encode(value))
    check(found)
    assert found["names"] == sorted(value.names)
    assert found["colours"] == sorted(value.colours)


@given(everything)
def test_facts_by_name_are_written_as_their_dataclass_is(value: Everything) -> None:
    facts = {name: getattr(value, name) for name in Everything.__dataclass_fields__}
    shuffled = dict(sorted(facts.items(), reverse=True))
    assert codec.encode(shuffled) == codec.encode(value)


@pytest.mark.parametrize(
    "names", [{"a", "a!", "a'"}, {'"', "\n", "\x01", "!"}, {"\uffff", "\U0001f600"}]
)
def test_a_set_has_one_order_with_and_without_its_type(names: set[str]) -> None:
    typed = json.loads(codec.encode(example(names=frozenset(names))))["names"]
    loose = json.loads(codec.encode({"names": names}))["names"]
    assert typed == loose == sorted(names)


def test_the_text_is_the_plain_one() -> None:
    small = Everything(
        b=1,
        a="é",
        colour=Colour.RED,
        unit=UnitId("u"),
        at=AT,
        took=timedelta(hours=1),
        names=frozenset("ba"),
        spots=frozenset({Point(2.0), Point(1.5)}),
    )
    text = codec.encode(small).decode()
    assert text.startswith('{"a":"é","at":"2026-03-02T08:00:00.000005Z","b":1,')
    assert '"names":["a","b"]' in text
    assert '"spots":[{"x":1.5,"y":0.0},{"x":2.0,"y":0.0}]' in text
    assert '"took":"PT3600S"' in text


# -- one value, one text ------------------------------------------------------------


@pytest.mark.parametrize(
    "zone",
    [timezone(timedelta(hours=8)), ZoneInfo("Asia/Shanghai"), timezone(timedelta(0))],
)
def test_an_instant_is_the_same_from_every_zone(zone: Any) -> None:
    here = AT.astimezone(zone)
    assert codec.encode(example(at=here)) == codec.encode(example(at=AT))
    assert codec.encode({"at": here}) == codec.encode({"at": AT})
    inside = example(times=(here,), by_colour={Colour.RED: here})
    assert codec.encode(inside) == codec.encode(
        example(times=(AT,), by_colour={Colour.RED: AT})
    )
    given_text = codec.encode(example()).replace(b"Z", b"+00:00")
    assert codec.decode(Everything, given_text).at.tzinfo is UTC


def test_an_instant_given_in_another_zone_is_read_in_utc() -> None:
    text = codec.encode(example()).replace(
        b"2026-03-02T08:00:00.000005Z", b"2026-03-02T16:00:00.000005+08:00"
    )
    found = codec.decode(Everything, text)
    assert found.at == AT
    assert found.at.utcoffset() == timedelta(0)
    assert codec.encode(found) == codec.encode(example())


def test_a_whole_number_where_a_float_is_meant_is_that_float() -> None:
    assert codec.encode(Place(114, 22)) == codec.encode(Place(114.0, 22.0))
    assert codec.encode(example(points=(Point(1, 2),), ratio=3)) == codec.encode(
        example(points=(Point(1.0, 2.0),), ratio=3.0)
    )


def test_sets_of_any_order_give_one_text() -> None:
    many = [Point(float(n), float(-n - 1)) for n in range(50)]
    one = codec.encode(example(spots=frozenset(many)))
    other = codec.encode(example(spots=frozenset(reversed(many))))
    assert one == other
    assert codec.decode(Everything, one).spots == frozenset(many)
    mixed = codec.encode({"x": frozenset({("b", 1), ("a", None)})})
    assert mixed == b'{"x":[["a",null],["b",1]]}'


# -- what has no text ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ratio": float("nan")}, "ratio: nan is not a finite number"),
        ({"ratio": float("inf")}, "ratio: inf"),
        ({"ratio": -0.0}, "ratio: negative zero"),
        ({"ratio": True}, "ratio: a bool is not a number"),
        ({"maybe": float("-inf")}, "maybe: -inf"),
        ({"points": (Point(1.0), Point(float("nan")))}, r"points\[1\].x: nan"),
        ({"pair": (UnitId("u"), float("nan"))}, r"pair\[1\]: nan"),
        ({"spots": frozenset({Point(-0.0)})}, r"spots\{\}.x: negative zero"),
        ({"by_name": {"q": Point(float("nan"))}}, "by_name.q.x: nan"),
        ({"at": datetime(2026, 1, 1)}, "at: .* has no time zone"),  # noqa: DTZ001
        ({"line": ""}, "line: 0 characters, allowed are 1 to 200"),
        ({"line": "x" * 201}, "line: 201 characters"),
        ({"few": (1, 2, 3)}, "few: 3 items, allowed are 0 to 2"),
        ({"share": 1.5}, "share: 1.5 is not within 0 and 1"),
        ({"share": float("nan")}, "share: nan"),
        ({"place": Place(181.0, 0.0)}, "place.lon: 181.0 is not within -180 and 180"),
        ({"place": Place(0.0, float("nan"))}, "place.lat"),
        ({"inner": None, "a": "\ud800"}, "surrogates"),
    ],
)
def test_what_cannot_be_written_is_refused_by_its_place(
    more: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        codec.encode(example(**more))
    with pytest.raises(BadInput, match=words):
        codec.encode(example(inner=example(**more)))


@pytest.mark.parametrize(
    "value",
    [
        {"x": float("nan")},
        {"x": [1.0, -0.0]},
        {"x": {"y": (datetime(2026, 1, 1),)}},  # noqa: DTZ001
        {"x": "\udc00"},
        {"x": object()},
        {"x": frozenset({float("inf")})},
        float("nan"),
        {"at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-8)))},
    ],
)
def test_untyped_facts_are_held_to_the_same(value: Any) -> None:
    with pytest.raises(BadInput):
        codec.encode(value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"b":1', '"b":"1"'),
        ('"b":1', '"b":1.5'),
        ('"colour":"red"', '"colour":"pink"'),
        ('"ratio":0.5', '"ratio":NaN'),
        ('"ratio":0.5', '"ratio":1e999'),
        ('"ratio":0.5', '"ratio":-0.0'),
        ('"line":"x"', '"line":""'),
        ('"share":null', '"share":7'),
        ('"few":[]', '"few":[1,2,3]'),
        ("2026-03-02T08:00:00.000005Z", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00:00.000005Z", "0001-01-01T00:00:00+08:00"),
        ("2026-03-02T08:00:00.000005Z", "tomorrow"),
        ('"took":"PT90.000001S"', '"took":"PTS"'),
        ("{", "["),
        ("}", ""),
        ('"b":1,', ""),
    ],
)
def test_what_does_not_fit_is_not_read(old: str, new: str) -> None:
    text = codec.encode(example()).decode()
    assert old in text
    with pytest.raises(BadInput):
        codec.decode(Everything, text.replace(old, new).encode())


@pytest.mark.parametrize("text", [b"", b"\xff", b"nul", b"{}", b"[" * 100_000])
def test_what_is_no_json_is_not_read(text: bytes) -> None:
    with pytest.raises(BadInput):
        codec.decode(Everything, text)


def test_a_rule_of_the_value_itself_is_heard() -> None:
    @dataclass(frozen=True)
    class Strict:
        n: int

        def __post_init__(self) -> None:
            if self.n < 0:
                raise RuleBroken("never below zero")

    with pytest.raises(RuleBroken):
        codec.decode(Strict, b'{"n":-1}')
    assert codec.decode(Strict, b'{"n":1,"unknown":2}') == Strict(1)


def test_the_kernel_s_own_values_are_read_back() -> None:
    hours = WorkingHours(
        "Asia/Shanghai",
        (Span(0, time(9), time(17)), Span(4, time(22), time(0))),
        frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
        ((date(2026, 9, 27), 4),),
    )
    spec = TaskSpec(
        name="hear",
        role="mediator",
        sign_within=timedelta(minutes=15),
        due_within=timedelta(days=3),
        hours=hours,
        supervisors=("chief",),
    )
    task = Task(
        id=CaseId("t"),
        opened_at=AT,
        about=Ref("report", CaseId("a")),
        purpose="help",
        spec=spec,
        role="mediator",
        agency=None,
        sign_by=AT,
        due_by=AT,
    )
    again = codec.decode(Task, codec.encode(task))
    assert again == task
    assert again.stage is TaskStage.OPEN
    words = SealedWords("s", "token")
    assert codec.decode(SealedWords, codec.encode(words)) == words
    assert codec.decode(Place, b'{"lon":1,"lat":2}') == Place(1.0, 2.0, "")
    _ = Longitude, Latitude


@dataclass(frozen=True, slots=True)
class Grown:
    name: str
    at: datetime
    first: int | None = field(default=None, metadata=LATER)
    second: tuple[str, ...] = field(default=(), metadata=LATER)


EAST = datetime(2026, 3, 2, 16, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize("at", [AT, EAST], ids=["as it is", "put into UTC first"])
@pytest.mark.parametrize(
    ("more", "written"),
    [
        ({}, {}),
        ({"first": 0}, {"first": 0}),
        ({"second": ("x",)}, {"second": ["x"]}),
        ({"first": 2, "second": ("x",)}, {"first": 2, "second": ["x"]}),
    ],
)
def test_a_field_that_came_later_is_written_once_it_says_something(
    at: datetime, more: dict[str, Any], written: dict[str, Any]
) -> None:
    value = Grown("a", at, **more)
    data = codec.encode(value)
    before = {"at": "2026-03-02T08:00:00.000005Z", "name": "a"}
    assert json.loads(data) == before | written
    assert list(json.loads(data)) == sorted(before | written)
    assert codec.decode(Grown, data) == value
