"""What tests of the index's cases share."""

import pytest
from tests.capabilities.safety_index.offices import open_office


@pytest.fixture
def office():
    return open_office()
