"""One drive from shortcuts, compiled: climb from both ends, meet, unfold the arcs.

A shortcut is as quick as one of its own roads or as a way over an earlier neighbour
of both its ends (see `kernels_hierarchy.customise`), so it is unfolded by looking for
the one that takes exactly its time. Unfolding goes to earlier nodes only: it ends.
Of equals the earliest neighbour is taken, and both climbs meet as early as they can: so
a drive passes no node twice, over roads that take no time either, and always fits.
"""

from .jit import kernel
from .kernels_hierarchy import FAR
from .problem import UNREACHED, Flags, Ints, Longs

LOW = 0xFFFFFFFF


@kernel
def climb_noting(
    node: int,
    start: Longs,
    arc_depth: Ints,
    arc_ms: Ints,
    parent: Ints,
    depth: Ints,
    path: Ints,
    label: Ints,
    came_by: Ints,
) -> int:
    """`kernels_hierarchy.climb` that also notes the arc by which each is reached."""
    last = depth[node]
    for i in range(last + 1):
        label[i] = FAR
        came_by[i] = -1
    label[last] = 0
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
def unfold(
    stack: Longs,
    size: int,
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
) -> int:
    """Turn arcs (twice the number, and one more if driven down) into edges.

    The arc driven first is the last of the stack. Returns how many edges there are.
    """
    count = 0
    while size > 0:
        size -= 1
        arc = stack[size] >> 1
        up = (stack[size] & 1) == 0
        low, high = arc_tail[arc], head[arc]
        time = up_ms[arc] if up else down_ms[arc]
        edge = -1
        for i in range(own_start[low], own_start[low + 1]):
            if own_arc[i] == arc and own_up[i] == up:
                key = out_rows[out_slot[own_edge[i]]] >> 32
                if key == time:
                    edge = own_edge[i]
                    break
        if edge >= 0:
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
    return count


@kernel
def drive(
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
    sources: Longs,
    source_ms: Longs,
    source_count: int,
    targets: Longs,
    target_ms: Longs,
    target_count: int,
    limit: int,
    path: Ints,
    label: Ints,
    came_by: Ints,
    stack: Longs,
    edges: Ints,
) -> tuple[int, int, int, int]:
    """Quickest drive: (milliseconds, source, target, number of edges in `edges`).

    Edges come out in the order they are driven. Milliseconds are UNREACHED where there
    is no drive within `limit`; source and target are positions in the given lists.
    `path`, `label` and `came_by` have four rows: two sources, then two targets.
    """
    for i in range(source_count):
        climb_noting(
            int(position[sources[i]]), start, arc_depth, up_ms, parent, depth, path[i],
            label[i], came_by[i],
        )  # fmt: skip
    for j in range(2, 2 + target_count):
        climb_noting(
            int(position[targets[j - 2]]), start, arc_depth, down_ms, parent, depth,
            path[j], label[j], came_by[j],
        )  # fmt: skip
    least, from_, to, top = UNREACHED, -1, -1, -1
    for i in range(source_count):
        for j in range(2, 2 + target_count):
            ends = source_ms[i] + target_ms[j - 2]
            deepest = min(depth[position[sources[i]]], depth[position[targets[j - 2]]])
            for at in range(deepest + 1):
                if path[i, at] != path[j, at]:
                    break
                over = label[i, at] + label[j, at]
                # of equals the last, which is the deepest: the earliest meeting
                if over < FAR and over + ends <= least:
                    least, from_, to, top = over + ends, i, j, at
    if least > limit:
        return UNREACHED, -1, -1, 0
    down = 0
    arc = came_by[to, top]
    while arc >= 0:
        down += 1
        arc = came_by[to, depth[arc_tail[arc]]]
    size = down
    arc = came_by[to, top]
    while arc >= 0:
        down -= 1
        stack[down] = 2 * arc + 1
        arc = came_by[to, depth[arc_tail[arc]]]
    arc = came_by[from_, top]
    while arc >= 0:
        stack[size] = 2 * arc
        size += 1
        arc = came_by[from_, depth[arc_tail[arc]]]
    count = unfold(
        stack, size, start, head, arc_tail, low_start, low_arc, own_start, own_edge,
        own_arc, own_up, up_ms, down_ms, out_slot, out_rows, edges,
    )  # fmt: skip
    return least, from_, to - 2, count
