"""One drive from shortcuts, compiled: climb from both ends, meet, unfold the arcs.

Who asks only where the drive is at some times gets those roads alone: an arc that is
over before the next of them is not unfolded.

A shortcut is as quick as one of its own roads or as a way over an earlier neighbour
of both its ends (see `kernels_hierarchy.customise`), so it is unfolded by looking for
the one that takes exactly its time. Unfolding goes to earlier nodes only: it ends.
Of equals the earliest neighbour is taken, and both climbs meet as early as they can: so
a drive passes no node twice, over roads that take no time either, and always fits.
"""

import numpy as np

from .jit import kernel
from .kernels import ends
from .kernels_hierarchy import FAR
from .problem import UNREACHED, Flags, Ints, Longs

LOW = 0xFFFFFFFF


@kernel
def climb_noting(
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
    came_by: Ints,
) -> int:
    """`kernels_hierarchy.climb_from`, noting the arc by which each is reached.

    It is -1 where a node is reached from the place itself.
    """
    node = position[nodes[0]]
    for i in range(1, count):
        if depth[position[nodes[i]]] > depth[node]:
            node = position[nodes[i]]
    last = int(depth[node])
    for i in range(last + 1):
        label[i] = FAR
        came_by[i] = -1
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
                if later < label[goal]:
                    label[goal] = later
                    came_by[goal] = arc
        v = parent[v]
    return last + 1


@kernel
def sighted(
    edge: int, end_ms: int, next_ms: float, every_ms: float, edges: Ints, count: int
) -> tuple[int, float]:
    """Note an edge once for each time until it is over: (count, next time)."""
    while next_ms <= end_ms:
        edges[count] = edge
        count += 1
        next_ms += every_ms
    return count, next_ms


@kernel
def unfold(
    stack: Longs,
    size: int,
    begun_ms: int,
    next_ms: float,
    every_ms: float,
    start: Longs,
    head: Ints,
    arc_tail: Ints,
    low_start: Longs,
    low_arc: Ints,
    own_start: Longs,
    own_edge: Ints,
    own_arc: Ints,
    own_up: Flags,
    up_ms: Ints,
    down_ms: Ints,
    out_slot: Ints,
    out_rows: Longs,
    edges: Ints,
    count: int,
) -> tuple[int, float]:
    """Turn arcs (twice the number, and one more if driven down) into edges.

    The arc driven first is the last of the stack, and begins at `begun_ms`. With
    `every_ms` only those edges are noted that are driven at the next time and then
    each `every_ms`. Returns how many edges are noted by now, and the next time.
    """
    time_ms = begun_ms
    while size > 0:
        size -= 1
        arc = stack[size] >> 1
        up = (stack[size] & 1) == 0
        low, high = arc_tail[arc], head[arc]
        time = up_ms[arc] if up else down_ms[arc]
        if time_ms + time < next_ms:
            time_ms += time
            continue
        edge = -1
        for i in range(own_start[low], own_start[low + 1]):
            if own_arc[i] == arc and own_up[i] == up:
                key = out_rows[out_slot[own_edge[i]]] >> 32
                if key == time:
                    edge = own_edge[i]
                    break
        if edge >= 0:
            time_ms += time
            if every_ms > 0.0:
                count, next_ms = sighted(edge, time_ms, next_ms, every_ms, edges, count)
            else:
                edges[count] = edge
                count += 1
            continue
        for i in range(low_start[low], low_start[low + 1]):
            near = low_arc[i]
            part = down_ms[near] if up else up_ms[near]
            if part > time:
                continue
            far = near + 1
            beyond = start[arc_tail[near] + 1]
            while far < beyond and head[far] < high:
                far += 1
            if far == beyond or head[far] != high:
                continue
            if part + (up_ms[far] if up else down_ms[far]) == time:
                first, second = (near, far) if up else (far, near)
                stack[size] = 2 * second
                stack[size + 1] = 2 * first + 1
                size += 2
                break
    return count, next_ms


@kernel
def begun_at(node: int, nodes: Longs, millis: Longs, count: int, position: Ints) -> int:
    """Which of a place's ends a node is; of two at one node the quicker."""
    second = count > 1 and position[nodes[1]] == node
    if second and position[nodes[0]] == node:
        second = millis[1] < millis[0]
    return 1 if second else 0


