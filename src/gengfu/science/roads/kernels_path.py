"""Searches that stop at their goals: one path, or times to many goals, compiled.

A 4-ary heap of 64-bit keys: time in the high half, node rank in the low half.
"""

from .jit import kernel
from .problem import ROW, UNREACHED, Flags, Ints, Longs

LOW = 0xFFFFFFFF


@kernel
def push(heap: Longs, size: int, key: int) -> int:
    """Add a key; return the new size."""
    i = size
    while i > 0:
        parent = (i - 1) >> 2
        if heap[parent] <= key:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = key
    return size + 1


@kernel
def pop(heap: Longs, size: int) -> int:
    """Drop the smallest key, `heap[0]`; return the new size."""
    size -= 1
    key = heap[size]
    i = 0
    while True:
        child = (i << 2) + 1
        if child >= size:
            break
        least = child
        least_key = heap[child]
        for j in range(child + 1, min(child + 4, size)):
            if heap[j] < least_key:
                least_key = heap[j]
                least = j
        if key <= least_key:
            break
        heap[i] = least_key
        i = least
    heap[i] = key
    return size


@kernel
def path(
    rows: Longs,
    row_edge: Ints,
    sources: Longs,
    source_ms: Longs,
    source_count: int,
    targets: Longs,
    target_ms: Longs,
    target_count: int,
    limit: int,
    best: Ints,
    heap: Longs,
    touched: Ints,
    parent_slot: Ints,
    parent_node: Ints,
    edges: Ints,
) -> tuple[int, int, int, int]:
    """Quickest drive: (milliseconds, source, target, number of edges in `edges`).

    Edges come out from the last to the first. Milliseconds are UNREACHED where there
    is no drive within `limit`; source and target are positions in the given lists.
    """
    size = 0
    touched_count = 0
    for i in range(source_count):
        node = sources[i]
        time = source_ms[i]
        if time <= limit and time < best[node]:
            if best[node] == UNREACHED:
                touched[touched_count] = node
                touched_count += 1
            best[node] = time
            parent_slot[node] = -1 - i
            size = push(heap, size, (time << 32) | node)
    goal_ms = UNREACHED
    goal = -1
    while size > 0:
        key = heap[0]
        size = pop(heap, size)
        time = key >> 32
        node = key & LOW
        if time >= goal_ms:
            break
        if time > best[node]:
            continue
        for i in range(target_count):
            if targets[i] == node and time + target_ms[i] < goal_ms:
                goal_ms = time + target_ms[i]
                goal = i
        for slot in range(ROW * node, ROW * node + ROW):
            row = rows[slot]
            other = row & LOW
            later = time + (row >> 32)
            if later <= limit and later < best[other]:
                if best[other] == UNREACHED:
                    touched[touched_count] = other
                    touched_count += 1
                best[other] = later
                parent_slot[other] = slot
                parent_node[other] = node
                size = push(heap, size, (later << 32) | other)
    for i in range(touched_count):
        best[touched[i]] = UNREACHED
    if goal_ms > limit:
        return UNREACHED, -1, -1, 0
    node = targets[goal]
    count = 0
    while parent_slot[node] >= 0:
        edge = row_edge[parent_slot[node]]
        if edge >= 0:
            edges[count] = edge
            count += 1
        node = parent_node[node]
    return goal_ms, int(-1 - parent_slot[node]), goal, count


@kernel
def times_each(
    rows: Longs,
    sources: Longs,
    source_ms: Longs,
    source_counts: Longs,
    targets: Longs,
    target_ms: Longs,
    target_counts: Longs,
    wanted: Flags,
    wanted_count: int,
    limit: int,
    best: Ints,
    heap: Longs,
    touched: Ints,
    first: int,
    last: int,
    answer: Ints,
) -> None:
    """Fill rows `first` to `last` of the matrix of times from places to places.

    `wanted` marks the ranks of all targets; each search ends when it has settled them.
    """
    for i in range(first, last):
        size = 0
        touched_count = 0
        left = wanted_count
        for j in range(2 * i, 2 * i + source_counts[i]):
            node = sources[j]
            time = source_ms[j]
            if time <= limit and time < best[node]:
                if best[node] == UNREACHED:
                    touched[touched_count] = node
                    touched_count += 1
                best[node] = time
                size = push(heap, size, (time << 32) | node)
        while size > 0:
            key = heap[0]
            size = pop(heap, size)
            time = key >> 32
            node = key & LOW
            if time > best[node]:
                continue
            if wanted[node]:
                left -= 1
                if left == 0:
                    break
            for slot in range(ROW * node, ROW * node + ROW):
                row = rows[slot]
                other = row & LOW
                later = time + (row >> 32)
                if later <= limit and later < best[other]:
                    if best[other] == UNREACHED:
                        touched[touched_count] = other
                        touched_count += 1
                    best[other] = later
                    size = push(heap, size, (later << 32) | other)
        for target in range(len(target_counts)):
            least = answer[i, target]
            for j in range(2 * target, 2 * target + target_counts[target]):
                reached = best[targets[j]]
                if reached != UNREACHED and reached + target_ms[j] < least:
                    least = reached + target_ms[j]
            answer[i, target] = least if least <= limit else UNREACHED
        for j in range(touched_count):
            best[touched[j]] = UNREACHED
