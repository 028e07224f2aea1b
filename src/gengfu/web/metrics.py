"""Figures about this process in the Prometheus text format."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the latency histogram's buckets, seconds."""


@dataclass(slots=True)
class Latencies:
    """A histogram of how long answers took."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one answer."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds


@dataclass(slots=True)
class Metrics:
    """Counters kept here, and gauges asked for when somebody looks."""

    latencies: dict[str, Latencies] = field(default_factory=dict[str, Latencies])
    answers: dict[tuple[str, int], int] = field(
        default_factory=dict[tuple[str, int], int]
    )
    counters: dict[str, float] = field(default_factory=dict[str, float])
    gauges: dict[str, tuple[str, Callable[[], float]]] = field(
        default_factory=dict[str, tuple[str, Callable[[], float]]]
    )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one answer of a route."""
        key = (route, status)
        self.answers[key] = self.answers.get(key, 0) + 1
        if route not in self.latencies:
            self.latencies[route] = Latencies()
        self.latencies[route].observe(seconds)

    def count(self, name: str, by: float = 1.0) -> None:
        """Add to a counter."""
        self.counters[name] = self.counters.get(name, 0.0) + by

    def gauge(self, name: str, words: str, read: Callable[[], float]) -> None:
        """Show a figure that is read on each look."""
        self.gauges[name] = (words, read)

    def text(self) -> str:
        """Write everything in the text exposition format, version 0.0.4."""
        lines = [
            "# HELP gengfu_answers_total Answers by route and status",
            "# TYPE gengfu_answers_total counter",
        ]
        for (route, status), n in sorted(self.answers.items()):
            labels = f'route="{route}",status="{status}"'
            lines.append(f"gengfu_answers_total{{{labels}}} {n}")
        lines += [
            "# HELP gengfu_answer_seconds How long answers took",
            "# TYPE gengfu_answer_seconds histogram",
        ]
        for route, found in sorted(self.latencies.items()):
            lines += _histogram(route, found)
        for name, value in sorted(self.counters.items()):
            lines += [f"# TYPE gengfu_{name} counter", f"gengfu_{name} {value:g}"]
        for name, (words, read) in sorted(self.gauges.items()):
            lines += [
                f"# HELP gengfu_{name} {words}",
                f"# TYPE gengfu_{name} gauge",
                f"gengfu_{name} {read():g}",
            ]
        return "\n".join(lines) + "\n"


def _histogram(route: str, found: Latencies) -> list[str]:
    lines: list[str] = []
    so_far = 0
    for bound, count in zip((*BOUNDS_S, None), found.counts, strict=True):
        so_far += count
        edge = "+Inf" if bound is None else f"{bound:g}"
        labels = f'route="{route}",le="{edge}"'
        lines.append(f"gengfu_answer_seconds_bucket{{{labels}}} {so_far}")
    lines.append(f'gengfu_answer_seconds_sum{{route="{route}"}} {found.total_s:.6f}')
    lines.append(f'gengfu_answer_seconds_count{{route="{route}"}} {so_far}')
    return lines
