"""Killed at any moment: nothing acknowledged is lost, the ledger holds.

The writer is a process of its own, ended by SIGKILL after a random number of
acknowledged moves, again and again, until 5,000 were made.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.kernel.mediation import START, office
from tests.postgres_server import Server, start, start_again, stop

from gengfu.adapters.signing import SigningKey
from gengfu.adapters.sql import SqlStore, upgrade
from gengfu.kernel import CaseId, Ref
from gengfu.kernel.audit import audit
from gengfu.kernel.checkpoints import open_checkpoint
from gengfu.kernel.notes import SignatureKind
from gengfu.kernel.transparency import checkpoint, prove_entry

ROOT = Path(__file__).resolve().parents[2]
MOVES = 5000
KEY = SigningKey.from_seed("ledger.example", SignatureKind.ED25519, b"1" * 32)

pytestmark = pytest.mark.slow


class Witness:
    """Hears what is acknowledged, and holds the store to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.acknowledged: dict[str, int] = {}
        self.moves = 0

    def run_and_kill(self, after: int) -> None:
        """Start a writer and kill it once it acknowledged this many moves."""
        with subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mover", self.address],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdout=subprocess.PIPE,
        ) as writer:
            assert writer.stdout is not None
            heard = 0
            for line in writer.stdout:
                heard += 1
                if heard == after:
                    writer.kill()
                # What it had said before it died counts as acknowledged too.
                if line.endswith(b"\n"):
                    self.hear(line)
        assert heard >= after, "the writer died by itself"

    def hear(self, line: bytes) -> None:
        case, version = line.decode().split()
        self.acknowledged[case] = max(self.acknowledged.get(case, 0), int(version))
        self.moves += 1

    def check(self) -> int:
        """Nothing acknowledged is missing, the whole ledger holds; returns its size."""
        store = SqlStore(self.address)
        desks = office(store)
        rows = store.read(
            lambda r: r.find_many(
                [Ref("mediation", CaseId(c)) for c in self.acknowledged]
            )
        )
        stored = {row.id: row.version for row in rows}
        missing = {
            case: version
            for case, version in self.acknowledged.items()
            if stored.get(CaseId(case), 0) < version
        }
        assert missing == {}
        checkpoint(store, KEY, START, trusted=(KEY.verifier,))
        found = store.read(
            lambda r: audit(
                r,
                desks.registry,
                desks.codec,
                lambda note: open_checkpoint(note, KEY.verifier).checkpoint,
            )
        )
        assert found.intact.findings == ()
        assert found.complete.findings == ()
        assert found.size >= self.moves
        store.read(lambda r: prove_entry(r, found.size - 1)).verify((KEY.verifier,))
        store.close()
        return found.size


def kill_until_done(
    witness: Witness,
    moves: int = MOVES,
    between: Callable[[], None] = lambda: None,
) -> None:
    chance = random.Random(witness.address)
    kills = 0
    while witness.moves < moves:
        witness.run_and_kill(chance.choice([1, 40, 300, 900]) + chance.randrange(90))
        between()
        size = witness.check()
        kills += 1
        # What was durable but not yet said is at most what was under way.
        assert size - witness.moves <= kills * 16
    assert kills >= 3


def test_sqlite_writers_are_killed(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'city.db'}"
    upgrade(address)
    kill_until_done(Witness(address))


@pytest.fixture(scope="module")
def durable_server() -> Iterator[Server]:
    server = start(durable=True)
    yield server
    stop(server)


def test_postgres_writers_are_killed(durable_server: Server) -> None:
    kill_until_done(Witness(durable_server.address(durable_server.create())))


def test_the_database_server_crashes_as_well(durable_server: Server) -> None:
    def crash() -> None:
        durable_server.control("-m", "immediate", "-w", "-s", "stop")
        start_again(durable_server)

    address = durable_server.address(durable_server.create())
    kill_until_done(Witness(address), moves=1500, between=crash)
