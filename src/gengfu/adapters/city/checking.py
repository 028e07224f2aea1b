"""Look a pack over: whether it is whole, hangs together, and can serve."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely as _shapely

from gengfu.kernel import BadInput

from .areas import overlaps
from .city import BASEMAP, LARGE_NODES, City, services_of
from .classes import road_classes
from .findings import Finding, Report, Severity, bad, printable
from .first_response import FILE as FIRST_DUE
from .first_response import shared_ground
from .network import strong_components
from .reading import load, read_manifest
from .standing import snap_to_network
from .writing import MANIFEST, ORDER, pack_files

shapely = cast("Any", _shapely)

OUTSIDE_SHARE = 0.05
"""With more of its nodes than this outside the largest component a graph is torn."""
_STRAIGHTER = 0.999
"""No road is shorter than the straight line, but for rounding."""

type Say = Callable[[Severity, str, str, str, str], None]
FITTED_LATER = frozenset({"travel.json"})
"""Files that are written into a pack after it was built."""


def check(folder: Path | str) -> Report:
    """Check a pack and report everything found; it never raises for a bad pack.

    Errors: files missing, changed or truncated; rows that refer to nothing; areas that
    overlap or cross themselves; posts that the road network does not reach; lengths
    that cannot be. Warnings: what a city may live with, but should know.
    """
    findings: list[Finding] = []

    def say(severity: Severity, code: str, where: str, en: str, zh: str) -> None:
        findings.append(Finding(severity, code, where, en, zh))

    home = Path(folder)
    try:
        _check_files(home, say)
        city = load(home)
    except BadInput as fault:
        where, _, what = str(fault).partition(": ")
        say(Severity.ERROR, "unreadable", where, what, f"无法读取：{what}")
        return Report(tuple(findings), {})
    _check_roads(city, say)
    _check_areas(city, say)
    _check_posts(city, say)
    _check_first_response(city, say)
    _check_rest(city, say)
    return Report(tuple(findings), _counts(city))


def _check_files(home: Path, say: Say) -> None:
    stated = _stated_files(home)
    present = {p.relative_to(home).as_posix(): p for p in pack_files(home)}
    for name, (size, digest) in sorted(stated.items()):
        path = present.pop(name, None)
        shown = printable(name)
        if path is None:
            say(Severity.ERROR, "missing-file", shown, "is missing", "文件缺失")
        elif path.stat().st_size != size:
            en = f"has {path.stat().st_size} bytes, not {size}"
            zh = f"大小为 {path.stat().st_size} 字节，应为 {size} 字节"
            say(Severity.ERROR, "changed-file", shown, en, zh)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            en, zh = "is not the file that was built", "内容与构建时不一致"
            say(Severity.ERROR, "changed-file", shown, en, zh)
    for name in sorted(present.keys() - FITTED_LATER):
        en, zh = f"is not listed in {MANIFEST}", f"未列入 {MANIFEST}"
        say(Severity.WARNING, "extra-file", printable(name), en, zh)


def _stated_files(home: Path) -> dict[str, tuple[int, str]]:
    try:
        files = read_manifest(home)["files"].items()
        return {str(k): (int(v["bytes"]), str(v["sha256"])) for k, v in files}
    except (TypeError, ValueError, KeyError, AttributeError):
        raise bad(f"{MANIFEST}, field files", "is not as it was built") from None


def _check_roads(city: City, say: Say) -> None:
    roads = city.roads
    straight = _straight_m(city)
    short = np.flatnonzero(roads.length_m < straight * _STRAIGHTER - 0.2)
    if short.size:
        row = int(short[0])
        en = f"{roads.length_m[row]:.1f} m long, yet {straight[row]:.1f} m as the crow"
        zh = f"长 {roads.length_m[row]:.1f} 米，短于直线距离 {straight[row]:.1f} 米"
        where = f"roads/edges.parquet, row {row}, field length_m"
        say(Severity.ERROR, "short-edge", where, f"{en} flies", zh)
    component = strong_components(roads.node_count, roads.tails, roads.heads)
    if not np.array_equal(component, roads.component):
        en, zh = "are not those of the edges", "与道路边不符"
        say(Severity.ERROR, "components", "roads/nodes.parquet, components", en, zh)
    outside = float((component != 0).mean())
    if outside > 0:
        severity = Severity.ERROR if outside > OUTSIDE_SHARE else Severity.WARNING
        count = int((component != 0).sum())
        en = f"{count} of {roads.node_count} nodes ({outside:.1%}) cannot be driven"
        zh = f"{roads.node_count} 个节点中有 {count} 个（{outside:.1%}）与主路网不连通"
        en += " to and from the rest"
        say(severity, "components", "roads", en, zh)
    if roads.node_count >= LARGE_NODES and not roads.order.size:
        en, zh = (
            "is missing: build again",
            "缺失，请重新构建",
        )
        say(Severity.WARNING, "order", ORDER, en, zh)
    if city.class_table != road_classes().version:
        en = f"was {city.class_table}, now {road_classes().version}: build again"
        zh = f"构建时为 {city.class_table}，现为 {road_classes().version}，请重新构建"
        say(Severity.WARNING, "class-table", f"{MANIFEST}, class_table", en, zh)


def _straight_m(city: City) -> Any:
    """Distance from tail to head on the mean sphere, m; within 0.6 % of geodesic."""
    roads = city.roads
    lon, lat = np.radians(roads.lon), np.radians(roads.lat)
    a, b = roads.tails, roads.heads
    half = np.sin((lat[b] - lat[a]) / 2) ** 2
    half += np.cos(lat[a]) * np.cos(lat[b]) * np.sin((lon[b] - lon[a]) / 2) ** 2
    return 2 * 6_371_008.8 * np.arcsin(np.sqrt(half)) * 0.994


def _check_areas(city: City, say: Say) -> None:
    areas = city.areas
    valid = shapely.is_valid(areas.polygons)
    for row in np.flatnonzero(~valid):
        reason = str(shapely.is_valid_reason(areas.polygons[row]))
        where = f"areas.parquet, {printable(areas.ids[int(row)])}"
        zh = f"几何自相交：{reason}"
        say(Severity.ERROR, "crossing", where, f"self-crossing geometry: {reason}", zh)
    if valid.all():
        for a, b, shared in overlaps(areas):
            first, second = areas.ids[a], areas.ids[b]
            en = f"overlaps {printable(first)!r} by {shared:,.0f} m2"
            zh = f"与 {printable(first)} 重叠 {shared:,.0f} 平方米"
            where = f"areas.parquet, {printable(second)}"
            say(Severity.ERROR, "overlap", where, en, zh)
    if not np.isfinite(areas.population).any():
        en, zh = "no area states its population", "区域均无人口数据"
        say(Severity.WARNING, "population", "areas.parquet", en, zh)
    covered = areas.locate(city.roads.lon, city.roads.lat) >= 0
    if not covered.all():
        count = int((~covered).sum())
        en = f"{count} of {city.roads.node_count} road nodes lie outside every area"
        zh = f"{city.roads.node_count} 个路网节点中有 {count} 个不在任何区域内"
        say(Severity.WARNING, "uncovered", "areas.parquet", en, zh)


MOST_NAMED = 5
"""Posts that are named in one finding; of more only the number is said."""


def _check_posts(city: City, say: Say) -> None:
    if city.posts:
        lon = np.array([post.lon for post in city.posts])
        lat = np.array([post.lat for post in city.posts])
        reachable = snap_to_network(city.roads, lon, lat).reachable
        for post, reached in zip(city.posts, reachable, strict=True):
            if not reached:
                where = f"posts.parquet, {printable(post.id)}"
                en = "unreachable: no road of the network leads there"
                say(Severity.ERROR, "unreachable", where, en, "路网无法到达该岗点")
    manned = {unit.post for unit in city.units}
    empty = [printable(post.id) for post in city.posts if post.id not in manned]
    if empty and manned:
        shown = ", ".join(empty[:MOST_NAMED]) + (" …" if empty[MOST_NAMED:] else "")
        en = f"no unit stands at {len(empty)} of {len(city.posts)} posts: {shown}"
        zh = f"{len(city.posts)} 个岗点中有 {len(empty)} 个没有配置单位：{shown}"
        say(Severity.WARNING, "unmanned", "posts.parquet", en, zh)
    elif empty:
        en, zh = "the pack has posts but no units", "城市包有岗点但没有单位"
        say(Severity.WARNING, "unmanned", "units.parquet", en, zh)


def _check_first_response(city: City, say: Say) -> None:
    areas = city.first_due
    if areas is None:
        return
    for row in np.flatnonzero(~shapely.is_valid(areas.polygons)):
        reason = str(shapely.is_valid_reason(areas.polygons[row]))
        where = f"{FIRST_DUE}, row {row}"
        zh = f"几何自相交：{reason}"
        say(Severity.ERROR, "crossing", where, f"self-crossing geometry: {reason}", zh)
        return
    for a, b, shared in shared_ground(areas, services_of(city.posts)):
        first, second = printable(areas.posts[a]), printable(areas.posts[b])
        en = f"{second!r} overlaps {first!r} (row {a}) by {shared:,.0f} m2"
        zh = f"{second} 与 {first}（第 {a} 行）重叠 {shared:,.0f} 平方米"
        say(Severity.ERROR, "overlap", f"{FIRST_DUE}, row {b}", en, zh)


def _check_rest(city: City, say: Say) -> None:
    if city.basemap is None:
        en, zh = "the pack has no base map", "城市包没有底图"
        say(Severity.WARNING, "basemap", BASEMAP, en, zh)
    if city.timezone == "UTC":
        en, zh = "UTC: is that the city's time zone?", "时区为 UTC，请确认"
        say(Severity.WARNING, "timezone", f"{MANIFEST}, timezone", en, zh)
    for source in city.sources:
        if source.licence == "not stated":
            where = f"{MANIFEST}, source {printable(source.title)}"
            en, zh = "its licence is not stated", "未注明许可"
            say(Severity.WARNING, "licence", where, en, zh)


def _counts(city: City) -> dict[str, int]:
    return {
        "nodes": city.roads.node_count,
        "edges": city.roads.edge_count,
        "areas": len(city.areas),
        "population": round(city.areas.total_population()),
        "places": len(city.places),
        "agencies": len(city.agencies),
        "posts": len(city.posts),
        "units": len(city.units),
        "devices": len(city.devices),
        "areas_of_first_response": len(city.first_due or ()),
    }
