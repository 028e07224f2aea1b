"""Places, live changes, unit links and copies on flat arrays, compiled.

All times are integer milliseconds, so answers are exact and the same on every machine.
"""

from .jit import kernel
from .problem import UNREACHED, Flags, Floats, Ints, Longs

LOW = 0xFFFFFFFF


@kernel
def part(fraction: float, millis: int) -> int:
    """Milliseconds for a part of an edge, rounded half up."""
    return int(fraction * millis + 0.5)


@kernel
def sort_rising(values: Ints | Longs, first: int, last: int) -> None:
    """Sort a stretch in place (Shell 1959, gaps of Knuth).

    Most stretches have at most some hundred values, which take microseconds. Numba's
    own sort takes a quarter of the time of this for five thousand, a large fleet (0.1
    ms, not 0.4), but seconds to compile.
    """
    gap = 1
    while 3 * gap + 1 < last - first:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(first + gap, last):
            value = values[i]
            j = i
            while j >= first + gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3


@kernel
def ends(
    edge: int,
    fraction: float,
    leaving: bool,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    open_ms: Ints,
    node: Longs,
    millis: Longs,
) -> int:
    """List the one or two nodes (as given) next to a place, and the drive to each.

    Leaving, a place on an edge drives on to its head, or back to its tail along the
    twin; arriving, it is entered from the tail, or from the head along the twin.
    """
    if edge < 0:
        node[0] = -1 - edge
        millis[0] = 0
        return 1
    tail = tails[edge]
    head = heads[edge]
    if fraction <= 0.0 or fraction >= 1.0:
        node[0] = tail if fraction <= 0.0 else head
        millis[0] = 0
        return 1
    twin = twins[edge]
    if leaving:
        node[0] = head
        millis[0] = part(1.0 - fraction, int(open_ms[edge]))
        if twin < 0:
            return 1
        node[1] = tail
        millis[1] = part(fraction, int(open_ms[twin]))
        return 2
    node[0] = tail
    millis[0] = part(fraction, int(open_ms[edge]))
    if twin < 0:
        return 1
    node[1] = head
    millis[1] = part(1.0 - fraction, int(open_ms[twin]))
    return 2


@kernel
def along(
    from_edge: int,
    from_fraction: float,
    to_edge: int,
    to_fraction: float,
    twins: Ints,
    open_ms: Ints,
) -> int:
    """Milliseconds between two places on one street without leaving it, or UNREACHED.

    UNREACHED too where the drive would be against a one-way street.
    """
    if from_edge < 0 or to_edge < 0:
        return UNREACHED
    twin = twins[from_edge]
    goal = to_fraction
    if to_edge != from_edge:
        if to_edge != twin:
            return UNREACHED
        goal = 1.0 - to_fraction
    if from_fraction <= goal:
        return part(goal - from_fraction, int(open_ms[from_edge]))
    if twin < 0:
        return UNREACHED
    return part(from_fraction - goal, int(open_ms[twin]))


@kernel
def ends_each(
    edges: Ints,
    fractions: Floats,
    leaving: bool,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    open_ms: Ints,
    rank: Ints,
    sources: Longs,
    source_ms: Longs,
    counts: Longs,
    nowhere: int,
) -> None:
    """List `ends` of many places, two columns each, as ranks; none for `nowhere`."""
    for i in range(len(edges)):
        if edges[i] == nowhere:
            counts[i] = 0
            continue
        nodes = sources[2 * i : 2 * i + 2]
        count = ends(
            int(edges[i]), fractions[i], leaving, tails, heads, twins, open_ms, nodes,
            source_ms[2 * i : 2 * i + 2],
        )  # fmt: skip
        counts[i] = count
        for j in range(count):
            nodes[j] = rank[nodes[j]]


@kernel
def change(
    edges: Longs,
    base_ms: Floats,
    factor: Floats,
    closed: Flags,
    open_ms: Ints,
    out_slot: Ints,
    in_slot: Ints,
    out_rows: Longs,
    in_rows: Longs,
    closed_ms: int,
    longest_ms: int,
) -> None:
    """Write the current time of these edges into both packed rows."""
    for i in range(len(edges)):
        edge = edges[i]
        # limited before it is cut: a float beyond 64 bits would become any number
        millis = int(min(base_ms[edge] * factor[edge] + 0.5, float(longest_ms)))
        open_ms[edge] = millis
        key = closed_ms if closed[edge] else millis
        out = out_slot[edge]
        out_rows[out] = (key << 32) | (out_rows[out] & LOW)
        into = in_slot[edge]
        in_rows[into] = (key << 32) | (in_rows[into] & LOW)


