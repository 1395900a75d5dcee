"""Every format is written, verified, carries its receipt, and does what it is for."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from exporting import NAMES, TEXT, exported, loaded, seeded_values
from support import spec

from inceptionspec.backends.keras import assign, build
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.export.files import handlers
from inceptionspec.export.files.handlers import HANDLERS
from inceptionspec.export.formats import FORMATS, companions
from inceptionspec.export.reference import as_input
from inceptionspec.export.verify import verify
from inceptionspec.quantization.lowering import Lowering
from inceptionspec.reports.export.text import exported_text
from inceptionspec.weights import load_weights


@pytest.fixture
def files(originals: Path) -> dict[str, Path]:
    """An export of each format, which no test changes."""
    return {name: originals / name / f"t{row.suffix}" for name, row in FORMATS.items()}


def images() -> Any:
    return np.random.default_rng(1).uniform(-1, 1, (2, 16, 16, 3)).astype("float32")


def expected(network: Any = None) -> Any:
    network = network or loaded()
    model = build(network.graph)
    assign(model, network.graph, seeded_values(network))
    return np.asarray(model(images(), training=False)["Logits"])


def test_every_format_has_a_handler() -> None:
    assert set(HANDLERS) == set(FORMATS)


@pytest.mark.parametrize("name", NAMES)
def test_an_export_holds_what_its_receipt_says(files: dict[str, Path], name: str) -> None:
    found = verify(str(files[name]))
    assert found.ok, found.findings
    assert {check.name: check.holds for check in found.checks}["outputs"]
    receipt = found.receipt
    assert receipt.format == name
    assert receipt.verified
    assert receipt.deviation is not None
    assert receipt.deviation <= 1e-5
    assert receipt.load().digests == loaded().digests
    assert receipt.data["versions"]["inceptionspec"]
    assert receipt.data["preprocessing"]["channel_order"] == "BGR"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_is_left_next_to_an_export(files: dict[str, Path], name: str) -> None:
    written = {str(path) for path in files[name].parent.iterdir()}
    assert written == set(companions(str(files[name]), name))


def test_weights_digests_are_the_same_in_all_formats(files: dict[str, Path]) -> None:
    digests = {verify(str(file)).receipt.data["digests"]["weights"] for file in files.values()}
    assert len(digests) == 1


def test_keras_loads_and_trains_its_file(files: dict[str, Path]) -> None:
    model = keras.saving.load_model(files["keras"])
    np.testing.assert_allclose(model(images())["Logits"], expected(), atol=1e-6)
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile("sgd", {"Logits": "mse"})
    model.fit(images(), {"Logits": np.ones((2, 3))}, verbose=0)
    after = model.trainable_weights
    assert all(np.any(old != new.numpy()) for old, new in zip(before, after, strict=True))


def test_a_saved_model_answers_and_trains(files: dict[str, Path]) -> None:
    model = tf.saved_model.load(str(files["savedmodel"]))
    found = model.signatures["serving_default"](images=tf.constant(images()))
    np.testing.assert_allclose(found["Logits"], expected(), atol=1e-6)
    moving = [
        weights["moving_mean"] for weights in model.layers.values() if "moving_mean" in weights
    ]
    old = [mean.numpy() for mean in moving]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(images(), training=True)["Logits"] ** 2)
    variables = [one for layer in model.layers.values() for one in layer.values()]
    trainable = [variable for variable in variables if variable.trainable]
    assert len(trainable) == 15
    assert all(one is not None for one in tape.gradient(loss, trainable))
    assert all(np.any(mean.numpy() != one) for mean, one in zip(moving, old, strict=True))


@pytest.mark.parametrize("name", ["keras", "savedmodel", "onnx", "tflite"])
@pytest.mark.parametrize("optimized", [False, True])
def test_preprocessing_inside_reads_bytes(tmp_path: Path, name: str, optimized: bool) -> None:
    if name == "keras" and optimized:
        return
    file = tmp_path / f"t{FORMATS[name].suffix}"
    found = exported(file, optimized=optimized, preprocessing_inside=True, batch=_batch(name))
    assert found.receipt.preprocessing_inside
    assert found.receipt.verified
    notes = " ".join(found.receipt.preprocessing_notes)
    assert ("folded into the kernel" in notes) == (name in ("onnx", "tflite"))
    assert notes.split(":")[0] in " ".join(exported_text(found).replace("inside ", "").split())
    assert verify(str(file)).ok


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"tflite", "module", "savedmodel"}))
def test_what_is_exported_is_read_as_weights(files: dict[str, Path], name: str) -> None:
    network = loaded()
    read = load_weights(network, str(files[name])).arrays
    for key, array in seeded_values(network).items():
        np.testing.assert_array_equal(read[key], array)


def test_kernels_with_a_scale_inside_are_not_read_as_weights(tmp_path: Path) -> None:
    exported(tmp_path / "t.onnx", preprocessing_inside=True)
    with pytest.raises(SpecError) as caught:
        load_weights(loaded(), str(tmp_path / "t.onnx"))
    assert caught.value.findings[0].code == "E0701"


def _batch(name: str) -> int | None:
    return None if name == "keras" else 3


@pytest.mark.parametrize("name", ["keras", "savedmodel", "onnx", "tflite"])
def test_some_outputs_alone(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"t{FORMATS[name].suffix}"
    found = exported(file, outputs=["mixed_1", "Logits"])
    assert found.receipt.outputs == ("mixed_1", "Logits")
    assert verify(str(file)).ok


# All but one are models inside the model; Keras names the operations in them `pad` and so on.
COMPOSITES = spec(
    """
