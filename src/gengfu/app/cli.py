"""`gengfu`: serve a city, build one, and check what the ledger says.

Imports stand inside the commands: `gengfu --help` answers at once, and serving loads
only what serving needs.
"""

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.table import Table

from gengfu.kernel import BadInput, GengfuError

from .cli_evaluate import evaluate
from .cli_events import events_app
from .cli_forecast import forecast
from .cli_index import index_app
from .cli_printing import err, out, progress
from .cli_signals import signals

if TYPE_CHECKING:
    from gengfu.capabilities.control_room.live.rehearsal import RehearsalView

    from .config import Settings
    from .server import Built

app = typer.Typer(
    name="gengfu",
    help="Gengfu (更夫): the operations system of a city's public safety service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
city_app = typer.Typer(help="City packs. 城市数据包。", no_args_is_help=True)
ledger_app = typer.Typer(
    help="The ledger's evidence. 账本与证据。", no_args_is_help=True
)
db_app = typer.Typer(help="The database. 数据库。", no_args_is_help=True)
twin_app = typer.Typer(
    help="The twin: days through the real desk. 数字孪生。", no_args_is_help=True
)
app.add_typer(city_app, name="city")
app.add_typer(ledger_app, name="ledger")
app.add_typer(db_app, name="db")
retention_app = typer.Typer(
    help="How long words are kept. 内容保存期限。", no_args_is_help=True
)
cards_app = typer.Typer(help="Run cards. 出动预案。", no_args_is_help=True)
app.add_typer(cards_app, name="cards")
app.add_typer(twin_app, name="twin")
app.add_typer(events_app, name="events")
app.add_typer(index_app, name="index")
app.command()(signals)
app.add_typer(retention_app, name="retention")
app.command("evaluate")(evaluate)
app.command()(forecast)

CHANGES_PRINTED = 40
_NUMBER_OR_CLASS = re.compile(r"^(\[[^]]*\]|\([^)]*\)) ")
"""What systems and drivers put before their words: ``[Errno 98]``."""
CALIBRATION_FIGURES = (
    "arrivals_scored",
    "median_absolute_error_s",
    "bias_s",
    "spearman",
    "interval_coverage",
    "first_unit_agreement",
)
DEMO_WORDS = (
    "Calls, crews and agencies there are simulated.",
    "Sign in as dispatcher (no password) and press N for a call. Ctrl-C ends the day.",
    "How safe areas are: /portal, open to all. Its makers: sign in as statistician.",
    "警情、警力与联动单位均为模拟。",
    "以调度员身份登录（无需密码），按 N 接警。按 Ctrl-C 结束。",
    "各区域平安指数公众页面：/portal；编制页面请以统计员身份登录。",
)

CityFolder = Annotated[
    Path | None, typer.Option("--city", help="Folder of the city pack. 城市数据包。")
]
Database = Annotated[
    str | None,
    typer.Option("--db", help="sqlite:////path/city.db or postgresql://… 数据库地址。"),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on. 监听地址。")]
Port = Annotated[int | None, typer.Option(help="Port to listen on. 端口。")]


@app.command()
def serve(
    city: CityFolder = None,
    db: Database = None,
    host: Host = None,
    port: Port = None,
    workers: Annotated[int | None, typer.Option(help="Processes. 进程数。")] = None,
    roster: Annotated[
        bool | None,
        typer.Option("--roster", help="Crews relieve each other. 按班次自动换班。"),
    ] = None,
    events: Annotated[
        Path | None, typer.Option("--events", help="Store of events. 事件数据目录。")
    ] = None,
) -> None:
    """Serve a city until stopped. 启动服务。"""
    import gc
    import logging

    gc.disable()  # what is made until the server is ready stays: see Platform.start

    from .config import Settings
    from .serving import serve as serve_city

    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    settings = Settings.given(
        city=city,
        db=db,
        host=host,
        port=port,
        workers=workers,
        roster=roster,
        events=events,
    )

    def told(url: str, built: "Built") -> None:
        def ready() -> None:
            out.print(f"Gengfu is ready on {url} 服务已就绪。", highlight=False)

        out.print(f"Gengfu gets ready on {url} 正在启动。", highlight=False)
        built.platform.on_ready.append(ready)

    serve_city(settings, told)


@app.command()
def demo(
    city: CityFolder = None,
    speed: Annotated[float, typer.Option(help="Times real time. 倍速。")] = 1.0,
    host: Host = None,
    port: Port = None,
) -> None:
    """Open the demo city with simulated calls. 打开演示城市(模拟警情)。"""
    from .demo import demo as open_demo

    def told(url: str, check: str) -> None:
        out.print(f"Gengfu listens on {url}", highlight=False)
        for line in DEMO_WORDS:
            out.print(line, highlight=False)
        out.print(f"Check its ledger with: {check}", highlight=False)

    open_demo(city=city, speed=speed, host=host, port=port, told=told)


@app.command()
def version() -> None:
    """Print the version. 显示版本。"""
    from .release import release

    typer.echo(release())


@city_app.command("build")
def city_build(
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make.")],
    roads: Annotated[Path, typer.Option(help="OSM PBF, or lines. 道路。")],
    areas: Annotated[Path, typer.Option(help="Polygons, or CSV of centres. 区域。")],
    posts: Annotated[Path | None, typer.Option(help="Posts. 岗点。")] = None,
    units: Annotated[Path | None, typer.Option(help="Units. 单位。")] = None,
    agencies: Annotated[Path | None, typer.Option(help="Agencies. 机构。")] = None,
    places: Annotated[Path | None, typer.Option(help="Places. 地名。")] = None,
    population: Annotated[Path | None, typer.Option(help="People by point.")] = None,
    devices: Annotated[Path | None, typer.Option(help="Devices. 设备。")] = None,
    sea: Annotated[Path | None, typer.Option(help="Navigable water. 水域。")] = None,
    first_due: Annotated[
        Path | None, typer.Option(help="Areas of first response. 首援责任区。")
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(help="Who made the data, under which licence: TOML. 来源与许可。"),
    ] = None,
    extra: Annotated[
        list[Path] | None,
        typer.Option(help="One more file for the pack, as rules. 附加文件。"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The city's name. 城市名。")] = None,
    name_zh: Annotated[str, typer.Option(help="… in Chinese. 中文名。")] = "",
    timezone: Annotated[str, typer.Option(help="IANA name. 时区。")] = "UTC",
    roads_layer: Annotated[str | None, typer.Option(help="Layer of roads.")] = None,
    areas_layer: Annotated[str | None, typer.Option(help="Layer of areas.")] = None,
    keep_unreachable: Annotated[
        bool, typer.Option("--keep-unreachable", help="Keep posts off the network.")
    ] = False,
    basemap: Annotated[bool, typer.Option(help="Draw the base map. 底图。")] = True,
) -> None:
    """Build a city pack from open data. 由开放数据制作城市数据包。"""
    from gengfu.adapters.city import STAGES, build
    from gengfu.adapters.city.sources import read_sources

    stated = None if sources is None else read_sources(sources)
    with progress() as shown:
        report = build(
            out_folder,
            roads=roads,
            areas=areas,
            posts=posts,
            units=units,
            agencies=agencies,
            places=places,
            devices=devices,
            population=population,
            sea=sea,
            first_due=first_due,
            sources=stated,
            extra={file.name: file for file in extra or ()},
            name=name,
            name_zh=name_zh,
            timezone=timezone,
            roads_layer=roads_layer,
            areas_layer=areas_layer,
            keep_unreachable=keep_unreachable,
            basemap=basemap,
            progress=lambda stage, share: shown(STAGES[stage][0], share),
        )
    for finding in report.findings:
        err.print(f"{finding.severity}: {finding.line()}", markup=False)
    for what, count in report.counts.items():
        out.print(f"{what.replace('_', ' ')}: {count}", markup=False, highlight=False)


@city_app.command("check")
def city_check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The city pack.")],
) -> None:
    """Check a city pack; fails if anything is wrong. 检查城市数据包。"""
    from .pack_check import check_pack

    report = check_pack(folder)
    for finding in report.findings:
        err.print(f"{finding.severity}: {finding.line()}", markup=False)
    for what, count in report.counts.items():
        out.print(f"{what.replace('_', ' ')}: {count}", markup=False, highlight=False)
    if not report.ok:
        raise typer.Exit(1)
    out.print("This pack is fit for service.")


@ledger_app.command("verify")
def ledger_verify(db: Database = None, city: CityFolder = None) -> None:
    """Check that the ledger is intact and complete. 核验账本完整无缺。"""
    from .auditing import verify

    with progress() as shown:
        found = verify(
            _settings(db, city), lambda n, of: shown("Entries", n / (of or 1))
        )
    out.print(f"entries: {found.size}", highlight=False)
    out.print(f"root: {found.root.hex()}", highlight=False)
    out.print(f"erased: {found.erased}", highlight=False)
    for name, verdict in (("intact", found.intact), ("complete", found.complete)):
        out.print(f"{name}: {'yes' if verdict.holds else 'NO'}", highlight=False)
        for finding in verdict.findings[:50]:
            err.print(f"  {finding}", markup=False)
    if not (found.intact.holds and found.complete.holds):
        raise typer.Exit(1)


@ledger_app.command("prove")
def ledger_prove(
    seq: Annotated[int, typer.Argument(help="The entry's place, from 0.")],
    db: Database = None,
    city: CityFolder = None,
) -> None:
    """Print the proof that an entry is on the ledger, as JSON. 出具存在证明。"""
    from .auditing import prove

    typer.echo(prove(_settings(db, city), seq))


@retention_app.command("report")
def retention_report(
    db: Database = None,
    city: CityFolder = None,
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days ahead and back. 天数。")
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what is due, held and erased. 报告到期、暂缓与已删除的内容。"""
    from .retention import report

    found = report(_settings(db, city), days)
    if as_json:
        typer.echo(found.json())
        return
    for name, count in (
        ("kept", found.kept),
        (f"erased within {days} days", len(found.due)),
        ("held", len(found.held)),
        (f"erased in the last {days} days", len(found.erased)),
        ("over, without a clock", found.without_clock),
    ):
        out.print(f"{name}: {count}", highlight=False)
    for one in found.held:
        if one.hold is not None:
            overdue = " OVERDUE" if one.hold.overdue else ""
            out.print(
                f"  held {one.case} until {one.hold.review_by:%Y-%m-%d}{overdue}:"
                f" {one.hold.reason}",
                markup=False,
                highlight=False,
            )
    for one in found.due:
        if one.until is not None:
            line = f"  due {one.until:%Y-%m-%d} {one.case} ({one.rule})"
            out.print(line, markup=False, highlight=False)
    if found.without_clock:
        err.print("Run `gengfu retention apply` to start the missing clocks.")


@retention_app.command("apply")
def retention_apply(city: CityFolder = None, db: Database = None) -> None:
    """Put the city's present rules on what is kept. 按现行规则重设删除日期。"""
    from .retention import apply_rules

    with progress() as shown:
        started, changed = apply_rules(_settings(db, city), shown)
    out.print(f"clocks started: {started}", highlight=False)
    out.print(f"clocks changed: {changed}", highlight=False)


@cards_app.command("rehearse")
def cards_rehearse(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="New run_cards.toml. 新预案文件。")
    ],
    city: CityFolder = None,
    db: Database = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day to try. 起始日期。"),
    ] = None,
) -> None:
    """Try run cards on the recorded past, so that they may serve. 预案演练。"""
    from .rehearsing import record, rehearse

    settings = _settings(db, city)
    try:
        tried = rehearse(settings, file, since)
    except BadInput as error:
        err.print(f"gengfu: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(2) from None
    _print_rehearsal(tried.found)
    record(settings, tried)
    out.print("Recorded: the next start of the server takes these cards into service.")


def _print_rehearsal(found: "RehearsalView") -> None:
    """Print what would have been sent instead, and to what."""
    out.print(
        f"run cards {found.version}: {found.changed} of {found.incidents} recorded"
        " incidents would get another response",
        markup=False,
        highlight=False,
    )
    if found.changes:
        table = Table("incident", "type", "card now", "card then")
        for one in found.changes[:CHANGES_PRINTED]:
            table.add_row(one.incident, one.type, one.was, one.becomes)
        out.print(table)
        if found.changed > CHANGES_PRINTED:
            out.print(f"and {found.changed - CHANGES_PRINTED} more", highlight=False)
    table = Table("asked for", "now", "then", "difference")
    table.add_row(*_compared("units", found.units_now, found.units_then))
    for what, now, then in (
        ("", found.demand_now, found.demand_then),
        ("task: ", found.tasks_now, found.tasks_then),
    ):
        for name in sorted({*now, *then}):
            row = _compared(what + name, now.get(name, 0), then.get(name, 0))
            table.add_row(*row)
    out.print(table)


def _compared(what: str, now: int, then: int) -> tuple[str, str, str, str]:
    return what, str(now), str(then), f"{then - now:+d}" if then != now else ""


@db_app.command("upgrade")
def db_upgrade(db: Database = None, city: CityFolder = None) -> None:
    """Bring the database to this release. 升级数据库。"""
    from gengfu.adapters.sql import head_revision, upgrade

    upgrade(_settings(db, city).database())
    out.print(f"The database is at {head_revision()}.")


@app.command()
def token(
    account: Annotated[str, typer.Argument(help="Account, as `caller` or `crew`.")],
    represents: Annotated[
        str, typer.Argument(help="Unit, agency, station or machine.")
    ] = "",
    positions: Annotated[
        bool, typer.Option("--positions", help="The unit's token for positions only.")
    ] = False,
    city: CityFolder = None,
) -> None:
    """Print the token of a service or a unit's phone. 打印服务或终端令牌。"""
    from .tokens import doubt_about, token_of

    settings = _settings(None, city)
    typer.echo(token_of(settings, account, represents, positions))
    if doubt := doubt_about(settings, account, represents):
        err.print(doubt, markup=False, highlight=False)


def _settings(db: str | None, city: Path | None) -> "Settings":
    from .config import Settings

    return Settings.given(db=db, city=city)


Pack = Annotated[Path, typer.Option("--city", help="City pack. 城市数据包。")]
Report = Annotated[Path, typer.Option("--out", help="Report to write. 报告文件。")]


@twin_app.command("calibrate")
def twin_calibrate(
    city: Pack,
    calls: Annotated[Path, typer.Option(help="Recorded calls, CSV. 历史警情。")],
    out: Report,
    score: Annotated[
        Path | None, typer.Option(help="Other days to score on. 检验用警情。")
    ] = None,
) -> None:
    """Fit travel times to recorded responses. 由历史记录校准行车时间。"""
    from .twin_room import calibrate

    with progress() as shown:
        report = calibrate(city, calls, score, out, shown)
    _print_calibration(report)
    typer.echo(str(out))


@twin_app.command("run")
def twin_run(
    city: Pack,
    out: Report,
    calls: Annotated[
        Path | None, typer.Option(help="Recorded calls, CSV. 历史警情。")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days to draw. 天数。")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy. 派警策略。")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same report. 种子。")] = 1,
) -> None:
    """Run days through the real desk. 在真实业务台上推演。"""
    from .twin_room import run_twin

    with progress() as shown:
        run_twin(
            city, out, shown, calls_path=calls, days=days, policy=policy, seed=seed
        )
    typer.echo(str(out))


def _print_calibration(report: Mapping[str, object]) -> None:
    """Print what matters of a calibration, beside the untuned baseline."""
    baseline = cast("Mapping[str, object]", report["baseline"])
    table = Table("", "fitted", "untuned")
    for name in CALIBRATION_FIGURES:
        table.add_row(name, str(report.get(name)), str(baseline.get(name)))
    out.print(table)


def main() -> None:
    """Run a command; bad input ends with one clear line and a non-zero code."""
    try:
        app()
    except (GengfuError, OSError) as error:
        words = f"gengfu: {error}"
        if isinstance(error, GengfuError) and error.__cause__ is not None:
            first_line = str(error.__cause__).strip().partition("\n")[0]
            why = _NUMBER_OR_CLASS.sub("", first_line)
            words = words if why in words else f"{words}: {first_line}"
        err.print(words, style="red", markup=False, highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
