"""Who is sent: the rule book of a recommendation, told on small towns."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.coverage import Coverage
from gengfu.capabilities.control_room.rules.matching import (
    UNFIT,
    assign,
    still_needed,
)
from gengfu.capabilities.control_room.rules.plans import Need, Plan
from gengfu.capabilities.control_room.rules.ranking import recommend
from gengfu.capabilities.control_room.rules.recommend import (
    Candidate,
    Coming,
    Free,
    Request,
    Target,
)

FIRE = Target("i1", 0.0, 0.0, 1)
ENGINE = Need(("engine",))
UNKNOWN = Coverage([1.0])
"""Nobody stands anywhere: nothing is ever lost."""


class Town:
    """Units with their travel times; keeps what it was asked."""

    def __init__(self, *units: Coming) -> None:
        self.units = sorted(units, key=lambda c: (c.seconds, c.unit.id))
        self.asked: list[tuple[Free, int]] = []

    def nearest(
        self,
        target: Target,
        need: Need,
        states: Collection[Free],
        most: int,
        bound_from: int = 0,
    ) -> Sequence[Coming]:
        assert target.lon == 0.0
        self.asked += [(free, most) for free in states]
        fit = [
            [
                c
                for c in self.units
                if c.unit.free is free
                and need.met_by(c.unit.kind, c.unit.skills)
                and (
                    free is not Free.PREEMPTIBLE or c.unit.bound_priority >= bound_from
                )
            ][:most]
            for free in states
        ]
        return sorted(chain(*fit), key=lambda c: (c.seconds, c.unit.id))


def unit(name: str, seconds: float, kind="engine", doubt=0.0, **more) -> Coming:
    more.setdefault("age_s", 5.0)
    who = Candidate(name, name.upper(), kind, "fire", **more)
    return Coming(who, seconds, seconds - doubt, seconds + doubt)


def plan(*needs: Need) -> Plan:
    return Plan("card", "7", needs, (), ())


@pytest.fixture
def sent(policy):
    def send(town, *needs, cover=None, target=FIRE, already=(), **weights):
        request = Request(target, plan(*needs), already)
        return recommend(request, town, cover or UNKNOWN, replace(policy, **weights))

    return send


def ids(recommendation) -> list[str]:
    return [row.unit.id for row in recommendation.chosen]


def codes(recommendation, name: str) -> list[str]:
    row = next(r for r in recommendation.ranked if r.unit.id == name)
    return [reason.code for reason in row.reasons]


def test_the_unit_that_arrives_first_goes(sent):
    found = sent(Town(unit("far", 300), unit("near", 100), unit("mid", 200)), ENGINE)
    assert ids(found) == ["near"]
    assert [row.unit.id for row in found.ranked] == ["near", "mid", "far"]
    assert found.unmet == ()
    assert (found.plan, found.plan_version) == ("card", "7")


def test_the_unit_first_due_goes_where_it_is_hardly_later(sent):
    due = unit("due", 120, first_due_s=30.0)
    found = sent(Town(unit("near", 100), due), ENGINE)
    assert ids(found) == ["due"]
    assert "first-due" in codes(found, "due")
    assert "first-due" not in codes(found, "near")
    assert ids(sent(Town(unit("near", 80), due), ENGINE)) == ["near"]
    assert ids(sent(Town(unit("near", 100), due), ENGINE, first_due=0.0)) == ["near"]


@pytest.mark.parametrize(("due_s", "second"), [(139, "due"), (141, "near")])
def test_the_margin_of_the_unit_first_due_is_the_same_for_a_second_unit(
    sent, due_s, second
):
    two = replace(ENGINE, count=2)
    town = Town(
        unit("first", 100), unit("near", 110), unit("due", due_s, first_due_s=30.0)
    )
    assert set(ids(sent(town, two))) == {"first", second}


def test_kind_and_skills_must_fit_however_near_a_unit_is(sent):
    town = Town(
        unit("car", 5, kind="patrol-car"),
        unit("plain", 50),
        unit("masks", 200, skills=frozenset({"breathing-apparatus"})),
    )
    need = Need(("engine",), skills=frozenset({"breathing-apparatus"}))
    assert ids(sent(town, need)) == ["masks"]


def test_one_unit_never_fills_two_needs(sent):
    town = Town(unit("a", 100, kind="ambulance"), unit("b", 400, kind="ambulance"))
    found = sent(town, Need(("ambulance",)), Need(("ambulance", "engine")))
    assert sorted(ids(found)) == ["a", "b"]
    assert {row.chosen_for for row in found.chosen} == {0, 1}


def test_the_rare_skill_goes_where_only_it_can(sent):
    both = unit("both", 100, skills=frozenset({"cutting"}))
    town = Town(both, unit("plain", 110))
    found = sent(town, ENGINE, Need(("engine",), skills=frozenset({"cutting"})))
    assert {r.unit.id: r.chosen_for for r in found.chosen} == {"both": 1, "plain": 0}


def test_what_cannot_be_met_is_named_in_both_languages(sent):
    need = Need(("engine", "ladder"), 3, frozenset({"cutting"}))
    found = sent(Town(unit("a", 10, skills=frozenset({"cutting"}))), need)
    (gap,) = found.unmet
    assert (gap.need, gap.missing) == (0, 2)
    assert "engine/ladder with cutting" in gap.said.en
    assert "还缺2个" in gap.said.zh
    assert ids(found) == ["a"]


def test_an_empty_town_is_an_answer_too(sent):
    found = sent(Town(), ENGINE)
    assert (found.ranked, found.unmet[0].missing) == ((), 1)


def test_a_card_without_units_recommends_nobody(sent):
    assert sent(Town(unit("a", 10))).ranked == ()


def test_units_already_sent_are_not_asked_for_again(sent):
    need = Need(("engine",), 3)
    town = Town(unit("a", 10), unit("b", 20), unit("c", 30))
    found = sent(town, need, already=(("engine", frozenset()),))
    assert ids(found) == ["a", "b"]


def test_a_sent_unit_counts_where_it_leaves_least_open():
    cutting = frozenset({"cutting"})
    needs = (Need(("engine",)), Need(("engine",), skills=cutting))
    assert still_needed(needs, [("engine", cutting)])[0].count == 1
    assert still_needed(needs, [("engine", cutting), ("engine", frozenset())]) == ()
    assert still_needed(needs, [("boat", frozenset())]) == needs


def test_a_sure_arrival_beats_a_doubtful_one_of_nearly_the_same_time(sent):
    town = Town(unit("doubtful", 100, doubt=90), unit("sure", 105, doubt=5))
    assert ids(sent(town, ENGINE)) == ["sure"]


def test_a_stale_position_and_a_post_cost_and_say_so(sent):
    town = Town(
        unit("stale", 100, age_s=400.0),
        unit("post", 105, age_s=None, source="post"),
        unit("fresh", 130),
    )
    found = sent(town, ENGINE)
    assert ids(found) == ["fresh"]
    assert "stale-position" in codes(found, "stale")
    assert "at-post" in codes(found, "post")


@pytest.fixture
def one_side_bare():
    """`last` is the only engine of a third of the demand; `spare` has a twin."""
    cover = Coverage([1.0, 1.0, 1.0])
    cover.stand("last", "engine", np.array([0]))
    cover.stand("spare", "engine", np.array([1, 2]))
    cover.stand("twin", "engine", np.array([1, 2]))
    return cover


def test_cover_is_traded_for_seconds_by_priority(sent, one_side_bare):
    town = Town(unit("last", 100), unit("spare", 160))
    for priority, goes in ((1, "last"), (4, "spare")):
        target = replace(FIRE, priority=priority)
        found = sent(town, ENGINE, cover=one_side_bare, target=target)
        assert ids(found) == [goes]
    row = next(r for r in found.ranked if r.unit.id == "last")
    assert row.cover_lost == pytest.approx(1 / 3)
    lost = next(r for r in row.reasons if r.code == "cover-lost")
    assert lost.figure("percent") == pytest.approx(33.3)
    assert "engine" in lost.said.zh


def test_the_whole_set_says_what_it_leaves_bare(sent, one_side_bare):
    town = Town(unit("spare", 10), unit("twin", 20))
    found = sent(town, Need(("engine",), 2), cover=one_side_bare)
    assert found.cover_lost == (("engine", pytest.approx(2 / 3)),)
    assert [row.cover_lost for row in found.chosen] == [0.0, 0.0]


def test_a_nearly_free_unit_must_gain_enough_and_waits_until_ready(sent):
    def clearing(seconds, ready):
        return unit("clearing", seconds, free=Free.NEARLY, ready_in_s=ready)

    goes = sent(Town(unit("free", 300), clearing(100, 60)), ENGINE)
    assert ids(goes) == ["clearing"]
    assert goes.chosen[0].seconds == 160
    assert {"nearly-free", "sooner"} <= set(codes(goes, "clearing"))
    stays = sent(Town(unit("free", 300), clearing(100, 150)), ENGINE)
    assert ids(stays) == ["free"]
    assert "not-by-rule" in codes(stays, "clearing")


def bound(seconds: float, priority: int, name="bound") -> Coming:
    return unit(
        name, seconds, free=Free.PREEMPTIBLE, bound_for="i9", bound_priority=priority
    )


def test_a_unit_is_taken_off_something_less_urgent_only_for_a_real_gain(sent):
    free = unit("free", 400)
    assert ids(sent(Town(free, bound(100, 3)), ENGINE)) == ["bound"]
    assert ids(sent(Town(free, bound(100, 1)), ENGINE)) == ["free"]
    assert ids(sent(Town(free, bound(350, 4)), ENGINE)) == ["free"]
    second = replace(FIRE, priority=2)
    assert ids(sent(Town(free, bound(100, 3)), ENGINE, target=second)) == ["free"]
    assert ids(sent(Town(free, bound(100, 4)), ENGINE, target=second)) == ["bound"]


@pytest.mark.parametrize("priority", [3, 4])
def test_nobody_is_taken_off_a_job_for_what_can_wait(sent, priority):
    town = Town(bound(10, 4), unit("c", 10, free=Free.NEARLY), unit("free", 900))
    found = sent(town, ENGINE, target=replace(FIRE, priority=priority))
    assert ids(found) == ["free"]
    assert {state for state, _ in town.asked} == {Free.FREE}


def test_with_nobody_free_any_gain_will_do_but_the_gap_still_counts(sent):
    assert ids(sent(Town(bound(900, 2)), ENGINE)) == ["bound"]
    assert ids(sent(Town(bound(900, 1)), ENGINE)) == []


def test_a_unit_on_its_way_to_this_very_incident_is_not_taken_off_it(sent):
    town = Town(
        unit("a", 9, free=Free.PREEMPTIBLE, bound_for="i1", bound_priority=4),
        unit("free", 900),
    )
    assert ids(sent(town, ENGINE)) == ["free"]


def test_a_tired_crew_goes_later_and_an_exhausted_one_only_if_nobody_else_can(sent):
    tired = unit("tired", 100, on_duty_s=11 * 3600)
    spent = unit("spent", 10, on_duty_s=15 * 3600)
    rested = unit("rested", 150)
    found = sent(Town(tired, spent, rested), ENGINE)
    assert ids(found) == ["rested"]
    assert "long-duty" in codes(found, "tired")
    far = unit("far", 3000)
    assert ids(sent(Town(spent, far), ENGINE)) == ["far"]
    assert ids(sent(Town(spent), ENGINE)) == ["spent"]


def test_lateness_against_the_card_is_said(sent):
    found = sent(Town(unit("a", 500)), Need(("engine",), within_s=240))
    late = next(r for r in found.ranked[0].reasons if r.code == "late")
    assert late.said.en == "Later than the 4:00 asked for"


def test_few_are_looked_at_unless_the_need_demands_more(sent):
    rows = [unit(f"u{n:03}", 100 + n) for n in range(200)]
    town = Town(*rows)
    assert sent(town, ENGINE, target=replace(FIRE, priority=3)).considered == 8
    spent = [unit(f"s{n:03}", n, on_duty_s=15 * 3600) for n in range(40)]
    wide = sent(Town(*spent, unit("rested", 900)), ENGINE)
    assert ids(wide) == ["rested"]


def test_a_need_that_nobody_can_meet_is_not_asked_again_nor_widens_the_others(sent):
    town = Town(*(unit(f"u{n:03}", 100 + n) for n in range(200)))
    wait = replace(FIRE, priority=3)
    found = sent(town, ENGINE, Need(("boat",)), target=wait)
    assert ids(found) == ["u000"]
    assert [gap.need for gap in found.unmet] == [1]
    assert town.asked == [(Free.FREE, 8)] * 2


SKILLS = st.sets(st.sampled_from(["cutting", "masks"])).map(frozenset)
KINDS = st.sampled_from(["engine", "ladder", "boat"])
NEEDS = st.lists(
    st.builds(
        Need,
        st.sets(KINDS, min_size=1).map(lambda kinds: tuple(sorted(kinds))),
        st.integers(1, 3),
        SKILLS,
    ),
    max_size=3,
)


@st.composite
def crews(draw: st.DrawFn) -> list[Coming]:
    """Units that differ in what counts for a search: nothing but time decides."""
    found: list[Coming] = []
    for n in range(draw(st.integers(0, 24))):
        free = draw(st.sampled_from([*Free, Free.FREE]))
        bound = {"bound_for": "i9", "bound_priority": draw(st.integers(1, 4))}
        more = bound if free is Free.PREEMPTIBLE else {}
        found.append(
            unit(
                f"u{n:02}",
                draw(st.integers(1, 90)) * 20.0,
                kind=draw(KINDS),
                skills=draw(SKILLS),
                free=free,
                on_duty_s=draw(st.sampled_from([0.0, 0.0, 15 * 3600.0])),
                **more,
            )
        )
    return found


@given(crews(), NEEDS, st.integers(1, 4), st.integers(1, 3))
def test_looking_at_few_chooses_as_well_as_looking_at_everybody(
    policy, units, needs, priority, nearest
):
    request = Request(replace(FIRE, priority=priority), plan(*needs))
    few, all_ = (
        recommend(request, Town(*units), UNKNOWN, replace(policy, nearest=n, most=1000))
        for n in (nearest, 1000)
    )
    assert few.considered <= all_.considered
    assert few.unmet == all_.unmet
    assert len(few.chosen) == len(all_.chosen)

    def price(found):
        firsts: set[int] = set()
        total = 0.0
        for row in found.chosen:
            weight = policy.further if row.chosen_for in firsts else policy.first
            total += weight * row.seconds + row.cost_s - row.seconds
            firsts.add(row.chosen_for)
        return total

    assert price(few) == pytest.approx(price(all_))


def test_the_same_question_has_the_same_answer_in_any_order(sent):
    units = [unit(name, 100) for name in "cab"]
    answers = {
        tuple(ids(sent(Town(*order), Need(("engine",), 2))))
        for order in permutations(units)
    }
    assert answers == {("a", "b")}


costs_of = st.integers(1, 4).flatmap(
    lambda slots: st.lists(
        st.lists(st.sampled_from([1.0, 2.0, 5.0, 9.0, 40.0, UNFIT]), min_size=slots,
                 max_size=slots),
        max_size=5,
    ).map(lambda columns: np.array(columns, float).reshape(len(columns), slots).T)
)  # fmt: skip


@given(costs_of)
def test_an_assignment_fills_most_then_earliest_then_costs_least(costs):
    slots, units = costs.shape
    best = None
    for way in permutations([*range(units), *[None] * slots], slots):
        if any(u is not None and costs[s, u] == UNFIT for s, u in enumerate(way)):
            continue
        empty = [s for s, u in enumerate(way) if u is None]
        price = sum(costs[s, u] for s, u in enumerate(way) if u is not None)
        early = sum(slots - s for s in empty)
        best = min(best or (99,), (len(empty), early, price))
    got = assign(costs.tolist())
    used = [u for u in got if u is not None]
    assert len(used) == len(set(used))
    price = sum(costs[s, u] for s, u in enumerate(got) if u is not None)
    early = sum(slots - s for s, u in enumerate(got) if u is None)
    assert (got.count(None), early, price) == best


def test_where_not_all_can_be_filled_earlier_slots_win():
    assert assign([[90.0], [1.0]]) == (0, None)
