"""Edits that weights follow nearly, or not at all: each says so, and by how much."""

from __future__ import annotations

import numpy as np
import pytest
from support import spec
from variants import HEADS, NETWORK, changed, edited, inherit

D = "{op: conv, name: d, kernel: 5, filters: 6, norm: batch_norm, activation: relu}"
AFTER = "  - {op: conv, name: after"


def two(first: str, second: str) -> tuple[str, str]:
    rest = "norm: batch_norm, activation: relu"
    return D, f"{{op: conv, name: d1, {first}}}\n        - {{op: conv, name: d2, {second}, {rest}}}"


def test_other_classes_start_fresh_and_nothing_else() -> None:
    result = changed(("units: 5", "units: 9"))
    assert result.fresh() == {"Logits/fc": "another number of classes: 5 to 9"}
    assert result.result.outputs == {"Logits": False}
    assert list(result.steps()) == ["Logits/fc"]


def test_pruned_filters_are_those_of_the_smallest_norm() -> None:
    result = changed(("filters: 6", "filters: 4"))
    kernel, values = result.result.arrays["Mix/b/c", "kernel"], result.values
    before = values["Mix/b/c", "kernel"]
    sizes = np.linalg.norm(before[0, 0], axis=0) * np.abs(values["Mix/b/c", "gamma"])
    sizes /= np.sqrt(values["Mix/b/c", "moving_variance"] + 1e-3)
    kept = np.sort(np.argsort(-sizes)[:4])
    assert np.array_equal(kernel, before[..., kept])
    for name in ("beta", "gamma", "moving_mean", "moving_variance"):
        taken = result.result.arrays["Mix/b/c", name]
        assert taken == pytest.approx(values["Mix/b/c", name][kept])
    assert result.kinds() == {
        "Mix/b/c": ["pruned"], "Mix/b/d": ["pruned", "inputs"], "after": ["inputs"]
    }  # fmt: skip
    lost = result.steps()["after"][0]
    assert not lost.exact
    assert lost.error is not None
    assert 0 < lost.error < 1


def test_a_branch_that_is_gone_shifts_no_other() -> None:
    gone = (
        "    a: [{op: conv, name: c, kernel: 1, filters: 4, norm: batch_norm, activation: relu}]\n"
    )
    result = changed((gone.replace("    a", "      a", 1), ""))
    assert result.result.removed == ("Mix/a/c",)
    before, after = result.values["after", "kernel"], result.result.arrays["after", "kernel"]
    assert np.array_equal(after, before[:, :, 4:])
    (step,) = result.steps()["after"]
    share = np.linalg.norm(before[:, :, :4]) / np.linalg.norm(before)
    assert step.error == pytest.approx(share)
    assert step.words == "4 of 18 input channels are gone"


def test_what_reads_a_wrapped_layer_keeps_its_weights() -> None:
    squeeze = "{op: global_avg_pool}, {op: dense, units: 4, activation: relu}"
    gate = f"[{squeeze}, {{op: dense, units: 18, activation: sigmoid}}]"
    wrap = f"  - {{name: SE, branches: {{x: [], s: {gate}}}, merge: multiply}}\n"
    result = changed((AFTER, wrap + AFTER))
    assert result.fresh() == {"SE/s/dense": "not in the base", "SE/s/dense_2": "not in the base"}
    assert list(result.steps()) == ["SE/s/dense", "SE/s/dense_2"]
    assert result.result.outputs == {"Logits": False}


def test_a_residual_around_a_layer() -> None:
    wrapped = "{branches: [[], [{op: conv, name: d2, kernel: 3, filters: 6}]], merge: add}"
    result = changed((D, f"{D}\n        - {wrapped}"))
    assert result.fresh() == {"Mix/b/d2": "not in the base"}
    assert list(result.steps()) == ["Mix/b/d2"]


def test_what_comes_after_a_new_layer_keeps_its_weights() -> None:
    new = "  - {op: conv, name: new, kernel: 3, filters: 18}\n"
    result = changed((AFTER, new + AFTER))
    assert result.fresh() == {"new": "not in the base"}
    assert result.kinds() == {"new": ["fresh"], "after": ["others"]}
    assert np.array_equal(result.result.arrays["after", "kernel"], result.values["after", "kernel"])
    assert result.result.outputs == {"Logits": False}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (
            "kernel: 3, filters: 6, activation: relu",
            "kernel: 3, filters: 6",
            "its 5x5 kernel became two layers with relu in between",
        ),
        (
            "kernel: 3, filters: 6",
            "kernel: 3, filters: 6",
            "its 5x5 kernel became two layers, 3x3 and 3x3, which no rule follows",
        ),
        (
            "kernel: 1x5, filters: 6, norm: {op: batch_norm, epsilon: 2, scale: false}",
            "kernel: 5x1, filters: 6",
            "its 5x5 kernel became two layers with a norm in between that cannot be the identity",
        ),
        (
            "kernel: 1x5, filters: 6, groups: 2",
            "kernel: 5x1, filters: 6",
            "its 5x5 kernel became two layers, with groups",
        ),
    ],
)
def test_factors_that_cannot_be_found_start_fresh(first: str, second: str, why: str) -> None:
    result = changed(two(first, second))
    assert result.fresh() == {"Mix/b/d1": why, "Mix/b/d2": why}
    assert list(result.steps()) == ["Mix/b/d1", "Mix/b/d2"]


