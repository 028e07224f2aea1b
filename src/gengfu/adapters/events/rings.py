"""Events that are said to repeat each other in a circle, so that none would count."""

import numpy as np
from numpy.typing import NDArray


def first_of_rings(repeats: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first row of each circle, in order.

    Args:
        repeats: for each row the row that it repeats, -1 for one that is not here.

    """
    size = repeats.size
    rows = np.arange(size + 1)
    # Every way that leaves the rows ends in one more row, which repeats itself.
    ahead = np.append(np.where(repeats < 0, size, repeats), size)
    first = rows.copy()
    for _ in range(size.bit_length()):
        first = np.minimum(first, first[ahead])
        ahead = ahead[ahead]
    # After as many steps as there are rows all that can still be met lies in circles.
    circled = np.unique(ahead)
    return circled[(first[circled] == circled) & (circled < size)]
