"""A fitted travel model in a city pack: `travel.json`, written whole or not at all."""

import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import msgspec

from gengfu.kernel import BadInput, Unavailable
from gengfu.science.roads import TravelModel

FILE = "travel.json"
FORMAT = "gengfu-travel"
VERSION = 2
READABLE = (1, VERSION)
"""Version 1 knows no `kind_start_s`; every kind of call then keeps the pooled start."""


class _About(msgspec.Struct):
    format: str
    version: int
    class_table: str
    fitted_to: str


def save_travel_model(
    folder: Path, model: TravelModel, *, class_table: str, fitted_to: str
) -> Path:
    """Write the model into a pack; Unavailable when the pack cannot be written.

    Speeds are by road class, so the model is only good for one `class_table`.
    """
    stored = {
        "format": FORMAT,
        "version": VERSION,
        "class_table": class_table,
        "fitted_to": fitted_to,
        **asdict(model),
    }
    path = folder / FILE
    write_whole(path, msgspec.json.format(msgspec.json.encode(stored)) + b"\n")
    return path


def load_travel_model(folder: Path, *, class_table: str) -> TravelModel | None:
    """Read the model of a pack, None where it has none.

    Raises BadInput naming the field where the file is broken, of another version or
    made for another table of road classes.
    """
    path = folder / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise Unavailable(f"{path}: {fault.strerror}") from None
    try:
        stored = msgspec.json.decode(data, type=_About)
        model = msgspec.json.decode(data, type=TravelModel)
    except (msgspec.DecodeError, ValueError) as fault:
        raise BadInput(f"{FILE}: {fault}") from None
    if stored.format != FORMAT or stored.version not in READABLE:
        raise BadInput(
            f"{FILE}: {stored.format} {stored.version}; this Gengfu reads"
            f" {FORMAT} {' and '.join(map(str, READABLE))}"
        )
    if stored.class_table != class_table:
        raise BadInput(
            f"{FILE}, field class_table: {stored.class_table!r}, but the roads use"
            f" {class_table!r}; calibrate again"
        )
    return model


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; Unavailable where that fails."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as fault:
        raise Unavailable(f"{path}: cannot be written: {fault.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as fault:
        raise Unavailable(f"{path}: cannot be written: {fault.strerror}") from None
    finally:
        Path(name).unlink(missing_ok=True)
