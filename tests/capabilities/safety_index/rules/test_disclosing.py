"""What is published, and that nobody can work out what is not."""

from dataclasses import replace

import numpy as np
import pytest
from tests.capabilities.safety_index.sample import areas, config, tally, years

from gengfu.adapters.codec import JsonCodec
from gengfu.capabilities.safety_index.cases.documents import read_document
from gengfu.capabilities.safety_index.rules import compiling
from gengfu.capabilities.safety_index.rules.disclosing import Issue, disclose
from gengfu.capabilities.safety_index.rules.document import Made, Publication
from gengfu.capabilities.safety_index.rules.geography import lay_out
from gengfu.capabilities.safety_index.rules.hearsay import fit_said
from gengfu.capabilities.safety_index.rules.hiding import Issued, layout_of, told
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.silence import uncovered
from gengfu.capabilities.safety_index.rules.tally import MonthCounts, count
from gengfu.kernel import Said
from gengfu.science.disclosure import Month as Stated
from gengfu.science.disclosure import attack, unchanged

CONFIG = config()
AREAS = areas(24)
PLACES = lay_out(AREAS, CONFIG, "areas")
RISKY = "t003"
LAST = Month(2026, 10)
MADE = Made(
    code="0", config_name="", config_version="", config_sha256="", areas_sha256="",
    events=(), earlier=(),
)  # fmt: skip
CITY = Issue(city="Some city", city_zh="某市", timezone="UTC", simulated=True)


@pytest.fixture(scope="module")
def counts() -> dict[Month, MonthCounts]:
    return {
        month: count(
            tally(month, AREAS, risk={RISKY: 4.0} if month.year == 2026 else None),
            PLACES,
            CONFIG,
        )
        for month in years(2023, Month(2026, 12))
    }


def published(
    counts: dict[Month, MonthCounts],
    month: Month = LAST,
    issue: Issue = CITY,
    **more: object,
) -> Publication:
    return disclose(month, counts, PLACES, CONFIG, issue, MADE, **more)


@pytest.fixture(scope="module")
def october(counts: dict[Month, MonthCounts]) -> Publication:
    return published(counts)


def test_weighed_rates_are_against_the_mean_month_of_the_calendar_year_before(
    counts: dict[Month, MonthCounts], october: Publication
) -> None:
    compared = dict(next(c for c in october.comparisons if c.of_area).of_area)
    year = [counts[Month(2025, month)].events for month in range(1, 13)]
    sums = (np.sum(year, axis=(0, 1)) + 2) // 5 * 5  # rounded, as every sum of months
    mean = sums / 12 * 10_000 / np.nansum(PLACES.present)
    shown = [place for place in october.places if place.id in compared]
    assert shown
    for place in shown:
        rates = np.array([part.per_10_000 for part in place.parts], np.float64)
        weighed = float(np.array([0.6, 0.2, 0.2]) @ (rates / mean))
        assert compared[place.id] == pytest.approx(100 * weighed, abs=0.051)


def test_a_place_with_four_times_the_events_stands_out(october: Publication) -> None:
    by_id = {place.id: place for place in october.places}
    risky = by_id[RISKY]
    assert risky.band == "red"
    assert risky.score is not None
    assert risky.score.high < 80
    assert risky.rank is not None
    assert risky.rank.high == risky.rank.of == 24
    assert all(
        place.rank is not None and place.rank.low < place.rank.high
        for place in october.places
    )
    others = [place.band for place in october.places if place.id != RISKY]
    assert others.count("green") > 20


def test_no_small_count_is_in_it_and_shown_ones_are_true(
    october: Publication, counts: dict[Month, MonthCounts]
) -> None:
    hidden = 0
    for place, row in zip(october.places, counts[LAST].events, strict=True):
        for part, true in zip(place.parts, row.tolist(), strict=True):
            if part.events.isdecimal():
                assert int(part.events) == true
                assert not 1 <= true <= 4
                assert part.ratio is not None
            else:
                hidden += 1
                assert part.ratio is None
                assert part.per_10_000 is None
            if 1 <= true <= 4:
                assert part.events == "<5"
    assert hidden > 5
    assert all(place.deaths_12m in {"0", "<5"} or int(place.deaths_12m) % 5 == 0
               for place in october.places)  # fmt: skip


