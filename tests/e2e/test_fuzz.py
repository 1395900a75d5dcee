"""Whatever is read ends in a network that answers everything, or in findings, and never else.

`tools/fuzz.py` does the same for as long as one likes; this is a short run for every test.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import ROOT, script

from inceptionspec.frontend.writing.yaml_writer import spec_text
from inceptionspec.ops import LAYER_OPS
from inceptionspec.ops.functions import ACTIVATIONS

BOTH = (oracle.NETWORK, oracle.FINDINGS)


def short(examples: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=examples, suppress_health_check=slow)


# Random bytes, text and trees


@short(150)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode())))
def test_random_text(data: bytes) -> None:
    assert oracle.outcome(data) in BOTH


TOKENS = st.sampled_from(
    ["spec: 1", "name: t", "network:", "\n", "\n  ", "- ", "{", "}", "[", "]", ", ", ": ", "op",
     "conv", "layers", "branches", "*a", "&a ", "!!int ", "'", '"', "#", "|", ">", "?", "---",
     "\t", "$x", "1e400", "~", "input: {size: 8x8}"]
)  # fmt: skip


@short(150)
@given(st.lists(TOKENS, max_size=30).map("".join))
def test_random_tokens(text: str) -> None:
    assert oracle.outcome(text.encode()) in BOTH


WORDS = st.sampled_from(
    ["spec", "name", "input", "network", "heads", "blocks", "args", "defaults", "override",
     "extends", "end_points", "expect", "budget", "main", "allow", "doc", "layers", "branches",
     "merge", "residual", "op", "block", "with", "rename", "repeat", "group", "from", "set",
     "after", "total", "kernel", "filters", "size", "channels", "predictions", *LAYER_OPS]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70_000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["t", "8x8", "any", "same", "map", "$a", "3x3", "<= 5", "inception_v1", "*"]),
    WORDS,
    st.text(max_size=5),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=25,
)


@short(150)
@given(st.dictionaries(WORDS, TREES, max_size=8), st.booleans())
def test_random_trees(data: dict[str, Any], beginning: bool) -> None:
    start: dict[str, Any] = {"spec": 1, "name": "t", "input": {"size": "8x8"}} if beginning else {}
    text = spec_text({**start, **data})
    assert oracle.outcome(text.encode("utf-8", "surrogatepass")) in BOTH


# Changed specs


@pytest.fixture(scope="module")
def tool() -> Any:
    return script("fuzz")


@pytest.fixture(scope="module")
def seeds(tool: Any) -> list[Any]:
    return list(tool.read_seeds())


@short(150)
@given(chance=st.randoms(use_true_random=False))
def test_changed_specs(tool: Any, seeds: list[Any], chance: random.Random) -> None:
    assert oracle.outcome(tool.mutant(seeds, chance)) in BOTH


# Random graphs, which are networks by the way they are made


def scalar(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A layer: `op` and some attributes, each there or not."""
    op = choices.pop("op")
    needed = {key: choices.pop(key)
              for key in ("kernel", "filters", "rate", "function", "padding", "groups")
              if key in choices}  # fmt: skip
    return st.fixed_dictionaries({"op": op, **needed}, optional=choices)


SIDE = st.one_of(st.integers(1, 5), st.sampled_from(["1x3", "3x1", "2x5"]))
NORM = st.sampled_from(["none", "batch_norm", {"op": "batch_norm", "scale": False, "epsilon": 0.1}])
INIT = st.sampled_from(["he_normal", {"truncated_normal": 0.1}, {"variance_scaling": {"scale": 2}}])
FUNCTION = st.builds(
    lambda name, number: {name: number},
    st.sampled_from(["elu", "leaky_relu"]),
    st.sampled_from([0.1, 1, 2.5]),
)
TAIL = {
    "norm": NORM,
    "activation": st.sampled_from(["none", "swish", *ACTIVATIONS]) | FUNCTION,
    "bias": st.sampled_from([True, False, "auto"]),
    "init": INIT,
    "l2": st.sampled_from([0, 1e-5, 0.25]),
    "group": st.sampled_from(["stem", "body"]),
}
CONV = scalar(
    op=st.just("conv"),
    kernel=SIDE,
    filters=st.integers(1, 6) | st.just("input"),
    dilation=st.integers(1, 2),
    fixed=st.booleans(),
    clip=st.booleans(),
    **TAIL,
)
SAME_SHAPE = st.one_of(
    scalar(op=st.sampled_from(["max_pool", "avg_pool"]), kernel=SIDE, clip=st.booleans()),
    scalar(op=st.just("activation"), function=st.sampled_from(ACTIVATIONS)),
    scalar(op=st.just("dropout"), rate=st.sampled_from([0, 0.2])),
    scalar(op=st.just("lrn"), radius=st.integers(1, 3)),
    scalar(op=st.sampled_from(["layer_norm", "batch_norm"]), scale=st.booleans()),
    scalar(op=st.just("group_norm"), groups=st.just(1), center=st.booleans()),
    scalar(op=st.sampled_from(["prelu", "layer_scale"]), init=INIT),
    scalar(op=st.just("rescale"), scale=st.sampled_from([0.5, -1]), offset=st.just(3)),
    st.sampled_from([{"op": "normalize"}, {"op": "drop_path", "rate": 0.1}]),
)
SAME_SIZE = st.one_of(
    CONV,
    scalar(op=st.just("depthwise_conv"), kernel=SIDE, depth_multiplier=st.integers(1, 2), **TAIL),
    scalar(op=st.just("separable_conv"), kernel=SIDE, filters=st.integers(1, 4), **TAIL),
    SAME_SHAPE,
)
SMALLER = st.one_of(
    scalar(op=st.just("conv"), kernel=SIDE, filters=st.integers(1, 6), stride=SIDE, **TAIL),
    scalar(op=st.just("max_pool"), kernel=SIDE, stride=st.integers(1, 3)),
    scalar(op=st.just("pad"), padding=st.integers(0, 3) | st.just("1x2")),
)
CLOSING = {"op": "conv", "kernel": 1, "filters": "input"}


