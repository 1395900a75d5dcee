"""Receptive fields against gradients of the built model: which pixels change an output pixel."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from support import CORPUS, spec

import inceptionspec
from inceptionspec.analysis.receptive_field import receptive_fields

UNIONS = {
    "unlike centers": (CORPUS / "cases" / "field_of_unlike_centres.yaml").read_text(),
    "strides": spec(
        """
- name: M
  branches:
    a: [{op: conv, kernel: 3x1, stride: 2, filters: 2}, {op: conv, kernel: 3, filters: 2}]
    b: [{op: conv, kernel: 2x5, filters: 2}, {op: conv, kernel: 1x1, stride: 2, filters: 2}]
    c: [{op: avg_pool, kernel: 4x4, stride: 2, padding: same}]
- {op: conv, name: N, kernel: 2x2, filters: 1}
""",
        size="32x33",
        channels=1,
    ),
    "padding": spec(
        """
- name: M
  branches:
    a: [{op: pad, padding: 2x0}, {op: conv, kernel: 5x1, padding: valid, filters: 2}]
    b: [{op: conv, kernel: 3x3, dilation: 2, filters: 2}]
- {op: conv, name: N, kernel: 1x1, stride: 3, filters: 1}
""",
        size="33x32",
        channels=1,
    ),
}


@pytest.mark.parametrize("name", UNIONS)
def test_the_pixels_that_an_output_pixel_depends_on(name: str) -> None:
    network = inceptionspec.load(UNIONS[name])
    graph = network.graph
    field = receptive_fields(graph)[graph.names["N"]]
    model = network.to_keras("N")
    for variable in model.trainable_variables:  # so that nothing cancels out
        variable.assign(tf.ones_like(variable))
    image = tf.Variable(tf.ones((1, *graph.nodes[0].shape)))
    row, column = (side // 2 for side in graph.nodes[graph.names["N"]].shape[:2])
    with tf.GradientTape() as tape:
        pixel = model(image, training=False)[0, row, column, 0]
    seen = np.argwhere(tape.gradient(pixel, image).numpy()[0, :, :, 0])
    place = np.array((row, column)) * field.stride
    assert (seen.min(axis=0) - place).tolist() == list(field.first)
    assert (seen.max(axis=0) - place).tolist() == list(field.last)
