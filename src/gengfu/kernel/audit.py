"""Two separate verdicts on a ledger: intact, and complete.

*Intact*: every stored leaf hash is the hash of its entry, and the tree over them
agrees with every signed checkpoint. *Complete*: every case's entries run without a
gap from version 1 to the version of its row, the row is the state the last entry
committed to, and replaying the moves gives that state again. Where facts were erased
the chain of versions is still checked, the content no longer can be; that they were
erased must itself be on the ledger.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .cases import Case, Machine
from .checkpoints import Checkpoint
from .desk import row_of
from .errors import GengfuError
from .ledger import Entry, Logged, commit_facts, commit_state
from .merkle import Frontier, leaf_hash
from .ports import Codec, Reader, Row
from .records import Erasure
from .registry import Registry

BATCH = 2000
MOST_CHECKPOINTS = 1_000_000

type _Key = tuple[str, str]


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
    cases = _Cases(registry, codec)
    tree = Frontier()
    _compare_root(tree, claims, broken)
    for logged in _entries(reader):
        if logged.seq != tree.size:
            broken.append(f"entry {tree.size} is missing")
            break
        if logged.leaf != leaf_hash(logged.entry.leaf_bytes()):
            broken.append(f"entry {logged.seq} is not what its leaf hash says")
        tree = tree.append(logged.leaf)
        _compare_root(tree, claims, broken)
        cases.follow(logged)
        if logged.seq % BATCH == 0:
            progress(logged.seq, size)
    if tree.size < size:
        broken.append(f"the ledger claims {size} entries and has {tree.size}")
    broken += [
        f"a checkpoint of size {s} is larger than the ledger"
        for s in sorted(claims)
        if s > tree.size
    ]
    cases.compare_rows(reader)
    cases.compare_erasures()
    progress(size, size)
    return Audit(
        size=tree.size,
        root=tree.root,
        intact=Verdict(tree.size, tuple(broken)),
        complete=Verdict(len(cases.latest), tuple(cases.findings)),
        erased=cases.erased,
    )


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


def _entries(reader: Reader) -> Iterator[Logged]:
    after = -1
    while batch := reader.entries(after, BATCH):
        yield from batch
        after = batch[-1].seq


def _checkpoints(
    reader: Reader, open_note: Callable[[str], Checkpoint]
) -> tuple[dict[int, set[bytes]], list[str]]:
    claims: dict[int, set[bytes]] = defaultdict(set)
    broken: list[str] = []
    for note in reader.checkpoints(limit=MOST_CHECKPOINTS):
        try:
            checkpoint = open_note(note)
        except GengfuError as error:
            broken.append(f"a checkpoint does not verify: {error}")
            continue
        claims[checkpoint.size].add(checkpoint.root)
    return claims, broken


def _compare_root(
    tree: Frontier, claims: dict[int, set[bytes]], broken: list[str]
) -> None:
    claimed = claims.get(tree.size)
    if claimed and claimed != {tree.root}:
        broken.append(f"the checkpoint at size {tree.size} has another root")


@dataclass(frozen=True, slots=True)
class _Last:
    """How far a case has been followed; `case` is None once that is not possible."""

    version: int = 0
    entry: Logged | None = None
    case: Case | None = None
    sealed: bool = True


@dataclass(slots=True)
class _Cases:
    """Follows every case along the ledger and holds its row against it."""

    registry: Registry
    codec: Codec
    latest: dict[_Key, _Last] = field(default_factory=dict[_Key, _Last])
    findings: list[str] = field(default_factory=list[str])
    erased: int = 0
    erased_at: dict[_Key, int] = field(default_factory=dict[_Key, int])
    """The last entry of each case whose facts are gone."""
    excused_at: dict[_Key, int] = field(default_factory=dict[_Key, int])
    """The last erasure on the ledger that names the case."""

    def follow(self, logged: Logged) -> None:
        entry = logged.entry
        key = (entry.kind, entry.case)
        last = self.latest.get(key, _Last())
        if entry.version != last.version + 1:
            self.findings.append(
                f"{entry.kind} {entry.case}: version {entry.version} follows"
                f" {last.version} at entry {logged.seq}"
            )
        if logged.sealed is None:
            self.erased += 1
            self.erased_at[key] = logged.seq
        case = self._state_after(logged, last)
        if isinstance(case, Erasure):
            self.excused_at |= dict.fromkeys(
                ((ref.kind, str(ref.id)) for ref in case.cases), logged.seq
            )
        self.latest[key] = _Last(entry.version, logged, case, sealed=case is not None)

    def _state_after(self, logged: Logged, last: _Last) -> Case | None:
        entry, beside = logged.entry, logged.sealed
        if beside is None:
            return None
        where = f"{entry.kind} {entry.case}"
        if commit_facts(beside.salt, beside.facts) != entry.facts_commitment:
            self.findings.append(
                f"{where}: facts of entry {logged.seq} are not those committed"
            )
            return None
        if not last.sealed:
            return None
        try:
            machine = self.registry.machine(entry.kind)
            case = replayed(machine, last.case, logged, self.codec)
        except (GengfuError, KeyError, TypeError, ValueError) as error:
            self.findings.append(
                f"{where}: entry {logged.seq} does not replay: {error}"
            )
            return None
        if commit_state(beside.salt, self.codec.encode(case)) != entry.state_commitment:
            self.findings.append(
                f"{where}: entry {logged.seq} replays to another state"
            )
        return case

    def compare_rows(self, reader: Reader) -> None:
        unseen = set(self.latest)
        for kind in self.registry.machines:
            for row in reader.rows(kind):
                key = (kind, str(row.id))
                unseen.discard(key)
                if key not in self.latest:
                    self.findings.append(f"{kind} {row.id} has no entry on the ledger")
                elif wrong := self._wrong_with(row, self.latest[key]):
                    self.findings.append(f"{kind} {row.id} {wrong}")
        self.findings += [
            f"{kind} {case} has entries and no row" for kind, case in sorted(unseen)
        ]

    def _wrong_with(self, row: Row, last: _Last) -> str | None:
        if row.version != last.version:
            return f"is at version {row.version}, its entries at {last.version}"
        machine = self.registry.machine(row.kind)
        try:
            case = self.codec.decode(machine.case, row.body)
        except GengfuError as error:
            return f"cannot be read: {error}"
        if row_of(machine, case, row.body) != row:
            return "has columns that are not what its body says"
        beside = None if last.entry is None else last.entry.sealed
        if last.entry is None or beside is None:
            return None
        if commit_state(beside.salt, row.body) != last.entry.entry.state_commitment:
            return "is not the state its last entry committed to"
        if last.case is not None and self.codec.encode(last.case) != row.body:
            return "is not what its moves add up to"
        return None

    def compare_erasures(self) -> None:
        self.findings += [
            f"{kind} {case}: facts of entry {seq} are gone and no erasure says so"
            for (kind, case), seq in self.erased_at.items()
            if self.excused_at.get((kind, case), -1) < seq
        ]
