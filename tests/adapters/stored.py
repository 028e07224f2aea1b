"""Rows, entries and works for the contract of stores."""

import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from gengfu.kernel import (
    ActorId,
    CaseId,
    Deadline,
    Entry,
    Purpose,
    Role,
    Row,
    Sealed,
    Store,
    Transaction,
)

AT = datetime(2026, 3, 2, 8, 0, 0, 123457, tzinfo=UTC)


def row(case: str, version: int = 1, stage: str = "new", **more: Any) -> Row:
    values: dict[str, Any] = {"kind": "report", "opened_at": AT} | more
    body = f"{case} {version}".encode(errors="replace")
    return Row(id=CaseId(case), stage=stage, version=version, body=body, **values)


def entry_for(state: Row, move: str = "step") -> Entry:
    return Entry(
        kind=state.kind,
        case=state.id,
        version=state.version,
        move=move,
        at=AT + timedelta(seconds=state.version),
        actor=ActorId("lin"),
        role=Role("clerk"),
        purpose=Purpose("help"),
        represents=None,
        facts_commitment=b"f" * 32,
        state_commitment=b"s" * 32,
    )


def put(
    tx: Transaction,
    state: Row,
    deadlines: Collection[Deadline] = (),
    salt: bytes = b"salt",
) -> None:
    facts = b"facts of " + state.body
    tx.write(state, entry_for(state), Sealed(salt, facts), deadlines)


def write(store: Store, *states: Row, deadlines: Collection[Deadline] = ()) -> None:
    def work(tx: Transaction) -> None:
        for state in states:
            put(tx, state, deadlines)

    store.transact(work)


def found(store: Store, case: str, kind: str = "report") -> Row | None:
    return store.read(lambda reader: reader.find(kind, CaseId(case)))


def seqs(store: Store) -> list[tuple[int, str, int]]:
    logged = store.read(lambda reader: reader.entries(-1, 1000))
    return [(one.seq, one.entry.case, one.entry.version) for one in logged]


def due_in(store: Store, minutes: float) -> list[tuple[str, str]]:
    dues = store.read(lambda r: r.due(AT + timedelta(minutes=minutes), 100))
    return [(d.case, d.deadline.name) for d in dues]


def store_submit_behind(store: Store, gate: threading.Event) -> Callable[[], None]:
    """Hold the writer up so that what is submitted meanwhile forms one rush.

    In memory nothing ever waits, so there is nothing to hold up.
    """
    if type(store).__name__ == "MemoryStore":
        return lambda: None
    entered = threading.Event()

    def wait(_tx: Transaction) -> None:
        entered.set()
        assert gate.wait(10)

    future = store.submit(wait)
    assert entered.wait(10)
    return lambda: future.result(10)
