"""A network that was read from a spec, and its variants by moves."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from inceptionspec.api.arguments import (
    class_names,
    lowering_of,
    refuse_no_batch,
    refuse_other,
    warn,
    weight_options,
)
from inceptionspec.api.evaluate_opened import evaluate_opened
from inceptionspec.api.weight_arrays import file_arrays, node_arrays, weight_arrays
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.optional_packages import needs_packages
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.settings import Settings
from inceptionspec.ir.graph import Graph
from inceptionspec.utils.printed import Printed

if TYPE_CHECKING:
    import keras

    from inceptionspec.analysis.costs import Cost
    from inceptionspec.analysis.layer_values import LayerValues
    from inceptionspec.analysis.part import Part
    from inceptionspec.backends.onnx.exported import OnnxModel
    from inceptionspec.bench.layer_times.network_times import NetworkTimes
    from inceptionspec.drawing.diagram import Direction, Fold, Options, ThemeName
    from inceptionspec.drawing.diagram.options import Measure, PageName
    from inceptionspec.engines.inference import Inference
    from inceptionspec.moves.draft import Step
    from inceptionspec.moves.variant import Variant
    from inceptionspec.quantization.lowering import Lowering
    from inceptionspec.reports.results import (
        CheckResult,
        EvaluationResult,
        ExportedFile,
        NetworkDifference,
        NetworkSummary,
        OptimizedNetwork,
        PredictionResult,
    )
    from inceptionspec.weights import WeightOptions


class DiagramOptions(TypedDict, total=False):
    """The options of a diagram as Python calls spell them, see ``Network.to_svg``."""

    fold: Fold | None
    only: str | None
    direction: Direction | None
    theme: ThemeName | None
    color_by: Literal["kind"] | Measure | LayerValues
    collapse_repeats: bool | None
    wrap: int
    page: PageName | None
    title: bool
    legend: bool
    names: bool
    activations: bool
    diff: Network | None
    training: bool


class Network:
    """A network that was read from a spec: its costs, its picture, its models.

    ``load`` and ``loads`` make one. ``len(network)`` is its number of layers, a loop visits
    them, and ``network["Mixed_5b"]`` is a layer, block, branch, head or group.

    >>> network = inceptionspec.load("inception_v3")
    >>> network
    <Network InceptionV3: 133 layers>
    >>> network["Mixed_5b"]
    <Part Mixed_5b: inception_a, 9 layers, 35x35x256, 256,368 params, 312,345,600 MACs>
    >>> [layer.path for layer in network if layer.kind == "max_pool"][:2]
    ['MaxPool_3a_3x3', 'MaxPool_5a_3x3']
    """

    def __init__(self, loaded: LoadedSpec) -> None:
        self.loaded = loaded

    @property
    def source(self) -> Source:
        """The text that was read, with its name and its path.

        >>> inceptionspec.load("inception_v3").source.path.name
        'inception_v3.yaml'
        """
        return self.loaded.source

    @property
    def spec(self) -> Spec:
        """The sections of the spec after its bases.

        >>> sorted(inceptionspec.load("inception_v3").spec.heads)
        ['AuxLogits', 'Logits']
        """
        return self.loaded.spec

    @property
    def graph(self) -> Graph:
        """The linked graph: nodes with their attributes, inputs and shapes.

        >>> inceptionspec.load("inception_v3").graph.nodes[1].attributes["kernel"]
        (3, 3)
        """
        return self.loaded.graph

    @property
    def settings(self) -> Settings:
        """The settings that ``load`` was given.

        >>> inceptionspec.load("inception_v3", head="Logits").settings.heads
        ('Logits',)
        """
        return self.loaded.settings

    @property
    def name(self) -> str:
        """What the network calls itself.

        >>> inceptionspec.load("inception_v3").name
        'InceptionV3'
        """
        return self.spec.name

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of what is computed (``network``) and of the whole text (``document``).

        >>> inceptionspec.load("inception_v3").digests["network"][:8]
        'ed404ab9'
        """
        return self.loaded.digests

    @property
    def params(self) -> int:
        """Elements of all weights, moving statistics included.

        >>> inceptionspec.load("inception_v3").params
        27179376
        """
        return self._total.params

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates for one image; None where the input size is open.

        Those of convolutions and dense layers, in all heads that were loaded.

        >>> inceptionspec.load("inception_v3", head="Logits").macs
        5713216096
        """
        return self._total.macs

    @property
    def flops(self) -> int | None:
        """Operations for one image; None where the input size is open.

        2 x MACs, and those of norms (not folded), biases, activations, pools and sums.

        >>> inceptionspec.load("inception_v3").flops
        11489730392
        """
        return self._total.flops

    @cached_property
    def peak_activation_bytes(self) -> int | None:
        """The most bytes of activations that live at one time; None where the size is open.

        Float32, batch 1; a tensor lives until its last reader ran, an output to the end.

        >>> inceptionspec.load("inception_v3").peak_activation_bytes
        8297856
        """
        from inceptionspec.analysis.memory import peak_activation_bytes

        return peak_activation_bytes(self.graph)

    def __len__(self) -> int:
        return len(self.graph.nodes)

    def __iter__(self) -> Iterator[Part]:
        from inceptionspec.analysis.part import layer_part

        return map(layer_part, self.graph.nodes, self._costs)

    def __getitem__(self, path: str) -> Part:
        from inceptionspec.analysis.part import part

        return part(self.graph, self._costs, path)

    def __contains__(self, path: object) -> bool:
        return path in self._ipython_key_completions_()

    def _ipython_key_completions_(self) -> Sequence[str]:
        from inceptionspec.analysis.part import part_names

        return part_names(self.graph)

    @cached_property
    def _costs(self) -> Sequence[Cost]:
        from inceptionspec.analysis.costs import costs

        return costs(self.graph)

    @cached_property
    def _total(self) -> Cost:
        from inceptionspec.analysis.costs import total

        return total(self._costs)

    def summary(self) -> NetworkSummary:
        """Shapes, parameters, MACs, FLOPs, memory and receptive fields of every layer.

        >>> summary = inceptionspec.load("inception_v3").summary()
        >>> print(summary)
        InceptionV3  input 299x299x3  (...)
        ...
        >>> summary.layers[1].field.size  # the receptive field, in pixels
        (3, 3)
        """
        from inceptionspec.analysis.summary import summarize
        from inceptionspec.reports.results import NetworkSummary

        return NetworkSummary.of(summarize(self.loaded))

    def check(self) -> CheckResult:
        """Contracts and budgets that do not hold, and warnings, as `specbuild check` has them.

        What keeps a spec from being a network at all is raised by ``load``.

        >>> result = inceptionspec.load("inception_v3").check()
        >>> result
        <CheckResult: ok>
        >>> len(result.warnings)
        0
        """
        from inceptionspec.checks.check import check
        from inceptionspec.reports.results import CheckResult

        return CheckResult.of(check(self.loaded))

    def plot(self, file: str) -> None:
        """Draw MACs and parameters by block, and memory along the network.

        Args:
            file: ends in ``.svg``, ``.png`` or ``.pdf``.

        Raises:
            SpecError: matplotlib is not installed, height and width are open, or the file
                cannot be written.

        >>> inceptionspec.load("inception_v3").plot("costs.svg")
        """
        from inceptionspec.drawing.plot import plot_file

        plot_file(self.summary(), file)

    @needs_packages
    def layer_times(
        self, engine: str = "optimized", *, batch: int = 1, threads: int | None = 1
    ) -> NetworkTimes:
        """What each layer and the network take on this machine, as `specbuild summary --time`.

        It is the forward pass of the main head. Kinds of layers that are not known yet are measured
        once, which can take minutes, and kept for other networks.

        Args:
            engine: ``optimized`` or ``graph``, whose layers can be run alone.
            batch: images in a step.
            threads: 1 for processor time, which other programs hardly change; None for all
                threads, by the clock.

        Raises:
            SpecError: the engine or a number cannot be used (E0805), TensorFlow is not installed
                (E0704), or the network does not fit in memory (E0708).

        >>> times = inceptionspec.load("squeezenet", width=0.25, input=64).layer_times()
        >>> times.layers["fire2/squeeze"] > 0, times.measured < 1
        (True, True)
        """
        from inceptionspec.bench.layer_times import LayerTimes, TimeRequest, times_of

        refuse_no_batch(batch)
        request = TimeRequest(engine, batch=batch, threads=threads)
        return times_of(self.loaded, LayerTimes(request))

    def diff(self, other: Network) -> NetworkDifference:
        """What is different in another network, layer by layer, and what that costs.

        Raises:
            SpecError: ``other`` is no network, but a name, for example.

        >>> v3 = inceptionspec.load("inception_v3")
        >>> found = v3.diff(inceptionspec.load("inception_v3_fid"))
        >>> found.same
        False
        >>> found.changed[0].attributes[0]
        Change(name='op', old='avg_pool', new='max_pool')
        """
        from inceptionspec.analysis.diff.compare import compare
        from inceptionspec.reports.results import NetworkDifference

        _refuse_no_network("other", other)
        return NetworkDifference.of(compare(self.loaded, other.loaded))

    def optimize(
        self,
        outputs: str | Sequence[str] | None = None,
        *,
        passes: str | Sequence[str] | None = None,
        without: str | Sequence[str] = (),
    ) -> OptimizedNetwork:
        """The network rewritten for inference: the same outputs from less work.

        Args:
            outputs: an end point or several. By default the logits of the heads that the
                network was loaded with, of the main one if none was chosen, or the last
                tensor where there is no head.
            passes: the name of the pass that runs, or several; all of them by default.
            without: the name of a pass that does not, or several.

        Raises:
            SpecError: an end point or a pass does not exist.

        >>> optimized = inceptionspec.load("inception_v3").optimize()
        >>> optimized.after.params < optimized.before.params
        True
        """
        from inceptionspec.reports.results import OptimizedNetwork
        from inceptionspec.rewrites import chosen_passes, rewrite

        default = self.settings.heads or (self.graph.main or None)
        asked = default if outputs is None else outputs
        found = rewrite(self.graph, asked, chosen_passes(passes, without))
        return OptimizedNetwork.of(found, self.source.name)

    def move(
        self, move: str | Sequence[tuple[str, str]], at: str = "", *, name: str = ""
    ) -> MovedNetwork:
        """A variant by a change that a paper describes, as `specbuild rewrite` writes it.

        Args:
            move: its name, as ``separable``; or several, each with its pattern.
            at: the paths of layers or blocks, as a key of ``override``; all that qualify without
                it.
            name: what the variant is called; the name of the network and the move by default.

        Raises:
            SpecError: there is no such move, the pattern matches nothing, nothing qualifies, or
                the network was read from a text, which no variant can extend.

        >>> moved = inceptionspec.load("inception_v3").move("separable", at="Mixed_6b/Branch_1/*")
        >>> moved.moved[0].paths
        ('Mixed_6b/Branch_1/Conv2d_0b_1x7', 'Mixed_6b/Branch_1/Conv2d_0c_7x1')
        >>> moved.network.params
        26935408
        """
        from inceptionspec.moves.draft import Step

        steps = [Step(move, at)] if isinstance(move, str) else [Step(*step) for step in move]
        if not steps:
            raise spec_error("E0805", "`move` names no move", external("move=[]"), "name one")
        return MovedNetwork(self, tuple(steps), name or f"{self.name}_moved")

    def to_svg(
        self,
        *,
        fold: Fold | None = None,
        only: str | None = None,
        direction: Direction | None = None,
        theme: ThemeName | None = None,
        color_by: Literal["kind"] | Measure | LayerValues = "kind",
        collapse_repeats: bool | None = None,
        wrap: int = 1,
        page: PageName | None = None,
        title: bool = True,
        legend: bool = True,
        names: bool = False,
        activations: bool = False,
        diff: Network | None = None,
        training: bool = True,
        engine: str = "auto",
    ) -> str:
        """The diagram as SVG text.

        Args:
            fold: ``layers`` draws every layer, ``branches`` a box for each run of layers,
                ``network`` a box for each block, which is the default above 60 layers.
            only: the path of a block, head, branch or layer, or a group, to draw alone.
            direction: ``TB`` (the default) draws downwards, ``LR`` to the right.
            theme: ``light`` (the default), ``dark`` or ``print``.
            color_by: ``kind`` of operator, or a heat map of ``macs``, ``params``, ``memory``
                or of some values by path.
            collapse_repeats: draw equal blocks that follow each other once; None does at the
                fold level ``network``.
            wrap: the most columns (rows to the right) of the trunk.
            page: ``a4``, ``slide`` or ``column``: as much as is read on such a page.
            title, legend: whether they are drawn.
            names: write the names of layers into boxes.
            activations: write norms and activations into boxes.
            diff: a network that is drawn in the same picture: what it has more than this one,
                lacks and changes.
            training: with ``diff``, whether to show what only trains differently.
            engine: ``pure`` for the engine from PyPI, ``system`` for an installed
                Graphviz, ``auto`` for the first of the two that is there.

        Raises:
            SpecError: no diagram engine is installed, there is no such part, an option has
                no such value, the values belong to another network, or the network does not
                fit the page.

        >>> svg = inceptionspec.load("inception_v3").to_svg(only="Mixed_7b")
        >>> "Conv2d_0b_1x3" in svg
        True
        """
        from inceptionspec.drawing.diagram import Comparison, draw

        options = self._diagram_options(
            fold=fold,
            only=only,
            direction=direction,
            theme=theme,
            color_by=color_by,
            collapse_repeats=collapse_repeats,
            wrap=wrap,
            page=page,
            title=title,
            legend=legend,
            names=names,
            activations=activations,
            diff=diff,
            training=training,
        )
        drawn = self.graph if diff is None else Comparison(self.loaded, diff.loaded)
        return draw(drawn, options, engine=engine)

    def save_diagram(
        self,
        file: str | os.PathLike[str],
        *,
        engine: str = "auto",
        **options: Unpack[DiagramOptions],
    ) -> None:
        """Draw the diagram into a file, whose suffix chooses the format.

        Args:
            file: ends in ``.svg``, ``.png``, ``.pdf``, ``.tex``, ``.dot``, or ``.html`` for
                an interactive page.
            engine: as in ``to_svg``.
            options: those of ``to_svg``; a page follows its reader's system where no ``theme``
                is given.

        Raises:
            SpecError: as ``to_svg``, or the file cannot be written.

        >>> network = inceptionspec.load("inception_v3")
        >>> network.save_diagram("v3.svg", color_by="macs")
        >>> variant = inceptionspec.load("inception_v3_paper")
        >>> network.save_diagram("change.svg", diff=variant, page="a4")
        """
        from inceptionspec.drawing.diagram import Comparison, draw_file
        from inceptionspec.drawing.diagram.engine import PAGE

        file, diff = os.fspath(file), options.get("diff")
        chosen = self._diagram_options(**options)
        pair = None if diff is None else Comparison(self.loaded, diff.loaded)
        if file.lower().endswith(PAGE):
            from inceptionspec.drawing.page import draw_page

            theme = options.get("theme")
            draw_page(pair or self.loaded, file, chosen, engine=engine, theme=theme)
        else:
            draw_file(pair or self.graph, file, chosen, engine=engine)

    def render(self, file: str | os.PathLike[str] | None = None, **options: Any) -> str | None:
        """``to_svg`` without a file, ``save_diagram`` with one; the options are theirs.

        >>> inceptionspec.load("inception_v3").render("v3.svg", fold="branches")
        """
        if file is None:
            return self.to_svg(**options)
        self.save_diagram(file, **options)
        return None

    def _diagram_options(self, **given: Unpack[DiagramOptions]) -> Options:
        from inceptionspec.analysis.layer_values import LayerValues, check_layer_values
        from inceptionspec.drawing.diagram import ByCost, ByKind, ByValues, Coloring, Options
        from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS, MEASURES, PAGES
        from inceptionspec.drawing.diagram.theme import THEMES

        diff = given.pop("diff", None)
        if diff is not None:
            _refuse_no_network("diff", diff)
        refuse_other("fold", given.get("fold"), (None, *FOLDS))
        refuse_other("direction", given.get("direction"), (None, *DIRECTIONS))
        refuse_other("page", given.get("page"), (None, *PAGES))
        theme = given.pop("theme", None)
        refuse_other("theme", theme, (None, *THEMES))
        color_by = given.pop("color_by", "kind")
        if diff is not None and color_by != "kind":
            message, help_ = "with `diff` colors say what differs", "leave out `color_by`"
            raise spec_error("E0805", message, external("color_by"), help_)
        coloring: Coloring
        if isinstance(color_by, LayerValues):
            check_layer_values(color_by, self.loaded)
            coloring = ByValues(color_by)
        else:
            refuse_other("color_by", color_by, ("kind", *MEASURES))
            coloring = ByKind() if color_by == "kind" else ByCost(color_by)
        others: dict[str, Any] = {**given}
        return Options(theme=theme or "light", coloring=coloring, **others)

    def to_keras(
        self,
        outputs: str | Sequence[str] | None = None,
        weights: str | os.PathLike[str] | None = None,
        *,
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> keras.Model:
        """A Keras functional model made of stock layers.

        Args:
            outputs: an end point or several; the logits of every head by default. One
                name gives a tensor, several a dictionary by name.
            weights: a file of weights to start from, of any format that is read.
            average: read the moving averages of the file instead of the variables, those of
                moving statistics included.
            fresh: parts of the network that start fresh whatever the file holds: a path, with
                `*` for any characters, or several.
            drop_background: leave out the first class of the file's heads.
            without: parts that the file is not asked for, or several; what the network has of
                them starts fresh.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point does not exist, TensorFlow is not installed, or the
                file does not fit.

        >>> model = inceptionspec.load("inception_v3", classes=10).to_keras(outputs="Logits")
        >>> model.output_shape
        (None, 10)
        """
        from inceptionspec.backends.keras import assign, build

        if weights is None:
            return build(self.graph, outputs)
        options = weight_options(average, fresh, drop_background, without)
        arrays = file_arrays(self.loaded, weights, outputs, options)
        model = build(self.graph, outputs)
        assign(model, self.graph, arrays)
        return model

    @needs_packages
    def to_inference(
        self,
        weights: str | os.PathLike[str] | keras.Model | None = None,
        *,
        outputs: str | Sequence[str] | None = None,
        batch: int | None = None,
        engine: str = "auto",
        tune: bool = False,
        precision: Literal["float32", "bfloat16", "int8"] = "float32",
        calibrate: Any = None,
        keep_float: str | Sequence[str] = (),
        any_deviation: bool = False,
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> Inference:
        """The network for inference, to be called or saved.

        Args:
            weights: a file of weights of any format that is read, a model that `to_keras`
                built, or None for the values that a new model starts from.
            outputs: an end point or several; the logits of every head by default. One
                name gives a tensor, several a dictionary by name.
            batch: the number of images; open unless given.
            engine: what computes: ``keras``, ``graph``, ``optimized`` and ``xla`` in TensorFlow,
                ``onnxruntime``, ``openvino``, ``litert``; ``auto`` takes the fastest that was
                measured for this network and batch on this machine, otherwise the first of the
                network's order (``docs/inference.md``).
            tune: measure first, which takes a minute, and remember what was found; an open batch
                is measured as 1.
            precision: what it computes in. Below float32, what that costs is measured, and told in
                ``cost`` of the result.
            calibrate: pictures that show the cost, and the ranges of int8: as `predict` takes them,
                mostly the path of a folder. Without them noise is shown, with a Python warning.
            keep_float: in int8, layers or parts that stay in float32: a path, with `*` for any
                characters, or several; ``auto`` finds those that deviate most.
            any_deviation: take a network most of whose answers another precision changes.
            average: read the moving averages of the file instead of the variables, those of
                moving statistics included.
            fresh: parts of the network that start fresh whatever the file holds: a path, with
                `*` for any characters, or several.
            drop_background: leave out the first class of the file's heads.
            without: parts that the file is not asked for, or several; what the network has of
                them starts fresh.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point or the engine does not exist, the engine is not installed or
                cannot run here or not in this precision, there is no picture to calibrate with,
                the precision destroys the network, or the weights do not fit.

        >>> network = inceptionspec.load("inception_v3")
        >>> answer = network.to_inference(outputs="Logits", engine="optimized")
        >>> answer.outputs, answer.engine
        (('Logits',), 'optimized')
        """
        from inceptionspec.engines.available import check_available
        from inceptionspec.engines.inference import Inference, engine_faults

        refuse_no_batch(batch)
        lowering = lowering_of(precision, calibrate, keep_float, any_deviation)
        choice = ""
        if engine == "auto":
            engine, choice = self._chosen_engine(batch, tune, lowering)
        else:
            if tune:
                raise spec_error(
                    "E0805",
                    "`tune` measures which engine `auto` stands for",
                    external(f"engine={engine!r}, tune=True"),
                    "leave `engine` out",
                )
            check_available(engine, f"engine={engine!r}, precision={precision!r}", precision)
        options = weight_options(average, fresh, drop_background, without)
        values = weight_arrays(self.loaded, weights, outputs, options)
        quantized = cost = None
        if lowering.lowers:
            from inceptionspec.quantization.lowered import Lowered

            place = external(f"precision={precision!r}")
            lowered = Lowered(self.loaded, values, outputs, lowering, place)
            with engine_faults(engine):
                cost = lowered.cost(engine, trained=weights is not None)
                quantized = lowered.quantized(batch)
            for doubt in cost.doubts():
                warnings.warn(f"precision {precision}: {doubt}", stacklevel=3)
        return Inference(
            self.graph,
            values,
            outputs,
            batch=batch,
            engine=engine,
            choice=choice,
            precision=precision,
            quantized=quantized,
            cost=cost,
        )

    def _chosen_engine(self, batch: int | None, tune: bool, lowering: Lowering) -> tuple[str, str]:
        """The engine that `auto` stands for, and why; a faulty file of choices is a warning."""
        from inceptionspec.bench.choice import choose, tune_and_remember
        from inceptionspec.bench.request.request import BenchRequest

        shown = lowering.calibrate if isinstance(lowering.calibrate, str) else None
        asked = lowering._replace(calibrate=shown)
        request = BenchRequest(batch=1 if batch is None else batch, **asked._asdict())
        if tune:
            problem = tune_and_remember(self.loaded, request)
            if problem:
                warnings.warn(problem, stacklevel=4)
        chosen = choose(self.loaded, request)
        if chosen.note:
            warnings.warn(chosen.note, stacklevel=4)
        return chosen.engine, chosen.why

    @needs_packages
    def to_onnx(
        self,
        weights: str | os.PathLike[str] | keras.Model | None = None,
        *,
        outputs: str | Sequence[str] | None = None,
        batch: int | None = None,
        precision: Literal["float32", "int8"] = "float32",
        calibrate: Any = None,
        keep_float: str | Sequence[str] = (),
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> OnnxModel:
        """An ONNX model for inference, its weights inside.

        It reads ``images``: batch x channels x height x width, as ONNX's operators do.

        Args:
            weights: a file of weights of any format that is read, a model that `to_keras`
                built, or None for the values that a new model starts from.
            outputs: an end point or several; the logits of every head by default.
            batch: the number of images; open unless given.
            precision: ``float32``, or ``int8`` for a model that ONNX Runtime and OpenVINO compute
                in integers: it has a quantization around each operator (QDQ).
            calibrate: for int8, pictures that show ranges, as `to_inference` takes them.
            keep_float: for int8, layers that stay in float32, as there.
            average: read the moving averages of the file instead of the variables, those of
                moving statistics included.
            fresh: parts of the network that start fresh whatever the file holds: a path, with
                `*` for any characters, or several.
            drop_background: leave out the first class of the file's heads.
            without: parts that the file is not asked for, or several; what the network has of
                them starts fresh.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point does not exist, there is no picture to calibrate with, onnx is
                not installed, or TensorFlow is not and the weights are those of a model; or the
                weights do not fit.

        >>> model = inceptionspec.load("inception_v1").to_onnx(outputs="Logits")
        >>> model.save("inception_v1.onnx")
        """
        from inceptionspec.backends.onnx import onnx_model
        from inceptionspec.backends.onnx.exported import OnnxModel
        from inceptionspec.engines.precision_cost import NOISE

        refuse_no_batch(batch)
        options = weight_options(average, fresh, drop_background, without)
        values = weight_arrays(self.loaded, weights, outputs, options)
        if precision == "float32":
            return OnnxModel(self.name, onnx_model(self.graph, values, outputs, batch))
        refuse_other("precision", precision, ("float32", "int8"))
        from inceptionspec.quantization.lowered import Lowered

        lowering = lowering_of(precision, calibrate, keep_float, False)
        if calibrate is None:
            warnings.warn(f"precision {precision}: {NOISE}", stacklevel=3)
        place = external(f"precision={precision!r}")
        lowered = Lowered(self.loaded, values, outputs, lowering, place)
        return OnnxModel(self.name, lowered.exported(batch))

    @needs_packages
    def export(
        self,
        file: str | os.PathLike[str],
        weights: str | os.PathLike[str] | keras.Model | None = None,
        *,
        form: str | None = None,
        outputs: str | Sequence[str] | None = None,
        batch: int | None = None,
        optimized: bool = False,
        preprocessing_inside: bool = False,
        labels: str | None = None,
        precision: Literal["float32", "int8"] = "float32",
        calibrate: Any = None,
        keep_float: str | Sequence[str] = (),
        any_deviation: bool = False,
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> ExportedFile:
        """Write the network with its weights as a file of another program.

        The file is loaded by its own program and compared with the network on the same inputs
        before it gets its name. It carries a receipt, which ``verify`` checks again.

        Args:
            file: ends in ``.keras``, ``.savedmodel``, ``.onnx``, ``.tflite``, ``.safetensors``,
                ``.weights.h5``, ``.ckpt`` or ``.py``.
            weights: as `to_onnx` takes them.
            form: the name of the format, as ``savedmodel``, whatever the suffix.
            outputs: an end point or several; the logits of every head by default.
            batch: the number of images; open unless given.
            optimized: rewrite the network for inference first.
            preprocessing_inside: let the model itself preprocess pictures of bytes.
            labels: a file with a name for each class, a line each, for the receipt.
            precision: what an ONNX model computes in: ``float32``, or ``int8``, with what that
                costs in ``cost`` of the result.
            calibrate: for int8, this and the next two are those of `to_inference`.
            keep_float: as there.
            any_deviation: as there.
            average: this and the others are those of `to_onnx`.
            fresh: as there.
            drop_background: as there.
            without: as there.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: the file cannot be written, an option does not go with its format, a
                package is not installed, the weights do not fit, the precision destroys the
                network, or the file computes something else than the network.

        >>> network = inceptionspec.load("inception_v1", width=0.1)
        >>> network.export("mixed_3b.tflite", outputs="Mixed_3b").receipt.deviation < 1e-5
        True
        """
        from inceptionspec.export.export import (
            ExportOptions,
            check_export,
            export,
            initial_values,
            needed_nodes,
        )
        from inceptionspec.reports.results import ExportedFile
        from inceptionspec.weights import WeightOptions

        refuse_no_batch(batch)
        file = os.fspath(file)
        refuse_other("precision", precision, ("float32", "int8"))
        lowering = lowering_of(precision, calibrate, keep_float, any_deviation)
        inside = preprocessing_inside
        options = ExportOptions(form, outputs, batch, optimized, inside, labels, lowering)
        chosen_form = check_export(self.loaded, file, options, external(f"export {file}"))
        nodes = needed_nodes(self.loaded, chosen_form, outputs)
        source = os.fspath(weights) if isinstance(weights, (str, os.PathLike)) else None
        if weights is None:
            arrays = initial_values(self.loaded, nodes)
        elif source is None:
            arrays = weight_arrays(self.loaded, weights, outputs, WeightOptions())
        else:
            chosen = weight_options(average, fresh, drop_background, without)
            arrays = node_arrays(self.loaded, source, nodes, chosen)
        exported = export(self.loaded, file, arrays, options, weights=source)
        if exported.cost is not None:
            for doubt in exported.cost.doubts():
                warnings.warn(f"precision {precision}: {doubt}", stacklevel=3)
        return ExportedFile.of(exported)

    @needs_packages
    def predict(
        self,
        pictures: Any,
        weights: str | os.PathLike[str] | keras.Model | Sequence[str] | None = None,
        *,
        top: int = 5,
        labels: str | Sequence[str] | None = None,
        crops: Literal[1, 10, 144] = 1,
        batch: int = 32,
        engine: str = "auto",
        precision: Literal["float32", "bfloat16", "int8"] = "float32",
        calibrate: Any = None,
        keep_float: str | Sequence[str] = (),
        any_deviation: bool = False,
        ensemble: Sequence[tuple[Network, str | keras.Model]] = (),
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> PredictionResult:
        """The likeliest classes of pictures, by the main head.

        A picture becomes an input as the spec states it under ``preprocessing``. What cannot be
        read is skipped, and told in ``skipped`` of the result.

        Args:
            pictures: a path, a Pillow image or an array of bytes (uint8, height x width x
                channels), or several; the path of a folder stands for the pictures in it.
            weights: as `to_inference` takes them; several files make an ensemble.
            top: how many classes to tell of each picture.
            labels: a file with a name for each class, one a line, or the names.
            crops: how many parts of each picture are shown, mirror images among them: 144
                are those of the GoogLeNet paper.
            batch: how many inputs are computed at once, at most.
            engine: what computes, as for `to_inference`.
            precision: what it computes in, as for `to_inference`, with a Python warning on what
                that costs; so are the next three.
            calibrate: as there.
            keep_float: as there.
            any_deviation: as there.
            ensemble: further networks, each with its weights. The answer is the mean of all
                probabilities.
            average: this and the rest say how files of weights are read, as for `to_inference`.
            fresh: as there.
            drop_background: as there.
            without: as there.

        Raises:
            SpecError: the spec states no preprocessing or has no head, labels do not fit, a
                package is not installed, or the weights do not fit.

        >>> import numpy
        >>> network = inceptionspec.load("inception_v1", width=0.1, classes=10)
        >>> black = numpy.zeros((300, 400, 3), "uint8")
        >>> result = network.predict([black, "nowhere.jpg"], top=3)
        >>> result
        <PredictionResult of InceptionV1: 1 picture, 1 skipped>
        >>> len(result.pictures[0].rows)
        3
        """
        from inceptionspec.prediction.from_spec import SpecNetwork
        from inceptionspec.prediction.predict import predict
        from inceptionspec.reports.results import PredictionResult

        refuse_no_batch(batch)
        refuse_other("crops", str(crops), ("1", "10", "144"))
        place = external(f"predict: {self.name}")
        options = weight_options(average, fresh, drop_background, without)
        lowering = lowering_of(precision, calibrate, keep_float, any_deviation)
        networks = [
            SpecNetwork(
                one.loaded, found, place, options, tell=warn, engine=engine, lowering=lowering
            )
            for one, found in self._ensemble(weights, ensemble, options)
        ]
        found = predict(
            networks,
            pictures if isinstance(pictures, (list, tuple)) else [pictures],
            place,
            top=top,
            labels=class_names(labels),
            labels_file=labels if isinstance(labels, str) else "labels",
            count=crops,
            batch=batch,
        )
        return PredictionResult.of(found)

    @needs_packages
    def evaluate(
        self,
        data: str | tuple[Any, Any],
        weights: str | os.PathLike[str] | keras.Model | Sequence[str] | None = None,
        *,
        labels: str | Sequence[str] | None = None,
        crops: Literal[1, 10, 144] | None = None,
        batch: int = 32,
        precision: Literal["float32", "bfloat16", "int8"] = "float32",
        calibrate: Any = None,
        keep_float: str | Sequence[str] = (),
        any_deviation: bool = False,
        ensemble: Sequence[tuple[Network, str | keras.Model]] = (),
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> EvaluationResult:
        """How good the main head is on labeled pictures.

        They are shown as `predict` shows them. What cannot be read is skipped, and told in
        ``skipped`` of the result.

        Args:
            data: a path, as `specbuild train` takes it: the part that validates counts, or all of
                it where there is no such part; or pictures (uint8, pictures x height x width x
                channels) and the class of each.
            weights: as `predict` takes them, or the folder of a run. Of the data that it was
                trained on, only what it held out counts.
            labels: a file with a name for each class, one a line, or the names, as the data calls
                them; those of the run by default.
            crops: how many parts of each picture are shown; by default as the recipe of a run says,
                else one.
            batch: how many inputs are computed at once, at most.
            precision: what it computes in, as for `predict`; so are the next three.
            calibrate: as there.
            keep_float: as there.
            any_deviation: as there.
            ensemble: further networks, each with its weights.
            average: this and the rest say how files of weights are read, as for `to_inference`.
            fresh: as there.
            drop_background: as there.
            without: as there.

        Raises:
            SpecError: the spec states no preprocessing or has no head, the data cannot be read or
                has other classes, a package is not installed, or the weights do not fit.

        >>> import numpy
        >>> network = inceptionspec.load("inception_v1", width=0.1, classes=2)
        >>> black = numpy.zeros((2, 300, 400, 3), "uint8")
        >>> result = network.evaluate((black, [0, 1]))
        >>> result
        <EvaluationResult of InceptionV1: top-1 50.00% of 2 pictures>
        >>> result.figures.top_1.value, result.figures.top_5.value
        (0.5, 1.0)
        """
        from inceptionspec.prediction.from_spec import SpecNetwork
        from inceptionspec.training.evaluation.networks import with_weights

        refuse_no_batch(batch)
        if crops is not None:
            refuse_other("crops", str(crops), ("1", "10", "144"))
        place = external(f"evaluate: {self.name}")
        options = weight_options(average, fresh, drop_background, without)
        lowering = lowering_of(precision, calibrate, keep_float, any_deviation)
        opened: list[tuple[Any, Any]] = []
        for one, found in self._ensemble(weights, ensemble, options):
            if isinstance(found, str):
                opened += with_weights(one.loaded, found, options, place, warn, lowering)
            else:
                network = SpecNetwork(
                    one.loaded, found, place, options, tell=warn, lowering=lowering
                )
                opened.append((network, None))
        runs = [run for _, run in opened if run is not None]
        return evaluate_opened([network for network, _ in opened], runs, data, labels, crops, batch)

    def _ensemble(
        self,
        weights: str | os.PathLike[str] | keras.Model | Sequence[str] | None,
        ensemble: Sequence[tuple[Network, str | keras.Model]],
        options: WeightOptions,
    ) -> Iterator[tuple[Network, Any]]:
        """This network with each of its weights, and others: files stay files, models are read."""
        files = weights if isinstance(weights, (list, tuple)) else (weights,)
        for one, file in (*((self, file) for file in files), *ensemble):
            if isinstance(file, (str, os.PathLike)):
                yield one, os.fspath(file)
            else:
                yield one, weight_arrays(one.loaded, file, one.graph.main or None, options)

    @cached_property
    def _pictures(self) -> tuple[str, str] | None:
        """The diagram at the fold level of its size, light and dark; None without an engine."""
        try:
            return self.to_svg(), self.to_svg(theme="dark")
        except SpecError:
            return None

    def _repr_svg_(self) -> str | None:
        return self._pictures and self._pictures[0]

    def _repr_html_(self) -> str:
        from inceptionspec.drawing.notebook import html_view
        from inceptionspec.reports.summary.html import html_table

        return html_view(self._pictures, html_table(self.summary()), self.name)

    def __repr__(self) -> str:
        return f"<Network {sanitize(self.name)}: {len(self)} layers>"


class MovedNetwork(Printed):
    """A variant of a network by moves: prints the text of `specbuild rewrite`.

    ``Network.move`` makes one.

    Attributes:
        network: the variant, under the settings of the network that it is made of.
        text: its spec.
        moved: for each move what it changed (``paths``), what it left and why (``left``), and
            the ``kind`` of change.
        kind: the most that any of them did: ``equivalent``, ``approximate`` or
            ``new architecture``.

    >>> moved = inceptionspec.load("vgg16").move("batch-norm")
    >>> moved.kind
    'equivalent'
    >>> print(moved.text)
    spec: 1
    extends: vgg16
    name: VGG16_moved
    ...
    defaults: {conv: {norm: batch_norm}}
    <BLANKLINE>
    """

    def __init__(self, base: Network, steps: Sequence[Step], name: str) -> None:
        self._base, self._steps, self._name = base, steps, name
        self._found = self._rewritten(None)
        loaded = self._found.loaded
        if base.settings != loaded.settings:
            # An argument that nothing reads any more is gone.
            args = {k: v for k, v in base.settings.args.items() if k in loaded.spec.args}
            settings = replace(base.settings, args=args)
            loaded = load_spec(loaded.source, settings, base.loaded.limits)
        self.network = Network(loaded)
        self.text = self._found.text
        self.moved = self._found.moved
        self.kind = self._found.kind

    def __repr__(self) -> str:
        moves = ", ".join(step.move for step in self._steps)
        return f"<MovedNetwork {sanitize(self.network.name)}: {moves}, {self.kind}>"

    def _rewritten(self, file: str | None) -> Variant:
        """The variant for a file; for one next to its base without one."""
        from inceptionspec.moves.reference import base_reference
        from inceptionspec.moves.variant import rewrite

        place = external(f"move({', '.join(repr(step.move) for step in self._steps)})")
        loaded = self._base.loaded
        extends = base_reference(loaded.source, file, place)
        path = loaded.source.path if file is None else Path(file)
        beside = path.with_name("variant.yaml") if path is not None and file is None else path
        return rewrite(loaded, self._steps, name=self._name, extends=extends, file=beside)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write the spec. A base that is a file must be in its folder or below it.

        Raises:
            SpecError: the base is elsewhere, or the file cannot be written.

        >>> moved = inceptionspec.load("inception_v3").move("halve-input")
        >>> moved.save("small.yaml")
        >>> inceptionspec.load("small.yaml").graph.nodes[0].shape
        (151, 151, 3)
        """
        from inceptionspec.utils.atomic_write import refuse_inputs, write_file

        file = os.fspath(file)
        place = external(f"save({shortened(repr(file), 80)})")
        refuse_inputs(file, [part.span.source.path for part in self._base.spec.files], place)
        write_file(file, self._rewritten(file).text.encode(), place)

    def to_text(self) -> str:
        """The text of `specbuild rewrite`: what each move did, and what that costs.

        >>> moved = inceptionspec.load("inception_v3").move("two-3x3", at="Mixed_5b/Branch_1/*")
        >>> moved.to_text().splitlines()[0]
        'two-3x3 at Mixed_5b/Branch_1/*: 1 place, new architecture'
        """
        from inceptionspec.reports.moves.text import to_text

        return to_text(self._found)


def _refuse_no_network(name: str, value: Any) -> None:
    if not isinstance(value, Network):
        place = external(f"{name}={shortened(repr(value))}")
        advice = "read it first, with `inceptionspec.load`"
        raise spec_error("E0805", f"`{name}` must be a network", place, advice)
