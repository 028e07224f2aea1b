"""Timing side by side: contenders take turns within one run, on the same questions.

Single-threaded work is timed by the processor time of the asking thread, so that other
work on the machine counts for nobody; work on several threads by the wall clock.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Lane:
    """One contender's times, in seconds."""

    name: str
    run: Callable[[int], object]
    clock: Callable[[], float] = time.thread_time
    times: list[float] = field(default_factory=list)

    def ask(self, question: int) -> object:
        start = self.clock()
        answer = self.run(question)
        self.times.append(self.clock() - start)
        return answer

    def quantile(self, q: float) -> float:
        return float(np.quantile(self.times, q))


def interleave(lanes: Sequence[Lane], questions: int, block: int = 200) -> None:
    """Let the lanes take turns in blocks, a different lane first each time.

    A block is long enough that one contender pays for the caches another one emptied
    in fewer than one question of a hundred (scipy writes some 20 MB per question).
    """
    for lane in lanes:
        for question in range(min(20, questions)):
            lane.run(question)
    for turn, first in enumerate(range(0, questions, block)):
        at = turn % len(lanes)
        for lane in [*lanes[at:], *lanes[:at]]:
            for question in range(first, min(first + block, questions)):
                lane.ask(question)


@dataclass(frozen=True)
class Bar:
    """One promise: ours against a peer at a quantile."""

    job: str
    peer: str
    quantile: float
    ours_s: float
    peer_s: float
    need: float
    at_most: bool = False

    @property
    def ratio(self) -> float:
        """How many times faster than the peer, or (`at_most`) slower than it."""
        fast = self.peer_s / self.ours_s
        return 1.0 / fast if self.at_most else fast

    @property
    def met(self) -> bool:
        return self.ratio <= self.need if self.at_most else self.ratio >= self.need


def compare(
    job: str, ours: Lane, peer: Lane, need: float, q: float = 0.5, *, at_most=False
) -> Bar:
    return Bar(job, peer.name, q, ours.quantile(q), peer.quantile(q), need, at_most)


def shown(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def table(bars: Sequence[Bar]) -> str:
    lines = [
        "| job | at | ours | peer | time of peer | ratio | bar | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for b in bars:
        at = "median" if b.quantile == 0.5 else f"p{b.quantile * 100:g}"
        bar = f"{'<=' if b.at_most else '>='} {b.need:g}x"
        lines.append(
            f"| {b.job} | {at} | {shown(b.ours_s)} | {b.peer} | {shown(b.peer_s)} | "
            f"{b.ratio:.2f}x {'slower' if b.at_most else 'faster'} | {bar} | "
            f"{'yes' if b.met else 'NO'} |"
        )
    return "\n".join(lines)
