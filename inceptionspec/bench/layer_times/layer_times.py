"""Times of layers on this machine: which are known, measuring the others, predicting networks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inceptionspec.analysis.costs import costs, total
from inceptionspec.backends.engines import ENGINES
from inceptionspec.bench.layer_times.calibration import Whole, calibrate, spread
from inceptionspec.bench.layer_times.kinds import RunGraph, run_graph
from inceptionspec.bench.layer_times.measure import Measured, measure
from inceptionspec.bench.layer_times.network_times import NetworkTimes
from inceptionspec.bench.layer_times.table import (
    digest,
    network_digest,
    read_table,
    table_key,
    times_file,
    write_table,
)
from inceptionspec.bench.request.memory_estimate import check_memory
from inceptionspec.bench.request.request import BenchRequest, worker_variables
from inceptionspec.bench.request.target import target
from inceptionspec.bench.workers.process import Process
from inceptionspec.bench.workers.session import Progress, no_progress
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.ir.graph import Graph

LAYER_ENGINES = ("graph", "optimized")
"""The engines whose layers can be run alone."""
DEFAULT_ENGINE = "optimized"
REFERENCE = "inception_v1"
"""The built-in network whose time is the unit of all others."""


@dataclass(frozen=True, slots=True)
class TimeRequest:
    """What is predicted: a forward pass, float32.

    Attributes:
        engine: a name of ``LAYER_ENGINES``.
        batch: images in a step.
        threads: within an operator and of operators in parallel. With 1, times are those of
            the processor; None is the library's choice.
        onednn: whether TensorFlow's oneDNN kernels are on; None for what the environment says.
        head: the head that is run; the main head by default, ``all`` for all.
    """

    engine: str = DEFAULT_ENGINE
    batch: int = 1
    threads: int | None = 1
    onednn: bool | None = None
    head: str | None = None

    def check(self) -> None:
        """Report a value that cannot be used.

        Raises:
            SpecError: a number is out of bounds, or layers of the engine cannot be run alone
                (E0805).
        """
        self.bench_request().check()
        if self.engine not in LAYER_ENGINES:
            helps = did_you_mean(self.engine, LAYER_ENGINES) or (
                f"choose {listed(LAYER_ENGINES, 'or')}",
            )
            message = f"layers of the engine `{self.engine}` cannot be timed one by one"
            raise spec_error("E0805", message, f"--engine {self.engine}", *helps)

    def bench_request(self) -> BenchRequest:
        """The same for a benchmark."""
        return BenchRequest(
            engine=self.engine,
            batch=self.batch,
            threads=self.threads,
            onednn=self.onednn,
            head=self.head,
        )


class LayerTimes:
    """The times of layers on this machine under one request.

    Attributes:
        request: what is predicted.
        note: what was wrong with the file of earlier times, if anything was.
    """

    def __init__(self, request: TimeRequest = TimeRequest(), file: Path | None = None) -> None:
        """Read what is known.

        Args:
            request: what is predicted.
            file: where times are kept; by default the user's cache folder.

        Raises:
            SpecError: the request cannot be used (E0805).
        """
        request.check()
        self.request = request
        self._engine = ENGINES[request.engine]
        self._file = file or times_file()
        key = table_key(request.engine, request.threads, request.onednn)
        self._table = read_table(key, self._file)
        self._runs: dict[int, tuple[Graph, RunGraph]] = {}
        self._measured_here: dict[str, Whole] = {}

    @property
    def note(self) -> str:
        """What was wrong with the file of earlier times, if anything was."""
        return self._table.note

    @property
    def pace(self) -> float:
        """Seconds of the reference network, in whose units all times are kept."""
        return self._table.pace

    def missing(self, graphs: Iterable[Graph]) -> tuple[str, ...]:
        """The kinds of layers that some networks have and no measurement, each once.

        Raises:
            SpecError: the size of an input is open (E0805), or there is no such head (E0806).
        """
        kinds = dict.fromkeys(kind for graph in graphs for kind in self._run(graph).counts)
        return tuple(kind for kind in kinds if digest(kind) not in self._table.kinds)

    def is_calibrated(self, graph: Graph) -> bool:
        """Whether a network was measured as a whole."""
        return self._network_digest(self._run(graph)) in self._table.networks

    def measure(
        self,
        graphs: Sequence[Graph],
        whole: Sequence[Graph] = (),
        progress: Progress = no_progress,
    ) -> None:
        """Measure the kinds that are missing, and some networks as a whole; keep all.

        Args:
            graphs: the networks whose missing kinds are measured, those of ``whole`` too.
            whole: those that are measured as a whole: they say what a network takes over the
                sum of its layers. One to three that are like the others are enough.
            progress: called after each round.

        Raises:
            SpecError: as for ``missing``; TensorFlow is not installed (E0704) or fails; or the
                times cannot be kept (E0803).
        """
        kinds = self.missing([*graphs, *whole])
        if not kinds and not whole:
            return
        request = self.request
        reference = load_spec(open_spec(REFERENCE)).graph
        unit = run_graph(reference, target(reference).paths, self._engine, request.batch)
        runs = [self._run(graph) for graph in whole]
        with Process(worker_variables(request.bench_request())) as process:
            for measured in measure(
                process, unit, kinds, runs, request.engine, request.threads, progress
            ):
                self._keep(measured, runs)

    def _keep(self, measured: Measured, runs: Sequence[RunGraph]) -> None:
        """Add what was measured to the table, and to its file: a long run may be interrupted."""
        table = self._table
        table.pace = min(table.pace or measured.pace, measured.pace)
        table.kinds |= {digest(kind): time for kind, time in measured.kinds.items()}
        for run, time in zip(runs, measured.networks, strict=False):  # they come last
            whole = Whole(time, self._units(run), sum(run.counts.values()))
            self._measured_here[self._network_digest(run)] = whole
        table.networks |= self._measured_here
        write_table(table, self._file)

    def predict(self, graph: Graph) -> NetworkTimes | None:
        """What a network takes; None where some kind of its layers was not measured.

        It is calibrated by other networks which this object measured as a whole, or else by all
        others that were ever measured on this machine.

        Raises:
            SpecError: as for ``missing``.
        """
        run = self._run(graph)
        if not all(digest(kind) in self._table.kinds for kind in run.counts):
            return None
        table, name = self._table, self._network_digest(run)
        others = _without(name, self._measured_here) or _without(name, table.networks)
        own = table.networks.get(name)
        calibration = calibrate(others or ([own] if own else []))
        units = self._units(run)
        return NetworkTimes(
            name=graph.name,
            engine=self.request.engine,
            threads=self.request.threads,
            batch=self.request.batch,
            layers=self._by_layer(graph, run),
            seconds=calibration.time(units, sum(run.counts.values())) * table.pace,
            spread=spread(calibration, others) if len(others) > 1 else None,
            networks=len(others),
            measured=None if own is None else own.time * table.pace,
            kinds=len(run.counts),
        )

    def _by_layer(self, graph: Graph, run: RunGraph) -> dict[str, float]:
        """Seconds by the spec's layers, in its order."""
        seconds: dict[str, float] = {}
        for (index, _), kind in run.kinds.items():
            time = self._table.kinds[digest(kind)] * self._table.pace
            for path, share in run.sources[run.graph.nodes[index].path]:
                seconds[path] = seconds.get(path, 0.0) + share * time
        return {node.path: seconds[node.path] for node in graph.nodes if node.path in seconds}

    def _units(self, run: RunGraph) -> float:
        """The sum of a network's layers, in units of the reference's time."""
        return sum(self._table.kinds[digest(kind)] * n for kind, n in run.counts.items())

    def _network_digest(self, run: RunGraph) -> str:
        return network_digest({digest(kind): count for kind, count in run.counts.items()})

    def _run(self, graph: Graph) -> RunGraph:
        known = self._runs.get(id(graph))
        if known is not None and known[0] is graph:
            return known[1]
        request = self.request
        chosen = target(graph, request.head)
        if chosen.cost.flops is None or None in graph.nodes[0].shape:
            message = f"a time needs a known input size, and that of `{graph.name}` is open"
            help_ = "give it a size: add `--input 299x299`"
            raise spec_error("E0805", message, graph.nodes[0].origin.span, help_)
        run = run_graph(graph, chosen.paths, self._engine, request.batch)
        while len(self._runs) >= _KEPT:
            self._runs.pop(next(itertools.islice(self._runs, 1)))
        self._runs[id(graph)] = (graph, run)
        return run


