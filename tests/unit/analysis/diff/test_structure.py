"""Blocks with other names and other attributes at once: which is which."""

from __future__ import annotations

import dataclasses
import re
import zlib

import pytest
from support import ROOT, loaded, spec

from inceptionspec.analysis.diff.compare import compare, compare_and_pair
from inceptionspec.analysis.diff.difference import Difference, Rename
from inceptionspec.analysis.diff.matching import match
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Node

CASES = ROOT / "tests/corpus/cases"
RESNEXT = (CASES / "resnext50.yaml").read_text()


def renamed(difference: Difference) -> dict[str, str]:
    return {rename.old: rename.new for rename in difference.renamed}


def test_a_block_with_a_new_name_and_without_biases() -> None:
    difference = compare(
        loaded(str(CASES / "diff_renamed_a.yaml")), loaded(str(CASES / "diff_renamed_b.yaml"))
    )
    assert not difference.added
    assert not difference.removed
    assert difference.renamed == (Rename("a1", "b1", 3),)
    changes = {layer.old_path: layer.attributes for layer in difference.changed}
    assert list(changes) == ["stem", "a1/c1", "a1/c2"]
    assert {change[:3] for found in changes.values() for change in found} == {("bias", True, False)}


def repeated(text: str) -> str:
    """The blocks of a stage that are alike as one repeat."""
    lines = []
    for line in text.split("\n"):
        found = re.match(r"  - \{block: next, name: layer(\d)_(\d), (.*)\}$", line)
        if found is None:
            lines.append(line)
        elif found[2] == "1":
            count = {"1": 2, "2": 3, "3": 5, "4": 2}[found[1]]
            lines.append(f"  - {{block: next, name: rest{found[1]}, repeat: {count}, {found[3]}}}")
    return "\n".join(lines).replace("from: layer4_2", "from: rest4")


def split(text: str) -> str:
    """Norms and activations as layers of their own."""
    text = text.replace("conv: {norm: batch_norm, activation: relu}", "conv: {bias: false}")
    text = text.replace(", activation: none}", "}")
    return re.sub(
        r"( +)- (\{op: conv, name: (\w+), .*\})",
        r"\1- \2\n\1- {op: batch_norm, name: \3_bn}\n\1- {op: activation, function: relu}",
        text,
    )


def squeezed(text: str) -> str:
    """With a gate after each last convolution of a block."""
    gate = """blocks:
  gate:
    branches:
      map: []
      weight:
        - {op: global_avg_pool}
        - {op: dense, units: 16, activation: relu}
        - {op: dense, units: input, activation: sigmoid}
    merge: multiply
"""
    text = text.replace("blocks:\n", gate, 1)
    return re.sub(r"(\n +- \{op: conv, name: expand.*\})", r"\1\n      - {block: gate}", text)


def branched(text: str) -> str:
    """The first blocks of stages as two branches, the shortcut last."""
    start, end = text.index("  first:"), text.index("  next:")
    block = """  first:
    args: {mid: int, out: int, stride: {type: int, default: 2}}
    branches:
      body:
        - {op: conv, name: reduce, kernel: 1x1, filters: $mid}
        - {op: conv, name: grouped, kernel: 3x3, filters: $mid, stride: $stride, groups: 32}
        - {op: conv, name: expand, kernel: 1x1, filters: $out, activation: none}
      shortcut:
        - {op: conv, kernel: 1x1, filters: $out, stride: $stride, activation: none}
    merge: {op: add, activation: relu}
"""
    return text[:start] + block + text[end:]


def longer(text: str) -> str:
    """23 blocks in the third stage, as in a ResNeXt-101."""
    before = "  - {block: first, name: layer4_0"
    more = "".join(
        f"  - {{block: next, name: layer3_{number}, with: {{mid: 512}}}}\n"
        for number in range(6, 23)
    )
    return text.replace(before, more + before)


def five_by_five(text: str) -> str:
    return text.replace("3x3, filters: $mid", "5x5, filters: $mid").replace(
        "groups: 32, padding: 1", "groups: 32, padding: 2"
    )


VARIANTS = {
    "as it is": lambda text: text,
    "repeated": repeated,
    "branched": branched,
    "split": split,
    "squeezed": squeezed,
    "longer": longer,
    "five by five": five_by_five,
    "narrow": lambda text: text.replace("groups: 32, ", ""),
    "any size": lambda text: text.replace("224x224", "any"),
}


@pytest.fixture(scope="module")
def resnet() -> LoadedSpec:
    return loaded("resnet50")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("backwards", [False, True])
def test_every_block_of_a_resnet_is_one_of_a_resnext(
    resnet: LoadedSpec, variant: str, backwards: bool
) -> None:
    resnext = loaded(VARIANTS[variant](RESNEXT))
    old, new = resnet.graph, resnext.graph
    if backwards:
        to_new = compare_and_pair(resnext, resnet)[1].to_old
    else:
        to_new = compare_and_pair(resnet, resnext)[1].to_new
    assert None not in to_new
    found = {}
    for block in old.blocks:
        (found[block.path],) = {new.nodes[to_new[index]].scope for index in block.members}
    assert len(set(found.values())) == len(found) == 16


