"""What a sweep says of a variant is what every other command says of its text."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from inceptionspec.analysis.summary import summarize
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.tree import Layer
from inceptionspec.frontend.linking.flatten import Flattener
from inceptionspec.frontend.load import load_spec
from inceptionspec.sweep.bases import OpenBase, open_base_spec
from inceptionspec.sweep.evaluate import Evaluator, Outcome, Task
from inceptionspec.sweep.knobs import find_knobs, parse_setting
from inceptionspec.sweep.layer_memo import MOST_SEEN

GROUPS = """
spec: 1
name: groups
input: {size: 32x32, channels: 3}
args: {wide: 8}
defaults:
  conv: {norm: batch_norm, activation: relu}
blocks:
  unit:
    args: {filters: int}
    residual: true
    layers:
      - {op: conv, kernel: 3x3, filters: $filters, groups: 4}
      - {op: conv, kernel: 1x1, filters: input, activation: none}
network:
  - {op: conv, name: stem, kernel: 3x3, filters: 16, stride: 2, at_least: 12}
  - {block: unit, name: units, repeat: 2, with: {filters: 16}}
  - {op: conv, name: expand, kernel: map, filters: $wide, padding: valid}
  - {op: conv, name: clipped, kernel: 5x5, clip: true, padding: valid, filters: 2 * input}
  - {op: flatten}
  - {op: dense, units: 10}
"""


NESTED = """
spec: 1
name: nested
input: {size: 20x20, channels: 3}
args: {wide: 8}
defaults:
  conv: {activation: relu}
blocks:
  inner:
    args: {filters: {type: int, default: 4}, scale: {type: float, default: 0.5}}
    residual: {scale: $scale}
    layers:
      - {op: conv, name: a, kernel: 3x3, filters: 2 * $filters, at_least: $filters}
      - {op: conv, name: b, kernel: 1x1, filters: input}
  outer:
    args:
      filters: int
      pools: {type: bool, default: true}
      kernel: {type: string, default: 3x3}
      reads: {type: layer, default: input}
    layers:
      - {op: avg_pool, name: pool, kernel: 2x2, when: $pools}
      - {op: conv, name: conv, kernel: $kernel, filters: $filters}
      - {block: inner, name: inner, with: {filters: $filters}}
      - {op: conv, name: side, kernel: 1x1, filters: $wide, from: $reads}
network:
  - {op: conv, name: stem, kernel: 3x3, filters: 6}
  - {block: outer, name: first, with: {filters: 5}}
  - {block: outer, name: second, with: {filters: 7}}
  - {name: part, layers: [{block: inner, name: last}], doc: A part.}
end_points: {Early: stem}
"""
NESTED_VARIANT = """
spec: 1
extends: nested.yaml
name: nested variant
override:
  first/inner/a: {set: {kernel: 5x5}}
  second:
    set: {with: {filters: 9}}
    wrap: {residual: {shortcut: [{op: conv, kernel: 1x1, filters: 8}]}}
  second/conv: {set: {activation: none}, after: [{op: batch_norm}]}
"""


def evaluator(base: OpenBase, *settings: str, where: str = "") -> Evaluator:
    knobs = find_knobs(list(map(parse_setting, settings)), [base])
    return Evaluator(Task((base.texts,), knobs, where, documents=True))


def base_of(text: str) -> OpenBase:
    return open_base_spec("groups.yaml", Source("groups.yaml", text.lstrip()))


def combinations(one: Evaluator) -> list[tuple[str, ...]]:
    return list(itertools.product(*(knob.values for knob, _ in one.task.knobs)))


def compare(one: Evaluator, values: Sequence[str]) -> Outcome:
    """Compare an outcome with the network that is read from the variant's text."""
    outcome = one.outcome(values)
    text = one.text(0, values)
    try:
        loaded = one.load(0, text)
    except SpecError as error:
        first = error.findings[0]
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.refusal.message) == (first.code, first.message)
        return outcome
    summary = summarize(loaded)
    figures = outcome.figures
    assert figures is not None
    assert (figures.params, figures.trainable_params) == summary.total[:2]
    assert (figures.macs, figures.flops) == summary.total[2:4]
    assert figures.memory == summary.peak_activation_bytes
    sizes = [row.field.size for row in summary.layers if row.field is not None]
    assert figures.field == max(sizes, key=lambda size: (size[0] * size[1], size))
    assert {"network": outcome.network, "document": outcome.document} == summary.digests
    return outcome


def test_every_variant_of_a_small_network_is_that_of_its_text() -> None:
    settings = ("width=0.3,0.75,1,1.5", "input=16,31x40,32", "wide=8,9", "units.filters=16,18,24")
    one = evaluator(base_of(GROUPS), *settings, "units.repeat=1,2")
    outcomes = [compare(one, values) for values in combinations(one)]
    assert {outcome.refusal.code for outcome in outcomes if outcome.refusal} == {"E0408"}
    assert any(outcome.refusal is None for outcome in outcomes)


CALLS = (
    "first.filters=1,5,6,true,$wide,$none",
    "first/inner.filters=3,4",
    "second.pools=true,false",
    "second.kernel=1x1,3x3",
    "second.reads=input,stem,first,Early,second",
    "second/inner.scale=0.5,0.25",
    "part/last.filters=2,3",
    "part/last.scale=0.5,1",
    "width=1,0.5",
)


