"""The control room on a small grid town, run in memory under a virtual clock."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rooms import open_room
from towns import town


@pytest.fixture
def room():
    """Two engines in opposite corners, one of each other kind between them."""
    return open_room(
        town(
            ("E1", "engine", (0, 0), "breathing-apparatus"),
            ("E2", "engine", (5, 5), "breathing-apparatus"),
            ("L1", "ladder", (1, 1)),
            ("P1", "patrol-car", (2, 2)),
            ("P2", "patrol-car", (5, 0)),
            ("A1", "ambulance", (3, 3)),
        )
    )
