"""What is expected tells no hidden count of the years that it is made from."""

from dataclasses import replace

import numpy as np
import pytest
from tests.capabilities.safety_index.rules.several_years import (
    CONFIG,
    FIRST_PUBLIC,
    ISSUE,
    MADE,
    SECOND_BASE,
    Years,
    histories_of,
    publish_years,
    told_by_what_is_expected,
)

from gengfu.capabilities.safety_index.rules.disclosing import disclose
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.published_counts import said_of

BASE = range(FIRST_PUBLIC, SECOND_BASE)


@pytest.fixture(scope="module")
def octobers() -> Years:
    return publish_years(calendar=[10])


def test_exact_sums_of_base_years_give_the_port_away(octobers: Years) -> None:
    """So that the tests below can fail: the intruder succeeds on a careless base."""
    tried, recovered = told_by_what_is_expected(octobers, octobers.from_exact_counts)
    assert tried > 10
    assert len(recovered) > 2
    assert any(place == "port" for _, place, _ in recovered)


def test_what_is_made_of_publications_gives_nothing_away(octobers: Years) -> None:
    tried, recovered = told_by_what_is_expected(octobers, octobers.from_publications)
    assert tried > 10
    assert recovered == []


@pytest.mark.lasting
def test_nor_do_four_years_of_more_months() -> None:
    known = publish_years(calendar=[1, 4, 7, 10])
    _, careless = told_by_what_is_expected(known, known.from_exact_counts)
    assert len(careless) > 10
    assert told_by_what_is_expected(known, known.from_publications)[1] == []


def test_the_same_tables_give_the_same_publication_years_later(
    octobers: Years,
) -> None:
    """Whole documents, from the first month of the second base."""
    last, before = Month(SECOND_BASE, 10), list(octobers.published.values())[:-1]
    places, changed = octobers.places, 0
    for year in BASE:
        month = Month(year, 10)
        for d in range(len(CONFIG.domains)):
            hidden, histories = histories_of(octobers, month, d)
            if not hidden:
                continue
            events = octobers.counts[month].events.copy()
            events[hidden, d] = histories[0]
            counts = {**octobers.counts}
            counts[month] = replace(counts[month], events=events)
            changed += histories[0] != octobers.counts[month].events[hidden, d].tolist()
            again = disclose(last, counts, places, CONFIG, ISSUE, MADE, before=before)
            assert again == octobers.published[last]
    assert changed > 2


def test_hidden_counts_stand_with_likely_values_that_add_up(octobers: Years) -> None:
    month = Month(FIRST_PUBLIC, 10)
    one = octobers.published[month]
    said = said_of([one], octobers.places, CONFIG)[month]
    for d, (_, total) in enumerate(one.totals):
        for at, place in enumerate(one.places):
            text, value = place.parts[d].events, said.events[at, d]
            if text.isdecimal():
                assert value == int(text)
            elif total == "withheld" and text == "<5":
                assert 1 <= value <= 4
        if total.isdecimal():
            assert said.events[:, d].sum() == pytest.approx(int(total))
    assert np.all(said.ended == 0)


def test_months_that_were_never_published_are_left_out_and_named() -> None:
    known = publish_years(calendar=[9, 10])
    (note,) = [
        one
        for one in known.published[Month(SECOND_BASE, 10)].quality
        if one.code == "base-unpublished"
    ]
    assert "2026-01, 2026-02" in note.said.en
    assert "2026-10" not in note.said.en
    assert note.said.zh
