"""Flat layers to Graph: shapes flow from the input on, and misfits become findings.

A shape error is blamed on the layer where the shapes parted, found by walking back
through the branches, not on the merge where they meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from inceptionspec.diagnostics import Diagnostic, Label, SpecError, did_you_mean, listed
from inceptionspec.document import Map
from inceptionspec.graph import Block, Graph, Head, Node
from inceptionspec.limits import DEFAULT_LIMITS, Limits
from inceptionspec.ops.kinds import INPUT
from inceptionspec.ops.record import (
    Attributes,
    OperatorError,
    Shape,
    Weight,
    elements,
    shape_text,
    size_text,
)
from inceptionspec.resolve import FlatLayer, Plan
from inceptionspec.source import Source, Span

_Linked = tuple[Attributes, Shape, tuple[Weight, ...]]
_OnError = Callable[[int, OperatorError, Sequence[Shape]], None]


def link(plan: Plan, heads: Iterable[str] = (), limits: Limits = DEFAULT_LIMITS) -> Graph:
    """Give every layer its shape.

    Args:
        heads: only these heads and what they need; all heads and all layers if empty.

    Raises:
        SpecError: a layer cannot read what comes in, branches do not fit, a tensor or the
            whole network passes a limit, or a chosen head does not exist.
    """
    return _Linker(plan, limits).graph(tuple(heads))


def input_shape(section: Map) -> Shape:
    """Height, width and channels of the images that an `input` section describes."""
    channels = int(section.get("channels", 3))
    if section["size"] == "any":
        return (None, None, channels)
    height, width = section["size"].split("x")
    return (int(height), int(width), channels)


class _Linker:
    def __init__(self, plan: Plan, limits: Limits) -> None:
        self.plan = plan
        self.layers = plan.layers
        self.limits = limits
        self.findings: list[Diagnostic] = []
        self.input = input_shape(plan.spec.input)

    def graph(self, chosen: tuple[str, ...]) -> Graph:
        self._refuse_unknown_heads(chosen)
        self._refuse_large(self.input, self._input_span(), "the input")
        self._stop_at_findings()
        keep = self._needed(chosen)
        linked = self._shapes(keep, self.input, self._misfit)
        self._refuse_many_parameters(linked)
        self._stop_at_findings()
        return self._assembled(linked, chosen)

    # Shapes

    def _shapes(self, keep: Iterable[int], shape: Shape, on_error: _OnError) -> dict[int, _Linked]:
        """Attributes, shape and weights of every layer that can be reached without error."""
        linked: dict[int, _Linked] = {}
        for index in keep:
            layer = self.layers[index]
            if not layer.inputs:
                linked[index] = ({"shape": shape}, shape, ())
                continue
            if any(source not in linked for source in layer.inputs):
                continue
            inputs = [linked[source][1] for source in layer.inputs]
            try:
                linked[index] = self._one(layer, inputs, linked)
            except OperatorError as error:
                on_error(index, error, inputs)
        return linked

    def _one(
        self, layer: FlatLayer, inputs: Sequence[Shape], linked: dict[int, _Linked]
    ) -> _Linked:
        attributes: Attributes = layer.attributes
        for name in ("filters", "units"):
            if attributes.get(name) == INPUT:
                entry = linked[layer.entry][1] if layer.entry in linked else inputs[0]
                attributes = {**attributes, name: entry[-1]}
        attributes = layer.op.resolve(attributes, inputs)
        shape = layer.op.shape(attributes, inputs)
        return attributes, shape, layer.op.weights(attributes, inputs)

    def _needed(self, chosen: tuple[str, ...]) -> list[int]:
        """The layers that the chosen heads hang on, in order; all of them for no choice."""
        if not chosen:
            return list(range(len(self.layers)))
        ends: list[int] = []
        for head in self.plan.heads:
            if head.name in chosen:
                ends += [head.output] if head.predictions is None else [head.predictions]
        return self._ancestors(ends)

    def _ancestors(self, ends: Iterable[int]) -> list[int]:
        seen: set[int] = set()
        open_ends = list(ends)
        while open_ends:
            index = open_ends.pop()
            if index not in seen:
                seen.add(index)
                open_ends.extend(self.layers[index].inputs)
        return sorted(seen)

    # Findings

    def _stop_at_findings(self) -> None:
        if self.findings:
            raise SpecError(self.findings)

    def _input_span(self) -> Span:
        section = self.plan.spec.input
        return section.value_spans["size"]

    def _refuse_unknown_heads(self, chosen: tuple[str, ...]) -> None:
        names = [head.name for head in self.plan.heads]
        for name in chosen:
            if name not in names:
                helps = did_you_mean(name, names) or (
                    f"its heads are {listed(names)}" if names else "it has no heads",
                )
                place = Source(f"--head {name}").whole()
                self.findings.append(
                    Diagnostic(
                        "E0806",
                        f"`{self.plan.spec.name}` has no head `{name}`",
                        Label(place),
                        helps=helps,
                    )
                )

    def _misfit(self, index: int, error: OperatorError, inputs: Sequence[Shape]) -> None:
        layer = self.layers[index]
        if layer.fork is not None:
            self.findings.append(self._unlike_branches(index, error, inputs))
            return
        place = layer.place(error.attribute) or layer.origin.span
        blame = Label(place, error.label)
        message = f"`{layer.path}`: {error.message}"
        code, helps = error.code, error.helps
        labels: tuple[Label, ...] = _calls(layer)
        bound = self._bound(index, error.wants) if error.wants else None
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
            size = Label(self._input_span(), f"the input is {size_text(self.input)}")
            if size.span.source.text is None:  # the user has just given it: that is to blame
                blame, labels = size, (blame, *labels)
            else:
                labels = (*labels, size)
        self.findings.append(Diagnostic(code, message, blame, labels, tuple(helps)))

    def _without(self, head: str) -> str:
        others = [one.name for one in self.plan.heads if one.name != head]
        option = f"`--head {others[0]}`, or with " if others else ""
        return f"leave the head out with {option}`{head}: delete` under `override`"

    def _bound(self, index: int, wants: str) -> int | None:
        """The smallest (or largest) square input at which a layer gets what it needs."""
        keep = self._ancestors([index])

        def fits(size: int) -> bool:
            misfits: list[str] = []
            self._shapes(
                keep,
                (size, size, self.input[2]),
                lambda _index, error, _inputs: misfits.append(error.wants),
            )
            return wants not in misfits

        low, high = 1, self.limits.dimension
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
            return Diagnostic(error.code, message, meeting, _calls(merge), helps)
        layer = self.layers[blamed]
        attribute = _shaping_attribute(layer)
        span = layer.place(attribute) or layer.origin.span
        here = Label(span, f"`{merge.branches[odd]}` becomes {text(inputs[odd])} here")
        helps = _mend(layer, attribute) or error.helps
        return Diagnostic(error.code, message, here, (meeting, *_calls(layer)), helps)

    def _parting(
        self, end: int, fork: int | None, usual: Any, compare: Callable[[Shape], Any]
    ) -> int | None:
        """The layer at which a branch left the usual shape, walking back from its end.

        It is the last layer that reads the usual shape and yields another; without one,
        the last that changes the shape at all; without one, the branch's last layer.
        """
        keep = self._ancestors([end])
        shapes = {
            i: linked[1] for i, linked in self._shapes(keep, self.input, lambda *_: None).items()
        }
        changing: int | None = None
        index = end
        while index != fork and self.layers[index].inputs:
            source = self.layers[index].inputs[0]
            before, after = compare(shapes[source]), compare(shapes[index])
            if before == usual and after != usual:
                return index
            if changing is None and before != after:
                changing = index
            index = source
        return changing if changing is not None else end if end != fork else None

    def _refuse_large(
        self, shape: Shape, span: Span, what: str, labels: tuple[Label, ...] = ()
    ) -> None:
        largest = max((side for side in shape if side is not None), default=0)
        if largest > self.limits.dimension:
            self.findings.append(
                Diagnostic(
                    "E0506",
                    f"{what} has a side of {largest:,}, more than {self.limits.dimension:,}",
                    Label(span, f"{shape_text(shape)} here"),
                    labels,
                    helps=("a larger one can be allowed with `--limit dimension=N`",),
                )
            )
        elif (elements(shape) or 0) > self.limits.elements:
            self.findings.append(
                Diagnostic(
                    "E0507",
                    f"{what} has {elements(shape):,} elements, more than {self.limits.elements:,}",
                    Label(span, f"{shape_text(shape)} here"),
                    labels,
                    helps=("a larger one can be allowed with `--limit elements=N`",),
                )
            )

    def _refuse_many_parameters(self, linked: dict[int, _Linked]) -> None:
        total = 0
        for index, (_, shape, weights) in linked.items():
            layer = self.layers[index]
            span = layer.place("filters") or layer.place("units") or layer.origin.span
            self._refuse_large(shape, span, f"the output of `{layer.path}`", _calls(layer))
            for weight in weights:
                total += elements(weight.shape) or 0
            if total > self.limits.parameters:
                self.findings.append(
                    Diagnostic(
                        "E0508",
                        f"the network has more than {self.limits.parameters:,} parameters",
                        Label(span, f"the limit is passed at `{layer.path}`"),
                        _calls(layer),
                        helps=("more can be allowed with `--limit parameters=N`",),
                    )
                )
                return

    # Assembly

    def _assembled(self, linked: dict[int, _Linked], chosen: tuple[str, ...]) -> Graph:
        plan, number = self.plan, {old: new for new, old in enumerate(linked)}
        nodes = tuple(self._node(old, number, linked[old]) for old in linked)
        blocks = tuple(
            Block(
                block.path,
                block.definition,
                block.kind,
                number[block.input],
                number[block.output],
                tuple(number[i] for i in block.members if i in number),
            )
            for block in plan.blocks
            if block.output in number and block.input in number
        )
        heads = tuple(
            Head(
                head.name,
                number[head.source],
                head.source_path,
                number[head.output],
                None if head.predictions is None else number[head.predictions],
                head.loss_weight,
                head.label_smoothing,
                tuple(number[i] for i in head.members),
            )
            for head in plan.heads
            if not chosen or head.name in chosen
        )
        bounds = plan.spec.input.get("range")
        return Graph(
            name=plan.spec.name,
            checkpoint_scope=plan.spec.checkpoint_scope,
            nodes=nodes,
            blocks=blocks,
            heads=heads,
            main=plan.main if not chosen or plan.main in chosen else chosen[0],
            names={path: number[i] for path, i in plan.names.items() if i in number},
            end_points={path: number[i] for path, i in plan.end_points.items() if i in number},
            value_range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        )

    def _node(self, old: int, number: dict[int, int], linked: _Linked) -> Node:
        layer = self.layers[old]
        attributes, shape, weights = linked
        return Node(
            number[old],
            layer.path,
            layer.op.name,
            attributes,
            tuple(number[i] for i in layer.inputs),
            shape,
            weights,
            layer.scope,
            layer.branch,
            layer.head,
            layer.group,
            layer.origin,
        )


def _size(shape: Shape) -> Any:
    return shape[:-1]


def _whole(shape: Shape) -> Any:
    return shape


def _calls(layer: FlatLayer) -> tuple[Label, ...]:
    return tuple(Label(span, "called here") for span in layer.origin.called_at)


def _shaping_attribute(layer: FlatLayer) -> str | None:
    """The attribute of a layer that a reader would change to change its shape."""
    written = [
        name for name in ("padding", "stride", "filters", "units", "kernel") if name in layer.item
    ]
    return written[0] if written else None


def _mend(layer: FlatLayer, attribute: str | None) -> tuple[str, ...]:
    attributes = layer.attributes
    if attribute == "padding" and attributes["padding"] == "valid" and "stride" not in layer.item:
        return ("set `padding: same`",)
    if attribute in ("padding", "stride"):
        return ("give it the stride and the padding of the layers beside it",)
    return ()