@pytest.mark.parametrize(
    "edit",
    [
        two("kernel: 1x5, filters: 8", "kernel: 5x1, filters: 6"),
        two("kernel: 5x1, filters: 8", "kernel: 1x5, filters: 6"),
        (
            D,
            "{op: depthwise_conv, name: d1, kernel: 5}\n        - {op: conv, name: d2,"
            " kernel: 1, filters: 6, norm: batch_norm, activation: relu}",
        ),
        ("{op: conv, name: d,", "{op: separable_conv, name: d,"),
    ],
)
def test_the_error_of_factors_is_that_of_the_kernel(edit: tuple[str, str]) -> None:
    """The two kernels multiplied out differ from the base's by the error that is stated."""
    result = changed(edit)
    assert not result.result.outputs["Logits"]
    (path, *others) = result.steps()
    error = result.steps()[path][0].error
    arrays = {
        (where, name): value.astype("float64")
        for (where, name), value in result.result.arrays.items()
        if where in (path, *others)
    }
    whole = result.values["Mix/b/d", "kernel"].astype("float64")
    if "depthwise_kernel" in {name for _, name in arrays}:
        depthwise = arrays[path, "depthwise_kernel"]
        pointwise = arrays.get((path, "pointwise_kernel"))
        pointwise = arrays[others[0], "kernel"] if pointwise is None else pointwise
        got = np.einsum("hwcm,cmo->hwco", depthwise, pointwise[0, 0].reshape(6, 1, -1))
    else:
        got = np.einsum("hwim,xymo->hxwyio", arrays[path, "kernel"], arrays[others[0], "kernel"])
        got = got.reshape(5, 5, 6, 6)
    assert error is not None
    assert np.linalg.norm(got - whole) / np.linalg.norm(whole) == pytest.approx(error, rel=1e-5)


def test_a_smaller_kernel_keeps_the_center() -> None:
    result = changed(("kernel: 5", "kernel: 3"))
    before, after = result.values["Mix/b/d", "kernel"], result.result.arrays["Mix/b/d", "kernel"]
    assert np.array_equal(after, before[1:4, 1:4])
    (step,) = result.steps()["Mix/b/d"]
    lost = before.copy()
    lost[1:4, 1:4] = 0
    assert step.error == pytest.approx(np.linalg.norm(lost) / np.linalg.norm(before))
    assert result.result.outputs == {"Logits": False}


def test_a_flatten_of_another_map_starts_fresh() -> None:
    text = spec("- {op: conv, kernel: 1, filters: 4}\n- {op: flatten}\n- {op: dense, units: 3}")
    result = edited(text, text.replace("16x16", "8x8"))
    assert result.fresh() == {"dense": "the map before the flatten has another size"}


def test_another_operator_that_no_rule_follows() -> None:
    text = spec("- {op: conv, name: a, kernel: 1, filters: 3}\n- {op: conv, kernel: 1, filters: 2}")
    result = edited(text, text.replace("op: conv, name: a, kernel: 1, filters: 3",
                                       "op: depthwise_conv, name: a, kernel: 1"))  # fmt: skip
    assert result.fresh() == {"a": "a `conv` became a `depthwise_conv`"}


def test_a_norm_that_goes_where_no_bias_is() -> None:
    result = changed((D, D.replace("norm: batch_norm", "bias: false")))
    (step,) = result.steps()["Mix/b/d"]
    assert not step.exact
    assert step.words == "its norm is folded into the kernel; without a bias its offset is lost"


def test_groups_that_no_longer_hold_their_inputs() -> None:
    text = spec("- {op: conv, name: s, kernel: 1, filters: 8}\n"
                "- {op: conv, name: g, kernel: 3, filters: 8}")  # fmt: skip
    result = edited(text, text.replace("kernel: 3, filters: 8", "kernel: 3, filters: 8, groups: 2"))
    (step,) = result.steps()["g"]
    assert step.words == "some inputs of its groups are not in the same group now"
    assert step.error is not None
    assert not result.result.outputs[""]


def test_a_new_activation_is_no_claim_of_the_same_output() -> None:
    result = changed(("filters: 8, activation: relu", "filters: 8, activation: gelu"))
    assert result.steps() == {}
    assert result.result.outputs == {"Logits": False}


def test_softmax_over_copies_is_no_claim_of_the_same_output() -> None:
    for op in ("{op: softmax}", "{op: activation, function: softmax}", "{op: lrn, radius: 1}"):
        text = spec(f"- {{op: conv, name: s, kernel: 1, filters: 4}}\n- {op}\n"
                    "- {op: conv, name: e, kernel: 1, filters: 4}")  # fmt: skip
        result = edited(text, text.replace("name: s, kernel: 1, filters: 4",
                                           "name: s, kernel: 1, filters: 6"))  # fmt: skip
        assert result.result.outputs == {"": False}


