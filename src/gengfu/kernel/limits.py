"""What a fact may hold, said once beside its type and enforced at every door.

A parameter of a move is written `Annotated[str, Length(1, 200)]`; the web turns
these marks into its own validation and documentation.
"""

import re
from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Length:
    """Fewest and most characters of a text, or items of a collection."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Between:
    """Smallest and greatest value of a number, both allowed."""

    least: float
    most: float


MOST_LINE = 200
Line = Annotated[str, Length(1, MOST_LINE)]
"""One line of words a person wrote."""
Words = Annotated[str, Length(0, 4000)]
"""Free text, possibly empty and on several lines."""
Code = Annotated[str, Length(1, 64)]
"""An identifier from data: a type of incident, an agency, a unit."""
Longitude = Annotated[float, Between(-180, 180)]
Latitude = Annotated[float, Between(-90, 90)]

UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
"""Control characters, changes of writing direction, halves of characters, and what is
none: pages show them as nothing or otherwise than they stand, and feeds break."""
