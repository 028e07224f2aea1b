"""Two separate verdicts on a ledger: intact, and complete.

*Intact*: every stored leaf hash is the hash of its entry, and the tree over them
agrees with every signed checkpoint. *Complete*: every case's entries run without a
gap from version 1 to the version of its row, the row is the state the last entry
committed to, and replaying the moves gives that state again. Where facts were erased
the chain of versions is still checked, the content no longer can be.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .cases import Case, Machine
from .checkpoints import Checkpoint
from .errors import GengfuError
from .ledger import Entry, Logged, commit_facts, commit_state
from .merkle import Frontier, leaf_hash
from .ports import Codec, Reader, Row
from .registry import Registry

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked, and every finding in words; no finding means it holds."""

    checked: int
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Audit:
    """Both verdicts, the size and the root they speak of."""

    size: int
    root: bytes
    intact: Verdict
    complete: Verdict
    erased: int


def audit(
    reader: Reader,
    registry: Registry,
    codec: Codec,
    open_note: Callable[[str], Checkpoint],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Audit:
    """Check the whole ledger.

    `open_note` verifies a checkpoint note and returns what it says; it raises Corrupt
    where a signature does not hold.
    """
    size = reader.size()
    claims, broken = _checkpoints(reader, open_note)
    tree = Frontier()
    latest: dict[tuple[str, str], _Last] = {}
    incomplete: list[str] = []
    erased = 0
    for logged in _entries(reader):
        seq, entry = logged.seq, logged.entry
        if seq != tree.size:
            broken.append(f"entry {tree.size} is missing")
            break
        if logged.leaf != leaf_hash(entry.leaf_bytes()):
            broken.append(f"entry {seq} is not what its leaf hash says")
        tree = tree.append(logged.leaf)
        claimed = claims.get(tree.size)
        if claimed is not None and claimed != tree.root:
            broken.append(f"the checkpoint at size {tree.size} has another root")
        erased += logged.sealed is None
        key = (entry.kind, entry.case)
        last = latest.get(key, _Last(0, None, None, sealed=True))
        latest[key] = _follow(logged, last, registry, codec, incomplete)
        if seq % BATCH == 0:
            progress(seq, size)
    if tree.size < size:
        broken.append(f"the ledger claims {size} entries and has {tree.size}")
    broken += [
        f"a checkpoint of size {s} is larger than the ledger"
        for s in claims
        if s > tree.size
    ]
    _compare_rows(reader, registry, codec, latest, incomplete)
    progress(size, size)
    return Audit(
        size=tree.size,
        root=tree.root,
        intact=Verdict(tree.size, tuple(broken)),
        complete=Verdict(len(latest), tuple(incomplete)),
        erased=erased,
    )


@dataclass(frozen=True, slots=True)
class _Last:
    version: int
    entry: Logged | None
    case: Case | None
    sealed: bool


def _entries(reader: Reader) -> Iterator[Logged]:
    after = -1
    while batch := reader.entries(after, BATCH):
        yield from batch
        after = batch[-1].seq


def _checkpoints(
    reader: Reader, open_note: Callable[[str], Checkpoint]
) -> tuple[dict[int, bytes], list[str]]:
    claims: dict[int, bytes] = {}
    broken: list[str] = []
    for note in reader.checkpoints(limit=1_000_000):
        try:
            checkpoint = open_note(note)
        except GengfuError as error:
            broken.append(f"a checkpoint does not verify: {error}")
            continue
        claims[checkpoint.size] = checkpoint.root
    return claims, broken


def _follow(
    logged: Logged,
    last: _Last,
    registry: Registry,
    codec: Codec,
    findings: list[str],
) -> _Last:
    entry = logged.entry
    where = f"{entry.kind} {entry.case}"
    if entry.version != last.version + 1:
        findings.append(
            f"{where}: version {entry.version} follows {last.version} at entry"
            f" {logged.seq}"
        )
    if logged.sealed is None or not last.sealed:
        return _Last(entry.version, logged, None, sealed=False)
    if commit_facts(logged.sealed.salt, logged.sealed.facts) != entry.facts_commitment:
        findings.append(f"{where}: facts of entry {logged.seq} are not those committed")
        return _Last(entry.version, logged, None, sealed=False)
    try:
        case = replayed(registry.machine(entry.kind), last.case, logged, codec)
    except (GengfuError, KeyError, TypeError, ValueError) as error:
        findings.append(f"{where}: entry {logged.seq} does not replay: {error}")
        return _Last(entry.version, logged, None, sealed=False)
    state = commit_state(logged.sealed.salt, codec.encode(case))
    if state != entry.state_commitment:
        findings.append(f"{where}: entry {logged.seq} replays to another state")
    return _Last(entry.version, logged, case, sealed=True)


def replayed[C: Case](
    machine: Machine[C], before: C | None, logged: Logged, codec: Codec
) -> C:
    """Make an entry's move again on the state before it."""
    entry: Entry = logged.entry
    if logged.sealed is None:
        raise ValueError("its facts are erased")
    way = (machine.openings if before is None else machine.moves)[entry.move]
    facts = codec.decode(way.facts, logged.sealed.facts)
    named = {name: getattr(facts, name) for name in way.facts.__dataclass_fields__}
    return machine.replay(before, entry.move, entry.stamp, named)


def _compare_rows(
    reader: Reader,
    registry: Registry,
    codec: Codec,
    latest: dict[tuple[str, str], _Last],
    findings: list[str],
) -> None:
    unseen = set(latest)
    for kind in registry.machines:
        for row in reader.rows(kind):
            key = (kind, str(row.id))
            unseen.discard(key)
            if key not in latest:
                findings.append(f"{kind} {row.id} has no entry on the ledger")
                continue
            findings += _row_findings(row, latest[key], codec)
    findings += [f"{kind} {case} has entries and no row" for kind, case in unseen]


def _row_findings(row: Row, last: _Last, codec: Codec) -> list[str]:
    where = f"{row.kind} {row.id}"
    if row.version != last.version:
        return [f"{where} is at version {row.version}, its entries at {last.version}"]
    sealed = None if last.entry is None else last.entry.sealed
    if last.entry is None or sealed is None:
        return []
    if commit_state(sealed.salt, row.body) != last.entry.entry.state_commitment:
        return [f"{where} is not the state its last entry committed to"]
    if last.case is not None and codec.encode(last.case) != row.body:
        return [f"{where} is not what its moves add up to"]
    return []