@pytest.mark.parametrize("file", ["nested.yaml", "variant.yaml"])
def test_arguments_of_calls_in_any_order_are_those_of_the_text(file: str, tmp_path: Path) -> None:
    Path(tmp_path, "nested.yaml").write_text(NESTED)
    Path(tmp_path, "variant.yaml").write_text(NESTED_VARIANT)
    one = evaluator(open_base_spec(str(Path(tmp_path, file))), *CALLS)
    every, draw = combinations(one), random.Random(1)
    outcomes = [compare(one, values) for values in draw.sample(every, 150)]
    linked = sum(outcome.refusal is None for outcome in outcomes)
    assert 50 < linked < 120
    for knob in range(len(CALLS)):  # one after the other
        for values in [draw.choice(every)] * 2:
            for value in one.task.knobs[knob].knob.values:
                compare(one, (*values[:knob], value, *values[knob + 1 :]))


def test_only_a_call_whose_arguments_differ_is_expanded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The work of a variant is that of what differs: no layer of another block is settled."""
    one = evaluator(open_base_spec("inception_v3"), "Mixed_6b.filters_7=96,128,160")
    one.outcome(["96"])
    settled: list[str] = []
    layer = Flattener._layer

    def counted(self: Flattener, node: Layer, path: str, *rest: Any) -> int:
        settled.append(path)
        return layer(self, node, path, *rest)

    monkeypatch.setattr(Flattener, "_layer", counted)
    for value in ("128", "160"):
        settled.clear()
        assert one.outcome([value]).figures is not None
        assert len(settled) == 12
        assert all(path.startswith("Mixed_6b/") for path in settled)


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        (
            "inception_v3",
            (
                "Mixed_6b.filters_7=96,128",
                "Mixed_6[cd].filters_7=8,9",
                "Mixed_5b.pool=1,32",
                "width=0.5,1",
            ),
        ),
        ("nasnet_mobile", ("cell_0.filters=8,16", "width=0.5")),
        ("efficientnet_b0", ("*.kernel=3x3,5x5", "width=0.5")),
        ("inception_v3", ("Mixed_6b.filters_7=96,128", "width=0.5,1", "input=80,224x200")),
        ("inception_v1", ("width=0.33", "input=224,256", "classes=7")),
        ("mobilenet_v2", ("width=0.35,1.4", "input=96")),
        ("convnext_tiny", ("input=64,224",)),
        ("inception_resnet_v2", ("width=0.25", "input=139")),
    ],
)
def test_variants_of_built_in_networks_are_those_of_their_texts(
    spec: str, settings: tuple[str, ...]
) -> None:
    one = evaluator(open_base_spec(spec), *settings)
    for values in combinations(one):
        compare(one, values)
        compare(one, values)  # what was seen before is the same


def test_the_text_of_a_variant_is_a_spec_that_extends_its_base() -> None:
    base = open_base_spec("inception_v3")
    settings = ("width=0.5", "input=224", "classes=10", "Mixed_6[bc].filters_7=96")
    one = evaluator(base, *settings)
    values = combinations(one)[0]
    text = one.text(0, values, "inception_v3").text
    assert text == (
        "spec: 1\n"
        "extends: inception_v3\n"
        "name: InceptionV3\n"
        "width: {factor: 0.5}\n"
        "input: {size: 224x224}\n"
        "args:\n"
        "  classes: 10\n"
        "override:\n"
        "  Mixed_6b: {set: {with: {filters_7: 96}}}\n"
        "  Mixed_6c: {set: {with: {filters_7: 96}}}\n"
    )
    assert dict(load_spec(Source("variant.yaml", text)).digests) == {
        "network": one.outcome(values).network,
        "document": one.outcome(values).document,
    }


def test_a_refused_variant_says_which_line_is_to_blame() -> None:
    base = open_base_spec("inception_v3")
    refusal = evaluator(base, "input=75").outcome(["75"]).refusal
    assert refusal is not None
    assert refusal.code == "E0406"
    assert refusal.place.startswith("specs/inception_v3.yaml:")
    assert refusal.line == int(refusal.place.split(":")[1])
    line = (base.texts.files[0][1]).splitlines()[refusal.line - 1]
    assert "layers" in line or "kernel" in line


def test_a_setting_that_is_to_blame_is_shown_as_the_user_wrote_it() -> None:
    base = open_base_spec("inception_v3")
    refusal = evaluator(base, "Mixed_6b.filters_7=96,x").outcome(["x"]).refusal
    assert refusal is not None
    assert (refusal.code, refusal.place, refusal.line) == ("E0306", "Mixed_6b.filters_7=x", None)


def test_what_a_constraint_leaves_out_has_figures_and_no_digest() -> None:
    one = evaluator(open_base_spec("inception_v1"), "width=0.5,1", where="macs < 1G")
    kept, left = one.outcome(["0.5"]), one.outcome(["1"])
    assert len(kept.network) == len(kept.document) == 64
    assert left.figures is not None
    assert left.figures.macs is not None
    assert left.figures.macs >= 10**9
    assert (left.network, left.document, left.refusal) == ("", "", None)


def test_an_open_input_size_is_tried_too() -> None:
    one = evaluator(base_of(GROUPS.replace("kernel: map", "kernel: 1x1")), "input=any,32")
    compare(one, ["any"])
    compare(one, ["32"])


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_SEEN < 100_000
    monkeypatch.setattr("inceptionspec.sweep.layer_memo.MOST_SEEN", 50)
    one = evaluator(base_of(GROUPS), "input=16..64:3")
    for values in combinations(one):
        compare(one, values)
        assert len(one._memo.seen) < 100
