"""What a box says of its operator."""

from __future__ import annotations

import pytest
from support import loaded, spec

from inceptionspec.drawing.diagram.labels import details_text, operator_text


@pytest.mark.parametrize(
    ("layer", "operator", "details"),
    [
        ("{op: upsample, factor: 2}", "upsample by 2", ""),
        ("{op: upsample, factor: 2x1, method: bilinear}", "upsample by 2\u00d71", "bilinear"),
        ("{op: adaptive_avg_pool, size: 4x2}", "adaptive_avg_pool to 4\u00d72", ""),
        ("{op: space_to_depth, block_size: 2}", "space_to_depth of 2\u00d72", ""),
        ("{op: crop, pixels: 1}", "crop", "pixels 1"),
        ("{op: conv, kernel: 1x7, filters: 8, stride: 2}", "conv 1\u00d77, 8 filters", "stride 2"),
    ],
)
def test_a_box_says_what_its_operator_does(layer: str, operator: str, details: str) -> None:
    node = loaded(spec(f"- {layer}\n")).graph.nodes[-1]
    assert (operator_text(node), details_text(node)) == (operator, details)
