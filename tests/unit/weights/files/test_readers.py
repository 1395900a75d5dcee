"""Which reader opens what: by content first, then by name; the rest is said in words."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from damaged_files import FORMATS
from onnx_writer import model, plain
from safetensors.numpy import save
from support import CORPUS, REFERENCE, ROOT
from weight_writer import archive, keras_3, legacy, write_objects, write_tfjs

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import READERS, open_weights
from inceptionspec.weights.files.glance import glance

PLACE = external("--weights")
TINY = REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt"


def finding(path: str | Path):
    with pytest.raises(SpecError) as raised:
        open_weights(str(path), PLACE)
    (found,) = raised.value.findings
    assert found.code == "E0703"
    return found


def test_content_is_stronger_than_a_name(tmp_path):
    for data, format_ in (
        (legacy(), "Keras weights (.h5)"),
        (keras_3(), "Keras weights (.weights.h5)"),
        (archive(), "Keras model (.keras)"),
        (save({"a": np.ones(2)}), "safetensors"),
        ((CORPUS / "weights" / "torch.pth").read_bytes(), "PyTorch file"),
        ((CORPUS / "weights" / "torch_legacy.pth").read_bytes(), "PyTorch file"),
        (model(plain()), "ONNX model"),
    ):
        for name in ("x.keras", "x.h5", "x.ckpt", "x"):
            (tmp_path / name).write_bytes(data)
            assert open_weights(str(tmp_path / name), PLACE).format == format_


def test_checkpoints_folders_and_json(tmp_path):
    assert open_weights(str(TINY), PLACE).format == "TensorFlow checkpoint"
    for suffix in (".index", ".data-00000-of-00001"):
        assert open_weights(f"{TINY}{suffix}", PLACE).format == "TensorFlow checkpoint"
    write_objects(tmp_path / "model")
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model"\n')
    assert open_weights(str(tmp_path), PLACE).format == "TensorFlow checkpoint of objects"
    (tmp_path / "web").mkdir()
    write_tfjs(tmp_path / "web")
    assert open_weights(str(tmp_path / "web"), PLACE).format == "TensorFlow.js model"


@pytest.mark.parametrize(
    "name",
    [
        "x.h5",
        "x.keras",
        "x.ckpt",
        "x.json",
        "x.safetensors",
        "x.safetensors.index.json",
        "x.pth",
        "x.pt",
        "x.onnx",
        "x.pb",
    ],
)
def test_a_name_says_which_reader_is_to_blame(tmp_path, name):
    (tmp_path / name).write_bytes(b"\0\1\2\3" * 50)
    assert "cannot be read" in finding(tmp_path / name).message


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "is an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a pointer of Git LFS"),
        (b"\n<!DOCTYPE html><html>", "is a web page"),
        (b"\x1f\x8b\x08", "is a file compressed by gzip"),
        (bytes(257) + b"ustar", "is a tar archive"),
        (b"\x80\x02}q\0.", "is a pickle of Python"),
        (b"\x93NUMPY\1\0", "is arrays of NumPy"),
        (b"\x1c\0\0\0TFL3", "is a LiteRT model"),
        (b"\x89PNG\r\n", "is a picture"),
        ("plain text, Grüße".encode() * 60, "is text"),
        (b"\0\1\2\xff", "is no file of weights that is known"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, data, kind):
    (tmp_path / "file").write_bytes(data)
    found = finding(tmp_path / "file")
    assert kind in found.message
    assert "these are read: " in found.notes[0]


def test_what_is_surely_foreign_is_named_whatever_its_suffix(tmp_path):
    (tmp_path / "x.h5").write_bytes(b"<html>not found</html>")
    assert "is a web page" in finding(tmp_path / "x.h5").message
    (tmp_path / "x.keras").write_bytes(b"PK\3\4 cut off")
    assert "its end is missing" in finding(tmp_path / "x.keras").notes[0]


def test_other_zip_files_are_named(tmp_path):
    for member, kind in {"a.txt": "a zip archive", "a.npy": "arrays of NumPy"}.items():
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
            file.writestr(member, "")
        assert kind in finding(tmp_path / "x.zip").message


def test_folders_without_weights_are_named(tmp_path):
    assert "is a folder without weights" in finding(tmp_path).message
    (tmp_path / "saved_model.pb").write_bytes(b"")
    found = finding(tmp_path)
    assert "a SavedModel without its variables" in found.message
    assert found.helps == ("copy its folder `variables` too",)


def test_what_is_not_there_says_what_is_close(tmp_path):
    (tmp_path / "inception.h5").write_bytes(legacy())
    found = finding(tmp_path / "incepton.h5")
    assert found.message.startswith("there is no file of weights")
    assert found.helps == ("did you mean `inception.h5`?",)
    assert "without its suffix" in finding(tmp_path / "a.ckpt").helps[0]
    (tmp_path / "b.ckpt.data-00000-of-00001").write_bytes(b"")
    assert "b.ckpt.index` belongs to it" in finding(tmp_path / "b.ckpt").helps[0]
    assert "there is no" in finding(tmp_path / "no" / "folder" / "x").message


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "pipe.h5"):
        if name != "pipe":
            os.mkfifo(tmp_path / name)
        assert "is not a regular file" in finding(tmp_path / name).message
    assert "is a link to what is not there" in finding(tmp_path / "loop").message
    (tmp_path / "x.weights.json").write_text('{"metadata": {}, "weight_map": {}}')
    assert "not read together" in finding(tmp_path / "x.weights.json").notes[0]
    finding("a\0b")
    finding(tmp_path / ("x" * 300))


def test_every_reader_has_a_name_and_suffixes_of_its_own():
    suffixes = [suffix for reader in READERS for suffix in reader.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)
    assert len({reader.format for reader in READERS}) == len(READERS)


def test_every_format_is_described_and_damaged(tmp_path):
    """A new reader needs a row in the docs, and a good file that other tests damage."""
    page = (ROOT / "docs/weights.md").read_text(encoding="utf-8")
    for reader in READERS:
        assert any(suffix in page for suffix in reader.suffixes)
    known = set()
    for name, format_ in FORMATS.items():
        (tmp_path / name).mkdir()
        path = str(format_.write(tmp_path / name, format_.good))
        by_content = [reader for reader in READERS if reader.content(glance(path))]
        by_name = [reader for reader in READERS if path.endswith(reader.suffixes)]
        known.add((by_content or by_name)[0].format)
    assert known == {reader.format for reader in READERS}
