"""The table of passes, the order of what comes out, and the Python API."""

from __future__ import annotations

import ast
import dataclasses

import pytest
from support import ROOT, spec

import inceptionspec
from inceptionspec.analysis.costs import costs, total
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.ops import OPS
from inceptionspec.rewrites import PASSES, chosen_passes, rewrite
from inceptionspec.rewrites.commute_pool_conv import windows_sum_to_one
from inceptionspec.rewrites.savings import savings
from inceptionspec.rewrites.weight_expr import leaves


def test_every_pass_is_a_file_that_says_when_it_is_exact() -> None:
    for name, one in PASSES.items():
        path = ROOT / "inceptionspec/rewrites" / f"{name.replace('-', '_')}.py"
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring is not None
        assert "exact" in docstring.lower(), name
        assert f"| `{name}` |" in (ROOT / "docs/optimize.md").read_text(encoding="utf-8")
        assert one.run.__module__.rpartition(".")[2] == path.stem


@pytest.mark.parametrize("name", builtin_names())
def test_a_rewritten_network_is_whole(name: str) -> None:
    """Inputs before readers, shapes and weights as operators give them, leaves that exist."""
    graph = inceptionspec.load(name).graph
    found = rewrite(graph)
    stored = {(node.path, w.name): w.shape for node in graph.nodes for w in node.weights}
    wanted = {}
    for index, node in enumerate(found.graph.nodes):
        assert node.index == index
        assert all(source < index for source in node.inputs)
        shapes = [found.graph.nodes[source].shape for source in node.inputs]
        assert OPS[node.op].shape(node.attributes, shapes) == node.shape
        assert OPS[node.op].weights(node.attributes, shapes) == node.weights
        wanted.update({(node.path, weight.name): weight.shape for weight in node.weights})
    assert len({node.path for node in found.graph.nodes}) == len(found.graph.nodes)
    assert {key: recipe.shape for key, recipe in found.weights.items()} == wanted
    for recipe in found.weights.values():
        assert all(stored[leaf.path, leaf.name] == leaf.shape for leaf in leaves(recipe))
    for head in found.graph.heads:
        assert found.outputs[head.name] == head.output == found.graph.names[head.name]
    # A block whose entries are all left out has no layer, and nothing to stand at.
    held = [block.path for block in graph.blocks if block.members]
    assert [block.path for block in found.graph.blocks] == held


@pytest.mark.parametrize("name", builtin_names())
def test_no_pass_costs_more(name: str) -> None:
    counted = savings(inceptionspec.load(name).optimize())
    for one in counted.passes:
        # A bias that stays behind its pool becomes a norm, which holds constants as well.
        left_behind = one.name == "commute-pool-conv" and name == "inception_v3_torchvision"
        assert left_behind or one.after.params <= one.before.params
        assert one.after.macs is not None
        assert one.before.macs is not None
        assert one.after.macs <= one.before.macs
        assert one.after.flops is not None
        assert one.before.flops is not None
        assert one.after.flops <= one.before.flops


def test_what_v3_comes_to() -> None:
    """All 94 norms of the main path, its nine pools, and the 1x1 convolutions of ten blocks."""
    found = inceptionspec.load("inception_v3").optimize()
    done = [step.of for step in found.steps]
    assert {name: done.count(name) for name in PASSES} == {
        "dead-code-elimination": 3,
        "flatten-concat": 4,
        "fold-batch-norm": 94,
        "fuse-linear": 0,
        "commute-pool-conv": 9,
        "fuse-parallel-pointwise": 10,
    }
    ops = [node.op for node in found.graph.nodes]
    assert ops.count("conv") == 95 - 29 + 10
    assert ops.count("slice") == 29
    assert total(costs(found.graph)).params == 23_817_352


def test_the_python_api() -> None:
    network = inceptionspec.load("inception_v3")
    assert list(network.optimize().outputs) == ["Logits"]
    assert list(network.optimize(("AuxLogits", "Mixed_5d")).outputs) == ["AuxLogits", "Mixed_5d"]
    assert list(network.optimize(without=("fuse-parallel-pointwise",)).stages) == list(PASSES)[:-1]
    assert not network.optimize(passes=()).steps
    both = inceptionspec.load("inception_v3", head=("Logits", "AuxLogits"))
    assert list(both.optimize().outputs) == ["Logits", "AuxLogits"]
    with pytest.raises(SpecError, match="E0806"):
        network.optimize("Mixed_9z")
    with pytest.raises(SpecError, match="there is no pass `fold`"):
        chosen_passes(("fold",))


def test_a_sum_of_one_branch_has_no_use_for_its_factor() -> None:
    text = (ROOT / "tests/corpus/rewrites/add_one_branch.yaml").read_text(encoding="utf-8")
    found = rewrite(inceptionspec.load(text).graph)
    assert [node.op for node in found.graph.nodes] == ["input", "add"]
    assert not found.steps


@pytest.mark.parametrize(
    ("pool", "whole"),
    [
        ("kernel: 3, stride: 1, padding: valid", True),
        ("kernel: 3, stride: 1, padding: 2", True),
        ("kernel: 3, stride: 1, padding: same", True),
        ("kernel: 3, stride: 1, padding: 1, count_padding: true", False),
        ("kernel: 3, stride: 1, padding: same, count_padding: true", False),
    ],
)
def test_which_windows_have_weights_that_sum_to_1(pool: str, whole: bool) -> None:
    graph = inceptionspec.load(spec(f"- {{op: avg_pool, {pool}}}")).graph
    node = graph.nodes[1]
    assert windows_sum_to_one(node, graph.nodes[0].shape) == whole
    # A spec with windows of padding alone is refused; the condition does not rely on that.
    alone = dataclasses.replace(node, attributes={**node.attributes, "padding": (3, 0, 0, 0)})
    assert not windows_sum_to_one(alone, graph.nodes[0].shape)
