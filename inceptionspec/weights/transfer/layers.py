"""The weights of one layer of a variant from those of its counterpart in the base."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.analysis.diff.difference import TRAINING
from inceptionspec.ir.graph import Node
from inceptionspec.weights.initial import initial_value
from inceptionspec.weights.transfer.channels import (
    NEW,
    Found,
    is_across_channels,
    is_identity,
    width,
)
from inceptionspec.weights.transfer.epilogue import (
    NORM_NAMES,
    fitted,
    norm_attributes,
)
from inceptionspec.weights.transfer.inputs import Taken, take_inputs
from inceptionspec.weights.transfer.kernels import (
    full_kernel,
    same_pixels,
    separated,
    window_step,
)
from inceptionspec.weights.transfer.layout import filter_sizes
from inceptionspec.weights.transfer.result import Step

Arrays = dict[str, Any]
#: What kernels, bias and norm have settled already when two layers are compared.
_SETTLED = TRAINING | {
    "bias", "clip", "depth_multiplier", "filters", "fixed", "follows_input", "groups", "kernel",
    "norm", "padding", "units",
}  # fmt: skip
#: From what computes the norms of the base's output channels to the source of the variant's.
Layout = Callable[[Callable[[], Any]], Any]
_EPILOGUE = ("bias", *NORM_NAMES)


class Pair(NamedTuple):
    """A layer of the variant, its counterpart, and how their inputs correspond.

    Attributes:
        base: the layer of the base.
        variant: the layer of the variant.
        reads: what each of them reads.
        arrays: the base's weights by name.
        found: where the variant's inputs come from.
        mixed: which of them stand for all channels of the network's input.
        summed: which of the base's inputs these are.
        norm: a norm of the base that is a layer of its own and is taken in, with its arrays.
    """

    base: Node
    variant: Node
    reads: tuple[Node, Node]
    arrays: Mapping[str, Any]
    found: Found
    mixed: Any
    summed: Any
    norm: tuple[Node, Arrays] | None = None


class Made(NamedTuple):
    """The weights of a layer of the variant.

    Attributes:
        arrays: by name, of any floating-point type.
        source: for each output channel the one of the base, or ``NEW``.
        steps: what was done.
        same: whether each output channel is what the base's is, for the base's inputs.
    """

    arrays: Arrays
    source: Any
    steps: tuple[Step, ...]
    same: Any


class CannotFollowError(Exception):
    """Weights cannot be followed; the reason is the message."""


def fresh(node: Node) -> Arrays:
    """All weights of a layer as they start."""
    return {weight.name: initial_value(node, weight) for weight in node.weights}


def _refuse_mixed(mixed: Any) -> None:
    if mixed.any():
        raise CannotFollowError("the channels of its input are one now, and it keeps them apart")


def is_alike(base: Node, variant: Node) -> bool:
    """Whether two layers compute the same apart from their weights."""
    function = base.attributes.get("activation"), variant.attributes.get("activation")
    names = base.attributes.keys() | variant.attributes.keys()
    return function[0] == function[1] and all(
        base.attributes.get(name) == variant.attributes.get(name)
        for name in names - _SETTLED
        if base.op == variant.op or (name in base.attributes and name in variant.attributes)
    )


def channelwise(pair: Pair) -> Made:
    """A depthwise convolution or a norm: each input channel has its own weights."""
    base, variant = pair.base, pair.variant
    _refuse_mixed(pair.mixed)
    old, new = (node.attributes.get("depth_multiplier", 1) for node in (base, variant))
    inside = np.arange(new) % old
    source = np.where(
        pair.found.source[:, None] == NEW, NEW, pair.found.source[:, None] * old + inside
    ).ravel()
    steps: list[Step] = []
    arrays: Arrays = {}
    alike = is_alike(base, variant)
    if "depthwise_kernel" in pair.arrays:
        kernel = pair.arrays["depthwise_kernel"]
        if new < old:
            steps.append(Step("pruned", f"{old} to {new} outputs for each channel", False))
        elif new > old:
            steps.append(Step("widened", f"{old} to {new} outputs for each channel, copies"))
        kernel = kernel[:, :, np.maximum(pair.found.source, 0)][..., inside]
        kernel, step = window_step(kernel, base, variant, pair.reads)
        steps += [step] if step else []
        arrays["depthwise_kernel"] = kernel
        alike = alike and same_pixels(base, variant, pair.reads)
    last = "depthwise_kernel" if "depthwise_kernel" in arrays else None
    before, after = width(base), len(source)
    if before != after and new == old:
        words = f"{before} to {after} channels, as its input has"
        steps.append(Step("widened" if after > before else "pruned", words))
    elif not is_identity(source, before):
        steps.append(Step("moved", "its channels moved"))
    if (source == NEW).any():
        steps.append(Step("inputs", f"fresh for new channels ({int((source == NEW).sum())})"))
    made = with_epilogue(pair, arrays, last, source, steps, alike)
    kept = np.repeat(pair.found.same, new) & made.same
    if is_across_channels(variant):
        kept &= is_identity(source, width(base)) and bool(kept.all())
    return made._replace(same=kept)


#: Layers with a number for each channel and nothing else.
BY_CHANNEL = frozenset({"group_norm", "layer_norm", "layer_scale", "normalize", "prelu"})


def by_channel(pair: Pair) -> Made:
    """Numbers for each channel: those of the base for its channels, fresh ones for new channels."""
    base, variant, source = pair.base, pair.variant, pair.found.source
    _refuse_mixed(pair.mixed)
    steps: list[Step] = []
    before, after, new = width(base), len(source), source == NEW
    if before != after:
        words = f"{before} to {after} channels, as its input has"
        steps.append(Step("widened" if after > before else "pruned", words))
    elif not is_identity(source, before):
        steps.append(Step("moved", "its channels moved"))
    if new.any():
        steps.append(Step("inputs", f"fresh for new channels ({int(new.sum())})"))
    arrays: Arrays = {}
    for weight in variant.weights:
        start = initial_value(variant, weight)
        known = pair.arrays.get(weight.name)
        if known is None or not weight.shape:
            arrays[weight.name] = start if known is None else known
            continue
        arrays[weight.name] = np.where(new, start, known[..., np.maximum(source, 0)])
    alike = is_alike(base, variant) and pair.arrays.keys() == arrays.keys()
    same = pair.found.same & alike & ~new
    if is_across_channels(variant):
        same &= is_identity(source, before) and bool(same.all())
    return Made(arrays, source, tuple(steps), same)


def product(pair: Pair, layout: Layout) -> Made:
    """A convolution or a dense layer that mixes its input channels.

    Args:
        pair: the two layers.
        layout: says which output channels of the base the variant's take.
    """
    base, variant = pair.base, pair.variant
    steps: list[Step] = []
    if base.op == variant.op == "separable_conv" and _multiplier(base) == _multiplier(variant):
        made, taken = _separable(pair, layout)
    else:
        made, taken = _general(pair, layout)
    source = made.source
    if len(source) != width(base):
        old, new = width(base), len(source)
        if new > old:
            steps.append(Step("widened", f"{old} to {new} filters, the new ones copies"))
        else:
            words = f"{old} to {new} filters, those of the largest norm"
            steps.append(Step("pruned", words, False))
    elif not is_identity(source, len(source)):
        steps.append(Step("moved", "its filters moved"))
    alike = is_alike(base, variant) and same_pixels(base, variant, pair.reads)
    if is_across_channels(variant):
        alike = alike and is_identity(source, width(base))
    kept = np.full(len(source), taken.same and alike)
    return made._replace(steps=(*steps, *made.steps), same=made.same & kept)


def _multiplier(node: Node) -> int:
    return int(node.attributes.get("depth_multiplier", 1))


def _separable(pair: Pair, layout: Layout) -> tuple[Made, Taken]:
    """Two separable convolutions: channels of the depthwise kernel, rows of the pointwise one."""
    base, variant = pair.base, pair.variant
    _refuse_mixed(pair.mixed)
    depthwise, pointwise = pair.arrays["depthwise_kernel"], pair.arrays["pointwise_kernel"]
    multiplier = _multiplier(base)
    by_channel = pointwise[0, 0].reshape(-1, multiplier, pointwise.shape[-1]).transpose(1, 0, 2)
    taken = take_inputs(by_channel[None], pair.found, pair.mixed, pair.summed)
    source = layout(partial(filter_sizes, pointwise, pair.arrays, base))
    kernel = depthwise[:, :, np.maximum(pair.found.source, 0)]
    kernel, step = window_step(kernel, base, variant, pair.reads)
    new = pair.found.source == NEW
    kernel[:, :, new] = initial_value(variant, variant.weights[0])[:, :, new]
    rows = taken.kernel[0].transpose(1, 0, 2)[..., source]
    arrays = {
        "depthwise_kernel": kernel,
        "pointwise_kernel": rows.reshape(1, 1, -1, len(source)),
    }
    steps = [*taken.steps, *([step] if step else [])]
    return with_epilogue(pair, arrays, "pointwise_kernel", source, steps, True), taken


def _general(pair: Pair, layout: Layout) -> tuple[Made, Taken]:
    """Kernels in full form, then in the variant's."""
    base, variant = pair.base, pair.variant
    kernel = full_kernel(base, pair.arrays)
    source = layout(partial(filter_sizes, kernel, pair.arrays, base))
    steps: list[Step] = []
    kernel, step = window_step(kernel, base, variant, pair.reads)
    steps += [step] if step else []
    groups = variant.attributes.get("groups", 1)
    if groups == 1 or variant.op == "separable_conv":
        taken = take_inputs(kernel, pair.found, pair.mixed, pair.summed)
        kernel = taken.kernel
        if not is_identity(source, kernel.shape[-1]):
            kernel = kernel[..., source]
    else:
        taken = _grouped(kernel, pair, source, groups)
        kernel = taken.kernel
    steps = [*taken.steps, *steps]
    if variant.op == "separable_conv":
        depthwise, pointwise, step = separated(kernel, _multiplier(variant))
        steps.insert(0, step)
        arrays = {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise}
        return with_epilogue(pair, arrays, "pointwise_kernel", source, steps, step.exact), taken
    if variant.op == "dense":
        kernel = kernel[0, 0]
    if variant.op == "conv_transpose":
        made = with_epilogue(pair, {"kernel": kernel}, "kernel", source, steps, True)
        turned = made.arrays["kernel"].transpose(0, 1, 3, 2)
        return made._replace(arrays={**made.arrays, "kernel": turned}), taken
    if base.op != variant.op:
        steps.insert(0, Step("reshaped", f"from the kernel of a `{base.op}`"))
    return with_epilogue(pair, {"kernel": kernel}, "kernel", source, steps, True), taken


