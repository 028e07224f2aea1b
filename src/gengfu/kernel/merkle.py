"""The Merkle tree over the ledger: hashes, verification, and a growing edge.

Method: RFC 9162 section 2.1 (leaf and node hashes, inclusion proofs 2.1.3,
consistency proofs 2.1.4), SHA-256. A node that covers a power of two of entries never
changes again; every root and every proof is folded from such nodes, so nothing here
needs more than about `log2(size)` of them. `tiles` holds where stored ones are read.

Verification raises `Corrupt` whatever the reason, so that a caller has one outcome to
catch: the evidence either verifies or it does not. Values that could not be built at
all raise `BadInput`. A proof binds an entry to its index and a root, not the root to
its size (a path from the left edge fits several): that pair is what a log signs, so
verify against the size and root of one checkpoint (`notes`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Self

from .errors import BadInput, Corrupt

HASH_BYTES = 32
MOST_ENTRIES = 2**64
TILE_HEIGHT = 8
"""Every eighth height of the tree is stored (C2SP tlog-tiles)."""

EMPTY_ROOT = sha256(b"").digest()

_SIZE_BYTES = 8


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry as a leaf; the prefix keeps it from passing for a node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring nodes into their parent."""
    return sha256(b"\x01" + left + right).digest()


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """Root over complete subtrees of falling size, left to right."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for left in reversed(peaks[:-1]):
        root = node_hash(left, root)
    return root


class NodeAt(NamedTuple):
    """The node `place` (from 0, left to right) of those over `2**height` entries."""

    height: int
    place: int


class TileHash(NamedTuple):
    """A node that just became final at a stored height (`256**level` entries)."""

    level: int
    position: int
    hash: bytes


def complete_nodes(start: int, end: int) -> Iterator[NodeAt]:
    """Cut entries `[start, end)` into the largest complete subtrees, from the left.

    `start` must be one at which RFC 9162 splits a tree (zero, or a multiple of a power
    of two not below the width).
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield NodeAt(height, start >> height)
        start += 1 << height


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Entry ranges whose roots prove entry `index`, leaf to root (RFC 9162 2.1.3.1)."""
    start, end = 0, size
    ranges: list[tuple[int, int]] = []
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    ranges.reverse()
    return ranges


def consistency_ranges(old_size: int, size: int) -> list[tuple[int, int]]:
    """Entry ranges whose roots prove that the old tree is a prefix (2.1.4.1)."""
    start, end = 0, size
    ranges: list[tuple[int, int]] = []
    while end != old_size:
        split = _split(start, end)
        if old_size <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    if start:  # otherwise the verifier holds this root already: the old one
        ranges.append((start, end))
    ranges.reverse()
    return ranges


def _split(start: int, end: int) -> int:
    """Where a tree divides: the largest power of two below its width."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that `leaf` (a leaf hash) is entry `index` of the tree with this root.

    Raises:
        Corrupt: it is not, or the proof is not one (RFC 9162 2.1.3.2).

    """
    _require_hashes(("leaf", (leaf,)), ("proof", proof), ("root", (root,)))
    if not 0 <= index < size <= MOST_ENTRIES:
        raise Corrupt(f"inclusion proof: no entry {index} in a tree of {size}")
    place, last = index, size - 1
    computed = leaf
    for sibling in proof:
        if last == 0:
            raise Corrupt("inclusion proof: longer than the tree is high")
        if place & 1 or place == last:
            computed = node_hash(sibling, computed)
            # The last node of a level has no right neighbour: climb to where it does.
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Corrupt("inclusion proof: shorter than the tree is high")
    if computed != root:
        raise Corrupt(f"inclusion proof: entry {index} is not under this root")


def verify_consistency(
    *,
    old_size: int,
    old_root: bytes,
    size: int,
    root: bytes,
    proof: Sequence[bytes],
) -> None:
    """Check that the tree of `size` only adds to the tree of `old_size`.

    Every tree extends the empty one, so a proof from size 0 says nothing and is
    refused.

    Raises:
        Corrupt: history was changed, or the proof is not one (RFC 9162 2.1.4.2).

    """
    _require_hashes(("old root", (old_root,)), ("proof", proof), ("root", (root,)))
    if not 0 < old_size <= size <= MOST_ENTRIES:
        raise Corrupt(f"consistency proof: none goes from size {old_size} to {size}")
    if old_size == size:
        if proof:
            raise Corrupt("consistency proof: not empty between equal sizes")
        if old_root != root:
            raise Corrupt(f"consistency proof: two roots for one size, {size}")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # the old root is itself a node of the new tree
        path.insert(0, old_root)
    if not path:
        raise Corrupt("consistency proof: empty")
    old_computed, computed = _climb_both(old_size, size, path)
    if old_computed != old_root:
        raise Corrupt(f"consistency proof: does not lead to the root at {old_size}")
    if computed != root:
        raise Corrupt(f"consistency proof: does not lead to the root at {size}")


def _climb_both(old_size: int, size: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Rebuild the old and the new root from one path."""
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_computed = computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Corrupt("consistency proof: longer than the tree is high")
        if place & 1 or place == last:
            old_computed = node_hash(sibling, old_computed)
            computed = node_hash(sibling, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Corrupt("consistency proof: shorter than the tree is high")
    return old_computed, computed


def _require_hashes(*named: tuple[str, Sequence[bytes]]) -> None:
    for name, hashes in named:
        for number, value in enumerate(hashes):
            if len(value) != HASH_BYTES:
                raise Corrupt(f"{name} {number}: {len(value)} bytes, not {HASH_BYTES}")


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a growing tree: all that is needed to go on appending.

    `peaks` are the roots of the complete subtrees of `size` entries, largest (leftmost)
    first: one for each set bit of `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size < MOST_ENTRIES:
            raise BadInput(f"frontier: size {self.size} is out of range")
        if len(self.peaks) != self.size.bit_count():
            raise BadInput(f"frontier: {len(self.peaks)} peaks for size {self.size}")
        if any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise BadInput(f"frontier: a peak is not {HASH_BYTES} bytes long")

    @property
    def root(self) -> bytes:
        """Root of the tree at this size."""
        return fold_peaks(self.peaks)

    def append(self, leaf: bytes) -> Self:
        """Edge after one more leaf hash."""
        return self.extend((leaf,))

    def extend(
        self,
        leaves: Iterable[bytes],
        record: Callable[[TileHash], None] | None = None,
    ) -> Self:
        """Edge after more leaf hashes, in order.

        `record` is told of every node that becomes final at a stored height, lowest
        first: what a tile store keeps so that proofs need not read the leaves again.
        Each place of the tree is told exactly once over the life of a ledger.
        """
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            if len(leaf) != HASH_BYTES:
                raise BadInput(f"leaf {size}: {len(leaf)} bytes, not {HASH_BYTES}")
            node, height, carry = leaf, 0, size
            while carry & 1:
                node = node_hash(peaks.pop(), node)
                carry >>= 1
                height += 1
                if record is not None and height % TILE_HEIGHT == 0:
                    record(TileHash(height // TILE_HEIGHT, size >> height, node))
            peaks.append(node)
            size += 1
        return type(self)(size, tuple(peaks))

    def to_bytes(self) -> bytes:
        """Size as eight big-endian bytes, then the peaks."""
        return self.size.to_bytes(_SIZE_BYTES) + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            BadInput: the length does not fit the size it states.

        """
        body = stored[_SIZE_BYTES:]
        if len(stored) < _SIZE_BYTES or len(body) % HASH_BYTES:
            raise BadInput(f"frontier: {len(stored)} bytes hold no size and hashes")
        starts = range(0, len(body), HASH_BYTES)
        peaks = tuple(body[start : start + HASH_BYTES] for start in starts)
        return cls(int.from_bytes(stored[:_SIZE_BYTES]), peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes in order."""
    return Frontier().extend(leaves).root