def test_layers_that_are_asked_for_alone() -> None:
    result = inherit(spec(NETWORK) + HEADS, spec(NETWORK) + HEADS, asked=["stem", "Mix/a/c"])
    assert [row.path for row in result.layers] == ["stem", "Mix/a/c"]


def test_what_is_asked_to_start_fresh_does() -> None:
    text = spec(NETWORK) + HEADS
    result = inherit(text, text, fresh={"after": "--fresh after"})
    assert {row.path: row.words for row in result.layers if row.steps} == {"after": "--fresh after"}
    assert result.outputs == {"Logits": False}


def test_a_layer_that_the_file_has_not() -> None:
    text = spec(NETWORK) + HEADS
    result = inherit(text, text, missing=["after"])
    (row,) = [row for row in result.layers if row.steps]
    assert (row.path, row.words) == ("after", "the file has no weights for it")


@pytest.mark.parametrize(
    "layer",
    [
        "{op: depthwise_conv, name: a, kernel: 3}",
        "{op: separable_conv, name: a, kernel: 3, filters: 4}",
        "{op: batch_norm, name: a}",
    ],
)
def test_grey_pictures_for_a_layer_that_keeps_channels_apart(layer: str) -> None:
    text = f"- {layer}\n- {{op: conv, name: b, kernel: 1, filters: 2}}"
    result = edited(spec(text), spec(text, channels=1))
    assert result.fresh()["a"] == "the channels of its input are one now, and it keeps them apart"


def test_new_channels_of_a_layer_that_keeps_channels_apart() -> None:
    layers = (
        "- {branches: [[{op: conv, name: a, kernel: 1, filters: 2}]], merge: concat}\n"
        "- {op: batch_norm, name: n}\n- {op: depthwise_conv, name: d, kernel: 3}\n"
        "- {op: separable_conv, name: e, kernel: 3, filters: 3}"
    )
    result = edited(
        spec(layers),
        spec(layers.replace("]]", "], [{op: conv, name: new, kernel: 1, filters: 3}]]")),
    )
    assert result.kinds() == {
        "new": ["fresh"],
        "n": ["widened", "inputs"],
        "d": ["widened", "inputs"],
        "e": ["inputs"],
    }
    assert result.steps()["n"][1].words == "fresh for new channels (3)"
    assert result.result.arrays["n", "moving_variance"][2:] == pytest.approx([1, 1, 1])
    assert np.abs(result.result.arrays["e", "depthwise_kernel"]).min() > 0
    assert result.result.outputs == {"": True}
    assert result.deviation() < 1e-6


def test_kept_weights_are_the_same_numbers() -> None:
    result = changed((AFTER, "  - {op: dropout, rate: 0.5}\n" + AFTER))
    assert result.steps() == {}
    for key, value in result.values.items():
        assert np.array_equal(result.result.arrays[key], value)


def test_grey_pictures_whose_means_differ_between_channels() -> None:
    def text(channels: int, mean: str) -> str:
        rest = f"preprocessing: {{resize: bilinear, mean: {mean}}}"
        return spec("- {op: conv, name: a, kernel: 1, filters: 2}").replace(
            "channels: 3", f"channels: {channels}, {rest}"
        )

    (step,) = edited(text(3, "[1, 2, 3]"), text(1, "2")).steps()["a"]
    assert not step.exact
    assert step.words.endswith("their weights added up; means differ between channels")
    (step,) = edited(text(3, "2"), text(1, "2")).steps()["a"]
    assert step.exact
    (step,) = edited(text(1, "2"), text(3, "2")).steps()["a"]
    assert step.words == "1 input channel to 3, weights shared; exact for grey pictures"
    (step,) = edited(text(3, "2"), text(2, "2")).steps()["a"]
    assert step.words == "1 of 3 input channels is gone"
    assert step.kind == "depth"


def test_what_reads_a_layer_that_was_left_out_keeps_its_weights() -> None:
    """It reads as many channels as before; that they are others is said."""
    layers = [f"- {{op: conv, name: {name}, kernel: 1, filters: 4}}" for name in "abc"]
    result = edited(spec("\n".join(layers)), spec("\n".join([layers[0], layers[2]])))
    (step,) = result.steps()["c"]
    assert step == ("others", "4 of 4 input channels are others, in the same places", False, None)
    assert np.array_equal(result.result.arrays["c", "kernel"], result.values["c", "kernel"])
    assert result.result.removed == ("b",)
    assert result.result.outputs == {"": False}


def test_a_new_norm_that_cannot_be_the_identity_starts_fresh() -> None:
    norm = "  - {op: batch_norm, name: n, epsilon: 2, scale: false}\n"
    result = changed((AFTER, norm + AFTER))
    assert result.fresh() == {"n": "not in the base"}
    assert result.kinds()["after"] == ["others"]
