"""Street plans drawn in text, so that a test reads like a map.

Letters are nodes. `-` and `|` are two-way streets, `>`, `<`, `^` and `v` one-way ones
(`v` is never a node). Every character of a street is one step of 10 seconds and 100 m;
a street of three characters takes 30 seconds.
"""

from dataclasses import dataclass

from gengfu.science.roads import RoadGraph

STEP_S = 10.0
STEP_M = 100.0
STEP_DEG = 0.001
ACROSS, DOWN = {"-": 0, ">": 1, "<": -1}, {"|": 0, "v": 1, "^": -1}


@dataclass(frozen=True)
class Plan:
    graph: RoadGraph
    names: str

    def node(self, name: str) -> int:
        return self.names.index(name)

    def edge(self, name: str) -> int:
        """Edge `AB`."""
        tail, head = map(self.node, name)
        pairs = list(zip(self.graph.tails, self.graph.heads, strict=True))
        return pairs.index((tail, head))


def streets(drawing: str) -> Plan:
    """Parse a drawing."""
    rows = [line for line in drawing.splitlines() if line.strip()]
    wide = max(map(len, rows))
    rows = [row.ljust(wide) for row in rows]
    signs = {*ACROSS, *DOWN, " "}
    at = {
        letter: (x, y)
        for y, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter not in signs
    }
    names = "".join(sorted(at))
    edges: list[tuple[int, int, int]] = []
    for letter, (x, y) in sorted(at.items()):
        for dx, dy, marks in ((1, 0, ACROSS), (0, 1, DOWN)):
            edges += _street(rows, names, letter, (x, y), (dx, dy), marks)
    tails, heads, steps = zip(*edges, strict=True)
    return Plan(
        RoadGraph.build(
            tails,
            heads,
            [STEP_S * n for n in steps],
            [STEP_M * n for n in steps],
            [at[name][0] * STEP_DEG for name in names],
            [-at[name][1] * STEP_DEG for name in names],
        ),
        names,
    )


def _street(rows, names, letter, start, step, marks):
    x, y = start[0] + step[0], start[1] + step[1]
    length, ways = 0, set()
    while 0 <= y < len(rows) and 0 <= x < len(rows[0]) and rows[y][x] in marks:
        ways.add(marks[rows[y][x]])
        length += 1
        x, y = x + step[0], y + step[1]
    if not length:
        return []
    assert 0 <= y < len(rows), "a street ends nowhere"
    assert rows[y][x] in names, "a street ends nowhere"
    way = ways - {0}
    assert len(way) <= 1, "a street runs both ways and one way"
    here, there = names.index(letter), names.index(rows[y][x])
    forward = [(here, there, length)] if way != {-1} else []
    return forward + ([(there, here, length)] if way != {1} else [])
