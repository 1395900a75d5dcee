"""Windows and maps of a wrong size, and findings that say where the size went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Edit, Label
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.input_sizes import UndecidedError
from inceptionspec.frontend.linking.misfit import (
    Explainer,
    UnlinkedNetwork,
    calls_of,
    change_of,
    given_at,
    joined,
    place_in,
)
from inceptionspec.frontend.linking.repairs import SIZE_ATTRIBUTES, Repair
from inceptionspec.frontend.linking.shape_inference import Misfit
from inceptionspec.ops.record import Shape, size_text

#: From this factor on a map shrinks by more than the strides of known networks.
UNUSUAL_SHRINK = 3
#: At most this many earlier layers are suspected of a misfit.
_MOST_SUSPECTS = 8
#: A note names at most this many sizes that a map has on its way.
_MOST_SHOWN = 8
#: At most this many more layers with the same fault are labeled.
_MOST_ALIKE = 2
#: Layers that are walked back over to say how a map came to its size, all findings together.
_MOST_WALKED = 50_000


class SizeChange(NamedTuple):
    """A layer that changes the height or the width of the map."""

    layer: int
    before: Shape
    after: Shape

    @property
    def factor(self) -> float:
        """By how much the map shrinks, along the side that shrinks more."""
        sides = zip(self.before[:2], self.after[:2], strict=True)
        return max((old or 1) / (new or 1) for old, new in sides)


class SizeErrors(Explainer):
    """Explains maps that are too small for a window or too large to be squeezed."""

    def __init__(self, network: UnlinkedNetwork) -> None:
        super().__init__(network)
        self._walked = 0
        self._size = self.flat.spec.input.value_spans["size"]

    def finding(self, alike: Sequence[Misfit]) -> Diagnostic:
        """The finding about misfits of one cause, blamed on the layer that explains them."""
        misfit = alike[0]
        index, error, _ = misfit
        layer = self.layers[index]
        message, code, refused = f"`{layer.path}`: {error.message}", error.code, error.label
        changes = self._size_changes(index)
        labels = [*self._alike(alike[1:]), *calls_of(layer)]
        size = self._fitting_size(misfit)
        bound = "" if size is None else f"{size[0]}x{size[1]}"
        if error.code != "E0414":  # of multiples, most larger ones do not fit
            bound = f"at {'least' if error.wants == 'larger' else 'most'} {bound}"
        helps: list[str] = []
        if size is not None and layer.head:
            code = "E0406"
            message = (
                f"the head `{layer.head}` needs an input of {bound}, "
                f"this one is {size_text(self.network.input)}"
            )
            refused = error.message.replace("its ", "this ", 1)
        here = Label(place_in(layer, error.attribute), refused)
        given = Label(self._size, f"the input is {size_text(self.network.input)}")
        by_user = self._size.source.text is None
        repair = None if by_user else self._size_repair(alike, changes)
        edits: tuple[Edit, ...] = ()
        blame = here
        if repair is not None:
            blamed = self.layers[repair.layer]
            helps, edits = [f"set `{self.repairs.text(repair)}`"], self.repairs.edits(repair)
            if repair.layer != index:
                blame = Label(place_in(blamed, repair.attribute), self._becomes(repair.layer))
                labels = [here, *given_at(blamed, repair.attribute), *labels]
            else:
                # A window is too large for its map, whatever padding would help it.
                attribute = error.attribute if repair.attribute == "padding" else repair.attribute
                blame = Label(place_in(blamed, attribute), refused)
                labels = [*given_at(blamed, repair.attribute), *labels]
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
        return Diagnostic(code, message, blame, tuple(labels), joined(helps), notes, edits)

    def _alike(self, others: Sequence[Misfit]) -> list[Label]:
        lines = {(self.layers[one.layer].item.span): one for one in others}
        return [
            Label(place_in(self.layers[one.layer], one.error.attribute), f"{one.error.label}, too")
            for one in list(lines.values())[:_MOST_ALIKE]
        ]

    def _becomes(self, index: int) -> str:
        before = self.linked[self.layers[index].inputs[0]][1]
        after = self.linked[index][1]
        return f"the map becomes {size_text(after)} here, from {size_text(before)}"

    def _size_changes(self, index: int) -> list[SizeChange]:
        """The layers before one that change the height or width, the nearest first."""
        changes: list[SizeChange] = []
        at = self.layers[index].inputs[0]
        while self.layers[at].inputs and self._walked < _MOST_WALKED:
            self._walked += 1
            source = self.layers[at].inputs[0]
            before, after = self.linked[source][1], self.linked[at][1]
            if len(before) == len(after) == 3 and before[:2] != after[:2]:
                changes.append(SizeChange(at, before, after))
            at = source
        return changes

    def _suspects(self, changes: Sequence[SizeChange], wants: str) -> list[Label]:
        """Layers before a misfit that may be the real fault.

        Where a larger map is wanted, the one that shrinks it most, if it is by more than
        a usual stride does; where a smaller one is, the last that changes the size.
        """
        suspects = list(changes[:1])
        if wants == "larger":
            most = max(changes, key=lambda change: change.factor, default=None)
            suspects = [most] if most is not None and most.factor >= UNUSUAL_SHRINK else []
        return [
            Label(place_in(self.layers[one.layer], *SIZE_ATTRIBUTES), self._becomes(one.layer))
            for one in suspects
        ]

    def _size_repair(self, alike: Sequence[Misfit], changes: Sequence[SizeChange]) -> Repair | None:
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
                    change_of(self.layers[repair.layer], repair),
                )
                if best is not None and best[0] <= rank:
                    continue
                if self.trial.fits(
                    misfit.layer, self.repairs.changes(repair), others=[one.layer for one in others]
                ):
                    best = rank, repair
        return None if best is None else best[1]

    def _suspected(self, misfit: Misfit, changes: Sequence[SizeChange]) -> list[int]:
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

    def _fitting_size(self, misfit: Misfit) -> tuple[int, int] | None:
        """The nearest input size at which the whole network links."""
        height, width = self.network.input[:2]
        if height is None or width is None:
            return None
        sizes = self.network.sizes
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
        return found if found is not None and self.network.links(found) else None

    @cached_property
    def _heads(self) -> set[str]:
        """The heads that misfits are in; the empty name stands for the trunk."""
        return {self.layers[misfit.layer].head for misfit in self.network.misfits}

    def _without(self, head: str) -> str:
        """The advice to leave a head out; empty where that is not enough or not possible."""
        others = [one.name for one in self.flat.heads[:2] if one.name != head]
        if not others or self._heads != {head}:
            return ""
        deleted = "" if head == self.flat.main else f", or with `{head}: delete` under `override`"
        return f"leave the head out with `--head {others[0]}`{deleted}"


def _way(changes: Sequence[SizeChange], layers: Sequence[FlatLayer]) -> tuple[str, ...]:
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
