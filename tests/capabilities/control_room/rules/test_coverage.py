"""What stays behind: counted as units come and go, as counting anew would."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.coverage import Coverage
from gengfu.science.roads.kernels_standing import MOST

names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(names, st.booleans(), st.sets(st.integers(0, 5)))))
def test_cover_counts_agree_with_counting_anew(changes):
    weights = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 0.0])
    cover = Coverage(weights)
    free: dict[str, set[int]] = {}
    for name, stands, points in changes:
        if stands:
            cover.stand(name, "car", np.array(sorted(points), np.int32))
            free[name] = points
        else:
            cover.leave(name)
            free.pop(name, None)

    def share(units):
        return weights[list(set().union(*units))].sum() / 15 if units else 0.0

    whole = share(free.values())
    assert weights[cover.reached("car")].sum() / 15 == pytest.approx(whole)
    for name in "abcdef":
        left = share([p for n, p in free.items() if n != name])
        assert cover.lost_each([name])[name] == pytest.approx(whole - left)
    left = share([p for n, p in free.items() if n not in "abc"])
    lost = cover.lost_together("abcc").get("car", 0.0)
    assert lost == pytest.approx(whole - left)


def test_many_units_come_and_go() -> None:
    rng = np.random.default_rng(5)
    weights = rng.random(50)
    cover = Coverage(weights)
    free: dict[str, set[int]] = {}
    for name in map(str, rng.integers(0, 300, 2000)):
        if name in free:
            cover.leave(name)
            del free[name]
        else:
            free[name] = {int(p) for p in rng.integers(0, 50, 2)}
            cover.stand(name, "car", np.array([*free[name]], np.int32))
    assert len(free) > 100
    count = Counter(point for points in free.values() for point in points)
    alone = {
        name: sum(weights[p] for p in points if count[p] == 1) / weights.sum()
        for name, points in free.items()
    }
    assert cover.lost_each(free) == pytest.approx(alone, abs=1e-12)


def test_cover_refuses_what_it_cannot_count():
    with pytest.raises(ValueError, match="not all 0"):
        Coverage([0.0, 0.0])
    with pytest.raises(ValueError, match="does not exist"):
        Coverage([1.0]).stand("a", "car", np.array([1], np.int32))
    crowd, nowhere = Coverage([1.0]), np.zeros(0, np.int32)
    for unit in range(MOST):
        crowd.stand(str(unit), "car", nowhere)
    with pytest.raises(ValueError, match="more than 32767 free units of one kind"):
        crowd.stand("one more", "car", nowhere)
