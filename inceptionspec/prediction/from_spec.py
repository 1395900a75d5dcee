"""A spec with a file of weights as a network that can be shown pictures."""

from __future__ import annotations

from collections.abc import Callable

from inceptionspec.backends.engines import weights_frozen
from inceptionspec.bench.choice import AUTO, Chosen, choose, set_switches
from inceptionspec.bench.request.request import BenchRequest
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.diagnostics.source import Span
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.engines.available import check_any_available, check_available
from inceptionspec.engines.compiled import Values
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import ancestors
from inceptionspec.pictures.stated import stated_steps
from inceptionspec.prediction.model import (
    Model,
    Network,
    classes_of,
    function_of,
    main_head,
    smallest_input,
)
from inceptionspec.prediction.results import Member
from inceptionspec.quantization.lowering import IN_FLOAT32, Lowering
from inceptionspec.weights.load import (
    DEFAULT_WEIGHT_OPTIONS,
    LoadedWeights,
    WeightOptions,
    load_weights,
)

_SURPLUS = "W0109"
#: Told of weights that were read, which engine `auto` stands for, and what a precision costs.
Tell = Callable[[LoadedWeights | Chosen | PrecisionCost], object]


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
        engine: str = AUTO,
        lowering: Lowering = IN_FLOAT32,
    ) -> None:
        """Check what can be checked before weights are read.

        Args:
            loaded: the spec.
            weights: a file, or the arrays that the main head depends on.
            place: what findings show that no text holds.
            options: how the file is read.
            tell: is told what the file made noteworthy, which engine ``auto`` stands for, and what
                a precision below float32 costs.
            engine: a name of ``ENGINES``, or ``auto`` for the fastest that is known of. In a
                process whose weights are frozen, ``auto`` also sets TensorFlow's switches.
            lowering: what it computes in, and how it comes to that.

        Raises:
            SpecError: the spec states no preprocessing (E0719) or has no head (E0806), or
                nothing is installed that computes it (E0704, E0820), or not here (E0821), or not
                in the precision (E0823).
        """
        self._steps = stated_steps(loaded, place)
        self._head = main_head(loaded)
        told = f"precision={lowering.precision!r}"
        if engine == AUTO:
            check_any_available(lowering.precision, told)
        else:
            check_available(engine, f"engine={engine!r}, {told}", lowering.precision)
        self._engine = engine
        self._lowering = lowering
        self._place = place
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
        engine = self._chosen(batch)
        from inceptionspec.engines.inference import Inference

        quantized, cost = self._lowered(values, batch, engine)
        run = Inference(
            graph,
            values,
            head.name,
            batch=batch,
            engine=engine,
            precision=self._lowering.precision,
            quantized=quantized,
            cost=cost,
        )
        file = self._weights if isinstance(self._weights, str) else ""
        digest = self._loaded.digests["network"]
        member = Member(self.name, digest, file, engine, run.precision)
        function = function_of(graph, head)
        return Model(member, self._steps, self.size, function, False, batch, run, self.smallest)

    def _lowered(
        self, values: Values, batch: int, engine: str
    ) -> tuple[bytes | None, PrecisionCost | None]:
        """The network in integers for int8, and what the precision costs, which is told."""
        if not self._lowering.lowers:
            return None, None
        from inceptionspec.engines.inference import engine_faults
        from inceptionspec.quantization.lowered import Lowered

        head = self._head.name
        lowered = Lowered(self._loaded, values, head, self._lowering, self._place)
        with engine_faults(engine):
            cost = lowered.cost(engine)
            self._tell(cost)
            return lowered.quantized(batch), cost

    def _chosen(self, batch: int) -> str:
        """The engine that computes batches of a size."""
        if self._engine != AUTO:
            return self._engine
        shown = self._lowering.calibrate
        asked = self._lowering._replace(calibrate=shown if isinstance(shown, str) else None)
        request = BenchRequest(head=self._head.name, batch=batch, **asked._asdict())
        chosen = choose(self._loaded, request, switchable=weights_frozen())
        if weights_frozen():
            set_switches(chosen)
        self._tell(chosen)
        return chosen.engine
