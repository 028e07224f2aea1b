"""Areas that begin, end and merge: the stated rule, and lines for the quality page."""

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
