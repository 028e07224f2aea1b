"""A notice on red; more only on red again and again, and after a recording audit."""

from dataclasses import replace
from hashlib import sha256

import pytest
from tests.capabilities.safety_index.cases.test_publications import published
from tests.capabilities.safety_index.offices import (
    AUDITS,
    BOTH,
    CHIEF,
    STAT,
    built,
    document,
)

from gengfu.capabilities.safety_index.cases.escalations import (
    EscalationStage,
    audit_recording,
    close,
    gives_notice,
    interviews,
    warns,
)
from gengfu.capabilities.safety_index.rules.escalating import (
    BandOfMonth,
    is_red,
    red_often,
)
from gengfu.kernel import Forbidden, NotFound, RuleBroken, WrongStage

AREA = built().places[0].id
RED, OF = 2, 3


def month(office, period, band, *, instead_of=None):
    """Publish a month in which the area has a band, instead of another one or first."""
    published(office, banded(period, band, instead_of))


def banded(period, band, instead_of):
    place = replace(built().places[0], band=band)
    places = (place, *built().places[1:])
    if instead_of is None:
        return document(period, places=places)
    before = sha256(banded(period, instead_of, None)).hexdigest()
    return document(period, 2, places=places, corrects_sha256=before)


def noticed(office):
    return office.do(STAT, lambda desk: gives_notice(desk, AREA, OF))


def audited(office, case):
    return office.do(
        AUDITS, lambda desk: desk.apply(case.id, audit_recording, 100, 80, "two shifts")
    )


def warned(office, case, who=CHIEF):
    return office.do(who, lambda desk: warns(desk, case.id, RED, OF))


def interviewed(office, case):
    return office.do(CHIEF, lambda desk: interviews(desk, case.id, RED, OF))


def bands(*said, first=8):
    return tuple(
        BandOfMonth(period=f"2026-{first + n:02}", issue=1, band=band)
        for n, band in enumerate(said)
        if band
    )


@pytest.mark.parametrize(
    ("history", "often"),
    [
        (bands("red", "green", "red"), True),
        (bands("green", "red", "red"), True),
        (bands("red", "red", "green"), False),
        (bands("green", "orange", "red"), False),
        (bands("red", "", "red"), True),
        (bands("red", "", "", "red"), False),
        (bands("red"), False),
        ((), False),
    ],
)
def test_red_in_two_of_three_months_and_the_newest(history, often):
    assert red_often(history, RED, OF) is often
    assert is_red(history) is (bool(history) and history[-1].band == "red")


def test_one_red_month_brings_a_notice_and_nothing_more(office):
    month(office, "2026-10", "red")
    case = noticed(office)
    assert (case.stage, case.area) == (EscalationStage.NOTICED, AREA)
    assert [s.period for s in case.steps] == ["2026-10"]
    audited(office, case)
    with pytest.raises(RuleBroken, match="not red in 2 of the last 3 months"):
        warned(office, case)
    with pytest.raises(WrongStage):
        interviewed(office, case)
    with pytest.raises(RuleBroken, match="is open already"):
        noticed(office)


@pytest.mark.parametrize("band", ["orange", "yellow", "green", "blue"])
def test_no_notice_without_red(office, band):
    month(office, "2026-10", band)
    with pytest.raises(RuleBroken, match="is not red"):
        noticed(office)


def test_a_warning_needs_red_twice_and_an_audit_of_recording(office):
    month(office, "2026-09", "red")
    month(office, "2026-10", "red")
    case = noticed(office)
    with pytest.raises(RuleBroken, match="has to be audited here first"):
        warned(office, case)
    assert audited(office, case).audit.calls_per_record == 1.25
    with pytest.raises(Forbidden):
        warned(office, case, STAT)
    after = warned(office, case)
    assert after.stage is EscalationStage.WARNED
    assert [one.band for one in after.history] == ["red", "red"]


def test_whoever_audits_recording_neither_warns_nor_interviews(office):
    """Also where one person holds both roles."""
    for period in ("2026-09", "2026-10"):
        month(office, period, "red")
    case = noticed(office)
    office.do(BOTH, lambda desk: desk.apply(case.id, audit_recording, 100, 80))
    with pytest.raises(RuleBroken, match="whoever audited how calls are recorded"):
        warned(office, case, BOTH)
    assert warned(office, case).stage is EscalationStage.WARNED
    month(office, "2026-11", "red")
    with pytest.raises(RuleBroken, match="whoever audited how calls are recorded"):
        office.do(BOTH, lambda desk: interviews(desk, case.id, RED, OF))
    assert interviewed(office, case).stage is EscalationStage.INTERVIEWED


def test_an_interview_needs_a_later_month_that_is_red_again(office):
    month(office, "2026-09", "red")
    month(office, "2026-10", "red")
    case = noticed(office)
    audited(office, case)
    warned(office, case)
    with pytest.raises(RuleBroken, match="no month later than the warning"):
        interviewed(office, case)
    month(office, "2026-11", "green")
    with pytest.raises(RuleBroken, match="not red in 2 of the last 3"):
        interviewed(office, case)
    month(office, "2026-12", "red")
    done = interviewed(office, case)
    assert done.stage is EscalationStage.INTERVIEWED
    assert [one.period for one in done.steps] == ["2026-10", "2026-10", "2026-12"]
    closed = office.do(CHIEF, lambda desk: desk.apply(case.id, close, "lights mended"))
    assert (closed.stage, closed.closed) == (EscalationStage.CLOSED, "lights mended")
    assert noticed(office).id != case.id


def test_what_counts_is_the_newest_issue_of_a_month(office):
    month(office, "2026-09", "red")
    month(office, "2026-10", "red")
    case = noticed(office)
    audited(office, case)
    month(office, "2026-09", "green", instead_of="red")
    with pytest.raises(RuleBroken, match="not red in 2 of the last 3"):
        warned(office, case)


def test_areas_that_nobody_published_have_none(office):
    with pytest.raises(NotFound, match="no area t000 is published"):
        noticed(office)
    month(office, "2026-10", "red")
    with pytest.raises(NotFound, match="no area nowhere is published"):
        office.do(STAT, lambda desk: gives_notice(desk, "nowhere", OF))
