"""Shared fixtures; one Hypothesis profile for every push, one for the night."""

import atexit
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("push", derandomize=True, max_examples=60, deadline=None)
settings.register_profile(
    "night",
    max_examples=2000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "push"))

ROOT = Path(__file__).resolve().parents[1]

# Files of tests lie in memory where it has room for all of them, some 100 MB: on a disk,
# removing those of an earlier run alone takes seconds.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**31:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference cases and data kept beside the project; CI has them."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no shared/ folder with reference data beside the project")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Leave what is written to the system: only a machine that stops would lose it.

    Whoever tests that files are brought to disk, and when, counts the calls.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)
        yield


def pytest_unconfigure() -> None:
    """Let go of what a server that ran in this process had kept for good.

    pytest itself looks for garbage twice more: what is left now is passed over then.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)
