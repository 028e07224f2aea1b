"""The twin bound to this product: city packs, the control room, a store in memory."""

import gc
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.adapters.city import City, load
from gengfu.adapters.travel_model import save_travel_model, write_whole
from gengfu.capabilities.control_room.live.rulebook import read_rulebook
from gengfu.kernel import BadInput, Told
from gengfu.science.demand import WEEK_H, Demand, assume_demand, draw, fit_demand
from gengfu.surface import Town
from gengfu.twin.calibration import calibrate_town
from gengfu.twin.columns import CallColumns, read_columns
from gengfu.twin.journal import Journal
from gengfu.twin.pace import Paces, paces_of
from gengfu.twin.recorded import Meanings, calls_of, read_meanings
from gengfu.twin.records import Record, read_record
from gengfu.twin.report import compare, summarise
from gengfu.twin.rooms import TwinCall
from gengfu.twin.simulation import Simulation, TwinUnit
from gengfu.twin.simulation import Town as TwinTown

from .town import CityTown
from .twin_desk import DeskRoom, RuledTown

COLUMNS_FILE = "calls.toml"

FIRST_DAY = date(2026, 6, 1)
"""When generated days begin, for want of a record: a Monday."""
DOMAIN_SHARE = {
    "medical": 0.36, "crime": 0.24, "traffic": 0.16, "community": 0.10,
    "fire": 0.06, "utility": 0.04, "rescue": 0.03, "sea": 0.01,
}  # fmt: skip
"""Assumed mix of generated calls by domain; the types of a domain share it evenly."""
MOST_DAYS = 366


def calibrate(
    city: Path,
    calls_path: Path,
    score_path: Path | None,
    out: Path,
    progress: Told,
) -> Mapping[str, object]:
    """Fit the pack's travel model to recorded calls; write it and a report.

    Without `score_path` the first 7 days are fitted and the last 7 scored. The report
    goes to `out`, the model into the pack as `travel.json`; each is written whole or
    not at all, and neither where anything is wrong. Returns the report.
    """
    check_out(out)
    town = CityTown(load(city))
    columns = columns_of(town)
    progress("read", 0.0)
    record = record_of(town, calls_path, columns)
    other = None if score_path is None else record_of(town, score_path, columns)
    meanings = read_meanings(town.data_file(COLUMNS_FILE))
    found = calibrate_town(town, record, other, columns.engine, meanings, progress)
    write_report(out, found.report)
    fitted_to = calls_path.name
    save_travel_model(
        city, found.model, class_table=town.city.class_table, fitted_to=fitted_to
    )
    return found.report


def columns_of(town: Town) -> CallColumns:
    """Return which column of this city's records holds what."""
    path = town.data_file(COLUMNS_FILE)
    return CallColumns() if path is None else read_columns(path)


def record_of(town: Town, path: Path, columns: CallColumns) -> Record:
    """Read a record of calls in this city."""
    return read_record(path, ZoneInfo(town.timezone), town.bbox, columns)


def check_out(out: Path) -> None:
    """Refuse an output that cannot be written before hours of work, not after."""
    if out.is_dir():
        raise BadInput(f"{out}: is a folder; --out names a file")
    if not out.absolute().parent.is_dir():
        raise BadInput(f"{out}: its folder does not exist")