@kernel
def link(
    unit: int,
    edge: int,
    fraction: float,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    rank: Ints,
    unit_edge: Ints,
    unit_fraction: Floats,
    first_entry: Ints,
    next_entry: Ints,
    previous_entry: Ints,
    entry_node: Ints,
    moves: Longs,
    nowhere: int,
) -> None:
    """Move one unit: unlink its entries from their nodes and link the new ones.

    Entry `2 * unit` leaves by the head of the edge, `2 * unit + 1` by its tail.
    """
    for entry in range(2 * unit, 2 * unit + 2):
        node = entry_node[entry]
        if node >= 0:
            before = previous_entry[entry]
            after = next_entry[entry]
            if before >= 0:
                next_entry[before] = after
            else:
                first_entry[node] = after
            if after >= 0:
                previous_entry[after] = before
            entry_node[entry] = -1
    unit_edge[unit] = edge
    unit_fraction[unit] = fraction
    moves[unit] += 1
    if edge == nowhere:
        return
    for side in range(2):
        if edge < 0:
            if side == 1:
                break
            node = rank[-1 - edge]
        elif side == 0:
            if fraction <= 0.0:
                continue
            node = rank[heads[edge]]
        else:
            if fraction >= 1.0 or (fraction > 0.0 and twins[edge] < 0):
                continue
            node = rank[tails[edge]]
        entry = 2 * unit + side
        head = first_entry[node]
        next_entry[entry] = head
        previous_entry[entry] = -1
        if head >= 0:
            previous_entry[head] = entry
        first_entry[node] = entry
        entry_node[entry] = node


@kernel
def link_each(
    units: Longs,
    edges: Ints,
    fractions: Floats,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    rank: Ints,
    unit_edge: Ints,
    unit_fraction: Floats,
    first_entry: Ints,
    next_entry: Ints,
    previous_entry: Ints,
    entry_node: Ints,
    moves: Longs,
    nowhere: int,
) -> int:
    """`link` for many units, or none: the first row that cannot be, or -1."""
    for i in range(len(units)):
        edge, fraction = int(edges[i]), fractions[i]
        good = edge == nowhere or -len(rank) <= edge < len(tails)
        if not (good and 0 <= units[i] < len(unit_edge) and 0.0 <= fraction <= 1.0):
            return i
    for i in range(len(units)):
        link(
            units[i], int(edges[i]), fractions[i], tails, heads, twins, rank, unit_edge,
            unit_fraction, first_entry, next_entry, previous_entry, entry_node, moves,
            nowhere,
        )  # fmt: skip
    return -1


@kernel
def pick(
    edges: Ints,
    flags: Longs,
    must: int,
    any_of: int,
    also_any_of: int,
    nowhere: int,
    rows: Longs,
) -> int:
    """List units on the roads by their flags."""
    count = 0
    for unit in range(len(edges)):
        if (
            edges[unit] != nowhere
            and (flags[unit] & must) == must
            and (any_of == 0 or (flags[unit] & any_of) != 0)
            and (also_any_of == 0 or (flags[unit] & also_any_of) != 0)
        ):
            rows[count] = unit
            count += 1
    return count


@kernel
def gather(
    order: Longs,
    counts: Longs,
    start: Longs,
    found: Ints,
    found_ms: Ints,
    nodes: Ints,
    millis: Ints,
) -> None:
    """Copy rows found in search order to their places in the caller's order."""
    at = 0
    for i in range(len(order)):
        to = start[order[i]]
        for j in range(counts[i]):
            nodes[to + j] = found[at + j]
            millis[to + j] = found_ms[at + j]
        at += counts[i]


@kernel
def along_each(
    from_edges: Ints,
    from_fractions: Floats,
    to_edges: Ints,
    to_fractions: Floats,
    twins: Ints,
    open_ms: Ints,
    answer: Ints,
) -> None:
    """`along` from every place to every place."""
    for i in range(len(from_edges)):
        for j in range(len(to_edges)):
            answer[i, j] = along(
                int(from_edges[i]), from_fractions[i], int(to_edges[j]),
                to_fractions[j], twins, open_ms,
            )  # fmt: skip
