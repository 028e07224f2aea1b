"""Words are kept no longer than they are needed, on every store alike."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests import erasing
from tests.erasing import AUDIT, CHIEF, NOON, SECRETS, SENDER, SHORT, YEAR

from gengfu.adapters.sql import SqlStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.config import ORIGIN
from gengfu.app.evidence import ledger_key
from gengfu.app.worker import ERASED_A_TURN, Worker
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.calls import CallStage, call
from gengfu.capabilities.control_room.cases.forgetting import (
    dismisses,
    event_of,
    keep_incident,
)
from gengfu.capabilities.control_room.cases.incidents import (
    IncidentStage,
    incident,
    reopen,
)
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.kernel import (
    OVERSIGHT,
    Actor,
    Desk,
    Forbidden,
    Keeping,
    KeepingStage,
    Office,
    Ref,
    RuleBroken,
    Store,
    WrongStage,
)
from gengfu.kernel.erasing import (
    erase_words,
    find_keeping,
    hold_words,
    release_words,
)
from gengfu.kernel.records import erasure

KEY = ledger_key(MasterKey(bytes(32)))
type Clocks = Callable[[Office], int]


@pytest.fixture
def clocks() -> Iterator[Clocks]:
    """Make all moves that are due, as a server's worker does; returns how many."""
    with ThreadPoolExecutor(2) as readers:

        def run(one: Office) -> int:
            worker = Worker(
                office=one,
                readers=readers,
                signer=KEY,
                trusted=KEY.verifier,
                origin=ORIGIN,
            )
            asyncio.run(worker.make_due_moves())
            return worker.moved

        yield run


@pytest.fixture
def one(store: Store) -> Office:
    return erasing.office(store)


def words_left(one: Office) -> set[str]:
    return one.look(lambda r: erasing.found_in(erasing.everything(r, one)))


def kept(one: Office, event: erasing.Event) -> Keeping:
    def job(desk: Desk) -> Keeping | None:
        return find_keeping(desk, Ref(incident.kind, event.incident))

    found = one.serve(CHIEF, RESPONSE, job)
    assert found is not None
    return found


def ask(one: Office, event: erasing.Event, who: Actor = CHIEF) -> Keeping:
    return one.serve(
        who,
        RESPONSE,
        lambda d: erase_words(
            d, Ref(incident.kind, event.incident), YEAR, "the caller asked for it"
        ),
    )


def hold(one: Office, event: erasing.Event, who: Actor = CHIEF, days: int = 30) -> None:
    one.serve(
        who,
        RESPONSE,
        lambda d: hold_words(
            d,
            Ref(incident.kind, event.incident),
            "court case 12/26",
            d.now + timedelta(days=days),
        ),
    )


def release(one: Office, event: erasing.Event, who: Actor = CHIEF) -> Keeping:
    about = Ref(incident.kind, event.incident)
    return one.serve(who, RESPONSE, lambda d: release_words(d, about, "case closed"))


def test_the_clock_erases_every_word_and_the_ledger_holds(
    one: Office, clocks: Clocks
) -> None:
    event = erasing.happen(one)
    closed = erasing.close(one, event)
    prank = erasing.prank(one)
    expected = set(SECRETS) - {"Rosa Perez", "5551234567"}
    assert words_left(one) == expected, "names and numbers are sealed from the start"
    subjects = [c.caller.subject for c in erasing.calls_of(one, event) if c.caller]
    assert len(subjects) == 2
    leaves = one.look(lambda r: list(r.leaf_hashes(0, r.size())))

    erasing.wait(one, days=99)
    clocks(one)
    assert words_left(one) == expected
    erasing.wait(one, days=2)
    assert clocks(one) == 1
    assert "prank-by-tom" not in words_left(one)
    assert one.serve(CHIEF, RESPONSE, lambda d: d.get(call, prank.id)).stage == "erased"
    erasing.wait(one, days=263)
    assert clocks(one) == 0, "a day before its time nothing is erased"
    erasing.wait(one, days=1)
    assert clocks(one) == 1
    assert words_left(one) == set()

    after = erasing.incident_of(one, event)
    assert after.stage is IncidentStage.ERASED
    assert after.clocks == closed.clocks, "times are for statistics and stay"
    assert (after.type, after.area, after.calls) == (
        closed.type, closed.area, closed.calls,
    )  # fmt: skip
    assert after.place is not None
    assert (after.place.lon, after.place.lat, after.place.words) == (
        -71.346,
        -29.954,
        "",
    )
    for taken in erasing.calls_of(one, event):
        assert taken.stage is CallStage.ERASED
        assert (taken.caller, taken.caller_mark, taken.device) == (None, None, None)
        assert (taken.opened_at, taken.type) == (NOON, "structure-fire")
    assert one.look(lambda r: [r.subject_key(s) for s in subjects]) == [None, None]

    done = kept(one, event)
    assert done.stage is KeepingStage.ERASED
    assert (done.erased_at, done.because) == (one.clock(), "")
    records = one.serve(CHIEF, OVERSIGHT, lambda d: d.list(erasure))
    assert [r.because for r in records] == ["rule dismissed, t1", "rule default, t1"]
    assert set(records[1].subjects) == set(subjects)
    assert {ref.id for ref in records[1].cases} >= {event.incident, *event.calls}
    assert one.look(lambda r: list(r.leaf_hashes(0, len(leaves)))) == leaves
    assert erasing.audited(one).erased > 10
    assert clocks(one) == 0


