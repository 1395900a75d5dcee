"""A network that can be shown pictures: what it reads, what it yields, and what runs it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph, Head
from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.attribute_types import NONE
from inceptionspec.prediction.results import Member

#: From a batch, float32 and height x width x channels each, to what a network yields for it.
Run = Callable[[Any], Any]


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
