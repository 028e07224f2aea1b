"""Chance of a call and a step: its own, and spread as it says."""

from scipy import stats

from gengfu.twin.luck import Luck


def test_what_a_call_meets_depends_on_nothing_but_seed_call_and_step():
    first, again = Luck(7, "call-1"), Luck(7, "call-1")
    again.uniform("something else")
    assert first.normal("drive A1") == again.normal("drive A1")
    others = {
        Luck(8, "call-1").normal("drive A1"),
        Luck(7, "call-2").normal("drive A1"),
        first.normal("drive A2"),
    }
    assert len(others | {first.normal("drive A1")}) == 4


def test_numbers_are_uniform_and_normal():
    drawn = [Luck(3, f"{n}") for n in range(4000)]
    assert stats.kstest([one.uniform("a") for one in drawn], "uniform").pvalue > 0.01
    assert stats.kstest([one.normal("b") for one in drawn], "norm").pvalue > 0.01
    steps = [drawn[0].normal(f"{n}") for n in range(4000)]
    assert stats.kstest(steps, "norm").pvalue > 0.01
