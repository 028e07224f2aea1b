"""The ledger's tree as the store keeps it: proofs, its edge, and what was signed."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field

from gengfu.adapters.signing import SigningKey
from gengfu.adapters.vault import MasterKey
from gengfu.kernel import Reader
from gengfu.kernel.checkpoints import Checkpoint, open_checkpoint
from gengfu.kernel.merkle import Frontier
from gengfu.kernel.notes import SignatureKind
from gengfu.kernel.tiles import DerivedTiles, Tree

from .config import ORIGIN, derived

type Place = tuple[int, int]


@dataclass(slots=True)
class KeptNodes(MutableMapping[Place, bytes]):
    """Inner hashes from the store; those it lacks are worked out and remembered."""

    reader: Reader
    _made: dict[Place, bytes] = field(default_factory=dict[Place, bytes])

    def __getitem__(self, place: Place) -> bytes:
        if (made := self._made.get(place)) is not None:
            return made
        level, position = place
        found = self.reader.tree_nodes(level, position, position + 1)
        if not found:
            raise KeyError(place)
        return found[0]

    def __setitem__(self, place: Place, node: bytes) -> None:
        self._made[place] = node

    def __delitem__(self, place: Place) -> None:
        del self._made[place]

    def __iter__(self) -> Iterator[Place]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def tree_at(reader: Reader, size: int) -> Tree:
    """Return the tree over the first `size` entries, read as it is needed."""
    return Tree(DerivedTiles(reader.leaf_hashes, KeptNodes(reader)), size)


def frontier_at(reader: Reader, size: int) -> Frontier:
    """Return the edge of the tree at a size."""
    return tree_at(reader, size).frontier() if size else Frontier()


def latest_size(reader: Reader) -> int:
    """Return the size of the newest checkpoint (a note's second line), 0 if none."""
    notes = reader.checkpoints(1)
    return int(notes[0].split("\n")[1]) if notes else 0


def ledger_key(master: MasterKey) -> SigningKey:
    """Return the key that signs checkpoints; all servers of one master key share it."""
    seed = derived(master, "ledger signing")
    return SigningKey.from_seed(ORIGIN, SignatureKind.ED25519, seed)


def opener(key: SigningKey) -> Callable[[str], Checkpoint]:
    """Return what opens checkpoint notes; it raises Corrupt for a forged one."""
    return lambda note: open_checkpoint(note, key.verifier).checkpoint
