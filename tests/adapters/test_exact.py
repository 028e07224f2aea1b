"""What may be kept in place of its bytes: exactly what they read back as, for good."""

import math
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.adapters.codec import JsonCodec
from gengfu.kernel import BadInput, Between, CaseId, FrozenDict, Length, Place

codec = JsonCodec()


class Stage(StrEnum):
    OPEN = "open"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Part:
    at: datetime
    share: float
    next: "Part | None" = None


@dataclass(frozen=True, slots=True)
class Paired:
    pair: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Either:
    either: int | str


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


AT = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
PART = Part(AT, 0.5)


@dataclass(frozen=True, slots=True)
class Whole:
    id: CaseId
    stage: Stage = Stage.OPEN
    name: Annotated[str, Length(0, 5)] = ""
    count: int = 0
    level: Annotated[int, Between(1, 4)] = 1
    sure: bool = True
    day: date = date(2026, 1, 1)
    lasts: timedelta | None = None
    place: Place | None = None
    parts: tuple[Part, ...] = ()
    words: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=FrozenDict)


def same(one, other):
    """Equal, and of the very same classes all the way down."""
    if one.__class__ is FrozenDict:  # the one class that is read back as another
        return dict(one) == other
    if one.__class__ is not other.__class__:
        return False
    if is_dataclass(one):
        return all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)
        )
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


parts = st.recursive(
    st.builds(Part, st.datetimes(timezones=st.just(UTC)), st.floats()),
    lambda inner: st.builds(
        Part, st.datetimes(timezones=st.just(UTC)), st.floats(), inner
    ),
    max_leaves=3,
)
wholes = st.builds(
    Whole,
    id=st.text(max_size=4),
    stage=st.sampled_from([*Stage, "open"]),
    name=st.text(max_size=6),
    count=st.integers() | st.booleans(),
    level=st.integers(0, 5),
    day=st.dates(),
    lasts=st.none() | st.timedeltas(),
    parts=st.lists(parts, max_size=2).map(tuple) | st.lists(parts, max_size=1),
    words=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    said=st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=2).map(
        FrozenDict
    ),
)


@given(wholes)
def test_what_is_kept_is_what_its_bytes_read_back_as(value):
    if codec.lasts(value):
        assert same(value, codec.decode(Whole, codec.encode(value)))


FINE = Whole(
    CaseId("a"),
    name="five5",
    lasts=timedelta(seconds=1.5),
    place=Place(1.5, 2.5, "x"),
    parts=(PART, Part(AT, 1.0, PART)),
    words=("x", "y"),
    said=FrozenDict(a="b"),
)
OTHER_ZONE = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
NOT = {
    "a text for a stage": {"stage": "open"},
    "a number of another class": {"count": True},
    "a whole number for a float": {"parts": (Part(AT, 1),)},
    "a whole number that no machine word holds": {"count": 2**70},
    "another offset": {"parts": (Part(OTHER_ZONE, 0.5),)},
    "a part deeper down": {"parts": (Part(AT, 0.5, Part(OTHER_ZONE, 0.5)),)},
    "a list for a tuple": {"words": ["x"]},
    "a dict that can be changed": {"said": {"a": "b"}},
    "a stage among words": {"words": (Stage.OPEN,)},
}


def test_a_fine_value_is_kept():
    assert codec.lasts(FINE)
    assert same(FINE, codec.decode(Whole, codec.encode(FINE)))
    assert codec.lasts(Nothing())


@pytest.mark.parametrize("change", NOT.values(), ids=NOT)
def test_anything_else_is_written_and_not_kept(change):
    value = replace(FINE, **change)
    assert codec.lasts(FINE)
    assert not codec.lasts(value)
    assert not codec.lasts(value, FINE)


UNFIT = {
    "too long": {"name": "sixsix"},
    "out of bounds": {"level": 5},
    "not finite": {"parts": (Part(AT, math.nan),)},
    "negative zero": {"parts": (Part(AT, -0.0),)},
    "no time zone": {"parts": (Part(AT.replace(tzinfo=None), 0.5),)},
    "half a character": {"words": ("\ud800",)},
    "half a character in a key": {"said": FrozenDict({"\ud800": "a"})},
}


@pytest.mark.parametrize("change", UNFIT.values(), ids=UNFIT)
def test_what_may_not_be_written_is_refused_as_ever(change):
    value = replace(FINE, **change)
    assert not codec.lasts(value)
    assert not codec.lasts(value, FINE)
    with pytest.raises(BadInput):
        codec.encode(value)


def test_types_that_reading_may_take_for_another_are_never_kept():
    assert codec.lasts(Paired((1, "b"))) is False
    for either in (1, "a", None):
        assert codec.lasts(Either(either)) is False


def test_a_record_that_can_be_changed_is_not_kept():
    @dataclass(slots=True)
    class Open:
        count: int = 1

    assert codec.lasts(Open()) is False


def test_keys_are_of_their_own_type():
    @dataclass(frozen=True, slots=True)
    class Named:
        by_code: dict[Annotated[str, Length(1, 3)], int]
        by_number: dict[int, int] = field(default_factory=FrozenDict)

    fine = Named(FrozenDict(abc=1))
    assert codec.lasts(fine)
    assert same(fine, codec.decode(Named, codec.encode(fine)))
    assert codec.lasts(Named(FrozenDict(abcd=1))) is False
    assert codec.lasts(Named(FrozenDict(), FrozenDict({"1": 1}))) is False


def test_a_value_of_a_subclass_is_not_kept():
    @dataclass(frozen=True, slots=True)
    class More(Part):
        more: int = 1

    assert codec.lasts(replace(FINE, parts=(More(AT, 0.5),))) is False


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("a", "c"),
        lambda d: d.__delitem__("a"),
        lambda d: d.__ior__({"a": "c"}),
        lambda d: d.clear(),
        lambda d: d.pop("a"),
        lambda d: d.popitem(),
        lambda d: d.setdefault("c", "d"),
        lambda d: d.update(a="c"),
    ],
)
def test_a_frozen_dict_refuses_every_change(change):
    value = FrozenDict(a="b")
    with pytest.raises(TypeError, match="cannot be changed"):
        change(value)
    assert value == {"a": "b"}
