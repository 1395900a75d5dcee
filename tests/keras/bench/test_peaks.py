"""The peak of TensorFlow's own product."""

from __future__ import annotations

from inceptionspec.bench.machine import peaks


def test_tensorflow_product() -> None:
    rate = peaks.tensorflow_product((32,), 0.001)
    assert rate.per_second > 1e5
    assert rate.kernel.startswith("TensorFlow ")
    assert rate.kernel.endswith((", Eigen", ", oneDNN"))