def parts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Branches, residuals and parts around lists of layers that keep height and width."""
    several = st.lists(inner, max_size=3)
    branches = st.lists(several, min_size=1, max_size=3)
    named = st.dictionaries(st.sampled_from(["b0", "b1", "left", "right"]), several, min_size=1,
                            max_size=3)  # fmt: skip
    gate = [{"op": "global_avg_pool", "keep_dims": True}, {"op": "activation", "function": "silu"}]
    return st.one_of(
        st.builds(lambda some: {"branches": some}, branches),
        st.builds(lambda some: {"branches": some, "merge": "concat"}, named),
        st.builds(
            lambda some, scale: {"layers": [*some, CLOSING], "residual": {"scale": scale}},
            several,
            st.sampled_from([1, 0.5]),
        ),
        st.builds(
            lambda some, function: {
                "branches": [some, [], some],
                "merge": {"op": "add", "activation": function},
            },
            st.lists(SAME_SHAPE, max_size=2),
            st.sampled_from(ACTIVATIONS),
        ),
        st.builds(lambda name: {"branches": {name: [], "gate": gate}, "merge": "multiply"},
                  st.sampled_from(["whole", "map"])),
        st.builds(lambda some: {"layers": some}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda times: {"block": "twice", "repeat": times}, st.integers(1, 3)),
        st.builds(lambda filters: {"block": "wide", "with": {"filters": filters}},
                  st.integers(1, 4)),
    )  # fmt: skip


BODY = st.recursive(SAME_SIZE, parts, max_leaves=12)
HEAD = st.fixed_dictionaries(
    {
        "from": st.just("input"),
        "layers": st.just([{"op": "global_avg_pool"}, {"op": "dropout", "rate": 0.5},
                           {"op": "dense", "units": "$classes"}]),
    },
    optional={
        "loss_weight": st.sampled_from([0, 0.3, 1]),
        "predictions": st.sampled_from(["none", "softmax", "sigmoid"]),
        "label_smoothing": st.just(0.1),
    },
)  # fmt: skip


def told_apart(value: Any, numbers: Iterator[int]) -> Any:
    """The same, with a number after the name of each branch: none may appear twice."""
    if isinstance(value, list):
        return [told_apart(part, numbers) for part in value]
    if not isinstance(value, dict):
        return value
    made = {key: told_apart(part, numbers) for key, part in value.items()}
    if isinstance(made.get("branches"), dict):
        branches = made["branches"].items()
        made["branches"] = {f"{name}_{next(numbers)}": some for name, some in branches}
    return made


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    heads = draw(st.dictionaries(st.sampled_from(["Logits", "Aux"]), HEAD, max_size=2))
    data: dict[str, Any] = {
        "spec": 1,
        "name": draw(st.text(min_size=1, max_size=8)),
        "doc": draw(st.text(min_size=1, max_size=20)),
        "input": {"size": draw(st.sampled_from(["16x16", "9x31", "any"]))},
        "args": {"classes": draw(st.integers(1, 9))},
        "blocks": {
            "twice": {"layers": [{"op": "conv", "kernel": 3, "filters": "input"}]},
            "wide": {"args": {"filters": "int"},
                     "branches": [[{"op": "conv", "kernel": 1, "filters": "$filters"}], []]},
        },
        "network": told_apart(
            [*draw(st.lists(BODY | SMALLER, max_size=6)), draw(CONV)], count()
        ),
    }  # fmt: skip
    if heads:
        data["heads"] = heads
        data["main"] = next(iter(heads))
    return data


@short(120)
@given(networks())
def test_random_graphs_are_networks(data: dict[str, Any]) -> None:
    text = spec_text(data).encode("utf-8", "surrogatepass")
    assert oracle.outcome(text) == oracle.NETWORK, text.decode(errors="replace")


# Command lines and side files


@pytest.mark.parametrize(("kind", "number"), [("commands", 150), ("files", 300)])
def test_other_kinds_of_input(kind: str, number: int) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "fuzz.py", "--kind", kind, "--count", str(number)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{kind}, seed 0: {number} in " in done.stdout
