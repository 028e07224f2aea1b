"""What each unit is and whether it may be sent, as flags that road searches read."""

from collections.abc import Collection
from dataclasses import dataclass, field

from gengfu.capabilities.control_room.cases.units import Unit, UnitStage
from gengfu.capabilities.control_room.rules.plans import Need
from gengfu.capabilities.control_room.rules.recommend import Free
from gengfu.capabilities.control_room.rules.types import LEAST_URGENT, MOST_URGENT
from gengfu.kernel import BadInput
from gengfu.science.roads import FREE

PRIORITIES = range(MOST_URGENT, LEAST_URGENT + 1)
NEARLY = 2
FIRST_NAME_BIT = NEARLY.bit_length() + LEAST_URGENT
LAST_NAME_BIT = 61
READY_IN_S = {UnitStage.CLEARING: 60.0, UnitStage.AT_DESTINATION: 300.0}
"""How long a nearly free unit still needs, until its own record says otherwise."""


def preemptible(priority: int) -> int:
    """Return the flag of a unit on its way to something of a priority (1 to 4)."""
    return NEARLY << priority


def in_states(states: Collection[Free], bound_from: int) -> int:
    """Return the flags of units in any of these states.

    Those on their way somewhere only where that has at least the priority `bound_from`.
    """
    flags = FREE if Free.FREE in states else 0
    if Free.NEARLY in states:
        flags |= NEARLY
    if Free.PREEMPTIBLE in states:
        flags |= sum(preemptible(p) for p in PRIORITIES if p >= bound_from)
    return flags


def state_of(stage: UnitStage) -> Free | None:
    """Return whether a unit may be sent; None where it may not."""
    match stage:
        case UnitStage.AVAILABLE:
            return Free.FREE
        case UnitStage.CLEARING | UnitStage.AT_DESTINATION:
            return Free.NEARLY
        case UnitStage.ASSIGNED | UnitStage.EN_ROUTE:
            return Free.PREEMPTIBLE
        case _:
            return None


@dataclass(slots=True)
class Labels:
    """Kinds and skills as bits of a flag, given out as they are met."""

    bits: dict[str, int] = field(default_factory=dict[str, int])
    _able: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    """Flags of a kind with its skills, as they were met."""
    _asked: dict[tuple[tuple[str, ...], frozenset[str]], tuple[int, int] | None] = (
        field(default_factory=dict)
    )
    """Flags that a need asks for; forgotten when another kind or skill is met."""

    def flags(self, unit: Unit, bound_priority: int | None) -> int:
        """Return the flags of a unit; raises BadInput where a city has too many.

        `bound_priority` is that of the incident it is sent to, if there is one.
        """
        able = self._able.get((unit.kind, unit.skills))
        if able is None:
            able = 0
            for name in (f"kind:{unit.kind}", *(f"skill:{s}" for s in unit.skills)):
                able |= 1 << self._bit(name)
            self._able[unit.kind, unit.skills] = able
        match state_of(unit.stage):
            case Free.FREE:
                return able | FREE
            case Free.NEARLY:
                return able | NEARLY
            case Free.PREEMPTIBLE if bound_priority is not None:
                return able | preemptible(bound_priority)
            case _:
                return able

    def search(self, need: Need) -> tuple[int, int] | None:
        """Return (must, any_of) for a need; None where nobody can meet it."""
        key = need.kinds, need.skills
        if key not in self._asked:
            self._asked[key] = self._flags_for(need)
        return self._asked[key]

    def _flags_for(self, need: Need) -> tuple[int, int] | None:
        kinds = [f"kind:{kind}" for kind in need.kinds]
        skills = [f"skill:{skill}" for skill in need.skills]
        any_of = sum(1 << self.bits[name] for name in kinds if name in self.bits)
        if not any_of or any(name not in self.bits for name in skills):
            return None
        return sum(1 << self.bits[name] for name in skills), any_of

    def _bit(self, name: str) -> int:
        if name not in self.bits:
            bit = FIRST_NAME_BIT + len(self.bits)
            if bit > LAST_NAME_BIT:
                most = LAST_NAME_BIT - FIRST_NAME_BIT + 1
                raise BadInput(f"units: more than {most} kinds and skills in one city")
            self.bits[name] = bit
            self._asked.clear()
        return self.bits[name]
