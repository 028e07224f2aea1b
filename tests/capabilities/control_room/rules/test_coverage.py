"""What stays behind: counted as units come and go, as counting anew would."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gengfu.capabilities.control_room.rules.coverage import Coverage

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
    assert cover.share("car") == pytest.approx(whole)
    for name in "abcdef":
        left = share([p for n, p in free.items() if n != name])
        assert cover.lost_each([name])[name] == pytest.approx(whole - left)
    left = share([p for n, p in free.items() if n not in "abc"])
    lost = cover.lost_together("abcc").get("car", 0.0)
    assert lost == pytest.approx(whole - left)


def test_cover_refuses_what_it_cannot_count():
    with pytest.raises(ValueError, match="not all 0"):
        Coverage([0.0, 0.0])
    with pytest.raises(ValueError, match="does not exist"):
        Coverage([1.0]).stand("a", "car", np.array([1]))
