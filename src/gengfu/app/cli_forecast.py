"""`gengfu forecast`: how many calls to expect, and how sure that is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from gengfu.kernel import BadInput

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

if TYPE_CHECKING:
    from gengfu.capabilities.safety_index.rules.expected_values import ExpectedCalls

FORMS = (".json", ".csv")
LEVELS = {
    "area_hours": "hours of an area 上周各区域每小时",
    "city_hours": "hours of the city 上周全市每小时",
    "area_days": "days of an area 上周各区域每天",
    "city_days": "days of the city 上周全市每天",
}
NOT_FOR = (
    "For staffing only: residents' calls, nothing that the police began, no person."
    " 仅用于排班：只计居民报警，不含警方主动发起，不涉及任何个人。"
)


def forecast(
    events: Events,
    areas: Areas,
    at: Annotated[
        str, typer.Option(help="First day; else what follows the record. 首日。")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=28, help="How many. 天数。")] = 7,
    file: Annotated[
        Path | None, typer.Option("--out", help="JSON or CSV to write. 输出文件。")
    ] = None,
    unusual: Annotated[
        list[str] | None,
        typer.Option("--unusual", help="Day not to learn from. 不计入的异常日期。"),
    ] = None,
    engine: EngineName = "duckdb",
    setting: Settings = None,
    config: Config = None,
    mapping: Mapping = None,
    timezone: Timezone = "",
) -> None:
    """Forecast residents' calls by hour and area, to staff. 预测居民报警量，供排班。

    With 80 % intervals, and how well last week's forecast did. Never for enforcement.
    """
    from gengfu.adapters.clock import SystemClock
    from gengfu.adapters.codec import JsonCodec
    from gengfu.adapters.travel_model import write_whole
    from gengfu.capabilities.safety_index.screens.spreadsheet import as_spreadsheet

    from .forecast import COLUMNS, Ahead, forecast_calls, rows_of
    from .index_inputs import EngineChoice

    if file is not None and file.suffix not in FORMS:
        raise BadInput(f"--out ends in .json or .csv, not {file.name!r}")
    order = Ahead(
        events=events,
        areas=areas,
        now=SystemClock()(),
        engine=EngineChoice(name=engine, options=settings_of(setting)),
        first=at,
        days=days,
        unusual=tuple(unusual or ()),
        config=config,
        mapping=mapping,
        timezone=timezone,
    )
    with progress() as shown:
        made = forecast_calls(order, shown)
    if file is not None:
        as_csv = file.suffix == ".csv"
        content = (
            as_spreadsheet(COLUMNS, rows_of(made))
            if as_csv
            else JsonCodec().encode(made) + b"\n"
        )
        write_whole(file, content)
    _print(made)


def _print(made: "ExpectedCalls") -> None:
    from datetime import date, timedelta

    first = date.fromisoformat(made.first_day)
    share = f"{100 * made.interval:.0f} %"
    table = Table(title="Calls expected in the city 全市预计报警量")
    table.add_column("Day 日期")
    for head in (
        "Expected 预计",
        f"Between 区间 ({share})",
        "Most in an hour 单时最多",
    ):
        table.add_column(head, justify="right")
    for ahead, day in enumerate(made.city.days):
        busy = max(made.city.hours[ahead], key=lambda one: one.mean)
        table.add_row(
            f"{first + timedelta(days=ahead):%Y-%m-%d %a}",
            f"{day.mean:.0f}",
            f"{day.low} – {day.high}",
            f"{busy.low} – {busy.high}",
        )
    out.print(table)
    if made.last_week is not None:
        for one in made.last_week.judged:
            hits = round(one.covered * one.counts)
            out.print(
                f"last week, {LEVELS[one.level]}: {hits} of {one.counts}"
                f" within the range 在区间内, deviance 偏差 {one.deviance:.2f}"
                f" (plain means 简单平均 {one.plain_deviance:.2f})",
                markup=False,
                highlight=False,
            )
    err.print(
        f"record 记录 {made.record_from} – {made.record_to}: {made.calls} calls 次,"
        f" {len(made.left_out_days)} days left out 天未计入",
        highlight=False,
    )
    if made.simulated:
        err.print("SIMULATED: calls that nobody made. 模拟数据。", highlight=False)
    err.print(NOT_FOR, highlight=False)
