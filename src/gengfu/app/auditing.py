"""What the command line asks of a ledger: both verdicts, and proofs."""

import json
from collections.abc import Callable

from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.sql import SqlStore
from gengfu.kernel import NotFound, Reader
from gengfu.kernel.audit import Audit, audit
from gengfu.kernel.merkle import verify_inclusion
from gengfu.kernel.notes import encode_base64

from .config import Settings
from .evidence import ledger_key, opener, tree_at
from .installed import INSTALLED
from .platform import registry_of


def verify(settings: Settings, progress: Callable[[int, int], None]) -> Audit:
    """Check the whole ledger, checkpoints included; raises what opening it raises."""
    store = SqlStore(settings.database())
    try:
        open_note = opener(ledger_key(settings.master()))
        registry, codec = registry_of(INSTALLED), JsonCodec()
        return store.read(lambda r: audit(r, registry, codec, open_note, progress))
    finally:
        store.close()


def prove(settings: Settings, seq: int) -> str:
    """Return an entry with its inclusion proof and the newest checkpoint, as JSON.

    Raises:
        NotFound: no entry is at this place.

    """
    store = SqlStore(settings.database())
    try:
        return store.read(lambda reader: _proof(reader, seq))
    finally:
        store.close()


def _proof(reader: Reader, seq: int) -> str:
    size = reader.size()
    if not 0 <= seq < size:
        raise NotFound(f"the ledger has {size} entries; none is at {seq}")
    logged = reader.entries(seq - 1, 1)[0]
    tree = tree_at(reader, size)
    proof, root = tree.prove_inclusion(seq), tree.root()
    verify_inclusion(index=seq, size=size, leaf=logged.leaf, proof=proof, root=root)
    notes = reader.checkpoints(1)
    shown = {
        "seq": seq,
        "size": size,
        "root": encode_base64(root),
        "leaf": encode_base64(logged.leaf),
        "entry": json.loads(logged.entry.leaf_bytes()),
        "proof": [encode_base64(node) for node in proof],
        "checkpoint": notes[0] if notes else None,
    }
    return json.dumps(shown, ensure_ascii=False, indent=2)
