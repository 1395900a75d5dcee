"""What differs between two networks: each kind of change, names, and what always holds."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable

import pytest
from support import spec

import inceptionspec
from inceptionspec.analysis.diff.difference import Change, Difference, Figures, Rename
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.reports.diff.json import data, to_json
from inceptionspec.reports.diff.markdown import to_markdown
from inceptionspec.reports.diff.text import to_text

LAYERS = """
- {op: conv, name: a, kernel: 3, filters: 8, norm: batch_norm, activation: relu}
- name: M
  branches:
    A: [{op: conv, name: one, kernel: 1, filters: 4}]
    B:
      - {op: conv, name: two, kernel: 1, filters: 4}
      - {op: conv, name: three, kernel: 3, filters: 6}
- {op: max_pool, name: p, kernel: 2, stride: 2}
"""
HEADS = """
main: Logits
heads:
  Aux:
    from: M
    loss_weight: 0.4
    layers: [{op: global_avg_pool, name: pool}, {op: dense, name: fc, units: 5}]
  Logits:
    from: p
    label_smoothing: 0.1
    predictions: softmax
    layers: [{op: global_avg_pool, name: pool}, {op: dense, name: fc, units: 5}]
"""
TEXT = spec(LAYERS, rest=HEADS)


def compare(old: str, new: str, **settings: object) -> Difference:
    return inceptionspec.load(old, **settings).diff(  # type: ignore[arg-type]
        inceptionspec.load(new, **settings)  # type: ignore[arg-type]
    )


def changed(*edits: tuple[str, str]) -> Difference:
    """The difference that some edits of the text make."""
    text = TEXT
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return compare(TEXT, text)


def found(difference: Difference) -> set[str]:
    """The kinds of change that a difference holds."""
    kinds = ("input", "main", "heads", "added", "removed", "changed", "renamed", "reordered")
    return {kind for kind in kinds if getattr(difference, kind)}


def says(difference: Difference) -> list[str]:
    """The lines of the text without its tables, each line of an item joined to the first."""
    text = to_text(difference).partition("\nTotal")[0].replace("\n    ", " ")
    return [" ".join(line.split()) for line in text.splitlines()[2:] if line.startswith("  ")]


# Layers


def test_an_attribute_is_told_by_its_yaml_name_and_values() -> None:
    difference = changed(("kernel: 3, filters: 6", "kernel: 5, filters: 6, activation: relu"))
    (layer,) = difference.changed
    assert (layer.old_path, layer.new_path, layer.op) == ("M/B/three", "M/B/three", "conv")
    assert layer.attributes == (
        Change("kernel", "3x3", "5x5"),
        Change("activation", "none", "relu"),
    )
    assert (layer.shapes, layer.inputs) == (None, None)
    assert found(difference) == {"changed"}
    assert says(difference) == ["M/B/three: kernel 3x3 -> 5x5, activation none -> relu"]


def test_a_key_of_a_norm_is_told_apart_from_another_norm() -> None:
    difference = changed(("norm: batch_norm", "norm: {op: batch_norm, scale: false}"))
    assert difference.changed[0].attributes == (Change("norm.scale", True, False),)
    difference = changed(("norm: batch_norm", "norm: none"))
    assert says(difference) == ["a: bias false -> true, norm batch_norm -> none"]


def test_an_argument_of_the_input_or_a_knob_changes_shapes_not_paths() -> None:
    difference = changed(("16x16", "32x16"), ("channels: 3", "channels: 1, range: [-1, 1]"))
    assert difference.input == (
        Change("size", "16x16", "32x16"),
        Change("channels", 3, 1),
        Change("range", None, [-1, 1]),
    )
    shapes = {layer.old_path: layer.shapes for layer in difference.changed}
    assert shapes["p"] == ((8, 8, 10), (16, 8, 10))
    assert "input" not in shapes
    assert "5 layers: 16x16 -> 32x16 in a, M/A/one, M/B/two and 2 more" in says(difference)


def test_a_layer_put_in_between_changes_no_connection() -> None:
    difference = changed(("- name: M", "- {op: lrn, name: n, radius: 2}\n  - name: M"))
    (layer,) = difference.added
    assert (layer.path, layer.part, layer.op, layer.inputs) == ("n", "n", "lrn", ("a",))
    assert layer.attributes["radius"] == 2
    assert layer.shape == (16, 16, 8)
    assert found(difference) == {"added"}
    assert says(difference) == ["n: lrn, radius 2, reads a, yields 16x16x8"]


def test_a_block_put_in_between_is_one_item() -> None:
    block = "- name: N\n    residual: {}\n    layers: [{op: dropout, rate: 0.1}]\n  "
    difference = changed(("- {op: max_pool", block + "- {op: max_pool"))
    assert {layer.part for layer in difference.added} == {"N"}
    assert found(difference) == {"added"}
    assert says(difference) == ["N: 2 layers, reads M, yields 16x16x10"]
    assert "N/dropout: dropout, rate 0.1" in to_text(difference, every=True)


def test_a_layer_that_reads_another_is_a_changed_connection() -> None:
    line = "- {{name: M, branches: [{0}], merge: add}}"
    b, c = "{op: dropout, name: b, rate: 0.1}", "{op: dropout, name: c, rate: 0.2}"
    difference = compare(spec(line.format(f"[{b}], [{c}]")), spec(line.format(f"[{b}, {c}], []")))
    assert found(difference) == {"changed"}
    assert says(difference) == [
        "M/c: reads input -> M/b",
        "M/add: reads M/b, M/c -> M/c, input",
    ]


def test_a_merge_taken_away_is_a_layer_and_what_read_it_reads_another() -> None:
    rest = "- {op: flatten, name: f}"
    layers = "layers: [{op: dropout, name: d, rate: 0.5}]}"
    difference = compare(
        spec(f"- {{name: R, residual: {{}}, {layers}\n{rest}"),
        spec(f"- {{name: R, {layers}\n{rest}"),
    )
    assert [layer.path for layer in difference.removed] == ["R/add"]
    assert says(difference)[1:] == ["f: reads R -> R/d"]


def test_the_order_of_branches_is_a_connection_and_an_order() -> None:
    one = "    A: [{op: conv, name: one, kernel: 1, filters: 4}]\n"
    other = LAYERS.replace(one, "").replace("- {op: max_pool", one + "- {op: max_pool")
    difference = compare(TEXT, spec(other, rest=HEADS))
    assert found(difference) == {"changed", "reordered"}
    (layer,) = difference.changed
    assert layer.inputs == (("M/A/one", "M/B/three"), ("M/B/three", "M/A/one"))
    assert says(difference) == [
        "M/concat: reads M/A/one, M/B/three -> M/B/three, M/A/one",
        "layers that both have: they run in another order",
    ]


def test_another_operator_in_the_same_place_is_a_change_of_operator() -> None:
    difference = changed(
        ("{op: max_pool, name: p", "{op: avg_pool, name: q"), ("from: p", "from: q")
    )
    (layer,) = difference.changed
    assert layer.attributes == (Change("op", "max_pool", "avg_pool"),)
    assert difference.renamed == (Rename("p", "q", 1),)
    assert not difference.added


def test_an_operator_of_another_kind_is_another_layer() -> None:
    difference = changed(
        ("{op: max_pool, name: p, kernel: 2", "{op: conv, name: q, filters: 10, kernel: 2"),
        ("from: p", "from: q"),
    )
    assert [layer.path for layer in difference.removed] == ["p"]
    assert [layer.path for layer in difference.added] == ["q"]


def test_knobs_of_attributes_make_no_difference() -> None:
    difference = changed(
        ("kernel: 3, filters: 8,", "kernel: 3, clip: true, filters: 8, fixed: true,")
    )
    assert difference.same
    assert not found(difference)


# Names


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        ("name: three", "name: drei", Rename("M/B/three", "M/B/drei", 1)),
        ("    B:\n", "    C:\n", Rename("M/B", "M/C", 2)),
    ],
)
def test_a_new_name_alone_is_the_same_network(old: str, new: str, renamed: Rename) -> None:
    difference = compare(spec(LAYERS), spec(LAYERS.replace(old, new)))
    assert difference.same
    assert difference.renamed == (renamed,)
    text = to_text(difference)
    assert "the same network" in text
    assert "Total" not in text


def test_renamed_blocks_layers_and_heads_are_recognized_beside_other_changes() -> None:
    difference = changed(
        ("name: M", "name: Mixed"),
        ("name: three, kernel: 3", "name: drei, kernel: 5"),
        ("from: M", "from: Mixed"),
        ("  Aux:", "  Side:"),
    )
    assert difference.renamed == (
        Rename("M", "Mixed", 3),
        Rename("M/B/three", "Mixed/B/drei", 1),
        Rename("Aux", "Side", 2),
    )
    assert found(difference) == {"changed", "renamed"}
    assert [layer.new_path for layer in difference.changed] == ["Mixed/B/drei"]
    parts = {part.old_path: part.new_path for part in difference.parts}
    assert parts["M"] == "Mixed"
    assert parts["Aux"] == "Side"
    assert "M -> Mixed with its 3 layers" in says(difference)


def test_a_renamed_block_after_a_new_layer_is_recognized() -> None:
    difference = changed(
        ("- name: M", "- {op: dropout, name: d, rate: 0.5}\n  - name: Mixed"),
        ("from: M", "from: Mixed"),
    )
    assert difference.renamed == (Rename("M", "Mixed", 4),)
    assert [layer.path for layer in difference.added] == ["d"]
    assert found(difference) == {"added", "renamed"}


def test_a_layer_that_moved_to_another_branch_leaves_the_branch_its_name() -> None:
    old = "- name: M\n  branches: {A: [{op: dropout, name: d, rate: 0.5}, {op: lrn}], B: []}"
    new = "- name: M\n  branches: {A: [], B: [{op: dropout, name: d, rate: 0.5}, {op: lrn}]}"
    difference = compare(spec(old), spec(new))
    assert Rename("M/A/d", "M/B/d", 1) in difference.renamed


def test_the_same_new_name_in_many_places_is_one_item() -> None:
    block = "- {{name: M{0}, layers: [{{op: conv, name: {1}, kernel: {2}, filters: 4}}]}}"
    old = "\n".join(block.format(number, "c_3x3", 3) for number in range(6))
    new = "\n".join(block.format(number, "c_5x5", 5) for number in range(6))
    assert says(compare(spec(old), spec(new))) == [
        "all 6 conv layers: kernel 3x3 -> 5x5",
        "6 layers: c_3x3 -> c_5x5 in M0/c_3x3, M1/c_3x3, M2/c_3x3 and 3 more",
    ]


# Heads


def test_what_a_head_says_of_itself() -> None:
    difference = changed(
        ("loss_weight: 0.4", "loss_weight: 0.3"),
        ("from: p\n    label_smoothing: 0.1\n    predictions: softmax", "from: M"),
    )
    assert [(head.old, head.new) for head in difference.heads] == [("Aux",) * 2, ("Logits",) * 2]
    assert difference.heads[0].changes == (Change("loss_weight", 0.4, 0.3),)
    assert difference.heads[1].changes == (
        Change("from", "p", "M"),
        Change("label_smoothing", 0.1, 0),
        Change("predictions", "softmax", "none"),
    )
    assert found(difference) == {"heads"}


def test_a_head_that_is_gone_is_told_once() -> None:
    text = TEXT.replace(TEXT[TEXT.index("  Aux:") : TEXT.index("  Logits:")], "")
    difference = compare(TEXT, text)
    (head,) = difference.heads
    assert (head.old, head.new, head.layers) == ("Aux", None, 2)
    assert head.changes == (Change("from", "M", None), Change("loss_weight", 0.4, None))
    assert [layer.part for layer in difference.removed] == ["Aux", "Aux"]
    assert says(difference) == ["Aux: removed with 2 layers, from M, loss_weight 0.4"]
    back = compare(text, TEXT)
    assert says(back) == ["Aux: added with 2 layers, from M, loss_weight 0.4"]


def test_another_main_head_and_other_predictions() -> None:
    difference = changed(("main: Logits", "main: Aux"))
    assert difference.main == Change("main", "Logits", "Aux")
    assert "main: Logits -> Aux" in says(difference)
    assert difference.renamed == (Rename("Predictions", "Logits/Predictions", 1),)
    difference = changed(("softmax", "sigmoid"))
    assert difference.heads[0].changes == (Change("predictions", "softmax", "sigmoid"),)
    assert found(difference) == {"heads"}


# Costs


def test_costs_by_part_and_in_total() -> None:
    difference = changed(("kernel: 3, filters: 6", "kernel: 5, filters: 6"))
    more = (25 - 9) * 4 * 6
    differing = [part.old_path for part in difference.parts if part.old != part.new]
    assert differing == ["M"]
    for part in (difference.parts[2], difference.total):
        assert part.old is not None
        assert part.new is not None
        assert part.new.params - part.old.params == more
        assert part.new.trainable_params - part.old.trainable_params == more
        assert part.new.macs == (part.old.macs or 0) + more * 256
        assert part.new.flops == (part.old.flops or 0) + 2 * more * 256
        assert part.new.peak_activation_bytes == part.old.peak_activation_bytes
    assert [part.old_path for part in difference.parts] == ["input", "a", "M", "p", "Aux", "Logits"]


def test_what_is_removed_stands_where_it_stood() -> None:
    difference = compare(
        spec("- {op: lrn, name: a}\n- {op: lrn, name: b}\n- {op: flatten, name: c}"),
        spec("- {op: lrn, name: a}\n- {op: flatten, name: c}\n- {op: dropout, name: d, rate: 0}"),
    )
    assert [(part.old_path, part.new_path) for part in difference.parts] == [
        ("input", "input"), ("a", "a"), ("b", None), ("c", "c"), (None, "d"),
    ]  # fmt: skip


def test_open_sizes_leave_open_figures() -> None:
    difference = compare(
        TEXT, TEXT.replace("kernel: 3, filters: 6", "kernel: 5, filters: 6"), input="any"
    )
    figures = data(difference)["totals"]
    assert figures["params"]["difference"] == 384
    assert figures["macs"] == {"old": None, "new": None, "difference": None, "percent": None}
    assert "?" in to_text(difference)
    json.loads(to_json(difference))


# What always holds

ALL = builtin_names()


@pytest.fixture(scope="module")
def network() -> Callable[[str], inceptionspec.Network]:
    loaded = {name: inceptionspec.load(name) for name in ALL}
    return loaded.__getitem__


@pytest.mark.parametrize("name", ALL)
def test_nothing_differs_from_itself(
    name: str, network: Callable[[str], inceptionspec.Network]
) -> None:
    difference = network(name).diff(inceptionspec.load(name))
    assert difference.same
    assert not found(difference)
    assert all(part.old == part.new for part in (*difference.parts, difference.total))


@pytest.mark.parametrize(("old", "new"), list(itertools.combinations(ALL, 2)))
def test_the_other_way_round_everything_is_mirrored(
    old: str, new: str, network: Callable[[str], inceptionspec.Network]
) -> None:
    there = network(old).diff(network(new))
    back = network(new).diff(network(old))
    assert found(there), "networks with two digests differ in something"
    assert there.added == back.removed
    assert there.removed == back.added
    assert set(there.renamed) == {Rename(one.new, one.old, one.layers) for one in back.renamed}
    assert {(layer.old_path, layer.new_path) for layer in there.changed} == {
        (layer.new_path, layer.old_path) for layer in back.changed
    }
    assert there.reordered == back.reordered
    assert {(part.old, part.new) for part in there.parts} == {
        (part.new, part.old) for part in back.parts
    }
    one, other = data(there)["totals"], data(back)["totals"]
    for figure in Figures._fields:
        assert one[figure]["difference"] == -other[figure]["difference"]


@pytest.mark.parametrize("name", ALL)
def test_parts_sum_to_the_total(name: str, network: Callable[[str], inceptionspec.Network]) -> None:
    difference = network("inception_v3").diff(network(name))
    for side in ("old", "new"):
        whole = getattr(difference.total, side)
        parts = [one for part in difference.parts if (one := getattr(part, side)) is not None]
        for figure in ("params", "trainable_params", "macs", "flops"):
            assert sum(getattr(part, figure) for part in parts) == getattr(whole, figure)
        assert max(p.peak_activation_bytes for p in parts) == whole.peak_activation_bytes


def test_every_form_is_plain_and_fits() -> None:
    for every in (False, True):
        for old, new in (("inception_v1", "inception_v1_paper"), ("inception_v3", "inception_v4")):
            difference = inceptionspec.load(old).diff(inceptionspec.load(new))
            assert max(map(len, to_text(difference, every).splitlines())) <= 80
            assert "| part |" in to_markdown(difference, every)


def test_text_of_users_stays_text(tmp_path) -> None:
    file = tmp_path / "a\x1b[31m`b`.yaml"
    file.write_text(TEXT)
    difference = inceptionspec.load(str(file)).diff(inceptionspec.load(TEXT))
    assert "\x1b" not in to_text(difference) + to_markdown(difference) + to_json(difference)
    assert "`` " in to_markdown(difference) or "``" in to_markdown(difference)


def test_large_networks_are_compared_in_linear_time() -> None:
    """Counted in calls: eight times the layers take eight times the steps, and a little."""

    def steps(count: int) -> int:
        old = spec("\n".join(f"- {{op: dropout, name: a{i}, rate: 0}}" for i in range(count)))
        new = spec("\n".join(f"- {{op: dropout, name: b{i}, rate: 0.5}}" for i in range(count)))
        one, other = inceptionspec.load(old), inceptionspec.load(new)
        calls = 0

        def count_calls(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count_calls)
        try:
            to_text(one.diff(other), every=True)
        finally:
            sys.setprofile(None)
        return calls

    assert steps(800) < 12 * steps(100)
