"""An evaluation finds what was done to made-up counts, and warns of what misleads."""

from dataclasses import replace

import numpy as np
import pytest
from tests.capabilities.safety_index.sample import areas, config, tally

from gengfu.capabilities.safety_index.rules.adopting import Adopted, read_adopted
from gengfu.capabilities.safety_index.rules.evaluating import evaluate
from gengfu.capabilities.safety_index.rules.evaluation_values import (
    Evaluation,
    MeasuredCity,
    Question,
)
from gengfu.capabilities.safety_index.rules.geography import AreaFacts, lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.kernel import BadInput

FIRST, LAST, START = Month(2024, 1), Month(2026, 6), Month(2025, 6)
SPAN = [FIRST.later(n) for n in range(30)]
TREATED = [f"t{n:03}" for n in range(12)]


def city(places: tuple[AreaFacts, ...], **points: tuple[float, float]) -> MeasuredCity:
    chosen = config()
    return MeasuredCity(
        geography=lay_out(places, chosen, "areas"), config=chosen, points_m=points
    )


def ask(
    places: tuple[AreaFacts, ...],
    began: dict[str, Month],
    months: dict[Month, MonthTally],
    *,
    what: str = "crime",
    ring_m: float | None = None,
    **points: tuple[float, float],
) -> Evaluation:
    rows = [Adopted(n, area, m) for n, (area, m) in enumerate(began.items(), 2)]
    question = Question(
        adopted=rows, table="table", what=what, first=min(months), last=max(months),
        ring_m=ring_m,
    )  # fmt: skip
    return evaluate(question, city(places, **points), months)


def drawn(
    places: tuple[AreaFacts, ...],
    began: dict[str, Month],
    factor: float,
    *,
    seed: int = 1,
) -> dict[Month, MonthTally]:
    return {
        m: tally(
            m, places, risk={a: factor for a, s in began.items() if m >= s}, seed=seed
        )
        for m in SPAN
    }


def codes(found: Evaluation, *, grave: bool) -> set[str]:
    return {one.code for one in found.warnings if one.grave == grave}


def test_a_fall_is_found_with_its_interval() -> None:
    places, began = areas(36), dict.fromkeys(TREATED, START)
    found = ask(places, began, drawn(places, began, 0.7))
    assert (found.verdict, found.design, found.sound) == ("fewer", "did", True)
    assert found.interval is not None
    assert found.interval.low < 0.7 < found.interval.high < 1
    assert "12 areas were" in found.sentence.en
    assert found.sentence.en.endswith(" % lower).")
    assert found.sentence.zh.startswith("该措施实施后，12 个地区的")
    assert found.observed < found.expected
    assert "recorded_only" in codes(found, grave=False)


def test_no_effect_is_told_as_none() -> None:
    places, began = areas(36), dict.fromkeys(TREATED, START)
    wrong = sum(
        ask(places, began, drawn(places, began, 1.0, seed=seed)).verdict != "unclear"
        for seed in range(20, 30)
    )
    assert wrong <= 2


def test_places_that_began_at_different_times_are_told_so() -> None:
    places = areas(36)
    began = {area: START.later(n % 3) for n, area in enumerate(TREATED)}
    found = ask(places, began, drawn(places, began, 0.7))
    assert found.design == "group_time"
    assert "staggered" in codes(found, grave=False)
    assert "did not have it yet" in found.sentence.en


def test_everybody_got_it_and_nobody_is_left() -> None:
    places = areas(8)
    began = dict.fromkeys([f"t{n:03}" for n in range(8)], START)
    found = ask(places, began, drawn(places, began, 0.7))
    assert found.design == "interrupted_series"
    assert not found.sound
    assert "no_comparison" in codes(found, grave=True)
    assert found.sentence.en.startswith("Caution first: there is no place left")
    assert found.sentence.zh.startswith("请先注意：没有可供比较的地方")


