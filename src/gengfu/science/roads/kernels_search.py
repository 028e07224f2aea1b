"""Bounded shortest-path searches on compressed rows, compiled.

Nodes wait in buckets of `2 ** shift` milliseconds and a bucket is worked until nothing
in it changes (Dial 1969; Denardo & Fox 1979), which is about twice as fast here as the
best heap we tried. Rows are packed 64-bit words (edge time in the high half, node rank
in the low half): one load per edge. Every array is reused and every search puts back
only what it touched, so its cost follows the nodes it settles, not the graph. Indexes
are masked with LOW where that spares the compiled code a test for negative ones.
"""

import numpy as np

from .jit import kernel
from .kernels import along, ends, part
from .problem import ROW, UNREACHED, Flags, Floats, Ints, Longs

LOW = 0xFFFFFFFF


@kernel
def requeue(
    now: int,
    last: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    found: Ints,
    count: int,
) -> int:
    """Queue every node from bucket `now` on just once; outdated entries filled it.

    A node can wait several times, once for each better time found for it. Returns the
    number of entries, which is at most that of nodes.
    """
    for turn in range(now, last + 1):
        bucket[turn] = -1
    entries = 0
    for i in range(count):
        node = found[i] & LOW
        turn = best[node] >> shift
        if turn >= now:
            queue[entries] = (bucket[turn] << 32) | node
            bucket[turn] = entries
            entries += 1
    return entries


@kernel
def spread(
    start: Ints,
    rows: Longs,
    sources: Longs,
    source_ms: Longs,
    source_count: int,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    found: Ints,
) -> int:
    """Write the time of every node within `limit` into `best`; return how many.

    `found` must have room for all nodes and one more: the next node is written there
    before it is known to be new, which spares a branch nobody can predict.
    `bucket` holds the first waiting entry of each bucket or -1; an entry of `queue` is
    the next entry of its bucket (high half) and a node (low half). A node's row is
    read when the node is queued, so that it is in the cache when the node's turn comes
    (a tenth faster); `source_ms` receives the sum only so that the compiler keeps it.
    """
    count = 0
    entries = 0
    now = limit >> shift
    beyond = limit + 1
    ahead = 0
    room = len(queue)
    for i in range(source_count):
        node = sources[i]
        time = source_ms[i]
        if time <= limit and time < best[node]:
            if best[node] == UNREACHED:
                found[count] = node
                count += 1
            best[node] = time
            turn = time >> shift
            queue[entries] = (bucket[turn] << 32) | node
            bucket[turn] = entries
            entries += 1
            now = min(now, turn)
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
                    first, end = start[node] + 0, start[node + 1] + 0
                    if entries + end - first > room:
                        entries = requeue(
                            now, limit >> shift, shift, best, bucket, queue, found,
                            count,
                        )  # fmt: skip
                        done = 0
                        break
                    for block in range(first, end, ROW):
                        for way in range(ROW):
                            row = rows[(block + way) & LOW]
                            other = row & LOW
                            later = time + (row >> 32)
                            known = best[other]
                            if later < min(known, beyond):
                                ahead ^= rows[start[other] & LOW]
                                found[count & LOW] = other
                                count += known == UNREACHED
                                best[other] = later
                                turn = later >> shift
                                queue[entries & LOW] = (bucket[turn] << 32) | other
                                bucket[turn] = entries
                                entries += 1
            if done == 0:
                break
            entry = bucket[now & LOW] + 0
        if done == 0:
            continue  # all put back by requeue
        now += 1
    if source_count:
        source_ms[0] = ahead
    return count


@kernel
def settle(
    start: Ints,
    rows: Longs,
    sources: Longs,
    source_ms: Longs,
    source_count: int,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    found: Ints,
    found_ms: Ints,
) -> int:
    """List every node within `limit` and its time; return how many."""
    count = spread(
        start, rows, sources, source_ms, source_count, limit, shift, best, bucket,
        queue, found,
    )  # fmt: skip
    for i in range(count):
        node = found[i] & LOW
        found_ms[i] = best[node]
        best[node] = UNREACHED
    return count


@kernel
def settle_around(
    start: Ints,
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
    found: Ints,
    pair: Longs,
    pair_ms: Longs,
) -> tuple[Ints, Floats]:
    """`settle` from one place: nodes as given, and seconds."""
    count = ends(edge, fraction, away, tails, heads, twins, open_ms, pair, pair_ms)
    for i in range(count):
        pair[i] = rank[pair[i]]
    total = spread(
        start, rows, pair, pair_ms, count, limit, shift, best, bucket, queue, found
    )
    nodes = np.empty(total, np.int32)
    seconds = np.empty(total)
    for i in range(total):
        node = found[i] & LOW
        nodes[i] = node_at[node]
        seconds[i] = best[node] / 1000.0
        best[node] = UNREACHED
    return nodes, seconds


