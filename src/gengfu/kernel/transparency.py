"""What makes the ledger checkable from outside: checkpoints signed, entries proved.

The tree is read through tiles (`tiles`): leaves are the ledger's own column, the hashes
above them are kept whenever a checkpoint is made, and whatever is missing is derived.
A checkpoint is signed only on top of the last one: if what is stored no longer gives
the root that was signed then, or that signature is not ours, history was rewritten and
nothing more is signed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from .checkpoints import Checkpoint, WitnessRequest
from .errors import BadInput, Corrupt, NotFound, Stale
from .ledger import Entry
from .merkle import Frontier, TileHash, leaf_hash, verify_inclusion
from .notes import Note, NoteSignature, Signer, Verifier
from .ports import Reader, Store, Transaction
from .tiles import TILE_WIDTH, DerivedTiles, Tree

LEAVES_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True)
class EntryProof:
    """That an entry is on the ledger, checkable with nothing but the log's key."""

    seq: int
    entry: Entry
    path: tuple[bytes, ...]
    note: Note

    def verify(self, log: Collection[Verifier]) -> Checkpoint:
        """Check signature and path; returns the checkpoint they lead to.

        Raises:
            Corrupt: the entry is not on the ledger of that checkpoint.

        """
        self.note.verify(log)
        checkpoint = Checkpoint.parse(self.note.text)
        verify_inclusion(
            leaf=leaf_hash(self.entry.leaf_bytes()),
            index=self.seq,
            size=checkpoint.size,
            proof=self.path,
            root=checkpoint.root,
        )
        return checkpoint


def checkpoint(
    store: Store,
    signer: Signer,
    now: datetime,
    *,
    trusted: Collection[Verifier],
    origin: str | None = None,
) -> Note:
    """Sign the ledger as it is now, on top of the last checkpoint, and store that.

    `trusted` are the log's own keys, past ones included. `origin` names the log, by
    default as its key does. Returns the last checkpoint where nothing was added since.

    Raises:
        Corrupt: what was signed before no longer holds.
        Stale: another server made one meanwhile.

    """
    named = signer.key.name if origin is None else origin
    prepared = store.read(lambda reader: _prepare(reader, trusted, named))
    if isinstance(prepared, Note):
        return prepared
    text = str(Checkpoint(named, prepared.size, prepared.root))
    key = signer.key
    signed = NoteSignature(key.name, key.key_id, signer.sign(text.encode()))
    note = Note(text, (signed,))

    def keep(tx: Transaction) -> Note:
        if tuple(tx.checkpoints(1)) != prepared.last:
            raise Stale("another server has signed a checkpoint meanwhile")
        tx.keep_tree_nodes(prepared.nodes)
        tx.add_checkpoint(prepared.size, str(note), now)
        return note

    return store.transact(keep)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The tree to sign, the hashes to keep with it, the note it follows."""

    size: int
    root: bytes
    nodes: tuple[TileHash, ...]
    last: tuple[str, ...]


def _prepare(
    reader: Reader, trusted: Collection[Verifier], origin: str
) -> _Prepared | Note:
    stored = tuple(reader.checkpoints(1))
    size = reader.size()
    edge = Frontier()
    if stored:
        note = Note.parse(stored[0])
        note.verify(trusted)
        last = Checkpoint.parse(note.text)
        if last.origin != origin:
            raise Corrupt(f"the last checkpoint is of {last.origin}, not {origin}")
        if last.size > size:
            raise Corrupt(f"{last.size} entries were signed, {size} are stored")
        edge = tree(reader, last.size).frontier()
        if edge.root != last.root:
            raise Corrupt(f"the first {last.size} entries are not those signed")
        if last.size == size:
            return note
    nodes: list[TileHash] = []
    while edge.size < size:
        stop = min(edge.size + LEAVES_AT_ONCE, size)
        leaves = reader.leaf_hashes(edge.size, stop)
        if len(leaves) != stop - edge.size:
            raise Corrupt(f"entries are missing between {edge.size} and {stop}")
        edge = edge.extend(leaves, nodes.append)
    return _Prepared(size, edge.root, tuple(nodes), stored)


def tree(reader: Reader, size: int | None = None) -> Tree:
    """Return the tree over the first `size` entries, by default over all."""
    return Tree(_KeptTiles(reader), reader.size() if size is None else size)


def prove_entry(reader: Reader, seq: int) -> EntryProof:
    """Prove that an entry is under the last checkpoint.

    Raises:
        NotFound: there is no such entry, or no checkpoint covers it yet.
        Corrupt: the entry is not the one that was signed.

    """
    note, last = _last(reader)
    if not 0 <= seq < reader.size():
        raise NotFound(f"the ledger has no entry {seq}")
    if seq >= last.size:
        raise NotFound(f"entry {seq} is not under a checkpoint yet")
    (logged,) = reader.entries(seq - 1, 1)
    path = tree(reader, last.size).prove_inclusion(seq)
    verify_inclusion(
        leaf=leaf_hash(logged.entry.leaf_bytes()),
        index=seq,
        size=last.size,
        proof=path,
        root=last.root,
    )
    return EntryProof(seq, logged.entry, path, note)


def prove_growth(reader: Reader, old_size: int) -> WitnessRequest:
    """Prove that the last checkpoint only adds to the first `old_size` entries.

    From size 0 there is nothing to prove and the proof is empty.

    Raises:
        NotFound: there is no checkpoint yet, or none that large.

    """
    note, last = _last(reader)
    if not 0 <= old_size <= last.size:
        raise NotFound(f"the last checkpoint is of size {last.size}, not {old_size}")
    path = tree(reader, last.size).prove_consistency(old_size) if old_size else ()
    return WitnessRequest(old_size, path, note)


def _last(reader: Reader) -> tuple[Note, Checkpoint]:
    stored = reader.checkpoints(1)
    if not stored:
        raise NotFound("no checkpoint has been made yet")
    try:
        note = Note.parse(stored[0])
        return note, Checkpoint.parse(note.text)
    except BadInput as error:
        raise Corrupt(f"the last checkpoint cannot be read: {error}") from error


class _KeptTiles:
    """Tiles from a reader: kept hashes, and derived ones where none are kept yet."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._derived = DerivedTiles(reader.leaf_hashes, {})

    def read_tile(self, level: int, index: int, width: int) -> Sequence[bytes]:
        """First `width` hashes of a tile."""
        first = index * TILE_WIDTH
        if level:
            kept = self._reader.tree_nodes(level, first, first + width)
            if len(kept) == width:
                return kept
        return self._derived.read_tile(level, index, width)
