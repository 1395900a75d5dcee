"""Branches that do not fit where they meet, and findings that blame the odd one out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Literal

from inceptionspec.diagnostics.diagnostic import Diagnostic, Edit, Label
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.input_sizes import UndecidedError
from inceptionspec.frontend.linking.misfit import (
    Explainer,
    calls_of,
    change_of,
    given_at,
    joined,
    place_in,
    written,
)
from inceptionspec.frontend.linking.repairs import (
    SIZE_ATTRIBUTES,
    Arguments,
    Repair,
    written_filters,
)
from inceptionspec.frontend.linking.shape_inference import Misfit
from inceptionspec.ir.traversal import dominators
from inceptionspec.ops.record import Shape, shape_text, size_text

#: Branches are compared with the commonest shapes that meet, at most this many.
_MOST_WANTED = 4
#: From this factor on a stride explains why a map is smaller, below it a padding or a kernel.
_STRIDE_SHRINK = 1.6

#: The part of their shapes in which branches differ.
Component = Literal["size", "channels", "rank"]


class BranchErrors(Explainer):
    """Explains merges: among the branches that meet, the odd one out is to blame."""

    def finding(self, misfit: Misfit) -> Diagnostic:
        """The finding for branches that do not fit, blamed on the odd one out."""
        index, error, inputs = misfit
        merge = self.layers[index]
        component = _component(merge.op.name, inputs)
        parts = [_part(component, shape) for shape in inputs]
        text = size_text if error.code == "E0402" and component == "size" else shape_text
        repair = self._branch_repair(misfit, component, parts)
        if repair is None:
            mends = False
            odd = self._odd(merge, parts)
            fork = self._fork(misfit.layer)
            blamed = self._parting(merge.inputs[odd], fork, parts, odd, component)
            attribute = None if blamed is None else self._explains(blamed, component)
        else:
            odd, mends = repair[1], repair[2]
            blamed, attribute = repair[0].layer, repair[0].attribute
        # One branch of each kind, the odd one last. What fits any map is not at odds.
        spread = merge.op.name == "multiply" and component == "size"
        kinds: dict[Any, int] = {}
        for i, (part, shape) in enumerate(zip(parts, inputs, strict=True)):
            if part != parts[odd] and not (spread and (len(shape) != 3 or part == (1, 1))):
                kinds.setdefault(part, i)
        shown = [*(list(kinds.values())[: _MOST_WANTED - 1] or [0]), odd]
        owner = merge.path.rpartition("/")[0] or merge.path
        message = f"the branches of `{owner}` {error.message}"
        if merge.fork is None:
            message = f"what `{merge.path}` reads {error.message}"
        meeting = Label(
            merge.origin.span,
            ", ".join(f"`{merge.branches[i]}` is {text(inputs[i])}" for i in shown),
        )
        helps: list[str] = []
        edits: tuple[Edit, ...] = ()
        if repair is not None and mends:
            helps = [f"set `{self.repairs.text(repair[0])}`"]
            edits = self.repairs.edits(repair[0])
        shortcut = self._shortcut(misfit)
        if shortcut is not None:
            helps.append(shortcut[0])
            edits = edits or shortcut[1]
        if not helps and self._is_gate(misfit):
            written_as = "op" if merge.fork is None else "merge"
            helps.append(f"write `{written_as}: multiply`, if the smaller one scales the map")
        if not helps and component == "size" and merge.fork is None:
            helps += self._larger_input()
        notes = () if helps else error.notes
        if blamed is None:
            return Diagnostic(
                error.code, message, meeting, calls_of(merge), joined(helps), notes, edits
            )
        layer = self.layers[blamed]
        after = self.linked[blamed][1]
        becomes = f"`{merge.branches[odd]}` becomes {text(after)} here"
        if component == "channels" and after[-1:] != parts[odd]:
            becomes = f"{text(after)} of `{merge.branches[odd]}` here"
        here = Label(place_in(layer, attribute), becomes)
        labels = (meeting, *given_at(layer, attribute), *calls_of(layer))
        return Diagnostic(error.code, message, here, labels, joined(helps), notes, edits)

    def _branch_repair(
        self, misfit: Misfit, component: Component, parts: Sequence[Any]
    ) -> tuple[Repair, int, bool] | None:
        """The change of one value that makes branches fit, and the branch that it is in.

        A change after which the whole network links comes first; the third element tells
        whether it does. Without one, a change that mends the merge alone tells where the
        branches part.
        """
        merge = self.layers[misfit.layer]
        counts = Counter(parts)
        usual = [part for part, _ in counts.most_common(_MOST_WANTED)]
        names = SIZE_ATTRIBUTES if component == "size" else ("filters", "units")
        fork = self._fork(misfit.layer)
        branches = [self._inside(end, fork) for end in merge.inputs]
        arguments = self.repairs.arguments(chain.from_iterable(branches), names)
        best: tuple[Any, Repair, int, bool] | None = None
        for branch, (end, inside) in enumerate(zip(merge.inputs, branches, strict=True)):
            wanted = [part for part in usual if part != parts[branch]]
            changes = self._changes_of(component, inside, end, wanted, parts[branch], arguments)
            for distance, repair in changes:
                rank = (
                    not repair.borrowed,
                    counts[parts[branch]],
                    # A gate follows the map that it scales.
                    merge.op.name == "multiply"
                    and len(misfit.inputs[branch]) == 3
                    and misfit.inputs[branch][:2] != (1, 1),
                    self.repairs.unlikeliness(repair) if component == "size" else 0,
                    not self.repairs.default(repair),
                    distance,
                    change_of(self.layers[repair.layer], repair) if component == "size" else 0,
                )
                if best is not None and best[0] <= rank and best[3]:
                    continue
                changed = self.repairs.changes(repair)
                if self.trial.misfits(changed, until=misfit.layer) != set():
                    continue
                links = self.trial.fits(misfit.layer, changed)
                if best is None or (not links, rank) < (not best[3], best[0]):
                    best = rank, repair, branch, links
        return None if best is None else best[1:]

    def _changes_of(
        self,
        component: Component,
        inside: Sequence[int],
        end: int,
        wanted: Sequence[Any],
        own: Any,
        arguments: Arguments,
    ) -> Iterator[tuple[int, Repair]]:
        """Changes in a branch that may give it one of the wanted parts of a shape."""
        for distance, index in enumerate(inside):
            for repair in self.repairs.borrowed(index, arguments):
                yield distance, repair
        if self.trial.exhausted:
            return
        if component == "size":
            for distance, index in enumerate(inside):
                if self.layers[index].inputs:
                    before = self.linked[self.layers[index].inputs[0]][1]
                    for repair in self.repairs.of_size(index, before):
                        yield distance, repair
        elif component == "channels":
            for distance, index in enumerate(self._setters(end, inside)):
                layer = self.layers[index]
                name = next((n for n in ("filters", "units") if n in layer.attributes), None)
                if name is None or not self.repairs.is_written_plainly(layer, name):
                    continue
                now = self.linked[index][1][-1]
                entry = None if layer.entry is None else self.linked[layer.entry][1][-1]
                if now is None or own[0] is None:
                    continue
                for channels in sorted(c[0] - own[0] + now for c in wanted if c[0] is not None):
                    for value in written_filters(layer, channels, entry):
                        scaled = value != "input" and self.flat.width.factor != 1
                        if channels >= 1 and not (scaled and not layer.attributes.get("fixed")):
                            yield distance, Repair(index, name, value)

    def _larger_input(self) -> list[str]:
        """The next input size at which the whole network fits, as a help.

        Maps that are halved and doubled again meet where the sides can be halved so often.
        """
        sizes, side = self.network.sizes, self.network.input
        if sizes is None or sizes.never or side[0] is None or side[1] is None:
            return []
        try:
            height, width = sizes.axes[0].next(side[0]), sizes.axes[1].next(side[1])
        except UndecidedError:
            return []
        if height is None or width is None or not self.network.links((height, width)):
            return []
        return [f"take an input of {height}x{width}"]

    def _fork(self, index: int) -> int | None:
        """Where the branches of a merge part: what they read, or what all its inputs go through."""
        fork = self.layers[index].fork
        return dominators(self.layers)[index] if fork is None else fork

    def _inside(self, end: int, fork: int | None) -> list[int]:
        """The layers of a branch, the last first."""
        seen: set[int] = set()
        waiting = [end]
        while waiting:
            index = waiting.pop()
            if index not in seen and (fork is None or index > fork):
                seen.add(index)
                waiting.extend(self.layers[index].inputs)
        return sorted(seen, reverse=True)

    def _setters(self, end: int, inside: Sequence[int]) -> list[int]:
        """The layers of a branch that decide how many channels it yields."""
        members = set(inside)
        found: list[int] = []
        waiting = [end]
        while waiting:
            index = waiting.pop()
            if index not in members:
                continue
            layer = self.layers[index]
            decides = "filters" in layer.attributes or "units" in layer.attributes
            if decides or self.linked[index][0].get("depth_multiplier", 1) != 1:
                found.append(index)
            else:
                waiting.extend(layer.inputs if layer.op.name == "concat" else layer.inputs[:1])
        return found

    def _odd(self, merge: FlatLayer, parts: Sequence[Any]) -> int:
        """The branch to blame where no change mends it: the one that differs from most."""
        counts = Counter(parts)
        fork = None if merge.fork is None else self.linked[merge.fork][1]
        return min(
            range(len(parts)),
            key=lambda i: (
                counts[parts[i]],
                len(parts) == 2 and merge.inputs[i] == merge.fork,
                len(parts) == 2 and fork is not None and len(fork) == 3 and fork[:2] == parts[i],
                -i,
            ),
        )

    def _parting(
        self,
        end: int,
        fork: int | None,
        parts: Sequence[Any],
        odd: int,
        component: Component,
    ) -> int | None:
        """The layer at which a branch left the others, walking back from its end.

        It is the last layer that reads a shape that fits and yields another; without one,
        the last that changes the shape at all; without one, the branch's last layer.
        """
        usual = {part for part in parts if part != parts[odd]}
        changing: int | None = None
        index = end
        while index != fork and self.layers[index].inputs:
            source = self.layers[index].inputs[0]
            before = _part(component, self.linked[source][1])
            after = _part(component, self.linked[index][1])
            changes = before != after
            if component == "channels":
                changes = "filters" in self.layers[index].attributes or (
                    "units" in self.layers[index].attributes or changes
                )
                if changes and self.layers[index].op.role != "merge":
                    return index
            if before in usual and after not in usual:
                return index
            if changing is None and changes:
                changing = index
            index = source
        return changing if changing is not None else end if end != fork else None

    def _explains(self, index: int, component: Component) -> str | None:
        """The attribute of a layer that changed the size, or the channels."""
        layer = self.layers[index]
        if component == "channels":
            return written(layer, ("filters", "units", "depth_multiplier"))
        after = self.linked[index][1]
        before = self.linked[layer.inputs[0]][1]
        if component == "size" and len(before) == len(after) == 3:
            sides = zip(before[:2], after[:2], strict=True)
            if max((old or 1) / (new or 1) for old, new in sides) >= _STRIDE_SHRINK:
                return written(layer, ("stride",))
            order = ("padding", "dilation", "kernel", "stride")
            return written(layer, order)
        return None

    def _is_gate(self, misfit: Misfit) -> bool:
        """Whether the branches are a map and factors for its channels, joined by another merge."""
        maps = {one for one in misfit.inputs if len(one) == 3 and one[:2] != (1, 1)}
        factors = {one[-1:] for one in misfit.inputs if one not in maps}
        merge = self.layers[misfit.layer]
        if len(maps) != 1 or "layers" in merge.branches:  # a residual always adds
            return False
        (whole,) = maps
        return factors == {whole[-1:]} and self.trial.fits(
            misfit.layer, outputs={misfit.layer: whole}
        )

    def _shortcut(self, misfit: Misfit) -> tuple[str, tuple[Edit, ...]] | None:
        """A convolution for an empty shortcut that gives it the shape of the layers."""
        merge = self.layers[misfit.layer]
        if merge.op.name != "add" or len(misfit.inputs) != 2 or "input" not in merge.branches:
            return None
        if merge.inputs[0] != merge.fork:
            return None
        before, after = misfit.inputs
        if len(before) != 3 or len(after) != 3 or None in (*before, *after):
            return None
        stride = self._stride(before, after)
        if stride is None or not self.trial.fits(misfit.layer, outputs={misfit.layer: after}):
            return None
        channels = "input" if before[2] == after[2] else after[2]
        if channels != "input" and self.flat.width.factor != 1:
            return None
        text = f"op: conv, kernel: 1x1, filters: {channels}"
        text += "" if stride == (1, 1) else f", stride: {_sides(stride)}"
        return f"give the shortcut a layer: `shortcut: [{{{text}}}]`", _into(
            merge, f"shortcut: [{{{text}}}]"
        )

    @staticmethod
    def _stride(before: Shape, after: Shape) -> tuple[int, int] | None:
        """The stride at which a 1x1 with `same` padding makes one size of another."""
        strides: list[int] = []
        for old, new in zip(before[:2], after[:2], strict=True):
            stride = -(-(old or 0) // (new or 1))
            if -(-(old or 0) // stride) != new:
                return None
            strides.append(stride)
        return strides[0], strides[1]


def _component(op: str, inputs: Sequence[Shape]) -> Component:
    """The part of their shapes in which branches differ."""
    maps = [shape for shape in inputs if len(shape) == 3]
    if op == "multiply":
        whole = {shape[:2] for shape in maps if shape[:2] != (1, 1)}
        return "size" if len(whole) > 1 else "channels"
    if len(maps) not in (0, len(inputs)):
        return "rank"
    return "size" if len({shape[:-1] for shape in inputs}) > 1 else "channels"


def _part(component: Component, shape: Shape) -> Any:
    if component == "rank":
        return len(shape)
    return shape[:2] if component == "size" else shape[-1:]


def _sides(sides: tuple[int, int]) -> str:
    return str(sides[0]) if sides[0] == sides[1] else f"{sides[0]}x{sides[1]}"


def _into(merge: FlatLayer, text: str) -> tuple[Edit, ...]:
    """An entry put first into a mapping that is written in braces."""
    span = merge.item.span
    if span.source.line(span.line)[span.column - 1 : span.column] != "{":
        return ()
    start = span._replace(column=span.column + 1, end_line=span.line, end_column=span.column + 1)
    return (Edit(start, f"{text}, " if merge.item else text),)
