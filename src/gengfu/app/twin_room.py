"""The twin bound to this product: city packs, the control room, a store in memory."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from gengfu.adapters.city import load
from gengfu.adapters.travel_model import save_travel_model, write_whole
from gengfu.kernel import BadInput
from gengfu.surface import Town
from gengfu.twin.calibration import calibrate_town
from gengfu.twin.columns import CallColumns, read_columns
from gengfu.twin.records import Record, read_record

from .town import CityTown

COLUMNS_FILE = "calls.toml"

type Told = Callable[[str, float], None]


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
    found = calibrate_town(town, record, other, columns.engine, progress)
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
