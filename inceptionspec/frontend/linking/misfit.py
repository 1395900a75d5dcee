"""A network that does not link: its misfits, and what explanations of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from inceptionspec.diagnostics.diagnostic import Label
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Span
from inceptionspec.frontend.linking.flat import FlatLayer, FlatNetwork
from inceptionspec.frontend.linking.input_sizes import InputSizes, UndecidedError
from inceptionspec.frontend.linking.repairs import Repair, Repairs
from inceptionspec.frontend.linking.shape_inference import Linked, Misfit, shapes
from inceptionspec.frontend.linking.trial import Trial
from inceptionspec.ops.record import Shape


class UnlinkedNetwork:
    """A network under an input of some shape, at which some layers cannot read what comes in.

    Args:
        keep: the layers that were linked, in order.
        shape: height, width and channels of the input.
        linked: what the layers came to, as far as they can be reached.
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
        self._linking: dict[tuple[int, int], bool] = {}

    @cached_property
    def sizes(self) -> InputSizes | None:
        """The input sizes that fit; None where they were not found."""
        try:
            return InputSizes(self.layers, self.keep, self.limits.dimension)
        except UndecidedError:
            return None

    def links(self, size: tuple[int, int]) -> bool:
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


class Explainer:
    """What explains one kind of misfit of a network; trials have one budget for all kinds."""

    def __init__(self, network: UnlinkedNetwork) -> None:
        self.network = network
        self.flat = network.flat
        self.layers = network.layers
        self.linked = network.linked
        self.trial = network.trial
        self.repairs = network.repairs


def change_of(layer: FlatLayer, repair: Repair) -> int:
    """How far a new value is from the old one, so that the nearest is proposed."""
    old, new = layer.attributes[repair.attribute], repair.value
    if isinstance(old, str) or isinstance(new, str):
        return 0 if isinstance(new, str) and not isinstance(old, str) else 1
    return sum(abs(one - other) for one, other in zip(old, new, strict=True))


def place_in(layer: FlatLayer, *attributes: str | None) -> Span:
    """Where the first of some attributes is written in a layer, or what names the layer."""
    name = written(layer, [one for one in attributes if one is not None])
    return (None if name is None else layer.place(name)) or name_of(layer)


def given_at(layer: FlatLayer, attribute: str | None) -> tuple[Label, ...]:
    """Where an argument was given that stands for an attribute, as a label."""
    given = layer.given(attribute)
    return (Label(given, "the value comes from here"),) if given else ()


def calls_of(layer: FlatLayer) -> tuple[Label, ...]:
    """The calls that led to a layer, as labels."""
    return tuple(Label(span, "called here") for span in layer.origin.called_at)


def name_of(layer: FlatLayer) -> Span:
    """The smallest place that tells which layer is meant."""
    named = next((key for key in ("name", "op", "block") if key in layer.item.value_spans), None)
    return layer.item.value_spans[named] if named else layer.origin.span


def written(layer: FlatLayer, attributes: Sequence[str]) -> str | None:
    """The first of some attributes that a layer itself gives."""
    return next((name for name in attributes if name in layer.item), None)


def joined(helps: Sequence[str]) -> tuple[str, ...]:
    """Helps of which one is enough."""
    return tuple(f"or {one}" if place else one for place, one in enumerate(helps))
