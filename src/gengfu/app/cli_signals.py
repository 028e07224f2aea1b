"""`gengfu signals`: early signals of a day from files alone."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .cli_files import (
    Areas,
    Config,
    EngineName,
    Events,
    Mapping,
    Settings,
    Timezone,
    settings_of,
)
from .cli_printing import err, out, progress

METHODS = {
    "farrington": "Farrington 周",
    "cusum": "CUSUM 周",
    "ears": "EARS 日",
    "ears-c1": "EARS C1",
    "ears-c2": "EARS C2",
    "ears-c3": "EARS C3",
    "scan": "scan 时空扫描",
}


def signals(
    events: Events,
    areas: Areas,
    at: Annotated[str, typer.Option(help="Day, like 2026-10-31. 日期。")],
    file: Annotated[
        Path | None, typer.Option("--out", help="JSON file to write. 输出文件。")
    ] = None,
    engine: EngineName = "duckdb",
    setting: Settings = None,
    config: Config = None,
    mapping: Mapping = None,
    timezone: Timezone = "",
) -> None:
    """Find what stands out on a day, to be checked. 找出当日异常，供核查。

    Says how many of them chance alone makes. The same inputs give the same bytes.
    """
    from gengfu.adapters.clock import SystemClock
    from gengfu.adapters.codec import JsonCodec
    from gengfu.adapters.travel_model import write_whole

    from .index_inputs import EngineChoice
    from .signals import Watch, find_signals

    order = Watch(
        events=events,
        areas=areas,
        at=at,
        now=SystemClock()(),
        engine=EngineChoice(name=engine, options=settings_of(setting)),
        config=config,
        mapping=mapping,
        timezone=timezone,
    )
    with progress() as shown:
        found = find_signals(order, shown)
    if file is not None:
        write_whole(file, JsonCodec().encode(found))
    table = Table(title=f"Signals 信号 {found.at}")
    for head in ("Area 地区", "Kind 类型", "Method 方法", "Days 日期"):
        table.add_column(head)
    table.add_column("Seen 实际", justify="right")
    table.add_column("Expected 预期", justify="right")
    table.add_column("By chance once in days 偶然每几日一次", justify="right")
    for one in found.signals:
        table.add_row(
            one.area,
            one.kind,
            METHODS[one.method],
            f"{one.first_day}\n{one.last_day}",
            str(one.observed),
            f"{one.expected:.1f}",
            f"{'≥ ' if one.at_most else ''}{one.recurrence_days:,.0f}",
        )
    out.print(table)
    for looked in found.tested:
        err.print(
            f"{METHODS[looked.method]}: {looked.series} tested 检验,"
            f" {looked.false_alarms:.1f} by chance alone 属偶然",
            highlight=False,
        )
