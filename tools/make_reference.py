"""Writes the tables of docs/reference from the code they describe.

python tools/make_reference.py

A page is written by hand but for what stands between `<!-- made: NAME -->` and
`<!-- end: NAME -->`: that is made here, from the command line's own parser, the
settings' own fields and the API's own declared routes.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer.main
from pydantic_core import PydanticUndefined

from gengfu.adapters.city import road_classes
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey
from gengfu.app.cli import app
from gengfu.app.config import Settings
from gengfu.app.installed import INSTALLED, PUBLIC
from gengfu.app.own import own_routes
from gengfu.app.platform import Platform, office_of
from gengfu.app.town import open_town
from gengfu.twin.columns import CallColumns
from gengfu.web.http import PREFIX
from gengfu.web.openapi import Tagged, document

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
CITY = ROOT / "cities" / "coquimbo"
_PART = re.compile(
    r"(<!-- made: (?P<name>\w+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL
)

SETTINGS = {
    "data_dir": "Folder for databases and the master key.",
    "city": "Folder of the city pack to serve.",
    "db": "Address of the database.",
    "host": "Address to listen on. Beyond this machine nobody can sign in on the page.",
    "port": "Port to listen on; 0 takes any free one.",
    "workers": "Processes. One serves a city for now.",
    "master_key": "64 hexadecimal digits. Without it a key file is made in `data_dir`.",
    "roster": "Crews of the roster relieve each other at the end of every shift.",
    "simulated": "Calls come from the twin: every screen says so.",
    "metrics_open": "Let other machines read `/metrics`, not this one alone.",
    "public_url": "Address of this server as residents reach it, like"
    " `https://safety.example`. Feeds and canonical links need it and have none else.",
    "events": "Store of events (`gengfu events import` or `export`) that the workbench"
    " counts, publications are built from, and the nightly watch looks at.",
    "watch_at": "When the watch for signals begins each night, by the city's clocks;"
    " `never` turns it off.",
}
"""What each setting is for; made pages are refused where a word is missing."""

FLAGS = {"city": "--city", "db": "--db", "host": "--host", "port": "--port",
         "workers": "--workers", "roster": "--roster",
         "events": "--events"}  # fmt: skip

TYPES = {"str": "TEXT", "int": "NUMBER", "float": "NUMBER", "Path": "PATH",
         "list[Path]": "PATH", "list[str]": "TEXT", "datetime": "DATE"}  # fmt: skip
"""What a reader calls the type of an option's value."""

COLUMNS = {
    "call": "Number of the call",
    "incident": "Number of the incident",
    "unit": "Unit that was sent",
    "unit_kind": "Kind of unit",
    "type": "Type of call",
    "priority": "Priority",
    "received": "Call received",
    "entered": "Call entered",
    "dispatched": "Unit dispatched",
    "rolling": "Unit rolling",
    "on_scene": "Unit on scene",
    "transport": "Left for a hospital",
    "hospital": "At the hospital",
    "available": "Unit free again",
    "sequence": "Order in which units were sent",
    "area": "Area",
    "station": "Area of the station",
    "outcome": "How it ended",
    "words": "Address in words",
    "location": "Place as `(latitude, longitude)` or `POINT (longitude latitude)`",
    "lon": "Longitude, where there is no `location`",
    "lat": "Latitude, where there is no `location`",
    "engine": "Not a column: the kind of unit whose arrivals are fitted",
}


def cell(text: object) -> str:
    """Return text that stays in its cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head: str, rows: Iterable[tuple[object, ...]]) -> str:
    """Return a table; `head` is the names of the columns, separated by `|`."""
    names = [name.strip() for name in head.split("|")]
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join('---' for _ in names)} |"]
    lines += [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join(lines)


# ---- commands ----------------------------------------------------------------------


def commands(group: Any, path: str = "gengfu") -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name, in order of the name."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def parser() -> Any:
    """Return the command line's parser."""
    return typer.main.get_command(app)


def _default(option: Any) -> str:
    value = option.default
    if getattr(option, "is_flag", False):
        return "on" if value else "off"
    return "" if value in (None, "") or callable(value) else f"`{value}`"


def _option(option: Any) -> tuple[str, str, str]:
    if option.param_type_name == "argument":
        shown = f"`{option.metavar or option.name.upper()}`"
        must = "must" if option.required else "may be left out"
        return shown, option.help or "", must
    names = [*option.opts, *option.secondary_opts]
    value = "" if option.is_flag else f" {TYPES[option.bare_type()]}"
    shown = ", ".join(f"`{name}{value}`" for name in names)
    return shown, option.help or "", "must" if option.required else _default(option)


def commands_part() -> str:
    """Return every command with its arguments and options."""
    parts: list[str] = []
    for name, command in commands(parser()):
        text = (command.help or "").strip()
        parts += [f"## {name}", "", " ".join(text.split()), ""]
        rows = [_option(p) for p in command.params if p.name != "help"]
        if rows:
            parts += [table("argument or option | what | default", rows), ""]
    return "\n".join(parts)


def columns_part() -> str:
    """Return the columns of a record of calls and what holds them by default."""
    needed = {"call", "unit", "received", "dispatched", "location"}
    return table(
        "field | holds | default column | needed",
        (
            (f"`{f.name}`", COLUMNS[f.name], f"`{f.default}`" if f.default else "none",
             "yes" if f.name in needed else "")
            for f in fields(CallColumns)
        ),
    )  # fmt: skip


# ---- settings ----------------------------------------------------------------------