def write_report(out: Path, report: Mapping[str, object]) -> None:
    """Write a report as JSON with sorted keys, whole or not at all."""
    text = json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True)
    write_whole(out, text.encode("utf-8") + b"\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What a run is given: calls, how long things take, when it begins."""

    calls: Sequence[TwinCall]
    paces: Paces
    start: datetime
    days: float
    source: Mapping[str, object]


def run_twin(
    city: Path,
    out: Path,
    progress: Told,
    *,
    calls_path: Path | None = None,
    days: int | None = None,
    policy: Path | None = None,
    seed: int = 1,
    calls_per_day: float | None = None,
) -> Mapping[str, object]:
    """Run recorded calls, or days of drawn ones, through the real desk; report.

    With `policy` (a policy.toml, or a folder with any of the room's rule files) a
    second run sees the same calls and luck under it, and the report compares the two.
    The same arguments give the same report, byte for byte. Returns the report.
    """
    check_out(out)
    pack = load(city)
    if policy is not None and not policy.exists():
        raise BadInput(f"{policy}: there is no such file or folder")
    town = RuledTown(pack)
    if not pack.units:
        raise BadInput(f"{city}: this pack has no units to send")
    given = days_of(town, calls_path, days, seed, calls_per_day)
    first, report = run_once(town, given, seed, _part(progress, policy, 0))
    found: dict[str, object] = {
        "city": pack.name,
        "seed": seed,
        "simulated": True,
        "calls_from": given.source,
        "run": report,
    }
    if policy is not None:
        told = _part(progress, policy, 1)
        second, other = run_once(town.under(policy), given, seed, told)
        found["policy"] = {"name": policy.name, "run": other}
        found["comparison"] = compare(first.calls, second.calls, seed)
    write_report(out, found)
    return found


def run_once(
    town: RuledTown, given: Days, seed: int, told: Told
) -> tuple[Journal, Mapping[str, object]]:
    """Run once under one policy; return what happened and its figures."""
    pack = town.city
    desk = DeskRoom(town, given.start, seed)
    streets = desk.room.streets
    simulation = Simulation(
        desk,
        TwinTown(
            streets.graph,
            streets.index,
            streets.sightings,
            twin_units(pack),
            tuple((p.lon, p.lat) for p in pack.places if p.kind == "hospital"),
        ),
        given.calls,
        given.paces,
        given.start,
        seed,
        lambda share: told("run", share),
    )
    with _few_collections():
        journal = simulation.run()
        report = _report_of(journal, desk, pack, given)
    desk.end()
    told("run", 1.0)
    return journal, report


def _report_of(
    journal: Journal, desk: DeskRoom, pack: City, given: Days
) -> Mapping[str, object]:
    """Return the figures of a run, with the area of each call."""
    areas = pack.areas
    where = np.array([(call.lon, call.lat) for call in given.calls]).reshape(-1, 2)
    rows = areas.locate(where[:, 0], where[:, 1]).tolist()
    for run, row in zip(journal.calls, rows, strict=True):
        run.area = areas.ids[row] if row >= 0 else ""
    report = summarise(journal, len(pack.units), given.days)
    report["ledger_entries"] = desk.office.look(lambda reader: reader.size())
    report["clock_moves"] = desk.clock_moves
    report["standards"] = [asdict(row) for row in desk.attained()]
    return report


@contextmanager
def _few_collections() -> Generator[None]:
    """Let Python look for reference cycles seldom while a day is run and reported.

    A ledger in memory has millions of objects and no cycles to find among them: three
    hours without a single look end with as much memory. A day of 20,000 calls makes
    some three million objects, so that only longer runs are looked through at all.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(10_000_000, 50, 1000)
    try:
        yield
    finally:
        gc.freeze()  # and back among the old: millions of young ones would be looked
        gc.unfreeze()  # through at once, to no end, before the next line of code
        gc.set_threshold(*usual)


def days_of(
    town: CityTown,
    calls_path: Path | None,
    days: int | None,
    seed: int,
    calls_per_day: float | None = None,
) -> Days:
    """Read recorded calls, or draw days of them.

    With both, days are drawn like those of the record: its types, its areas, its hours
    of the week, and its crews' paces.
    """
    if calls_path is None and days is None:
        raise BadInput("give --calls, --days, or both")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadInput(f"--days must be from 1 to {MOST_DAYS}")
    recorded = None
    if calls_path is not None:
        meanings = read_meanings(town.data_file(COLUMNS_FILE))
        record = record_of(town, calls_path, columns_of(town))
        recorded = _recorded_days(town, record, meanings)
    if days is None:
        if recorded is None or calls_per_day is not None:
            raise BadInput("--calls-per-day needs --days: recorded calls are as many")
        return recorded
    demand = assumed_demand(town) if recorded is None else demand_of(town, recorded)
    if calls_per_day is not None:
        if not 0 < calls_per_day < float("inf"):
            raise BadInput("--calls-per-day must be a number above 0")
        demand = demand.scaled_to(calls_per_day * 7.0)
    drawn = _drawn_days(town, demand, days, seed)
    if recorded is None:
        return drawn
    source = {**drawn.source, "drawn_like": recorded.source["record"]}
    return replace(drawn, paces=recorded.paces, source=source)


def _recorded_days(town: CityTown, record: Record, meanings: Meanings) -> Days:
    calls = calls_of(record.responses, meanings)
    known = {t.code for t in read_rulebook(town).catalogue.kinds}
    if strange := sorted({c.type for c in calls} - known):
        raise BadInput(f"{COLUMNS_FILE}, [types]: there is no type {strange[0]!r}")
    start = calls[0].at.replace(minute=0, second=0, microsecond=0)
    span = (calls[-1].at - start).total_seconds() / 86_400.0
    kinds = {u.id: u.kind for u in town.city.units}
    return Days(
        calls=calls,
        paces=paces_of(record.responses, kinds),
        start=start,
        days=max(round(span, 6), 1.0),
        source={
            "record": record.name,
            "rows_read": record.rows,
            "rows_used": len(record.responses),
            "rows_left_out": record.trouble_report(),
        },
    )


def assumed_demand(town: CityTown) -> Demand:
    """Assume demand by population and the documented mix of domains."""
    kinds = _kind_weights(town)
    areas = town.city.areas
    people = np.nan_to_num(areas.population, nan=0.0)
    if not people.any():
        row = areas.locate(town.graph.lon, town.graph.lat)
        people = np.bincount(row[row >= 0], minlength=len(areas)).astype(np.float64)
    try:
        return assume_demand(kinds, areas.ids, people)
    except ValueError as fault:
        raise BadInput(f"{town.name}: {fault}") from None


def demand_of(town: CityTown, recorded: Days) -> Demand:
    """Fit demand to recorded days of this city."""
    zone = ZoneInfo(town.timezone)
    calls = recorded.calls
    kinds = sorted({c.type for c in calls})
    local = [c.at.astimezone(zone) for c in calls]
    row = town.city.areas.locate(
        np.array([c.lon for c in calls]), np.array([c.lat for c in calls])
    )
    inside = row >= 0
    days = len({t.date() for t in local})
    return fit_demand(
        kinds,
        town.city.areas.ids,
        np.array([kinds.index(c.type) for c in calls], np.int64)[inside],
        row[inside].astype(np.int64),
        np.array([t.weekday() * 24 + t.hour for t in local], np.int64)[inside],
        days / 7.0,
    )


def _drawn_days(town: CityTown, demand: Demand, days: int, seed: int) -> Days:
    rng = np.random.default_rng(seed)
    zone = ZoneInfo(town.timezone)
    start = datetime.combine(FIRST_DAY, time(), zone)
    first_hour = (start.weekday() * 24 + start.hour) % WEEK_H
    drawn = draw(demand, rng, first_hour, days * 24.0)
    graph = town.graph
    row = town.city.areas.locate(graph.lon, graph.lat)
    row[town.city.roads.component != 0] = -1  # nobody can drive there
    order = np.argsort(row, kind="stable")
    begins = np.searchsorted(row[order], np.arange(len(demand.areas) + 1))
    chance = rng.random(len(drawn))
    calls: list[TwinCall] = []
    for i in range(len(drawn)):
        area = int(drawn.area[i])
        nodes = order[begins[area] : begins[area + 1]]
        if len(nodes) == 0:
            continue
        node = int(nodes[int(chance[i] * len(nodes))])
        calls.append(
            TwinCall(
                key=f"{i:07d}",
                at=start + timedelta(seconds=round(float(drawn.seconds[i]), 3)),
                type=demand.kinds[int(drawn.kind[i])],
                priority=0,
                words="",
                lon=float(graph.lon[node]),
                lat=float(graph.lat[node]),
            )
        )
    return Days(
        calls=calls,
        paces=Paces(),
        start=start,
        days=float(days),
        source={"drawn_days": days, "calls_per_week": float(demand.per_week.sum())},
    )


def _kind_weights(town: CityTown) -> dict[str, float]:
    """Weigh the types that somebody on the roster can answer at all."""
    by_domain: dict[str, list[str]] = {}
    rules = read_rulebook(town)
    roster = [(u.kind, {*u.skills, *u.capabilities}) for u in town.units]
    for kind in rules.catalogue.kinds:
        needs = rules.plan_for(kind.code, kind.priority, None, "").needs
        if any(
            of in need.kinds and skills.issuperset(need.skills)
            for need in needs
            for of, skills in roster
        ):
            by_domain.setdefault(kind.domain, []).append(kind.code)
    return {
        code: DOMAIN_SHARE[domain] / len(codes)
        for domain, codes in by_domain.items()
        for code in codes
    }


def twin_units(pack: City) -> tuple[TwinUnit, ...]:
    """Return the roster as the twin drives it."""
    posts = {p.id: p for p in pack.posts}
    return tuple(
        TwinUnit(u.id, u.kind, posts[u.post].lon, posts[u.post].lat) for u in pack.units
    )


def _part(progress: Told, policy: Path | None, number: int) -> Told:
    """Report one of two runs as its half of the work."""
    runs = 1 if policy is None else 2
    return lambda stage, share: progress(stage, (number + share) / runs)
