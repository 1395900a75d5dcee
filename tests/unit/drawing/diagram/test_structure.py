"""Every network whose entries read the ones before them is rows and branches."""

from __future__ import annotations

import pytest
from shapes import NESTED, SPECS, spec

import inceptionspec
from inceptionspec.drawing.diagram import Fold
from inceptionspec.drawing.diagram.boxes import boxes_of
from inceptionspec.drawing.diagram.frames import calls_of, frames_of
from inceptionspec.drawing.diagram.options import FOLDS
from inceptionspec.drawing.diagram.structure import is_series_parallel


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("name", [*SPECS, *NESTED])
def test_every_network_is_rows_and_branches(name: str, fold: Fold) -> None:
    graph = inceptionspec.load(spec(name) if name in SPECS else name).graph
    assert is_series_parallel(boxes_of(graph, fold, frames_of(graph, calls_of(graph), {})))
