"""W0104: rows or columns of a map that no window reads."""

from __future__ import annotations

from collections.abc import Iterator

from inceptionspec.checks.warnings.allow import watched
from inceptionspec.checks.warnings.places import called, place_of
from inceptionspec.diagnostics.diagnostic import Diagnostic, Edit, Label
from inceptionspec.frontend.linking.misfit import calls_of
from inceptionspec.frontend.linking.repairs import Repair, Repairs
from inceptionspec.frontend.linking.shape_inference import input_shape, shapes
from inceptionspec.frontend.linking.trial import Trial
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes, Shape, size_text
from inceptionspec.ops.window import padding_pixels, slides, window_reach

_NOUNS = ("rows", "columns")


def dropped_rows(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0104: pixels that no window reads are thrown away unseen.

    They lie after the last window, or between windows whose stride passes their kernel. One
    row or column is the usual remainder of a stride of 2, and gives no warning.
    """
    advice = _Advice(loaded)
    for layer, node in watched(loaded, "W0104"):
        if not slides(OPS[node.op]):
            continue
        shape = loaded.graph.nodes[node.inputs[0]].shape
        message = _unread(node, shape)
        if message:
            help_, edits = advice.on(loaded.flat.names[node.path], node, shape)
            yield Diagnostic(
                "W0104",
                message.format(called(layer)),
                Label(
                    place_of(layer, "padding", "stride", "kernel"),
                    f"the map is {size_text(shape)} here",
                ),
                calls_of(layer),
                helps=help_,
                edits=edits,
            )


def _unread(node: Node, shape: Shape) -> str:
    """What is not read, with a gap for the layer's name; empty where it is at most one row."""
    skipped = [skipped_rows(node.attributes, shape, node.shape, axis) for axis in (0, 1)]
    if max(skipped) > 1:
        words = [
            f"{count} of every {node.attributes['stride'][axis]} {_NOUNS[axis]}"
            for axis, count in enumerate(skipped)
            if count > 1
        ]
        return f"the windows of {{}} skip {' and '.join(words)} of its input"
    last = [last_rows(node.attributes, shape, node.shape, axis) for axis in (0, 1)]
    words = [f"{count} {_NOUNS[axis]}" for axis, count in enumerate(last) if count > 1]
    return f"the last {' and '.join(words)} of the input of {{}} are never read" if words else ""


def skipped_rows(attributes: Attributes, shape: Shape, output: Shape, axis: int) -> int:
    """How many rows (or columns) of each stride lie between windows."""
    stride, count = attributes["stride"][axis], output[axis]
    if count is not None and count < 2:
        return 0
    kernel, dilation = attributes["kernel"][axis], attributes.get("dilation", (1, 1))[axis]
    read = {tap * dilation % stride for tap in range(min(kernel, stride))}
    return int(stride - len(read))


def last_rows(attributes: Attributes, shape: Shape, output: Shape, axis: int) -> int:
    """How many rows (or columns) lie after the last window; 0 where the size is open."""
    pads, size, count = padding_pixels(attributes, shape), shape[axis], output[axis]
    if pads is None or size is None or count is None:
        return 0
    start = (count - 1) * attributes["stride"][axis] - pads[2 * axis]
    return max(0, int(size - start - window_reach(attributes, axis)))


class _Advice:
    """What makes windows read every row, tried on the network."""

    def __init__(self, loaded: LoadedSpec) -> None:
        self._loaded = loaded
        self._trial: Trial | None = None
        self._repairs = Repairs(loaded.flat)

    def on(self, index: int, node: Node, shape: Shape) -> tuple[tuple[str, ...], tuple[Edit, ...]]:
        """The first change of one value with which the network links and all is read."""
        stride = tuple(
            min(one, window_reach(node.attributes, axis))
            for axis, one in enumerate(node.attributes["stride"])
        )
        layer = self._loaded.flat.layers[index]
        for attribute, value in (("padding", "same"), ("stride", stride), ("stride", (1, 1))):
            repair = Repair(index, attribute, value)
            changed = {**node.attributes, attribute: value}
            output = layer.op.shape(changed, [shape])
            if not self._repairs.is_written_plainly(layer, attribute) or any(
                max(
                    skipped_rows(changed, shape, output, axis),
                    last_rows(changed, shape, output, axis),
                )
                > 1
                for axis in (0, 1)
            ):
                continue
            if self._links(repair):
                return (f"set `{self._repairs.text(repair)}`",), self._repairs.edits(repair)
        return (), ()

    def _links(self, repair: Repair) -> bool:
        flat = self._loaded.flat
        if self._trial is None:
            keep = range(len(flat.layers))
            linked = shapes(flat.layers, keep, input_shape(flat.spec.input), lambda *_: None)
            self._trial = Trial(flat.layers, keep, linked, {}, self._loaded.limits)
        return self._trial.fits(-1, self._repairs.changes(repair))
