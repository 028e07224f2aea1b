"""Customizable contraction hierarchies, compiled.

Nodes are numbered in the order they are contracted; `up` arcs run to later nodes.
Every neighbour of a node among later nodes is its ancestor in the elimination tree
(Dibbelt, Strasser & Wagner 2016), so a search space is one path to the root, and a
distance label is a plain array indexed by depth.
"""

import numpy as np

from .jit import kernel
from .kernels import along, ends, sort_rising
from .kernels_path import pop, push
from .problem import CLOSED_MS, NOWHERE, UNREACHED, Flags, Floats, Ints, Longs

LOW = 0xFFFFFFFF
FAR = 2**30 - 1
"""Unknown or unreachable; the sum of two still fits a 32-bit integer."""
ROUNDED_MS = 2.0
"""More than rounding takes off a drive: half a millisecond at either end of it."""


@kernel
def copied(values: Ints, count: int, room: int) -> Ints:
    """Copy the first values into an array with room for more."""
    result = np.empty(room, np.int32)
    for i in range(count):
        result[i] = values[i]
    return result


@kernel
def contract(near_start: Longs, near: Ints) -> tuple[Longs, Ints, Ints]:
    """Contract nodes 0, 1, 2, ...; return up arcs (start, head) and tree parents.

    `near` lists each node's neighbours. Contracting a node joins its later neighbours
    to each other, which is the same as handing them all to the first of them.
    """
    n = len(near_start) - 1
    start = np.zeros(n + 1, np.int64)
    head = np.empty(2 * len(near) + 16, np.int32)
    parent = np.full(n, -1, np.int32)
    first_child = np.full(n, -1, np.int32)
    next_child = np.full(n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    used = 0
    for v in range(n):
        first = used
        for i in range(near_start[v], near_start[v + 1]):
            other = near[i]
            if other > v and seen[other] != v:
                seen[other] = v
                head[used] = other
                used += 1
        child = first_child[v]
        while child >= 0:
            more = used + start[child + 1] - start[child]
            if more > len(head):
                head = copied(head, used, 2 * more)
            for i in range(start[child], start[child + 1]):
                other = head[i]
                if other != v and seen[other] != v:
                    seen[other] = v
                    head[used] = other
                    used += 1
            child = next_child[child]
        if v + 1 < n:
            # room for the neighbours of the next node
            more = used + near_start[v + 2] - near_start[v + 1]
            if more > len(head):
                head = copied(head, used, 2 * more)
        if used > first:
            sort_rising(head, first, used)
            parent[v] = head[first]
            next_child[v] = first_child[parent[v]]
            first_child[parent[v]] = v
        start[v + 1] = used
    return start, copied(head, used, used), parent


@kernel
def customise(
    dirty: Flags,
    start: Longs,
    head: Ints,
    arc_tail: Ints,
    low_start: Longs,
    low_arc: Ints,
    own_start: Longs,
    own_edge: Ints,
    own_arc: Ints,
    own_up: Flags,
    keys_ms: Ints,
    up_ms: Ints,
    down_ms: Ints,
) -> int:
    """Recompute the arcs of dirty nodes, and of all nodes they in turn change.

    Arc `s` from `a` up to `b` takes `up_ms[s]`, back `down_ms[s]`. It is the least of
    its own roads and of the ways over each earlier common neighbour. Clears `dirty`;
    returns the number of nodes recomputed.
    """
    n = len(start) - 1
    slot = np.zeros(n, np.int64)
    widest = 0
    for a in range(n):
        widest = max(widest, start[a + 1] - start[a])
    old_up = np.empty(widest, np.int32)
    old_down = np.empty(widest, np.int32)
    done = 0
    for a in range(n):
        if not dirty[a]:
            continue
        dirty[a] = False
        done += 1
        first, last = start[a], start[a + 1]
        for s in range(first, last):
            slot[head[s]] = s
            old_up[s - first] = up_ms[s]
            old_down[s - first] = down_ms[s]
            up_ms[s] = CLOSED_MS
            down_ms[s] = CLOSED_MS
        for i in range(own_start[a], own_start[a + 1]):
            key = keys_ms[own_edge[i]]
            s = own_arc[i]
            if own_up[i]:
                up_ms[s] = min(up_ms[s], key)
            else:
                down_ms[s] = min(down_ms[s], key)
        for i in range(low_start[a], low_start[a + 1]):
            k = low_arc[i]
            to_a = up_ms[k]
            from_a = down_ms[k]
            for j in range(k + 1, start[arc_tail[k] + 1]):
                s = slot[head[j]]
                over = from_a + up_ms[j]
                up_ms[s] = min(up_ms[s], over)
                back = down_ms[j] + to_a
                down_ms[s] = min(down_ms[s], back)
        changed = False
        for s in range(first, last):
            if up_ms[s] != old_up[s - first] or down_ms[s] != old_down[s - first]:
                changed = True
        if changed:
            for s in range(first, last):
                dirty[head[s]] = True
    return done


@kernel
def climb(
    node: int,
    limit: int,
    start: Longs,
    arc_depth: Ints,
    arc_ms: Ints,
    parent: Ints,
    depth: Ints,
    path: Ints,
    label: Ints,
) -> int:
    """Fill the label of a node: milliseconds to (or from) each of its ancestors.

    Both arrays are indexed by depth, the root first; returns how many are filled.
    Ancestors beyond `limit` may be left at FAR.
    """
    last = depth[node]
    for i in range(last + 1):
        label[i] = FAR
    label[last] = 0
    v = node
    while v >= 0:
        at = depth[v]
        path[at] = v
        time = label[at]
        if time <= limit:
            for arc in range(start[v], start[v + 1]):
                goal = arc_depth[arc] & LOW
                later = time + arc_ms[arc]
                label[goal] = min(label[goal], later)
        v = parent[v]
    return last + 1


@kernel
def climb_from(
    nodes: Longs,
    millis: Longs,
    count: int,
    position: Ints,
    start: Longs,
    arc_depth: Ints,
    arc_ms: Ints,
    parent: Ints,
    depth: Ints,
    path: Ints,
    label: Ints,
) -> int:
    """`climb` for a place: from the one or two nodes next to it, each with its time.

    A street joins the two, so the one contracted later is an ancestor of the other and
    one label does for both.
    """
    node = position[nodes[0]]
    for i in range(1, count):
        if depth[position[nodes[i]]] > depth[node]:
            node = position[nodes[i]]
    last = int(depth[node])
    for i in range(last + 1):
        label[i] = FAR
    for i in range(count):
        at = depth[position[nodes[i]]]
        label[at] = min(label[at], millis[i])
    v = node
    while v >= 0:
        at = depth[v]
        path[at] = v
        time = label[at]
        if time < FAR:
            for arc in range(start[v], start[v + 1]):
                goal = arc_depth[arc] & LOW
                later = time + arc_ms[arc]
                label[goal] = min(label[goal], later)
        v = parent[v]
    return last + 1


@kernel
def meet(
    path: Ints, label: Ints, count: int, other: Ints, other_label: Ints, others: int
) -> int:
    """Least sum of two labels over the ancestors both nodes have."""
    low = 0
    high = min(count, others)
    while low < high:
        middle = (low + high) >> 1
        if path[middle] == other[middle]:
            low = middle + 1
        else:
            high = middle
    least = np.int32(FAR)
    for i in range(low):
        least = min(least, np.int32(label[i] + other_label[i]))
    return int(least)


@kernel
def point_of(
    edge: int,
    fraction: float,
    tails: Ints,
    heads: Ints,
    lon: Floats,
    lat: Floats,
    squeeze: float,
    point: Floats,
) -> None:
    """Put a place on the plane in which `least_pace` measures (see there)."""
    tail = -1 - edge if edge < 0 else tails[edge]
    head = tail if edge < 0 else heads[edge]
    point[0] = (lon[tail] + fraction * (lon[head] - lon[tail])) * squeeze
    point[1] = lat[tail] + fraction * (lat[head] - lat[tail])


@kernel
def least_pace(millis: Ints, spans: Floats) -> float:
    """Milliseconds that any street takes at least for a degree as the crow flies.

    `spans` are the distances between the ends of each street, on a plane: so nobody is
    nearer to a place in time than this times the distance.
    """
    least = np.inf
    for i in range(len(spans)):
        if spans[i] > 0.0:
            least = min(least, millis[i] / spans[i])
    return least


@kernel
def notice_moves(
    moves: Longs,
    seen: Longs,
    unit_edge: Ints,
    unit_fraction: Floats,
    tails: Ints,
    heads: Ints,
    lon: Floats,
    lat: Floats,
    squeeze: float,
    stale: Flags,
    points: Floats,
) -> None:
    """Mark units that have moved since they were last seen, and note where they are."""
    for unit in range(len(moves)):
        if moves[unit] != seen[unit]:
            seen[unit] = moves[unit]
            stale[unit] = True
            if unit_edge[unit] != NOWHERE:
                point_of(
                    int(unit_edge[unit]), float(unit_fraction[unit]), tails, heads, lon,
                    lat, squeeze, points[unit],
                )  # fmt: skip


@kernel
def label_unit(
    unit: int,
    position: Ints,
    start: Longs,
    arc_depth: Ints,
    up_ms: Ints,
    parent: Ints,
    depth: Ints,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    open_ms: Ints,
    stale: Flags,
    unit_edge: Ints,
    unit_fraction: Floats,
    unit_path: Ints,
    unit_label: Ints,
    unit_size: Ints,
    pair: Longs,
    pair_ms: Longs,
) -> None:
    """Make the label of a unit."""
    exits = ends(
        int(unit_edge[unit]), float(unit_fraction[unit]), True, tails, heads, twins,
        open_ms, pair, pair_ms,
    )  # fmt: skip
    unit_size[unit] = climb_from(
        pair, pair_ms, exits, position, start, arc_depth, up_ms, parent, depth,
        unit_path[unit], unit_label[unit],
    )  # fmt: skip
    stale[unit] = False


@kernel
def put_in(key: int, best: Longs, found: int) -> None:
    """Put a key among the `found` before it in rising order; the last falls out."""
    at = found
    while at > 0 and best[at - 1] > key:
        best[at] = best[at - 1]
        at -= 1
    best[at] = key


@kernel
def nearest_by_labels(
    position: Ints,
    start: Longs,
    arc_depth: Ints,
    up_ms: Ints,
    down_ms: Ints,
    parent: Ints,
    depth: Ints,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    lon: Floats,
    lat: Floats,
    squeeze: float,
    pace: float,
    open_ms: Ints,
    edge: int,
    fraction: float,
    limit: int,
    stale: Flags,
    unit_edge: Ints,
    unit_fraction: Floats,
    unit_point: Floats,
    among: Longs,
    unit_path: Ints,
    unit_label: Ints,
    unit_size: Ints,
    goal_point: Floats,
    goal_path: Ints,
    goal_label: Ints,
    goal_size: int,
    heap: Longs,
    best: Longs,
    pair: Longs,
    pair_ms: Longs,
    units: Ints,
    seconds: Floats,
) -> tuple[int, int]:
    """List the units that reach a place first, like `nearest_units`, from labels.

    Only the units listed in `among` count. They are looked at in order of the least
    time that their distance would take at `pace`, until that is beyond the last one
    wanted; labels are made where stale. The place's own is made where `goal_size` is 0.
    Returns how many units there are, and the size of that label.
    """
    if goal_size == 0:
        count = ends(edge, fraction, False, tails, heads, twins, open_ms, pair, pair_ms)
        goal_size = climb_from(
            pair, pair_ms, count, position, start, arc_depth, down_ms, parent, depth,
            goal_path, goal_label,
        )  # fmt: skip
        point_of(edge, fraction, tails, heads, lon, lat, squeeze, goal_point)
    waiting = 0
    for index in range(len(among)):
        unit = among[index]
        east = unit_point[unit, 0] - goal_point[0]
        north = unit_point[unit, 1] - goal_point[1]
        least = pace * np.sqrt(east * east + north * north) - ROUNDED_MS
        key = (int(min(max(least, 0.0), float(FAR))) << 32) | unit
        waiting = push(heap, waiting, key)
    found = 0
    while waiting > 0 and heap[0] >> 32 <= limit:
        unit = heap[0] & LOW
        waiting = pop(heap, waiting)
        if stale[unit]:
            label_unit(
                int(unit), position, start, arc_depth, up_ms, parent, depth, tails,
                heads, twins, open_ms, stale, unit_edge, unit_fraction, unit_path,
                unit_label, unit_size, pair, pair_ms,
            )  # fmt: skip
        on, at = int(unit_edge[unit]), float(unit_fraction[unit])
        time = along(on, at, edge, fraction, twins, open_ms)
        over = meet(
            unit_path[unit], unit_label[unit], int(unit_size[unit]), goal_path,
            goal_label, goal_size,
        )  # fmt: skip
        if over < FAR:
            time = min(time, over)
        key = (time << 32) | unit
        if time <= limit and (found < len(units) or key < best[found - 1]):
            found = min(found + 1, len(units))
            put_in(key, best, found - 1)
            if found == len(units):
                limit = best[found - 1] >> 32
    for i in range(found):
        units[i] = best[i] & LOW
        seconds[i] = (best[i] >> 32) / 1000.0
    return found, goal_size


@kernel
def label_each(
    nodes: Longs,
    counts: Longs,
    start: Longs,
    arc_depth: Ints,
    arc_ms: Ints,
    parent: Ints,
    depth: Ints,
    path: Ints,
    label: Ints,
    filled: Longs,
) -> None:
    """`climb` for two columns of nodes per place."""
    for i in range(len(counts)):
        for row in range(2 * i, 2 * i + counts[i]):
            filled[row] = climb(
                nodes[row], FAR, start, arc_depth, arc_ms, parent, depth,
                path[row], label[row],
            )  # fmt: skip


@kernel
def meet_each(
    from_ms: Longs,
    from_counts: Longs,
    from_path: Ints,
    from_label: Ints,
    from_filled: Longs,
    to_ms: Longs,
    to_counts: Longs,
    to_path: Ints,
    to_label: Ints,
    to_filled: Longs,
    limit: int,
    first: int,
    last: int,
    answer: Ints,
) -> None:
    """Fill rows `first` to `last` of the matrix of times from labels."""
    for i in range(first, last):
        for j in range(len(to_counts)):
            time = answer[i, j]
            for a in range(2 * i, 2 * i + from_counts[i]):
                for b in range(2 * j, 2 * j + to_counts[j]):
                    over = meet(
                        from_path[a], from_label[a], from_filled[a], to_path[b],
                        to_label[b], to_filled[b],
                    )  # fmt: skip
                    if over < FAR:
                        time = min(time, over + from_ms[a] + to_ms[b])
            answer[i, j] = time if time <= limit else UNREACHED


@kernel
def deepen(parent: Ints, depth: Ints) -> None:
    """Depth of every node in the elimination tree; parents come after children."""
    for i in range(len(parent)):
        v = len(parent) - 1 - i
        if parent[v] >= 0:
            depth[v] = depth[parent[v]] + 1
