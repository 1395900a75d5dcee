"""A real step under TensorFlow's profiler."""

from __future__ import annotations

import pytest
import tensorflow as tf

from inceptionspec.bench.tracing.trace import trace_step


def test_a_real_step() -> None:
    matrix = tf.ones((64, 64))

    def compute(given: object) -> object:
        with tf.name_scope("Layer"):
            return tf.linalg.matmul(given, given, name="Product")

    function = tf.function(compute, autograph=False)
    function(matrix)
    step = trace_step(lambda: function(matrix).numpy())
    # Which of the two it is depends on the processor: oneDNN is on by default on some.
    [product] = [op for op in step.ops if op.kind in ("MatMul", "_MklMatMul")]
    assert product.name == "Layer/Product"
    assert 0 < product.end - product.start < step.seconds


def test_the_profiler_ends_where_a_step_fails() -> None:
    def fails() -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        trace_step(fails)
    assert trace_step(lambda: None).ops == ()
