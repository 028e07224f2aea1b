"""A machine that cannot work is refused at start, by a sentence that says why."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pytest
from tests.kernel.mediation import mediation, offer, registry

from gengfu.kernel import (
    CLOCKWORK,
    OVERSIGHT,
    Case,
    Line,
    Machine,
    Malformed,
    NotFound,
    Purpose,
    Referable,
    Registry,
    Role,
    Stamp,
    Subscription,
    TaskRule,
)
from gengfu.kernel.records import reading
from gengfu.kernel.tasks import task

HELP = Purpose("help")
CLERK = Role("clerk")


class Stage(StrEnum):
    NEW = "new"
    DONE = "done"


class Elsewhere(StrEnum):
    FAR = "far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Case):
    stage: Stage = Stage.NEW


def good(**more: Any) -> Machine[Report]:
    values: dict[str, Any] = {"stages": Stage, "ends": (Stage.DONE,), "purpose": HELP}
    return Machine(Report, **(values | more))


def begin(stamp: Stamp, words: Line = "x") -> Report:
    """Begin."""
    return Report(id=stamp.case, opened_at=stamp.at)


def finish(case: Report, stamp: Stamp) -> Report:
    """Finish."""
    return replace(case, stage=Stage.DONE)


def undocumented(case: Report, stamp: Stamp) -> Report:
    return case


def untyped(case: Report, stamp: Stamp, words) -> Report:
    """Do."""
    return case


def named(name: str, rule: Callable[..., Any] = finish) -> Callable[..., Any]:
    def renamed(case: Report, stamp: Stamp) -> Report:
        """Do."""
        return rule(case, stamp)

    renamed.__name__ = name
    return renamed


def complete(machine: Machine[Report] | None = None) -> Machine[Report]:
    made = machine or good()
    made.opening(to=(Stage.NEW,), by=(CLERK,))(begin)
    made.move(Stage.NEW, to=(Stage.DONE,), by=(CLERK,))(finish)
    return made


def installed(machine: Machine[Any], **more: Any) -> Registry:
    values: dict[str, Any] = {"roles": (CLERK,), "purposes": (HELP,)}
    return Registry((machine,), **(values | more))


def test_a_good_machine_is_installed() -> None:
    machine = complete()
    found = installed(machine)
    assert found.machine("report") is machine
    assert found.machine("task") is task
    assert {CLOCKWORK, CLERK} <= found.roles
    assert {HELP, OVERSIGHT} <= found.purposes
    assert registry().machine("mediation") is mediation
    with pytest.raises(NotFound):
        found.machine("nothing")


def bad_kind() -> Machine[Any]:
    return complete(good(kind="Bad Name"))


def no_opening() -> Machine[Any]:
    made = good()
    made.move(Stage.NEW, to=(Stage.DONE,), by=(CLERK,))(finish)
    return made


def never_reached() -> Machine[Any]:
    made = good(ends=(Stage.NEW, Stage.DONE))
    made.opening(to=(Stage.NEW,), by=(CLERK,))(begin)
    return made


def stuck() -> Machine[Any]:
    return complete(good(ends=()))


def strange_end() -> Machine[Any]:
    return complete(good(ends=(Stage.DONE, Elsewhere.FAR)))


def with_move(*, by: Any = (CLERK,), to: Any = (Stage.NEW,), rule: Any, sources: Any):
    made = complete()
    made.move(*sources, to=to, by=by)(rule)
    return made


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bad_kind, "not a name for a kind"),
        (no_opening, "has no opening"),
        (never_reached, "can never reach done"),
        (stuck, "gets stuck at done"),
        (strange_end, "ends at unknown far"),
        (lambda: complete(good(purpose=Purpose("other"))), "undeclared purpose"),
        (lambda: complete(good(kind="task")), "two machines are called task"),
        (lambda: with_move(rule=undocumented, sources=(Stage.NEW,)), "does not say"),
        (lambda: with_move(rule=untyped, sources=(Stage.NEW,)), "words has no type"),
        (lambda: with_move(rule=named("open"), sources=(Stage.NEW,)), "not a name"),
        (lambda: with_move(rule=named("a-b"), sources=(Stage.NEW,)), "not a name"),
        (lambda: with_move(rule=named("go"), sources=()), "starts nowhere"),
        (lambda: with_move(rule=named("go"), sources=(Stage.NEW,), to=()), "nowhere"),
        (lambda: with_move(rule=named("go"), sources=(Stage.NEW,), by=()), "by nobody"),
        (
            lambda: with_move(
                rule=named("go"), sources=(Stage.NEW,), by=(Role("stranger"),)
            ),
            "undeclared roles: .'stranger'",
        ),
        (
            lambda: with_move(rule=named("go"), sources=(Elsewhere.FAR,)),
            "stages that report lacks: far",
        ),
        (
            lambda: with_move(
                rule=named("go"), sources=(Stage.NEW,), to=(Elsewhere.FAR,)
            ),
            "stages that report lacks: far",
        ),
    ],
)
def test_a_malformed_machine_is_refused(
    make: Callable[[], Machine[Any]], words: str
) -> None:
    with pytest.raises(Malformed, match=words):
        installed(make())


def test_a_name_is_declared_once() -> None:
    with pytest.raises(Malformed, match="declares finish twice"):
        complete().move(Stage.NEW, to=(Stage.DONE,), by=(CLERK,))(finish)
    with pytest.raises(Malformed, match="declares begin twice"):
        complete().opening(to=(Stage.NEW,), by=(CLERK,))(begin)


def test_two_machines_of_one_kind_are_refused() -> None:
    with pytest.raises(Malformed, match="two machines are called report"):
        Registry((complete(), complete()), roles=(CLERK,), purposes=(HELP,))


def test_wiring_to_what_is_not_installed_is_refused() -> None:
    machine = complete()
    twice = Subscription("s", machine.moves["finish"], lambda _d, _c: None)
    with pytest.raises(Malformed, match="subscription"):
        installed(machine, subscriptions=(twice, twice))
    for wiring in (
        {"tasks": (TaskRule(offer, lambda _b, _a: ()),)},
        {"subscriptions": (Subscription("s", offer, lambda _d, _c: None),)},
        {"referable": (Referable("mediation", offer),)},
    ):
        with pytest.raises(Malformed, match="belongs to no installed machine"):
            installed(machine, **wiring)
    with pytest.raises(Malformed, match="belongs to no installed machine"):
        installed(machine, tasks=(TaskRule(complete().moves["finish"], tuple),))
    target = Referable("here", machine.openings["begin"])
    with pytest.raises(Malformed, match="referral target"):
        installed(machine, referable=(target, target))


def test_the_kernel_s_own_machines_are_sound() -> None:
    assert {"task", "reading", "erasure"} <= set(registry().machines)
    assert reading.openings["read"].by == (CLOCKWORK,)
