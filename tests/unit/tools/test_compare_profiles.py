"""What tools/compare_profiles.py reads of ONNX Runtime's profile."""

from __future__ import annotations

from typing import Any

import pytest
from support import script


@pytest.fixture(scope="module")
def tool() -> Any:
    return script("compare_profiles")


def _event(name: str, microseconds: int, cat: str = "Node") -> dict[str, Any]:
    return {"cat": cat, "name": name, "dur": microseconds}


def test_the_median_of_the_last_steps_by_what_a_node_is_called(tool: Any) -> None:
    events = [
        {"cat": "Session", "name": "model_run"},
        *(_event("Mix/Conv:0_nchwc_kernel_time", taken) for taken in (90_000, 1_000, 3_000, 2_000)),
        *(_event("Mix/Conv_1_kernel_time", taken) for taken in (9, 8, 8, 8)),
        _event("Mix/Conv_1_fence_before", 5_000),
        _event("ReorderOutput_kernel_time", 4),
    ]
    assert tool.kernel_times(events, 3) == pytest.approx(
        {"Mix/Conv": 2e-3, "Mix/Conv_1": 8e-6, "ReorderOutput": 4e-6}
    )


def test_nodes_go_to_their_layers(tool: Any) -> None:
    times = {"Mix/Conv": 2.0, "Mix/Conv_1": 1.0, "Mix/Conv/Relu": 0.5, "ReorderOutput": 0.25}
    layers, outside = tool.onnx_layers(["Mix/Conv", "Mix/Conv_1"], times)
    assert layers == {"Mix/Conv": 2.5, "Mix/Conv_1": 1.0}
    assert outside == {"ReorderOutput": 0.25}
