"""Statistical disclosure control: what may be published of small counts."""

from .coarse import STEPS, Coarse, coarsen
from .intruder import attack
from .problem import (
    SMALLEST_SHOWN,
    Bound,
    Cell,
    Figure,
    Layout,
    Mark,
    Month,
    Published,
    Tree,
    is_small,
    publish,
    unchanged,
)
from .suppress import Suppression, suppress

__all__ = [
    "SMALLEST_SHOWN",
    "STEPS",
    "Bound",
    "Cell",
    "Coarse",
    "Figure",
    "Layout",
    "Mark",
    "Month",
    "Published",
    "Suppression",
    "Tree",
    "attack",
    "coarsen",
    "is_small",
    "publish",
    "suppress",
    "unchanged",
]
