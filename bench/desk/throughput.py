"""Moves per second through the whole desk, against one committed row at a time.

Run `python -m bench.desk.throughput [--moves N]`. The two are measured in turns on the
same database in the same run. The row is what a plain program would do: one INSERT,
one COMMIT, one connection; the move is checked, decoded, applied, encoded twice,
committed to the ledger and acknowledged only when durable, for 50 clients at once.
"""

import argparse
import asyncio
import platform
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kernel.mediation import LIN, MEDIATION, consent, offer, registry
from tests.postgres_server import start, stop

from gengfu.adapters.clock import SystemClock, system_entropy
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.adapters.sql.connecting import (
    connect_postgres,
    connect_sqlite,
    parse_address,
)
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import CaseId, Office
from gengfu.kernel.audit import audit

CLIENTS = 50
ROUNDS = 5


def office_on(address: str) -> Office:
    return Office(
        SqlStore(address),
        registry(),
        JsonCodec(),
        SealingVault(MasterKey(b"k" * 32)),
        SystemClock(),
        system_entropy,
    )


def open_cases(office: Office) -> list[CaseId]:
    parties = frozenset({"a", "b"})
    return [
        office.serve(LIN, MEDIATION, lambda d: d.open(offer, parties)).id
        for _ in range(CLIENTS)
    ]


def by_threads(office: Office, cases: list[CaseId], moves: int) -> float:
    """Moves per second of 50 threads, each waiting for its own move."""

    def client(case: CaseId) -> None:
        for _ in range(moves // CLIENTS):
            office.serve(LIN, MEDIATION, lambda d: d.apply(case, consent, "a"))

    threads = [threading.Thread(target=client, args=(case,)) for case in cases]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return moves / (time.perf_counter() - started)


def by_event_loop(office: Office, cases: list[CaseId], moves: int) -> float:
    """Moves per second of 50 tasks of one event loop."""

    async def client(case: CaseId) -> None:
        for _ in range(moves // CLIENTS):
            await office.store.transact_async(
                office.work(LIN, MEDIATION, lambda d: d.apply(case, consent, "a"))
            )

    async def everybody() -> None:
        await asyncio.gather(*map(client, cases))

    started = time.perf_counter()
    asyncio.run(everybody())
    return moves / (time.perf_counter() - started)


def one_row_at_a_time(address: str, rows: int) -> float:
    """Rows per second of a plain program that commits each."""
    url = parse_address(address)
    if url.get_backend_name() == "sqlite":
        connection: Any = connect_sqlite(Path(url.database or ""))
        insert = "INSERT INTO plain (kind, body) VALUES (?, ?)"
        key = "INTEGER PRIMARY KEY"
    else:
        connection = connect_postgres(url)
        insert = "INSERT INTO plain (kind, body) VALUES (%s, %s)"
        key = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS plain (id {key}, kind TEXT, body TEXT)"
    )
    body = "x" * 300
    started = time.perf_counter()
    for _ in range(rows):
        connection.execute("BEGIN")
        connection.execute(insert, ("mediation", body))
        connection.execute("COMMIT")
    taken = time.perf_counter() - started
    connection.close()
    return rows / taken


def measure(name: str, address: str, moves: int) -> None:
    office = office_on(address)
    cases = open_cases(office)
    ways: dict[str, Callable[[int], float]] = {
        "one row, one commit": lambda n: one_row_at_a_time(address, n),
        "moves, 50 threads": lambda n: by_threads(office, cases, n),
        "moves, event loop": lambda n: by_event_loop(office, cases, n),
    }
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, run in ways.items():
            found[way].append(run(moves))
    base = statistics.median(found["one row, one commit"])
    for way, rates in found.items():
        middle = statistics.median(rates)
        print(
            f"{name:11} {way:20} {middle:8,.0f}/s"
            f"  ({min(rates):,.0f}-{max(rates):,.0f})  {middle / base:5.2f} x one row"
        )
    verdict = office.look(
        lambda r: audit(r, office.registry, office.codec, lambda note: note)
    )
    assert verdict.complete.holds
    assert verdict.intact.holds
    office.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=3000)
    moves = parser.parse_args().moves // CLIENTS * CLIENTS
    print(
        f"{platform.machine()}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}; {moves} moves a round, {ROUNDS} rounds"
    )
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/city.db"
        upgrade(address)
        measure("SQLite", address, moves)
    server = start(durable=True)
    try:
        measure("PostgreSQL", server.address(server.create()), moves)
    finally:
        stop(server)


if __name__ == "__main__":
    main()
