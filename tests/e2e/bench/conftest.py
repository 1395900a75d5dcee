"""The small network with two heads."""

from __future__ import annotations

import pytest
from profiles import TWO_HEADS
from support import loaded

from inceptionspec.frontend.load import LoadedSpec


@pytest.fixture
def network() -> LoadedSpec:
    """The small network."""
    return loaded(TWO_HEADS)