def test_renamed_blocks_are_rows_of_one_table(resnet: LoadedSpec) -> None:
    resnext = loaded(RESNEXT)
    difference = compare(resnet, resnext)
    assert not difference.added
    assert not difference.removed
    rows = [(part.old_path, part.new_path) for part in difference.parts]
    stages = {2: 3, 3: 4, 4: 6, 5: 3}
    for stage, count in stages.items():
        for number in range(count):
            row = (f"conv{stage}_block{number + 1}", f"layer{stage - 1}_{number}")
            assert row in rows
            assert renamed(difference)[row[0]] == row[1]
    assert difference.total.new is not None
    assert difference.total.new.trainable_params == 25_028_904


def test_unlike_blocks_in_one_place_are_not_pairs() -> None:
    old = spec(
        "- name: a\n  branches: [[{op: conv, kernel: 1, filters: 4}], "
        "[{op: conv, kernel: 1, filters: 4}, {op: conv, kernel: 5, filters: 4}], "
        "[{op: max_pool, kernel: 3}, {op: conv, kernel: 1, filters: 4}]]"
    )
    new = spec(
        "- name: b\n  layers: [{op: conv, kernel: 3, filters: 8}, "
        "{op: conv, kernel: 3, filters: 8}]"
    )
    difference = compare(loaded(old), loaded(new))
    assert {layer.part for layer in difference.removed} == {"a"}
    assert {layer.part for layer in difference.added} == {"b"}


def test_a_block_whose_layers_all_have_new_names_has_a_new_name_itself() -> None:
    block = "- name: {0}\n  layers:\n" + "\n".join(
        f"    - {{{{op: conv, name: {{{number + 1}}}, kernel: 3, filters: {{5}}}}}}"
        for number in range(4)
    )
    difference = compare(
        loaded(spec(block.format("a", "k", "l", "m", "n", 4))),
        loaded(spec(block.format("b", "w", "x", "y", "z", 8))),
    )
    assert renamed(difference) == {
        "a": "b", "a/k": "b/w", "a/l": "b/x", "a/m": "b/y", "a/n": "b/z",
    }  # fmt: skip


def anonymous(path: str) -> str:
    """Another name for each element of a path."""
    if path in ("", "input"):
        return path
    return "/".join(f"n{zlib.crc32(name.encode())}" for name in path.split("/"))


def with_other_biases(node: Node) -> dict[str, object]:
    found = dict(node.attributes)
    if node.op == "conv":
        found["bias"] = not found["bias"]
    return found


def with_other_kernels(node: Node) -> dict[str, object]:
    found = with_other_biases(node)
    if node.op == "conv":
        found["kernel"] = tuple(side + 2 for side in found["kernel"])
    return found


def with_other_pools(node: Node) -> dict[str, object]:
    found = with_other_biases(node)
    if node.op in ("max_pool", "avg_pool"):
        found["padding"] = "valid" if found["padding"] == "same" else "same"
    if node.op == "dense":
        found["units"] = 7
    return found


@pytest.mark.parametrize("edit", [with_other_biases, with_other_kernels, with_other_pools])
@pytest.mark.parametrize(
    "name", ["inception_v1", "inception_v3", "inception_v4", "inception_resnet_v1", "resnet50",
             "mobilenet_v2", "vgg16", "xception"],
)  # fmt: skip
def test_a_network_with_other_names_and_attributes_is_recognized(name: str, edit) -> None:
    old = loaded(name).graph
    new = dataclasses.replace(
        old,
        nodes=tuple(
            dataclasses.replace(
                node,
                path=anonymous(node.path),
                scope=anonymous(node.scope),
                branch=anonymous(node.branch),
                head=anonymous(node.head),
                attributes=edit(node),
            )
            for node in old.nodes
        ),
        blocks=tuple(
            dataclasses.replace(block, path=anonymous(block.path)) for block in old.blocks
        ),
        heads=tuple(dataclasses.replace(head, name=anonymous(head.name)) for head in old.heads),
        names={anonymous(path): index for path, index in old.names.items()},
    )
    attributes = ([node.attributes for node in graph.nodes] for graph in (old, new))
    assert list(match(old, new, *attributes).to_new) == list(range(len(old.nodes)))


GROUPED = """
- {op: conv, name: first, kernel: 3, filters: 8}
- {op: max_pool, name: pool, kernel: 2, stride: 2}
- {op: conv, name: a, kernel: 1, filters: 16, group: head}
- {op: conv, name: b, kernel: 1, filters: 16, group: head}
"""
SINGLE = """
- {op: conv, name: head, kernel: 3, filters: 8}
- {op: max_pool, name: pool, kernel: 2, stride: 2}
"""


@pytest.mark.parametrize("backwards", [False, True])
def test_a_group_does_not_take_the_place_of_a_layer_of_its_name(backwards: bool) -> None:
    networks = [loaded(spec(SINGLE)), loaded(spec(GROUPED))]
    difference = compare(*(networks[::-1] if backwards else networks))
    rows = {(part.old_path, part.new_path) for part in difference.parts}
    expected = {("head", "first"), (None, "head"), ("pool", "pool"), ("input", "input")}
    assert rows == ({(new, old) for old, new in expected} if backwards else expected)


def test_a_group_that_lost_all_of_its_layers_and_got_others_is_one_row() -> None:
    one, other = (
        GROUPED,
        GROUPED.replace("op: conv, name: a", "op: lrn, name: c")
        .replace("op: conv, name: b", "op: lrn, name: d")
        .replace("kernel: 1, filters: 16, ", ""),
    )
    difference = compare(loaded(spec(one)), loaded(spec(other)))
    assert ("head", "head") in {(part.old_path, part.new_path) for part in difference.parts}
