"""RFC 9162 trees: published vectors, and properties over every small tree."""

import json
from base64 import b64decode
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.kernel.errors import BadInput, Corrupt
from gengfu.kernel.merkle import (
    EMPTY_ROOT,
    MOST_ENTRIES,
    Frontier,
    TileHash,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from gengfu.kernel.tiles import Tree

# The leaves and roots every RFC 6962 implementation is tested with.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
MANY = [leaf_hash(str(number).encode()) for number in range(700)]
SIZES = st.integers(min_value=1, max_value=len(MANY))


def root_by_definition(leaves: list[bytes]) -> bytes:
    """The recursive definition, RFC 9162 2.1.1, with nothing clever about it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = leaves[:split], leaves[split:]
    return node_hash(root_by_definition(left), root_by_definition(right))


@cache
def root_at(size: int) -> bytes:
    return root_by_definition(MANY[:size])


def tree(size: int) -> Tree:
    return Tree.over(MANY[:size])


def test_hashes_of_leaf_and_node_are_told_apart():
    assert leaf_hash(b"").hex() == ROOTS[1]
    assert leaf_hash(b"L123456").hex() == (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert node_hash(b"N123", b"N456").hex() == (
        "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_published_leaves(size: int):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]
    assert Tree.over(LEAVES[:size]).root().hex() == ROOTS[size]
    assert root_by_definition(LEAVES[:size]).hex() == ROOTS[size]


def test_published_inclusion_and_consistency_proofs():
    """Paths of RFC 6962 section 2.1.3, spelled out from the tree's own nodes."""
    full = Tree.over(LEAVES[:7])
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    assert full.prove_inclusion(0) == (b, h, m)
    assert full.prove_inclusion(3) == (c, g, m)
    assert full.prove_inclusion(4) == (f, j, k)
    assert full.prove_inclusion(6) == (i, k)
    assert full.prove_consistency(3) == (c, d, g, m)
    assert full.prove_consistency(4) == (m,)
    assert full.prove_consistency(6) == (i, j, k)


def test_reference_file_of_basics(shared: Path):
    case = json.loads(
        (shared / "reference/ledger/rfc6962_basics_c2sp.json").read_text()
    )
    assert EMPTY_ROOT.hex() == case["hashes"]["empty_root"]
    assert leaf_hash(b"").hex() == case["hashes"]["empty_leaf"]
    assert leaf_hash(b"L123456").hex() == case["hashes"]["leaf L123456"]
    assert node_hash(b"N123", b"N456").hex() == case["hashes"]["node N123 N456"]
    leaves = [leaf_hash(bytes.fromhex(text)) for text in case["leaves_hex"]]
    frontier = Frontier()
    for size, root in enumerate(case["roots_by_size"]):
        assert frontier.root.hex() == root == root_of(leaves[:size]).hex()
        if size < len(leaves):
            frontier = frontier.append(leaves[size])


def probes(shared: Path, kind: str) -> list[dict]:
    return json.loads((shared / "reference/ledger/proof_probes.json").read_text())[kind]


def decoded(texts: list[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or ()]


def test_reference_inclusion_probes(shared: Path):
    cases = probes(shared, "inclusion")
    verified = 0
    for case in cases:
        evidence = {
            "leaf": b64decode(case["leafHash"]),
            "index": case["leafIdx"],
            "size": case["treeSize"],
            "proof": decoded(case["proof"]),
            "root": b64decode(case["root"]),
        }
        if case["wantErr"]:
            with pytest.raises(Corrupt):
                verify_inclusion(**evidence)
        else:
            verify_inclusion(**evidence)
            verified += 1
    assert len(cases) == 49
    assert 0 < verified < len(cases)


def test_reference_consistency_probes(shared: Path):
    cases = probes(shared, "consistency")
    verified = 0
    for case in cases:
        evidence = {
            "old_size": case["size1"],
            "old_root": b64decode(case["root1"]),
            "size": case["size2"],
            "root": b64decode(case["root2"]),
            "proof": decoded(case["proof"]),
        }
        if case["wantErr"]:
            with pytest.raises(Corrupt):
                verify_consistency(**evidence)
        else:
            verify_consistency(**evidence)
            verified += 1
    assert len(cases) == 49
    assert 0 < verified < len(cases)


def test_every_proof_in_every_small_tree_verifies():
    for size in range(1, 34):
        whole, root = tree(size), root_at(size)
        assert whole.root() == root
        for index in range(size):
            proof = whole.prove_inclusion(index)
            verify_inclusion(
                leaf=MANY[index], index=index, size=size, proof=proof, root=root
            )
        for old in range(1, size + 1):
            verify_consistency(
                old_size=old,
                old_root=root_at(old),
                size=size,
                root=root,
                proof=whole.prove_consistency(old),
            )


def test_a_proof_at_any_other_index_or_size_fails():
    """Exhaustive where the shape of the path could coincide."""
    for size in range(1, 20):
        whole, root = tree(size), root_at(size)
        for index in range(size):
            proof = whole.prove_inclusion(index)
            for other in set(range(size)) - {index}:
                with pytest.raises(Corrupt):
                    verify_inclusion(
                        leaf=MANY[index],
                        index=other,
                        size=size,
                        proof=proof,
                        root=root,
                    )


@st.composite
def inclusion_evidence(draw: st.DrawFn) -> dict:
    size = draw(SIZES)
    index = draw(st.integers(0, size - 1))
    proof = tree(size).prove_inclusion(index)
    return {
        "leaf": MANY[index],
        "index": index,
        "size": size,
        "proof": proof,
        "root": root_at(size),
    }


@st.composite
def consistency_evidence(draw: st.DrawFn) -> dict:
    size = draw(SIZES)
    old = draw(st.integers(1, size))
    return {
        "old_size": old,
        "old_root": root_at(old),
        "size": size,
        "root": root_at(size),
        "proof": tree(size).prove_consistency(old),
    }


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def forgeries(evidence: dict, draw: st.DataObject) -> list[dict]:
    """One altered copy per field and kind of damage."""
    bit = draw.draw(st.integers(0, 255), label="bit")
    proof = evidence["proof"]
    forged = [
        {**evidence, name: flipped(value, bit)}
        for name, value in evidence.items()
        if isinstance(value, bytes)
    ]
    forged += [
        {**evidence, name: value[:-1]}
        for name, value in evidence.items()
        if isinstance(value, bytes)
    ]
    extra = draw.draw(st.integers(0, len(proof)), label="at")
    forged.append(
        {**evidence, "proof": (*proof[:extra], MANY[0], *proof[extra:])},
    )
    if proof:
        at = draw.draw(st.integers(0, len(proof) - 1), label="which")
        before, after = proof[:at], proof[at + 1 :]
        forged.append({**evidence, "proof": (*before, *after)})
        forged.append({**evidence, "proof": (*before, flipped(proof[at], bit), *after)})
        forged.append({**evidence, "proof": (*before, proof[at] + b"\0", *after)})
    return forged


@given(inclusion_evidence(), st.data())
def test_inclusion_verifies_and_no_altered_evidence_does(
    evidence: dict, data: st.DataObject
):
    verify_inclusion(**evidence)
    assert len(evidence["proof"]) <= (evidence["size"] - 1).bit_length()
    for forged in forgeries(evidence, data):
        with pytest.raises(Corrupt):
            verify_inclusion(**forged)


@given(consistency_evidence(), st.data())
def test_consistency_verifies_and_no_altered_evidence_does(
    evidence: dict, data: st.DataObject
):
    verify_consistency(**evidence)
    for forged in forgeries(evidence, data):
        with pytest.raises(Corrupt):
            verify_consistency(**forged)
    other = data.draw(st.integers(-1, 2 * evidence["size"]), label="old size")
    if other != evidence["old_size"]:
        with pytest.raises(Corrupt):
            verify_consistency(**{**evidence, "old_size": other})


@pytest.mark.parametrize("size", [-1, 0, MOST_ENTRIES + 1, 2**70])
def test_impossible_sizes_are_refused(size: int):
    leaf = MANY[0]
    with pytest.raises(Corrupt, match="tree of"):
        verify_inclusion(leaf=leaf, index=0, size=size, proof=(), root=leaf)
    with pytest.raises(Corrupt, match="none goes from"):
        verify_consistency(old_size=1, old_root=leaf, size=size, root=leaf, proof=())


def test_equal_values_that_are_no_hashes_prove_nothing():
    with pytest.raises(Corrupt, match="leaf 0: 5 bytes"):
        verify_inclusion(leaf=b"short", index=0, size=1, proof=(), root=b"short")
    with pytest.raises(Corrupt, match="old root 0: 0 bytes"):
        verify_consistency(old_size=1, old_root=b"", size=1, root=b"", proof=())


@pytest.mark.parametrize("index", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_inclusion_verifies_in_the_largest_tree(index: int):
    """2**64 equal leaves: each level is one hash, so the whole tree is known."""
    levels = [leaf_hash(b"the same")]
    for _ in range(64):
        levels.append(node_hash(levels[-1], levels[-1]))
    evidence = {"leaf": levels[0], "proof": levels[:64], "root": levels[64]}
    verify_inclusion(index=index, size=MOST_ENTRIES, **evidence)
    with pytest.raises(Corrupt):
        verify_inclusion(index=index, size=MOST_ENTRIES // 2, **evidence)
    verify_consistency(
        old_size=2**63,
        old_root=levels[63],
        size=MOST_ENTRIES,
        root=levels[64],
        proof=[levels[63]],
    )


@given(st.integers(0, len(MANY)), st.integers(0, len(MANY)))
def test_a_frontier_goes_on_from_where_it_stopped(first: int, second: int):
    stopped, end = sorted((first, second))
    half = Frontier().extend(MANY[:stopped])
    again = Frontier.from_bytes(half.to_bytes())
    assert again == half
    whole = again.extend(MANY[stopped:end])
    assert (whole.size, whole.root) == (end, root_at(end))
    one_by_one = again
    for leaf in MANY[stopped:end][:40]:
        one_by_one = one_by_one.append(leaf)
    assert one_by_one.root == root_at(one_by_one.size)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\0" * 7,
        b"\0" * 40,
        (3).to_bytes(8) + MANY[0],
        (1).to_bytes(8) + MANY[0][:-1],
        (2).to_bytes(8),
        b"\xff" * 8,
    ],
)
def test_a_damaged_frontier_is_refused(stored: bytes):
    with pytest.raises(BadInput, match="frontier"):
        Frontier.from_bytes(stored)


def test_a_frontier_refuses_what_is_no_leaf_hash():
    with pytest.raises(BadInput, match="leaf 2"):
        Frontier().extend([MANY[0], MANY[1], b"short"])
    with pytest.raises(BadInput, match="out of range"):
        Frontier(-1)
    with pytest.raises(BadInput, match="a peak is not 32 bytes"):
        Frontier(1, (b"short",))


def test_a_frontier_records_each_stored_node_once_across_restarts():
    """Recorded in two runs or one, the rows are those the definition gives."""
    leaves = [leaf_hash(number.to_bytes(4)) for number in range(65_536 + 300)]
    rows: list[TileHash] = []
    half = Frontier().extend(leaves[:300], rows.append)
    assert [(row.level, row.position) for row in rows] == [(1, 0)]
    half.extend(leaves[300:], rows.append)
    level_1 = [row for row in rows if row.level == 1]
    assert [row.position for row in level_1] == list(range(257))
    for row in level_1[::64]:
        span = leaves[256 * row.position : 256 * (row.position + 1)]
        assert row.hash == root_by_definition(span)
    assert [row for row in rows if row.level > 1] == [
        TileHash(2, 0, root_by_definition(leaves[:65_536]))
    ]


def test_asking_for_a_proof_that_cannot_be_is_refused():
    whole = tree(5)
    for index in (-1, 5, 2**64):
        with pytest.raises(BadInput, match="no entry"):
            whole.prove_inclusion(index)
    for old in (-1, 0, 6):
        with pytest.raises(BadInput, match="no proof from size"):
            whole.prove_consistency(old)
    with pytest.raises(BadInput, match="no tree of"):
        Tree(whole.tiles, -1)
