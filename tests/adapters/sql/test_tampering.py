"""Whoever changes a byte behind the platform's back is named by the audit."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.kernel.mediation import (
    LIN,
    MEDIATION,
    OVERSIGHT,
    START,
    consent,
    nudge,
    offer,
    office,
)

from gengfu.adapters.signing import SigningKey
from gengfu.adapters.sql import SqlStore
from gengfu.adapters.sql.connecting import connect_postgres, parse_address
from gengfu.kernel import CaseId, Desk, Office, Ref
from gengfu.kernel.audit import Audit, audit
from gengfu.kernel.checkpoints import open_checkpoint
from gengfu.kernel.notes import SignatureKind
from gengfu.kernel.transparency import checkpoint

KEY = SigningKey.from_seed("ledger.example", SignatureKind.ED25519, b"1" * 32)
FORGER = SigningKey.from_seed("ledger.example", SignatureKind.ED25519, b"2" * 32)


class Archive:
    """A store with a history, and a way round every guard it has."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.store = SqlStore(address)
        self.desks: Office = office(self.store)
        if self.store.read(lambda r: r.entries(-1, 1)):
            return  # a copy of one that was written before
        self.desks.serve(LIN, MEDIATION, self._history)
        self.desks.serve(
            LIN,
            OVERSIGHT,
            lambda d: d.erase(["s"], "asked", [Ref("mediation", CaseId("m3"))]),
        )
        self.sign()

    def _history(self, desk: Desk) -> None:
        for name in ("m1", "m2", "m3"):
            desk.open_as(
                CaseId(name),
                offer,
                frozenset({"a", "b"}),
                phone=desk.seal("s", "138"),
                priority=1,
            )
        for party in "ab":
            desk.apply(CaseId("m1"), consent, party)
        desk.apply(CaseId("m1"), nudge)

    def sign(self, key: SigningKey = KEY) -> None:
        checkpoint(self.store, key, START, trusted=(key.verifier,))

    def audit(self) -> Audit:
        def opened(note: str) -> Any:
            return open_checkpoint(note, KEY.verifier).checkpoint

        return self.desks.look(
            lambda r: audit(r, self.desks.registry, self.desks.codec, opened)
        )

    def tamper(self, *statements: str) -> None:
        """Change the database as its administrator could."""
        if self.address.startswith("sqlite"):
            path = self.address.removeprefix("sqlite:///")
            connection: Any = sqlite3.connect(path, isolation_level=None)
            guards = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            )
            for (name,) in guards.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        else:
            connection = connect_postgres(parse_address(self.address))
            connection.execute("SET session_replication_role = replica")
        changed = [connection.execute(s).rowcount for s in statements]
        connection.close()
        assert changed[-1] > 0


