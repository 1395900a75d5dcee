"""What a width makes of a network: TF-Slim's rule, roundings and floors that a spec states."""

from __future__ import annotations

import pytest
from support import ROOT, findings, loaded, nodes, spec

from inceptionspec import load
from inceptionspec.analysis.costs import costs
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.frontend.settings import Width
from inceptionspec.frontend.writing.yaml_writer import spec_text

CASES = ROOT / "tests" / "corpus" / "cases"
WIDTHS = (0.25, 0.5, 0.75, 1.4)


@pytest.mark.parametrize(
    ("filters", "width", "expected"),
    [
        (64, Width(0.5), 32),
        (24, Width(0.5), 16),  # TF-Slim's min_depth
        (75, Width(0.5), 37),
        (8, Width(1.5), 12),
        (8, Width(), 8),
        (64, Width(0.5, 40), 40),
        # MobileNet's rule
        (32, Width(1.4, 8, 8), 48),  # 44.8: to the nearest multiple, half a step upwards
        (32, Width(0.35, 8, 8), 16),  # 11 would become 8, which is below 0.9 of it
        (16, Width(0.35, 8, 8), 8),
        (24, Width(0.5, 8, 8), 16),  # 12 is halfway
        (8, Width(0.5, 12, 8), 16),  # never below the minimum
        (30, Width(1, 8, 8), 30),  # width 1 leaves all as it is written
    ],
)
def test_the_number_of_filters_under_a_width(filters: int, width: Width, expected: int) -> None:
    assert width.scale(filters) == expected


def test_a_layer_has_a_floor_of_its_own_below_width_1() -> None:
    assert Width(0.5).scale(100, at_least=80) == 80
    assert Width(0.5).scale(100, at_least=3) == 50
    assert Width(1.5).scale(100, at_least=500) == 150


def test_a_spec_states_how_its_width_scales() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 1, filters: 30}\n"
        "- {op: conv, name: b, kernel: 1, filters: 30, at_least: 32}\n"
        "- {op: conv, name: c, kernel: 1, filters: 6 * input}\n"
        "- {op: conv, name: d, kernel: 1, filters: 10, fixed: true}",
        rest="width: {round_to: 8, at_least: 8}",
    )
    found = {path: node.shape[2] for path, node in nodes(text, width=0.5).items()}
    assert found == {"input": 3, "a": 16, "b": 32, "c": 192, "d": 10}
    # What a user asks for wins over the spec's floor, not over the layer's.
    found = {path: node.shape[2] for path, node in nodes(text, width=0.5, min_filters=24).items()}
    assert found == {"input": 3, "a": 24, "b": 32, "c": 192, "d": 10}


def test_a_variant_inherits_the_rule_and_may_change_it() -> None:
    wide = "spec: 1\nextends: mobilenet_v2\nname: v\n"
    assert load(wide, width=1.4).graph.nodes[1].shape[2] == 48
    assert load(wide + "width: {round_to: 1}\n", width=1.4).graph.nodes[1].shape[2] == 44
    expanded = loaded(wide).expanded()
    assert expanded["width"] == {"round_to": 8, "at_least": 8}


def test_a_spec_states_its_width() -> None:
    narrow = "spec: 1\nextends: inception_v3\nname: v\nwidth: {factor: 0.75}\n"
    digest = load("inception_v3", width=0.75).digests["network"]
    assert load(narrow).digests["network"] == digest
    assert load(narrow, min_filters=40).graph.nodes[1].shape[2] == 40  # of 0.75 x 32
    # What a user asks for takes its place.
    assert load(narrow, width=1).digests["network"] == load("inception_v3").digests["network"]
    # The expanded spec has the filters themselves.
    expanded = loaded(narrow).expanded()
    assert "width" not in expanded
    assert load(spec_text(expanded)).digests["network"] == digest


def test_a_width_of_a_spec_is_blamed_where_it_is_written() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 1, filters: 64}\n"
        "- {op: conv, name: b, kernel: 1, filters: 64, groups: 32}",
        rest="width: {factor: 0.7}",
    )
    (found,) = findings(text)
    assert found.code == "E0408"
    assert "factor: 0.7" in found.primary.span.source.line(found.primary.span.line)
    for bad in ("0", "-1", "2e6", "wide"):
        (found,) = findings(spec("- {op: conv, kernel: 1, filters: 64}",
                                 rest=f"width: {{factor: {bad}}}"))  # fmt: skip
        assert found.code == "E0205"


