"""Says in English and Chinese what counted for and against a candidate."""

from collections.abc import Sequence
from math import isinf

from gengfu.kernel import Said

from .plans import Need
from .recommend import Coming, Free
from .scoring import Scored, hours_on_duty
from .words import Reason, reason

_SMALLEST_COVER = 0.0005

_ARRIVAL = Said(
    "Arrives in {seconds} s ({low_s}-{high_s} s)",
    "{seconds}秒到达（{low_s}至{high_s}秒）",
)
_UNFITTED = Said(
    "Arrives in {seconds} s on free roads (no interval fitted)",
    "道路畅通时{seconds}秒到达（尚无校准区间）",
)
_LATE = Said("Later than the {asked} asked for", "超过预案要求的 {asked}")
_AT_POST = Reason(
    "at-post",
    Said("No fresh position: taken to be at its post", "无最新位置，按驻点计"),
)
_NEARLY = Said("Nearly free: ready in {ready_s} s", "即将空闲：{ready_s}秒后可出动")
_PREEMPT = Said(
    "On its way to {incident} (priority {priority})",
    "正前往{incident}（{priority}级）",
)
_SOONER = Said("{gain_s} s sooner than a free unit", "比空闲力量早到{gain_s}秒")
_NOT_BY_RULE = Reason(
    "not-by-rule",
    Said(
        "Not offered by rule: too little gain, or too urgent elsewhere",
        "按规则不予推荐：提前不足或原任务更紧急",
    ),
)
_STALE = Said("Position is {age_s} s old", "位置已是{age_s}秒前")
_COVER_LOST = Said(
    "Leaves {percent} % of demand with no {kind} within reach",
    "离开后{percent}%的需求在时限内无{kind}覆盖",
)
_FIRST_DUE = Said(
    "First due here: may be {seconds} s later",
    "属其首到责任区：可晚到{seconds}秒",
)
_LONG_DUTY = Said("Crew on duty for {hours} h", "机组已连续当班{hours}小时")


def _on_a_clock(seconds: float) -> str:
    """Say a span as minutes and seconds, as clocks at the desk do."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def reasons_for(
    scored: Scored,
    slot: int | None,
    needs: Sequence[Need],
    gain_s: float | None,
    *,
    by_rule: bool,
) -> tuple[Reason, ...]:
    """Say in words what counted for and against a unit, arrival first."""
    coming, unit = scored.coming, scored.coming.unit
    found = [_arrival(coming)]
    asked = None if slot is None else needs[slot].within_s
    if asked is not None and coming.seconds > asked:
        found.append(reason("late", _LATE, asked=_on_a_clock(asked)))
    found += _state_reasons(coming, None if gain_s is None else round(gain_s))
    if not by_rule:
        found.append(_NOT_BY_RULE)
    if scored.position_s and unit.source == "position":
        found.append(reason("stale-position", _STALE, age_s=round(unit.age_s or 0)))
    if scored.cover_lost >= _SMALLEST_COVER:
        percent = round(100 * scored.cover_lost, 1)
        found.append(reason("cover-lost", _COVER_LOST, percent=percent, kind=unit.kind))
    if scored.first_due_s:
        seconds = round(scored.first_due_s)
        found.append(reason("first-due", _FIRST_DUE, seconds=seconds))
    if scored.duty_s:
        hours = round(hours_on_duty(coming), 1)
        found.append(reason("long-duty", _LONG_DUTY, hours=hours))
    return tuple(found)


def _arrival(coming: Coming) -> Reason:
    """Say when it arrives; without fitted travel times there is no interval."""
    if isinf(coming.high_s):
        return reason("arrival-unfitted", _UNFITTED, seconds=round(coming.seconds))
    return reason(
        "arrival",
        _ARRIVAL,
        seconds=round(coming.seconds),
        low_s=round(coming.low_s),
        high_s=round(coming.high_s),
    )


def _state_reasons(coming: Coming, gain_s: int | None) -> list[Reason]:
    unit = coming.unit
    found: list[Reason] = []
    if unit.source == "post":
        found.append(_AT_POST)
    if unit.free is Free.NEARLY:
        found.append(reason("nearly-free", _NEARLY, ready_s=round(unit.ready_in_s)))
    if unit.free is Free.PREEMPTIBLE:
        found.append(
            reason(
                "preempt",
                _PREEMPT,
                incident=unit.bound_for or "?",
                priority=unit.bound_priority or 0,
            )
        )
    if unit.free is not Free.FREE and gain_s is not None and gain_s > 0:
        found.append(reason("sooner", _SOONER, gain_s=gain_s))
    return found
