"""A finding in words: one sentence a mayor can read, and what speaks against it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gengfu.kernel import Said
from gengfu.science.evaluation import Estimate, Finding

type Facts = Mapping[str, bool | int | float | str]

COMPOUNDS, AREAS = "compounds", "areas"
_MUCH = 1000
"""Changes beyond so many per cent are not told more exactly."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a sentence speaks of; `places` of a `unit` got the measure."""

    measure: Said
    what: Said
    unit: str
    places: int
    comparison: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a finding, with its figures; grave ones change it."""

    code: str
    grave: bool
    facts: Facts


@dataclass(frozen=True, slots=True)
class Words:
    """A warning: what is so, short enough for the sentence, and what follows."""

    so: Said
    then: Said


DESIGNS: Mapping[str, Said] = {
    "did": Said(
        "Difference in differences: how places with the measure changed, against how"
        " places without it changed in the same months",
        "双重差分：比较有措施与无措施的地区在相同月份的变化",
    ),
    "group_time": Said(
        "Staggered adoption: every place is compared only with places that did not have"
        " the measure in that month (group-time estimator)",
        "分批实施：每个地区只与当月尚无该措施的地区比较（分组—时间估计）",
    ),
    "interrupted_series": Said(
        "Interrupted series: the same places before and after, with trend and season;"
        " nobody to compare with",
        "间断时间序列：只比较同一批地区实施前后（含趋势与季节），没有对照",
    ),
}


def sentence(finding: Finding, doubts: Sequence[Doubt], about: Subject) -> Said:
    """Say what was found in one sentence; grave doubts stand before it."""
    said = _plain(finding, finding.adjusted or finding.effect, about)
    grave = [words_of(one).so for one in doubts if one.grave]
    if not grave:
        return said
    return Said(
        f"Caution first: {'; '.join(one.en for one in grave)}. {said.en}",
        f"请先注意：{'；'.join(one.zh for one in grave)}。{said.zh}",
    )


def _plain(finding: Finding, found: Estimate, about: Subject) -> Said:
    where, what = _where(about), about.what
    measure, others = about.measure, _others(finding, about)
    cases = f"recorded cases of {_lower(what.en)} in {where.en}"
    if found.verdict == "not_estimable":
        return Said(
            f"After {measure.en}, nothing can be said of {cases}: too little was"
            " recorded to compare.",
            f"{measure.zh}后，{where.zh}的{what.zh}记录太少，无法比较，不能得出任何结论。",
        )
    low, high, middle = change(found.low), change(found.high), change(found.ratio)
    if found.verdict == "unclear":
        return Said(
            f"After {measure.en}, no effect on {cases} can be told from chance:"
            f" against what was expected {others.en} the change may be anything from"
            f" {low.en} to {high.en}.",
            f"{measure.zh}后，{where.zh}的{what.zh}记录与{others.zh}相比，变化与偶然波动"
            f"无法区分（可能{low.zh}，也可能{high.zh}）。",
        )
    return Said(
        f"After {measure.en}, {cases} were {middle.en} than expected {others.en}"
        f" ({interval(found).en}).",
        f"{measure.zh}后，{where.zh}的{what.zh}记录比{others.zh}的预期{middle.zh}"
        f"（{interval(found).zh}）。",
    )


def interval(found: Estimate) -> Said:
    """Say an interval; the smaller change first where both limits lie on one side."""
    near, far = found.low, found.high
    if far <= 1:
        near, far = far, near
    one, other = change(near), change(far)
    if (near - 1) * (far - 1) > 0:
        direction = "lower" if far < 1 else "higher"
        en = one.en.removesuffix(f" {direction}")
        return Said(f"from {en} to {other.en}", f"{one.zh} 至{other.zh[1:]}")
    return Said(f"from {one.en} to {other.en}", f"{one.zh} 至{other.zh}")


def change(ratio: float) -> Said:
    """Say a ratio as a change: .82 is 18 % lower."""
    if ratio == 1:
        return Said("unchanged", "持平")
    percent = 100 * abs(ratio - 1) if math.isfinite(ratio) else math.inf
    if percent > _MUCH:
        en, zh = f"more than {_MUCH} %", f"{_MUCH}% 以上"
    elif percent < 1:
        en, zh = "less than 1 %", "不足 1%"
    else:
        # Limits short of a whole loss never round up to one.
        whole = min(round(percent), 99) if 0 < ratio < 1 else round(percent)
        en, zh = f"{whole} %", f" {whole}%"
    if ratio < 1:
        return Said(f"{en} lower", f"低{zh}")
    return Said(f"{en} higher", f"高{zh}")


def _where(about: Subject) -> Said:
    unit = {COMPOUNDS: ("compound", "小区"), AREAS: ("area", "地区")}[about.unit]
    if about.places == 1:
        return Said(f"the one {unit[0]}", f"该 1 个{unit[1]}")
    return Said(f"the {about.places} {unit[0]}s", f"{about.places} 个{unit[1]}")


def _others(finding: Finding, about: Subject) -> Said:
    """Say what was compared with."""
    zh = "小区" if about.unit == COMPOUNDS else "地区"
    number = about.comparison
    if finding.design == "interrupted_series":
        return Said("from the months before in the same places", "同一批地方此前走势")
    if finding.facts.get("matched"):
        return Said(f"from {number} similar ones", f" {number} 个相似{zh}")
    if finding.design == "group_time":
        return Said("from those that did not have it yet", f"当时尚未实施的{zh}")
    return Said(f"from the {number} without it", f" {number} 个未实施的{zh}")


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def words_of(doubt: Doubt) -> Words:
    """Put a doubt into words; KeyError for a code that nobody has words for."""
    return _WARNINGS[doubt.code](doubt.facts)


def _number(facts: Facts, name: str) -> float:
    return float(facts.get(name, math.nan))


def _few(facts: Facts, so: Said, then: Said) -> Words:
    n = round(_number(facts, "clusters"))
    places = "1 place" if n == 1 else f"{n} places"
    return Words(so.fill(places=places, n=n), then)


def _drift(facts: Facts) -> Words:
    ratio = _number(facts, "per_year")
    told = change(ratio) if math.isfinite(ratio) else Said("different", "不同")
    return Words(
        Said(
            f"the places were on another path before it began (each year {told.en})",
            f"实施之前这些地方的走势就已不同（每年{told.zh}）",
        ),
        Said(
            "What came after may only be that path going on.",
            "其后的变化可能只是原有走势的延续。",
        ),
    )


def _worst(facts: Facts) -> Words:
    fall = change(_number(facts, "ratio"))
    so = Said(
        "the places were chosen when they were at their worst, and chance alone would"
        f" have made them {fall.en}",
        f"这些地方是在最差时被选中的，仅凭偶然也会变{fall.zh}",
    )
    if facts.get("matched"):
        return Words(
            so,
            Said(
                "They are compared with places that were as bad, which takes this out.",
                "已与同样差的地方比较，消除了这一影响。",
            ),
        )
    return Words(
        so,
        Said(
            "Nobody as bad is left to compare with; the figure given is less that part"
            " where it could be worked out.",
            "没有同样差的地方可比；所给数字在能计算时已扣除这一部分。",
        ),
    )


def _moved(facts: Facts) -> Words:
    ratio, n = change(_number(facts, "ratio")), round(_number(facts, "places"))
    return Words(
        Said(
            f"next door, in places nearby ({n}), it was {ratio.en} than expected",
            f"附近 {n} 个地方比预期{ratio.zh}",
        ),
        Said(
            "Part of what fell here may only have moved there.",
            "这里减少的可能只是转移到了那里。",
        ),
    )


def _fixed(so: Said, then: Said) -> Callable[[Facts], Words]:
    return lambda _facts: Words(so, then)


def _counted(name: str, so: Said, then: Said) -> Callable[[Facts], Words]:
    return lambda facts: Words(so.fill(n=f"{_number(facts, name):.0f}"), then)


def _recording(facts: Facts) -> Words:
    before, after = (100 * _number(facts, name) for name in ("before", "after"))
    return Words(
        Said(
            "how events are recorded there changed at the same time (repeats and those"
            f" begun by police: {before:.0f} % before, {after:.0f} % after)",
            f"同期当地的记录方式发生变化（重复及警方主动登记：之前 {before:.0f}%，"
            f"之后 {after:.0f}%）",
        ),
        Said(
            "A change in what is written down looks like a change in what happens.",
            "记录方式的变化看起来会像案件的变化。",
        ),
    )


_MORE_NEEDED = Said(
    "With so few, chance reaches further than any interval can say.",
    "数量太少，偶然性可能超出区间所示。",
)
_WAIT = Said("Look again when more months are known.", "待更多月份数据后再评估。")

_WARNINGS: Mapping[str, Callable[[Facts], Words]] = {
    "no_comparison": _fixed(
        Said("there is no place left to compare with", "没有可供比较的地方"),
        Said(
            "Anything else that changed in the city at that time counts as its effect.",
            "同期全市的任何其他变化都会被算作它的效果。",
        ),
    ),
    "few_treated": lambda facts: _few(
        facts, Said("only {places} got it", "只有 {n} 个地方实施"), _MORE_NEEDED
    ),
    "few_clusters": lambda facts: _few(
        facts,
        Said("only {places} to compare with", "只有 {n} 个可比的地方"),
        _MORE_NEEDED,
    ),
    "few_events": _counted(
        "expected",
        Said("hardly any cases were to be expected ({n})", "预期只有 {n} 件"),
        Said("So few cases can hardly show any effect.", "案件太少，难以显示效果。"),
    ),
    "too_short_before": _counted(
        "months",
        Said("months known before it: only {n}", "实施前只有 {n} 个月的数据"),
        Said("Season and trend cannot be told apart.", "无法区分季节与趋势。"),
    ),
    "too_short_after": _counted(
        "months",
        Said("months known after it: only {n}", "实施后只有 {n} 个月的数据"),
        _WAIT,
    ),
    "pretrend": _drift,
    "regression_to_mean": _worst,
    "displacement": _moved,
    "displacement_unknown": _fixed(
        Said("nobody looked whether it moved next door", "没有检查是否转移到附近"),
        Said(
            "Shapes of the areas and a distance are needed to look.",
            "需要地区边界与距离才能检查。",
        ),
    ),
    "staggered": _counted(
        "months",
        Said("it began in {n} different months", "分 {n} 个不同月份实施"),
        Said(
            "Places are compared only with those that did not have it yet.",
            "只与当时尚未实施的地方比较。",
        ),
    ),
    "separated": _fixed(
        Said("one side recorded nothing at all", "其中一方没有任何记录"),
        Said("Only one limit of the interval is known.", "区间只有一端可知。"),
    ),
    "dropped": _counted(
        "places",
        Said("places that could not be compared: {n}", "{n} 个地方无法比较"),
        Said(
            "They recorded nothing, or had the measure from the first month.",
            "它们没有记录，或从第一个月起就已实施。",
        ),
    ),
    "autocorrelated": _fixed(
        Said("months are not independent of each other", "各月之间并不独立"),
        Said("The interval may be too short.", "区间可能偏窄。"),
    ),
    "recording": _recording,
    "later_places": _counted(
        "places",
        Said("places that got it only later: {n}", "{n} 个地方在此之后才实施"),
        Said(
            "Until then they are places without it.", "在此之前按未实施处理。"
        ),
    ),
    "uncounted_people": _counted(
        "places",
        Said(
            "places left out, as nobody counted who lives there: {n}",
            "{n} 个地方没有人口数据，未纳入比较",
        ),
        Said("Their rates cannot be known.", "无法计算其发生率。"),
    ),
    "recorded_only": _fixed(
        Said("only what was reported is counted", "只统计有报案记录的"),
        Said(
            "Whether people report more or less since is not known; ask the auditor for"
            " the share of calls that became records.",
            "报案意愿是否改变无从得知；请向审核员索取接警立案比例。",
        ),
    ),
}  # fmt: skip
