"""Checkpoints of objects and SavedModels: variables by the names in the graph of objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from weight_writer import object_graph, write_objects

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights, stored_layers
from inceptionspec.weights.writers.messages import message

PLACE = external("--weights")


def reason(path: Path) -> str:
    with pytest.raises(SpecError) as raised:
        open_weights(str(path), PLACE)
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    return " ".join(finding.notes)


def test_variables_of_the_network_have_their_names(tmp_path):
    """One of them has a key that leads through the optimizer, whose own state is left out."""
    arrays = write_objects(tmp_path / "model-1")
    file = open_weights(str(tmp_path / "model-1"), PLACE)
    assert file.format == "TensorFlow checkpoint of objects"
    values = file.read(file.tensors)
    assert list(values) == list(file.tensors) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(values[name], array)
    assert stored_layers(file) == ()
    with pytest.raises(KeyError):
        file.read(["save_counter"])


def test_a_saved_model_is_its_folder(tmp_path):
    (tmp_path / "variables").mkdir()
    (tmp_path / "saved_model.pb").write_bytes(b"")
    arrays = write_objects(tmp_path / "variables" / "variables")
    file = open_weights(str(tmp_path), PLACE)
    assert file.format == "SavedModel"
    assert list(file.tensors) == list(arrays)


def test_variables_without_a_name_of_their_own_have_the_way_to_them(tmp_path):
    graph = object_graph().replace(b"dense/kernel", b"conv2d/kernel"[:12])
    write_objects(tmp_path / "model", graph.replace(b"conv2d/kernel", b"dense/kerneel"))
    names = list(open_weights(str(tmp_path / "model"), PLACE).tensors)
    assert names == ["dense/kerneel", "conv2d/kerne"]
    write_objects(tmp_path / "model", object_graph().replace(b"conv2d/kernel", b"\xff" * 13))
    assert len(open_weights(str(tmp_path / "model"), PLACE).tensors) == 2


@pytest.mark.parametrize(
    ("graph", "why"),
    [
        (b"", "its graph has 0 objects"),
        (b"\xff", "a number does not end"),
        (message((1, message((1, message((1, 9), (2, b"x")))))), "is malformed"),
        (message((1, message((1, message((1, -1), (2, b"x")))))), "is malformed"),
        (message((1, message((1, 7)))), "field 1 is a number, not bytes"),
    ],
)
def test_a_damaged_graph_is_a_finding(tmp_path, graph, why):
    write_objects(tmp_path / "model", graph)
    assert why in reason(tmp_path / "model")


def test_objects_that_have_each_other_are_walked_once(tmp_path):
    def child(number, way):
        return 1, message((1, number), (2, way))

    loop = message((1, message(child(1, b"a"), child(0, b"b"))), (1, message(child(0, b"c"))))
    write_objects(tmp_path / "model", loop)
    assert not open_weights(str(tmp_path / "model"), PLACE).tensors


@pytest.mark.parametrize("place", [0, 2, 20])
def test_a_damaged_text_is_a_finding(tmp_path, place):
    write_objects(tmp_path / "model")
    data = tmp_path / "model.data-00000-of-00001"
    whole = bytearray(data.read_bytes())
    whole[place] ^= 1
    data.write_bytes(whole)
    assert "`_CHECKPOINTABLE_OBJECT_GRAPH` is wrong" in reason(tmp_path / "model")