- {op: pad, padding: 1, mode: reflect}
- {op: conv, kernel: 1, filters: 4, activation: gelu_tanh}
- {op: pad, padding: 1}
- {op: max_pool, kernel: 3, dilation: 2}
- {op: pad, padding: 1, mode: reflect}
"""
)


@pytest.mark.parametrize("name", ["keras", "module", "onnx"])
def test_layers_of_several_operations_are_verified_whatever_their_names(
    tmp_path: Path, name: str
) -> None:
    found = exported(tmp_path / f"t{FORMATS[name].suffix}", loaded(COMPOSITES))
    assert found.receipt.verified
    assert verify(str(tmp_path / f"t{FORMATS[name].suffix}")).ok


def test_an_open_size_is_verified_at_some_size(tmp_path: Path) -> None:
    found = exported(tmp_path / "t.onnx", loaded(input="any"))
    assert found.receipt.verified


def test_a_folder_of_ours_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "t.savedmodel"
    exported(file)
    (file / "mine.txt").write_text("x")
    exported(file)
    assert not (file / "mine.txt").exists()
    assert verify(str(file)).ok


# What goes wrong


@pytest.mark.parametrize("suffix", [".onnx", ".tflite"])
def test_a_file_that_computes_something_else_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    import inceptionspec.backends.litert.model as litert
    import inceptionspec.backends.onnx.model as onnx

    for module in (onnx, litert):
        right = module.EMITTERS["concat"]
        wrong = {**module.EMITTERS, "concat": lambda layer, inputs, f=right: f(layer, inputs[::-1])}
        monkeypatch.setattr(module, "EMITTERS", wrong)
    with pytest.raises(SpecError) as caught:
        exported(tmp_path / f"t{suffix}", loaded(TEXT.replace("filters: 5", "filters: 4")))
    (finding,) = caught.value.findings
    assert finding.code == "E0713"
    assert "`mixed_1/concat`" in finding.primary.text
    assert not list(tmp_path.iterdir())


def test_weights_that_change_on_the_way_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = HANDLERS["safetensors"]

    def reread(program: Any, target: Path) -> Any:
        runtime, values = right.reread(program, target)  # type: ignore[misc]
        return runtime, {**values, ("stem", "beta"): values["stem", "beta"] + 1}

    table = {**HANDLERS, "safetensors": right._replace(reread=reread)}
    monkeypatch.setattr("inceptionspec.export.verification.HANDLERS", table)
    with pytest.raises(SpecError) as caught:
        exported(tmp_path / "t.safetensors")
    assert caught.value.findings[0].code == "E0713"
    assert "`stem`" in caught.value.findings[0].primary.text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = tmp_path / f"t{FORMATS[name].suffix}"

    def full(program: Any, target: Path) -> None:
        target.with_name("half").write_bytes(b"x")
        raise OSError(28, "No space left on device")

    table = {**HANDLERS, name: HANDLERS[name]._replace(write=full)}
    monkeypatch.setattr(handlers, "HANDLERS", table)
    monkeypatch.setattr("inceptionspec.export.export.HANDLERS", table)
    with pytest.raises(SpecError) as caught:
        exported(file)
    assert caught.value.findings[0].code == "E0803"
    assert "no space left" in caught.value.findings[0].message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["safetensors", "checkpoint", "weights", "module"])
def test_a_file_that_cannot_grow_is_told_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path(f"t{FORMATS[name].suffix}")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        with pytest.raises(SpecError) as caught:
            exported(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (finding,) = caught.value.findings
    assert finding.code == "E0803"
    told, reason = finding.message.removeprefix("`").split("` ")
    assert Path(told).name.startswith("t.")
    assert reason == "cannot be written: file too large"
    assert not list(tmp_path.iterdir())


def test_a_file_is_never_replaced_by_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("t.savedmodel")
    file.write_text("years of work")
    with pytest.raises(SpecError) as caught:
        exported(file)
    (finding,) = caught.value.findings
    assert finding.code == "E0803"
    assert finding.message == "`t.savedmodel` is a file, and `savedmodel` is written as a folder"
    assert file.read_text() == "years of work"


def test_a_foreign_folder_is_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "t.savedmodel"
    file.mkdir()
    (file / "thesis.txt").write_text("years of work")
    with pytest.raises(SpecError) as caught:
        exported(file)
    assert caught.value.findings[0].code == "E0803"
    assert (file / "thesis.txt").exists()


# int8


@pytest.fixture(scope="module")
def in_integers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The network `Square` in int8, with what was exported."""
    file = tmp_path_factory.mktemp("int8") / "square.onnx"
    return exported(file, lowering=Lowering("int8", any_deviation=True))


