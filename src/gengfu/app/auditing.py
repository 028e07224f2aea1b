"""What the command line asks of a ledger: both verdicts, and proofs."""

import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url

from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.sql import SqlStore
from gengfu.kernel import NotFound
from gengfu.kernel.audit import Audit, audit
from gengfu.kernel.checkpoints import Checkpoint
from gengfu.kernel.merkle import leaf_hash
from gengfu.kernel.notes import encode_base64
from gengfu.kernel.transparency import prove_entry

from .config import Settings
from .evidence import ledger_key, opener
from .installed import INSTALLED
from .platform import registry_of


def verify(settings: Settings, progress: Callable[[int, int], None]) -> Audit:
    """Check the whole ledger, checkpoints included; raises what opening it raises."""
    store = existing(settings)
    try:
        open_note = opener(ledger_key(settings.master()))
        registry, codec = registry_of(INSTALLED), JsonCodec()
        return store.read(lambda r: audit(r, registry, codec, open_note, progress))
    finally:
        store.close()


def prove(settings: Settings, seq: int) -> str:
    """Return an entry with its path to the newest checkpoint, as JSON.

    Raises:
        NotFound: no entry is at this place, or no checkpoint covers it yet.

    """
    store = existing(settings)
    try:
        found = store.read(lambda reader: prove_entry(reader, seq))
    finally:
        store.close()
    signed = Checkpoint.parse(found.note.text)
    leaf = found.entry.leaf_bytes()
    shown = {
        "seq": seq,
        "size": signed.size,
        "root": encode_base64(signed.root),
        "leaf": encode_base64(leaf_hash(leaf)),
        "entry": json.loads(leaf),
        "proof": [encode_base64(node) for node in found.path],
        "checkpoint": str(found.note),
    }
    return json.dumps(shown, ensure_ascii=False, indent=2)


def existing(settings: Settings) -> SqlStore:
    """Open a database that is there; looking never makes one.

    Raises:
        NotFound: there is no such file.

    """
    address = settings.database()
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise NotFound(f"{url.database}: no such database")
    return SqlStore(address)
