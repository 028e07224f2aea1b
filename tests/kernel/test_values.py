"""`changed` copies as `dataclasses.replace` does, for every sort of dataclass."""

from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from gengfu.kernel import changed, onward


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    id: str
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slotted(Base):
    words: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plain:
    id: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Single:
    version: int


@dataclass(frozen=True, slots=True)
class Derived:
    version: int
    twice: int = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "twice", 2 * self.version)


VALUES = [Slotted(id="a", words=("x",)), Plain("a"), Single(1), Derived(3)]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_it_gives_what_replace_gives_and_leaves_the_first_alone(value):
    before = replace(value)
    after = changed(value, version=7)
    assert after == replace(value, version=7)
    assert after is not value
    assert value == before
    assert type(after) is type(value)
    assert changed(value) == value
    with pytest.raises(FrozenInstanceError):
        after.version = 8


def test_fields_that_do_not_change_are_the_very_same():
    value = VALUES[0]
    assert changed(value, version=7).words is value.words


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_field_that_is_not_there_is_refused(value):
    with pytest.raises(TypeError, match="verzion"):
        changed(value, verzion=7)


def test_a_case_goes_on_by_one_version_at_a_time():
    made = Slotted(id="a", version=3)
    assert onward(made, words=("x",)) == Slotted(id="a", version=4, words=("x",))
