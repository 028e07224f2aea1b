"""What a fact may hold, said once beside its type and enforced at every door.

A parameter of a move is written `Annotated[str, Length(1, 200)]`; the web turns
these marks into its own validation and documentation.
"""

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


Line = Annotated[str, Length(1, 200)]
"""One line of words a person wrote."""
Words = Annotated[str, Length(0, 4000)]
"""Free text, possibly empty and on several lines."""
Code = Annotated[str, Length(1, 64)]
"""An identifier from data: a type of incident, an agency, a unit."""
Longitude = Annotated[float, Between(-180, 180)]
Latitude = Annotated[float, Between(-90, 90)]
