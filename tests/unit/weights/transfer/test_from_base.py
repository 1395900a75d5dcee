"""Files of a base's weights: which base is found, and what `load_weights` makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from rewriting import random_values
from support import REFERENCE, loaded

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.reports.weights import transfer_text as transfer_text_module
from inceptionspec.reports.weights.json import transfer_data
from inceptionspec.reports.weights.transfer_text import transfer_text
from inceptionspec.weights import LoadedWeights, WeightOptions, load_weights
from inceptionspec.weights.transfer.result import KINDS, Kind
from inceptionspec.weights.writers import write_slim_checkpoint

BASE = """spec: 1
name: Base
checkpoint_scope: Base
input: {size: 16x16}
args: {classes: 10}
network:
  - {op: conv, name: stem, kernel: 3, filters: 16, norm: batch_norm, activation: relu}
  - {op: conv, name: last, kernel: 3, filters: 20, activation: relu}
heads:
  Aux:
    from: stem
    loss_weight: 0.4
    layers: [{op: global_avg_pool, name: g}, {op: dense, name: fc, units: $classes}]
  Logits:
    from: last
    layers: [{op: global_avg_pool, name: g}, {op: dense, name: fc, units: $classes}]
main: Logits
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a base and a checkpoint of it."""
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def stored(folder: Path, of: str = "base.yaml", **settings: Any) -> dict[tuple[str, str], Any]:
    graph = loaded(str(folder / of), **settings).graph
    values = {key: value.astype("float32") for key, value in random_values(graph).items()}
    write_slim_checkpoint(str(folder / "base.ckpt"), graph, values)
    return values


def variant(folder: Path, override: str, name: str = "variant", extends: str = "base.yaml") -> str:
    file = folder / f"{name}.yaml"
    file.write_text(f"spec: 1\nname: {name}\nextends: {extends}\noverride:\n  {override}\n")
    return str(file)


def read(folder: Path, spec: str, *, options: Any = None, **settings: Any) -> LoadedWeights:
    given = WeightOptions() if options is None else options
    return load_weights(loaded(spec, **settings), str(folder / "base.ckpt"), given)


def statuses(found: LoadedWeights) -> dict[str, str]:
    assert found.transferred is not None
    return {layer.path: layer.status for layer in found.transferred.layers if layer.steps}


def test_a_variant_gets_the_weights_of_its_base(folder: Path) -> None:
    values = stored(folder)
    found = read(folder, variant(folder, "last: {set: {filters: 30}}"))
    assert statuses(found) == {"last": "widened", "Logits/fc": "inputs"}
    assert found.transferred is not None
    assert found.transferred.base == "Base"
    assert found.warnings == ()
    assert np.array_equal(found.arrays["stem", "kernel"], values["stem", "kernel"])
    assert found.report.network == "Base"


def test_a_file_of_the_variant_itself_is_taken_as_it_is(folder: Path) -> None:
    spec = variant(folder, "last: {set: {filters: 30}}")
    values = stored(folder, "variant.yaml")
    found = read(folder, spec)
    assert found.transferred is None
    assert np.array_equal(found.arrays["last", "kernel"], values["last", "kernel"])


def test_a_base_of_a_base(folder: Path) -> None:
    stored(folder)
    variant(folder, "last: {set: {filters: 30}}", "middle")
    found = read(folder, variant(folder, "stem: {set: {filters: 17}}", extends="middle.yaml"))
    assert found.transferred is not None
    assert found.transferred.base == "Base"
    assert statuses(found) == {
        "stem": "widened", "last": "widened", "Logits/fc": "inputs", "Aux/fc": "inputs"
    }  # fmt: skip


def test_the_nearest_base_comes_first(folder: Path) -> None:
    variant(folder, "last: {set: {filters: 30}}", "middle")
    stored(folder, "middle.yaml")
    found = read(folder, variant(folder, "stem: {set: {filters: 17}}", extends="middle.yaml"))
    assert found.transferred is not None
    assert found.transferred.base == "middle"


def test_settings_of_both(folder: Path) -> None:
    """A base is tried under the variant's settings."""
    stored(folder, classes=4, input="32x32")
    spec = variant(folder, "last: {set: {filters: 30}}")
    assert statuses(read(folder, spec, classes=4)) == {"last": "widened", "Logits/fc": "inputs"}


