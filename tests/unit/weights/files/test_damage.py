"""Files with bytes changed, cut off and moved: arrays or findings come out, nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from weight_writer import (
    archive,
    keras_3,
    legacy,
    object_graph,
    whole_model,
    write_objects,
    write_tfjs,
)

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.weights.files import open_weights, stored_layers

CASES = 250
PLACE = external("--weights")
FILES = {
    "legacy": legacy(":0", 2),
    "whole_model": whole_model(),
    "keras_3": keras_3(),
    "keras": archive(),
    "keras_deflated": archive(8),
}


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, or the end cut off, or a piece moved."""
    whole = bytearray(data)
    kind = draw.random()
    if kind < 0.1:
        return bytes(whole[: draw.randrange(len(whole))])
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(whole))
        whole[at] = draw.choice((0, 255, draw.randrange(256), whole[at] ^ 1 << draw.randrange(8)))
    if kind > 0.9:
        start, end, size = (
            draw.randrange(len(whole)),
            draw.randrange(len(whole)),
            draw.choice((8, 64)),
        )
        whole[start : start + size] = whole[end : end + size]
    return bytes(whole)


def outcome(path: Path) -> str:
    """What reading everything ends in."""
    try:
        file = open_weights(str(path), PLACE)
        file.read(file.tensors)
        stored_layers(file)
    except SpecError as error:
        return error.findings[0].code
    return "read"


@pytest.mark.parametrize("name", FILES)
def test_damage_of_a_file_is_a_finding(tmp_path, name):
    draw = random.Random(5)
    outcomes = set()
    for _ in range(CASES):
        (tmp_path / "file").write_bytes(damaged(FILES[name], draw))
        outcomes.add(outcome(tmp_path / "file"))
    assert outcomes == {"read", "E0703"}


@pytest.mark.parametrize("victim", ["model.json", "group1-shard1of3.bin"])
def test_damage_of_a_folder_is_a_finding(tmp_path, victim):
    draw = random.Random(6)
    write_tfjs(tmp_path)
    good = (tmp_path / victim).read_bytes()
    outcomes = set()
    for _ in range(CASES):
        (tmp_path / victim).write_bytes(damaged(good, draw))
        outcomes.add(outcome(tmp_path))
    assert outcomes == {"read", "E0703"}


def test_damage_of_a_graph_of_objects_is_a_finding(tmp_path):
    """With checksums that fit, or else the graph would never be looked at."""
    draw = random.Random(7)
    outcomes = set()
    for _ in range(CASES):
        write_objects(tmp_path / "model", damaged(object_graph(), draw))
        outcomes.add(outcome(tmp_path / "model"))
    assert outcomes == {"read", "E0703"}
