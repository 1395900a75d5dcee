"""The input channels of a kernel, where its counterpart reads others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from inceptionspec.weights.transfer.channels import NEW, Found, is_identity
from inceptionspec.weights.transfer.kernels import relative
from inceptionspec.weights.transfer.result import Step


class Taken(NamedTuple):
    """A kernel for other inputs.

    Attributes:
        kernel: height x width x inputs x outputs, with the variant's inputs.
        steps: what was done.
        same: whether it yields what the base's yields for the base's inputs.
    """

    kernel: Any
    steps: tuple[Step, ...]
    same: bool


def take_inputs(kernel: Any, found: Found, mixed: Any = None, summed: Any = None) -> Taken:
    """A kernel whose input channels are where its counterpart has them.

    Copies of a channel share its weights, channels that are new start at 0, and what is gone is
    left out. A channel that stands for all of the network's input takes the sum of their weights.

    Args:
        kernel: height x width x inputs x outputs, with the base's inputs.
        found: where the variant's inputs come from.
        mixed: which of them stand for all channels of the network's input; None for none.
        summed: which of the base's inputs these are.
    """
    source, same, others = found
    count = kernel.shape[2]
    steps: list[Step] = []
    if others:
        words = f"{others} of {len(source)} input channels are others, in the same places"
        steps.append(Step("others", words, False))
    if is_identity(source, count):
        return Taken(kernel, tuple(steps), bool(same.all()))
    known = source != NEW
    times = np.bincount(source[known], minlength=count)
    taken = kernel[:, :, np.maximum(source, 0)]
    shares = np.where(known, 1 / np.maximum(times[np.maximum(source, 0)], 1), 0)
    taken *= shares.astype(kernel.dtype)[:, None]
    lost = times == 0
    if mixed is not None and mixed.any():
        taken[:, :, mixed] = kernel[:, :, summed].sum(2, keepdims=True) / mixed.sum()
        lost &= ~summed
        known = known | mixed
        words = f"{int(summed.sum())} input channels to {int(mixed.sum())}, their weights added up"
        steps.append(Step("depth", words))
    error = relative(kernel[:, :, lost], kernel) if lost.any() else 0.0
    if lost.any():
        steps.append(Step("inputs", _left_out(int(lost.sum()), count), not error, error or None))
    if not known.all():
        new = int((~known).sum())
        one, several = "1 new input channel, which starts", f"{new} new input channels, which start"
        words = one if new == 1 else several
        steps.append(Step("inputs", f"{words} at 0"))
    if (times > 1).any():
        noun = "input channel" if count == 1 else "input channels"
        steps.append(Step("inputs", f"{count} {noun} to {len(source)}, weights shared"))
    if not steps:
        steps.append(Step("moved", "its input channels moved"))
    faithful = bool(same[known].all()) and not error
    return Taken(taken, tuple(steps), faithful)


def _left_out(lost: int, count: int) -> str:
    return f"{lost} of {count} input channels {'is' if lost == 1 else 'are'} gone"
