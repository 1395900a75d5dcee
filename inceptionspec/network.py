"""The Python API: from a reference to a network that answers."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.optional_packages import needs_packages
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.inheritance import Spec
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.settings import Settings, checked_width
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs

if TYPE_CHECKING:
    import keras

    from inceptionspec.analysis.costs import Cost
    from inceptionspec.analysis.layer_values import LayerValues
    from inceptionspec.analysis.part import Part
    from inceptionspec.backends.onnx.exported import OnnxModel
    from inceptionspec.backends.tensorflow import Inference
    from inceptionspec.drawing.diagram import Direction, Fold, Options, ThemeName
    from inceptionspec.drawing.diagram.options import Measure
    from inceptionspec.reports.results import (
        CheckResult,
        EvaluationResult,
        ExportedFile,
        NetworkDifference,
        NetworkSummary,
        OptimizedNetwork,
        PredictionResult,
        VerifiedFile,
    )
    from inceptionspec.training.train import TrainingResult
    from inceptionspec.weights import LoadedWeights, WeightOptions


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

        if not isinstance(other, Network):
            place = _called(f"other={shortened(repr(other))}")
            advice = "read it first, with `inceptionspec.load`"
            raise spec_error("E0805", "`other` must be a network", place, advice)
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

    def to_svg(
        self,
        *,
        fold: Fold | None = None,
        only: str | None = None,
        direction: Direction = "TB",
        theme: ThemeName | None = None,
        color_by: Literal["kind"] | Measure | LayerValues = "kind",
        collapse_repeats: bool = False,
        engine: str = "auto",
    ) -> str:
        """The diagram as SVG text.

        Args:
            fold: ``layers`` draws every layer, ``branches`` a box for each run of layers,
                ``network`` a box for each block, which is the default above 60 layers.
            only: the path of a block, head, branch or layer, or a group, to draw alone.
            direction: ``TB`` draws downwards, ``LR`` to the right.
            theme: ``light`` (the default), ``dark`` or ``print``.
            color_by: ``kind`` of operator, or a heat map of ``macs``, ``params``, ``memory``
                or of some values by path.
            collapse_repeats: draw equal blocks that follow each other once.
            engine: ``pure`` for the engine from PyPI, ``system`` for an installed
                Graphviz, ``auto`` for the first of the two that is there.

        Raises:
            SpecError: no diagram engine is installed, there is no such part, an option has
                no such value, or the values belong to another network.

        >>> svg = inceptionspec.load("inception_v3").to_svg(only="Mixed_7b")
        >>> "Conv2d_0b_1x3" in svg
        True
        """
        from inceptionspec.drawing.diagram import draw

        options = self._options(fold, only, direction, theme, color_by, collapse_repeats)
        return draw(self.graph, options, engine=engine)

    def save_diagram(
        self,
        file: str | os.PathLike[str],
        *,
        fold: Fold | None = None,
        only: str | None = None,
        direction: Direction = "TB",
        theme: ThemeName | None = None,
        color_by: Literal["kind"] | Measure | LayerValues = "kind",
        collapse_repeats: bool = False,
        engine: str = "auto",
    ) -> None:
        """Draw the diagram into a file, whose suffix chooses the format.

        Args:
            file: ends in ``.svg``, ``.png``, ``.pdf``, ``.dot``, or ``.html`` for an
                interactive page.
            fold: this and the others are those of ``to_svg``.
            only: as there.
            direction: as there.
            theme: as there; a page follows its reader's system by default.
            color_by: as there.
            collapse_repeats: as there.
            engine: as there.

        Raises:
            SpecError: as ``to_svg``, or the file cannot be written.

        >>> inceptionspec.load("inception_v3").save_diagram("v3.svg", color_by="macs")
        """
        from inceptionspec.drawing.diagram import draw_file
        from inceptionspec.drawing.diagram.engine import PAGE

        file = os.fspath(file)
        options = self._options(fold, only, direction, theme, color_by, collapse_repeats)
        if file.lower().endswith(PAGE):
            from inceptionspec.drawing.page import draw_page

            draw_page(self.loaded, file, options, engine=engine, theme=theme)
        else:
            draw_file(self.graph, file, options, engine=engine)

    def render(self, file: str | os.PathLike[str] | None = None, **options: Any) -> str | None:
        """``to_svg`` without a file, ``save_diagram`` with one; the options are theirs.

        >>> inceptionspec.load("inception_v3").render("v3.svg", fold="branches")
        """
        if file is None:
            return self.to_svg(**options)
        self.save_diagram(file, **options)
        return None

    def _options(
        self,
        fold: Fold | None,
        only: str | None,
        direction: Direction,
        theme: ThemeName | None,
        color_by: Literal["kind"] | Measure | LayerValues,
        collapse_repeats: bool,
    ) -> Options:
        from inceptionspec.analysis.layer_values import LayerValues, check_layer_values
        from inceptionspec.drawing.diagram import ByCost, ByKind, ByValues, Coloring, Options
        from inceptionspec.drawing.diagram.options import DIRECTIONS, FOLDS, MEASURES
        from inceptionspec.drawing.diagram.theme import THEMES

        _refuse_other("fold", fold, (None, *FOLDS))
        _refuse_other("direction", direction, DIRECTIONS)
        _refuse_other("theme", theme, (None, *THEMES))
        if not isinstance(color_by, LayerValues):
            _refuse_other("color_by", color_by, ("kind", *MEASURES))
        coloring: Coloring
        if isinstance(color_by, LayerValues):
            check_layer_values(color_by, self.loaded)
            coloring = ByValues(color_by)
        else:
            coloring = ByKind() if color_by == "kind" else ByCost(color_by)
        return Options(fold, only, direction, theme or "light", coloring, collapse_repeats)

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
        options = _weight_options(average, fresh, drop_background, without)
        arrays = self._file_arrays(weights, outputs, options)
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
        engine: str = "optimized",
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> Inference:
        """One TensorFlow function for inference, float32, to be called or saved.

        Args:
            weights: a file of weights of any format that is read, a model that `to_keras`
                built, or None for the values that a new model starts from.
            outputs: an end point or several; the logits of every head by default. One
                name gives a tensor, several a dictionary by name.
            batch: the number of images; open unless given.
            engine: ``optimized`` rewrites the graph first, ``graph`` runs it as it is,
                ``xla`` compiles the rewritten one, ``keras`` runs the Keras model.
            average: read the moving averages of the file instead of the variables, those of
                moving statistics included.
            fresh: parts of the network that start fresh whatever the file holds: a path, with
                `*` for any characters, or several.
            drop_background: leave out the first class of the file's heads.
            without: parts that the file is not asked for, or several; what the network has of
                them starts fresh.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point or the engine does not exist, TensorFlow is not
                installed, or the weights do not fit.

        >>> network = inceptionspec.load("inception_v3")
        >>> answer = network.to_inference(outputs="Logits")
        >>> answer.outputs, answer.engine
        (('Logits',), 'optimized')
        """
        from inceptionspec.backends.tensorflow import Inference

        options = _weight_options(average, fresh, drop_background, without)
        values = self._weight_arrays(weights, outputs, options)
        return Inference(self.graph, values, outputs, batch=batch, engine=engine)

    @needs_packages
    def to_onnx(
        self,
        weights: str | os.PathLike[str] | keras.Model | None = None,
        *,
        outputs: str | Sequence[str] | None = None,
        batch: int | None = None,
        average: bool = False,
        fresh: str | Sequence[str] = (),
        drop_background: bool = False,
        without: str | Sequence[str] = (),
    ) -> OnnxModel:
        """An ONNX model for inference, float32, its weights inside.

        It reads ``images``: batch x channels x height x width, as ONNX's operators do.

        Args:
            weights: a file of weights of any format that is read, a model that `to_keras`
                built, or None for the values that a new model starts from.
            outputs: an end point or several; the logits of every head by default.
            batch: the number of images; open unless given.
            average: read the moving averages of the file instead of the variables, those of
                moving statistics included.
            fresh: parts of the network that start fresh whatever the file holds: a path, with
                `*` for any characters, or several.
            drop_background: leave out the first class of the file's heads.
            without: parts that the file is not asked for, or several; what the network has of
                them starts fresh.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point does not exist, onnx is not installed, or TensorFlow is not and
                the weights are those of a model; or the weights do not fit.

        >>> model = inceptionspec.load("inception_v1").to_onnx(outputs="Logits")
        >>> model.save("inception_v1.onnx")
        """
        from inceptionspec.backends.onnx import onnx_model
        from inceptionspec.backends.onnx.exported import OnnxModel

        options = _weight_options(average, fresh, drop_background, without)
        values = self._weight_arrays(weights, outputs, options)
        return OnnxModel(self.name, onnx_model(self.graph, values, outputs, batch))

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
            average: this and the others are those of `to_onnx`.
            fresh: as there.
            drop_background: as there.
            without: as there.

        A file that holds more than the network gives a Python warning.

        Raises:
            SpecError: the file cannot be written, an option does not go with its format, a
                package is not installed, the weights do not fit, or the file computes something
                else than the network.

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

        file = os.fspath(file)
        options = ExportOptions(form, outputs, batch, optimized, preprocessing_inside, labels)
        chosen_form = check_export(self.loaded, file, options, _called(f"export {file}"))
        nodes = needed_nodes(self.loaded, chosen_form, outputs)
        source = os.fspath(weights) if isinstance(weights, (str, os.PathLike)) else None
        if weights is None:
            arrays = initial_values(self.loaded, nodes)
        elif source is None:
            arrays = self._weight_arrays(weights, outputs, _weight_options(False, (), False, ()))
        else:
            chosen = _weight_options(average, fresh, drop_background, without)
            arrays = self._node_arrays(source, nodes, chosen)
        return ExportedFile.of(export(self.loaded, file, arrays, options, weights=source))

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

        _refuse_other("crops", str(crops), ("1", "10", "144"))
        place = _called(f"predict: {self.name}")
        options = _weight_options(average, fresh, drop_background, without)
        networks = [
            SpecNetwork(one.loaded, found, place, options, tell=_warn)
            for one, found in self._ensemble(weights, ensemble, options)
        ]
        found = predict(
            networks,
            pictures if isinstance(pictures, (list, tuple)) else [pictures],
            place,
            top=top,
            labels=_labels(labels),
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
        crops: Literal[1, 10, 144] = 1,
        batch: int = 32,
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
            crops: how many parts of each picture are shown.
            batch: how many inputs are computed at once, at most.
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

        _refuse_other("crops", str(crops), ("1", "10", "144"))
        place = _called(f"evaluate: {self.name}")
        options = _weight_options(average, fresh, drop_background, without)
        opened: list[tuple[Any, Any]] = []
        for one, found in self._ensemble(weights, ensemble, options):
            if isinstance(found, str):
                opened += with_weights(one.loaded, found, options, place, _warn)
            else:
                opened.append((SpecNetwork(one.loaded, found, place, options), None))
        runs = [run for _, run in opened if run is not None]
        return _evaluated([network for network, _ in opened], runs, data, labels, crops, batch)

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
                yield one, one._weight_arrays(file, one.graph.main or None, options)

    def _weight_arrays(
        self,
        weights: str | os.PathLike[str] | keras.Model | None,
        outputs: str | Sequence[str] | None,
        options: WeightOptions,
    ) -> Mapping[tuple[str, str], Any]:
        """The arrays that some outputs need, by a layer's path and a weight's name."""
        if isinstance(weights, (str, os.PathLike)):
            return self._file_arrays(weights, outputs, options)
        from inceptionspec.backends.tensorflow import values_for

        return values_for(self.graph, outputs, weights)

    def _file_arrays(
        self,
        file: str | os.PathLike[str],
        outputs: str | Sequence[str] | None,
        options: WeightOptions,
    ) -> Mapping[tuple[str, str], Any]:
        """The same from a file of weights."""
        nodes = ancestors(self.graph.nodes, resolve_outputs(self.graph, outputs).values())
        return self._node_arrays(file, nodes, options, stacklevel=5)

    def _node_arrays(
        self,
        file: str | os.PathLike[str],
        nodes: Sequence[int],
        options: WeightOptions,
        stacklevel: int = 4,
    ) -> Mapping[tuple[str, str], Any]:
        """The arrays of some nodes, with a Python warning for each of the file's warnings.

        A file of a base of the network gives the list of what became of each layer, too.
        """
        from inceptionspec.weights import load_weights

        found = load_weights(self.loaded, os.fspath(file), options, nodes)
        for warning in found.warnings:
            warnings.warn(warning.message, stacklevel=stacklevel)
        if found.transferred is not None:
            from inceptionspec.reports.weights.transfer_text import transfer_text

            warnings.warn(transfer_text(found.transferred), stacklevel=stacklevel)
        return found.arrays

    @cached_property
    def _picture(self) -> str | None:
        """The diagram at the fold level of its size; None where no engine draws it."""
        try:
            return self.to_svg()
        except SpecError:
            return None

    def _repr_svg_(self) -> str | None:
        return self._picture

    def _repr_html_(self) -> str:
        from inceptionspec.drawing.notebook import html_view
        from inceptionspec.reports.summary.html import html_table

        return html_view(self._picture, html_table(self.summary()), self.name)

    def __repr__(self) -> str:
        return f"<Network {sanitize(self.name)}: {len(self)} layers>"


def load(
    reference: str | os.PathLike[str],
    *,
    input: str | int | tuple[int, int] | None = None,
    width: float | None = None,
    min_filters: int | None = None,
    head: str | Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    **args: Any,
) -> Network:
    """Read a spec: a built-in name or a path.

    Args:
        reference: ``inception_v3`` or ``variants/mine.yaml``; a text of several lines is
            read as ``loads`` reads it.
        input: height x width in pixels, as ``"224x224"``, ``224`` or ``(224, 224)``;
            ``"any"`` leaves both open.
        width: the width multiplier of all convolutions that are not fixed.
        min_filters: the least number of filters below width 1; 16 unless given.
        head: one head or several, to leave out the others and what only they need.
        limits: the sizes beyond which a spec is refused.
        args: the spec's own arguments, such as ``classes=10``.

    Raises:
        SpecError: with every finding, each at its place.

    >>> inceptionspec.load("inception_v3", classes=10, input="224x224", head="Logits")
    <Network InceptionV3: 128 layers>
    """
    reference = os.fspath(reference)
    source = Source("<text>", reference) if "\n" in reference else open_spec(reference, limits)
    settings = _settings(input, width, min_filters, head, args)
    return Network(load_spec(source, settings, limits))


def loads(
    text: str,
    *,
    input: str | int | tuple[int, int] | None = None,
    width: float | None = None,
    min_filters: int | None = None,
    head: str | Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    **args: Any,
) -> Network:
    """Read the text of a spec; the other arguments are those of ``load``.

    A text can extend a built-in spec, but no file.

    Raises:
        SpecError: with every finding, each at its place.

    >>> network = inceptionspec.loads('''
    ... spec: 1
    ... name: tiny
    ... input: {size: 32x32, channels: 3}
    ... network:
    ...   - {op: conv, name: conv1, kernel: 3x3, filters: 8, stride: 2}
    ...   - {op: global_avg_pool}
    ... ''')
    >>> network["conv1"].shape
    (16, 16, 8)
    """
    settings = _settings(input, width, min_filters, head, args)
    return Network(load_spec(Source("<text>", text), settings, limits))


@needs_packages
def train(
    network: Network | str,
    *,
    recipe: str,
    data: Any,
    out: str,
    weights: Mapping[tuple[str, str], Any] | None = None,
    batch: int | None = None,
    seed: int | None = None,
    validation: float = 0.1,
    save_steps: int = 0,
) -> TrainingResult:
    """Train a network as ``specbuild train`` does, and keep the run in a folder.

    Args:
        network: what is trained, or what ``load`` takes.
        recipe: a built-in recipe, or the path of one.
        data: a path as ``--data`` takes it; a pair of arrays of pictures (uint8, pictures x
            height x width x channels) and labels; or a ``tf.data.Dataset`` of pairs of a picture
            and a label, without batches. The last is read once and kept in memory, so that a run
            can be resumed at any step.
        out: the folder of the run: a new one.
        weights: arrays to start from, by a layer's path and a weight's name.
        batch: images in an update; the recipe's by default.
        seed: what all that is drawn follows from; the recipe's by default.
        validation: the share of the pictures that validates, where the data does not say.
        save_steps: save after so many steps, and not only after each epoch and each 10 minutes.

    Raises:
        SpecError: something does not fit, or a number became infinite or undefined (E0914).

    >>> import numpy
    >>> pictures = numpy.zeros((64, 32, 32, 3), "uint8")
    >>> pictures[32:] = 255
    >>> text = '''
    ... spec: 1
    ... name: Tiny
    ... input: {size: 32x32, channels: 3, preprocessing: {scale: 1/127.5, mean: 1}}
    ... network:
    ...   - {op: conv, name: First, kernel: 3x3, filters: 4, activation: relu}
    ... heads:
    ...   Logits: {from: First, layers: [{op: global_avg_pool}, {op: dense, units: 2}]}
    ... '''
    >>> found = inceptionspec.train(
    ...     inceptionspec.loads(text),
    ...     recipe="quick",
    ...     batch=16,
    ...     out="run",
    ...     data=(pictures, [0] * 32 + [1] * 32),
    ... )
    >>> found.steps, sorted(found.validation)
    (30, ['loss', 'top_1', 'top_5'])
    """
    from inceptionspec.training.recipes.load import open_recipe
    from inceptionspec.training.run import Settings as RunSettings
    from inceptionspec.training.run import new_run

    loaded = (network if isinstance(network, Network) else load(network)).loaded
    is_path = isinstance(data, (str, os.PathLike))
    settings = RunSettings(os.fspath(data) if is_path else "", batch, seed, validation)
    run = new_run(loaded, open_recipe(recipe), settings, out, None if is_path else data)
    return _trained(run, weights, save_steps)


@needs_packages
def resume(
    out: str, data: Any = None, *, save_steps: int = 0, data_changed: bool = False
) -> TrainingResult:
    """Go on with a run from its last checkpoint, as if nothing had happened.

    Args:
        out: the folder of the run.
        data: the data, where it is not where it was: must be given if Python code gave it.
        save_steps: as for ``train``.
        data_changed: whether to go on with other data.

    Raises:
        SpecError: it is no run (E0802), or something of it has changed (E0915).

    >>> try:
    ...     inceptionspec.resume("nowhere")
    ... except inceptionspec.SpecError as error:
    ...     print(error.findings[0].message)
    `nowhere` is not the folder of a run
    """
    from inceptionspec.training.run import open_run

    given = os.fspath(data) if isinstance(data, os.PathLike) else data
    return _trained(open_run(out, given, data_changed=data_changed), None, save_steps)


def _trained(run: Any, weights: Any, save_steps: int) -> TrainingResult:
    from inceptionspec.training.loop import Saving
    from inceptionspec.training.train import train as carry_out

    return carry_out(run, weights, saving=Saving(save_steps))


@needs_packages
def verify(file: str | os.PathLike[str], weights: str | None = None) -> VerifiedFile:
    """Check that a file still is what `Network.export` wrote, by its receipt.

    Args:
        file: an exported file, a folder, or a checkpoint's prefix.
        weights: the file of weights that it was exported from, to compare.

    Raises:
        SpecError: the file cannot be read, or it has no receipt or one that was changed.

    >>> network = inceptionspec.load("inception_v1", width=0.1)
    >>> exported = network.export("mixed_3b.onnx", outputs="Mixed_3b")
    >>> inceptionspec.verify("mixed_3b.onnx").ok
    True
    """
    from inceptionspec.export.verify import verify as found
    from inceptionspec.reports.results import VerifiedFile

    return VerifiedFile.of(found(os.fspath(file), weights))


@needs_packages
def evaluate(
    *networks: str | os.PathLike[str],
    data: str | tuple[Any, Any] | None = None,
    weights: str | Sequence[str] = (),
    labels: str | Sequence[str] | None = None,
    crops: Literal[1, 10, 144] = 1,
    batch: int = 32,
) -> EvaluationResult:
    """How good networks are on labeled pictures, each alone and the mean of their probabilities.

    Args:
        networks: folders of runs, of which one with members is their ensemble; exported files;
            specs.
        data: as `Network.evaluate` takes it; by default that which the first run was validated
            with.
        weights: of the specs, in their order, or several of the only one.
        labels: as for `Network.evaluate`.
        crops: as there.
        batch: as there.

    Raises:
        SpecError: as there; or a run is not finished, or weights are missing.

    >>> import numpy
    >>> network = inceptionspec.load("inception_v1", width=0.1, classes=2)
    >>> exported = network.export("v1.onnx")
    >>> black = numpy.zeros((2, 300, 400, 3), "uint8")
    >>> inceptionspec.evaluate("v1.onnx", data=(black, [0, 1]))
    <EvaluationResult of InceptionV1: top-1 50.00% of 2 pictures>
    """
    from inceptionspec.training.evaluation.networks import open_networks

    _refuse_other("crops", str(crops), ("1", "10", "144"))
    references = [os.fspath(network) for network in networks]
    place = _called(f"evaluate: {shortened(', '.join(references), 80)}")
    if not references:
        raise spec_error("E0810", "no network is named", place, "name a run, a file or a spec")

    def read(spec: str) -> LoadedSpec:
        return load(spec).loaded

    options = _weight_options(False, (), False, ())
    opened, runs = open_networks(references, _several(weights), read, options, place, _warn)
    if data is None and not runs:
        raise spec_error("E0810", "`data` is missing", place, "name labeled pictures: `data=...`")
    return _evaluated(opened, runs, runs[0].data if data is None else data, labels, crops, batch)


def builtin_specs() -> tuple[str, ...]:
    """The names of the built-in specs, in alphabetical order.

    >>> inceptionspec.builtin_specs()[:3]
    ('bn_inception', 'inception_resnet_v1', 'inception_resnet_v2')
    """
    return builtin_names()


def _evaluated(
    networks: Sequence[Any],
    runs: Sequence[Any],
    data: str | tuple[Any, Any],
    labels: str | Sequence[str] | None,
    crops: int,
    batch: int,
) -> EvaluationResult:
    """Networks that are open, on data that may be that of runs."""
    from inceptionspec.reports.results import EvaluationResult
    from inceptionspec.training.evaluation.evaluate import evaluate
    from inceptionspec.training.evaluation.labeled_data import labeled_arrays, open_labeled_data

    place = _called("evaluate")
    if isinstance(data, (str, os.PathLike)):
        pictures = open_labeled_data(os.fspath(data), runs, _called(f"data={data!r}"))
    else:
        pictures = labeled_arrays(*data, _called("data"))
    return EvaluationResult.of(
        evaluate(
            networks,
            pictures,
            place,
            labels=_labels(labels),
            labels_file=labels if isinstance(labels, str) else "labels",
            count=crops,
            batch=batch,
        )
    )


def _weight_options(
    average: bool,
    fresh: str | Sequence[str],
    drop_background: bool,
    without: str | Sequence[str],
) -> WeightOptions:
    from inceptionspec.weights import WeightOptions

    return WeightOptions(average, _several(fresh), drop_background, _several(without))


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _settings(
    input: str | int | tuple[int, int] | None,
    width: float | None,
    min_filters: int | None,
    head: str | Sequence[str],
    args: Mapping[str, Any],
) -> Settings:
    given = {name: (value, _called(f"{name}={value!r}")) for name, value in args.items()}
    size = None if input is None else (_size_text(input), _called(f"input={input!r}"))
    factor = None
    if width is not None or min_filters is not None:
        factor = checked_width(width, min_filters, _called(f"width={width!r}"))
    heads = _several(head)
    return Settings(given, size, factor, heads)


def _size_text(size: str | int | tuple[int, int]) -> str:
    if isinstance(size, int):
        return f"{size}x{size}"
    return size if isinstance(size, str) else "x".join(str(side) for side in size)


def _labels(labels: str | Sequence[str] | None) -> Sequence[str] | None:
    """Names of classes, of a file if they are its name."""
    if not isinstance(labels, str):
        return labels
    from inceptionspec.export.labels import read_labels

    return read_labels(labels, _called(f"labels={labels!r}"))


def _warn(found: LoadedWeights) -> None:
    """Python's warnings about weights that pictures are predicted with."""
    from inceptionspec.prediction.from_spec import doubts, started_fresh

    for text in (*(one.message for one in doubts(found)), *started_fresh(found)):
        warnings.warn(text, stacklevel=5)


def _refuse_other(name: str, value: Any, known: Sequence[str | None]) -> None:
    """Refuse a value that is none of those that an option can have."""
    if value in known:
        return
    words = [word for word in known if word is not None]
    message = f"`{name}` must be {listed(words, 'or')}"
    near = did_you_mean(value, words) if isinstance(value, str) else ()
    raise spec_error("E0805", message, _called(f"{name}={shortened(repr(value))}"), *near)


def _called(text: str) -> Span:
    """The place of a value that was given from Python."""
    return external(text)
