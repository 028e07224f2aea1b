"""C2SP tiles: names, how a tree is cut, and proofs that read few of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.kernel.errors import BadInput, Corrupt
from gengfu.kernel.merkle import (
    Frontier,
    TileHash,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from gengfu.kernel.tiles import (
    DerivedTiles,
    Tile,
    TileLevel,
    Tree,
    index_path,
    tile_levels,
    tiles_of,
)

LEAVES = [leaf_hash(number.to_bytes(4)) for number in range(66_000)]


@dataclass
class RecordedTiles:
    """Rows as a database holds them: leaves, and what the frontier recorded."""

    rows: dict[int, list[bytes]] = field(default_factory=dict)
    asked: list[Tile] = field(default_factory=list)

    def record(self, row: TileHash) -> None:
        level = self.rows.setdefault(row.level, [])
        assert row.position == len(level)
        level.append(row.hash)

    def read_tile(self, level: int, index: int, width: int) -> Sequence[bytes]:
        self.asked.append(Tile(level, index, width))
        first = 256 * index
        return self.rows[level][first : first + width]


@pytest.fixture(scope="module")
def recorded() -> tuple[RecordedTiles, Frontier]:
    tiles = RecordedTiles({0: LEAVES})
    return tiles, Frontier().extend(LEAVES, tiles.record)


def test_a_proof_in_a_large_tree_reads_a_handful_of_tiles(
    recorded: tuple[RecordedTiles, Frontier],
):
    tiles, frontier = recorded
    tree = Tree(tiles, frontier.size)
    assert tree.root() == frontier.root
    assert tree.frontier() == frontier
    for index in (0, 255, 256, 40_000, 65_535, 65_536, 65_999):
        tiles.asked.clear()
        proof = tree.prove_inclusion(index)
        verify_inclusion(
            leaf=LEAVES[index],
            index=index,
            size=tree.size,
            proof=proof,
            root=frontier.root,
        )
        assert len(tiles.asked) == len(set(tiles.asked)) <= 5
        assert set(tiles.asked) <= set(tiles_of(tree.size))


@given(st.integers(1, len(LEAVES)), st.integers(1, len(LEAVES)))
def test_any_two_sizes_are_shown_consistent(
    recorded: tuple[RecordedTiles, Frontier], first: int, second: int
):
    tiles, _ = recorded
    old, size = sorted((first, second))
    old_root = Tree(tiles, old).root()
    tree = Tree(tiles, size)
    proof = tree.prove_consistency(old)
    verify_consistency(
        old_size=old, old_root=old_root, size=size, root=tree.root(), proof=proof
    )
    altered = old_root[:-1] + bytes([old_root[-1] ^ 1])
    with pytest.raises(Corrupt):
        verify_consistency(
            old_size=old, old_root=altered, size=size, root=tree.root(), proof=proof
        )


def test_derived_tiles_hash_the_leaves_once(
    recorded: tuple[RecordedTiles, Frontier],
):
    reads: list[tuple[int, int]] = []

    def read(start: int, end: int) -> Sequence[bytes]:
        reads.append((start, end))
        return LEAVES[start:end]

    kept: dict[tuple[int, int], bytes] = {}
    tree = Tree(DerivedTiles(read, kept), len(LEAVES))
    assert tree.root() == recorded[1].root
    assert sum(level > 0 for level, _ in kept) == 257 + 1
    reads.clear()
    proof = tree.prove_inclusion(1234)
    verify_inclusion(
        leaf=LEAVES[1234], index=1234, size=tree.size, proof=proof, root=tree.root()
    )
    # The tile with the entry, and the partial one: for the proof, then for the root.
    assert set(reads) == {(1024, 1280), (65_792, 66_000)}


@pytest.mark.parametrize(
    ("held", "complaint"),
    [
        (LEAVES[:9], "tile/0/000.p/10: 9 hashes stored, not 10"),
        ([*LEAVES[:9], b"short"], "tile/0/000.p/10: a stored hash"),
    ],
)
def test_a_store_with_missing_or_damaged_rows_is_named(
    held: list[bytes], complaint: str
):
    with pytest.raises(Corrupt, match=complaint):
        Tree(RecordedTiles({0: held}), 10).prove_inclusion(3)


def test_an_altered_row_shows_when_the_proof_is_verified():
    root = Tree.over(LEAVES[:10]).root()
    altered = [*LEAVES[:2], LEAVES[11], *LEAVES[3:10]]
    with pytest.raises(Corrupt, match="not under this root"):
        verify_inclusion(
            leaf=LEAVES[3],
            index=3,
            size=10,
            proof=Tree.over(altered).prove_inclusion(3),
            root=root,
        )


@pytest.mark.parametrize(
    ("index", "path"),
    [
        (0, "000"),
        (999, "999"),
        (1000, "x001/000"),
        (1_234_067, "x001/x234/067"),
        (1_000_000, "x001/x000/000"),
    ],
)
def test_index_paths(index: int, path: str):
    assert index_path(index) == path


def test_a_tree_of_70000_is_cut_as_published():
    assert tile_levels(70_000) == (
        TileLevel(0, 273, 112),
        TileLevel(1, 1, 17),
        TileLevel(2, 0, 1),
    )
    assert tile_levels(256) == (TileLevel(0, 1, 0), TileLevel(1, 0, 1))
    assert tile_levels(0) == ()
    tiles = list(tiles_of(70_000))
    assert len(tiles) == 273 + 1 + 1 + 1 + 1
    assert Tile(0, 273, 112) in tiles
    assert Tile(1, 1, 17).path == "tile/1/001.p/17"
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]


def test_reference_tiles(shared: Path):
    case = json.loads(
        (shared / "reference/ledger/rfc6962_basics_c2sp.json").read_text()
    )
    for index, path in case["tile_path"].items():
        assert index_path(int(index)) == path
    for size, text in case["tile_partition"].items():
        for step in tile_levels(int(size)):
            part = f"partial L{step.level} width {step.partial}"
            if step.full:
                part = f"{step.full} full L{step.level}"
            if step.full and step.partial:
                part += f" + partial {step.partial}"
            assert part in text


@given(st.integers(0, 2**40), st.integers(0, 2**20))
def test_new_tiles_are_those_the_smaller_tree_lacked(before: int, more: int):
    size = before + more
    full = sum(
        step.full - (before >> 8 * (step.level + 1)) for step in tile_levels(size)
    )
    new = list(tiles_of(size, before))
    assert sum(tile.width == 256 for tile in new) == full
    assert all(
        tile.width == 256 or tile.index == size >> 8 * (tile.level + 1) for tile in new
    )
    assert more or not new


@given(st.integers(0, 63), st.integers(0, 2**64 - 1), st.integers(1, 256))
def test_a_path_reads_back(level: int, index: int, width: int):
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/012",
        "tile/0/x001/x234/067/",
        "tile/0/../001",
        "tile/0/001\n",
        "tile/0/٠٠١",
        "tile/0/" + "x999/" * 9 + "999",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str):
    with pytest.raises(BadInput):
        Tile.parse(path)
