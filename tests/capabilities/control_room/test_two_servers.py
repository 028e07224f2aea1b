"""Several servers on one database: one order of locks, and nobody is asked twice."""

import threading
from dataclasses import replace
from itertools import pairwise

import pytest
from rooms import CHIEF, SENDER, crew, officer
from tests.postgres_server import (
    postgres_address,
    postgres_database,
    postgres_server,
)

from gengfu.adapters import buffered
from gengfu.adapters.sql import SqlStore
from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.actions import Heard
from gengfu.capabilities.control_room.cases.calls import Channel
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.keepings import erases
from gengfu.capabilities.control_room.cases.photos import Print, attach_photo
from gengfu.capabilities.control_room.cases.roles import RESPONSE
from gengfu.kernel import Ref, RuleBroken
from gengfu.kernel.tasks import finish, task

__all__ = ["postgres_address", "postgres_database", "postgres_server"]

ORDER = ("unit", "incident", "task")


@pytest.fixture
def held(monkeypatch):
    """Every row each transaction locks, in the order it does, once each."""
    found = {}
    genuine = buffered.BufferedTransaction.find_for_update

    def noting(self, kind, case):
        rows = found.setdefault(id(self), (self, []))[1]
        if (kind, case) not in rows:
            rows.append((kind, case))
        return genuine(self, kind, case)

    monkeypatch.setattr(buffered.BufferedTransaction, "find_for_update", noting)
    return lambda: [rows for _, rows in found.values()]


def test_every_action_holds_cases_in_the_same_order(room, held):
    small = room.call(at=(1, 0), priority=3, type="theft")
    room.send(small, "p2", "p1", agencies=("gas",))
    room.do(crew("p1"), lambda desk: actions.rolls(desk, "p1"))
    large = room.call(at=(1, 1), priority=1)
    room.send(large, "p1", "e1", agencies=("power", "gas"))
    (first, *others) = room.room.picture.tasks_of(large.id)
    assert others
    room.do(officer(first.agency), lambda desk: actions.signs(desk, first.id))
    room.do(crew("e1"), lambda desk: actions.arrives(desk, "e1"))
    room.do(crew("e1"), lambda desk: actions.frees(desk, "e1"))
    room.do(SENDER, lambda desk: actions.call_off(desk, large.id, "p1", "enough"))
    close = {"outcome": "over", "reason": "the caller says so", "free_units": True}
    room.do(SENDER, lambda desk: actions.close_out(desk, small.id, **close))
    room.do(SENDER, lambda desk: actions.close_out(desk, large.id, **close))

    seen = held()
    assert any(len({kind for kind, _ in rows}) == 3 for rows in seen)
    for rows in seen:
        shared = [(ORDER.index(kind), case) for kind, case in rows if kind in ORDER]
        kinds = [rank for rank, _ in shared]
        assert kinds == sorted(kinds), rows
        units = [case for rank, case in shared if rank == 0]
        assert all(a < b for a, b in pairwise(units)), rows


def test_an_agency_that_is_done_can_be_asked_again(room):
    case = room.call(at=(0, 1))
    assert "gas" in {task.agency for task in room.recommend(case).tasks}
    room.send(case, agencies=("gas",))
    assert "gas" not in {task.agency for task in room.recommend(case).tasks}
    (asked,) = room.room.picture.tasks_of(case.id)
    with pytest.raises(RuleBroken, match="asked already"):
        room.send(case, agencies=("gas",))
    room.send(case, "e1", agencies=("gas",))
    assert room.room.picture.tasks_of(case.id) == (asked,)
    room.do(officer("gas"), lambda desk: actions.signs(desk, asked.id))
    room.do(officer("gas"), lambda desk: desk.apply(asked.id, finish))
    after = room.send(case, agencies=("gas",))
    (again,) = room.room.picture.tasks_of(case.id)
    assert (again.agency, again.stage, again.id != asked.id) == ("gas", "open", True)
    assert after.agencies == ("gas",)


def test_two_servers_ask_an_agency_once(room, postgres_address):
    shown = room.call(at=(0, 1))
    tasks = room.room.prepare_dispatch(shown, (), ("gas", "power")).tasks
    heard = Heard(channel=Channel.PHONE, type="structure-fire", priority=1)
    stores = [SqlStore(postgres_address) for _ in range(2)]
    offices = [replace(room.office, store=store) for store in stores]
    started = threading.Barrier(4)
    failed = []

    def ask(office, case):
        def job(desk):
            actions.send(desk, case, (), tasks=tasks)

        started.wait()
        try:
            office.serve(SENDER, RESPONSE, job)
        except RuleBroken as refused:
            failed.append(str(refused))

    try:
        for _ in range(5):
            failed.clear()
            _, case = offices[0].serve(
                SENDER, RESPONSE, lambda desk: actions.take_call(desk, heard)
            )
            threads = [
                threading.Thread(target=ask, args=(office, case.id))
                for office in offices * 2
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            def asked(desk, case=case):
                return desk.list(task, about=case.id), desk.get(incident, case.id)

            found, after = offices[1].serve(CHIEF, RESPONSE, asked)
            assert sorted(t.agency for t in found) == ["gas", "power"]
            assert after.agencies == ("gas", "power")
            assert len(failed) == 3
    finally:
        for store in stores:
            store.close()


def test_what_is_erased_is_held_before_it_is_looked_at(room, monkeypatch):
    """Else a photo added meanwhile on another server would keep its key for good."""
    other, case = room.call(at=(0, 1)), room.call(at=(0, 1))
    room.do(SENDER, lambda desk: actions.merge_into(desk, other.id, case.id, "same"))
    shut = {"outcome": "over", "reason": "by phone"}
    room.do(SENDER, lambda desk: actions.close_out(desk, case.id, **shut))
    held = []
    genuine = buffered.BufferedTransaction.erase_facts

    def noting(self, kind, one):
        held.append({key for key in self.locked if key[0] == incident.kind})
        genuine(self, kind, one)

    monkeypatch.setattr(buffered.BufferedTransaction, "erase_facts", noting)
    rules, about = room.room.rulebook.retention, Ref(incident.kind, case.id)
    room.do(CHIEF, lambda desk: erases(desk, about, rules, "asked for", 2))
    assert held[0] == {(incident.kind, case.id), (incident.kind, other.id)}


def test_photos_are_counted_on_an_incident_that_is_held(room, held):
    case = room.call(at=(0, 1))
    shot = Print(full=b"full", small=b"small", width=1, height=1)
    room.do(SENDER, lambda desk: attach_photo(desk, case.id, shot))
    again = len(held())
    room.do(SENDER, lambda desk: attach_photo(desk, case.id, shot))
    assert held()[again:] == [[(incident.kind, case.id)]]