def test_an_onnx_file_in_int8_holds_integers_and_answers_as_told(in_integers: Any) -> None:
    model = onnx.load(in_integers.file)
    kinds = {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) == 4}
    assert kinds == {onnx.TensorProto.INT8}
    session = onnxruntime.InferenceSession(in_integers.file)
    (found,) = session.run(["Logits"], {"images": images().transpose(0, 3, 1, 2)})
    apart = float(np.abs(found - expected()).max() / np.abs(expected()).max())
    assert 1e-5 < apart < 0.2
    assert 1e-5 < in_integers.cost.largest < 0.2


def test_the_receipt_of_int8_says_what_it_costs(in_integers: Any) -> None:
    receipt = in_integers.receipt
    assert receipt.data["precision_cost"] == in_integers.cost.data()
    assert receipt.data["verification"]["source"].startswith("the network in float32")
    assert receipt.deviation > 1e-5
    assert "precision  int8" in exported_text(in_integers)
    found = verify(in_integers.file)
    assert found.ok, found.findings
    assert {check.name: check.holds for check in found.checks}["outputs"]


def test_int8_with_preprocessing_inside_reads_bytes(in_integers: Any, tmp_path: Path) -> None:
    lowering = Lowering("int8", any_deviation=True)
    found = exported(tmp_path / "t.onnx", preprocessing_inside=True, batch=2, lowering=lowering)
    assert "not folded: weights are integers" in found.receipt.preprocessing_notes[0]
    bytes_ = np.random.default_rng(2).integers(0, 256, (2, 16, 16, 3), "uint8")
    outside = onnxruntime.InferenceSession(in_integers.file)
    read = as_input(bytes_, loaded().graph).transpose(0, 3, 1, 2)
    (expected_,) = outside.run(["Logits"], {"images": read})
    inside = onnxruntime.InferenceSession(found.file)
    (answer,) = inside.run(["Logits"], {"images": bytes_})
    # A number between two integers may be rounded to either.
    np.testing.assert_allclose(answer, expected_, atol=0.02 * float(np.abs(expected_).max()))
    assert inside.get_inputs()[0].type == "tensor(uint8)"
    assert inside.get_inputs()[0].shape == [2, 16, 16, 3]
    assert verify(found.file).ok


def test_verify_finds_one_integer_that_was_changed(in_integers: Any, tmp_path: Path) -> None:
    model = onnx.load(in_integers.file)
    tensor = next(one for one in model.graph.initializer if len(one.dims) == 4)
    array = onnx.numpy_helper.to_array(tensor).copy()
    array.flat[0] -= 1 if array.flat[0] > 0 else -1
    tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
    file = tmp_path / "square.onnx"
    onnx.save(model, str(file))
    (finding,) = verify(str(file)).findings
    assert finding.code == "E0714"
    assert "holds another layer" in finding.message


def test_int8_that_destroys_a_network_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inceptionspec.quantization.lowered.LEAST_AGREEMENT", 1.1)
    with pytest.raises(SpecError) as caught:
        exported(tmp_path / "t.onnx", lowering=Lowering("int8"), weights="mine.h5")
    assert caught.value.findings[0].code == "E0826"
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_picture_is_named_with_its_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("no picture")
    with pytest.raises(SpecError) as caught:
        exported(Path("t.onnx"), lowering=Lowering("int8", "a.txt"))
    (finding,) = caught.value.findings
    assert finding.code == "E0824"
    assert finding.primary.span.source.name == "--precision int8 --calibrate a.txt"
    assert not Path("t.onnx").exists()
