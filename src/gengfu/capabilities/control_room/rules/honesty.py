"""Statistics that ask whether the clocks can be believed.

A clock that people stop by pressing a button, and are judged by, invites pressing it
at the right moment. These tests do not accuse: each returns a warning with its figures
so that somebody asks. They are made to stay silent on honest records: exact tests, at
a level `ALPHA` shared out among all the tests of one report (Bonferroni), and floors
below which nothing is said.

What is tested: heaps just inside a limit; signing for a task faster than anybody reads
it; status chains of a unit that never moved; several statuses pressed within moments;
times that fall on round minutes more often than clocks do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from gengfu.kernel import Said

from .heaping import binomial_tail, heap_at
from .words import Reason, reason

ALPHA = 0.01
FASTEST_READING_S = 1.0
_CHANCE_FAST = 0.002
"""Share of honest signatures under a second: a finger that was on its way."""
_FEWEST_FAST = 3
_CHANCE_STILL = 0.02
"""Share of honest chains whose positions show no movement: tunnels, dead batteries."""
_FEWEST_STILL = 3
_TOGETHER_S = 3.0
_CHANCE_TOGETHER = 0.01
_FEWEST_TOGETHER = 3
_MOVED_AT_LEAST_M = 60.0
_WORTH_MOVING_M = 250.0
_FEWEST_FIXES = 3
_ROUND_EXCESS = 0.05
_FEWEST_STAMPS = 60
_ON_THE_MINUTE = 1.0 / 60.0


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about one standard, agency, unit or person (`subject`)."""

    subject: str
    reason: Reason
    p_value: float

    @property
    def code(self) -> str:
        """What kind of warning it is."""
        return self.reason.code


@dataclass(frozen=True, slots=True)
class Signature:
    """How long after it was asked somebody signed for a task."""

    by: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Chain:
    """One unit's way to one incident: what it pressed, and what its positions say.

    `pressed` maps status to instant. `away_m` is how far off it was when it was sent,
    `moved_m` how far its positions moved from being sent to "on scene", `fixes` how
    many there were, `accuracy_m` their typical accuracy.
    """

    unit: str
    incident: str
    pressed: Mapping[str, datetime]
    away_m: float | None = None
    moved_m: float | None = None
    fixes: int = 0
    accuracy_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Records:
    """All that one report looks at.

    `durations` maps a name (a standard, or a standard and a station) to its limit in
    seconds and the stopped clocks. `stamps` maps a person, unit or agency to the
    instants they recorded.
    """

    durations: Mapping[str, tuple[float, Sequence[float]]]
    signatures: Sequence[Signature] = ()
    chains: Sequence[Chain] = ()
    stamps: Mapping[str, Sequence[datetime]] | None = None


def examine(records: Records, alpha: float = ALPHA) -> tuple[Warned, ...]:
    """Run every test and return the warnings, the surest first.

    At most `alpha` of honest reports hold any warning.
    """
    found = [
        *heaps(records.durations),
        *fast_signatures(records.signatures),
        *still_chains(records.chains),
        *presses_together(records.chains),
        *round_times(records.stamps or {}),
    ]
    tests = _number_of_tests(records)
    kept = [w for w in found if w.p_value * tests <= alpha]
    return tuple(sorted(kept, key=lambda w: (w.p_value, w.subject, w.code)))


def heaps(durations: Mapping[str, tuple[float, Sequence[float]]]) -> list[Warned]:
    """Test each set of clocks for a heap just inside its limit."""
    found: list[Warned] = []
    for name, (limit, seconds) in sorted(durations.items()):
        heap = heap_at(seconds, limit)
        if heap is None:
            continue
        said = Said(
            "{below} runs in the last {window_s:g} s before {limit_s:g} s, {above} in"
            " the next; {expected:g} were to be expected",
            "{limit_s:g}秒前{window_s:g}秒内有{below}次，其后{window_s:g}秒内{above}次;"
            "预期前者为{expected:g}次",
        )
        found.append(
            Warned(
                name,
                reason(
                    "heap-at-limit", said, below=heap.below, above=heap.above,
                    expected=round(heap.expected, 1), window_s=heap.window_s,
                    limit_s=limit,
                ),
                heap.p_value,
            )
        )  # fmt: skip
    return found