def _grouped(kernel: Any, pair: Pair, source: Any, groups: int) -> Taken:
    """The blocks of a full kernel that a grouped convolution has, one for each group."""
    _refuse_mixed(pair.mixed)
    inputs, outputs = len(pair.found.source) // groups, len(source) // groups
    blocks: list[Any] = []
    lost, faithful = 0.0, True
    for group in range(groups):
        reads = slice(group * inputs, (group + 1) * inputs)
        own = kernel[..., source[group * outputs : (group + 1) * outputs]]
        used = np.abs(own).sum((0, 1, 3)) > 0
        found = Found(
            np.where(_is_in(pair.found.source[reads], used), pair.found.source[reads], NEW),
            pair.found.same[reads],
        )
        block = take_inputs(own, found)
        blocks.append(block.kernel)
        faithful = faithful and block.same
        lost = max(lost, max((step.error or 0 for step in block.steps), default=0))
    whole = np.concatenate(blocks, -1)
    steps: tuple[Step, ...] = ()
    if lost:
        words = "some inputs of its groups are not in the same group now"
        steps = (Step("inputs", words, False, lost),)
    elif len(pair.found.source) != kernel.shape[2]:
        words = f"{kernel.shape[2]} input channels to {len(pair.found.source)}, weights shared"
        steps = (Step("inputs", words),)
    return Taken(whole, steps, faithful and not lost)


