"""Keepings as values: clocks, holds, and what a registry refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.kernel.mediation import CHIEF, CLERK, MEDIATION, mediation

from gengfu.kernel import (
    AUDITOR,
    CLOCKWORK,
    ActorId,
    CaseId,
    Deadline,
    Forgetting,
    Keeping,
    KeepingRule,
    KeepingStage,
    Malformed,
    NotFound,
    Ref,
    Registry,
    Role,
    RuleBroken,
    Stamp,
)
from gengfu.kernel.keeping import (
    LONGEST_HOLD,
    erase,
    expire,
    give_hold,
    hold,
    keep,
    keeping,
    keeping_id,
    release,
    remind,
    schedule,
    suspend,
    take_hold,
)

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ABOUT = Ref("mediation", CaseId("mediation-1"))
WEEK = KeepingRule(code="week", version="1", keep=timedelta(days=7))
YEAR = KeepingRule(code="year", version="1", keep=timedelta(days=365))


def stamp(days: float = 0, role: Role = CLERK, actor: str = "lin") -> Stamp:
    at = AT + timedelta(days=days)
    return Stamp(keeping_id(ABOUT), at, ActorId(actor), role)


def begun(rule: KeepingRule | None = WEEK) -> Keeping:
    return keep(stamp(), ABOUT, MEDIATION, (CLERK, AUDITOR), (CHIEF,), rule)


def clocks(case: Keeping) -> list[Deadline]:
    return list(keeping.deadlines(case))


def test_the_clock_starts_with_a_rule_and_not_before() -> None:
    assert clocks(begun(None)) == []
    case = begun()
    assert clocks(case) == [Deadline("until", AT + WEEK.keep, "expire")]
    with pytest.raises(RuleBroken, match="not over"):
        expire(case, stamp(6.99))
    with pytest.raises(RuleBroken, match="not over"):
        expire(begun(None), stamp(9999))
    gone = expire(case, stamp(7))
    assert (gone.stage, gone.erased_at) == (KeepingStage.ERASED, stamp(7).at)
    assert gone.stage in keeping.ends


def test_a_rule_may_change_and_counts_from_the_end_of_the_case() -> None:
    longer = schedule(begun(), stamp(3), YEAR)
    assert longer.until == stamp(3).at + YEAR.keep
    since = schedule(begun(), stamp(3), YEAR, stamp(1).at)
    assert since.until == stamp(1).at + YEAR.keep
    with pytest.raises(RuleBroken, match="no clock"):
        suspend(suspend(begun(), stamp(1)), stamp(2))


def test_a_hold_stands_in_place_of_the_clock() -> None:
    held = hold(begun(), stamp(1), "court case", stamp(30).at)
    assert clocks(held) == [Deadline("review", stamp(30).at, "remind")]
    assert schedule(held, stamp(2), YEAR).stage is KeepingStage.HELD
    with pytest.raises(RuleBroken, match="need not be looked at"):
        remind(held, stamp(29))
    reminded = remind(held, stamp(30))
    assert reminded.review_missed
    assert clocks(reminded) == []
    again = hold(reminded, stamp(31), "still", stamp(60).at)
    assert not again.review_missed
    assert clocks(again) == [Deadline("review", stamp(60).at, "remind")]
    free = release(again, stamp(32), "over")
    assert (free.hold, free.until) == (None, AT + WEEK.keep)


@pytest.mark.parametrize("days", [0, -1, LONGEST_HOLD.days + 1])
def test_a_hold_is_looked_at_within_two_years(days: float) -> None:
    with pytest.raises(RuleBroken, match="within two years"):
        hold(begun(), stamp(), "court case", stamp(days).at)


def test_only_an_auditor_lets_go_of_an_auditors_hold() -> None:
    held = hold(begun(), stamp(1, AUDITOR), "review", stamp(30).at)
    for move in (
        lambda: hold(held, stamp(2), "mine now", stamp(3).at),
        lambda: release(held, stamp(2), "no"),
    ):
        with pytest.raises(RuleBroken, match="only an auditor"):
            move()
    assert release(held, stamp(2, AUDITOR), "done").hold is None
    assert (
        release(
            hold(begun(), stamp(1), "mine", stamp(9).at), stamp(2, AUDITOR), "x"
        ).hold
        is None
    )


def test_roles_come_from_the_case_the_words_are_of() -> None:
    case = begun()
    assert keeping.roles_for(hold, case) == (CLERK, AUDITOR)
    assert keeping.roles_for(release, case) == (CLERK, AUDITOR)
    assert keeping.roles_for(erase, case) == (CHIEF,)
    assert keeping.roles_for(expire, case) == (CLOCKWORK,)
    assert keeping.purpose_of(case) == MEDIATION


FORGETTING = Forgetting(
    machine=mediation,
    holders=(CLERK,),
    officers=(CHIEF,),
    needs=lambda _desk, _case: "",
    forget=lambda _desk, _case, _rule, _because: None,
)


def registry(*forgettings: Forgetting, installed: bool = True) -> Registry:
    return Registry(
        [mediation] if installed else [],
        roles={CLERK, CHIEF, *(r for m in mediation.moves.values() for r in m.by)}
        | {r for o in mediation.openings.values() for r in o.by},
        purposes={MEDIATION},
        forgettings=forgettings,
    )


def test_a_kind_that_says_how_is_kept_by_a_clock() -> None:
    assert registry(FORGETTING).forgetting("mediation") is FORGETTING
    with pytest.raises(NotFound, match="nothing of a mediation"):
        registry().forgetting("mediation")


def test_a_forgetting_that_cannot_work_is_refused_at_start() -> None:
    with pytest.raises(Malformed, match="not installed"):
        registry(FORGETTING, installed=False)
    with pytest.raises(Malformed, match="nobody known"):
        registry(replace(FORGETTING, officers=()))
    with pytest.raises(Malformed, match="nobody known"):
        registry(replace(FORGETTING, holders=(Role("ghost"),)))
    with pytest.raises(Malformed, match="twice"):
        registry(FORGETTING, FORGETTING)


def test_of_two_holds_an_auditors_binds_then_the_longer() -> None:
    def held(days: float, role: Role) -> Keeping:
        return hold(begun(), stamp(role=role), "complaint", AT + timedelta(days=days))

    for mine, other, binds in (
        (held(9, CLERK), held(5, AUDITOR), AUDITOR),
        (held(5, AUDITOR), held(9, CLERK), AUDITOR),
        (held(5, CLERK), held(9, CLERK), CLERK),
    ):
        assert other.hold is not None
        both = take_hold(remind(mine, stamp(10)), stamp(11), other.hold)
        assert both.hold in (mine.hold, other.hold)
        assert both.hold is not None
        assert both.hold.role == binds
        assert not both.review_missed
    assert both.hold.review_by == AT + timedelta(days=9)
    given = give_hold(both, stamp(12))
    assert (given.stage, given.hold) == (KeepingStage.KEPT, None)
    assert clocks(given) == [Deadline("until", AT + WEEK.keep, "expire")]
