"""Events come in order of time, those of one instant in the order they were made."""

from hypothesis import given
from hypothesis import strategies as st

from gengfu.twin.agenda import SLOT_S, Agenda

SECONDS = st.one_of(
    st.floats(0.0, 20 * SLOT_S),
    st.integers(0, 20).map(lambda slot: slot * SLOT_S),
)


@given(st.lists(st.tuples(SECONDS, st.lists(SECONDS, max_size=3)), max_size=30))
def test_events_come_in_order_though_each_may_make_others(events):
    agenda, happened, made = Agenda(), [], []

    def put(at_s, others):
        number = len(made)
        made.append((at_s, number))

        def act():
            happened.append((at_s, number))
            for delay_s in others:
                put(at_s + delay_s, ())

        agenda.put(at_s, act)

    for at_s, others in events:
        put(at_s, others)
    while agenda:
        now_s, act = agenda.take()
        act()
        assert happened[-1][0] == now_s
    assert happened == sorted(made)
