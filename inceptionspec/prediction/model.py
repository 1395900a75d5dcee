"""A network that can be shown pictures: what it reads, what it yields, and what runs it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Head
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.attribute_types import NONE
from inceptionspec.prediction.results import Member

GREY, COLOR = 1, 3
#: From a batch, float32 and height x width x channels each, to what a network yields for it.
Run = Callable[[Any], Any]

_LINES = "preprocessing: {crop: 0.875, scale: 1/127.5, mean: 1}"


class Network(ABC):
    """What can be made ready to be shown pictures.

    Attributes:
        name: what it calls itself.
        size: height and width of its input; None for an open side.
        classes: how many there are.
        labels: names of classes that came with it, if any.
        batch: how many inputs it takes at once; None where that is open.
        smallest: height and width of the smallest input, where the size is open and it is known.
    """

    name: str
    size: tuple[int | None, int | None]
    classes: int
    labels: tuple[str, ...] | None = None
    batch: int | None = None
    smallest: tuple[int, int] = (1, 1)

    @abstractmethod
    def model(self, batch: int) -> Model:
        """Make it ready for batches of one size.

        Raises:
            SpecError: its weights or its file cannot be read, or nothing is installed that
                computes it.
        """


@dataclass(frozen=True, slots=True)
class Model:
    """What the loop over pictures needs to know of a network.

    Attributes:
        member: what results call it.
        steps: how a picture becomes an input.
        size: height and width of the input; None for an open side.
        function: ``softmax`` or ``sigmoid`` of what ``run`` yields, ``none`` for probabilities.
        inside: whether it takes bytes in the order RGB and does the rest itself.
        batch: how many inputs it takes at once; 1 where a side of the input is open.
        run: computes a batch.
        smallest: height and width of the smallest input, where the size is open.
    """

    member: Member
    steps: Preprocessing
    size: tuple[int | None, int | None]
    function: str
    inside: bool
    batch: int
    run: Run
    smallest: tuple[int, int] = (1, 1)

    @property
    def channels(self) -> int:
        """Of the input."""
        return len(self.steps.mean)

    @property
    def sees(self) -> tuple[Any, ...]:
        """What decides which inputs a picture becomes: models that agree share them."""
        return self.steps, self.size, self.inside, self.batch


def stated_steps(loaded: LoadedSpec, place: Span) -> Preprocessing:
    """The preprocessing of a network that reads pictures.

    Raises:
        SpecError: it states none, or its input has a number of channels that no picture has
            (E0719).
    """
    steps, channels = loaded.graph.preprocessing, loaded.graph.nodes[0].shape[-1]
    if steps is None:
        raise spec_error(
            "E0719",
            f"`{loaded.name}` does not say how a picture becomes its input",
            loaded.spec.input.span if loaded.spec.input else place,
            "state it under `input`, with the figures that the weights were trained with:",
            *_advised(loaded.graph),
            label="no `preprocessing` here",
        )
    if channels not in (GREY, COLOR):
        raise spec_error(
            "E0719",
            f"pictures have 1 or 3 channels, and the input of `{loaded.name}` has {channels}",
            loaded.spec.input.value_spans.get("channels", loaded.spec.input.span),
            "compute such inputs yourself, and call `Network.to_inference` with them",
        )
    return steps


def _advised(graph: Graph) -> tuple[str, ...]:
    """The line of a preprocessing that fills the range."""
    from inceptionspec.ir.preprocessing import BYTE, scale_value
    from inceptionspec.ops.attribute_types import write_real

    if graph.value_range is None:
        return (f"`{_LINES}` is that of TF-Slim's networks, without its resizing",)
    low, high = graph.value_range
    if high <= low:
        return ()
    keys = f"scale: {scale_value((high - low) / BYTE)}, mean: {write_real(-low + 0.0)}"
    return (f"`preprocessing: {{{keys}}}` would yield its range",)


def smallest_input(loaded: LoadedSpec, head: Head) -> tuple[int, int]:
    """Height and width of the smallest input that a head can read, as far as that is known."""
    if None not in loaded.graph.nodes[0].shape:
        return 1, 1
    from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError

    layers = loaded.flat.layers
    end = loaded.flat.names[loaded.graph.nodes[head.output].path]
    try:
        sizes = InputSizes(layers, ancestors(layers, [end]), loaded.limits.dimension)
        return next(iter(sizes.smallest(1)), (1, 1))
    except UndecidedError:
        return 1, 1


def main_head(loaded: LoadedSpec) -> Head:
    """The head whose classes are predicted.

    Raises:
        SpecError: the network has none (E0806).
    """
    graph = loaded.graph
    if not graph.heads:
        raise _nothing_predicted(loaded, "has no head")
    head = graph.head(graph.main)
    if graph.nodes[head.output].shape[-1] is None:
        raise _nothing_predicted(loaded, "has a head without classes")
    return head


def _nothing_predicted(loaded: LoadedSpec, why: str) -> SpecError:
    return spec_error(
        "E0806",
        f"`{loaded.name}` {why}, so it predicts no classes",
        loaded.spec.document.value_spans["name"],
        "give it a head under `heads`",
    )


def function_of(graph: Graph, head: Head) -> str:
    """What makes probabilities of the logits of a head: a softmax unless it says otherwise."""
    if head.predictions is None:
        return "softmax"
    node = graph.nodes[head.predictions]
    return node.op if node.op == "softmax" else str(node.attributes.get("function", NONE))


def classes_of(graph: Graph, head: Head) -> int:
    """How many classes a head has."""
    classes = graph.nodes[head.output].shape[-1]
    assert classes is not None
    return classes