def test_what_is_erased_moves_no_more(one: Office, clocks: Clocks) -> None:
    event = erasing.happen(one)
    erasing.close(one, event)
    erasing.wait(one, days=366)
    clocks(one)
    with pytest.raises(WrongStage, match="erased"):
        one.serve(CHIEF, RESPONSE, lambda d: d.apply(event.incident, reopen, "again"))
    with pytest.raises(RuleBroken, match="erased already"):
        hold(one, event)
    size = one.look(lambda r: r.size())
    assert ask(one, event).stage is KeepingStage.ERASED
    assert one.look(lambda r: r.size()) == size, "asking again changes nothing"
    assert one.serve(
        CHIEF, RESPONSE, lambda d: actions.reveal_caller(d, event.calls[0])
    ) == ("", "")


def test_on_request_before_the_time_with_a_reason(one: Office) -> None:
    event = erasing.happen(one)
    with pytest.raises(RuleBroken, match="needed until it is closed"):
        ask(one, event)
    erasing.close(one, event)
    with pytest.raises(Forbidden):
        ask(one, event, SENDER)
    assert words_left(one) != set()
    done = ask(one, event)
    assert (done.stage, done.because) == (
        KeepingStage.ERASED,
        "the caller asked for it",
    )
    assert words_left(one) == set()
    (record,) = one.serve(CHIEF, OVERSIGHT, lambda d: d.list(erasure))
    assert (record.ordered_by, record.because) == (
        CHIEF.id,
        "asked for: the caller asked for it",
    )
    assert one.look(lambda r: r.due(NOON + timedelta(days=9999), 99)) == []
    erasing.audited(one)


def test_a_hold_stops_the_clock_and_the_request(one: Office, clocks: Clocks) -> None:
    event = erasing.happen(one)
    hold(one, event, days=400)
    erasing.close(one, event)
    with pytest.raises(RuleBroken, match=r"held by commander until .*court case 12/26"):
        ask(one, event)
    erasing.wait(one, days=390)
    assert clocks(one) == 0
    assert words_left(one) != set()
    erasing.wait(one, days=20)
    assert clocks(one) == 1, "the review date has passed: that is said, once"
    assert kept(one, event).review_missed
    assert kept(one, event).stage is KeepingStage.HELD
    assert clocks(one) == 0
    release(one, event)
    assert clocks(one) == 1, "its time was long over"
    assert words_left(one) == set()
    erasing.audited(one)


def test_an_auditors_hold_binds_the_room(one: Office) -> None:
    event = erasing.happen(one)
    erasing.close(one, event)
    hold(one, event, AUDIT)
    with pytest.raises(RuleBroken, match="only an auditor"):
        release(one, event)
    with pytest.raises(RuleBroken, match="only an auditor"):
        hold(one, event, days=1)
    with pytest.raises(Forbidden):
        hold(one, event, SENDER)
    assert release(one, event, AUDIT).stage is KeepingStage.KEPT
    with pytest.raises(Forbidden):
        ask(one, event, AUDIT)
    assert ask(one, event).stage is KeepingStage.ERASED


