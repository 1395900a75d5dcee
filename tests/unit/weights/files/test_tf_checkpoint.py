"""Checkpoints without TensorFlow: what is there is read, and what is broken is a finding."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from support import REFERENCE, ROOT
from table_writer import block, bundle, entry, message, table

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files.tf_checkpoint import Checkpoint

TINY = REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt"
BROKEN = ROOT / "tests/corpus/checkpoints"
PLACE = external("--weights")
DATA = np.arange(6, dtype="<f4").tobytes()


def opened(reference: str | Path) -> Checkpoint:
    return Checkpoint(str(reference), PLACE)


def write(folder: Path, index: bytes, data: bytes = DATA) -> Path:
    prefix = folder / "model.ckpt"
    Path(f"{prefix}.index").write_bytes(index)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)
    return prefix


def everything(prefix: str | Path) -> dict[str, np.ndarray]:
    checkpoint = opened(prefix)
    return checkpoint.read(checkpoint.tensors)


def reason(prefix: str | Path) -> str:
    """Why a checkpoint cannot be read: the first note of its only finding, or its help."""
    with pytest.raises(SpecError) as raised:
        everything(prefix)
    (finding,) = raised.value.findings
    assert finding.code == "E0703"
    return " ".join((*finding.notes, *finding.helps))


def test_a_checkpoint_of_tf_slim() -> None:
    checkpoint = opened(TINY)
    assert len(checkpoint.tensors) == 388
    name = "InceptionV3/Conv2d_1a_3x3/weights"
    array = checkpoint.read([name])[name]
    assert array.dtype == np.float32
    assert array.shape == checkpoint.tensors[name].shape == (3, 3, 3, 8)
    assert abs(array.std() - np.sqrt(2 / 27)) < 0.05  # as the README of the reference says
    assert json.loads((TINY.parent / "end_points.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("suffix", ["", ".index", ".data-00000-of-00001"])
def test_any_of_its_files_names_a_checkpoint(suffix: str) -> None:
    assert opened(f"{TINY}{suffix}").prefix == str(TINY)


def test_a_folder_stands_for_its_latest_checkpoint(tmp_path: Path) -> None:
    prefix = write(tmp_path, bundle((b"a", entry(1, (2, 3), 0, DATA))))
    assert reason(tmp_path) == "name one of its checkpoints: `model.ckpt`"
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt"\n')
    assert opened(tmp_path).prefix == str(prefix)


def test_what_is_not_there_says_how_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason("none.ckpt").startswith("name it without its suffix: `model.ckpt`")
    prefix = write(tmp_path, b"")
    os.remove(f"{prefix}.index")
    found = reason("model.ckpt.data-00000-of-00001")
    assert found == "`model.ckpt.index` belongs to it: copy that file too"


def test_types_of_numbers(tmp_path: Path) -> None:
    halves = np.array([1, -2.5], "<f2").tobytes()
    upper = (np.array([1, -2.5], "<f4").view("<u4") >> 16).astype("<u2").tobytes()
    whole = np.array([7], "<i8").tobytes()
    prefix = write(
        tmp_path,
        bundle(
            (b"bfloat16", entry(14, (2,), 4, upper)),
            (b"empty", entry(1, (0, 3), 0, b"")),
            (b"float16", entry(19, (2,), 0, halves)),
            (b"int64", entry(9, (), 8, whole)),
        ),
        halves + upper + whole,
    )
    checkpoint = opened(prefix)
    read = checkpoint.read(checkpoint.tensors)
    assert read["float16"].tolist() == read["bfloat16"].tolist() == [1, -2.5]
    assert read["bfloat16"].dtype == np.float32
    assert read["int64"].item() == 7
    assert read["empty"].shape == (0, 3)
    floating = {name for name, one in checkpoint.tensors.items() if one.is_floating}
    assert floating == {"bfloat16", "empty", "float16"}


GOOD = entry(1, (2, 3), 0, DATA)
HEADER = (b"", message((1, 1)))
WRONG = {
    "no footer": (b"not a checkpoint\n" * 100, "it does not end as a table"),
    "empty": (b"", "it ends too early"),
    "no header": (table(block([(b"a", GOOD)])), "it has no header"),
    "no shards": (bundle((b"a", GOOD), shards=0), "it claims 0 files of values"),
    "many shards": (bundle((b"a", GOOD), shards=1 << 40), "files of values"),
    "big-endian": (table(block([(b"", message((1, 1), (2, 1)))])), "big-endian"),
    "compressed": (table(block([HEADER], compression=1)), "its blocks are compressed"),
    "keys out of order": (bundle((b"b", GOOD), (b"a", GOOD)), "its keys are not in order"),
    "a key twice": (bundle((b"a", GOOD), (b"a", GOOD)), "its keys are not in order"),
    "not UTF-8": (bundle((b"a\xff", GOOD)), "the name of a variable is not UTF-8"),
    "a long key": (bundle((b"a" * 9000, GOOD)), "a key is malformed"),
    "unknown type": (bundle((b"a", entry(99, (6,), 0, DATA))), "the unknown type 99"),
    "text": (bundle((b"a", entry(7, (6,), 0, DATA))), "`a` holds text, not numbers"),
    "another file": (bundle((b"a", entry(1, (6,), 0, DATA, 3))), "files of values, not 4"),
    "a negative file": (bundle((b"a", entry(1, (6,), 0, DATA, -1))), "a position is negative"),
    "a negative offset": (bundle((b"a", entry(1, (6,), -8, DATA))), "a position is negative"),
    "an offset beyond": (bundle((b"a", entry(1, (6,), 4, DATA))), "it ends before `a` does"),
    "a far offset": (bundle((b"a", entry(1, (6,), 1 << 62, DATA))), "it ends before `a` does"),
    "a negative side": (bundle((b"a", entry(1, (-6,), 0, DATA))), "a shape is malformed"),
    "many sides": (bundle((b"a", entry(1, (1,) * 99, 0, DATA))), "a shape is malformed"),
    "another shape": (bundle((b"a", entry(1, (5,), 0, DATA))), "does not fit its shape"),
    "a huge shape": (bundle((b"a", entry(1, (1 << 62,) * 9, 0, DATA))), "does not fit its shape"),
    "no elements": (bundle((b"a", entry(1, (0, 1 << 62), 0, b""))), "a shape is malformed"),
    "another value": (bundle((b"a", entry(1, (6,), 0, bytes(24)))), "the checksum of `a` is"),
    "slices": (bundle((b"a", GOOD + message((7, b"")))), "`a` is stored in slices"),
    "half a message": (bundle((b"a", GOOD[:5])), "reach beyond the end"),
    "no message": (bundle((b"a", b"\xff" * 20)), "a number does not end"),
    "an unknown wire type": (bundle((b"a", b"\x0b")), "the unknown type 3"),
    "bytes for a number": (bundle((b"a", message((1, b"x")))), "field 1 is not a number"),
    "a number for bytes": (bundle((b"a", message((2, 1)))), "field 2 is a number, not bytes"),
}


@pytest.mark.parametrize(("index", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_is_broken_is_a_finding(tmp_path: Path, index: bytes, why: str) -> None:
    assert why in reason(write(tmp_path, index))


def test_blocks_that_overlap_are_refused(tmp_path: Path) -> None:
    """A small file could otherwise be read a thousand times."""
    one = block([HEADER])
    index = block([(b"a", bytes([0, len(one) - 5])), (b"b", bytes([0, len(one) - 5]))])
    whole = table(one)
    footer = bytes([0, 0, len(one), len(index) - 5]).ljust(40, b"\0") + whole[-8:]
    assert "its blocks overlap" in reason(write(tmp_path, one + index + footer))


@pytest.mark.parametrize(
    ("name", "why"),
    [("abort", "a number does not end"), ("utf8", "the name of a variable is not UTF-8")],
)
def test_what_ends_tensorflow_itself(tmp_path: Path, name: str, why: str) -> None:
    """Checkpoints with repaired checksums, at which TensorFlow's reader aborts the process."""
    shutil.copy(BROKEN / f"{name}.ckpt.index", tmp_path)
    shutil.copy(f"{TINY}.data-00000-of-00001", tmp_path / f"{name}.ckpt.data-00000-of-00001")
    assert reason(tmp_path / f"{name}.ckpt") == why


