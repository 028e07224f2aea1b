"""Bounded shortest-path searches on rows of edges, compiled.

Nodes wait in buckets of `2 ** shift` milliseconds and a bucket is worked until nothing
in it changes (Dial 1969; Denardo & Fox 1979), which is about twice as fast here as the
best heap we tried. Rows are packed 64-bit words (edge time in the high half, node rank
in the low half): one load per edge. `bucket` holds the first waiting entry of each
bucket or -1; an entry of `queue` is the next entry of its bucket (high half) and a node
(low half). The queue is also the list of all nodes reached; a node is in it once for
each better time found for it. Every array is reused and every search puts back only
what it touched, so its cost follows the nodes it settles, not the graph. Indexes are
masked with LOW where that spares the compiled code a test for negative ones.
"""

import numpy as np

from .jit import kernel, prefetch
from .kernels import along, ends, part, sort_rising
from .problem import ROW, UNREACHED, Floats, Ints, Longs

LOW = 0xFFFFFFFF


@kernel
def begin(
    sources: Longs,
    source_ms: Longs,
    source_count: int,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
) -> tuple[int, int]:
    """Queue the nodes a search starts from; return how many, and the first bucket."""
    entries = 0
    now = limit >> shift
    for i in range(source_count):
        node = sources[i]
        time = source_ms[i]
        if time <= limit and time < best[node]:
            best[node] = time
            turn = time >> shift
            queue[entries] = (bucket[turn] << 32) | node
            bucket[turn] = entries
            entries += 1
            now = min(now, turn)
    return entries, now


@kernel
def drive_on(
    node: int,
    time: int,
    beyond: int,
    shift: int,
    rows: Longs,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    entries: int,
) -> int:
    """Queue the nodes that are reached earlier by way of this one; return the entries.

    Whether a way is better cannot be predicted, and a wrong guess costs more than the
    work: so there is no branch. Everything is written for every way, and where a way
    is not better the old values are. The rows of the other ends are on their way into
    the cache long before their turn comes.
    """
    for way in range(ROW):
        row = rows[(node * ROW + way) & LOW]
        other = row & LOW
        prefetch(rows, other * ROW)
        later = min(time + (row >> 32), beyond)
        known = best[other]
        better = later < min(known, beyond)
        best[other] = later if better else known
        turn = (later >> shift) & LOW
        waiting = bucket[turn]
        queue[entries & LOW] = (waiting << 32) | other
        bucket[turn] = entries if better else waiting
        entries += better
    return entries


@kernel
def drain(
    now: int, rest: int, done: int, entries: int, bucket: Ints, queue: Longs
) -> None:
    """Empty every bucket from `now` on; `rest` is what is left of one taken out."""
    while done < entries:
        if rest >= 0:
            rest = queue[rest] >> 32
            done += 1
        else:
            rest = bucket[now]
            bucket[now] = -1
            now += 1


@kernel
def condense(
    now: int,
    rest: int,
    done: int,
    entries: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
) -> tuple[int, int]:
    """Make room in a full queue: keep each node once, and every node from `now` waits.

    Returns the number of entries, which is at most that of ranks, and of those done.
    Nodes already kept are marked by a negative time meanwhile.
    """
    drain(now, rest, done, entries, bucket, queue)
    kept = 0
    for i in range(entries):
        node = queue[i] & LOW
        if best[node] >= 0:
            best[node] = -1 - best[node]
            queue[kept] = node
            kept += 1
    done = 0
    for i in range(kept):
        node = queue[i]
        best[node] = -1 - best[node]
        turn = best[node] >> shift
        if turn >= now:
            queue[i] = (bucket[turn] << 32) | node
            bucket[turn] = i
        else:
            done += 1
    return kept, done


@kernel
def spread(
    rows: Longs,
    sources: Longs,
    source_ms: Longs,
    source_count: int,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
) -> int:
    """Write the time of every node within `limit` into `best`.

    Returns the number of entries in `queue`, which hold all these nodes.
    """
    entries, now = begin(
        sources, source_ms, source_count, limit, shift, best, bucket, queue
    )
    room = len(queue) - ROW
    done = 0
    while done < entries:
        entry = bucket[now & LOW] + 0
        while entry >= 0:
            bucket[now & LOW] = -1
            while entry >= 0:
                packed = queue[entry & LOW]
                entry = packed >> 32
                done += 1
                node = packed & LOW
                time = best[node] & LOW
                if time >> shift == now:
                    if entries > room:
                        entries, done = condense(
                            now, entry, done, entries, shift, best, bucket, queue
                        )
                        break
                    entries = drive_on(
                        node, time, limit + 1, shift, rows, best, bucket, queue, entries
                    )
            entry = bucket[now & LOW] + 0
        now += 1
    return entries


@kernel
def settle_around(
    rows: Longs,
    rank: Ints,
    node_at: Ints,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    open_ms: Ints,
    edge: int,
    fraction: float,
    away: bool,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    pair: Longs,
    pair_ms: Longs,
) -> tuple[Ints, Floats]:
    """List every node (as given) within `limit` of one place, and the seconds to it."""
    sources = ends(edge, fraction, away, tails, heads, twins, open_ms, pair, pair_ms)
    for i in range(sources):
        pair[i] = rank[pair[i]]
    entries = spread(rows, pair, pair_ms, sources, limit, shift, best, bucket, queue)
    nodes = np.empty(entries, np.int32)
    seconds = np.empty(entries)
    count = 0
    for i in range(entries):
        at = queue[i] & LOW
        time = best[at]
        best[at] = UNREACHED
        node = node_at[at]
        nodes[count & LOW] = node
        seconds[count & LOW] = time / 1000.0
        count += (time != UNREACHED) & (node >= 0)
    return nodes[:count], seconds[:count]


