"""Layers that cannot read what comes in for its kind or its channels, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inceptionspec.diagnostics.diagnostic import Diagnostic, Edit, Label
from inceptionspec.diagnostics.source import external
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.input_sizes import TYPICAL_SIDE, UndecidedError
from inceptionspec.frontend.linking.misfit import Explainer, calls_of, given_at, place_in
from inceptionspec.frontend.linking.repairs import Repair
from inceptionspec.frontend.linking.shape_inference import Misfit, counted, linked_layer
from inceptionspec.ops.record import OperatorError, Shape, elements


class LayerErrors(Explainer):
    """Explains maps where vectors are read, open sizes, padding alone, and groups."""

    def finding(self, misfit: Misfit) -> Diagnostic:
        """The finding about one layer, with advice that was tried."""
        undivided = misfit.error.code == "E0408"
        return self._undivided(misfit) if undivided else self._unreadable(misfit)

    def _unreadable(self, misfit: Misfit) -> Diagnostic:
        index, error, _ = misfit
        layer = self.layers[index]
        blame = Label(place_in(layer, error.attribute), error.label)
        labels = (*given_at(layer, error.attribute), *calls_of(layer))
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
        sizes = self.network.sizes
        if sizes is None or sizes.never:
            return ""
        try:
            found = sizes.larger(TYPICAL_SIDE, TYPICAL_SIDE)
        except UndecidedError:
            return ""
        return f"{found[0]}x{found[1]}" if found is not None and self.network.links(found) else ""

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
            output = linked_layer(layer.op, layer.attributes, [shape], shape)[1]
            vector = linked_layer(made.op, made.attributes, [output], output)[1]
        except OperatorError:
            return [], ()
        if not self.trial.fits(misfit.layer, outputs={misfit.layer: vector}):
            return [], ()
        return [f"put it before `{made.path}`, which makes a vector of the map"], ()

    def _undivided(self, misfit: Misfit) -> Diagnostic:
        """Channels that do not divide into groups: the width is to blame if it scaled them."""
        index, error, inputs = misfit
        layer = self.layers[index]
        blame = Label(place_in(layer, error.attribute), error.label)
        labels = (*given_at(layer, error.attribute), *calls_of(layer))
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
        entry = shape if layer.entry is None else self.linked[layer.entry][1]
        groups, channels = counted(layer.op, layer.attributes, entry)["groups"], shape[-1] or 1
        near = range(max(1, groups - 64), groups + 65)
        return sorted((n for n in near if channels % n == 0), key=lambda n: abs(n - groups))[:4]

    def _fitting_width(self, misfit: Misfit) -> tuple[str, ...]:
        """The nearest width, in steps of an eighth, at which the whole network links."""
        width = self.flat.width
        steps = sorted(range(1, 17), key=lambda n: abs(n / 8 - width.factor))
        for step in steps:
            factor = step / 8
            other = replace(width, given=factor)
            changes = {
                i: {"filters": other.scale(one.unscaled, int(one.item.get("at_least", 1)))}
                for i, one in enumerate(self.layers)
                if one.unscaled is not None
            }
            if factor != width.factor and self.trial.fits(misfit.layer, changes):
                return (f"take a width that keeps the groups, such as `--width {factor:g}`",)
        return ()


def _either(words: Sequence[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " or ".join(quoted) if len(quoted) < 3 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _before(layer: FlatLayer, entry: str) -> Edit | None:
    """An entry put before the line of a layer, in the same list."""
    span = layer.item.span
    start = span._replace(end_line=span.line, end_column=span.column)
    before = span.source.line(span.line)[: span.column - 1]
    if not before.strip(" -"):
        return Edit(start, f"{entry}\n{before}")
    return Edit(start, f"{entry}, ")