@kernel
def drive(
    from_edge: int,
    from_fraction: float,
    to_edge: int,
    to_fraction: float,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    open_ms: Ints,
    position: Ints,
    start: Longs,
    head: Ints,
    arc_tail: Ints,
    arc_depth: Ints,
    parent: Ints,
    depth: Ints,
    low_start: Longs,
    low_arc: Ints,
    own_start: Longs,
    own_edge: Ints,
    own_arc: Ints,
    own_up: Flags,
    up_ms: Ints,
    down_ms: Ints,
    out_slot: Ints,
    out_rows: Longs,
    limit: int,
    next_ms: float,
    every_ms: float,
    climbs: Ints,
    stack: Longs,
    edges: Ints,
) -> tuple[int, int, int, int]:
    """Quickest drive: (milliseconds, source, target, number of edges in `edges`).

    Edges come out in the order they are driven. Milliseconds are UNREACHED where there
    is no drive within `limit`; source and target say which of the `ends` of the two
    places it runs between. `climbs` has six rows as long as the longest label.

    With `every_ms` 0 (and `next_ms` 0) `edges` are all that are driven from end to end.
    Else they are those that are driven at `next_ms` and then each `every_ms`, each as
    often as it is, and a part of the places' own streets counts too.
    """
    sources, targets = np.empty(2, np.int64), np.empty(2, np.int64)
    source_ms, target_ms = np.empty(2, np.int64), np.empty(2, np.int64)
    source_count = ends(
        from_edge, from_fraction, True, tails, heads, twins, open_ms, sources, source_ms
    )
    target_count = ends(
        to_edge, to_fraction, False, tails, heads, twins, open_ms, targets, target_ms
    )
    path, label, came_by = climbs[0], climbs[1], climbs[2]
    other, other_label, went_by = climbs[3], climbs[4], climbs[5]
    climbed = climb_noting(
        sources, source_ms, source_count, position, start, arc_depth, up_ms, parent,
        depth, path, label, came_by,
    )  # fmt: skip
    others = climb_noting(
        targets, target_ms, target_count, position, start, arc_depth, down_ms, parent,
        depth, other, other_label, went_by,
    )  # fmt: skip
    least, top = UNREACHED, -1
    for at in range(min(climbed, others)):
        if path[at] != other[at]:
            break
        over = label[at] + other_label[at]
        # of equals the last, which is the deepest: the earliest meeting
        if over < FAR and over <= least:
            least, top = over, at
    if least > limit:
        return UNREACHED, -1, -1, 0
    down = 0
    last, arc = path[top], went_by[top]
    while arc >= 0:
        down += 1
        last = arc_tail[arc]
        arc = went_by[depth[last]]
    size = down
    arc = went_by[top]
    while arc >= 0:
        down -= 1
        stack[down] = 2 * arc + 1
        arc = went_by[depth[arc_tail[arc]]]
    first, arc = path[top], came_by[top]
    while arc >= 0:
        stack[size] = 2 * arc
        size += 1
        first = arc_tail[arc]
        arc = came_by[depth[first]]
    source = begun_at(int(first), sources, source_ms, source_count, position)
    target = begun_at(int(last), targets, target_ms, target_count, position)
    count = 0
    begun_ms = source_ms[source]
    if every_ms > 0.0 and begun_ms > 0:
        edge = from_edge if source == 0 else twins[from_edge]
        count, next_ms = sighted(edge, begun_ms, next_ms, every_ms, edges, count)
    count, next_ms = unfold(
        stack, size, begun_ms, next_ms, every_ms, start, head, arc_tail, low_start,
        low_arc, own_start, own_edge, own_arc, own_up, up_ms, down_ms, out_slot,
        out_rows, edges, count,
    )  # fmt: skip
    if every_ms > 0.0 and target_ms[target] > 0:
        edge = to_edge if target == 0 else twins[to_edge]
        count, next_ms = sighted(edge, least, next_ms, every_ms, edges, count)
    return least, source, target, count
