"""What layers come to, remembered: most layers of most variants were seen in another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inceptionspec.analysis.costs import FLOAT32_BYTES, layer_cost
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.frontend.linking.shape_inference import Linked, linked_layer
from inceptionspec.frontend.linking.size_limits import is_large
from inceptionspec.frontend.writing.digest import canonical, layer_data
from inceptionspec.frontend.writing.expanded_spec import written_layer
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes, Op, Shape, elements
from inceptionspec.ops.window import padding_pixels

MOST_SEEN = 30_000
"""The most layers that are remembered: those that were seen are forgotten all at once."""
Key = tuple[Any, ...]


class LayerTexts:
    """What a layer says in the texts that digests are of: it follows from attributes alone.

    Attributes:
        attributes: with nothing left open.
        computed: they in the text that the network digest is of.
        written: its lines in texts that document digests are of, by what else they say.
    """

    __slots__ = ("attributes", "computed", "written")

    def __init__(self, op: Op, attributes: Attributes) -> None:
        self.attributes = attributes
        self.computed = canonical(layer_data(op, attributes, ())["attributes"])
        self.written: dict[int, str] = {}


class SeenLayer:
    """What one layer comes to for some inputs.

    Attributes:
        shape: of its output.
        params: elements of all weights.
        trainable: those that training changes.
        macs: multiply-accumulates.
        flops: all operations.
        size: the bytes of its output.
        attributes: with nothing left open.
        texts: what it says in the texts that digests are of.
        geometry: a number that stands for what receptive fields take of it.
    """

    __slots__ = (
        "attributes",
        "flops",
        "geometry",
        "macs",
        "params",
        "shape",
        "size",
        "texts",
        "trainable",
    )

    def __init__(self, op: Op, linked: Linked, inputs: Sequence[Shape], texts: LayerTexts) -> None:
        self.attributes, self.shape, weights = linked
        self.texts = texts
        cost = layer_cost(op, self.attributes, inputs, self.shape, weights)
        self.params, self.trainable = cost.params, cost.trainable_params
        self.macs, self.flops = cost.macs or 0, cost.flops or 0
        self.size = (elements(self.shape) or 0) * FLOAT32_BYTES
        self.geometry = 0


class LayerMemo:
    """Layers that were seen, by what they depend on: never by the network that they are in.

    Attributes:
        seen: the layers, by numbers of their attributes, filters and the shapes that they read;
            None for one that passes a limit.
    """

    def __init__(self) -> None:
        self.seen: dict[Key, SeenLayer | None] = {}
        self._texts: dict[Key, LayerTexts] = {}
        self._numbers: dict[Any, int] = {}

    @property
    def full(self) -> bool:
        """Whether it is time to start anew."""
        return len(self.seen) > MOST_SEEN

    def number(self, thing: Any) -> int:
        """A number that stands for a thing, the same for equal ones."""
        return self._numbers.setdefault(thing, len(self._numbers))

    def add_input(self, key: Key, shape: Shape) -> SeenLayer | None:
        """Remember the input of a network; None where it passes a limit."""
        return self._added(key, OPS["input"], ({"shape": shape}, shape, ()), (), ())

    def add(
        self, key: Key, op: Op, attributes: Attributes, inputs: list[Shape], entry: Shape
    ) -> SeenLayer | None:
        """Compute a layer and remember it; None where it passes a limit.

        Args:
            key: what it depends on.
            op: its operator.
            attributes: before shapes, under a width.
            inputs: the shapes that it reads.
            entry: the shape that comes into the block around it.

        Raises:
            OperatorError: it cannot read what comes in.
        """
        linked = linked_layer(op, attributes, inputs, entry)
        before_shapes = (*key[:2], *key[3:])  # all but the shapes that it reads
        return self._added(key, op, linked, inputs, before_shapes)

    def _added(
        self, key: Key, op: Op, linked: Linked, inputs: Sequence[Shape], before_shapes: Key
    ) -> SeenLayer | None:
        found = None
        if not is_large(linked[1], DEFAULT_LIMITS):
            texts = self._texts.get(before_shapes)
            if texts is None or texts.attributes != linked[0]:  # shapes decide some attributes
                texts = self._texts[before_shapes] = LayerTexts(op, linked[0])
            found = SeenLayer(op, linked, inputs, texts)
            found.geometry = self._geometry(op, linked, inputs)
        self.seen[key] = found
        return found

    def _geometry(self, op: Op, linked: Linked, inputs: Sequence[Shape]) -> int:
        attributes, shape, _ = linked
        window, pads = op.window(attributes), None
        if window is not None and window.ends is None and "padding" in attributes and inputs:
            pads = padding_pixels(attributes, inputs[0])
        return self.number((op.name, window, pads, shape[:-1]))


def written_line(
    seen: SeenLayer, op: Op, attributes: Attributes, number: int, rest: dict[str, Any]
) -> str:
    """The line of a layer in the text that the document digest is of, which is remembered.

    Args:
        seen: what the layer comes to.
        op: its operator.
        attributes: before shapes, under a width.
        number: stands for ``rest``.
        rest: what the line says besides attributes.
    """
    own = written_layer(op, attributes, seen.attributes)
    text = seen.texts.written[number] = canonical({**rest, **own})
    return text
