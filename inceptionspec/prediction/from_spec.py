"""A spec with a file of weights as a network that can be shown pictures."""

from __future__ import annotations

from collections.abc import Callable

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors
from inceptionspec.prediction.model import (
    Model,
    Network,
    classes_of,
    function_of,
    main_head,
    smallest_input,
    stated_steps,
)
from inceptionspec.prediction.results import Member
from inceptionspec.prediction.runtimes import RUNTIMES, Values, installed_runtime
from inceptionspec.weights.load import (
    DEFAULT_WEIGHT_OPTIONS,
    LoadedWeights,
    WeightOptions,
    load_weights,
)

_SURPLUS = "W0109"
#: Told of weights that were read.
Tell = Callable[[LoadedWeights], object]


def doubts(found: LoadedWeights) -> tuple[Diagnostic, ...]:
    """The warnings about weights that count here.

    What else a file holds, such as an auxiliary head, changes no answer.
    """
    return tuple(one for one in found.warnings if one.code != _SURPLUS)


def started_fresh(found: LoadedWeights) -> tuple[str, ...]:
    """The sentence on layers that no file gave weights, so that classes are drawn at random."""
    if found.transferred is not None:
        fresh = [one.path for one in found.transferred.layers if one.status == "fresh"]
    else:
        fresh = list(dict.fromkeys(one.path for one in found.report.fresh))
    which = f"probabilities depend on weights that start fresh: {listed(fresh)}"
    return (which,) if fresh else ()


class SpecNetwork(Network):
    """A spec whose main head is predicted."""

    def __init__(
        self,
        loaded: LoadedSpec,
        weights: str | Values,
        place: Span,
        options: WeightOptions = DEFAULT_WEIGHT_OPTIONS,
        *,
        tell: Tell = lambda found: None,
        runtime: str | None = None,
    ) -> None:
        """Check what can be checked before weights are read.

        Args:
            loaded: the spec.
            weights: a file, or the arrays that the main head depends on.
            place: what findings show that no text holds.
            options: how the file is read.
            tell: is told what the file made noteworthy.
            runtime: a name of ``RUNTIMES``; the first that is installed by default.

        Raises:
            SpecError: the spec states no preprocessing (E0719) or has no head (E0806), or
                nothing is installed that computes it (E0704).
        """
        self._steps = stated_steps(loaded, place)
        self._head = main_head(loaded)
        self._runtime = runtime or installed_runtime()
        self._loaded = loaded
        self._weights = weights
        self._options = options
        self._tell = tell
        height, width, _ = loaded.graph.nodes[0].shape
        self.name = loaded.name
        self.size = height, width
        self.classes = classes_of(loaded.graph, self._head)
        self.smallest = smallest_input(loaded, self._head)

    def model(self, batch: int) -> Model:
        """Read its weights and make it ready.

        Raises:
            SpecError: as ``load_weights`` does.
        """
        graph, head = self._loaded.graph, self._head
        values = self._weights
        if isinstance(values, str):
            found = load_weights(
                self._loaded, values, self._options, ancestors(graph.nodes, [head.output])
            )
            self._tell(found)
            values = found.arrays
        run = RUNTIMES[self._runtime].make(graph, values, head.name, batch)
        file = self._weights if isinstance(self._weights, str) else ""
        member = Member(self.name, self._loaded.digests["network"], file, self._runtime)
        function = function_of(graph, head)
        return Model(member, self._steps, self.size, function, False, batch, run, self.smallest)
