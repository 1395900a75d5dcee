"""Options of reading weights, and what the report says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from held_arrays import drawn, read_into, table, write_zeros
from support import REFERENCE, loaded, spec

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ir.slim_names import stored_variables
from inceptionspec.reports.findings.full import full
from inceptionspec.weights import WeightOptions, load_weights
from inceptionspec.weights.initial import initial_value

NETWORK = """
- {op: conv, name: stem, kernel: 3x3, filters: 4, norm: {op: batch_norm, scale: false}}
- {op: conv, name: top, kernel: 1x1, filters: 4}
"""
REST = """
checkpoint_scope: Scope
args: {classes: 10}
main: Logits
heads:
  Aux: {from: stem, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: $classes}]}
  Logits: {from: top, layers: [{op: global_avg_pool}, {op: dense, name: fc, units: $classes}]}
"""


@pytest.fixture(name="one")
def fixture_one() -> Any:
    return loaded(spec(NETWORK, rest=REST))


@pytest.fixture(name="held")
def fixture_held(one: Any) -> dict[str, Any]:
    weights = drawn(one.graph)
    return {
        variable.name: weights[variable.node.path, variable.weight.name]
        for variable in stored_variables(one.graph)
    }


def with_classes(held: dict[str, Any], classes: int, heads: tuple[str, ...]) -> dict[str, Any]:
    more = {}
    for head in heads:
        more[f"Scope/{head}/fc/weights"] = np.random.default_rng(1).normal(size=(4, classes))
        more[f"Scope/{head}/fc/biases"] = np.random.default_rng(2).normal(size=classes)
    return held | {name: array.astype("float32") for name, array in more.items()}


def refused(one: Any, held: dict[str, Any], **options: Any) -> Any:
    with pytest.raises(SpecError) as raised:
        read_into(one, held, **options)
    (finding,) = raised.value.findings
    return finding


def test_every_advice_about_another_number_of_classes_works(one: Any, held: dict[str, Any]) -> None:
    for heads in (("Logits",), ("Aux", "Logits")):
        other = with_classes(held, 11, heads)
        finding = refused(one, other)
        fresh = " ".join(f"--fresh {head}" for head in heads)
        assert finding.code == "E0702"
        assert [help_.split("`")[1] for help_ in finding.helps] == [
            "--drop-background",
            "--set classes=11",
            fresh,
        ]
        dropped = read_into(one, other, drop_background=True)
        assert dropped.report.conversions == {"background class dropped": 2 * len(heads)}
        np.testing.assert_array_equal(
            dropped.arrays["Logits/fc", "kernel"], other["Scope/Logits/fc/weights"][:, 1:]
        )
        started = read_into(one, other, fresh=heads)
        assert {(fresh.path, fresh.why) for fresh in started.report.fresh} == {
            (f"{head}/fc", f"--fresh {head}") for head in heads
        }
        assert started.warnings == ()
    wider = loaded(spec(NETWORK, rest=REST), classes=11)
    assert read_into(wider, other).report.conversions == {}


def test_a_class_that_is_not_there_cannot_be_dropped(one: Any, held: dict[str, Any]) -> None:
    finding = refused(one, held, drop_background=True)
    assert (finding.code, finding.helps) == ("E0702", ("leave out `--drop-background`",))
    far = refused(one, with_classes(held, 20, ("Aux", "Logits")), drop_background=True)
    assert far.helps[0].startswith("add `--set classes=20`")


def test_what_starts_fresh_has_the_initial_values(one: Any, held: dict[str, Any]) -> None:
    found = read_into(one, held, fresh=("t*", "stem"))
    assert {fresh.path for fresh in found.report.fresh} == {"stem", "top"}
    for node in one.graph.nodes:
        if node.path in ("stem", "top"):
            for weight in node.weights:
                np.testing.assert_array_equal(
                    found.arrays[node.path, weight.name], initial_value(node, weight)
                )
    assert found.warnings == ()


def test_without_leaves_a_part_out_on_both_sides(one: Any, held: dict[str, Any]) -> None:
    lacking = {name: array for name, array in held.items() if "/Aux/" not in name}
    finding = refused(one, lacking)
    assert finding.code == "E0701"
    assert finding.helps[0].startswith("it holds nothing of `Aux`: add `--without Aux`")
    found = read_into(one, lacking, without=("Aux",))
    assert {fresh.why for fresh in found.report.fresh} == {"--without Aux"}
    alone = loaded(spec(NETWORK, rest=REST), head="Logits")
    assert read_into(alone, held).warnings[0].code == "W0109"
    assert read_into(alone, held, without=("Aux",)).warnings == ()


@pytest.mark.parametrize("option", ["fresh", "without"])
def test_an_option_that_names_nothing_is_a_finding(
    one: Any, held: dict[str, Any], option: str
) -> None:
    finding = refused(one, held, **{option: ("Logit",)})
    assert (finding.code, finding.helps) == ("E0806", ("did you mean `Logits`?",))


def test_only_what_is_asked_for_is_needed(one: Any, held: dict[str, Any]) -> None:
    kept = {name: array for name, array in held.items() if "/stem/" in name}
    node = one.graph.names["stem"]
    assert {path for path, _ in read_into(one, kept, [node]).arrays} == {"stem"}
    assert read_into(one, {}, [0]).arrays == {}


def test_a_network_in_two_scopes_of_a_detector(one: Any, held: dict[str, Any]) -> None:
    """Its second stage has the last layers, under another scope."""
    moved = {
        ("Second/" if "Logits" in name else "First/") + name: array for name, array in held.items()
    }
    found = read_into(one, moved)
    assert found.notes == (
        "the arrays are under `First/Scope/`",
        "some arrays are under `Second/Scope/`",
    )
    assert found.warnings == ()


def test_keys_of_a_wrapped_module_are_found(one: Any) -> None:
    """PyTorch's `DataParallel` and trainers put words in front of every key."""
    graph = loaded("inception_v1").graph
    keys = table(REFERENCE / "state_dicts" / "googlenet.tsv")
    zeros = {f"state_dict.module.{key}": np.zeros(shape, "float32") for key, shape in keys.items()}
    found = read_into(loaded("inception_v1"), zeros, [graph.names["Conv2d_1a_7x7"]])
    assert found.notes[0] == "the arrays are under `state_dict.module.`"