def test_a_new_habit_of_recording_is_no_success() -> None:
    """Half of what happened is called repeats, or police begin it, from the start."""
    places, began = areas(36), dict.fromkeys(TREATED, START)
    months = drawn(places, began, 1.0)
    moved: dict[Month, MonthTally] = {}
    for month, one in months.items():
        here = np.isin(np.array(one.area), TREATED) & (month >= START)
        hidden = np.where(here, one.events // 2, 0)
        moved[month] = replace(
            one, events=one.events - hidden, repeats=one.repeats + hidden
        )
    found = ask(places, began, moved)
    assert "recording" in codes(found, grave=True)
    assert "how events are recorded there changed" in found.sentence.en
    assert "recorded_only" not in codes(found, grave=False)
    assert "recording" not in codes(ask(places, began, months), grave=True)


def test_what_moves_next_door_is_found() -> None:
    """Where the measure is 30 % fewer, in the six places beside it 60 % more."""
    places, began = areas(40), dict.fromkeys(TREATED, START)
    near = [f"t{n:03}" for n in range(12, 18)]
    risk = dict.fromkeys(TREATED, 0.7) | dict.fromkeys(near, 1.6)
    months = {m: tally(m, places, risk=risk if m >= START else {}) for m in SPAN}
    points = {
        f"t{n:03}": (n % 12 * 5000.0, {0: 0.0, 1: 300.0}.get(n // 12, 90_000.0 + n))
        for n in range(40)
    }
    points |= {f"t{n:03}": (n * 5000.0, 90_000.0) for n in range(18, 40)}
    found = ask(places, began, months, ring_m=500.0, **points)
    assert found.displacement is not None
    assert found.displacement.low > 1
    assert "displacement" in codes(found, grave=True)
    blind = ask(places, began, months)
    assert "displacement_unknown" in codes(blind, grave=False)


def test_what_chance_alone_brings_to_the_worst_is_not_counted_as_success() -> None:
    """The ten worst of small equal places are chosen; nothing is done there."""
    rng = np.random.default_rng(7)
    names = [f"s{n}" for n in range(60)]
    places = tuple(
        AreaFacts(id=one, name=one, name_zh="", kind="town", parent="", present=900.0,
                  households=300.0, vehicles=0.0)
        for one in names
    )  # fmt: skip
    counts = rng.poisson(0.8, (60, len(SPAN)))
    months = {m: _plain(m, names, counts[:, at]) for at, m in enumerate(SPAN)}
    before = counts[:, : SPAN.index(START)].sum(1)
    worst = [names[n] for n in np.argsort(-before, kind="stable")[:10]]
    found = ask(places, dict.fromkeys(worst, START), months)
    warned = codes(found, grave=True) | codes(found, grave=False)
    assert "regression_to_mean" in warned
    assert found.verdict == "unclear"


def _plain(month: Month, names: list[str], counts: np.ndarray) -> MonthTally:
    nothing = np.zeros(len(names), np.int64)
    return MonthTally(
        month=month, version=1, sha256="0" * 64, area=names, kind=["theft"] * len(names),
        initiated_by=["resident"] * len(names), events=counts.astype(np.int64),
        repeats=nothing, deaths=nothing,
    )  # fmt: skip


def test_compounds_are_compared_with_compounds_over_households() -> None:
    rng = np.random.default_rng(3)
    town = AreaFacts(id="town", name="Town", name_zh="镇", kind="town", parent="",
                     present=90_000.0, households=30_000.0, vehicles=0.0)  # fmt: skip
    homes = [f"c{n}" for n in range(40)]
    places = (
        town,
        *(
            AreaFacts(id=one, name=one, name_zh="", kind="compound", parent="town",
                      present=float("nan"), households=400.0 + n * 7 % 40 * 10, vehicles=0.0)
            for n, one in enumerate(homes)
        ),
    )  # fmt: skip
    months: dict[Month, MonthTally] = {}
    for month in SPAN:
        households = 400.0 + np.arange(40) * 7 % 40 * 10
        here = (np.arange(40) < 12) & (month >= START)
        rate = households / 150 * np.where(here, 0.5, 1.0)
        months[month] = replace(
            _plain(month, homes, rng.poisson(rate)), kind=["burglary"] * 40
        )
    found = ask(places, dict.fromkeys(homes[:12], START), months, what="burglary")
    assert found.unit == "compounds"
    assert found.interval is not None
    assert found.interval.low < 0.5 < found.interval.high
    assert "burglary in the 12 compounds were" in found.sentence.en
    assert "12 个小区的入室盗窃记录" in found.sentence.zh
    with pytest.raises(BadInput, match=r"row 3, column area: 'town'.*not both"):
        ask(places, {"c0": START, "town": START}, months)


def test_places_of_unknown_people_are_left_out_and_named() -> None:
    places = areas(36)
    unknown = tuple(
        replace(one, present=float("nan")) if one.id == "t030" else one
        for one in places
    )
    began = dict.fromkeys(TREATED, START)
    months = drawn(places, began, 0.7)
    found = ask(unknown, began, months)
    assert "uncounted_people" in codes(found, grave=False)
    assert found.comparison == 23
    with pytest.raises(BadInput, match=r"row 2, column area: nobody counted.*'t030'"):
        ask(unknown, {"t030": START}, months)


def test_a_place_that_is_not_there_yet_does_not_count_as_without_events() -> None:
    places, began = areas(36), dict.fromkeys(TREATED, START)
    months = drawn(places, began, 0.7)
    born = tuple(
        replace(one, since="2025-06-01") if one.id == "t020" else one for one in places
    )
    empty = {
        m: replace(
            one,
            events=np.where(
                (np.array(one.area) == "t020") & (m < START), 0, one.events
            ),
        )
        for m, one in months.items()
    }
    whole, seen = ask(places, began, months), ask(born, began, empty)
    assert whole.interval is not None
    assert seen.interval is not None
    assert seen.interval.ratio == pytest.approx(whole.interval.ratio, rel=0.03)
    wrong = ask(places, began, empty)
    assert wrong.interval is not None
    assert wrong.interval.ratio < seen.interval.ratio


def test_the_same_question_gets_the_same_answer() -> None:
    places, began = areas(36), dict.fromkeys(TREATED, START)
    months = drawn(places, began, 0.7)
    assert ask(places, began, months) == ask(places, began, months)


def test_tables_are_read_as_people_paste_them() -> None:
    for text in (
        "area,month\na,2025-06\nb,2025-07\n",
        "\ufeffArea\tMonth\r\na\t2025/6\r\nb\t2025年7月\r\n",
        '\nmonth;area\n2025-06;a\n\n"2025.07";b\n',
        "地区，月份\na，2025-06\nb，2025-07",
    ):
        found = read_adopted(text, "table")
        assert [(one.area, str(one.month)) for one in found] == [
            ("a", "2025-06"),
            ("b", "2025-07"),
        ]
