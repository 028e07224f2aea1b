"""Options that every command over files of events has, and how their words are read."""

from pathlib import Path
from typing import Annotated

import typer

from gengfu.kernel import BadInput, Said

Events = Annotated[
    Path,
    typer.Option("--events", help="Store of events, or a CSV or Parquet. 事件数据。"),
]
Areas = Annotated[
    Path, typer.Option("--areas", help="City pack, polygons, or a CSV. 地区文件。")
]
EngineName = Annotated[str, typer.Option("--engine", help="duckdb or spark. 引擎。")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--setting", help="Setting of the engine, name=value. 引擎设置。"),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="index.toml of the city. 指数配置。")
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", help="What columns of events mean. 列映射。")
]
Timezone = Annotated[
    str,
    typer.Option("--timezone", help="The city's clocks, like Asia/Shanghai. 时区。"),
]


def settings_of(given: list[str] | None) -> dict[str, str]:
    """Read settings of an engine, each written name=value; raises BadInput."""
    found: dict[str, str] = {}
    for one in given or ():
        name, is_there, value = one.partition("=")
        if not is_there or not name:
            raise BadInput(f"--setting is name=value, not {one!r}")
        found[name] = value
    return found


def said_of(words: str, refusal: str) -> Said:
    """Read words in both languages, English|中文; raises BadInput with the refusal."""
    en, is_there, zh = words.partition("|")
    if not is_there or not en.strip() or not zh.strip():
        raise BadInput(f"{refusal}: English|中文")
    return Said(en.strip(), zh.strip())
