"""A city at hand, and how it becomes the files of a pack."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

import numpy as np
import shapely as _shapely

from gengfu.science.roads import contraction_order

from . import writing
from .areas import Areas
from .basemap import draw_basemap
from .basemap_layers import Content
from .city import (
    BASEMAP,
    LARGE_NODES,
    WGS84,
    Agency,
    Device,
    Place,
    Post,
    Source,
    Unit,
    road_graph,
)
from .classes import road_classes
from .findings import Finding, Progress, Report, Severity, bad, printable
from .first_response import FirstResponse, write_first_response
from .network import Mended, Network
from .reading import check_timezone

shapely = cast("Any", _shapely)


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that goes into a pack, before a file is written."""

    name: str
    network: Network
    mended: Mended
    areas: Areas
    name_zh: str = ""
    timezone: str = "UTC"
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    agencies: Sequence[Agency] = ()
    posts: Sequence[Post] = ()
    units: Sequence[Unit] = ()
    places: Sequence[Place] = ()
    devices: Sequence[Device] = ()
    sea: Any | None = None
    first_due: FirstResponse | None = None
    sources: Sequence[Source] = ()
    extra: Mapping[str, Path] = field(default_factory=dict[str, Path])


def fill(folder: Path, draft: Draft, *, basemap: bool, tell: Progress) -> Report:
    """Write every file of a pack into `folder`, the manifest last."""
    tell("write", 0.7)
    network, areas = _ordered(draft.network), draft.areas
    writing.write_roads(folder, network)
    writing.write_areas(folder, areas)
    writing.write_agencies(folder, draft.agencies)
    writing.write_posts(folder, draft.posts)
    writing.write_units(folder, draft.units)
    writing.write_named_points(folder / "places.parquet", draft.places)
    if draft.devices:
        writing.write_named_points(folder / "devices.parquet", draft.devices)
    if draft.sea is not None:
        writing.write_sea(folder, draft.sea)
    if draft.first_due is not None:
        write_first_response(folder, draft.first_due)
    _copy_extra(folder, draft.extra)
    tell("basemap", 0.75)
    if basemap:
        _draw_basemap(folder, draft, tell)
    tell("write", 0.95)
    writing.write_notice(folder, draft.name, draft.sources)
    counts = _counts(draft)
    facts = {
        "name": draft.name,
        "name_zh": draft.name_zh,
        "timezone": check_timezone(draft.timezone, "build"),
        "bbox": _bbox(draft),
        "srid": WGS84,
        "class_table": road_classes().version,
    }
    left_out = dict(sorted(draft.left_out.items()))
    writing.write_manifest(folder, facts, counts, left_out, draft.sources)
    return Report(tuple(_noticed(draft)), counts)


def _ordered(network: Network) -> Network:
    """Give a large network the order in which shortcuts contract it.

    It takes seconds to work out, once; on fewer nodes a plain search is as quick.
    """
    if network.order.size or network.node_count < LARGE_NODES:
        return network
    return replace(network, order=contraction_order(road_graph(network)))


def _copy_extra(folder: Path, extra: Mapping[str, Path]) -> None:
    for name, source in sorted(extra.items()):
        wanted = PurePosixPath(name)
        if wanted.is_absolute() or ".." in wanted.parts or not wanted.parts:
            raise ValueError(f"not a name inside a city pack: {name!r}")
        target = folder.joinpath(*wanted.parts)
        if target.exists() or wanted.name == writing.MANIFEST:
            raise bad(source, f"the pack has a {printable(name)} of its own")
        if not source.is_file():
            raise bad(source, "no such file")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _draw_basemap(folder: Path, draft: Draft, tell: Progress) -> None:
    content = Content(
        roads=draft.network,
        areas=draft.areas,
        posts=draft.posts,
        places=draft.places,
        sea=draft.sea,
    )
    notices = dict.fromkeys(s.notice for s in draft.sources if s.notice)
    draw_basemap(
        folder / BASEMAP,
        content,
        notice="; ".join(notices),
        progress=lambda share: tell("basemap", 0.75 + 0.2 * share),
    )


def _bbox(draft: Draft) -> list[float]:
    west, south, east, north = shapely.total_bounds(draft.areas.polygons)
    lon, lat = draft.network.lon, draft.network.lat
    return [
        float(min(west, lon.min())),
        float(min(south, lat.min())),
        float(max(east, lon.max())),
        float(max(north, lat.max())),
    ]


def _counts(draft: Draft) -> dict[str, int]:
    mended = draft.mended
    return {
        "nodes": draft.network.node_count,
        "edges": draft.network.edge_count,
        "nodes_outside_largest_component": mended.nodes_outside,
        "components": mended.components,
        "segments_without_length": mended.zero_length,
        "segments_drawn_twice": mended.duplicates,
        "loops_cut": mended.loops_cut,
        "edges_stretched": mended.stretched,
        "areas": len(draft.areas),
        "population": round(draft.areas.total_population()),
        "places": len(draft.places),
        "agencies": len(draft.agencies),
        "posts": len(draft.posts),
        "posts_unreachable": sum(not post.reachable for post in draft.posts),
        "units": len(draft.units),
        "devices": len(draft.devices),
        "areas_of_first_response": len(draft.first_due or ()),
    }


def _noticed(draft: Draft) -> list[Finding]:
    found: list[Finding] = []

    def warn(code: str, where: str, en: str, zh: str) -> None:
        found.append(Finding(Severity.WARNING, code, where, en, zh))

    outside, nodes = draft.mended.nodes_outside, draft.network.node_count
    if outside:
        warn(
            "components",
            "roads",
            f"{outside} of {nodes} nodes lie outside the largest strongly connected"
            f" component ({draft.mended.components} in all)",
            f"{nodes} 个路网节点中有 {outside} 个不在最大强连通分量内"
            f"（共 {draft.mended.components} 个分量）",
        )
    if draft.timezone == "UTC":
        warn(
            "timezone",
            "city.toml",
            "no time zone given, UTC taken",
            "未给出时区，按 UTC 处理",
        )
    if not np.isfinite(draft.areas.population).any():
        warn("population", "areas", "no area states its population", "区域均无人口数据")
    for post in draft.posts:
        if not post.reachable:
            warn(
                "unreachable",
                f"posts, {post.id}",
                "no road of the network leads there",
                "路网无法到达该岗点",
            )
    return found
