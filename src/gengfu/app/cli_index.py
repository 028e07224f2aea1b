"""`gengfu index`: the safety index from files alone."""

from pathlib import Path
from typing import Annotated

import typer

from gengfu.kernel import BadInput, Said

from .cli_printing import out, progress

index_app = typer.Typer(help="The safety index. 平安指数。", no_args_is_help=True)


@index_app.command("build")
def build(
    events: Annotated[
        Path, typer.Option(help="Store of events, or a CSV or Parquet. 事件数据。")
    ],
    areas: Annotated[
        Path, typer.Option(help="City pack, polygons, or a CSV. 地区文件。")
    ],
    period: Annotated[str, typer.Option(help="Month, like 2026-10. 月份。")],
    folder: Annotated[
        Path, typer.Option("--out", help="Folder of publications. 发布目录。")
    ],
    engine: Annotated[str, typer.Option(help="duckdb or spark. 引擎。")] = "duckdb",
    setting: Annotated[
        list[str] | None,
        typer.Option(help="Setting of the engine, name=value. 引擎设置。"),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="index.toml of the city. 指数配置。")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="What columns of events mean. 列映射。")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Build all months since. 起始月份。")
    ] = None,
    correct: Annotated[
        str | None,
        typer.Option(help="Why another issue: English|中文. 更正原因。"),
    ] = None,
    city: Annotated[str, typer.Option(help="The city's name. 城市名。")] = "",
    city_zh: Annotated[str, typer.Option(help="In Chinese. 中文名。")] = "",
    timezone: Annotated[
        str, typer.Option(help="The city's clocks, like Asia/Shanghai. 时区。")
    ] = "",
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
        engine=EngineChoice(name=engine, options=settings_of(setting or [])),
        config=config,
        mapping=mapping,
        since=since,
        why=None if correct is None else _both(correct),
        city=city,
        city_zh=city_zh,
        timezone=timezone,
        simulated=simulated,
    )
    with progress() as shown:
        built = build_index(order, shown)
    for one in built:
        for line in one.lines:
            out.print(line, markup=False, highlight=False)
        state = "" if one.fresh else "  (unchanged 未变)"
        typer.echo(f"{one.folder}{state}")


def settings_of(given: list[str]) -> dict[str, str]:
    """Read settings of an engine, each written name=value; raises BadInput."""
    found: dict[str, str] = {}
    for one in given:
        name, is_there, value = one.partition("=")
        if not is_there or not name:
            raise BadInput(f"--setting is name=value, not {one!r}")
        found[name] = value
    return found


def _both(words: str) -> Said:
    en, is_there, zh = words.partition("|")
    if not is_there or not en.strip() or not zh.strip():
        raise BadInput("--correct says why in both languages: English|中文")
    return Said(en.strip(), zh.strip())
