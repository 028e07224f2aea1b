"""`gengfu evaluate`: whether a measure helped, from files alone.

The report names versions and digests of all that went in; the same inputs give the same
bytes. It holds exact totals and is for staff, not for publication.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import cos, radians
from pathlib import Path
from typing import Any

from gengfu.adapters.city.area_rows import AreaFile, read_area_rows
from gengfu.adapters.codec import JsonCodec
from gengfu.adapters.events import EventStore
from gengfu.adapters.travel_model import write_whole
from gengfu.capabilities.safety_index.rules.adopting import read_adopted
from gengfu.capabilities.safety_index.rules.config import IndexConfig
from gengfu.capabilities.safety_index.rules.document import Made
from gengfu.capabilities.safety_index.rules.evaluating import evaluate
from gengfu.capabilities.safety_index.rules.evaluation_values import (
    THE_MEASURE,
    Evaluation,
    MeasuredCity,
    Question,
)
from gengfu.capabilities.safety_index.rules.geography import lay_out
from gengfu.capabilities.safety_index.rules.periods import Month
from gengfu.capabilities.safety_index.rules.tally import MonthTally
from gengfu.kernel import BadInput, Said, Told

from .index_inputs import EngineChoice, counted_months, facts_of, made_of
from .inputs import Inputs, open_store, opened

_METRES_PER_DEGREE = 111_320.0
_MOST_BYTES = 4 * 1024 * 1024
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Inputs):
    """What is to be evaluated: see `gengfu evaluate --help`."""

    adopted: Path
    what: str
    first: str
    last: str
    out: Path | None = None
    measure: Said = THE_MEASURE
    ring_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An evaluation, and what it was made from."""

    evaluation: Evaluation
    made: Made
    adopted_sha256: str


class StoreCounts:
    """Counts of a city from its store of events (the workbench's `Counts`)."""

    def __init__(
        self,
        store: EventStore,
        areas: AreaFile,
        config: IndexConfig,
        engine: EngineChoice,
    ) -> None:
        self.config = config
        self._store, self._areas, self._engine = store, areas, engine

    @cached_property
    def _city(self) -> MeasuredCity:
        return MeasuredCity(
            geography=lay_out(facts_of(self._areas), self.config, self._areas.name),
            config=self.config,
            points_m=middles_m(self._areas),
        )

    def city(self) -> MeasuredCity:
        """Return the city as its areas file has it."""
        return self._city

    def months(
        self, first: Month, last: Month, told: Told
    ) -> Mapping[Month, MonthTally]:
        """Return the counts of all months that the store states."""
        return counted_months(self._store, first, last, self._engine, told)


def counts_of(folder: Path, city: Path, config: IndexConfig) -> StoreCounts:
    """Return the counts of a store of events and a city pack.

    Raises:
        BadInput: there is no store, or it keeps months by other clocks than the city.

    """
    areas = read_area_rows(city)
    store = open_store(folder, areas.timezone)
    return StoreCounts(store, areas, config, EngineChoice(options={}))


def middles_m(file: AreaFile) -> dict[str, tuple[float, float]]:
    """Return the middles of areas in metres on a plane; nothing without shapes."""
    if not file.has_polygons:
        return {}
    shapes: list[Any] = list(file.areas.polygons)
    degrees = [(float(one.centroid.x), float(one.centroid.y)) for one in shapes]
    middle = sum(lat for _, lat in degrees) / max(len(degrees), 1)
    scale = cos(radians(middle)) * _METRES_PER_DEGREE
    return {
        area: (lon * scale, lat * _METRES_PER_DEGREE)
        for area, (lon, lat) in zip(file.areas.ids, degrees, strict=True)
    }


def evaluate_files(asked: Asked, told: Told) -> Report:
    """Answer, and write the report if it is to be kept.

    Raises:
        BadInput: whatever is wrong with the inputs, by file, row and column.

    """
    first, last = Month.read(asked.first), Month.read(asked.last)
    content = _bytes(asked.adopted)
    name = asked.adopted.name
    question = Question(
        adopted=read_adopted(_text(content, name), name),
        table=name,
        what=asked.what,
        first=first,
        last=last,
        measure=asked.measure,
        ring_m=asked.ring_m,
    )
    with opened(asked) as of:
        counts = StoreCounts(of.store, of.areas, of.config, asked.engine)
        city, months = counts.city(), counts.months(first, last, told)
    told("evaluate", 0.0)
    report = Report(
        evaluation=evaluate(question, city, months),
        made=made_of(of.config, of.areas, months.values()),
        adopted_sha256=sha256(content).hexdigest(),
    )
    if asked.out is not None:
        write_whole(asked.out, JsonCodec().encode(report) + b"\n")
    return report


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput(f"{path}: no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise BadInput(f"{path}: is larger than {_MOST_BYTES} bytes")
    return path.read_bytes()


def _text(content: bytes, name: str) -> str:
    """Read text as spreadsheets write it: UTF-8, UTF-16 with its mark, GB18030."""
    marked = [code for mark, code in _MARKS if content.startswith(mark)]
    for encoding in marked or ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{name}: is neither UTF-8 nor GB18030 text")