def test_settings_of_the_variant_alone(folder: Path) -> None:
    """Then without those that are not the base's."""
    stored(folder)
    spec = variant(folder, "last: {set: {filters: 30}}")
    assert statuses(read(folder, spec, classes=4, input="24x24")) == {
        "last": "widened", "Logits/fc": "fresh", "Aux/fc": "fresh"
    }  # fmt: skip
    found = read(folder, spec, width=2)
    assert statuses(found) == {
        "stem": "widened", "last": "widened", "Logits/fc": "inputs", "Aux/fc": "inputs"
    }  # fmt: skip


def test_an_argument_that_only_the_variant_has(folder: Path) -> None:
    stored(folder)
    spec = variant(folder, "last: {set: {filters: $wide}}\nargs: {wide: 24}")
    assert statuses(read(folder, spec, wide=40)) == {"last": "widened", "Logits/fc": "inputs"}


def test_a_head_alone(folder: Path) -> None:
    stored(folder)
    spec = variant(folder, "last: {set: {filters: 30}}")
    found = read(folder, spec, head="Logits")
    assert statuses(found) == {"last": "widened", "Logits/fc": "inputs"}
    assert ("Aux/fc", "kernel") not in found.arrays


def test_a_network_at_another_width_is_its_own_base(folder: Path) -> None:
    stored(folder)
    found = read(folder, str(folder / "base.yaml"), width=1.5)
    assert set(statuses(found).values()) == {"widened", "inputs"}
    assert found.transferred is not None
    assert found.transferred.outputs == {"Aux": True, "Logits": True}


def test_another_number_of_classes_of_the_network_itself_is_no_accident(folder: Path) -> None:
    stored(folder)
    with pytest.raises(SpecError) as caught:
        read(folder, str(folder / "base.yaml"), classes=4)
    assert caught.value.findings[0].code == "E0702"


def test_what_the_file_lacks_of_a_base_and_the_variant_left_out(folder: Path) -> None:
    graph = loaded(str(folder / "base.yaml")).graph
    values = random_values(graph)
    kept = {key: value for key, value in values.items() if not key[0].startswith("Aux")}
    write_slim_checkpoint(str(folder / "base.ckpt"), graph, kept)
    found = read(folder, variant(folder, "Aux: delete\n  last: {set: {filters: 30}}"))
    assert statuses(found) == {"last": "widened", "Logits/fc": "inputs"}
    assert found.transferred is not None
    assert found.transferred.removed == ("Aux/fc",)


def test_parts_that_are_asked_to_start_fresh(folder: Path) -> None:
    stored(folder)
    spec = variant(folder, "last: {set: {filters: 30}}")
    found = read(folder, spec, options=WeightOptions(fresh=("stem",), without=("Aux",)))
    assert found.transferred is not None
    rows = {layer.path: layer.words for layer in found.transferred.layers if layer.steps}
    assert rows["stem"] == "--fresh stem"
    assert rows["Aux/fc"] == "--without Aux"
    assert found.transferred.outputs == {"Aux": False, "Logits": False}


def test_a_file_of_something_else_names_the_bases(folder: Path) -> None:
    (folder / "other.yaml").write_text(BASE.replace("kernel: 3", "kernel: 5"))
    stored(folder, "other.yaml")
    variant(folder, "stem: {set: {filters: 17}}", "middle")
    with pytest.raises(SpecError) as caught:
        read(folder, variant(folder, "last: {set: {filters: 30}}", extends="middle.yaml"))
    first = caught.value.findings[0]
    assert first.code == "E0702"
    assert [note.partition(": ")[0] for note in first.notes] == [
        "the base `middle`", "the base `Base`"
    ]  # fmt: skip
    assert "is 5x5" in first.notes[1]