def settings_part() -> str:
    """Return every setting with its variable, its option and its default."""
    rows: list[tuple[object, ...]] = []
    for name, field in Settings.model_fields.items():
        default = field.default
        if default is PydanticUndefined:
            default = "the user's data folder"
        shown = "" if default is None else f"`{default}`"
        option = f"`{FLAGS[name]}`" if name in FLAGS else ""
        shown = default if name == "data_dir" else shown
        rows.append((f"`GENGFU_{name.upper()}`", option, SETTINGS[name], shown))
    return table("variable | option | what | default", rows)


# ---- HTTP --------------------------------------------------------------------------


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of this release, as the server makes it."""
    master = MasterKey(bytes(32))
    office = office_of(MemoryStore(), master, INSTALLED)
    platform = Platform(office, open_town(CITY), master, INSTALLED)
    groups = [own_routes(platform), *(r for c in INSTALLED for r in c.routes)]
    tagged = [Tagged(g.tag, r) for g in groups for r in g.declared]
    public = [role for role, _ in PUBLIC]
    return document(tagged, prefix=PREFIX, version="", public=public)


def _said(schema: dict[str, Any]) -> str:
    """Return a schema in a word or two."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if options := schema.get("anyOf"):
        return " or ".join(_said(one) for one in options if one.get("type") != "null")
    if values := schema.get("enum"):
        return ", ".join(f"`{value}`" for value in values)
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_said(schema.get('items', {}))}"
    if kind == "object":
        return "object"
    return _bounded(schema, {"string": "text", "boolean": "yes or no"}.get(kind, kind))


def _bounded(schema: dict[str, Any], kind: str) -> str:
    if schema.get("format") == "date-time":
        return "time (RFC 3339)"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{kind}, {low:g} to {high:g}"
    if "maxLength" in schema:
        return f"{kind}, at most {schema['maxLength']}"
    return kind


def _body(content: dict[str, Any]) -> str:
    kinds = [k for k, v in content.items() if v["schema"].get("format") == "binary"]
    if kinds:
        return "file: " + ", ".join(f"`{kind}`" for kind in kinds)
    schemas = [one["schema"] for one in content.values()]
    return " or ".join(map(_said, schemas))


def _operation_row(
    path: str, method: str, operation: dict[str, Any]
) -> tuple[str, ...]:
    roles = ", ".join(dict.fromkeys(operation["x-roles"])) or "everybody"
    asked = [p for p in operation["parameters"] if p["in"] == "query"]
    query = ", ".join(f"`{p['name']}`{'*' if p['required'] else ''}" for p in asked)
    body = _body(operation.get("requestBody", {}).get("content", {}))
    (good,) = [a for s, a in operation["responses"].items() if s.startswith("2")]
    return (
        f"`{method.upper()} {path.removeprefix(PREFIX)}`",
        operation["summary"],
        roles,
        body or (f"query: {query}" if query else ""),
        _body(good.get("content", {})),
    )


def http_part(described: dict[str, Any] | None = None) -> str:
    """Return every route by heading, then every form and view with its fields."""
    found = described or openapi()
    groups: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for path, item in found["paths"].items():
        for method, operation in item.items():
            group = operation["tags"][0], str(operation["x-purpose"])
            row = _operation_row(path, method, operation)
            groups.setdefault(group, []).append(row)
    parts: list[str] = []
    tag_before = ""
    for (tag, purpose), rows in sorted(groups.items()):
        if tag != tag_before:
            parts += [f"## {tag}", ""]
            tag_before = tag
        code = f"`{purpose}`" if " " not in purpose else purpose
        parts += [f"Purpose: {code}.", ""]
        head = "route | what it does | roles | takes | answers"
        parts += [table(head, rows), ""]
    parts += ["## Forms and views", "", "Fields with a star must be given.", ""]
    for name, schema in sorted(found["components"]["schemas"].items()):
        parts += [f"### {name}", "", _fields(schema), ""]
    return "\n".join(parts)


def _fields(schema: dict[str, Any]) -> str:
    if values := schema.get("enum"):
        return "One of " + ", ".join(f"`{value}`" for value in values) + "."
    must = set(schema.get("required", ()))
    listed = [
        f"`{name}`{'*' if name in must else ''} {_said(one)}"
        for name, one in schema.get("properties", {}).items()
    ]
    return "; ".join(listed) + "." if listed else "No fields."


def screens_part() -> str:
    """Return every page with who may open it."""
    return table(
        "page | roles | purpose",
        (
            (f"`{s.path}`", ", ".join(dict.fromkeys(s.roles)), s.purpose)
            for capability in INSTALLED
            for s in capability.screens
        ),
    )


def classes_part() -> str:
    """Return the road classes that a pack knows, most important first."""
    known = road_classes()

    def words(names: dict[str, int], code: int) -> str:
        return ", ".join(f"`{name}`" for name, row in names.items() if row == code)

    return table(
        "class | OSM `highway` | TIGER `MTFCC` | km/h | emergency vehicles only",
        (
            (f"`{c.id}`", words(known.osm, code), words(known.mtfcc, code),
             f"{c.speed_kmh:g}", "yes" if c.emergency_only else "")
            for code, c in enumerate(known.classes)
        ),
    )  # fmt: skip


PARTS = {
    "commands": ("commands.md", commands_part),
    "columns": ("commands.md", columns_part),
    "settings": ("settings.md", settings_part),
    "http": ("http.md", http_part),
    "screens": ("http.md", screens_part),
    "classes": ("city-packs.md", classes_part),
}


def filled(text: str) -> str:
    """Return a page with its made parts made anew."""

    def made(match: re.Match[str]) -> str:
        part = PARTS[match["name"]][1]().rstrip()
        return f"{match[1]}\n{part}\n\n{match[3]}"

    return _PART.sub(made, text)


def main() -> int:
    """Write the pages."""
    for page in sorted({page for page, _ in PARTS.values()}):
        path = REFERENCE / page
        path.write_text(filled(path.read_text("utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
