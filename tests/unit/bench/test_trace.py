"""What is read of TensorFlow's profiler."""

from __future__ import annotations

from types import SimpleNamespace as Some

import pytest

from inceptionspec.bench.trace import operations, traced


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


def test_a_real_step() -> None:
    pytest.importorskip("tensorflow")
    import tensorflow as tf

    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    matrix = tf.ones((64, 64))

    def compute(given: object) -> object:
        with tf.name_scope("Layer"):
            return tf.linalg.matmul(given, given, name="Product")

    function = tf.function(compute, autograph=False)
    function(matrix)
    step = traced(lambda: function(matrix).numpy())
    [product] = [op for op in step.ops if op.kind == "MatMul"]
    assert product.name == "Layer/Product"
    assert 0 < product.end - product.start < step.seconds


def test_the_profiler_ends_where_a_step_fails() -> None:
    pytest.importorskip("tensorflow")
    import inceptionspec.backends.keras  # noqa: F401  (first, since it silences TensorFlow)

    def fails() -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        traced(fails)
    assert traced(lambda: None).ops == ()
