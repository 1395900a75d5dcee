"""Layers that do not fit to findings that say where the shapes parted.

A shape error is blamed on the layer that changed the shape, found by walking back through
the branches, not on the merge where they meet; and an input that is too small for a head
on the head, with the smallest input that would do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer, FlatNetwork
from inceptionspec.frontend.linking.shape_inference import shapes
from inceptionspec.ir.traversal import ancestors
from inceptionspec.ops.record import OperatorError, Shape, shape_text, size_text

UNUSUAL_SHRINK = 3
"""From this factor on a map shrinks by more than the strides of known networks."""
# Where so many layers were looked at to explain misfits, the next ones are only named: a
# file can hold thousands of them behind thousands of layers.
_MOST_LOOKED = 50_000


class _SizeChange(NamedTuple):
    """A layer that changes the height or the width of the map."""

    layer: FlatLayer
    before: Shape
    after: Shape

    @property
    def factor(self) -> float:
        """By how much the map shrinks, along the side that shrinks more."""
        sides = zip(self.before[:2], self.after[:2], strict=True)
        return max((old or 1) / (new or 1) for old, new in sides)


class ShapeErrors:
    """Builds the findings for a flat network under an input of some shape.

    ``largest`` bounds the search for an input size that would do, in pixels.
    """

    def __init__(self, flat: FlatNetwork, shape: Shape, largest: int) -> None:
        self.flat = flat
        self.layers = flat.layers
        self.input = shape
        self.largest = largest
        self._looked = 0

    def finding(self, index: int, error: OperatorError, inputs: Sequence[Shape]) -> Diagnostic:
        """The finding for a layer that cannot read what comes in."""
        layer = self.layers[index]
        if layer.fork is not None:
            return self._unlike_branches(index, error, inputs)
        place = layer.place(error.attribute) or layer.origin.span
        blame = Label(place, error.label)
        message = f"`{layer.path}`: {error.message}"
        code, helps = error.code, error.helps
        labels: tuple[Label, ...] = calls_of(layer)
        wants = error.wants if self._looked < _MOST_LOOKED else ""
        bound = self._bound(index, wants) if wants else None
        if bound is not None and layer.head:
            code = "E0406"
            least = "at least" if error.wants == "larger" else "at most"
            message = (
                f"the head `{layer.head}` needs an input of {least} {bound}x{bound}, "
                f"this one is {size_text(self.input)}"
            )
            helps = (self._without(layer.head), f"or take an input of {least} {bound}x{bound}")
            blame = Label(place, error.message.replace("its ", "this ", 1))
        elif bound is not None and error.wants == "larger":
            helps = (*helps, f"it fits from an input of {bound}x{bound} on")
        if bound is not None:
            given = self.flat.spec.input.value_spans["size"]
            size = Label(given, f"the input is {size_text(self.input)}")
            if size.span.source.text is None:  # the user has just given it: that is to blame
                blame, labels = size, (blame, *labels)
            else:
                labels = (*labels, size)
        changes = self._size_changes(index) if wants else []
        labels = (*self._suspects(changes, error.wants), *labels)
        return Diagnostic(code, message, blame, labels, tuple(helps), _way(changes))

    def _size_changes(self, index: int) -> list[_SizeChange]:
        """The layers before one that change the height or width, the nearest first."""
        linked = shapes(self.layers, ancestors(self.layers, [index])[:-1], self.input, _ignore)
        changes: list[_SizeChange] = []
        at = self.layers[index].inputs[0]
        while self.layers[at].inputs:
            source = self.layers[at].inputs[0]
            before, after = linked[source][1], linked[at][1]
            if len(before) == len(after) == 3 and before[:2] != after[:2]:
                changes.append(_SizeChange(self.layers[at], before, after))
            at = source
        return changes

    def _suspects(self, changes: Sequence[_SizeChange], wants: str) -> tuple[Label, ...]:
        """Layers before a misfit that may be the real fault.

        Where a larger map is wanted, the one that shrinks it most, if it is by more than
        a usual stride does; where a smaller one is, the last that changes the size.
        """
        suspects = list(changes[:1])
        if wants == "larger":
            most = max(changes, key=lambda change: change.factor, default=None)
            suspects = [most] if most is not None and most.factor >= UNUSUAL_SHRINK else []
        return tuple(
            Label(
                _place(one.layer, ("kernel", "padding", "stride")),
                f"the map becomes {size_text(one.after)} here, from {size_text(one.before)}",
            )
            for one in suspects
        )

    def _without(self, head: str) -> str:
        others = [one.name for one in self.flat.heads if one.name != head]
        option = f"`--head {others[0]}`, or with " if others else ""
        return f"leave the head out with {option}`{head}: delete` under `override`"

    def _bound(self, index: int, wants: str) -> int | None:
        """The smallest (or largest) square input at which a layer gets what it needs."""
        keep = ancestors(self.layers, [index])

        def fits(size: int) -> bool:
            self._looked += len(keep)
            misfits: list[str] = []
            shapes(
                self.layers,
                keep,
                (size, size, self.input[2]),
                lambda _index, error, _inputs: misfits.append(error.wants),
            )
            return wants not in misfits

        low, high = 1, self.largest
        if wants == "larger":
            if not fits(high):
                return None
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if fits(middle) else (middle + 1, high)
            return low
        if not fits(low + 1):  # what fits one pixel alone does not fail for the input's size
            return None
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(middle) else (low, middle - 1)
        return low

    def _unlike_branches(
        self, index: int, error: OperatorError, inputs: Sequence[Shape]
    ) -> Diagnostic:
        """The finding for branches that do not fit, blamed on the layer where they parted."""
        merge = self.layers[index]
        compare = _size if error.code == "E0402" else _whole
        if merge.op.name == "multiply" and len({_channels(shape) for shape in inputs}) > 1:
            compare = _channels  # its branches need not share height and width
        usual = Counter(compare(shape) for shape in inputs).most_common(1)[0][0]
        # Only broadcasting merges take unlike shapes: the odd one is what fits neither way.
        odd = next((i for i, shape in enumerate(inputs) if compare(shape) != usual), 0)
        reference = next(i for i, shape in enumerate(inputs) if compare(shape) == usual)
        owner = merge.path.rpartition("/")[0] or merge.path
        message = f"the branches of `{owner}` {error.message}"
        text = size_text if error.code == "E0402" and len(inputs[odd]) == 3 else shape_text
        meeting = Label(
            merge.origin.span,
            f"`{merge.branches[reference]}` is {text(inputs[reference])}, "
            f"`{merge.branches[odd]}` is {text(inputs[odd])}",
        )
        blamed = self._parting(merge.inputs[odd], merge.fork, usual, compare)
        if blamed is None:
            helps = (
                *error.helps,
                "give the branch a layer that changes the shape as the others do",
            )
            return Diagnostic(error.code, message, meeting, calls_of(merge), helps)
        layer = self.layers[blamed]
        attribute = _written(layer, ("padding", "stride", "filters", "units", "kernel"))
        place = layer.place(attribute) or layer.origin.span
        here = Label(place, f"`{merge.branches[odd]}` becomes {text(inputs[odd])} here")
        given = layer.given(attribute)
        used = (Label(given, "the value comes from here"),) if given else ()
        helps = _mend(layer) or error.helps
        return Diagnostic(error.code, message, here, (meeting, *used, *calls_of(layer)), helps)

    def _parting(
        self, end: int, fork: int | None, usual: Any, compare: Callable[[Shape], Any]
    ) -> int | None:
        """The layer at which a branch left the usual shape, walking back from its end.

        It is the last layer that reads the usual shape and yields another; without one,
        the last that changes the shape at all; without one, the branch's last layer.
        """
        if self._looked >= _MOST_LOOKED:
            return None
        keep = ancestors(self.layers, [end])
        self._looked += len(keep)
        linked = shapes(self.layers, keep, self.input, _ignore)
        changing: int | None = None
        index = end
        while index != fork and self.layers[index].inputs:
            source = self.layers[index].inputs[0]
            before, after = compare(linked[source][1]), compare(linked[index][1])
            if before == usual and after != usual:
                return index
            if changing is None and before != after:
                changing = index
            index = source
        return changing if changing is not None else end if end != fork else None


def _ignore(*misfit: object) -> None:
    """For walks that look at what fits alone."""


def _size(shape: Shape) -> Any:
    return shape[:-1]


def _channels(shape: Shape) -> Any:
    return shape[-1:]


def _whole(shape: Shape) -> Any:
    return shape


def calls_of(layer: FlatLayer) -> tuple[Label, ...]:
    """The calls that led to a layer, as labels."""
    return tuple(Label(span, "called here") for span in layer.origin.called_at)


def _written(layer: FlatLayer, attributes: Sequence[str]) -> str | None:
    """The first of some attributes that a layer itself gives."""
    return next((name for name in attributes if name in layer.item), None)


def _place(layer: FlatLayer, attributes: Sequence[str]) -> Span:
    """Where the first of some attributes is written in a layer, or the whole layer."""
    return layer.place(_written(layer, attributes)) or layer.origin.span


def _way(changes: Sequence[_SizeChange]) -> tuple[str, ...]:
    """The sizes that the map has on its way to a misfit, as a note."""
    if not changes:
        return ()
    steps = [f"{size_text(one.after)} at `{one.layer.path}`" for one in reversed(changes)]
    return (f"on its way the map of {size_text(changes[-1].before)} becomes {', '.join(steps)}",)


def _mend(layer: FlatLayer) -> tuple[str, ...]:
    if layer.attributes.get("padding") == "valid" and layer.attributes["stride"] == (1, 1):
        return ("set `padding: same`",)
    if "padding" not in layer.item and "stride" not in layer.item:
        return ()
    return ("give it the stride and the padding of the layers beside it",)
