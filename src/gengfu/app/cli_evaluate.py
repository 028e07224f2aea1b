"""`gengfu evaluate`: did it help, and how sure are we."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from .cli_files import (
    Areas,
    Config,
    EngineName,
    Events,
    Mapping,
    Timezone,
    said_of,
)
from .cli_printing import out, progress

if TYPE_CHECKING:
    from gengfu.capabilities.safety_index.rules.evaluation_values import (
        Evaluation,
        Interval,
    )

NAMED = "--measure names it in both languages"


def evaluate(
    events: Events,
    areas: Areas,
    adopted: Annotated[
        Path, typer.Option(help="CSV: area,month of the measure. 实施地区与月份。")
    ],
    domain: Annotated[
        str, typer.Option(help="Domain, or kind of event. 领域或事件类型。")
    ],
    first: Annotated[str, typer.Option("--from", help="First month. 起始月份。")],
    last: Annotated[str, typer.Option("--to", help="Last month. 截止月份。")],
    report: Annotated[
        Path | None, typer.Option("--out", help="Report to write, JSON. 报告文件。")
    ] = None,
    measure: Annotated[
        str, typer.Option(help="What was done: English|中文. 措施名称。")
    ] = "",
    ring: Annotated[
        float | None,
        typer.Option(min=1, help="Metres to look for displacement. 转移检查距离。"),
    ] = None,
    engine: EngineName = "duckdb",
    config: Config = None,
    mapping: Mapping = None,
    timezone: Timezone = "",
) -> None:
    """Tell whether a measure changed what happened. 评估措施是否有效。

    Compares with places that did not get it. The report holds exact totals: it is
    for staff, not for publication.
    """
    from gengfu.adapters.clock import SystemClock
    from gengfu.capabilities.safety_index.rules.evaluation_values import THE_MEASURE

    from .evaluate import Asked, evaluate_files
    from .index_inputs import EngineChoice

    asked = Asked(
        events=events,
        areas=areas,
        adopted=adopted,
        what=domain,
        first=first,
        last=last,
        now=SystemClock()(),
        engine=EngineChoice(name=engine, options={}),
        out=report,
        config=config,
        mapping=mapping,
        timezone=timezone,
        measure=said_of(measure, NAMED) if measure else THE_MEASURE,
        ring_m=ring,
    )
    with progress() as shown:
        made = evaluate_files(asked, shown)
    _print(made.evaluation)
    if report is not None:
        typer.echo(str(report))


def _print(found: "Evaluation") -> None:
    def say(words: str) -> None:
        out.print(words, markup=False, highlight=False)

    say(found.sentence.en)
    say(found.sentence.zh)
    say("")
    for one in found.warnings:
        mark = "!" if one.grave else "-"
        say(f"{mark} {one.said.en}")
        say(f"  {one.said.zh}")
    say(f"{found.design_said.en}. {found.design_said.zh}。")
    if found.path:
        table = Table("months since 实施后月数", "ratio 比值", "low 下限", "high 上限")
        for point in found.path:
            table.add_row(f"{point.first} … {point.last}", *_row(point.interval))
        out.print(table)


def _row(interval: "Interval | None") -> tuple[str, str, str]:
    if interval is None:
        return "–", "–", "–"
    if interval.untold:
        return "–", "nothing can be told", "无法得出结论"
    low, high = _figure(interval.low), _figure(interval.high)
    return _figure(interval.ratio), low, high


def _figure(number: float | None) -> str:
    return "∞" if number is None else f"{number:.2f}"