def _slim_v2(width: float) -> tuple[int, int]:
    """Parameters and MACs of Inception V2 under TF-Slim's rule, counted by hand."""
    params = macs = 0

    def depth(filters: int) -> int:
        return max(int(filters * width), 16)

    def conv(side: int, kernel: int, before: int, after: int) -> int:
        nonlocal params, macs
        params += kernel * kernel * before * after + 3 * after  # beta, mean, variance
        macs += side * side * kernel * kernel * before * after
        return after

    stem = depth(64)
    multiplier = min(int(stem / 3), 8)
    params += 49 * 3 * multiplier + 3 * multiplier * stem + stem
    macs += 112 * 112 * (49 * 3 * multiplier + 3 * multiplier * stem)
    at = conv(56, 1, stem, depth(64))
    at = conv(56, 3, at, depth(192))
    # side, 1x1, 3x3 after 1x1, two 3x3 after 1x1, pool: halving blocks lack the first and last
    table = [
        (28, 64, 64, 64, 64, 96, 32), (28, 64, 64, 96, 64, 96, 64), (14, 0, 128, 160, 64, 96, 0),
        (14, 224, 64, 96, 96, 128, 128), (14, 192, 96, 128, 96, 128, 128),
        (14, 160, 128, 160, 128, 160, 96), (14, 96, 128, 192, 160, 192, 96),
        (7, 0, 128, 192, 192, 256, 0), (7, 352, 192, 320, 160, 224, 128),
        (7, 352, 192, 320, 192, 224, 128),
    ]  # fmt: skip
    for side, one, reduce, three, reduce_twice, twice, pool in table:
        full = side if one else 2 * side
        ends = [conv(side, 1, at, depth(one))] if one else []
        conv(full, 1, at, depth(reduce))
        ends.append(conv(side, 3, depth(reduce), depth(three)))
        conv(full, 1, at, depth(reduce_twice))
        conv(full, 3, depth(reduce_twice), depth(twice))
        ends.append(conv(side, 3, depth(twice), depth(twice)))
        ends.append(conv(side, 1, at, depth(pool)) if pool else at)
        at = sum(ends)
    return params + at * 1000 + 1000, macs + at * 1000


@pytest.mark.parametrize("width", [*WIDTHS, 1])
def test_inception_v2_is_tf_slims_at_every_width(width: float) -> None:
    network = load("inception_v2", width=width)
    totals = network.summary().total
    assert (totals.params, totals.macs) == _slim_v2(width)


def test_the_stem_of_a_narrow_inception_v2() -> None:
    network = load(str(CASES / "v2_narrow.yaml"), width=0.25)
    stem = network.graph.nodes[1]
    assert stem.attributes["depth_multiplier"] == 5
    assert network.summary().total.params == 900_119
    cost = costs(network.graph)[1]
    assert (cost.params, cost.macs) == (991, 12_230_400)


def test_a_wide_mobilenet_has_the_published_count() -> None:
    network = load(str(CASES / "mobilenet_wide.yaml"), width=1.4)
    shapes = {node.path: node.shape for node in network.graph.nodes}
    assert network.summary().total.params == 6_156_712
    assert (shapes["Conv1"][2], shapes["Conv_1"][2]) == (48, 1792)


@pytest.mark.parametrize("name", [n for n in builtin_names() if not loaded(n).spec.width])
@pytest.mark.parametrize("width", WIDTHS)
def test_other_networks_scale_each_number_by_tf_slims_rule(name: str, width: float) -> None:
    flat = loaded(name).flat
    scaled = {layer.path: layer.attributes for layer in loaded(name, width=width).flat.layers}
    numbers = 0
    for layer in flat.layers:
        written = layer.attributes.get("filters")
        if written is None:
            continue
        given = scaled[layer.path]["filters"]
        if isinstance(written, str) or layer.attributes["fixed"]:
            assert given == written
            continue
        numbers += 1
        assert given == (max(int(written * width), 16) if width < 1 else int(written * width))
    assert numbers >= 4


GROUPED = (
    "- {op: conv, name: a, kernel: 1, filters: 128}\n"
    "- {op: conv, name: b, kernel: 3, filters: 128, groups: 32}"
)


def test_groups_that_do_not_divide_under_a_width_are_blamed_on_the_width() -> None:
    (found,) = findings(spec(GROUPED), width=0.3)
    assert found.code == "E0408"
    assert found.primary.span.source.name == "width=0.3"
    assert found.helps == (
        "write `width: {round_to: 32}` in the spec, so that groups divide",
        "take a width that keeps the groups, such as `--width 0.25`",
    )
    assert nodes(spec(GROUPED), width=0.25)["b"].shape == (16, 16, 32)
    followed = spec(GROUPED, rest="width: {round_to: 32}")
    assert nodes(followed, width=0.3)["b"].shape == (16, 16, 64)


def test_branches_that_the_width_makes_unlike_are_blamed_on_the_width() -> None:
    text = spec(
        "- {op: conv, name: a, kernel: 1, filters: 64, fixed: true}\n"
        "- {residual: {}, layers: [{op: conv, name: b, kernel: 1, filters: 64}]}"
    )
    (found,) = findings(text, width=0.5)
    assert (found.code, found.primary.text) == ("E0403", "it fits at width 1")
    assert found.primary.span.source.name == "width=0.5"


def test_groups_that_never_divide_are_not_blamed_on_the_width() -> None:
    (found, *_) = findings(spec(GROUPED.replace("32", "33")), width=0.3)
    assert found.primary.span.source.name == "<text>"


@pytest.mark.parametrize("change", ["round_to: 0", "at_least: 1.5", "rounds: 8", "at_least: input"])
def test_a_rule_that_cannot_be(change: str) -> None:
    text = spec("- {op: conv, kernel: 1, filters: 8}", rest=f"width: {{{change}}}")
    with pytest.raises(SpecError):
        load(text)