@pytest.mark.parametrize("days", [0, -1, 800])
def test_a_hold_is_looked_at_again_in_good_time(one: Office, days: int) -> None:
    event = erasing.happen(one)
    with pytest.raises(RuleBroken, match="within two years"):
        hold(one, event, days=days)
    assert (
        one.serve(
            CHIEF,
            RESPONSE,
            lambda d: find_keeping(d, Ref(incident.kind, event.incident)),
        )
        is None
    )


def test_an_incident_that_is_open_again_keeps_its_words(
    one: Office, clocks: Clocks
) -> None:
    event = erasing.happen(one)
    erasing.close(one, event)
    erasing.wait(one, days=300)
    one.serve(CHIEF, RESPONSE, lambda d: d.apply(event.incident, reopen, "not over"))
    erasing.wait(one, days=100)
    before = words_left(one)
    assert clocks(one) >= 1
    assert kept(one, event).until is None
    assert words_left(one) == before
    erasing.close(one, event)
    assert kept(one, event).until == one.clock() + YEAR.keep
    erasing.wait(one, days=365)
    assert clocks(one) == 1
    assert words_left(one) == set()
    erasing.audited(one)


def test_merged_incidents_go_with_the_main_one(one: Office, clocks: Clocks) -> None:
    main, other = erasing.happen(one), erasing.happen(one)
    one.serve(
        CHIEF,
        RESPONSE,
        lambda d: actions.merge_into(d, other.incident, main.incident, "same fire"),
    )
    wanted = Ref(call.kind, other.calls[0])
    event = one.serve(CHIEF, RESPONSE, lambda d: event_of(d, wanted))
    assert event == Ref(incident.kind, main.incident)
    with pytest.raises(RuleBroken, match="go with the main incident"):
        ask(one, other)
    erasing.close(one, main)
    erasing.wait(one, days=365)
    assert clocks(one) == 1
    assert words_left(one) == set()
    assert erasing.incident_of(one, other).stage is IncidentStage.ERASED
    assert erasing.incident_of(one, other).merged_into == main.incident
    erasing.audited(one)


def test_a_new_rule_counts_from_the_closing(one: Office) -> None:
    event = erasing.happen(one)
    closed = erasing.close(one, event)
    again = one.serve(CHIEF, RESPONSE, lambda d: keep_incident(d, closed, SHORT))
    assert again.until == one.clock() + SHORT.keep
    assert again.rule == SHORT


def test_no_trace_is_left_in_the_files(
    sqlite_address: str, tmp_path: Path, clocks: Clocks
) -> None:
    store = SqlStore(sqlite_address)
    one = erasing.office(store)
    event = erasing.happen(one)
    erasing.close(one, event)
    erasing.prank(one)

    def in_files() -> set[str]:
        raw = b"".join(file.read_bytes() for file in tmp_path.glob("city.db*"))
        return erasing.found_in(raw)

    assert len(in_files()) > 8
    erasing.wait(one, days=366)
    assert clocks(one) == 2
    assert in_files() == set()
    store.close()
    assert in_files() == set()


def test_words_long_due_hold_up_no_clock_that_somebody_waits_for(
    one: Office, clocks: Clocks
) -> None:
    long_due = ERASED_A_TURN + 8

    def pranks(desk: Desk) -> None:
        for _ in range(long_due):
            taken = actions.take_in(desk, erasing.heard())
            dismisses(desk, taken.id, "nothing for us", SHORT)

    one.serve(CHIEF, RESPONSE, pranks)
    erasing.wait(one, days=101)
    late = erasing.heard(dispatch_within=timedelta(minutes=2))
    one.serve(SENDER, RESPONSE, lambda d: actions.take_call(d, late))
    erasing.wait(one, minutes=3)

    assert clocks(one) == 1 + ERASED_A_TURN, "the rest waits for another turn"
    moves = [e.entry.move for e in one.look(lambda r: r.entries(-1, 10_000))]
    assert moves.index("raise_alarm") < moves.index("expire")
    assert moves.count("expire") == ERASED_A_TURN
    assert clocks(one) == long_due - ERASED_A_TURN
    assert clocks(one) == 0
