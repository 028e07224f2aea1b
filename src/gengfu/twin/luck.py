"""Chance that belongs to one call and one step of it alone (common random numbers)."""

from hashlib import blake2b
from statistics import NormalDist

_NORMAL = NormalDist()


class Luck:
    """What chance brings to one call: the same whatever else happens that day."""

    def __init__(self, seed: int, call: str) -> None:
        self._key = blake2b(f"{seed}/{call}".encode(), digest_size=8).digest()

    def uniform(self, step: str) -> float:
        """Draw a number between 0 and 1, neither of them."""
        digest = blake2b(step.encode(), digest_size=8, key=self._key).digest()
        return ((int.from_bytes(digest) >> 12) + 0.5) * 2.0**-52

    def normal(self, step: str) -> float:
        """Draw a standard normal number."""
        return _NORMAL.inv_cdf(self.uniform(step))