def test_a_variant_that_left_nothing_of_its_base(folder: Path) -> None:
    stored(folder)
    spec = variant(
        folder,
        "stem: {replace: [{op: max_pool, name: x, kernel: 3}]}\n"
        "  last: {replace: [{op: depthwise_conv, kernel: 5}]}\n"
        "  Aux: delete\n  args.classes: {set: 3}",
    )
    with pytest.raises(SpecError) as caught:
        read(folder, spec)
    note = "the base `Base`: it fits, but no layer here takes weights from it"
    assert caught.value.findings[0].notes[-1] == note


#: Edits of TF-Slim's small V3, and what becomes of the layers that do not keep their weights.
MIXED = "Mixed_5b/Branch_1/Conv2d_0b_5x5"
AFTER = [
    "Mixed_5c/Branch_0/Conv2d_0a_1x1", "Mixed_5c/Branch_1/Conv2d_0b_1x1",
    "Mixed_5c/Branch_2/Conv2d_0a_1x1", "Mixed_5c/Branch_3/Conv2d_0b_1x1",
]  # fmt: skip
SLIM_EDITS = {
    f"{MIXED}: {{set: {{filters: 192}}}}\n  input: {{set: {{channels: 1}}}}": {
        "Conv2d_1a_3x3": "depth",
        MIXED: "widened",
        **dict.fromkeys(AFTER, "inputs"),
    },
    f"{MIXED}: {{set: {{name: a, kernel: 3}}, after: [{{op: conv, name: b, kernel: 3, "
    "filters: 64}]}\n  Mixed_5d: {after: [{name: G, branches: {m: [], f: ["
    "{op: global_avg_pool, name: g}, {op: dense, name: d, units: input, activation: sigmoid}]}, "
    "merge: multiply}]}\n  AuxLogits: delete\n  Mixed_7c/Branch_3: delete": {
        "Mixed_5b/Branch_1/a": "fresh",
        "Mixed_5b/Branch_1/b": "fresh",
        "G/f/d": "fresh",
        "Logits/Conv2d_1c_1x1": "inputs",
    },
}


@pytest.mark.parametrize("override", SLIM_EDITS)
def test_variants_of_a_checkpoint_that_tf_slim_wrote(tmp_path: Path, override: str) -> None:
    spec = variant(tmp_path, override, extends="inception_v3")
    network = loaded(spec, width=0.125, min_filters=8, classes=11)
    found = load_weights(network, str(REFERENCE / "slim_v3_tiny" / "slim_v3_tiny.ckpt"))
    assert statuses(found) == SLIM_EDITS[override]
    assert found.transferred is not None
    assert len(found.transferred.layers) == sum(bool(node.weights) for node in network.graph.nodes)


def test_every_kind_has_a_rank_and_a_title() -> None:
    assert sorted(KINDS) == sorted(get_args(Kind)) == sorted(transfer_text_module._TITLES)


def test_the_list_as_text_and_as_data(folder: Path) -> None:
    stored(folder)
    spec = variant(
        folder,
        "Aux: delete\n  last: {set: {filters: 12}}\n"
        "  stem: {after: [{op: conv, name: new, kernel: 1, filters: 16}]}\n"
        "  args.classes: {set: 3}",
    )
    found = read(folder, spec).transferred
    assert found is not None
    text = transfer_text(found)
    assert text == TEXT
    assert max(map(len, text.split("\n"))) <= 80
    data = transfer_data(found)
    assert data["removed"] == ["Aux/fc"]
    assert data["outputs"] == {"Logits": False}
    assert [(row["path"], row["status"], row["exact"]) for row in data["layers"]] == [
        ("stem", "kept", True),
        ("new", "fresh", False),
        ("last", "pruned", False),
        ("Logits/fc", "fresh", False),
    ]


TEXT = """\
weights of the base Base:
  kept 1 of 4 layers
  2 layers fresh
    new: not in the base
    Logits/fc: another number of classes: 10 to 3
  1 layer pruned, approximate
    last: 20 to 12 filters, those of the largest norm (approximate); 16 of 16
      input channels are others, in the same places (approximate)
  1 layer of the base left out
    Aux/fc"""
