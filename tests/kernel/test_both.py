"""Words the platform says in two languages, and words of people in one."""

import pytest

from gengfu.kernel import UNPRINTABLE
from gengfu.kernel.both import BETWEEN, both, half


def test_each_language_has_its_half() -> None:
    kept = both("the case has ended", "案件已结束")
    assert half(kept, "en") == "the case has ended"
    assert half(kept, "zh") == "案件已结束"


@pytest.mark.parametrize("words", ["", "gas / power", "a: b; c", "改派 / 原话"])
def test_what_people_write_is_as_they_wrote_it(words: str) -> None:
    assert half(words, "en") == half(words, "zh") == words


def test_no_text_from_outside_is_taken_for_two() -> None:
    assert UNPRINTABLE.fullmatch(BETWEEN)
