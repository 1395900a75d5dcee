"""What a step does: the closed table of modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Mode:
    """One kind of step.

    Attributes:
        doc: what a step does, as `--help` says it.
        unit: the word for one step where seconds are printed per step.
        trains: whether gradients are computed: heads stand for their loss, and only the Keras
            model and XLA can run it.
        tensorflow: whether it needs TensorFlow.
        batched: whether a step reads a batch of images.
        counts: whether the spec's FLOPs are those of a step.
    """

    doc: str
    unit: str = "batch"
    trains: bool = False
    tensorflow: bool = True
    batched: bool = True
    counts: bool = False


MODES: Mapping[str, Mode] = MappingProxyType(
    {
        FORWARD: Mode("a forward pass over images in memory", counts=True),
        "forward-backward": Mode("the loss and its gradients, without an update", trains=True),
        "train-step": Mode("the loss, its gradients and the optimizer's update", trains=True),
        "predict": Mode("from NumPy images to NumPy outputs, copies included", counts=True),
        "build": Mode("from the spec's text to a Keras model", unit="build", batched=False),
        "analyze": Mode(
            "from the spec's text to all figures, without TensorFlow",
            unit="analysis",
            tensorflow=False,
            batched=False,
        ),
    }
)