@pytest.mark.parametrize(
    "network", ["inception_v1", "inception_v2", "inception_v3", "inception_v4",
                "inception_resnet_v2"]
)  # fmt: skip
def test_tf_slims_variables_load_with_nothing_missing_and_nothing_left_over(
    network: str, tmp_path: Path
) -> None:
    shapes = table(REFERENCE / "slim_variables" / f"{network}.tsv")
    file = write_zeros(tmp_path / "slim.safetensors", shapes)
    classes = next(reversed(shapes.values()))[-1]
    found = load_weights(loaded(network, classes=classes), file)
    assert (found.warnings, found.notes, found.report.fresh) == ((), (), ())
    assert len(found.report.matched) == len(shapes)
    assert found.report.scheme == "tf_slim"
    assert found.report.conversions == {}
    fewer = loaded(network, classes=classes - 1)
    with pytest.raises(SpecError) as raised:
        load_weights(fewer, file)
    assert "--drop-background" in raised.value.findings[0].helps[0]
    dropped = load_weights(fewer, file, WeightOptions(drop_background=True))
    assert set(dropped.report.conversions) == {"background class dropped"}


FACENET = """
spec: 1
extends: inception_resnet_v1
name: facenet
override:
  args.classes: {set: 8631}
  Repeat_2:
    after:
      - name: Block8
        residual: {scale: 1}
        layers:
          - branches:
              Branch_0:
                - {op: conv, name: Conv2d_1x1, kernel: 1x1, filters: 192}
              Branch_1:
                - {op: conv, name: Conv2d_0a_1x1, kernel: 1x1, filters: 192}
                - {op: conv, name: Conv2d_0b_1x3, kernel: 1x3, filters: 192}
                - {op: conv, name: Conv2d_0c_3x1, kernel: 3x1, filters: 192}
          - {op: conv, name: Conv2d_1x1, kernel: 1x1, filters: input, norm: none, activation: none}
  Logits:
    set:
      from: Block8
      layers:
        - {op: global_avg_pool, name: AvgPool_1a_8x8}
        - {op: dense, name: Bottleneck, units: 512, bias: false, norm: batch_norm}
        - {op: dense, name: Logits, units: $classes}
"""


def test_facenet_has_its_head_outside_of_the_scope(tmp_path: Path) -> None:
    one = loaded(FACENET)
    shapes = {}
    for variable in stored_variables(one.graph):
        name = variable.name
        name = name.replace("InceptionResnetV1/Logits/Logits/", "Logits/")
        shapes[name.replace("Logits/Bottleneck/", "Bottleneck/")] = variable.shape
    found = load_weights(one, write_zeros(tmp_path / "facenet.safetensors", shapes))
    assert found.report.scheme == "tf_slim_facenet"
    assert (found.warnings, found.report.fresh) == ((), ())


def test_averages_of_a_file_that_holds_nothing_else(one: Any, held: dict[str, Any]) -> None:
    averages = {f"{name}/ExponentialMovingAverage": array for name, array in held.items()}
    found = read_into(one, averages, average=True)
    assert found.warnings == ()
    assert refused(one, held, average=True).helps == ("read it without `--weights-average`",)


def test_a_hostile_name_is_printed_harmlessly(one: Any, held: dict[str, Any]) -> None:
    odd = {"Scope/\x1b[31mred/weights": np.zeros(3, "float32"), "a\nb/c": np.zeros(2, "float32")}
    warnings = read_into(one, held | odd).warnings
    assert "\x1b" not in full(warnings)
