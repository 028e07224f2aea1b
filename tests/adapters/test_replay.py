"""Whatever is done at the desk: rows are the fold of their entries, and all is proved.

Random moves by random people, with clocks running out, erasures, referrals and
checkpoints in between; then the whole store is held against its ledger.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.kernel.mediation import (
    FANG,
    LIN,
    MEDIATION,
    OVERSIGHT,
    START,
    WU,
    consent,
    draft,
    mediation,
    nudge,
    offer,
    office,
    sign_terms,
)
from tests.postgres_server import Server

from gengfu.adapters.clock import VirtualClock
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.signing import SigningKey
from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.kernel import CaseId, Desk, Place, Ref, Refused, Store, WrongStage
from gengfu.kernel.audit import audit, replayed
from gengfu.kernel.checkpoints import open_checkpoint
from gengfu.kernel.notes import SignatureKind
from gengfu.kernel.tasks import finish, hand_over, refuse, sign, task
from gengfu.kernel.transparency import checkpoint, prove_entry

KEY = SigningKey.from_seed("ledger.example", SignatureKind.ED25519, b"1" * 32)
PARTIES = st.sampled_from(["a", "b", "c", "", "水" * 200, "x" * 201])
PEOPLE = st.sampled_from([LIN, WU, FANG])
WHICH = st.integers(0, 40)
MOVES = st.sampled_from([consent, draft, sign_terms, nudge])
TASK_MOVES = st.sampled_from(
    [(sign, ()), (refuse, ("no",)), (finish, ()), (hand_over, ("street-office", "x"))]
)


class Day(RuleBasedStateMachine):
    """A day at the office on a store that a subclass provides."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock(START)
        self.desks = office(self.store, self.clock)
        self.accepted = 0

    def serve(self, actor: Any, job: Any, purpose: Any = MEDIATION) -> None:
        before = self.store.read(lambda r: r.size())
        try:
            self.desks.serve(actor, purpose, job)
        except Refused:
            assert self.store.read(lambda r: r.size()) == before
        else:
            self.accepted += 1

    def pick(self, desk: Desk, kind: Any, which: int) -> CaseId:
        rows = desk.tx.rows(kind.kind)
        return rows[which % len(rows)].id if rows else CaseId("none")

    @rule(
        parties=st.frozensets(st.sampled_from("abc"), min_size=1),
        lon=st.none() | st.floats(-180, 180),
        subject=st.none() | st.sampled_from(["s1", "s2"]),
        priority=st.none() | st.integers(-5, 5),
    )
    def open(
        self, parties: Any, lon: float | None, subject: str | None, priority: int | None
    ) -> None:
        def job(desk: Desk) -> None:
            phone = None if subject is None else desk.seal(subject, "138")
            place = None if lon is None else Place(lon, 1)
            desk.open(offer, parties, place=place, priority=priority, phone=phone)

        self.serve(LIN, job)

    @rule(actor=PEOPLE, move=MOVES, which=WHICH, words=PARTIES)
    def move(self, actor: Any, move: Any, which: int, words: str) -> None:
        facts = () if move is nudge else (words,)
        self.serve(
            actor, lambda d: d.apply(self.pick(d, mediation, which), move, *facts)
        )

    @rule(which=WHICH, parties=st.permutations(["a", "b", "c"]))
    def consent_at_once(self, which: int, parties: list[str]) -> None:
        def job(desk: Desk) -> None:
            case = desk.get(mediation, self.pick(desk, mediation, which))
            for party in parties:
                if party in case.parties - case.consents:
                    desk.apply(case.id, consent, party)

        self.serve(LIN, job)

    @rule(actor=PEOPLE, move=TASK_MOVES, which=WHICH)
    def work_on_task(self, actor: Any, move: Any, which: int) -> None:
        way, facts = move
        self.serve(actor, lambda d: d.apply(self.pick(d, task, which), way, *facts))

    @rule(which=WHICH, move=MOVES)
    def change_one_s_mind(self, which: int, move: Any) -> None:
        """Do much, then fail: nothing of it may stay."""

        def job(desk: Desk) -> None:
            desk.open(offer, frozenset({"a", "b"}), phone=desk.seal("s3", "x"))
            desk.apply(self.pick(desk, mediation, which), nudge)
            raise WrongStage("changed my mind")

        self.serve(LIN, job)

    @rule(which=WHICH)
    def refer(self, which: int) -> None:
        def job(desk: Desk) -> None:
            case = desk.get(mediation, self.pick(desk, mediation, which))
            desk.refer(case, mediation, "mediation", "they shout")

        self.serve(LIN, job)

    @rule(which=WHICH)
    def read_personal_facts(self, which: int) -> None:
        def job(desk: Desk) -> None:
            case = desk.get(mediation, self.pick(desk, mediation, which))
            if case.phone is not None:
                found = desk.reveal(Ref("mediation", case.id), case.phone)
                assert found in ("138", None)

        self.serve(LIN, job)

    @rule(subject=st.sampled_from(["s1", "s2"]))
    def erase(self, subject: str) -> None:
        def job(desk: Desk) -> None:
            cases = [
                Ref("mediation", case.id)
                for case in desk.list(mediation)
                if case.phone is not None and case.phone.subject == subject
            ]
            desk.erase([subject], "asked for", cases)

        self.serve(LIN, job, OVERSIGHT)

    @rule(hours=st.sampled_from([0, 1, 7, 30, 80]))
    def let_time_pass(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

        def job(desk: Desk) -> None:
            for due in desk.tx.claim_due(desk.now, 3):
                move = self.desks.registry.machine(due.kind).moves[due.deadline.move]
                desk.as_clockwork(MEDIATION).apply(due.case, move)

        self.serve(LIN, job)

    @rule()
    def sign_ledger(self) -> None:
        checkpoint(self.store, KEY, self.clock(), trusted=(KEY.verifier,))

    def teardown(self) -> None:
        try:
            self.check()
        finally:
            self.store.close()

    def check(self) -> None:
        found = self.desks.look(
            lambda r: audit(
                r,
                self.desks.registry,
                self.desks.codec,
                lambda note: open_checkpoint(note, KEY.verifier).checkpoint,
            )
        )
        assert found.intact.findings == ()
        assert found.complete.findings == ()
        self.sign_ledger()
        logged = self.store.read(lambda r: r.entries(-1, 10_000))
        assert [one.seq for one in logged] == list(range(len(logged)))
        for one in logged:
            proof = self.store.read(lambda r, seq=one.seq: prove_entry(r, seq))
            assert proof.verify((KEY.verifier,)).size == len(logged)
            assert proof.entry == one.entry
        for kind in self.desks.registry.machines:
            for row in self.store.read(lambda r, kind=kind: r.rows(kind)):
                self.check_row(row)

    def check_row(self, row: Any) -> None:
        machine = self.desks.registry.machine(row.kind)
        entries = self.store.read(lambda r: r.entries_of(row.kind, row.id))
        assert [e.entry.version for e in entries] == list(range(1, row.version + 1))
        if all(e.sealed for e in entries):
            case: Any = None
            for entry in entries:
                case = replayed(machine, case, entry, self.desks.codec)
            assert self.desks.codec.decode(machine.case, row.body) == case
            assert case.stage == row.stage


def run(day: type[Day], examples: int) -> None:
    run_state_machine_as_test(
        day,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_day_in_memory() -> None:
    class InMemory(Day):
        def __init__(self) -> None:
            self.store = MemoryStore()
            super().__init__()

    run(InMemory, 40)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "city.db"
    upgrade(f"sqlite:///{path}")
    return path


def test_a_day_on_sqlite(prepared: Path, tmp_path: Path) -> None:
    def files() -> Iterator[Path]:
        number = 0
        while True:
            number += 1
            yield Path(shutil.copy(prepared, tmp_path / f"{number}.db"))

    fresh = files()

    class OnSqlite(Day):
        def __init__(self) -> None:
            self.store = SqlStore(f"sqlite:///{next(fresh)}")
            super().__init__()

    run(OnSqlite, 15)


def test_a_day_on_postgres(
    postgres_server: Server, postgres_database: str, postgres_address: str
) -> None:
    class OnPostgres(Day):
        def __init__(self) -> None:
            postgres_server.wipe(postgres_database)
            self.store = SqlStore(postgres_address)
            super().__init__()

    run(OnPostgres, 8)
