"""The operational kernel: cases, tasks, ledger, access. Nothing else is public."""

from .errors import (
    BadInput,
    Corrupt,
    Forbidden,
    GengfuError,
    NotFound,
    Refused,
    RuleBroken,
    Stale,
    Unavailable,
    WrongStage,
)

__all__ = [
    "BadInput",
    "Corrupt",
    "Forbidden",
    "GengfuError",
    "NotFound",
    "Refused",
    "RuleBroken",
    "Stale",
    "Unavailable",
    "WrongStage",
]
