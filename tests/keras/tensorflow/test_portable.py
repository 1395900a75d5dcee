"""What other programs must take: TensorFlow Lite, `.h5`, `.keras`; and faults that are not ours."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from support import ROOT

import inceptionspec
from inceptionspec.backends.tensorflow.faults import fault, tensorflow_faults
from inceptionspec.diagnostics.diagnostic import SpecError

#: TensorFlow has moved its interpreter to another package, and still runs its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")

CASES = {
    "lrn": "- {op: lrn, radius: 2, alpha: 0.3, beta: 0.75, bias: 2}",
    "max pool": "- {op: max_pool, kernel: 3, stride: 2}",
    "max pool, padded": "- {op: max_pool, kernel: 3, padding: 1, stride: 2}",
    "max pool, padded unevenly": "- {op: max_pool, kernel: 3x4, stride: 1x2, "
    "padding: {top: 0, bottom: 1, left: 1, right: 2}}",
    "average pool": "- {op: avg_pool, kernel: 3, stride: 2}",
    "average pool, padded": "- {op: avg_pool, kernel: 3, padding: 1}",
    "average pool, padded, stride": "- {op: avg_pool, kernel: 2x3, stride: 2, padding: 0x1}",
    "average pool, counted": "- {op: avg_pool, kernel: 3, padding: 1, count_padding: true}",
    "depthwise": "- {op: depthwise_conv, kernel: 3, stride: 2x1, norm: batch_norm}",
    "dilation and stride": "- {op: conv, kernel: 3, filters: 4, dilation: 2, stride: 2}",
    "separable": "- {op: separable_conv, kernel: 3, filters: 4, activation: relu6}",
    "gate": "- {branches: [[], [{op: global_avg_pool}]], merge: multiply}",
    "rewritten": "- {branches: [[{op: conv, kernel: 1, filters: 4}], "
    "[{op: avg_pool, kernel: 3}, {op: conv, kernel: 1, filters: 2}], "
    "[{op: conv, kernel: 1, filters: 5}]], merge: concat}",
    "functions": "\n  ".join(
        f"- {{op: activation, function: {name}}}"
        for name in (
            "elu",
            "gelu",
            "hard_sigmoid",
            "hard_swish",
            "leaky_relu",
            "{leaky_relu: 0.3}",
            "{elu: 0.5}",
            "mish",
            "selu",
            "silu",
            "softplus",
        )
    ),
    "gelu by a tangent": "- {op: activation, function: gelu_tanh}",
    "norms and channels": "\n  ".join(
        (
            "- {op: rescale, scale: [1, 2, 3, 4, 5, 6], offset: 0.5}",
            "- {op: normalize}",
            "- {op: layer_norm}",
            "- {op: group_norm, groups: 3}",
            "- {op: prelu, init: {constant: 0.2}}",
            "- {op: layer_scale, init: {constant: 0.5}}",
            "- {op: drop_path, rate: 0.2}",
        )
    ),
}
#: No stock layer of Keras raises to a power, or has this function, so that `.h5`, which holds
#: nothing else, lacks them.
NOT_IN_H5 = {"lrn", "gelu by a tangent"}
IMAGES = np.random.default_rng(3).uniform(-1, 1, (2, 9, 8, 6)).astype("float32")


def network(layers):
    return inceptionspec.load(
        f"spec: 1\nname: t\ninput: {{size: 9x8, channels: 6}}\nnetwork:\n  {layers}\n"
    )


def lite(content):
    """What TensorFlow Lite computes for the first image."""
    interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], IMAGES[:1])
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("layers", CASES.values(), ids=CASES.keys())
def test_tensorflow_lite_takes_a_saved_network(layers, tmp_path):
    loaded = network(layers)
    model = loaded.to_keras()
    folder = str(tmp_path / "saved")
    loaded.to_inference(model, batch=1, engine="optimized").save(folder)
    content = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    np.testing.assert_allclose(lite(content), model(IMAGES[:1]), atol=1e-5)


@pytest.mark.parametrize("name", ["lrn", "max pool, padded", "average pool, padded"])
def test_tensorflow_lite_takes_a_model(name):
    model = network(CASES[name]).to_keras()
    content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    np.testing.assert_allclose(lite(content), model(IMAGES[:1]), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [(name, "keras") for name in CASES] + [(name, "h5") for name in CASES if name not in NOT_IN_H5],
)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_model_in_a_file_is_the_same_model(name, suffix, tmp_path):
    model = network(CASES[name]).to_keras()
    file = str(tmp_path / f"model.{suffix}")
    model.save(file)
    loaded = keras.saving.load_model(file)
    np.testing.assert_array_equal(loaded(IMAGES), model(IMAGES))


def test_weights_of_every_model_are_held_by_h5(tmp_path):
    layers = f"{CASES['lrn']}\n  - {{op: conv, kernel: 3, filters: 4}}"
    first, second = network(layers).to_keras(), network(layers).to_keras()
    file = str(tmp_path / "model.weights.h5")
    first.save_weights(file)
    second.load_weights(file)
    np.testing.assert_array_equal(first(IMAGES), second(IMAGES))


def test_a_single_image_is_told_from_a_batch():
    infer = network("- {op: max_pool, kernel: 3}").to_inference()
    with pytest.raises(SpecError) as raised:
        infer(IMAGES[0])
    (finding,) = raised.value.findings
    assert finding.message == (
        "the images must have the shape ?x9x8x6 (batch x height x width x channels), not 9x8x6"
    )
    assert finding.helps == ("this is one image: pass a batch, `images[None]`",)
    assert infer(IMAGES[0][None]).shape == (1, 9, 8, 6)
    with pytest.raises(SpecError) as raised:
        infer(IMAGES[..., :3])
    assert raised.value.findings[0].helps == ()


def test_a_fault_of_tensorflow_is_a_finding():
    @tf.function
    def failing(value):
        tf.debugging.assert_less(value, 1.0)
        return value

    with pytest.raises(SpecError) as raised, tensorflow_faults("engine='graph'"):
        failing(tf.constant(2.0))
    (finding,) = raised.value.findings
    assert finding.code == "E0710"
    assert finding.primary.span.source.name == "engine='graph'"
    with pytest.raises(tf.errors.ResourceExhaustedError), tensorflow_faults("x"):
        raise tf.errors.ResourceExhaustedError(None, None, "no memory")


def test_what_onednn_says_is_repeated_without_its_traceback(monkeypatch):
    """The message for a convolution with a norm and `tanh`, where oneDNN's kernels are on."""
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    found = fault(
        "Graph execution error:\n\nDetected at node conv/Tanh defined at (most recent call last):\n"
        '  File "answer.py", line 10, in <module>\n\n'
        "Fusion is not implemented: [FusedBatchNorm,Tanh]\n"
        "\t [[{{node conv/Tanh}}]] [Op:__inference_compute_50]",
        "engine='graph'",
    )
    assert found.message == "TensorFlow cannot compute the network: a kernel fails at `conv/Tanh`"
    assert found.notes == ("TensorFlow says: Fusion is not implemented: [FusedBatchNorm,Tanh]",)
    assert found.helps[0] == "run it without oneDNN's kernels: `TF_ENABLE_ONEDNN_OPTS=0`"
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert fault("x", "y").helps == ("try another engine",)


@pytest.mark.parametrize("engine", ["keras", "graph", "optimized", "xla"])
@pytest.mark.parametrize("case", ["fuse_tanh", "sep1"])
def test_what_tensorflow_cannot_compute_is_an_answer_or_a_finding(case, engine):
    """With oneDNN two of these fail inside of TensorFlow, without it none does."""
    file = ROOT / "tests/corpus/rewrites" / f"{case}.yaml"
    loaded = inceptionspec.load(file.read_text(encoding="utf-8"))
    images = np.ones((2, *loaded.graph.nodes[0].shape), "float32")
    model = loaded.to_keras()
    try:
        answer = loaded.to_inference(model, engine=engine)(images)
    except SpecError as error:
        assert [one.code for one in error.findings] == ["E0710"]
    else:
        np.testing.assert_allclose(answer, model(images), atol=1e-5)
