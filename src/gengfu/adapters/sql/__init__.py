"""Cases and the ledger on SQLite or PostgreSQL."""

from .store import SqlStore
from .upgrading import head_revision, upgrade

__all__ = ["SqlStore", "head_revision", "upgrade"]
