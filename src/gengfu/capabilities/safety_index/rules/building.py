"""What a server builds a publication from, and who builds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gengfu.kernel import Said, Told

from .document import Publication, SignalShare
from .periods import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An issue that was published: its very bytes, and what they say."""

    publication: Publication
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A month to be built; `published` are all issues up to it, in order.

    `share` is how many of its early signals were real, `why` what another issue of a
    published month is for.
    """

    month: Month
    now: datetime
    published: Sequence[Standing] = ()
    share: SignalShare | None = None
    why: Said | None = None


class Builder(Protocol):
    """Builds publications from a store of events."""

    def months(self, now: datetime) -> Sequence[Month]:
        """Return the months that can be built, oldest first; none without a store."""
        ...

    def build(self, wanted: Wanted, told: Told) -> bytes:
        """Return the document of the next issue of a month.

        Raises:
            BadInput: what is wrong with the events, the areas or the configuration.
            RuleBroken: nothing is to be built, and why.

        """
        ...
