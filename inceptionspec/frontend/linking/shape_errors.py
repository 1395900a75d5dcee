"""Layers that do not fit, and findings that say where the shapes parted.

A misfit is blamed on the layer whose attribute explains it, which is rarely the layer where
it shows: the linker tries changes of one value, and the layer at which one mends the whole
network is to blame. Advice is given only after it was tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any, Literal, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Edit, Label
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.frontend.linking.flat import FlatLayer, FlatNetwork
from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError
from inceptionspec.frontend.linking.repairs import (
    SIZE_ATTRIBUTES,
    Arguments,
    Repair,
    Repairs,
    written_filters,
)
from inceptionspec.frontend.linking.shape_inference import Linked, Misfit, linked_layer, shapes
from inceptionspec.frontend.linking.trial import Trial
from inceptionspec.ops.record import OperatorError, Shape, elements, shape_text, size_text

#: From this factor on a map shrinks by more than the strides of known networks.
UNUSUAL_SHRINK = 3
#: At most this many earlier layers are suspected of a misfit.
_MOST_SUSPECTS = 8
#: A note names at most this many sizes that a map has on its way, and labels this many places.
_MOST_SHOWN = 8
_MOST_ALIKE = 2
#: Branches are held against the commonest shapes that meet, at most this many.
_MOST_WANTED = 4
#: Layers that are walked back over to say how a map came to its size, all findings together.
_MOST_WALKED = 50_000

Component = Literal["size", "channels", "rank"]


class _SizeChange(NamedTuple):
    """A layer that changes the height or the width of the map."""

    layer: int
    before: Shape
    after: Shape

    @property
    def factor(self) -> float:
        """By how much the map shrinks, along the side that shrinks more."""
        sides = zip(self.before[:2], self.after[:2], strict=True)
        return max((old or 1) / (new or 1) for old, new in sides)


class ShapeErrors:
    """Builds the findings for a network that does not link under an input of some shape.

    Args:
        keep: the layers that were linked, in order, and ``linked`` what they came to.
        misfits: those that could not read what came in.
        limits: bound the search for an input size that would do.
    """

    def __init__(
        self,
        flat: FlatNetwork,
        keep: Sequence[int],
        shape: Shape,
        linked: Mapping[int, Linked],
        misfits: Sequence[Misfit],
        limits: Limits,
    ) -> None:
        self.flat = flat
        self.layers = flat.layers
        self.keep = keep
        self.input = shape
        self.linked = linked
        self.misfits = misfits
        self.limits = limits
        known = {misfit.layer: misfit.error for misfit in misfits}
        self.trial = Trial(self.layers, keep, linked, known, limits)
        self.repairs = Repairs(flat)
        self._walked = 0
        self._linking: dict[tuple[int, int], bool] = {}
        self._size = flat.spec.input.value_spans["size"]

    def findings(self) -> Iterator[Diagnostic]:
        """A finding for each cause, in the order of layers.

        Windows that all want a larger input (or a smaller one) have one cause. Where only
        heads want it, each has a finding of its own, since each can be left out.
        """
        said: dict[tuple[str, str], list[Misfit]] = {}
        trunk = {one.error.wants for one in self.misfits if not self.layers[one.layer].head}
        for misfit in self.misfits:
            layer = self.layers[misfit.layer]
            if layer.fork is not None:
                yield self._unlike_branches(misfit)
            elif misfit.error.wants:
                head = "" if misfit.error.wants in trunk else layer.head
                said.setdefault((misfit.error.wants, head), []).append(misfit)
            elif misfit.error.code == "E0408":
                yield self._undivided(misfit)
            else:
                yield self._unreadable(misfit)
        for alike in said.values():
            yield self._wrong_size(alike)

    # Windows and maps that are too large or too small

    def _wrong_size(self, alike: Sequence[Misfit]) -> Diagnostic:
        misfit = alike[0]
        index, error, _ = misfit
        layer = self.layers[index]
        message, code, refused = f"`{layer.path}`: {error.message}", error.code, error.label
        changes = self._size_changes(index)
        labels = [*self._alike(alike[1:]), *calls_of(layer)]
        size = self._fitting_size(misfit)
        least = "least" if error.wants == "larger" else "most"
        bound = "" if size is None else f"at {least} {size[0]}x{size[1]}"
        helps: list[str] = []
        if size is not None and layer.head:
            code = "E0406"
            message = (
                f"the head `{layer.head}` needs an input of {bound}, "
                f"this one is {size_text(self.input)}"
            )
            refused = error.message.replace("its ", "this ", 1)
        here = Label(self._place(layer, error.attribute), refused)
        given = Label(self._size, f"the input is {size_text(self.input)}")
        by_user = self._size.source.text is None
        repair = None if by_user else self._size_repair(alike, changes)
        edits: tuple[Edit, ...] = ()
        blame = here
        if repair is not None:
            blamed = self.layers[repair.layer]
            helps, edits = [f"set `{self.repairs.text(repair)}`"], self.repairs.edits(repair)
            if repair.layer != index:
                blame = Label(self._place(blamed, repair.attribute), self._becomes(repair.layer))
                labels = [here, *self._given_at(blamed, repair.attribute), *labels]
            else:
                # A window is too large for its map, whatever padding would help it.
                attribute = error.attribute if repair.attribute == "padding" else repair.attribute
                blame = Label(self._place(blamed, attribute), refused)
                labels = [*self._given_at(blamed, repair.attribute), *labels]
        if (
            layer.op.name == "squeeze"
            and len(alike) == 1
            and self.trial.fits(index, outputs={index: misfit.inputs[0][-1:]})
        ):
            helps.append("take `global_avg_pool` instead")
            edits = edits or (Edit(layer.item.value_spans["op"], "global_avg_pool"),)
        if layer.head and self._without(layer.head):
            helps.append(self._without(layer.head))
        more = len(alike) - 1 - _MOST_ALIKE
        notes = _way(changes, self.layers)
        if more > 0:
            notes += (f"{more:,} more want{'s' * (more == 1)} a {error.wants} map",)
        if size is not None:
            helps.append(f"take an input of {bound}")
            if by_user:  # the user has just given it: that is to blame
                blame, labels = given, [blame, *labels]
            else:
                labels.append(given)
        if repair is None or repair.layer == index:
            labels = [*self._suspects(changes, error.wants), *labels]
        return Diagnostic(code, message, blame, tuple(labels), _joined(helps), notes, edits)

    def _alike(self, others: Sequence[Misfit]) -> list[Label]:
        lines = {(self.layers[one.layer].item.span): one for one in others}
        return [
            Label(
                self._place(self.layers[one.layer], one.error.attribute), f"{one.error.label}, too"
            )
            for one in list(lines.values())[:_MOST_ALIKE]
        ]

    def _becomes(self, index: int) -> str:
        before = self.linked[self.layers[index].inputs[0]][1]
        after = self.linked[index][1]
        return f"the map becomes {size_text(after)} here, from {size_text(before)}"

    def _size_changes(self, index: int) -> list[_SizeChange]:
        """The layers before one that change the height or width, the nearest first."""
        changes: list[_SizeChange] = []
        at = self.layers[index].inputs[0]
        while self.layers[at].inputs and self._walked < _MOST_WALKED:
            self._walked += 1
            source = self.layers[at].inputs[0]
            before, after = self.linked[source][1], self.linked[at][1]
            if len(before) == len(after) == 3 and before[:2] != after[:2]:
                changes.append(_SizeChange(at, before, after))
            at = source
        return changes

    def _suspects(self, changes: Sequence[_SizeChange], wants: str) -> list[Label]:
        """Layers before a misfit that may be the real fault.

        Where a larger map is wanted, the one that shrinks it most, if it is by more than
        a usual stride does; where a smaller one is, the last that changes the size.
        """
        suspects = list(changes[:1])
        if wants == "larger":
            most = max(changes, key=lambda change: change.factor, default=None)
            suspects = [most] if most is not None and most.factor >= UNUSUAL_SHRINK else []
        return [
            Label(self._place(self.layers[one.layer], *SIZE_ATTRIBUTES), self._becomes(one.layer))
            for one in suspects
        ]

    def _size_repair(
        self, alike: Sequence[Misfit], changes: Sequence[_SizeChange]
    ) -> Repair | None:
        """The change of one value that mends all maps of a wrong size, the likeliest one."""
        misfit, *others = alike
        best: tuple[Any, Repair] | None = None
        for distance, index in enumerate(self._suspected(misfit, changes)):
            before = self.linked[self.layers[index].inputs[0]][1]
            for repair in self.repairs.of_size(index, before):
                rank = (
                    repair.attribute != "dilation",
                    self.repairs.unlikeliness(repair),
                    distance,
                    self._distance(repair),
                )
                if best is not None and best[0] <= rank:
                    continue
                if self.trial.fits(
                    misfit.layer, self.repairs.changes(repair), others=[one.layer for one in others]
                ):
                    best = rank, repair
        return None if best is None else best[1]

    def _suspected(self, misfit: Misfit, changes: Sequence[_SizeChange]) -> list[int]:
        """The layers whose attributes may be wrong, the likeliest first."""
        odd = [
            one.layer for one in changes if one.factor >= UNUSUAL_SHRINK or self._is_odd(one.layer)
        ]
        odd = odd[-_MOST_SUSPECTS:]
        near = [one.layer for one in changes[:2]] if misfit.error.wants == "smaller" else []
        return list(dict.fromkeys([*odd, misfit.layer, *near]))

    def _is_odd(self, index: int) -> bool:
        """Whether a layer has a value of its own that no other line has."""
        layer = self.layers[index]
        return any(
            name in layer.item
            and name in layer.attributes
            and not isinstance(layer.attributes[name], str)
            and self.repairs.rarity(index, name) == 1
            for name in ("stride", "dilation")
        )

    def _distance(self, repair: Repair) -> int:
        """How far a new value is from the old one, so that the nearest is proposed."""
        old, new = self.layers[repair.layer].attributes[repair.attribute], repair.value
        if isinstance(old, str) or isinstance(new, str):
            return 0 if isinstance(new, str) and not isinstance(old, str) else 1
        return sum(abs(one - other) for one, other in zip(old, new, strict=True))

    def _fitting_size(self, misfit: Misfit) -> tuple[int, int] | None:
        """The nearest input size at which the whole network links."""
        height, width = self.input[:2]
        if height is None or width is None:
            return None
        sizes = self._sizes
        if sizes is None or sizes.never:
            return None
        try:
            found = (
                sizes.larger(height, width)
                if misfit.error.wants == "larger"
                else sizes.smaller(height, width)
            )
        except UndecidedError:
            return None
        return found if found is not None and self._links(found) else None

    @cached_property
    def _sizes(self) -> InputSizes | None:
        try:
            return InputSizes(self.layers, self.keep, self.limits.dimension)
        except UndecidedError:
            return None

    def _links(self, size: tuple[int, int]) -> bool:
        """Whether the whole network links at another input size."""
        if size not in self._linking:
            refused: list[int] = []
            shapes(
                self.layers,
                self.keep,
                (*size, self.input[2]),
                lambda index, *_: refused.append(index),
            )
            self._linking[size] = not refused
        return self._linking[size]

    @cached_property
    def _heads(self) -> set[str]:
        """The heads that misfits are in; the empty name stands for the trunk."""
        return {self.layers[misfit.layer].head for misfit in self.misfits}

    def _without(self, head: str) -> str:
        """The advice to leave a head out; empty where that is not enough or not possible."""
        others = [one.name for one in self.flat.heads[:2] if one.name != head]
        if not others or self._heads != {head}:
            return ""
        deleted = "" if head == self.flat.main else f", or with `{head}: delete` under `override`"
        return f"leave the head out with `--head {others[0]}`{deleted}"

    # Branches that meet

    def _unlike_branches(self, misfit: Misfit) -> Diagnostic:
        """The finding for branches that do not fit, blamed on the odd one out."""
        index, error, inputs = misfit
        merge = self.layers[index]
        component = _component(merge.op.name, inputs)
        parts = [_part(component, shape) for shape in inputs]
        text = size_text if error.code == "E0402" and component == "size" else shape_text
        repair = self._branch_repair(misfit, component, parts)
        if repair is None:
            odd = self._odd(merge, parts)
            blamed = self._parting(merge.inputs[odd], merge.fork, parts, odd, component)
            attribute = None if blamed is None else self._explains(blamed, component)
        else:
            odd, blamed, attribute = repair[1], repair[0].layer, repair[0].attribute
        reference = next((i for i, part in enumerate(parts) if part != parts[odd]), 0)
        owner = merge.path.rpartition("/")[0] or merge.path
        message = f"the branches of `{owner}` {error.message}"
        meeting = Label(
            merge.origin.span,
            f"`{merge.branches[reference]}` is {text(inputs[reference])}, "
            f"`{merge.branches[odd]}` is {text(inputs[odd])}",
        )
        helps: list[str] = []
        edits: tuple[Edit, ...] = ()
        if repair is not None:
            helps = [f"set `{self.repairs.text(repair[0])}`"]
            edits = self.repairs.edits(repair[0])
        shortcut = self._shortcut(misfit)
        if shortcut is not None:
            helps.append(shortcut[0])
            edits = edits or shortcut[1]
        notes = () if helps else error.notes
        if blamed is None:
            return Diagnostic(
                error.code, message, meeting, calls_of(merge), _joined(helps), notes, edits
            )
        layer = self.layers[blamed]
        after = self.linked[blamed][1]
        becomes = f"`{merge.branches[odd]}` becomes {text(after)} here"
        if component == "channels" and after[-1:] != parts[odd]:
            becomes = f"{text(after)} of `{merge.branches[odd]}` here"
        here = Label(self._place(layer, attribute), becomes)
        labels = (meeting, *self._given_at(layer, attribute), *calls_of(layer))
        return Diagnostic(error.code, message, here, labels, _joined(helps), notes, edits)

    def _branch_repair(
        self, misfit: Misfit, component: Component, parts: Sequence[Any]
    ) -> tuple[Repair, int] | None:
        """The change of one value that makes branches fit, and the branch that it is in."""
        merge = self.layers[misfit.layer]
        counts = Counter(parts)
        usual = [part for part, _ in counts.most_common(_MOST_WANTED)]
        names = SIZE_ATTRIBUTES if component == "size" else ("filters", "units")
        branches = [self._inside(end, merge.fork) for end in merge.inputs]
        arguments = self.repairs.arguments(chain.from_iterable(branches), names)
        best: tuple[Any, Repair, int] | None = None
        for branch, (end, inside) in enumerate(zip(merge.inputs, branches, strict=True)):
            wanted = [part for part in usual if part != parts[branch]]
            changes = self._changes_of(component, inside, end, wanted, parts[branch], arguments)
            for distance, repair in changes:
                rank = (
                    not repair.borrowed,
                    counts[parts[branch]],
                    self.repairs.unlikeliness(repair) if component == "size" else 0,
                    not self.repairs.default(repair),
                    distance,
                    self._distance(repair) if component == "size" else 0,
                )
                if best is not None and best[0] <= rank:
                    continue
                changed = self.repairs.changes(repair)
                if self.trial.misfits(changed, until=misfit.layer) == set() and self.trial.fits(
                    misfit.layer, changed
                ):
                    best = rank, repair, branch
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
            if decides or layer.attributes.get("depth_multiplier", 1) != 1:
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
            return _written(layer, ("filters", "units", "depth_multiplier"))
        after = self.linked[index][1]
        before = self.linked[layer.inputs[0]][1]
        if component == "size" and len(before) == len(after) == 3:
            change = _SizeChange(index, before, after)
            if change.factor >= 1.6:
                return _written(layer, ("stride",))
            order = ("padding", "dilation", "kernel", "stride")
            return _written(layer, order)
        return None

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

    # Other misfits

    def _unreadable(self, misfit: Misfit) -> Diagnostic:
        index, error, _ = misfit
        layer = self.layers[index]
        blame = Label(self._place(layer, error.attribute), error.label)
        labels = (*self._given_at(layer, error.attribute), *calls_of(layer))
        helps, edits = self._help(misfit)
        return Diagnostic(
            error.code,
            f"`{layer.path}`: {error.message}",
            blame,
            labels,
            tuple(helps),
            error.notes,
            edits,
        )

    def _help(self, misfit: Misfit) -> tuple[list[str], tuple[Edit, ...]]:
        """What mends a layer that cannot read what comes in, tried."""
        index, error, inputs = misfit
        shape = inputs[0]
        if error.code == "E0409":
            for repair in self.repairs.of_size(index, shape):
                if repair.attribute == "padding" and self.trial.fits(
                    index, self.repairs.changes(repair)
                ):
                    return [f"set `{self.repairs.text(repair)}`"], self.repairs.edits(repair)
        if error.code == "E0407":
            size = self._typical_size()
            return ([f"give the input a size, such as `--input {size}`"] if size else []), ()
        if error.code == "E0404" and len(shape) == 3:
            return self._vector_before(misfit)
        if error.code == "E0404":
            return self._map_before(misfit)
        return [], ()

    def _typical_size(self) -> str:
        """A size at which a network of open size links; empty without one."""
        try:
            sizes = InputSizes(self.layers, self.keep, self.limits.dimension)
            found = None if sizes.never else sizes.larger(224, 224)
        except UndecidedError:
            return ""
        return f"{found[0]}x{found[1]}" if found is not None and self._links(found) else ""

    def _vector_before(self, misfit: Misfit) -> tuple[list[str], tuple[Edit, ...]]:
        """The layers that make a vector of the map that comes in, where that is enough."""
        layer, shape = self.layers[misfit.layer], misfit.inputs[0]
        units = layer.attributes.get("units")
        output = (shape[-1] if units == "input" else units,)
        if not self.trial.fits(misfit.layer, outputs={misfit.layer: output}):
            return [], ()
        ways = ["global_avg_pool"]
        ways += ["flatten"] if elements(shape) is not None else []
        ways += ["squeeze"] if shape[:2] == (1, 1) else []
        edit = _before(layer, f"{{op: {ways[0]}}}")
        return [f"put {_either(ways)} before it"], () if edit is None else (edit,)

    def _map_before(self, misfit: Misfit) -> tuple[list[str], tuple[Edit, ...]]:
        """The layer that made a vector of the map, if a layer of maps can stand before it."""
        layer = self.layers[misfit.layer]
        if layer.op.name == "squeeze" and self.trial.fits(
            misfit.layer, outputs={misfit.layer: misfit.inputs[0]}
        ):
            return ["remove it"], ()
        at = layer.inputs[0]
        while len(self.linked[self.layers[at].inputs[0]][1]) == 1:
            at = self.layers[at].inputs[0]
        made, shape = self.layers[at], self.linked[self.layers[at].inputs[0]][1]
        try:
            output = linked_layer(layer, layer.attributes, [shape], shape)[1]
            vector = linked_layer(made, made.attributes, [output], output)[1]
        except OperatorError:
            return [], ()
        if not self.trial.fits(misfit.layer, outputs={misfit.layer: vector}):
            return [], ()
        return [f"put it before `{made.path}`, which makes a vector of the map"], ()

    def _undivided(self, misfit: Misfit) -> Diagnostic:
        """Channels that do not divide into groups: the width is to blame if it scaled them."""
        index, error, inputs = misfit
        layer = self.layers[index]
        blame = Label(self._place(layer, error.attribute), error.label)
        labels = (*self._given_at(layer, error.attribute), *calls_of(layer))
        message = f"`{layer.path}`: {error.message}"
        width = self.flat.width
        unscaled = {
            i: {"filters": one.unscaled}
            for i, one in enumerate(self.layers)
            if one.unscaled is not None
        }
        if unscaled and self.trial.fits(index, unscaled):
            given = width.place or external(f"--width {width.factor:g}")
            place = Label(given, "scales the filters")
            return Diagnostic(
                error.code, message, place, (blame, *labels), self._fitting_width(misfit)
            )
        helps: list[str] = []
        edits: tuple[Edit, ...] = ()
        for groups in self._divisors(layer, inputs[0]):
            repair = Repair(index, "groups", groups)
            if self.trial.fits(index, self.repairs.changes(repair)):
                helps = [f"set `groups: {groups}`"]
                edits = self.repairs.edits(repair)
                break
        return Diagnostic(error.code, message, blame, labels, tuple(helps), error.notes, edits)

    def _divisors(self, layer: FlatLayer, shape: Shape) -> list[int]:
        """The numbers of groups that divide the channels, the nearest first."""
        groups, channels = layer.attributes["groups"], shape[-1] or 1
        near = range(max(1, groups - 64), groups + 65)
        return sorted((n for n in near if channels % n == 0), key=lambda n: abs(n - groups))[:4]

    def _fitting_width(self, misfit: Misfit) -> tuple[str, ...]:
        """The nearest width, in steps of an eighth, at which the whole network links."""
        width = self.flat.width
        steps = sorted(range(1, 17), key=lambda n: abs(n / 8 - width.factor))
        for step in steps:
            factor = step / 8
            other = replace(width, factor=factor)
            changes = {
                i: {"filters": other.scale(one.unscaled, int(one.item.get("at_least", 1)))}
                for i, one in enumerate(self.layers)
                if one.unscaled is not None
            }
            if factor != width.factor and self.trial.fits(misfit.layer, changes):
                return (f"take a width that keeps the groups, such as `--width {factor:g}`",)
        return ()

    # Places

    def _place(self, layer: FlatLayer, *attributes: str | None) -> Span:
        """Where the first of some attributes is written in a layer, or what names the layer."""
        name = _written(layer, [one for one in attributes if one is not None])
        return (None if name is None else layer.place(name)) or name_of(layer)

    def _given_at(self, layer: FlatLayer, attribute: str | None) -> tuple[Label, ...]:
        given = layer.given(attribute)
        return (Label(given, "the value comes from here"),) if given else ()


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


def calls_of(layer: FlatLayer) -> tuple[Label, ...]:
    """The calls that led to a layer, as labels."""
    return tuple(Label(span, "called here") for span in layer.origin.called_at)


def name_of(layer: FlatLayer) -> Span:
    """The smallest place that tells which layer is meant."""
    named = next((key for key in ("name", "op", "block") if key in layer.item.value_spans), None)
    return layer.item.value_spans[named] if named else layer.origin.span


def _written(layer: FlatLayer, attributes: Sequence[str]) -> str | None:
    """The first of some attributes that a layer itself gives."""
    return next((name for name in attributes if name in layer.item), None)


def _sides(sides: tuple[int, int]) -> str:
    return str(sides[0]) if sides[0] == sides[1] else f"{sides[0]}x{sides[1]}"


def _joined(helps: Sequence[str]) -> tuple[str, ...]:
    """Helps of which one is enough."""
    return tuple(f"or {one}" if place else one for place, one in enumerate(helps))


def _either(words: Sequence[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " or ".join(quoted) if len(quoted) < 3 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _into(merge: FlatLayer, text: str) -> tuple[Edit, ...]:
    """An entry put first into a mapping that is written in braces."""
    span = merge.item.span
    if span.source.line(span.line)[span.column - 1 : span.column] != "{":
        return ()
    start = span._replace(column=span.column + 1, end_line=span.line, end_column=span.column + 1)
    return (Edit(start, f"{text}, " if merge.item else text),)


def _before(layer: FlatLayer, entry: str) -> Edit | None:
    """An entry put before the line of a layer, in the same list."""
    span = layer.item.span
    start = span._replace(end_line=span.line, end_column=span.column)
    before = span.source.line(span.line)[: span.column - 1]
    if not before.strip(" -"):
        return Edit(start, f"{entry}\n{before}")
    return Edit(start, f"{entry}, ")


def _way(changes: Sequence[_SizeChange], layers: Sequence[FlatLayer]) -> tuple[str, ...]:
    """The sizes that the map has on its way to a misfit, as a note."""
    if not changes:
        return ()
    steps = [
        f"{size_text(one.after)} at `{layers[one.layer].path}`"
        for one in reversed(changes[:_MOST_SHOWN])
    ]
    dots = "..., " if len(changes) > _MOST_SHOWN else ""
    before = size_text(changes[-1].before)
    return (f"on its way the map of {before} becomes {dots}{', '.join(steps)}",)
