"""The key that signs the ledger's checkpoints, and what opens them again."""

from collections.abc import Callable

from gengfu.adapters.signing import SigningKey
from gengfu.adapters.vault import MasterKey
from gengfu.kernel.checkpoints import Checkpoint, open_checkpoint
from gengfu.kernel.notes import SignatureKind

from .config import ORIGIN, derived


def ledger_key(master: MasterKey) -> SigningKey:
    """Return the key that signs checkpoints; all servers of one master key share it."""
    seed = derived(master, "ledger signing")
    return SigningKey.from_seed(ORIGIN, SignatureKind.ED25519, seed)


def opener(key: SigningKey) -> Callable[[str], Checkpoint]:
    """Return what opens checkpoint notes; it raises Corrupt for a forged one."""
    return lambda note: open_checkpoint(note, key.verifier).checkpoint
