"""What people in a control room do: each a few moves that happen together or not.

Every function takes the desk of one request. The live room, the HTTP routes and the
twin call these and nothing else, so a simulated day runs the code of a real one.

Where several cases change together they are held in one order (`holding`).
"""

from .calls import (
    Heard,
    accept,
    reveal_caller,
    seal_caller,
    split_call,
    take_call,
    take_in,
)
from .endings import brings_under_control, close_out
from .merges import LONGEST_CHAIN, MERGED, merge_into, resolve, undo_merge
from .sendings import call_off, send, takes_back
from .tasks import COMING, hands_over, refuses, signs, withdraws
from .units import (
    arrives,
    clears,
    frees,
    orders,
    reaches_destination,
    rolls,
    transports,
)

__all__ = [
    "COMING",
    "LONGEST_CHAIN",
    "MERGED",
    "Heard",
    "accept",
    "arrives",
    "brings_under_control",
    "call_off",
    "clears",
    "close_out",
    "frees",
    "hands_over",
    "merge_into",
    "orders",
    "reaches_destination",
    "refuses",
    "resolve",
    "reveal_caller",
    "rolls",
    "seal_caller",
    "send",
    "signs",
    "split_call",
    "take_call",
    "take_in",
    "takes_back",
    "transports",
    "undo_merge",
    "withdraws",
]
