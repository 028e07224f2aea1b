"""Erases what is due, one event after the other, and says each one aloud.

Run as a process of its own, to be killed: `python -m tests.faults.eraser ADDRESS`.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests import erasing

from gengfu.adapters.sql import SqlStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.config import ORIGIN
from gengfu.app.evidence import ledger_key
from gengfu.app.worker import Worker


def main(address: str) -> None:
    now = erasing.NOON + timedelta(days=366)
    one = erasing.office(SqlStore(address), now, seed=os.getpid())
    key = ledger_key(MasterKey(bytes(32)))
    told = one.store.on_commit(lambda seq: os.write(1, f"{seq}\n".encode()) and None)
    with ThreadPoolExecutor(2) as readers:
        worker = Worker(
            office=one, readers=readers, signer=key, trusted=key.verifier, origin=ORIGIN
        )
        asyncio.run(worker.make_due_moves())
    told()


if __name__ == "__main__":
    main(sys.argv[1])