def test_files_that_are_no_files_are_refused(tmp_path: Path) -> None:
    prefix = write(tmp_path, bundle((b"a", GOOD)))
    os.remove(f"{prefix}.index")
    os.mkfifo(f"{prefix}.index")
    assert reason(prefix) == "it is not a regular file"


def test_damage_is_a_finding_wherever_it_is(tmp_path: Path) -> None:
    """Bytes changed under their checksum, or with a checksum that fits."""
    good = [(b"", message((1, 1)))] + [
        (b"scope/%02d" % number, entry(1, (2, 3), 0, DATA)) for number in range(8)
    ]
    draw = random.Random(4)
    whole = table(block(good))
    outcomes = set()
    for _ in range(600):
        if draw.random() < 0.5:
            at = draw.randrange(len(whole))
            index = whole[:at] + bytes([draw.randrange(256)]) + whole[at + 1 :]
        else:
            key, value = draw.choice(good)
            at = draw.randrange(len(value))
            bad = value[:at] + draw.randbytes(draw.randrange(3)) + value[at + 1 :]
            index = table(block([(k, bad if k == key else v) for k, v in good]))
        prefix = write(tmp_path, index)
        try:
            everything(prefix)
            outcomes.add("read")
        except SpecError as error:
            outcomes.add(error.findings[0].code)
    assert outcomes == {"read", "E0703"}