def times_of(
    loaded: LoadedSpec, times: LayerTimes, progress: Progress = no_progress
) -> NetworkTimes:
    """The times of a network's layers and of the whole; what is not known yet is measured.

    Args:
        loaded: the network.
        times: what is known on this machine.
        progress: called after each round of measuring.

    Raises:
        SpecError: as for ``LayerTimes.measure``; or the network does not fit in memory (E0708).
    """
    whole = () if times.is_calibrated(loaded.graph) else (loaded.graph,)
    if whole or times.missing([loaded.graph]):
        check_memory(loaded, times.request.bench_request())
        times.measure([loaded.graph], whole, progress)
    found = times.predict(loaded.graph)
    assert found is not None
    return found


def predict_networks(
    graphs: Sequence[Graph],
    times: LayerTimes,
    progress: Progress = no_progress,
    whole: Sequence[Graph] = (),
) -> tuple[NetworkTimes, ...]:
    """Predict many networks: what is missing is measured, and a few of them as a whole.

    These are the one with the fewest multiply-accumulates, that with the most, and three between
    them.

    Args:
        graphs: the networks, as the variants of a sweep.
        times: what is known on this machine.
        progress: called after each round of measuring.
        whole: others that are measured as a whole, too.

    Raises:
        SpecError: as for ``LayerTimes.measure``.
    """
    ordered = sorted(graphs, key=lambda graph: total(costs(graph)).macs or 0)
    most = len(ordered) - 1
    places = sorted({round(most * quarter / 4) for quarter in range(5)}) if ordered else ()
    few = [ordered[place] for place in places]
    wanted = {id(graph): graph for graph in (*few, *whole) if not times.is_calibrated(graph)}
    times.measure(graphs, list(wanted.values()), progress)
    predictions = map(times.predict, graphs)
    return tuple(each for each in predictions if each is not None)


def _without(name: str, wholes: Mapping[str, Whole]) -> list[Whole]:
    return [whole for other, whole in wholes.items() if other != name]


_KEPT = 64
"""Networks whose kinds are kept, to be asked for again."""
