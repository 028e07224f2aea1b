"""`changed` copies as `dataclasses.replace` does, for every sort of dataclass.

`quickly` makes what the class itself makes.
"""

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from gengfu.kernel import changed, onward
from gengfu.kernel.values import quickly


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


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_what_is_made_quickly_is_what_the_class_makes(value):
    kind = type(value)
    given = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
    made = quickly(kind)(**given)
    assert made == kind(**given)
    assert type(made) is kind
    with pytest.raises(FrozenInstanceError):
        made.version = 8


def test_what_is_made_quickly_has_the_defaults_of_its_class():
    one, other = quickly(Slotted)(id="a"), quickly(Slotted)(id="a")
    assert one == Slotted(id="a")
    assert one.answers is not other.answers
    with pytest.raises(TypeError):
        quickly(Slotted)("a")
    with pytest.raises(TypeError, match="id"):
        quickly(Slotted)(version=1)


def test_one_field_may_be_left_unset_where_slots_are_all_there_is():
    @dataclass(frozen=True, slots=True)
    class Late:
        body: str
        id: str = "a"

    made = quickly(Late, unset="body")("never kept")
    assert made.id == "a"
    with pytest.raises(AttributeError):
        _ = made.body

    @dataclass(frozen=True, slots=True)
    class Checked(Late):
        def __post_init__(self) -> None:
            pass

    with pytest.raises(TypeError, match="a Checked cannot be made without body"):
        quickly(Checked, unset="body")


def test_a_case_goes_on_by_one_version_at_a_time():
    made = Slotted(id="a", version=3)
    assert onward(made, words=("x",)) == Slotted(id="a", version=4, words=("x",))
