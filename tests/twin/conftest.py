"""The demo city for the twin, in a folder that a calibration may write to."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def coquimbo() -> Path:
    return ROOT / "cities" / "coquimbo"


@pytest.fixture
def pack(coquimbo: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "pack"
    shutil.copytree(coquimbo, copy)
    (copy / "travel.json").unlink(missing_ok=True)
    return copy


def silent(_stage: str, _share: float) -> None:
    return
