"""Where the processor time of a run goes: clocks round the few acts that matter."""

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from gengfu.app.twin_desk import DeskRoom
from gengfu.capabilities.control_room.live.room import Room
from gengfu.twin.simulation import Simulation

ACTS: tuple[tuple[type[Any], str, str], ...] = (
    (Room, "recommend", "ranking"),
    (DeskRoom, "_do", "desk"),
    (DeskRoom, "_make_due_moves", "desk"),
    (Simulation, "_go_home", "drives home"),
    (DeskRoom, "_tick", "chores"),
    (Simulation, "run", "simulation"),
)
"""Class, method, and what its time counts as; a method inside another counts apart."""


@contextmanager
def causes() -> Generator[Counter[str]]:
    """Clock these acts; the counter holds seconds of all threads by cause."""
    spent: Counter[str] = Counter()
    inside: list[float] = []

    def clocked(act: Any, cause: str) -> Any:
        @wraps(act)
        def run(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            inside.append(0.0)
            try:
                return act(*given, **named)
            finally:
                took = time.process_time() - began
                spent[cause] += took - inside.pop()
                if inside:
                    inside[-1] += took

        return run

    plain = [(of, name, getattr(of, name)) for of, name, _ in ACTS]
    for of, name, cause in ACTS:
        setattr(of, name, clocked(getattr(of, name), cause))
    try:
        yield spent
    finally:
        for of, name, act in plain:
            setattr(of, name, act)
