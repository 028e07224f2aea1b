"""Makes moves as fast as it can and says each one aloud once it is durable.

Run as a process of its own, to be killed: `python -m tests.faults.mover ADDRESS`.
"""

import itertools
import os
import sys
import threading

from tests.kernel.mediation import LIN, MEDIATION, consent, offer, registry

from gengfu.adapters.clock import SystemClock, system_entropy
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.sql import SqlStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import CaseId, Office

CLIENTS = 8
MOVES_PER_CASE = 6


def move_for_ever(office: Office) -> None:
    parties = frozenset({"a", "b", "c"})

    def opened() -> CaseId:
        made = office.serve(
            LIN,
            MEDIATION,
            lambda desk: desk.open(offer, parties, phone=desk.seal("s", "138")),
        )
        say(made.id, made.version)
        return made.id

    def moved(case: CaseId, party: str) -> None:
        after = office.serve(
            LIN, MEDIATION, lambda desk: desk.apply(case, consent, party)
        )
        say(after.id, after.version)

    while True:
        case = opened()
        for party in itertools.islice(itertools.cycle("ab"), MOVES_PER_CASE):
            moved(case, party)


def say(case: str, version: int) -> None:
    os.write(1, f"{case} {version}\n".encode())


def main(address: str) -> None:
    office = Office(
        SqlStore(address),
        registry(),
        JsonCodec(),
        SealingVault(MasterKey(b"k" * 32)),
        SystemClock(),
        system_entropy,
    )
    threads = [
        threading.Thread(target=move_for_ever, args=(office,)) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