@kernel
def settle_each(
    rows: Longs,
    node_at: Ints,
    sources: Longs,
    source_ms: Longs,
    source_counts: Longs,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    nodes: Ints,
    millis: Ints,
    counts: Longs,
    first: int,
    last: int,
) -> int:
    """List nodes within `limit` and times of places `first` to `last`, one by one.

    `sources` and `source_ms` have two columns. Returns the first place for which the
    list might be too short, or `last`.
    """
    count = 0
    for i in range(first, last):
        if len(nodes) - count <= len(best):
            return i
        before = count
        entries = spread(
            rows, sources[2 * i : 2 * i + 2], source_ms[2 * i : 2 * i + 2],
            source_counts[i], limit, shift, best, bucket, queue,
        )  # fmt: skip
        for j in range(entries):
            at = queue[j] & LOW
            time = best[at]
            best[at] = UNREACHED
            node = node_at[at]
            nodes[count & LOW] = node
            millis[count & LOW] = time
            count += (time != UNREACHED) & (node >= 0)
        counts[i] = count - before
    return last


@kernel
def note(
    unit: int, time: int, limit: int, unit_ms: Ints, met: Longs, met_count: int
) -> int:
    """Keep the earliest time of a unit; return how many units are met by now."""
    if time <= limit:
        if unit_ms[unit] == UNREACHED:
            met[met_count] = unit
            met_count += 1
        unit_ms[unit] = min(time, unit_ms[unit])
    return met_count


@kernel
def sort_met(unit_ms: Ints, met: Longs, met_count: int) -> None:
    """Turn met units into keys (time, unit) in rising order, and forget their times."""
    for i in range(met_count):
        unit = met[i]
        met[i] = (unit_ms[unit] << 32) | unit
        unit_ms[unit] = UNREACHED
    sort_rising(met, 0, met_count)


@kernel
def nearest_units(
    rows: Longs,
    rank: Ints,
    tails: Ints,
    heads: Ints,
    twins: Ints,
    open_ms: Ints,
    edge: int,
    fraction: float,
    limit: int,
    shift: int,
    first_entry: Ints,
    next_entry: Ints,
    unit_edge: Ints,
    unit_fraction: Floats,
    unit_flags: Longs,
    must: int,
    any_of: int,
    also_any_of: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    unit_ms: Ints,
    met: Longs,
    pair: Longs,
    pair_ms: Longs,
    units: Ints,
    seconds: Floats,
) -> int:
    """List the units that reach a place first: by time, equal times by index.

    Searches incoming edges outwards from the place. When a bucket is done, all times
    below its end are final; the search ends when enough units lie below that.
    """
    wanted = len(units)
    met_count = 0
    sources = ends(edge, fraction, False, tails, heads, twins, open_ms, pair, pair_ms)
    for i in range(sources):
        pair[i] = rank[pair[i]]
    entries, now = begin(pair, pair_ms, sources, limit, shift, best, bucket, queue)
    room = len(queue) - ROW
    if edge >= 0:
        for end in range(2):
            entry = first_entry[rank[tails[edge] if end == 0 else heads[edge]]]
            while entry >= 0:
                unit = entry >> 1
                flags = unit_flags[unit]
                if (
                    (flags & must) == must
                    and (any_of == 0 or (flags & any_of) != 0)
                    and (also_any_of == 0 or (flags & also_any_of) != 0)
                ):
                    time = along(
                        int(unit_edge[unit]), float(unit_fraction[unit]), edge,
                        fraction, twins,
                        open_ms,
                    )  # fmt: skip
                    met_count = note(int(unit), time, limit, unit_ms, met, met_count)
                entry = next_entry[entry]
    done = 0
    while done < entries:
        place = bucket[now & LOW] + 0
        while place >= 0:
            bucket[now & LOW] = -1
            while place >= 0:
                packed = queue[place & LOW]
                place = packed >> 32
                done += 1
                node = packed & LOW
                time = best[node] & LOW
                if time >> shift != now:
                    continue
                if entries > room:
                    entries, done = condense(
                        now, place, done, entries, shift, best, bucket, queue
                    )
                    break
                entry = first_entry[node]
                while entry >= 0:
                    unit = entry >> 1
                    flags = unit_flags[unit]
                    if (
                        (flags & must) == must
                        and (any_of == 0 or (flags & any_of) != 0)
                        and (also_any_of == 0 or (flags & also_any_of) != 0)
                    ):
                        on = unit_edge[unit]
                        later = time
                        if on >= 0:
                            at = float(unit_fraction[unit])
                            if entry & 1:
                                if at > 0.0:
                                    later += part(at, int(open_ms[int(twins[on])]))
                            elif at < 1.0:
                                later += part(1.0 - at, int(open_ms[on]))
                        met_count = note(
                            int(unit), int(later), limit, unit_ms, met, met_count
                        )
                    entry = next_entry[entry]
                entries = drive_on(
                    node, time, limit + 1, shift, rows, best, bucket, queue, entries
                )
            place = bucket[now & LOW] + 0
        now += 1
        if met_count >= wanted:
            final = 0
            for i in range(met_count):
                final += (unit_ms[met[i]] >> shift) < now
            if final >= wanted:
                break
    drain(now, -1, done, entries, bucket, queue)
    for i in range(entries):
        best[queue[i] & LOW] = UNREACHED
    sort_met(unit_ms, met, met_count)
    count = min(met_count, wanted)
    for i in range(count):
        units[i] = met[i] & LOW
        seconds[i] = (met[i] >> 32) / 1000.0
    return count
