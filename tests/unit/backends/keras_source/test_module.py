"""The text of modules: one that was looked at, and what no text of a user can do to it."""

from __future__ import annotations

import ast

import pytest
from support import CORPUS, loaded, spec

import inceptionspec
from inceptionspec.backends.keras_source import keras_module
from inceptionspec.backends.keras_source.calls import NODES
from inceptionspec.backends.keras_source.layout import WIDTH
from inceptionspec.backends.keras_source.steps import identifier
from inceptionspec.ops import OPS


def test_every_operator_of_a_spec_has_calls() -> None:
    assert set(NODES) == set(OPS) - {"input"}


@pytest.mark.parametrize("name", inceptionspec.builtin_specs())
def test_a_module_is_short_and_names_every_layer(name: str) -> None:
    network = loaded(name)
    text = keras_module(network, "w.h5")
    tree = ast.parse(text)
    assert text.count("\n") <= 300
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert network.digests["network"] in (ast.get_docstring(tree) or "")
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == len(set(functions))
    assert functions[-1] == "build"
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {"keras", "layers", "initializers", "regularizers", "ops", "math", "numpy"}


def test_a_module_that_was_looked_at() -> None:
    golden = (CORPUS / "golden" / "resnet50_module.txt").read_text(encoding="utf-8")
    assert keras_module(loaded("resnet50"), "resnet50.weights.h5") == golden


@pytest.mark.parametrize(
    "doc",
    [
        'ends """ here',
        "a backslash \\",
        'a quote"',
        "\\N{DIGIT ONE} \x1b[2J",
        '"""\nimport os\n"""',
    ],
)
def test_no_text_ends_a_docstring(doc: str) -> None:
    quoted = (
        doc.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\x1b", "\\e")
    )
    text = spec("- {op: flatten, name: f}").replace("name: t", f'name: t\ndoc: "{quoted}"')
    tree = ast.parse(keras_module(loaded(text)))
    assert [type(node).__name__ for node in tree.body] == [
        "Expr", "Import", "ImportFrom", "FunctionDef",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Branch_0", "branch_0"),
        ("AuxLogits", "aux_logits"),
        ("class", "v_class"),
        ("match", "v_match"),
        ("layers", "v_layers"),
        ("3x3", "v_3x3"),
        ("-", "v_"),
    ],
)
def test_any_name_becomes_one_of_python(name: str, written: str) -> None:
    assert identifier(name) == written


def test_equal_blocks_in_a_row_become_a_loop() -> None:
    text = keras_module(loaded("inception_resnet_v2"))
    assert "for number in range(1, 11):" in text
    assert text.count("def block35(") == 1
