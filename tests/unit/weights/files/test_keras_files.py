"""Files of Keras: arrays under the names of layers, whatever layout holds them."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from weight_writer import (
    INNER,
    OUTER,
    archive,
    config,
    expected,
    keras_3,
    legacy,
    whole_model,
    write_legacy,
)

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights, stored_layers

PLACE = external("--weights")


def opened(folder: Path, data: bytes, name: str = "weights.h5"):
    (folder / name).write_bytes(data)
    return open_weights(str(folder / name), PLACE)


def everything(folder: Path, data: bytes, name: str):
    file = opened(folder, data, name)
    return file.read(file.tensors)


def reason(folder: Path, data: bytes, name: str = "weights.h5") -> str:
    with pytest.raises(SpecError) as raised:
        everything(folder, data, name)
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    return " ".join((*finding.notes, *finding.helps))


def same(file, arrays=None, in_order=True):
    """Names, order, shapes, types and values are those of the network."""
    arrays = expected() if arrays is None else arrays
    values = file.read(file.tensors)
    assert sorted(values) == sorted(arrays)
    assert not in_order or list(file.tensors) == list(arrays)
    for name, array in arrays.items():
        assert file.tensors[name].shape == array.shape
        assert file.tensors[name].type == "float32"
        np.testing.assert_array_equal(values[name], array)


def fixed_names(parts: int = 0) -> bytes:
    return legacy(":0", parts)


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (legacy(), "Keras weights (.h5)"),
        (fixed_names(), "Keras weights (.h5)"),
        (legacy(parts=2), "Keras weights (.h5)"),
        (fixed_names(2), "Keras weights (.h5)"),
        (whole_model(2), "Keras model (.h5)"),
        (whole_model(3), "Keras model (.h5)"),
        (archive(), "Keras model (.keras)"),
        (archive(zipfile.ZIP_DEFLATED), "Keras model (.keras)"),
    ],
)
def test_every_layout_gives_the_same_arrays_under_the_same_names(tmp_path, data, format_):
    file = opened(tmp_path, data)
    assert file.format == format_
    same(file)


def test_one_array_is_read_alone(tmp_path):
    file = opened(tmp_path, archive())
    assert list(file.read(["dense/bias"])) == ["dense/bias"]
    with pytest.raises(KeyError):
        file.read(["dense/absent"])


@pytest.mark.parametrize("data", [whole_model(2), whole_model(3), archive()])
def test_a_model_lists_its_layers(tmp_path, data):
    layers = stored_layers(opened(tmp_path, data))
    names = list(OUTER)
    assert [layer.name for layer in layers] == [*names[:3], *INNER, *names[3:]]
    assert {layer.model for layer in layers if layer.name in INNER} == {"base"}
    by_name = {layer.name: layer for layer in layers}
    assert by_name["stem"].kind == "DepthwiseConv2D"
    assert by_name["stem"].config["use_bias"] is False
    assert by_name["stem"].inputs == ("input_2",)
    assert by_name["dense"].inputs == ("conv2d_9",)
    assert not by_name["base"].config  # its layers follow


def test_weights_without_a_model_list_no_layers(tmp_path):
    assert stored_layers(opened(tmp_path, legacy())) == ()


def test_keras_3s_weights_have_the_names_of_layers(tmp_path):
    file = opened(tmp_path, keras_3())
    assert file.format == "Keras weights (.weights.h5)"
    same(file, in_order=False)
    assert {layer.name: layer.kind for layer in stored_layers(file)} == {
        "conv2d_7": "Conv2D", "conv2d_9": "Conv2D", "dense": "Dense", "base": "functional",
        "stem": "DepthwiseConv2D", "batch_normalization": "BatchNormalization",
    }  # fmt: skip


@pytest.mark.parametrize("layers", ["layers", "_layer_checkpoint_dependencies"])
def test_without_names_layers_are_called_by_class_and_number(tmp_path, layers):
    file = opened(tmp_path, keras_3(named=False, layers=layers))
    assert file.format == "Keras weights (.weights.h5) without names of layers"
    arrays = {
        name.replace("conv2d_7", "conv2d")
        .replace("conv2d_9", "conv2d_1")
        .replace("stem", "depthwise_conv2d"): array
        for name, array in expected().items()
    }
    same(file, arrays, in_order=False)
    assert list(file.tensors)[:3] == ["conv2d/kernel", "conv2d_1/kernel", "conv2d_1/bias"]


def vars_file(ways):
    data = BytesIO()
    with h5py.File(data, "w") as file:
        for way, count in ways.items():
            for number in range(count):
                file[f"{way}/vars/{number}"] = np.float32(number)
    return data.getvalue()


@pytest.mark.parametrize(
    ("ways", "names"),
    [
        ({"layers/batch_normalization": 4}, "gamma beta moving_mean moving_variance"),
        ({"layers/batch_normalization": 3}, "beta moving_mean moving_variance"),
        ({"layers/batch_normalization": 2}, "moving_mean moving_variance"),
        ({"layers/separable_conv2d": 2}, "depthwise_kernel pointwise_kernel"),
        ({"layers/p_re_lu": 1}, "alpha"),
        ({"layers/my_layer": 2}, "0 1"),
        ({"layers/dense": 3}, "0 1 2"),
        ({"layers/lstm/cell": 3}, "0 1 2"),
    ],
)
def test_names_of_weights_follow_from_the_class_and_their_number(tmp_path, ways, names):
    file = opened(tmp_path, vars_file(ways))
    assert [name.rpartition("/")[2] for name in file.tensors] == names.split()


def test_numbers_are_sorted_as_numbers(tmp_path):
    file = opened(tmp_path, vars_file({f"layers/p_re_lu_{n}": 1 for n in range(1, 12)}))
    assert [*file.tensors][1:3] == ["p_re_lu_2/alpha", "p_re_lu_3/alpha"]


def test_what_an_optimizer_and_generators_keep_is_left_out(tmp_path):
    file = opened(tmp_path, vars_file({"layers/dense": 2, "optimizer": 3}))
    assert [*file.tensors] == ["dense/kernel", "dense/bias"]


def test_layers_of_one_name_are_called_by_their_path(tmp_path):
    data = BytesIO()
    with h5py.File(data, "w") as file:
        for way, name in {"": "base", "layers/conv2d": "conv", "layers/dense": "head"}.items():
            file.create_group(f"layers/functional/{way}/vars").attrs["name"] = name
        for way in ("layers/functional/layers/conv2d", "layers/conv2d"):
            file.require_group(f"{way}/vars").attrs["name"] = "conv"
            file[f"{way}/vars/0"] = np.zeros(1)
    assert sorted(opened(tmp_path, data.getvalue()).tensors) == ["base/conv/kernel", "conv/kernel"]


def keras_1(weights) -> bytes:
    """Weights of one layer, with the names that Keras 1 gave."""
    data = BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["layer_names"] = np.array([b"layer_1"])
        group = file.create_group("layer_1")
        group.attrs["weight_names"] = np.array([name.encode() for name in weights])
        for name in weights:
            group[name] = np.zeros(1)
    return data.getvalue()


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("layer_1_W", "kernel"),
        ("layer_1_b:0", "bias"),
        ("layer_1_running_std", "moving_variance"),
        ("layer_1_1/gamma:0", "gamma"),  # numbered, since another was in the session
        ("layer_1/cell/kernel:0", "cell/kernel"),
    ],
)
def test_old_names_of_weights(tmp_path, stored, read):
    assert list(opened(tmp_path, keras_1([stored])).tensors) == [f"layer_1/{read}"]


def test_a_model_that_is_a_list_of_layers(tmp_path):
    """As Keras wrote Sequential models until 2.2."""
    data = BytesIO()
    layers = [{"class_name": "Dense", "config": {"name": "layer_1"}}]
    with h5py.File(BytesIO(keras_1(["layer_1/kernel:0"]))) as old, h5py.File(data, "w") as file:
        old.copy("/", file, "model_weights")
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers})
    file = opened(tmp_path, data.getvalue())
    assert list(file.tensors) == ["layer_1/kernel"]
    assert [layer.kind for layer in stored_layers(file)] == ["Dense"]


def changed(change, keras=3) -> bytes:
    data = BytesIO(whole_model(keras))
    with h5py.File(data, "r+") as file:
        change(file)
    return data.getvalue()


def without_a_group(file):
    del file["model_weights/dense"]


def without_an_array(file):
    del file["model_weights/dense/dense/bias"]


def without_layer_names(file):
    del file["model_weights"].attrs["layer_names"]


def no_json(file):
    file.attrs["model_config"] = "{"


def too_deep(file):
    file.attrs["model_config"] = "[" * 20_000


def other_json(file):
    file.attrs["model_config"] = '{"config": {"layers": [3]}}'


def twice(file):
    file["model_weights/dense"].attrs["weight_names"] = ["dense/bias", "dense/bias"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without_a_group, "it lists the layer `dense` and does not hold it"),
        (without_an_array, "it lists `dense/bias` and does not hold it"),
        (without_layer_names, "it lists no layers"),
        (no_json, "its `model_config` is not JSON that is read"),
        (too_deep, "its `model_config` is not JSON that is read"),
        (other_json, "the list of its layers is malformed"),
        (twice, "two of its arrays are called `dense/bias`"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path, change, why):
    assert why in reason(tmp_path, changed(change))


def test_hdf5_of_others_is_refused(tmp_path):
    data = BytesIO()
    with h5py.File(data, "w") as file:
        file["x"] = 1
    assert reason(tmp_path, data.getvalue()) == "it is HDF5, and not as Keras writes it"


# Archives


def test_members_and_damage_of_an_archive(tmp_path):
    def why(data):
        return reason(tmp_path, data, "model.keras")

    with zipfile.ZipFile(tmp_path / "empty.keras", "w"):
        pass
    assert "has no `config.json`" in why((tmp_path / "empty.keras").read_bytes())
    assert "points out of it" in why(archive(members={"../x": b""}))
    assert "points out of it" in why(archive(members={"/x": b""}))
    assert "it is no zip file" in why(archive()[:-30])
    assert "`config.json` is damaged" in why(archive().replace(b'"Conv2D"', b'"Conv3D"', 1))
    assert "its `config.json` is not JSON" in why(archive(members={"config.json": b"nope"}))
    assert "it is not HDF5" in why(archive(members={"model.weights.h5": bytes(200)}))
    bad = archive()
    at = bad.index(OUTER["dense"][1]["bias"].tobytes())
    assert "`model.weights.h5` is damaged" in why(bad[:at] + b"\0" + bad[at + 1 :])
    bomb = bytearray(archive())
    at = bomb.rindex(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = b"\xf0\xff\xff\xff"
    assert "bytes and declares 4,29" in why(bytes(bomb))


def test_an_archive_with_two_members_of_one_name_is_refused(tmp_path):
    data = BytesIO(archive())
    with zipfile.ZipFile(data, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("config.json", "{}")
    assert "two of its members" in reason(tmp_path, data.getvalue(), "model.keras")


def test_an_encrypted_archive_is_refused(tmp_path):
    data = bytearray(archive())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert reason(tmp_path, bytes(data), "model.keras") == "it is encrypted"


def test_operations_of_keras_3_are_not_counted_as_layers(tmp_path):
    """`Conv` of `keras.ops` shares a class's name with no group of the file."""
    model = config()
    layers = model["config"]["layers"]
    layers.insert(1, {"class_name": "Conv2D", "module": "keras.src.ops.nn", "name": "op",
                      "config": {"name": "op"}})  # fmt: skip
    same(opened(tmp_path, archive(members={"config.json": json.dumps(model).encode()})))


def test_a_legacy_group_of_the_models_own_weights_is_read(tmp_path):
    data = BytesIO()
    with h5py.File(data, "w") as file:
        write_legacy(file)
        file.create_group("top_level_model_weights").attrs["weight_names"] = ["scale"]
        file["top_level_model_weights/scale"] = np.zeros(2)
    assert "top_level_model_weights/scale" in opened(tmp_path, data.getvalue()).tensors
