"""PyTorch's files without PyTorch: its own are read, and no pickle is ever run."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import CORPUS
from weight_reading import PLACE, everything, reason

from inceptionspec.weights.files import closed_pickle, open_weights
from inceptionspec.weights.files.torch_file import LEGACY_START, TorchFile

FOLDER = CORPUS / "weights"
"""What PyTorch itself wrote: see ``tools/make_torch_files.py``."""
DATA = np.arange(6, dtype="<f4").tobytes()


def check_same(read: Mapping[str, Any], front: str = "") -> None:
    with np.load(FOLDER / "torch.npz") as expected:
        assert list(read) == [front + name for name in expected]
        for name in expected:
            array = read[front + name]
            assert array.dtype == expected[name].dtype, name
            assert array.flags.c_contiguous, name
            np.testing.assert_array_equal(array, expected[name], name)


@pytest.mark.parametrize("name", ["torch", "torch_protocol_4", "torch_legacy"])
def test_what_pytorch_writes_is_read(name: str) -> None:
    file = open_weights(str(FOLDER / f"{name}.pth"), PLACE)
    assert isinstance(file, TorchFile)
    assert file.tensors["0.weight"].shape == (4, 3, 3, 3)
    assert file.tensors["bfloat16"].type == "bfloat16"
    check_same(file.read(file.tensors))


def test_the_state_of_a_training_run_is_its_state_dictionary() -> None:
    check_same(everything(TorchFile, FOLDER / "torch_training.pth"), "module.")


def test_a_whole_model_says_how_to_save_its_weights() -> None:
    found = reason(TorchFile, FOLDER / "torch_module.pth")
    assert "a whole model with its code (`torch.nn.modules.conv.Conv2d`)" in found
    assert "torch.save(model.state_dict(), 'model.pth')" in found


class Named:
    """A name that a pickle asks for."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def pickled(self) -> bytes:
        return f"c{self.module}\n{self.name}\n".encode()


class Storage:
    """A storage: its class, its key, its numbers; before 0.4, a part of it."""

    def __init__(self, kind: str, key: object, count: object, *part: object) -> None:
        self.outside = ("storage", Named("torch", kind), key, "cpu", count, *part)


class Call:
    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self.called, self.arguments = Named(module, name), arguments


def tensor(storage: object, first: object, shape: object, strides: object, *rest: object) -> Call:
    return Call("torch._utils", "_rebuild_tensor_v2", storage, first, shape, strides, False, *rest)


def written(value: object) -> bytes:
    """The opcodes of a value, as the pickles of PyTorch have them."""
    if isinstance(value, Named):
        return value.pickled()
    if isinstance(value, Storage):
        return written(value.outside) + b"Q"
    if isinstance(value, Call):
        return written(value.called) + written(value.arguments) + b"R"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(written, value)) + b"t"
    if isinstance(value, dict):
        return b"}(" + b"".join(written(k) + written(v) for k, v in value.items()) + b"u"
    return pickle.dumps(value, 2)[2:-1]


def pickled(value: object) -> bytes:
    return b"\x80\x02" + written(value) + b"."


FLOATS = Storage("FloatStorage", "0", 6)
GOOD = {"a": tensor(FLOATS, 0, (2, 3), (3, 1))}


