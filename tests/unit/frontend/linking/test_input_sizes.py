"""Which input sizes fit, compared with linking every size."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from support import findings, loaded, spec

import inceptionspec
from inceptionspec.checks.notes import notes
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.expansion.expander import expand
from inceptionspec.frontend.expansion.inheritance import given_arguments, inherit
from inceptionspec.frontend.linking.flat import FlatNetwork
from inceptionspec.frontend.linking.flatten import flatten
from inceptionspec.frontend.linking.input_sizes import InputSizes, SideRules, UndecidedError
from inceptionspec.frontend.linking.shape_inference import shapes
from inceptionspec.ops.side import Side

LARGEST = 60


def window(chance: random.Random) -> str:
    """A convolution or a pool with a random window."""
    op = chance.choice(["conv", "max_pool"])
    padding = chance.choice(["same", "valid", "0", "1", "2"])
    kernel = chance.choice([1, 2, 3, 5])
    if op == "max_pool" and padding.isdigit() and int(padding) >= kernel:
        padding = "valid"
    filters = ", filters: 3" if op == "conv" else ""
    dilation = f", dilation: {chance.choice([1, 2])}" if op == "conv" else ""
    clip = ", clip: true" if dilation in ("", ", dilation: 1") and chance.random() < 0.2 else ""
    stride = chance.choice([1, 1, 2, 3])
    if op == "max_pool" and not clip and chance.random() < 0.3:
        clip = ", ceil: true"
    return (
        f"{{op: {op}, kernel: {kernel}, stride: {stride}, padding: {padding}"
        f"{filters}{dilation}{clip}}}"
    )


def other(chance: random.Random) -> str:
    """A layer that changes a map's size in another way than a window does."""
    return chance.choice([
        "{op: upsample, factor: 2}", "{op: upsample, factor: 3}",
        "{op: space_to_depth, block_size: 2}", "{op: space_to_depth, block_size: 3}",
        "{op: conv_transpose, kernel: 3, stride: 2, filters: 3}",
        "{op: conv_transpose, kernel: 3, stride: 2, padding: 1, filters: 3}",
        "{op: conv_transpose, kernel: 2, stride: 3, padding: valid, filters: 3}",
        "{op: crop, pixels: 1}", "{op: pad, padding: 2, mode: reflect}",
    ])  # fmt: skip


def network(chance: random.Random) -> str:
    """Layers, branches that are concatenated, added or multiplied, and perhaps a squeeze."""
    lines = []
    for _ in range(chance.randint(1, 3)):
        if chance.random() < 0.6:
            branches = [
                "[" + ", ".join(window(chance) for _ in range(chance.randint(0, 2))) + "]"
                for _ in range(chance.randint(2, 3))
            ]
            lines.append(f"- {{branches: [{', '.join(branches)}], merge: concat}}")
        else:
            lines.append(f"- {window(chance) if chance.random() < 0.6 else other(chance)}")
    if chance.random() < 0.3:
        lines += ["- {op: avg_pool, kernel: 4, padding: valid}", "- {op: squeeze}"]
    return "\n".join(lines)


def flat_of(text: str) -> FlatNetwork:
    """The layers of a text before shapes, whether or not they fit each other."""
    read = inherit(Source("<text>", text))
    args, _ = given_arguments(read, {})
    return flatten(read, expand(read, args, DEFAULT_LIMITS), args)


def links(flat: FlatNetwork, size: int) -> bool:
    refused: list[object] = []
    shapes(flat.layers, range(len(flat.layers)), (size, size, 3), lambda *one: refused.append(one))
    return not refused


@pytest.mark.parametrize("start", range(0, 800, 100))
def test_the_sizes_that_fit_are_those_that_link(start: int) -> None:
    counts = Counter(compared(seed) for seed in range(start, start + 100))
    assert min(counts[kind] for kind in ("never", "some", "all")) > 2, counts


