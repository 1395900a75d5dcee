"""What is read of TensorFlow's profiler."""

from __future__ import annotations

from types import SimpleNamespace as Some

import pytest

from inceptionspec.bench.tracing.trace import operations


def _plane(*lines: tuple[int, list[tuple[str, int, int]]]) -> Some:
    names: list[str] = []
    made = []
    for timestamp, events in lines:
        shown = []
        for name, offset, duration in events:
            shown.append(Some(metadata_id=len(names), offset_ps=offset, duration_ps=duration))
            names.append(name)
        made.append(Some(timestamp_ns=timestamp, events=shown))
    return Some(lines=made, event_metadata=[Some(name=name) for name in names])


def test_operations_and_nothing_else() -> None:
    long_ago = 1_795_401_690_038_105_000
    found = list(
        operations(
            _plane(
                (long_ago, [("Net_1/Stem_1/convolution:Conv2D", 10**6, 3 * 10**6)]),
                (
                    long_ago + 1_000,
                    [
                        ("a/BiasAdd:_FusedConv2D", 0, 10**6),
                        ("ThreadpoolListener::Record", 0, 10**9),
                        ("EagerLocalExecute: __inference_x_1", 0, 10**9),
                        ("ExecutorState::Process", 0, 10**9),
                        ("StatefulPartitionedCall:StatefulPartitionedCall", 0, 10**9),
                        ("whole_and_probes", 0, 10**9),
                    ],
                ),
            )
        )
    )
    assert [(op.name, op.kind) for op in found] == [
        ("Net_1/Stem_1/convolution", "Conv2D"),
        ("a/BiasAdd", "_FusedConv2D"),
    ]
    assert [(op.start, op.end) for op in found] == [
        pytest.approx((1e-6, 4e-6)),
        pytest.approx((1e-6, 2e-6)),
    ]
    assert list(operations(Some(lines=[]))) == []
