"""A real step under TensorFlow's profiler."""

from __future__ import annotations

import pytest

from inceptionspec.bench.trace import traced


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
