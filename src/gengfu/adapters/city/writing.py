"""Write a city pack: the same city gives the same bytes, all of it or nothing."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .areas import PEOPLE, Areas
from .city import FORMAT, FORMAT_VERSION, Agency, Device, Place, Post, Source, Unit
from .columns import Lines, Points, Polygons, Values, write_columns
from .findings import bad
from .network import Network

MANIFEST = "city.toml"
NOTICE = "NOTICE"
ORDER = "roads/order.parquet"
_MADE_UP = "Composed for demonstration; not the real city's. 演示用虚构数据。"


def write_roads(folder: Path, roads: Network) -> None:
    """`roads/`: nodes, directed edges, the shapes they share, and names."""
    write_columns(
        folder / "roads/nodes.parquet",
        {"component": roads.component},
        Points(roads.lon, roads.lat),
    )
    write_columns(
        folder / "roads/edges.parquet",
        {
            "tail": roads.tails,
            "head": roads.heads,
            "length_m": roads.length_m,
            "speed_kmh": roads.speed_kmh,
            "speed_origin": roads.speed_origin,
            "road_class": roads.road_class,
            "oneway_origin": roads.oneway_origin,
            "emergency_only": roads.emergency_only,
            "name": roads.name,
            "alias": roads.alias,
            "shape": roads.shape,
            "backward": roads.backward,
        },
    )
    write_columns(
        folder / "roads/shapes.parquet",
        {},
        Lines(roads.shape_offsets, roads.shape_lon, roads.shape_lat),
    )
    write_columns(
        folder / "roads/names.parquet",
        {"name": roads.names, "name_zh": roads.names_zh},
    )
    if roads.order.size:
        write_columns(folder / ORDER, {"node": roads.order})


def write_areas(folder: Path, areas: Areas) -> None:
    """`areas.parquet`: polygons with their people; an empty cell is not counted."""
    parents = [areas.ids[int(p)] if p >= 0 else "" for p in areas.parent]
    columns: dict[str, Values] = {
        "id": areas.ids,
        "name": areas.names,
        "name_zh": areas.names_zh,
        "kind": areas.kinds,
        "parent": parents,
    }
    for field in PEOPLE:
        columns[field] = getattr(areas, field)
    write_columns(folder / "areas.parquet", columns, Polygons(areas.polygons))


def write_agencies(folder: Path, agencies: Sequence[Agency]) -> None:
    """`agencies.parquet`."""
    write_columns(
        folder / "agencies.parquet",
        _texts(agencies, "id", "name", "name_zh", "kind") | _composed(agencies),
    )


def write_posts(folder: Path, posts: Sequence[Post]) -> None:
    """`posts.parquet`, with how each stands to the roads."""
    write_columns(
        folder / "posts.parquet",
        _texts(posts, "id", "name", "name_zh", "kind", "agency", "area")
        | {
            "off_road_m": np.array([p.off_road_m for p in posts], np.float64),
            "reachable": np.array([p.reachable for p in posts], np.bool_),
        }
        | _composed(posts),
        _points(posts),
    )


def write_units(folder: Path, units: Sequence[Unit]) -> None:
    """`units.parquet`."""
    columns: dict[str, Values] = {
        **_texts(units, "id", "call_sign", "kind", "agency", "post"),
        "skills": [u.skills for u in units],
        "capabilities": [u.capabilities for u in units],
        "crew": np.array([u.crew for u in units], np.int32),
    }
    write_columns(folder / "units.parquet", columns | _composed(units))


def write_named_points(path: Path, rows: Sequence[Place] | Sequence[Device]) -> None:
    """`places.parquet` and `devices.parquet`."""
    write_columns(
        path,
        _texts(rows, "id", "name", "name_zh", "kind", "area") | _composed(rows),
        _points(rows),
    )


def write_sea(folder: Path, sea: Any) -> None:
    """`sea.parquet`: one polygon of navigable water."""
    shapes = np.empty(1, dtype=object)
    shapes[0] = sea
    write_columns(folder / "sea.parquet", {}, Polygons(shapes))


def _texts(rows: Sequence[Any], *fields: str) -> dict[str, Values]:
    return {f: [str(getattr(row, f)) for row in rows] for f in fields}


def _composed(rows: Sequence[Any]) -> dict[str, Values]:
    return {"composed": np.array([row.composed for row in rows], np.bool_)}


def _points(rows: Sequence[Any]) -> Points:
    return Points(
        np.array([row.lon for row in rows], np.float64),
        np.array([row.lat for row in rows], np.float64),
    )


def write_notice(folder: Path, name: str, sources: Sequence[Source]) -> None:
    """`NOTICE`: the words each source asks us to show, in plain text."""
    parts = [f"City pack: {name}\n"]
    for source in sources:
        lines = [f"{source.covers}: {source.title}", f"Licence: {source.licence}"]
        lines += [line for line in (source.url, source.notice) if line]
        if source.composed:
            lines.append(_MADE_UP)
        parts.append("\n".join(lines) + "\n")
    (folder / NOTICE).write_text("\n".join(parts), encoding="utf-8", newline="\n")


def write_manifest(
    folder: Path,
    facts: dict[str, Any],
    counts: dict[str, int],
    left_out: dict[str, int],
    sources: Sequence[Source],
) -> None:
    """`city.toml`, last of all: it holds the size and digest of every other file."""
    lines = [
        "# A Gengfu city pack, made by `gengfu city build`: edit its inputs instead.",
        f"format = {_toml(FORMAT)}",
        f"version = {FORMAT_VERSION}",
        *(f"{key} = {_toml(value)}" for key, value in facts.items()),
        "",
        "[counts]",
        *(f"{key} = {value}" for key, value in counts.items()),
        "",
        "[left_out]",
        *(f"{_toml(key)} = {value}" for key, value in left_out.items()),
    ]
    for source in sources:
        lines += ["", "[[source]]"]
        fields = ("covers", "title", "licence", "notice", "url", "composed")
        lines += [f"{field} = {_toml(getattr(source, field))}" for field in fields]
    for path in pack_files(folder):
        name = path.relative_to(folder).as_posix()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines += ["", f"[files.{_toml(name)}]", f"bytes = {path.stat().st_size}"]
        lines.append(f"sha256 = {_toml(digest)}")
    text = "\n".join(lines) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def pack_files(folder: Path) -> list[Path]:
    """List every file of a pack but the manifest, in the order of their names."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    return sorted(found, key=lambda p: p.relative_to(folder).as_posix())


def _toml(value: Any) -> str:
    """Write a TOML value: JSON strings, numbers, booleans and lists are TOML too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@contextmanager
def all_or_nothing(out: Path) -> Generator[Path]:
    """Give a folder to fill, which takes the place of `out` only if all goes well.

    `out` may be absent, empty, or an older pack, which is replaced whole. BadInput
    for any other folder or file: it may be somebody's work.
    """
    if out.exists() and not out.is_dir():
        raise bad(str(out), "is a file, not a folder for a city pack")
    if out.is_dir() and any(out.iterdir()) and not _is_pack(out):
        raise bad(str(out), "exists and is no city pack; name another folder")
    if not out.parent.is_dir():
        raise bad(str(out), f"its parent folder {out.parent} does not exist")
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        draft.chmod(0o755)
        yield draft
        _swap(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_pack(folder: Path) -> bool:
    manifest = folder / MANIFEST
    return manifest.is_file() and f'format = "{FORMAT}"' in manifest.read_text(
        encoding="utf-8", errors="replace"
    )


def _swap(draft: Path, out: Path) -> None:
    if not out.exists():
        draft.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.rename(old / out.name)
    try:
        draft.rename(out)
    except OSError:
        (old / out.name).rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
