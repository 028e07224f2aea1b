"""Statistical disclosure control: what may be published of small counts."""

from .coarse import STEPS, Coarse, coarsen
from .intruder import attack
from .keys import Perturbation, cell_keys, perturbation
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
from .rounding import BASE, publish_rounded, round_base
from .snapping import LEAST_ADDRESSES, snap, snap_points
from .suppress import Suppression, suppress
from .together import Derived, coarsen_together

__all__ = [
    "BASE",
    "LEAST_ADDRESSES",
    "SMALLEST_SHOWN",
    "STEPS",
    "Bound",
    "Cell",
    "Coarse",
    "Derived",
    "Figure",
    "Layout",
    "Mark",
    "Month",
    "Perturbation",
    "Published",
    "Suppression",
    "Tree",
    "attack",
    "cell_keys",
    "coarsen",
    "coarsen_together",
    "is_small",
    "perturbation",
    "publish",
    "publish_rounded",
    "round_base",
    "snap",
    "snap_points",
    "suppress",
    "unchanged",
]