def fast_signatures(signatures: Iterable[Signature]) -> list[Warned]:
    """Find people who sign for tasks faster than anybody could read them."""
    said = Said(
        "{fast} of {signed} signatures within a second",
        "{signed}次签收中有{fast}次不足一秒",
    )
    found: list[Warned] = []
    ordered = sorted(signatures, key=lambda s: s.by)
    for by, group in groupby(ordered, key=lambda s: s.by):
        times = [s.seconds for s in group]
        fast = sum(0 <= t < FASTEST_READING_S for t in times)
        if fast >= _FEWEST_FAST:
            p = binomial_tail(fast, len(times), _CHANCE_FAST)
            words = reason("fast-signature", said, fast=fast, signed=len(times))
            found.append(Warned(by, words, p))
    return found


def still_chains(chains: Iterable[Chain]) -> list[Warned]:
    """Find units that said "on scene" elsewhere without having moved.

    Only chains are judged where moving was called for and positions are good enough
    to tell; the others are passed over.
    """
    said = Said(
        "{still} of {judged} runs reached the scene without the unit moving",
        "{judged}次到场中有{still}次车辆未移动",
    )
    return _units_with(
        "no-movement", said, _CHANCE_STILL, _FEWEST_STILL,
        ((c.unit, _stood_still(c)) for c in chains if _can_tell(c)),
        ("still", "judged"),
    )  # fmt: skip


def presses_together(chains: Iterable[Chain]) -> list[Warned]:
    """Find units that press several statuses within moments, after the fact."""
    said = Said(
        "{together} of {judged} runs have statuses pressed within 3 s of each other",
        "{judged}次出警中有{together}次多个状态在3秒内连续点击",
    )
    return _units_with(
        "pressed-together", said, _CHANCE_TOGETHER, _FEWEST_TOGETHER,
        ((c.unit, _pressed_together(c)) for c in chains if _needs_driving(c)),
        ("together", "judged"),
    )  # fmt: skip


def round_times(stamps: Mapping[str, Sequence[datetime]]) -> list[Warned]:
    """Find people whose recorded times fall on the full minute too often."""
    said = Said(
        "{on} of {stamps} times fall on a full minute; {expected:g} are expected",
        "{stamps}个时间中有{on}个为整分；预期{expected:g}个",
    )
    found: list[Warned] = []
    for name, times in sorted(stamps.items()):
        if len(times) < _FEWEST_STAMPS:
            continue
        on = sum(t.second == 0 for t in times)
        expected = len(times) * _ON_THE_MINUTE
        if on - expected < _ROUND_EXCESS * len(times):
            continue
        p = binomial_tail(on, len(times), _ON_THE_MINUTE)
        words = reason(
            "round-times", said, on=on, stamps=len(times), expected=round(expected, 1)
        )
        found.append(Warned(name, words, p))
    return found


def _units_with(
    code: str,
    said: Said,
    chance: float,
    fewest: int,
    judged: Iterable[tuple[str, bool]],
    names: tuple[str, str],
) -> list[Warned]:
    found: list[Warned] = []
    ordered = sorted(judged, key=lambda j: j[0])
    for unit, group in groupby(ordered, key=lambda j: j[0]):
        flags = [flag for _, flag in group]
        times = sum(flags)
        if times >= fewest:
            p = binomial_tail(times, len(flags), chance)
            figures = dict(zip(names, (times, len(flags)), strict=True))
            found.append(Warned(unit, reason(code, said, **figures), p))
    return found


def _can_tell(chain: Chain) -> bool:
    return (
        chain.moved_m is not None
        and chain.fixes >= _FEWEST_FIXES
        and "on_scene" in chain.pressed
        and _needs_driving(chain)
        and chain.accuracy_m <= _WORTH_MOVING_M / 2
    )


def _needs_driving(chain: Chain) -> bool:
    return chain.away_m is not None and chain.away_m >= _WORTH_MOVING_M


def _stood_still(chain: Chain) -> bool:
    doubt = max(_MOVED_AT_LEAST_M, 2.0 * chain.accuracy_m)
    return chain.moved_m is not None and chain.moved_m < doubt


def _pressed_together(chain: Chain) -> bool:
    way = ("en_route", "on_scene", "controlled", "cleared")
    times = [chain.pressed[status] for status in way if status in chain.pressed]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    return any(0 <= gap <= _TOGETHER_S for gap in gaps)


def _number_of_tests(records: Records) -> int:
    return max(
        1,
        len(records.durations)
        + len({s.by for s in records.signatures})
        + 2 * len({c.unit for c in records.chains})
        + len(records.stamps or {}),
    )