@kernel
def settle_each(
    start: Ints,
    rows: Longs,
    sources: Longs,
    source_ms: Longs,
    source_counts: Longs,
    limit: int,
    shift: int,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    found: Ints,
    found_ms: Ints,
    counts: Longs,
    first: int,
    last: int,
) -> int:
    """`settle` from places `first` to `last` one after another into one list.

    `sources` and `source_ms` have two columns. Returns the first place for which the
    list might be too short, or `last`.
    """
    used = 0
    for i in range(first, last):
        if len(found) - used <= len(best):
            return i
        count = settle(
            start, rows, sources[2 * i : 2 * i + 2], source_ms[2 * i : 2 * i + 2],
            source_counts[i], limit, shift, best, bucket, queue, found[used:],
            found_ms[used:],
        )  # fmt: skip
        counts[i] = count
        used += count
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
    met[:met_count].sort()


@kernel
def nearest_units(
    start: Ints,
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
    eligible: Flags,
    best: Ints,
    bucket: Ints,
    queue: Longs,
    touched: Ints,
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
    choose = len(eligible) > 0
    met_count = 0
    touched_count = 0
    entries = 0
    now = limit >> shift
    beyond = limit + 1
    ahead = 0
    room = len(queue)
    last = 0
    sources = ends(edge, fraction, False, tails, heads, twins, open_ms, pair, pair_ms)
    for i in range(sources):
        node = rank[pair[i]] & LOW
        time = pair_ms[i]
        if time <= limit and time < best[node]:
            if best[node] == UNREACHED:
                touched[touched_count] = node
                touched_count += 1
            best[node] = time
            turn = time >> shift
            queue[entries] = (bucket[turn] << 32) | node
            bucket[turn] = entries
            entries += 1
            now = min(now, turn)
            last = max(last, turn)
    if edge >= 0:
        for end in range(2):
            entry = first_entry[rank[tails[edge] if end == 0 else heads[edge]]]
            while entry >= 0:
                unit = entry >> 1
                flags = unit_flags[unit]
                if (
                    (flags & must) == must
                    and (any_of == 0 or (flags & any_of) != 0)
                    and (not choose or eligible[unit])
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
            packed = queue[place & LOW]
            bucket[now & LOW] = packed >> 32
            done += 1
            node = packed & LOW
            time = best[node] & LOW
            if time >> shift == now:
                first, end = start[node] + 0, start[node + 1] + 0
                if entries + end - first > room:
                    entries = requeue(
                        now, last, shift, best, bucket, queue, touched, touched_count
                    )
                    done = 0
                    break
                entry = first_entry[node]
                while entry >= 0:
                    unit = entry >> 1
                    flags = unit_flags[unit]
                    if (
                        (flags & must) == must
                        and (any_of == 0 or (flags & any_of) != 0)
                        and (not choose or eligible[unit])
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
                for block in range(first, end, ROW):
                    for way in range(ROW):
                        row = rows[(block + way) & LOW]
                        other = row & LOW
                        later = time + (row >> 32)
                        known = best[other]
                        if later < min(known, beyond):
                            ahead ^= rows[start[other] & LOW]
                            touched[touched_count & LOW] = other
                            touched_count += known == UNREACHED
                            best[other] = later
                            turn = later >> shift
                            queue[entries & LOW] = (bucket[turn] << 32) | other
                            bucket[turn] = entries
                            entries += 1
                            last = max(last, turn)
            place = bucket[now & LOW] + 0
        if bucket[now & LOW] >= 0:
            continue  # put back by requeue
        now += 1
        if met_count >= wanted:
            final = 0
            for i in range(met_count):
                final += (unit_ms[met[i]] >> shift) < now
            if final >= wanted:
                break
    for turn in range(now, last + 1):
        bucket[turn] = -1
    for i in range(touched_count):
        best[touched[i] & LOW] = UNREACHED
    pair_ms[0] = ahead
    sort_met(unit_ms, met, met_count)
    count = min(met_count, wanted)
    for i in range(count):
        units[i] = met[i] & LOW
        seconds[i] = (met[i] >> 32) / 1000.0
    return count
