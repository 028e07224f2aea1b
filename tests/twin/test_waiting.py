"""Who waits goes in order: most urgent, then longest waiting, of those a unit suits."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twin.conftest import silent

from gengfu.adapters.city import load
from gengfu.app.twin_desk import RuledTown
from gengfu.app.twin_room import days_of, run_once
from gengfu.twin.waiting import Waiting, Wanted

UNITS = "abc"
wanted = st.builds(
    Wanted,
    st.sets(st.sampled_from(UNITS)).map(frozenset),
    st.booleans(),
    st.integers(1, 4),
)
moves = st.lists(
    st.one_of(
        st.tuples(wanted, st.integers(0, 5)),
        st.tuples(st.sampled_from(UNITS), st.booleans()),
    )
)


@given(moves)
def test_a_unit_takes_the_call_that_a_look_at_all_of_them_finds(moves):
    waiting = Waiting[int]()
    plain: list[tuple[int, int, int, Wanted]] = []
    for number, (what, how) in enumerate(moves):
        if isinstance(what, Wanted):
            waiting.put(number, what, float(how))
            plain.append((what.priority, how, number, what))
            continue
        fit = [w for w in plain if what in w[3].able and (how or w[3].nearly)]
        first = min(fit, key=lambda w: w[:3], default=None)
        assert waiting.take(what, free=how) == (None if first is None else first[2])
        if first is not None:
            plain.remove(first)


@pytest.mark.lasting
def test_a_call_that_waited_gets_somebody_the_moment_they_come_free(coquimbo):
    town = RuledTown(load(coquimbo))
    days = days_of(town, None, 1, 3, 900.0)
    journal, report = run_once(town, days, 3, silent)
    assert report["closed"] == report["calls"] > 700
    moments = {
        at
        for call in journal.calls
        for unit in call.units
        for at in (unit.left_at, unit.free_at)
    }
    off = {
        call.key for call in journal.calls if len({u.sent_at for u in call.units}) > 1
    }
    waited = [c for c in journal.calls if c.tries and c.sent_at and c.key not in off]
    assert len(waited) > 20
    assert all(call.sent_at in moments for call in waited)


def test_a_call_that_nobody_comes_to_in_twelve_hours_is_closed_and_counted(coquimbo):
    pack = load(coquimbo)
    few = replace(pack, units=tuple(u for u in pack.units if u.kind == "ambulance")[:1])
    town = RuledTown(few)
    days = days_of(town, None, 1, 3, 150.0)
    journal, report = run_once(town, days, 3, silent)
    assert report["closed"] == report["calls"]
    given_up = [call for call in journal.calls if call.outcome == "nobody"]
    assert len(given_up) == report["nobody_to_send"] > 10
    waits = [call.closed_at - call.received_at for call in given_up]
    assert all(abs(wait - timedelta(hours=12)) < timedelta(seconds=1) for wait in waits)
    assert not any(unit.arrived_at for call in given_up for unit in call.units)