def _is_in(source: Any, used: Any) -> Any:
    return (source != NEW) & used[np.maximum(source, 0)]


def with_epilogue(
    pair: Pair,
    arrays: Arrays,
    last: str | None,
    source: Any,
    steps: list[Step],
    exact: bool,
) -> Made:
    """Kernels with the bias and the norm, each for the channels of the variant.

    Args:
        last: the kernel that a factor of the output channels goes into; None without a kernel.
    """
    base, variant = pair.base, pair.variant
    norm, stored = norm_attributes(base), dict(pair.arrays)
    if pair.norm is not None:
        norm, stored = pair.norm[0].attributes, {**stored, **pair.norm[1]}
    where = np.maximum(source, 0)
    old = {name: stored[name][where] for name in _EPILOGUE if name in stored}
    found = fitted(old, norm, variant, len(source))
    if found.factor is not None:
        if last is None:
            raise CannotFollowError("its gamma has nowhere to go")
        factor = np.where(source == NEW, 1, found.factor)
        kernel = arrays[last].astype("float64")
        arrays[last] = (kernel.reshape(-1, factor.size) * factor).reshape(kernel.shape)
    arrays |= found.arrays
    new = source == NEW
    if new.any():
        _start_fresh(variant, arrays, new)
    exact = exact and all(step.exact for step in (*steps, *found.steps))
    same = np.full(len(source), exact) & ~new
    return Made(arrays, source, (*steps, *found.steps), same)


def _start_fresh(variant: Node, arrays: Arrays, new: Any) -> None:
    """Give channels that the base does not have the values that they start with."""
    for weight in variant.weights:
        start, value = initial_value(variant, weight), np.array(arrays[weight.name])
        flat = value.reshape(-1, new.size)
        flat[:, new] = start.reshape(-1, new.size)[:, new]
        arrays[weight.name] = flat.reshape(value.shape)


#: The layers whose weights can become those of a layer with a given operator.
BECOMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "batch_norm": frozenset({"batch_norm"}),
        **{op: frozenset({op}) for op in BY_CHANNEL},
        "conv": frozenset({"conv", "dense", "separable_conv"}),
        "dense": frozenset({"dense", "conv"}),
        "conv_transpose": frozenset({"conv_transpose"}),
        "depthwise_conv": frozenset({"depthwise_conv", "conv"}),
        "separable_conv": frozenset({"separable_conv", "conv"}),
    }
)
