"""From a file of weights to the arrays of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.weights.slim_checkpoint import LoadedWeights, checkpoint_values
from inceptionspec.weights.transfer import from_base


class WeightOptions(NamedTuple):
    """How a file of weights is read into a network.

    Attributes:
        average: read the moving averages of the variables instead of the variables.
        fresh: parts of the network that start fresh whatever the file holds: paths, with
            patterns.
        drop_background: leave out the first of the file's classes, which TF-Slim calls background.
        without: parts of the file that are left out, by the network's paths, with patterns.
        base: the spec that the file is of, where the network is a variant of it; by default
            the file is tried against the network itself, then against its bases.
    """

    average: bool = False
    fresh: tuple[str, ...] = ()
    drop_background: bool = False
    without: tuple[str, ...] = ()
    base: str | None = None


DEFAULT_WEIGHT_OPTIONS = WeightOptions()


#: Findings of a file that may fit a base of the network: what is missing, what does not fit.
_MISFITS = frozenset({"E0701", "E0702"})


def load_weights(
    loaded: LoadedSpec,
    file: str,
    options: WeightOptions = DEFAULT_WEIGHT_OPTIONS,
    nodes: Iterable[int] | None = None,
) -> LoadedWeights:
    """The arrays of some nodes of a network, from a file of any known format.

    Every weight of the nodes has an array, float32 in TensorFlow's layout: what the file does
    not give and the options allow to miss starts fresh.

    Args:
        loaded: the network.
        file: a file of weights.
        options: how it is read.
        nodes: the numbers of the nodes; all of them by default.

    Raises:
        SpecError: weights are missing (E0701) or do not fit (E0702), or the file cannot be
            read (E0703).
    """
    graph = loaded.graph
    asked = range(len(graph.nodes)) if nodes is None else tuple(nodes)

    def read(network: LoadedSpec, wanted: Collection[int]) -> LoadedWeights:
        return checkpoint_values(network.graph, file, wanted, average=options.average)

    misfit = None
    if options.base is None:
        try:
            return read(loaded, asked)
        except SpecError as error:
            if error.findings[0].code not in _MISFITS:
                raise
            misfit = error
    found = from_base(loaded, asked, read, base=options.base)
    if found is None:
        assert misfit is not None
        raise _with_bases(misfit, loaded)
    transferred, source = found
    return source._replace(arrays=transferred.arrays, transferred=transferred)


def _with_bases(misfit: SpecError, loaded: LoadedSpec) -> SpecError:
    """A misfit of a variant, with the bases that do not fit either."""
    bases = [str(document["name"]) for document in loaded.spec.files[1:]]
    if not bases:
        return misfit
    first, *others = misfit.findings
    note = f"it does not fit {listed(bases, 'or')} either, which the network extends"
    first = dataclasses.replace(first, notes=(*first.notes, note))
    return SpecError([first, *others], misfit.complete)
