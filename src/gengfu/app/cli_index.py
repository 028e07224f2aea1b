"""`gengfu index`: the safety index from files alone."""

from pathlib import Path
from typing import Annotated

import typer

from .cli_files import (
    Areas,
    Config,
    EngineName,
    Events,
    Mapping,
    Settings,
    Timezone,
    said_of,
    settings_of,
)
from .cli_printing import out, progress

UNCHANGED = "  (unchanged 未变)"
WHY = "--correct says why in both languages"

index_app = typer.Typer(help="The safety index. 平安指数。", no_args_is_help=True)


@index_app.command("build")
def build(
    events: Events,
    areas: Areas,
    period: Annotated[str, typer.Option(help="Month, like 2026-10. 月份。")],
    folder: Annotated[
        Path, typer.Option("--out", help="Folder of publications. 发布目录。")
    ],
    engine: EngineName = "duckdb",
    setting: Settings = None,
    config: Config = None,
    mapping: Mapping = None,
    since: Annotated[
        str | None, typer.Option(help="Build all months since. 起始月份。")
    ] = None,
    correct: Annotated[
        str | None,
        typer.Option(help="Why another issue: English|中文. 更正原因。"),
    ] = None,
    city: Annotated[str, typer.Option(help="The city's name. 城市名。")] = "",
    city_zh: Annotated[str, typer.Option(help="In Chinese. 中文名。")] = "",
    timezone: Timezone = "",
    signals: Annotated[
        list[Path] | None,
        typer.Option(help="How many signals were real: JSON. 信号核查结果。"),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Events are made up. 模拟数据。")
    ] = False,
) -> None:
    """Build a month's publication from files alone. 由文件生成月度发布。

    Not published by this: the same inputs give the same bytes, and what is there
    already is compared and kept.
    """
    from gengfu.adapters.clock import SystemClock

    from .index_build import Order, build_index
    from .index_inputs import EngineChoice

    order = Order(
        events=events,
        areas=areas,
        period=period,
        out=folder,
        now=SystemClock()(),
        engine=EngineChoice(name=engine, options=settings_of(setting)),
        config=config,
        mapping=mapping,
        since=since,
        why=None if correct is None else said_of(correct, WHY),
        city=city,
        city_zh=city_zh,
        timezone=timezone,
        simulated=simulated,
        signals=tuple(signals or ()),
    )
    with progress() as shown:
        built = build_index(order, shown)
    for one in built:
        for line in one.lines:
            out.print(line, markup=False, highlight=False)
        state = "" if one.fresh else UNCHANGED
        if correct is not None and not one.fresh:
            issue = one.publication.issue
            state = f"  (nothing differs from issue {issue}: no new issue"
            state += f" 与第 {issue} 版相同，不另发新版)"
        typer.echo(f"{one.folder}{state}")
