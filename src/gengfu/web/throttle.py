"""Token buckets per address: a person is never slowed, a script is."""

from collections import OrderedDict
from dataclasses import dataclass, field

from .problems import TooMany

MOST_ADDRESSES = 20_000


@dataclass(slots=True)
class Throttle:
    """Lets each address do `burst` things at once, then `per_s` each second."""

    burst: float
    per_s: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(
        default_factory=OrderedDict[str, tuple[float, float]]
    )

    def take(self, address: str, now_s: float) -> None:
        """Count one; raises TooMany when the address has none left."""
        left, then = self._buckets.pop(address, (self.burst, now_s))
        left = min(self.burst, left + max(0.0, now_s - then) * self.per_s)
        allowed = left >= 1.0
        self._buckets[address] = (left - 1.0 if allowed else left, now_s)
        while len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooMany("too many requests from here; wait a moment")