@pytest.fixture(scope="module")
def written(upgraded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in one file, which each test on SQLite has a copy of."""
    path = tmp_path_factory.mktemp("archive") / "written.db"
    shutil.copy(upgraded, path)
    Archive(f"sqlite:///{path}").store.close()
    return path


@pytest.fixture
def archive(address: str, written: Path) -> Iterator[Archive]:
    if address.startswith("sqlite"):
        shutil.copy(written, address.removeprefix("sqlite:///"))
    made = Archive(address)
    yield made
    made.store.close()


def on(archive: Archive, sqlite: str, postgres: str) -> str:
    return sqlite if archive.address.startswith("sqlite") else postgres


def flip(table: str, column: str, where: str) -> Callable[[Archive], str]:
    """Return the statement that changes one byte of a column."""

    def statement(archive: Archive) -> str:
        return on(
            archive,
            f"UPDATE {table} SET {column} = CAST(substr({column}, 1, 4) || x'21' ||"
            f" substr({column}, 6) AS BLOB) WHERE {where}",
            f"UPDATE {table} SET {column} = set_byte({column}, 4, 33) WHERE {where}",
        )

    return statement


def plain(statement: str) -> Callable[[Archive], str]:
    return lambda _: statement


FIRST = "kind = 'mediation' AND case_id = 'm1' AND version = 1"
SEQ = f"seq = (SELECT seq FROM ledger WHERE {FIRST})"
M1 = "kind = 'mediation' AND id = 'm1'"


def test_an_honest_archive_holds(archive: Archive) -> None:
    found = archive.audit()
    assert found.intact.findings == ()
    assert found.complete.findings == ()
    assert found.size == 8
    assert found.erased == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (flip("ledger", "leaf", FIRST), "not what its leaf hash says"),
        (flip("ledger", "facts_commitment", FIRST), "not what its leaf hash says"),
        (flip("ledger", "state_commitment", FIRST), "not what its leaf hash says"),
        *(
            (
                plain(f"UPDATE ledger SET {column} = 'x' WHERE {FIRST}"),
                "not what its leaf hash says",
            )
            for column in ("move", "actor", "role", "purpose", "represents")
        ),
        (
            plain(f"UPDATE ledger SET at = at + 1 WHERE {FIRST}"),
            "not what its leaf hash says",
        ),
        (
            plain(f"UPDATE ledger SET version = 9 WHERE {FIRST}"),
            "not what its leaf hash says",
        ),
        (plain(f"DELETE FROM ledger WHERE {FIRST}"), "entry 0 is missing"),
        (plain("DELETE FROM ledger WHERE seq = 4"), "entry 4 is missing"),
        (
            plain("DELETE FROM ledger WHERE seq = 7"),
            "a checkpoint of size 8 is larger than the ledger",
        ),
        (
            plain("UPDATE checkpoints SET note = replace(note, 'ledger', 'lodger')"),
            "a checkpoint does not verify",
        ),
        (
            plain("UPDATE checkpoints SET note = replace(note, '8', '7')"),
            "a checkpoint does not verify",
        ),
        (
            plain("UPDATE checkpoints SET note = 'x'"),
            "a checkpoint does not verify",
        ),
    ],
)
def test_the_ledger_is_not_intact(
    archive: Archive, change: Callable[[Archive], str], words: str
) -> None:
    archive.tamper(change(archive))
    findings = archive.audit().intact.findings
    assert any(words in finding for finding in findings), findings


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (flip("sealed", "facts", SEQ), "m1: facts of entry 0 are not those committed"),
        (flip("sealed", "salt", SEQ), "m1: facts of entry 0 are not those committed"),
        (
            plain(f"DELETE FROM sealed WHERE {SEQ}"),
            "m1: facts of entry 0 are gone and no erasure says so",
        ),
        (flip("cases", "body", M1), "mediation m1 is not the state its last entry"),
        (
            lambda a: on(
                a,
                "UPDATE cases SET body = CAST(replace(CAST(body AS TEXT),"
                f" '\"priority\":1', '\"priority\":2') AS BLOB), priority = 2 WHERE {M1}",
                "UPDATE cases SET body = convert_to(replace(convert_from(body, 'UTF8'),"
                f" '\"priority\":1', '\"priority\":2'), 'UTF8'), priority = 2 WHERE {M1}",
            ),
            "mediation m1 is not the state its last entry committed to",
        ),
        *(
            (
                plain(f"UPDATE cases SET {column} WHERE {M1}"),
                "mediation m1 has columns that are not what its body says",
            )
            for column in (
                "stage = 'closed'",
                "opened_at = opened_at + 1",
                "area = 'x'",
                "lon = 1.5",
                "lat = 1.5",
                "priority = 2",
                "about = 'x'",
            )
        ),
        (
            plain(f"UPDATE cases SET version = 2 WHERE {M1}"),
            "mediation m1 is at version 2, its entries at 4",
        ),
        (plain(f"DELETE FROM cases WHERE {M1}"), "m1 has entries and no row"),
        (
            plain(
                "INSERT INTO cases (kind, id, stage, version, opened_at, body)"
                " SELECT kind, 'm9', stage, version, opened_at, body"
                f" FROM cases WHERE {M1}"
            ),
            "mediation m9 has no entry on the ledger",
        ),
    ],
)
def test_the_ledger_is_not_complete(
    archive: Archive, change: Callable[[Archive], str], words: str
) -> None:
    archive.tamper(change(archive))
    found = archive.audit()
    assert any(words in finding for finding in found.complete.findings), found
    assert found.intact.findings == ()


def test_a_rewritten_leaf_contradicts_the_checkpoint(archive: Archive) -> None:
    """The forger changes an entry and its leaf hash alike."""
    from gengfu.kernel.merkle import leaf_hash

    (first,) = archive.store.read(lambda r: r.entries(-1, 1))
    forged = first.entry.leaf_bytes().replace(b'"actor":"lin"', b'"actor":"wu"')
    leaf = leaf_hash(forged).hex()
    archive.tamper(
        f"UPDATE ledger SET actor = 'wu', leaf ="
        f" {on(archive, f"x'{leaf}'", f"decode('{leaf}', 'hex')")} WHERE seq = 0"
    )
    assert archive.audit().intact.findings == (
        "the checkpoint at size 8 has another root",
    )


def test_a_forged_checkpoint_does_not_verify(archive: Archive) -> None:
    archive.tamper("DELETE FROM checkpoints")
    archive.sign(FORGER)
    (finding,) = archive.audit().intact.findings
    assert finding.startswith("a checkpoint does not verify")


class TestGuards:
    """Without switching the guards off, nothing can be changed at all."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger SET actor = 'x'",
            "UPDATE ledger SET seq = seq + 100",
            "DELETE FROM ledger",
            "DELETE FROM ledger WHERE seq = 7",
            "UPDATE checkpoints SET note = 'x'",
            "DELETE FROM checkpoints",
            "UPDATE cases SET version = 99 WHERE id = 'm1'",
            "INSERT INTO cases (kind, id, stage, version, opened_at, body)"
            " SELECT kind, 'm9', stage, version, opened_at, body FROM cases"
            " WHERE id = 'm1'",
            "INSERT INTO ledger SELECT * FROM ledger WHERE seq = 0",
        ],
    )
    def test_refused_on_both(self, archive: Archive, statement: str) -> None:
        self.refused(archive, statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "TRUNCATE ledger CASCADE",
            "TRUNCATE checkpoints",
            "TRUNCATE ledger, cases",
        ],
    )
    def test_refused_on_postgres(self, archive: Archive, statement: str) -> None:
        if archive.address.startswith("postgresql"):
            self.refused(archive, statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "REPLACE INTO ledger SELECT * FROM ledger WHERE seq = 7",
            "REPLACE INTO ledger SELECT 8, kind, case_id, version, move, at, actor,"
            " role, purpose, represents, facts_commitment, state_commitment, leaf"
            " FROM ledger WHERE seq = 0",
            "INSERT OR REPLACE INTO checkpoints SELECT * FROM checkpoints",
            "INSERT INTO ledger SELECT 77, kind, 'x', version, move, at, actor, role,"
            " purpose, represents, facts_commitment, state_commitment, leaf"
            " FROM ledger WHERE seq = 0",
        ],
    )
    def test_refused_on_sqlite(self, archive: Archive, statement: str) -> None:
        if archive.address.startswith("sqlite"):
            self.refused(archive, statement)

    def refused(self, archive: Archive, statement: str) -> None:
        before = archive.audit()
        if archive.address.startswith("sqlite"):
            path = archive.address.removeprefix("sqlite:///")
            connection: Any = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA foreign_keys = ON")
        else:
            connection = connect_postgres(parse_address(archive.address))
        with pytest.raises((sqlite3.IntegrityError, psycopg.Error)):
            connection.execute(statement)
        connection.close()
        assert archive.audit() == before
