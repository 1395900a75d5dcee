"""A network linked under a change, so that advice is tried before it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from inceptionspec.diagnostics.limits import Limits
from inceptionspec.frontend.linking.flat import FlatLayer
from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError
from inceptionspec.frontend.linking.shape_inference import Linked, linked_layer
from inceptionspec.frontend.linking.size_limits import is_large
from inceptionspec.ops.record import OperatorError, Shape

#: New attributes by layer.
Changes = Mapping[int, Mapping[str, Any]]
_NO_CHANGES: Changes = {}
_NO_SHAPES: Mapping[int, Shape] = {}
# What all trials of a network may cost together, in layers that are passed or linked anew.
_MOST_PASSED = 150_000
_MOST_LINKED = 12_000
# The rules about an open size of one layer cost as much as passing some.
_PASSED_PER_RULE = 10


class Trial:
    """Links a network again, but only what a change reaches.

    Args:
        keep: the layers that are linked, in order.
        linked: what they came to without a change; those that cannot be reached are absent.
        misfits: the layers that could not read what came in.
    """

    def __init__(
        self,
        layers: Sequence[FlatLayer],
        keep: Sequence[int],
        linked: Mapping[int, Linked],
        misfits: Mapping[int, OperatorError],
        limits: Limits,
    ) -> None:
        self.layers = layers
        self.keep = keep
        self.linked = linked
        self.known = misfits
        self.limits = limits
        self._at = {index: place for place, index in enumerate(keep)}
        self._passed = 0
        self._relinked = 0

    @property
    def exhausted(self) -> bool:
        """Whether so much was tried that nothing more is."""
        return self._passed > _MOST_PASSED or self._relinked > _MOST_LINKED

    def fits(
        self,
        misfit: int,
        changes: Changes = _NO_CHANGES,
        outputs: Mapping[int, Shape] = _NO_SHAPES,
        others: Sequence[int] = (),
    ) -> bool:
        """Whether a change mends a misfit and breaks nothing that was reached or is reached now.

        Args:
            outputs: layers that are taken to yield some shape, whatever they read.
            others: further misfits that it must mend.
        """
        misfits = self.misfits(changes, outputs)
        if misfits is None or misfit in misfits or misfits - self.known.keys():
            return False
        return all(self._is_mended(other, changes, misfits) for other in others) and (
            not self._is_open or self._fits_some_size(changes)
        )

    @property
    def _is_open(self) -> bool:
        return None in self.linked[self.keep[0]][1]

    def _fits_some_size(self, changes: Changes) -> bool:
        """Whether some input size fits where the size is open: shapes alone do not tell."""
        self._passed += _PASSED_PER_RULE * len(self.keep)
        layers = list(self.layers)
        for index, attributes in changes.items():
            layer = self.layers[index]
            layers[index] = replace(layer, attributes={**layer.attributes, **attributes})
        with suppress(UndecidedError):
            return not InputSizes(layers, self.keep, self.limits.dimension).never
        return False

    def _is_mended(self, other: int, changes: Changes, misfits: set[int]) -> bool:
        return other >= min(changes, default=other + 1) and other not in misfits

    def misfits(
        self,
        changes: Changes,
        outputs: Mapping[int, Shape] = _NO_SHAPES,
        until: int | None = None,
    ) -> set[int] | None:
        """The layers that do not fit under a change; None where too much was tried.

        Args:
            until: the last layer to look at; the whole network without it.
        """
        if self.exhausted:
            return None
        found: set[int] = set()
        anew: dict[int, Linked] = {}
        lost: set[int] = set()
        start = min((*changes, *outputs), key=self._at.__getitem__)
        for index in self.keep[self._at[start] :]:
            if until is not None and index > until:
                break
            layer = self.layers[index]
            self._passed += len(layer.inputs)
            reached = index in self.linked
            if (
                reached
                and index not in changes
                and index not in outputs
                and (not anew or anew.keys().isdisjoint(layer.inputs))
                and (layer.entry is None or layer.entry not in anew)
                and (not lost or lost.isdisjoint(layer.inputs))
            ):
                continue
            if index in outputs:
                attributes = layer.attributes if not reached else self.linked[index][0]
                anew[index] = (attributes, outputs[index], ())
                continue
            now = {source: anew.get(source) or self.linked.get(source) for source in layer.inputs}
            if not lost.isdisjoint(layer.inputs) or None in now.values():
                lost.add(index)
                continue
            self._relinked += len(layer.inputs)
            inputs = [one[1] for one in (now[source] for source in layer.inputs) if one]
            entry = None
            if layer.entry is not None:
                entry = anew.get(layer.entry) or self.linked.get(layer.entry)
            given = {**layer.attributes, **changes.get(index, {})}
            try:
                result = linked_layer(layer.op, given, inputs, entry[1] if entry else inputs[0])
            except OperatorError:
                found.add(index)
                lost.add(index)
                continue
            if is_large(result[1], self.limits):
                found.add(index)
                lost.add(index)
            elif not reached or index in changes or result[1] != self.linked[index][1]:
                anew[index] = result
        return found
