"""Areas that begin, end and merge: the stated rule, and lines for the quality page."""

import pyarrow as pa
import pytest

from gengfu.adapters.events import Lifetime, Succession, lifetimes_of
from gengfu.kernel import BadInput

LIVES = [
    Lifetime("old", None, "2025-06", "middle"),
    Lifetime("middle", None, "2026-03", "new"),
    Lifetime("new", "2026-04"),
    Lifetime("divided", None, "2025-12"),
    Lifetime("calm"),
]


@pytest.mark.parametrize(
    ("area", "month", "stands"),
    [
        ("old", "2025-06", "old"),
        ("old", "2025-07", "middle"),
        ("old", "2026-03", "middle"),
        ("old", "2026-04", "new"),
        ("middle", "2026-04", "new"),
        ("divided", "2026-04", "divided"),
        ("calm", "2026-04", "calm"),
        ("unheard-of", "2026-04", "unheard-of"),
    ],
)
def test_who_stands_for_whom(area, month, stands):
    assert Succession(LIVES).at(area, month) == stands


def test_which_areas_are_there():
    lives = Succession(LIVES)
    assert lives.standing("2025-01") == ("old", "middle", "divided", "calm")
    assert lives.standing("2026-04") == ("new", "calm")


def test_counts_move_and_none_is_lost():
    counts = pa.table({"area": ["old", None, "calm", "old"], "events": [1, 2, 3, 4]})
    moved = Succession(LIVES).attributed(counts, "2026-10")
    assert moved.to_pydict() == {
        "area": ["new", None, "calm", "new"],
        "events": [1, 2, 3, 4],
    }


def test_the_quality_page_is_told():
    notes = Succession(LIVES).notes("2025-01", "2026-10")
    assert [(n.area, n.code) for n in notes] == [
        ("old", "area-merged"),
        ("middle", "area-merged"),
        ("new", "area-begun"),
        ("divided", "area-ended"),
    ]
    assert "middle" in notes[0].en
    assert notes[2].en.endswith("in the areas that were merged into it")
    assert notes[2].zh.endswith("并入此地的区域此前的事件计入此地")
    alone = Succession([Lifetime("fresh", "2026-02")]).notes("2025-01", "2026-10")
    assert alone[0].en.endswith(
        "what happened there before is counted in its former area"
    )
    assert "middle" in notes[0].zh
    assert Succession(LIVES).notes("2026-05", "2026-10") == ()
    called = Succession(LIVES).notes("2025-01", "2026-10", {"middle": ("Mid", "中")})
    assert called[0].en.endswith("its events are counted in Mid")
    assert called[0].zh.endswith("其事件计入中")


@pytest.mark.parametrize(
    ("lives", "says"),
    [
        ([Lifetime("a"), Lifetime("a")], "row 3: area 'a' is there twice"),
        ([Lifetime("a", None, "2025-01", "b")], "row 2, column successor: 'b' is no"),
        ([Lifetime("a", None, None, "a")], "row 2, column valid_until"),
        (
            [
                Lifetime("a", None, "2025-01", "b"),
                Lifetime("b", None, "2025-02", "a"),
            ],
            "leads back",
        ),
        ([Lifetime("a", "2026-02", "2026-01")], "ends in 2026-01, before 2026-02"),
    ],
)
def test_lives_that_cannot_be(lives, says):
    with pytest.raises(BadInput, match=says):
        Succession(lives)


def test_rows_of_an_areas_file():
    rows = [
        {"id": "a", "valid_until": "2026-03-31", "successor": "b"},
        {"id": "b", "valid_from": "", "valid_until": None},
    ]
    assert lifetimes_of(rows) == (
        Lifetime("a", None, "2026-03", "b"),
        Lifetime("b"),
    )
    with pytest.raises(BadInput, match="row 3, column valid_from: 'soon'"):
        lifetimes_of([{"id": "a"}, {"id": "b", "valid_from": "soon"}])
