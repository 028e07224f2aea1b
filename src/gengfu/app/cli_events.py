"""`gengfu events`: the store of events by month."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from .cli_printing import out

if TYPE_CHECKING:
    from gengfu.adapters.events import EventStore, MonthVersion

events_app = typer.Typer(help="Events by month. 按月事件库。", no_args_is_help=True)

Store = Annotated[
    Path, typer.Option("--events", help="Folder of the store. 事件库目录。")
]


@events_app.command("export")
def export(
    folder: Store,
    city: Annotated[
        Path | None, typer.Option(help="Folder of the city pack. 城市数据包。")
    ] = None,
    db: Annotated[
        str | None, typer.Option(help="The ledger's database. 账本数据库。")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Opened since this day. 起始日期。"),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Simulated ones too. 含模拟警情。")
    ] = False,
) -> None:
    """Bring closed incidents into the store; twice adds nothing. 导出已结警情。"""
    from gengfu.adapters.clock import SystemClock

    from .config import Settings
    from .events_export import export_events

    settings = Settings.given(db=db, city=city)
    made = export_events(
        settings, folder, SystemClock()(), since=since, simulated=simulated
    )
    _say("events", made.events)
    for why, count in sorted(made.left_out.items()):
        _say(f"left out, {why}", count)
    _say_stated(made.stated)


@events_app.command("import")
def import_(
    folder: Store,
    source: Annotated[Path, typer.Option("--from", help="CSV or Parquet. 来源文件。")],
    mapping: Annotated[
        Path | None, typer.Option(help="What its columns mean: TOML. 列映射。")
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(help="City pack, polygons, or a CSV. 地区文件。")
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="The city's clocks, like Asia/Shanghai. 时区。")
    ] = "",
    why: Annotated[
        str, typer.Option(help="Why months are stated anew. 更正原因。")
    ] = "",
    covers: Annotated[
        str,
        typer.Option(help="Months it speaks of: 2023-01..2026-10. 涵盖月份。"),
    ] = "",
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="It is all there is of its months; others go. 含当月全部事件。",
        ),
    ] = False,
) -> None:
    """Import a table, saying all that was wrong with it. 导入事件并出具校验报告。"""
    from gengfu.adapters.clock import SystemClock

    from .events_import import import_file

    report, stated = import_file(
        folder,
        source,
        SystemClock()(),
        mapping=mapping,
        areas=areas,
        timezone=timezone,
        why=why,
        covers=covers,
        complete=complete,
    )
    for english, chinese in zip(report.lines("en"), report.lines("zh"), strict=True):
        out.print(english, markup=False, highlight=False)
        out.print(f"  {chinese}", markup=False, highlight=False)
    _say_stated(stated)


@events_app.command("report")
def report(
    folder: Annotated[Path, typer.Argument(metavar="STORE", help="事件库目录。")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare all digests. 核对摘要。")
    ] = False,
) -> None:
    """Say which months a store states, how often, and how good. 报告事件库。"""
    from .inputs import open_store

    store = open_store(folder)
    table = Table("month", "version", "rows", "stated", "quality", "why")
    for one in store.versions():
        quality = _counts(one.quality)
        when = one.imported_at[:16]
        table.add_row(
            one.month, str(one.version), str(one.rows), when, quality, one.why
        )
    out.print(table)
    for one in store.versions():
        if taken := _taken(one):
            line = f"{one.month} version {one.version}: {taken}"
            out.print(line, markup=False, highlight=False)
    for gap in store.gaps():
        out.print(f"never stated 未载入: {gap}", markup=False, highlight=False)
    if made_up := sum(one.quality.get("simulated", 0) for one in store.current()):
        out.print(
            f"SIMULATED: {made_up} events never happened. 模拟数据：{made_up} 件。",
            markup=False,
            highlight=False,
        )
    _say_imports(store)
    if verify:
        store.verify()
        out.print("every file is what was written 文件与摘要一致")


def _say_imports(store: "EventStore") -> None:
    from gengfu.adapters.events import RULES

    for one in store.imports():
        out.print(
            f"{one.at[:16]} {one.source}: {one.rows_read} rows read, {one.rows_kept}"
            f" kept 读入 {one.rows_read} 行，保留 {one.rows_kept} 行",
            markup=False,
            highlight=False,
        )
        for code, count in one.troubles.items():
            rule = RULES.get(code)
            words = code if rule is None else f"{rule.en}  {rule.zh}"
            out.print(f"  {count}: {words}", markup=False, highlight=False)


def _say_stated(stated: "tuple[MonthVersion, ...]") -> None:
    for one in stated:
        line = f"{one.month} version {one.version}: {one.rows} events"
        quality = f" ({words})" if (words := _counts(one.quality)) else ""
        out.print(line + quality, markup=False, highlight=False)
        if taken := _taken(one):
            out.print(f"  {taken}", markup=False, highlight=False)
    if not stated:
        out.print("nothing is stated anew 无更新")


def _taken(one: "MonthVersion") -> str:
    """Say what a version no longer has; nothing where it has all."""
    if not one.taken_out:
        return ""
    more = "…" if one.taken_out > len(one.taken_first) else ""
    ids = ", ".join(one.taken_first) + more
    return f"taken out {one.taken_out} 已移除 {one.taken_out} 件: {ids}"


def _counts(quality: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in quality.items())


def _say(what: str, count: int) -> None:
    out.print(f"{what}: {count}", markup=False, highlight=False)