def zip_of(value: object, storages: Mapping[str, bytes] | None = None, **entries: bytes) -> bytes:
    """A zip file of a value, or of the bytes of a pickle."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("x/data.pkl", value if isinstance(value, bytes) else pickled(value))
        for key, data in (storages or {"0": DATA}).items():
            archive.writestr(f"x/data/{key}", data)
        for name, data in entries.items():
            archive.writestr(f"x/{name.replace('_', '.')}", data)
    return held.getvalue()


def legacy(value: object, keys: object = ("0",), counts: tuple[int, ...] = (6,)) -> bytes:
    version = pickled(1001) + pickled({"little_endian": True})
    data = b"".join(struct.pack("<q", count) + DATA for count in counts)
    listed = pickle.dumps(list(keys), 2) if isinstance(keys, tuple) else pickled(keys)
    return LEGACY_START + version + pickled(value) + listed + data


def write(folder: Path, content: bytes) -> Path:
    path = folder / "model.pth"
    path.write_bytes(content)
    return path


def test_forms_of_old_versions_are_read(tmp_path: Path) -> None:
    part = Storage("FloatStorage", "0", 6, ("view", 2, 4))
    old = {
        "a": Call("torch._utils", "_rebuild_tensor", FLOATS, 1, (2,), (2,)),
        "b": tensor(part, 1, (3,), (1,)),
    }
    read = everything(TorchFile, write(tmp_path, legacy(old)))
    assert {name: array.tolist() for name, array in read.items()} == {"a": [1, 3], "b": [3, 4, 5]}


def test_big_endian_numbers_are_read(tmp_path: Path) -> None:
    big = np.arange(6, dtype=">f4").tobytes()
    path = write(tmp_path, zip_of(GOOD, {"0": big}, byteorder=b"big"))
    array = everything(TorchFile, path)["a"]
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert array.dtype.isnative


def test_names_in_nested_dictionaries_are_joined(tmp_path: Path) -> None:
    one = tensor(FLOATS, 0, (6,), (1,))
    cases: list[tuple[dict[Any, Any], list[str]]] = [
        ({"trunk": {"a": one}, "head": {"a": one}, 3: {"b": one}}, ["trunk.a", "head.a"]),
        ({"net": {"x": 1}, "model": {"state_dict": {"a": one}}}, ["a"]),
        ({"a": one, "model": {"b": one}}, ["a", "model.b"]),
    ]
    for value, names in cases:
        assert list(everything(TorchFile, write(tmp_path, zip_of(value)))) == names


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch owned",)


def reduce_of(opcodes: bytes) -> bytes:
    return b"\x80\x02" + opcodes + b"."


CODE = {
    "a call": pickle.dumps(Evil(), 2),
    "a call in protocol 4": pickle.dumps(Evil(), 4),
    "a call inside a dictionary": pickle.dumps({"a": Evil()}, 2),
    "eval": reduce_of(b"cbuiltins\neval\n(X\x01\0\0\x001tR"),
    "a class": pickle.dumps(OrderedDict, 2).replace(b"OrderedDict", b"Counter"),
    "an instance": pickle.dumps(Path("a"), 2),
    "an old instance": reduce_of(b"(ios\nsystem\n"),
    "a new object": reduce_of(b"cos\nsystem\n)\x81"),
    "getattr": reduce_of(b"cbuiltins\ngetattr\n"),
    "a function of torch": reduce_of(b"ctorch.hub\nload\n"),
    "a part of a known name": reduce_of(b"ctorch\n_utils._rebuild_tensor_v2.__globals__\n"),
    "an extension": reduce_of(b"\x82\x01"),
    "by protocol 0": pickle.dumps(Evil(), 0),
}


@pytest.mark.parametrize("content", CODE.values(), ids=CODE.keys())
def test_code_in_a_pickle_is_named_and_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    found = reason(TorchFile, write(tmp_path, zip_of(content)))
    assert "a pickle with code in it: it asks for" in found or "the opcode" in found
    assert os.listdir() == ["model.pth"]


def test_the_name_that_is_asked_for_is_quoted(tmp_path: Path) -> None:
    found = reason(TorchFile, write(tmp_path, zip_of(CODE["a call"])))
    assert f"it asks for `{os.system.__module__}.system`, and was not run" in found


def with_tensor(*arguments: object) -> bytes:
    return zip_of({"a": tensor(*arguments)})


DEEP = reduce_of(b"(" * 50_000 + b"]" + b"t" * 50_000)
LOOP = reduce_of(b"}q\0X\1\0\0\0ah\0s")
MEMO = reduce_of(b"Nr\xff\xff\xff\xff0}")
WRONG = {
    "a text": (b"weights", "it is no file of PyTorch"),
    "empty": (b"", "it is no file of PyTorch"),
    "another pickle": (pickle.dumps({"a": 1}, 2), "it is no file of PyTorch"),
    "half a zip": (zip_of(GOOD)[:200], "it is no zip file"),
    "another zip": (zip_of(GOOD).replace(b"data.pkl", b"date.pkl"), "without `data.pkl`"),
    "TorchScript": (zip_of(GOOD, constants_pkl=b"x"), "it is a TorchScript program"),
    "no tensors": (zip_of({"a": 1}), "it holds no tensors by name"),
    "a list": (zip_of((1, 2)), "it holds no tensors by name"),
    "numbers for names": (zip_of({1: GOOD["a"]}), "it holds no tensors by name"),
    "a loop": (zip_of(LOOP), "it holds no tensors by name"),
    "deep": (zip_of(DEEP), "it holds no tensors by name"),
    "a far memo": (zip_of(MEMO), "it holds no tensors by name"),
    "no storage": (zip_of(GOOD, {"1": DATA}), "its storage `0` is missing"),
    "a short storage": (zip_of(GOOD, {"0": DATA[:-1]}), "its storage `0` is missing, or of an"),
    "a path for a storage": (
        zip_of({"a": tensor(Storage("FloatStorage", "../0", 6), 0, (6,), (1,))}),
        "its storage `../0` is missing",
    ),
    "two sizes": (
        zip_of({**GOOD, "b": tensor(Storage("FloatStorage", "0", 5), 0, (5,), (1,))}),
        "the storage `0` has two sizes",
    ),
    "a larger tensor": (with_tensor(FLOATS, 0, (7,), (1,)), "a tensor is larger than its storage"),
    "a far tensor": (with_tensor(FLOATS, 1, (6,), (1,)), "a tensor is larger than its storage"),
    "wide steps": (with_tensor(FLOATS, 0, (2, 2), (5, 1)), "a tensor is larger than its storage"),
    "steps back": (with_tensor(FLOATS, 0, (2,), (-1,)), "the shape of `a tensor` is malformed"),
    "a negative start": (with_tensor(FLOATS, -1, (2,), (1,)), "a number of a tensor"),
    "a broken start": (with_tensor(FLOATS, 0.0, (2,), (1,)), "a number of a tensor"),
    "a negative side": (with_tensor(FLOATS, 0, (-2,), (1,)), "the shape of `a tensor`"),
    "one step": (with_tensor(FLOATS, 0, (2, 3), (1,)), "the strides of a tensor do not fit"),
    "no shape": (with_tensor(FLOATS, 0, None, (1,)), "a tensor has no storage or no shape"),
    "no storage in it": (with_tensor(None, 0, (1,), (1,)), "a tensor has no storage or no shape"),
    "repeated": (
        with_tensor(FLOATS, 0, (1 << 20, 1 << 20), (0, 0)),
        "its tensors repeat its",
    ),
    "many views": (
        zip_of({str(n): tensor(Storage("FloatStorage", "0", 1 << 18), 0, (1 << 18,), (1,))
                for n in range(99)}, {"0": bytes(1 << 20)}),
        "its tensors repeat its",
    ),
    "a storage of no class": (
        zip_of({"a": tensor(Storage("FloatStorage", 0, 6), 0, (6,), (1,))}),
        "a storage has no type or no name",
    ),
    "a negative storage": (
        zip_of({"a": tensor(Storage("FloatStorage", "0", -6), 0, (0,), (1,))}),
        "a number of a tensor",
    ),
    "a huge storage": (
        zip_of({"a": tensor(Storage("FloatStorage", "0", 1 << 62), 0, (0,), (1,))}),
        "a number of a tensor",
    ),
    "a part beyond": (
        zip_of({"a": tensor(Storage("FloatStorage", "0", 6, ("v", 4, 4)), 0, (4,), (1,))}),
        "a part of a storage is larger than the whole",
    ),
    "a malformed part": (
        zip_of({"a": tensor(Storage("FloatStorage", "0", 6, ("v", 4)), 0, (4,), (1,))}),
        "a part of a storage is malformed",
    ),
    "a module": (zip_of(reduce_of(written(("module", 1, 2, 3)) + b"Q")), "the code of a model"),
    "too few arguments": (
        zip_of({"a": Call("torch._utils", "_rebuild_tensor_v2", 1)}),
        "calls `torch._utils._rebuild_tensor_v2` with what it does not take",
    ),
    "a filled dictionary": (
        zip_of(Call("collections", "OrderedDict", (("a", 1),))),
        "a dictionary is written in a form that is not read",
    ),
    "no call": (zip_of(reduce_of(b"N)R")), "its pickle is damaged"),
    "no arguments": (zip_of(reduce_of(b"ccollections\nOrderedDict\nNR")), "its pickle is damaged"),
    "an empty stack": (zip_of(reduce_of(b"0")), "its pickle is damaged"),
    "no value": (zip_of(reduce_of(b"")), "its pickle is damaged"),
    "two values": (zip_of(reduce_of(b"NN")), "its pickle is damaged"),
    "no mark": (zip_of(reduce_of(b"Nt")), "its pickle is damaged"),
    "only a mark": (zip_of(reduce_of(b"(")), "its pickle is damaged"),
    "half a pair": (zip_of(reduce_of(b"}(Nu")), "its pickle is damaged"),
    "items of no dictionary": (zip_of(reduce_of(b"N(NNu")), "its pickle is damaged"),
    "nothing remembered": (zip_of(reduce_of(b"h\x07")), "its pickle is damaged"),
    "a key that is a list": (zip_of(reduce_of(b"}]Ns")), "neither text nor a number"),
    "a name of no text": (zip_of(reduce_of(b"NN\x93")), "its pickle is damaged"),
    "a long name": (zip_of(reduce_of(b"c" + b"a" * 5000)), "its pickle ends too early"),
    "no end": (zip_of(b"\x80\x02N"), "its pickle ends too early"),
    "a long text": (zip_of(reduce_of(b"X\xff\xff\xff\xffabc")), "its pickle ends too early"),
    "a long number": (zip_of(reduce_of(b"\x8b\xff\xff\xff\x7f")), "a number of 2,147,483,647"),
    "no UTF-8": (zip_of(reduce_of(b"X\1\0\0\0\xff")), "text that is not UTF-8"),
    "protocol 9": (zip_of(b"\x80\x09N."), "of a protocol that is not read"),
    "old: cut": (legacy(GOOD)[:-1], "it ends too early"),
    "old: cut in a pickle": (legacy(GOOD)[:90], "its pickle ends too early"),
    "old: no keys": (legacy(GOOD, keys=()), "its list of storages is malformed"),
    "old: other keys": (legacy(GOOD, keys=("1",)), "its list of storages is malformed"),
    "old: a key twice": (legacy(GOOD, ("0", "0"), (6, 6)), "its list of storages is malformed"),
    "old: no list": (legacy(GOOD, keys=7), "its list of storages is malformed"),
    "old: another size": (legacy(GOOD, counts=(5,)), "its storage `0` is of another size"),
    "old: another version": (LEGACY_START + pickled(7), "of a version of PyTorch"),
    "old: code": (legacy(Call("os", "system", "x")), "it asks for `os.system`"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_is_broken_is_a_finding(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in reason(TorchFile, write(tmp_path, content))


def test_a_pickle_of_many_steps_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, zip_of(reduce_of(b"N0" * 50 + b"}")))
    monkeypatch.setattr(closed_pickle, "_MOST_OPCODES", 102)
    assert "no tensors" in reason(TorchFile, path)
    monkeypatch.setattr(closed_pickle, "_MOST_OPCODES", 101)
    assert "its pickle has more than 101 steps" in reason(TorchFile, path)


def test_zip_files_that_lie_are_findings(tmp_path: Path) -> None:
    whole = zip_of(GOOD)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", pickled(GOOD))
        archive.writestr("x/data/0", DATA)
    assert "is compressed" in reason(TorchFile, write(tmp_path, held.getvalue()))
    end = whole.rindex(b"PK\x05\x06")
    claimed = whole[: end + 12] + b"\xff\xff\xff\x7f" + whole[end + 16 :]
    assert "list of members claims" in reason(TorchFile, write(tmp_path, claimed))
    far = bytearray(whole)
    entry = far.index(b"PK\x01\x02")
    name_end = entry + 46 + len("x/data.pkl")
    far[entry + 30 : entry + 32] = (12).to_bytes(2, "little")
    far[entry + 42 : entry + 46] = b"\xff" * 4
    far[name_end:name_end] = b"\x01\0\x08\0" + b"\xff" * 8
    far[end + 24 : end + 28] = (int.from_bytes(far[end + 24 : end + 28], "little") + 12).to_bytes(
        4, "little"
    )
    assert "its member `x/data.pkl` is damaged" in reason(TorchFile, write(tmp_path, bytes(far)))
    with zipfile.ZipFile(held, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("x/data/0", DATA)
    assert "two of its members" in reason(TorchFile, write(tmp_path, held.getvalue()))