def compared(seed: int) -> str:
    """How many sizes fit a random network, once this was found the same in both ways."""
    flat = flat_of(spec(network(random.Random(seed)), size="any"))
    fitting = [size for size in range(1, LARGEST + 1) if links(flat, size)]
    sizes = InputSizes(flat.layers, range(len(flat.layers)), LARGEST)
    if sizes.never:
        assert fitting == [], seed
        return "never"
    found = sizes.larger(1, 1)
    assert fitting
    assert found == (fitting[0], fitting[0])
    assert sizes.smaller(LARGEST, LARGEST) == (fitting[-1], fitting[-1])
    assert [size for size, _ in sizes.smallest(4)] == fitting[:4]
    if sizes.unbroken:
        assert fitting == list(range(fitting[0], fitting[-1] + 1))
    middle = fitting[len(fitting) // 2]
    assert sizes.larger(middle, middle) == (middle, middle)
    return "all" if len(fitting) == LARGEST else "some"


def test_open_sizes_that_never_fit_are_refused_and_shown_at_one() -> None:
    branches = "- {branches: [[{op: conv, kernel: 3, filters: 8, padding: valid}], []]}"
    (found,) = findings(spec(branches, size="any"))
    assert found.code == "E0402"
    assert found.helps == ("set `padding: same`",)
    assert found.notes[-1] == "shown for an input of 224x224: no input size fits"


def test_two_merges_that_no_size_fits_together() -> None:
    """The first needs an even side, the second an odd one."""
    even = "[{op: conv, kernel: 1, stride: 2, filters: 3}], " \
           "[{op: max_pool, kernel: 2, stride: 2, padding: valid}]"  # fmt: skip
    odd = "[{op: conv, kernel: 1, stride: 2, filters: 3}], " \
          "[{op: pad, padding: 1}, {op: max_pool, kernel: 2, stride: 2, padding: 0}]"  # fmt: skip
    text = f"- {{branches: [{even}]}}"
    assert loaded(spec(f"{text}\n- {{branches: [{even}]}}", size="any"))
    heads = f"heads: {{H: {{from: p, layers: [{{branches: [{even}]}}]}}, " \
            f"G: {{from: p, layers: [{{branches: [{odd}]}}]}}}}\nmain: H"  # fmt: skip
    stem = "- {op: dropout, name: p, rate: 0}"
    (found,) = findings(spec(stem, size="any", rest=heads))
    assert found.code == "E0402"


def test_notes_say_which_sizes_fit_an_open_network() -> None:
    half = "- {branches: [[{op: conv, kernel: 1, stride: 2, filters: 3}], " \
           "[{op: max_pool, kernel: 2, stride: 2, padding: valid}]]}"  # fmt: skip
    assert notes(loaded(spec(f"{half}\n{half}", size="any"))) == (
        "not every input size fits; the smallest that do are 4x4, 8x8, 12x12, 16x16",
    )
    few = "- {branches: [[{op: conv, kernel: 1, stride: STRIDE, filters: 3}], " \
          "[{op: max_pool, kernel: 2, stride: 2, padding: same}]]}"  # fmt: skip
    assert notes(loaded(spec(few.replace("STRIDE", "3"), size="any"))) == (
        "height and width of the input must be 1, 2 or 4",
    )
    assert notes(loaded(spec(few.replace("STRIDE", "3x2"), size="any"))) == (
        "not every input size fits; the smallest that do are 1x1, 2x2, 4x3",
    )
    valid = "- {op: conv, kernel: 5, filters: 3, padding: valid}"
    assert notes(loaded(spec(valid, size="any"))) == ("the input must be at least 5x5",)
    assert notes(loaded(spec("- {op: conv, kernel: 5, filters: 3}", size="any"))) == ()
    assert notes(loaded(spec(valid))) == ()
    squeezed = "- {op: avg_pool, kernel: 4, padding: valid, stride: 4}\n- {op: squeeze}"
    assert notes(loaded(spec(squeezed, size="any"))) == (
        "the input must be at least 4x4 and at most 7x7",
    )


def test_a_budget_that_cannot_be_tested_says_so() -> None:
    text = spec("- {op: conv, kernel: 3, filters: 8}", size="any", rest='budget: {macs: "<= 1"}')
    assert notes(loaded(text)) == (
        "the budget of `macs` is not tested while height and width are open",
    )
    assert notes(loaded(text, input=16)) == ()


def test_odd_rules_end_without_an_answer() -> None:
    rules = SideRules(10**9)

    def require_much() -> None:
        for place in range(1, 2000):
            rules.require_equal(Side(place, place + 1), Side(2 * place, place + 2))
            rules.require_equal(Side(0, 3), Side(1, 3))
            rules.require_least(Side(), 7 * place)

    with pytest.raises(UndecidedError):
        require_much()


def test_the_smallest_input_is_one_at_which_everything_links() -> None:
    down = "- {branches: [[{op: conv, kernel: 3, filters: 4, stride: 2}], " \
           "[{op: max_pool, kernel: 2, stride: 2, padding: valid}]]}"  # fmt: skip
    last = "- {op: conv, kernel: 9, filters: 10, padding: valid}"
    text = spec("\n".join([*[down] * 5, last]), size="224x224")
    (found,) = findings(text)
    assert found.helps[-1] == "or take an input of at least 288x288"
    assert inceptionspec.load(text, input=288)
    (found,) = findings(spec(last.replace("9", "9x1"), size="5x224"))
    assert found.helps[-1] == "or take an input of at least 9x224"


def test_one_cause_is_one_finding() -> None:
    for size in (64, 32, 16):
        (found,) = findings("inception_v3", input=size)
        assert found.primary.span.source.name == f"input={size}"


def test_shapes_of_open_sizes_stay_open() -> None:
    flat = loaded(spec("- {op: conv, kernel: 3, filters: 8}", size="any")).flat
    linked = shapes(flat.layers, range(2), (None, None, 3), lambda *_: None)
    assert linked[1][1] == (None, None, 8)