def test_a_part_of_which_nothing_is_told_leaves_no_score_and_says_why(
    counts: dict[Month, MonthCounts],
    october: Publication,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fires = tuple(place.parts[1].events for place in october.places)

    def silent(texts: list[str], *more: object, **how: bool) -> object:
        return None if tuple(texts) == fires else fit_said(texts, *more, **how)

    monkeypatch.setattr(compiling, "fit_said", silent)
    found = published(counts)
    assert all(one.score is None and one.rank is None for one in found.places)
    assert [p.parts[0] for p in found.places] == [p.parts[0] for p in october.places]
    assert all(one.parts[1].ratio is None for one in found.places)
    said = {one.code: one.said for one in found.quality}
    assert said["not-told"].en.startswith("Fire: what may be shown")
    assert said["not-told"].zh.startswith("火灾：可公布的数字不足以")
    content = JsonCodec().encode(found)
    assert read_document(JsonCodec(), content) == found


def test_it_reads_back_and_is_the_same_bytes_twice(
    october: Publication, counts: dict[Month, MonthCounts]
) -> None:
    codec = JsonCodec()
    first = codec.encode(october)
    assert codec.encode(published(counts)) == first
    assert codec.decode(Publication, first) == october


def test_what_was_left_out_is_said_in_both_languages(october: Publication) -> None:
    said = {one.code: one.said for one in october.quality}
    assert "<5" in said["no-place"].en
    assert {"repeats", "police-initiated", "other-kinds", "unknown-area"} <= set(said)
    assert all(one.said.zh for one in october.quality)


def test_a_place_without_people_has_no_score_and_says_why(
    counts: dict[Month, MonthCounts],
) -> None:
    nobody = tuple(
        replace(area, present=float("nan")) if area.id == "t000" else area
        for area in AREAS
    )
    places = lay_out(nobody, CONFIG, "areas")
    found = disclose(LAST, counts, places, CONFIG, CITY, MADE)
    (without,) = [place for place in found.places if place.id == "t000"]
    assert (without.score, without.rank, without.people) == (None, None, None)
    assert "no-people" in without.quality


def test_the_trend_is_what_was_published(counts: dict[Month, MonthCounts]) -> None:
    before = [published(counts, LAST.later(-n)) for n in (2, 1)]
    now = published(counts, before=before)
    place = now.places[0]
    assert [point.period for point in place.trend] == ["2026-08", "2026-09", "2026-10"]
    older = before[0].places[0].score
    assert older is not None
    assert place.trend[0].value == older.value


def test_an_intruder_with_everything_ever_published_gets_no_hidden_count(
    counts: dict[Month, MonthCounts],
) -> None:
    """A year's months, two of them corrected."""
    layout = layout_of(PLACES, CONFIG)
    stated: dict[Stated, np.ndarray] = {}
    tables = []
    rng = np.random.default_rng(7)
    for month in [Month(2026, n) for n in range(1, 13)]:
        found = published(counts, month)
        tables.append(told(found, layout, CONFIG, 1))
        stated[Stated(str(month), 1)] = counts[month].events
        if month.month in {3, 8}:
            other = counts[month].events.copy()
            places = rng.choice(len(other), 4, replace=False)
            other[places, rng.integers(0, 3, 4)] += 1
            corrected = counts | {month: replace(counts[month], events=other)}
            first = Issued(publication=found, events=counts[month].events)
            again = published(
                corrected,
                month,
                replace(CITY, number=2, why=Said("late reports", "迟报")),
                issued=[first],
            )
            tables.append(told(again, layout, CONFIG, 2))
            stated[Stated(str(month), 2)] = other
    known = attack(layout, tables, same=unchanged(stated))
    assert len(known) > 100
    assert [bound for bound in known if bound.recovered] == []


def test_scores_tell_no_more_than_the_table_does(
    counts: dict[Month, MonthCounts], october: Publication
) -> None:
    """Other counts behind the same table give the very same publication."""
    events = counts[LAST].events
    texts = [[part.events for part in place.parts] for place in october.places]
    small = [
        (p, d)
        for p, row in enumerate(texts)
        for d, text in enumerate(row)
        if text == "<5"
    ]
    found = None
    for up in small:
        for down in small:
            other = events.copy()
            other[up] += 1
            other[down] -= 1
            same = up[1] == down[1] and up != down
            if same and other[up] <= 4 and other[down] >= 1:
                found = counts | {LAST: replace(counts[LAST], events=other)}
    assert found is not None
    again = published(found)
    if [[p.events for p in place.parts] for place in again.places] == texts:
        assert again == october
    else:
        pytest.fail("the table itself changed")


def test_the_same_intruder_gets_a_count_that_only_its_own_cell_hides(
    counts: dict[Month, MonthCounts], october: Publication
) -> None:
    """So the test above can fail: all counts but one are shown, and the total."""
    layout = layout_of(PLACES, CONFIG)
    truth = counts[LAST].events
    place = next(at for at, row in enumerate(truth.tolist()) if 1 <= row[1] <= 4)
    shown = tuple(
        replace(
            report,
            parts=tuple(
                replace(part, events="<5" if (at, d) == (place, 1) else str(number))
                for d, (part, number) in enumerate(
                    zip(report.parts, truth[at].tolist(), strict=True)
                )
            ),
        )
        for at, report in enumerate(october.places)
    )
    totals = tuple(
        (code, str(number))
        for (code, _), number in zip(
            october.totals, truth.sum(axis=0).tolist(), strict=True
        )
    )
    careless = replace(october, places=shown, totals=totals)
    (bound,) = attack(layout, [told(careless, layout, CONFIG, 1)])
    assert bound.recovered
    assert bound.low == truth[place, 1]


def with_deaths(
    counts: dict[Month, MonthCounts], more: int
) -> dict[Month, MonthCounts]:
    """Return the counts with other deaths in traffic in the last month."""
    at = [domain.code for domain in CONFIG.domains].index("traffic")
    deaths = counts[LAST].deaths.copy()
    deaths[:, at] = 0
    deaths[0, at] = more
    return counts | {LAST: replace(counts[LAST], deaths=deaths)}


def test_two_sums_of_deaths_in_the_city_do_not_give_a_month_away(
    counts: dict[Month, MonthCounts],
) -> None:
    def said(more: int) -> float | None:
        found = published(with_deaths(counts, more)).comparisons
        return next(one.value for one in found if one.code == "traffic-deaths")

    assert len({said(more) for more in range(5)}) <= 2


def test_sums_that_an_issue_hid_stay_hidden_in_its_corrections(
    counts: dict[Month, MonthCounts],
) -> None:
    """Deaths of twelve months, of a place and of traffic in the city."""
    nobody = {
        month: replace(found, deaths=np.zeros_like(found.deaths))
        for month, found in counts.items()
    }

    def issue(number: int, deaths: int, issued: list[Issued]) -> Publication:
        why = None if number == 1 else Said("late reports", "迟报")
        named = replace(CITY, number=number, why=why, corrects_sha256="a" * 64)
        return published(with_deaths(nobody, deaths), issue=named, issued=issued)

    def traffic(found: Publication) -> float | None:
        codes = {one.code: one.value for one in found.comparisons}
        return codes["traffic-deaths"]

    first = issue(1, 3, [])
    issued = [Issued(publication=first, events=counts[LAST].events)]
    assert first.places[0].deaths_12m == "<5"
    assert traffic(first) is None
    for deaths, said in ((6, "withheld"), (0, "withheld"), (4, "<5")):
        again = issue(2, deaths, issued)
        assert again.places[0].deaths_12m == said
        assert again.places[1].deaths_12m == "0"
        assert traffic(again) is None
        assert uncovered(first, again) is None
    assert issue(1, 6, []).places[0].deaths_12m == "5"
    assert uncovered(first, issue(1, 6, [])) == f"places.{AREAS[4].id}.deaths_12m"


def test_numbers_in_notes_that_an_issue_hid_stay_hidden_in_its_corrections(
    counts: dict[Month, MonthCounts], october: Publication
) -> None:
    issued = [Issued(publication=october, events=counts[LAST].events)]
    why = Said("late reports", "迟报")
    named = replace(CITY, number=2, why=why, corrects_sha256="a" * 64)
    for late, said in ((7, "withheld"), (0, "withheld"), (4, "<5")):
        out = replace(counts[LAST].left_out, no_place=late)
        other = counts | {LAST: replace(counts[LAST], left_out=out)}
        again = published(other, issue=named, issued=issued)
        note = {one.code: one.said for one in again.quality}["no-place"]
        assert note.en.endswith(f": {said}.")
        assert note.zh.endswith("不予公布。" if said == "withheld" else "<5。")
        assert uncovered(october, again) is None
        if late == 7:
            careless = published(other)
            assert uncovered(october, careless) == "quality.no-place"


def test_comparisons_tell_no_exact_sum_of_a_year(
    counts: dict[Month, MonthCounts],
) -> None:
    year = [counts[Month(LAST.year - 1, month)].events for month in range(1, 13)]
    to_threes = (3 - np.sum(year, axis=(0, 1))) % 5  # so that five more round alike

    def said(more: int) -> tuple[tuple[str, float], ...]:
        month = Month(LAST.year - 1, 5)
        events = counts[month].events.copy()
        events[0] += to_threes + more
        changed = counts | {month: replace(counts[month], events=events)}
        found = published(changed).comparisons
        return next(one.of_area for one in found if one.code == "weighed-rates")

    assert len({said(more) for more in range(5)}) == 1
