"""One thing is changed in an exported file: it is found, and its layer named."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from exporting import NAMES, loaded, seeded_values
from tensorflow.core.protobuf import saved_model_pb2

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.export.formats import FORMATS
from inceptionspec.export.verify import verify
from inceptionspec.weights.writers import write_slim_checkpoint

# ONNX


def onnx_change(change: Callable[[Any], None]) -> Callable[[Path], None]:
    def mutate(file: Path) -> None:
        model = onnx.load(str(file))
        change(model.graph)
        onnx.save(model, str(file))

    return mutate


def _onnx_weight(graph: Any) -> None:
    tensor = next(one for one in graph.initializer if one.name == "mixed_2/right/two/kernel")
    array = onnx.numpy_helper.to_array(tensor).copy()
    array.flat[7] += 1e-4
    tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))


def _onnx_attribute(graph: Any, path: str, name: str, change: Callable[[Any], None]) -> None:
    for node in graph.node:
        if node.name == path or node.name.startswith(f"{path}/"):
            for attribute in node.attribute:
                if attribute.name == name:
                    change(attribute)
                    return
    raise AssertionError(name)


def _pads(attribute: Any) -> None:
    attribute.ints[:] = [0, 0, 2, 2]


def _epsilon(attribute: Any) -> None:
    attribute.f *= 1.1


def _onnx_swap(graph: Any) -> None:
    node = next(one for one in graph.node if one.op_type == "Concat")
    node.input[:] = list(node.input)[::-1]


# LiteRT


def tflite_change(change: Callable[[Any], None]) -> Callable[[Path], None]:
    def mutate(file: Path) -> None:
        import flatbuffers

        model = schema.ModelT.InitFromPackedBuf(file.read_bytes(), 0)
        change(model)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        file.write_bytes(bytes(builder.Output()))

    return mutate


def _tflite_weight(model: Any) -> None:
    tensor = next(
        one for one in model.subgraphs[0].tensors if one.name == b"mixed_2/right/two/kernel"
    )
    data = np.array(model.buffers[tensor.buffer].data, np.uint8).view(np.float32)
    data[3] += 1e-4
    model.buffers[tensor.buffer].data = data.view(np.uint8)


def _tflite_padding(model: Any) -> None:
    _tflite_operator(model, "stem").builtinOptions.padding = schema.Padding.VALID


def _tflite_swap(model: Any) -> None:
    operator = _tflite_operator(model, "mixed_1/concat")
    operator.inputs = operator.inputs[::-1]


def _tflite_operator(model: Any, name: str) -> Any:
    graph = model.subgraphs[0]
    return next(
        one for one in graph.operators if graph.tensors[one.outputs[0]].name == name.encode()
    )


# Keras


def keras_change(
    config: Callable[[Any], None] = lambda layers: None,
    arrays: Callable[[Any], None] = lambda file: None,
) -> Callable[[Path], None]:
    def mutate(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        whole = json.loads(members["config.json"])
        config({layer["name"]: layer for layer in whole["config"]["layers"]})
        members["config.json"] = json.dumps(whole).encode()
        stream = io.BytesIO(members["model.weights.h5"])
        with h5py.File(stream, "r+") as held:
            arrays(held)
        members["model.weights.h5"] = stream.getvalue()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return mutate


def _h5_weight(file: Any) -> None:
    found = []
    file.visititems(
        lambda name, held: (
            found.append(name) if held.attrs.get("name") == "mixed_2.right.two" else None
        )
    )
    file[found[0]]["0"][0, 0, 0, 0] += 1e-4


def _keras_epsilon(layers: Any) -> None:
    layers["stem.BatchNorm"]["config"]["epsilon"] *= 1.1


def _keras_padding(layers: Any) -> None:
    layers["stem"]["config"]["padding"] = "valid"


def _keras_swap(layers: Any) -> None:
    nodes = layers["mixed_1.concat"]["inbound_nodes"]
    nodes[0]["args"][0].reverse()


# SavedModel


def _saved_weight(folder: Path) -> None:
    prefix = str(folder / "variables" / "variables")
    reader = tf.train.load_checkpoint(prefix)
    shapes = reader.get_variable_to_shape_map()
    values = {name: reader.get_tensor(name) for name in sorted(shapes)}
    (name,) = [one for one in values if one.startswith("layers/mixed_2..right..two/kernel")]
    values[name] = values[name] + np.float32(1e-4)
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=list(values),
        shape_and_slices=[""] * len(values),
        tensors=[tf.constant(value) for value in values.values()],
    )


def saved_change(change: Callable[[Any], bool]) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        file = folder / "saved_model.pb"
        model = saved_model_pb2.SavedModel()
        model.ParseFromString(file.read_bytes())
        functions = model.meta_graphs[0].graph_def.library.function
        changed = [change(node) for function in functions for node in function.node_def]
        assert any(changed)
        file.write_bytes(model.SerializeToString())

    return mutate


def _saved_padding(node: Any) -> bool:
    if node.op != "Conv2D" or "/stem" not in node.name:
        return False
    node.attr["padding"].s = b"VALID"
    return True


def _saved_epsilon(node: Any) -> bool:
    if node.op != "Const" or "stem.BatchNorm" not in node.name:
        return False
    if not node.name.endswith("batchnorm/add/y"):
        return False
    tensor = node.attr["value"].tensor
    tensor.float_val[:] = [tensor.float_val[0] * 1.1]
    return True


def _saved_swap(node: Any) -> bool:
    if node.op != "ConcatV2" or "mixed_1.concat" not in node.name:
        return False
    node.input[0], node.input[1] = node.input[1], node.input[0]
    return True


# Weights and the module


def _safetensors_weight(file: Path) -> None:
    from safetensors.numpy import load_file, save_file

    from inceptionspec.export.files.weight_files import safetensors_receipt
    from inceptionspec.export.receipt import KEY

    arrays = load_file(file)
    arrays["mixed_2/right/two/kernel"][0, 0, 0, 0] += 1e-4
    save_file(arrays, file, {KEY: safetensors_receipt(file) or ""})


def _weights_h5(file: Path) -> None:
    with h5py.File(file, "r+") as held:
        _h5_weight(held)


def _checkpoint_weight(file: Path) -> None:
    network = loaded()
    values = seeded_values(network)
    values["mixed_2/right/two", "kernel"] = values["mixed_2/right/two", "kernel"] + 1e-4
    write_slim_checkpoint(str(file), network.graph, values)


def _module_weight(file: Path) -> None:
    _weights_h5(file.with_suffix(".weights.h5"))


def _module_text(file: Path) -> None:
    text = file.read_text()
    assert "strides=2" in text
    file.write_text(text.replace("strides=2", "strides=1"))


TWO = "mixed_2/right/two"
CASES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "onnx weight": ("onnx", onnx_change(_onnx_weight), TWO),
    "onnx pad": (
        "onnx", onnx_change(lambda graph: _onnx_attribute(graph, "stem", "pads", _pads)), "stem",
    ),
    "onnx epsilon": (
        "onnx",
        onnx_change(lambda graph: _onnx_attribute(graph, "stem", "epsilon", _epsilon)),
        "stem",
    ),
    "onnx channels": ("onnx", onnx_change(_onnx_swap), "mixed_1/concat"),
    "tflite weight": ("tflite", tflite_change(_tflite_weight), TWO),
    "tflite pad": ("tflite", tflite_change(_tflite_padding), "stem"),
    "tflite channels": ("tflite", tflite_change(_tflite_swap), "mixed_1/concat"),
    "keras weight": ("keras", keras_change(arrays=_h5_weight), TWO),
    "keras pad": ("keras", keras_change(_keras_padding), "stem"),
    "keras epsilon": ("keras", keras_change(_keras_epsilon), "stem"),
    "keras channels": ("keras", keras_change(_keras_swap), "mixed_1/concat"),
    "savedmodel weight": ("savedmodel", _saved_weight, TWO),
    "savedmodel pad": ("savedmodel", saved_change(_saved_padding), "stem"),
    "savedmodel epsilon": ("savedmodel", saved_change(_saved_epsilon), "stem"),
    "savedmodel channels": ("savedmodel", saved_change(_saved_swap), "mixed_1/concat"),
    "safetensors weight": ("safetensors", _safetensors_weight, TWO),
    "weights weight": ("weights", _weights_h5, TWO),
    "checkpoint weight": ("checkpoint", _checkpoint_weight, TWO),
    "module weight": ("module", _module_weight, TWO),
}  # fmt: skip


def copied(originals: Path, name: str, folder: Path) -> Path:
    shutil.copytree(originals / name, folder / name)
    return folder / name / f"t{FORMATS[name].suffix}"


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_found_and_its_layer_named(originals: Path, tmp_path: Path, case: str) -> None:
    name, mutate, layer = CASES[case]
    file = copied(originals, name, tmp_path)
    mutate(file)
    found = verify(str(file))
    (finding,) = found.findings
    assert finding.code == "E0714"
    assert f"`{layer}`" in finding.message
    assert finding.message.count("`") == 4, "one layer alone is named"
    assert [check.name for check in found.checks if check.holds is False] == ["content"]


def test_a_change_of_a_modules_text_is_found(originals: Path, tmp_path: Path) -> None:
    file = copied(originals, "module", tmp_path)
    _module_text(file)
    (finding,) = verify(str(file)).findings
    assert finding.code == "E0714"


@pytest.mark.parametrize("name", NAMES)
def test_a_receipt_that_is_edited_by_hand_is_found(
    originals: Path, tmp_path: Path, name: str
) -> None:
    from inceptionspec.export.files.handlers import HANDLERS

    file = copied(originals, name, tmp_path)
    text = HANDLERS[name].get_receipt(file)
    assert text is not None
    for path in [file, *file.parent.iterdir()] if file.is_file() else file.parent.rglob("*"):
        if path.is_file():
            path.write_bytes(re.sub(rb'(\\?")BGR', rb"\1RGB", path.read_bytes()))
    if name == "keras":  # it is packed there
        with zipfile.ZipFile(file) as archive:
            members = {one: archive.read(one) for one in archive.namelist()}
        members["inceptionspec.json"] = members["inceptionspec.json"].replace(b"BGR", b"RGB")
        with zipfile.ZipFile(file, "w") as archive:
            for one, content in members.items():
                archive.writestr(one, content)
    with pytest.raises(SpecError) as caught:
        verify(str(file))
    assert caught.value.findings[0].code == "E0714"


@pytest.mark.parametrize("name", ["keras", "onnx", "tflite", "safetensors", "weights"])
def test_a_truncated_file_is_a_finding(originals: Path, tmp_path: Path, name: str) -> None:
    file = copied(originals, name, tmp_path)
    whole = file.read_bytes()
    for share in (0, 0.01, 0.3, 0.7, 0.99):
        file.write_bytes(whole[: int(len(whole) * share)])
        try:
            assert not verify(str(file)).ok
        except SpecError as error:
            assert error.findings[0].code in ("E0802", "E0703", "E0714", "E0717")


def test_other_weights_are_told_from_the_source(originals: Path, tmp_path: Path) -> None:
    file = copied(originals, "onnx", tmp_path)
    source = originals / "checkpoint" / "t.ckpt"
    assert verify(str(file), str(source)).ok
    other = copied(originals, "checkpoint", tmp_path)
    _checkpoint_weight(other)
    found = verify(str(file), str(other))
    assert [check.name for check in found.checks if check.holds is False] == ["source"]


def test_a_runtime_that_computes_something_else_is_found(
    originals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inceptionspec.export import verify as module

    right = module.OnnxRunner

    class Wrong(right):  # type: ignore[misc, valid-type]
        def __call__(self, pictures: Any, *, layers: bool = False) -> Any:
            found = super().__call__(pictures, layers=layers)
            late = [p for p in found.layers if p.startswith(("mixed_2", "Logits"))]
            changed = {path: found.layers[path] * 1.01 for path in late}
            outputs = {name: array * 1.01 for name, array in found.outputs.items()}
            return found._replace(outputs=outputs, layers={**found.layers, **changed})

    monkeypatch.setattr(module, "OnnxRunner", Wrong)
    (finding,) = verify(str(originals / "onnx" / "t.onnx")).findings
    assert finding.code == "E0714"
    assert "`mixed_2/left/one`" in finding.primary.text
