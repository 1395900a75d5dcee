"""The same input gives the same bytes, whatever seed Python hashes with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from inceptionspec.reports.findings.formats import DATA, TEXTS

SEEDS = ("0", "1", "2")
COMMANDS = (
    *(["summary", "inception_v3", "--format", form] for form in ("table", "csv", "markdown")),
    ["summary", "inception_v3", "inception_resnet_v2", "--format", "json"],
    ["summary", "inception_v1", "--plot", "OUT/a.svg"],
    *(["check", "BAD", "inception_v3", "--format", form] for form in (*TEXTS, *DATA)),
    ["show", "--expanded", "inception_v3"],
    ["show", "--path", "Mixed_5b", "inception_v3"],
    ["schema"],
    ["list", "--format", "json"],
    ["render", "inception_v3", "-o", "OUT/a.dot"],
    ["render", "inception_v3", "--fold", "branches", "-o", "OUT/a.svg"],
    ["render", "inception_v3", "--fold", "layers", "-o", "OUT/b.svg"],
    ["render", "inception_v3", "-o", "OUT/a.html"],
    *(
        ["diff", "inception_v3", "inception_v4", "--format", form]
        for form in ("text", "markdown", "json")
    ),
    *(
        ["optimize", "inception_resnet_v2", "--explain", "--format", form]
        for form in ("text", "json")
    ),
)
BAD = (
    "spec: 1\nname: b\ninput: {size: 9x9}\nblocks: {b: {args: {x: int, y: int}, layers: []}}\n"
    "network:\n  - {op: cnov}\n  - {op: conv, kernal: 3, stide: 2, kernel: x}\n"
    "  - {block: b}\n  - {block: c}\n  - {opp: conv}\nmian: x\n"
)
#: Runs every command in one process, and prints how it ended and the digest of what it said.
ALL = """
import contextlib, hashlib, io, json, pathlib, sys
from inceptionspec.cli.program import run
for words in json.loads(sys.argv[1]):
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = run([word.replace("BAD", "bad.yaml").replace("OUT/", "") for word in words])
    written = b"".join(
        pathlib.Path(word.removeprefix("OUT/")).read_bytes() for word in words if "OUT/" in word
    )
    print(code, hashlib.sha256(text.getvalue().encode() + written).hexdigest())
"""


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """How each command ended and what it said, for each seed."""
    running = {}
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        (folder / "bad.yaml").write_text(BAD)
        line = [sys.executable, "-c", ALL, json.dumps(COMMANDS)]
        env = {**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": "80"}
        running[seed] = subprocess.Popen(line, stdout=subprocess.PIPE, env=env, cwd=folder)
    return {seed: one.communicate()[0].decode().splitlines() for seed, one in running.items()}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_same_bytes_under_every_hash_seed(
    command: Sequence[str], ends: dict[str, list[str]]
) -> None:
    number = COMMANDS.index(list(command))
    found = {lines[number] for lines in ends.values()}
    assert len(found) == 1
    assert next(iter(found)).startswith("1 " if command[0] == "check" else "0 ")
