"""Where proofs read the tree from: tiles of stored hashes, so that few are read.

Format: C2SP tlog-tiles. The tile `index` of `level` holds up to 256 consecutive nodes
that each cover `256**level` entries; only complete nodes are ever in a tile. A proof
in a ledger of ten million entries reads at most a handful of tiles.

Level 0 is the ledger's own column of leaf hashes. The levels above hold 1/256 as many
rows and are written once, in order, from what `Frontier.extend` records; or
`DerivedTiles` computes and keeps them when first asked.
"""

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from .errors import BadInput, Corrupt
from .merkle import (
    HASH_BYTES,
    MOST_ENTRIES,
    TILE_HEIGHT,
    Frontier,
    NodeAt,
    complete_nodes,
    consistency_ranges,
    fold_peaks,
    inclusion_ranges,
    node_hash,
)

TILE_WIDTH = 1 << TILE_HEIGHT
MOST_LEVELS = 64
_PATH_BASE = 1000

_TILE_PATH = re.compile(
    r"tile/(?P<level>0|[1-9][0-9]?)"
    r"/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of one tile: its level, its place in the level, hashes it holds."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not (
            0 <= self.level < MOST_LEVELS
            and 0 <= self.index < MOST_ENTRIES
            and 1 <= self.width <= TILE_WIDTH
        ):
            raise BadInput(f"no tile {self.level}/{self.index} of width {self.width}")

    @property
    def path(self) -> str:
        """Path below the log's address, as `tile/0/x001/x234/067.p/112`."""
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{index_path(self.index)}{partial}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a tile's path; refuses every spelling but the one `path` writes."""
        found = _TILE_PATH.fullmatch(path)
        if found is None:
            raise BadInput(f"not the path of a tile: {path[:80]!r}")
        index = int(found["index"].replace("x", "").replace("/", ""))
        tile = cls(int(found["level"]), index, int(found["width"] or TILE_WIDTH))
        if tile.path != path:
            raise BadInput(f"not the path of a tile: {path[:80]!r}")
        return tile


def index_path(index: int) -> str:
    """Index as path elements of three digits, all but the last marked with `x`."""
    rest, last = divmod(index, _PATH_BASE)
    path = f"{last:03d}"
    while rest:
        rest, last = divmod(rest, _PATH_BASE)
        path = f"x{last:03d}/{path}"
    return path


@dataclass(frozen=True, slots=True)
class TileLevel:
    """One level of a tree: its full tiles and the width of the partial one, if any."""

    level: int
    full: int
    partial: int


def tile_levels(size: int) -> tuple[TileLevel, ...]:
    """How a tree of `size` entries is cut into tiles, level by level."""
    levels: list[TileLevel] = []
    nodes = size
    while nodes:
        full, partial = divmod(nodes, TILE_WIDTH)
        levels.append(TileLevel(len(levels), full, partial))
        nodes = full
    return tuple(levels)


def tiles_of(size: int, before: int = 0) -> Iterator[Tile]:
    """Tiles of a tree of `size`, leaving out those that the tree of `before` had."""
    for step in tile_levels(size):
        old_full, old_partial = divmod(before >> (TILE_HEIGHT * step.level), TILE_WIDTH)
        for index in range(old_full, step.full):
            yield Tile(step.level, index)
        unchanged = (old_full, old_partial) == (step.full, step.partial)
        if step.partial and not unchanged:
            yield Tile(step.level, step.full, step.partial)


class TileStore(Protocol):
    """Stored hashes by tile."""

    def read_tile(self, level: int, index: int, width: int) -> Sequence[bytes]:
        """First `width` hashes of a tile, in order.

        That is rows `[256 * index, 256 * index + width)` of the level. A store that is
        short of rows returns what it has; the reader finds out.
        """
        ...


@dataclass(frozen=True, slots=True)
class DerivedTiles:
    """Tiles from leaf hashes, the levels above computed once and kept.

    `read_leaves(start, end)` yields stored leaf hashes in order. `kept` maps (level,
    position) to a hash for levels from 1: a dictionary, or a table behind one. With
    `kept` filled from `Frontier.extend(record=...)` no leaf is hashed again.
    """

    read_leaves: Callable[[int, int], Sequence[bytes]]
    kept: MutableMapping[tuple[int, int], bytes]

    def read_tile(self, level: int, index: int, width: int) -> Sequence[bytes]:
        """Read or derive one tile."""
        first = index * TILE_WIDTH
        if level == 0:
            return self.read_leaves(first, first + width)
        return [self._node(level, first + offset) for offset in range(width)]

    def _node(self, level: int, position: int) -> bytes:
        found = self.kept.get((level, position))
        if found is None:
            below = Tile(level - 1, position)
            found = _fold(
                _checked(below, self.read_tile(level - 1, position, TILE_WIDTH))
            )
            self.kept[level, position] = found
        return found


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of `size` entries read from tiles: its root and any proof in it.

    Raises `Corrupt` where the store is short of hashes or holds malformed ones. A
    stored hash that was altered shows when the proof is verified.
    """

    tiles: TileStore
    size: int

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MOST_ENTRIES:
            raise BadInput(f"no tree of {self.size} entries")

    @classmethod
    def over(cls, leaves: Sequence[bytes]) -> Self:
        """Tree over leaf hashes held in memory."""
        return cls(DerivedTiles(lambda start, end: leaves[start:end], {}), len(leaves))

    def root(self) -> bytes:
        """Root of the tree."""
        return self._roots([(0, self.size)])[0]

    def frontier(self) -> Frontier:
        """Edge from which to go on appending, should the stored one be lost."""
        read = _Reader(self.tiles, self.size)
        peaks = tuple(read.node(at) for at in complete_nodes(0, self.size))
        return Frontier(self.size, peaks)

    def prove_inclusion(self, index: int) -> tuple[bytes, ...]:
        """Proof that the entry at `index` (from 0) is in this tree.

        Raises:
            BadInput: the tree has no such entry.

        """
        if not 0 <= index < self.size:
            raise BadInput(f"no entry {index} in a tree of {self.size}")
        return self._roots(inclusion_ranges(index, self.size))

    def prove_consistency(self, old_size: int) -> tuple[bytes, ...]:
        """Proof that this tree only adds to its first `old_size` entries.

        Raises:
            BadInput: `old_size` is zero (that proves nothing) or beyond the tree.

        """
        if not 0 < old_size <= self.size:
            raise BadInput(f"no proof from size {old_size} to {self.size}")
        return self._roots(consistency_ranges(old_size, self.size))

    def _roots(self, ranges: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
        read = _Reader(self.tiles, self.size)
        return tuple(
            fold_peaks([read.node(at) for at in complete_nodes(start, end)])
            for start, end in ranges
        )


class _Reader:
    """Reads nodes for one proof, each tile once."""

    def __init__(self, tiles: TileStore, size: int) -> None:
        self._tiles = tiles
        self._size = size
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    def node(self, at: NodeAt) -> bytes:
        level, above = divmod(at.height, TILE_HEIGHT)
        index, offset = divmod(at.place << above, TILE_WIDTH)
        hashes = self._read.get((level, index))
        if hashes is None:
            stored = self._size >> (TILE_HEIGHT * level)
            width = min(TILE_WIDTH, stored - index * TILE_WIDTH)
            tile = Tile(level, index, width)
            hashes = _checked(tile, self._tiles.read_tile(level, index, width))
            self._read[level, index] = hashes
        return _fold(hashes[offset : offset + (1 << above)])


def _checked(tile: Tile, hashes: Sequence[bytes]) -> Sequence[bytes]:
    if len(hashes) != tile.width:
        raise Corrupt(f"{tile.path}: {len(hashes)} hashes stored, not {tile.width}")
    if any(len(value) != HASH_BYTES for value in hashes):
        raise Corrupt(f"{tile.path}: a stored hash is not {HASH_BYTES} bytes long")
    return hashes


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Root over a power of two of nodes of one height."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
