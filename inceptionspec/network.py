"""The whole way from a reference to a network that answers: the Python API."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.frontend.expansion.inheritance import Spec
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.frontend.settings import Settings, checked_width
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs

if TYPE_CHECKING:
    import keras

    from inceptionspec.analysis.diff.difference import Difference
    from inceptionspec.analysis.layer_values import LayerValues
    from inceptionspec.analysis.summary import Summary
    from inceptionspec.backends.tensorflow import Inference
    from inceptionspec.drawing.diagram import Direction, Fold, ThemeName
    from inceptionspec.drawing.diagram.options import Measure
    from inceptionspec.ir.graph import Graph
    from inceptionspec.rewrites import Rewritten


class Network:
    """A network that was read from a spec: its graph, its figures, its picture, its model."""

    def __init__(self, loaded: LoadedSpec) -> None:
        self.loaded = loaded

    @property
    def source(self) -> Source:
        """The text that was asked for."""
        return self.loaded.source

    @property
    def spec(self) -> Spec:
        """The spec after its bases."""
        return self.loaded.spec

    @property
    def graph(self) -> Graph:
        """The linked graph."""
        return self.loaded.graph

    @property
    def settings(self) -> Settings:
        """What was set from outside."""
        return self.loaded.settings

    @property
    def name(self) -> str:
        """What the network calls itself."""
        return self.spec.name

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of what is computed (``network``) and of the whole text (``document``)."""
        return self.loaded.digests

    def summary(self) -> Summary:
        """Shapes, parameters, MACs, FLOPs, memory and receptive fields of every layer."""
        from inceptionspec.analysis.summary import summarize

        return summarize(self.loaded)

    def plot(self, file: str) -> None:
        """Draw MACs and parameters by block, and memory along the network.

        Args:
            file: ends in ``.svg``, ``.png`` or ``.pdf``.

        Raises:
            SpecError: matplotlib is not installed, height and width are open, or the file
                cannot be written.
        """
        from inceptionspec.drawing.plot import plot_file

        plot_file(self.summary(), file)

    def diff(self, other: Network) -> Difference:
        """What is different in another network, layer by layer, and what that costs."""
        from inceptionspec.analysis.diff.compare import compare

        return compare(self.loaded, other.loaded)

    def optimize(
        self,
        outputs: str | Sequence[str] | None = None,
        *,
        passes: Sequence[str] | None = None,
        without: Sequence[str] = (),
    ) -> Rewritten:
        """The network rewritten for inference: the same outputs from less work.

        Args:
            outputs: an end point or several. By default the logits of the heads that the
                network was loaded with, of the main one if none was chosen, or the last
                tensor where there is no head.
            passes: the names of the passes that run; all of them by default.
            without: the names of passes that do not.

        Raises:
            SpecError: an end point or a pass does not exist.
        """
        from inceptionspec.rewrites import chosen_passes, rewrite

        default = self.settings.heads or (self.graph.main or None)
        asked = default if outputs is None else outputs
        return rewrite(self.graph, asked, chosen_passes(passes, without))

    def render(
        self,
        file: str | None = None,
        *,
        fold: Fold | None = None,
        only: str | None = None,
        direction: Direction = "TB",
        theme: ThemeName | None = None,
        color_by: Literal["kind"] | Measure | LayerValues = "kind",
        collapse_repeats: bool = False,
        engine: str = "auto",
    ) -> str | None:
        """The diagram as SVG text, or, with a file, written there by its suffix.

        Args:
            file: ends in ``.svg``, ``.png``, ``.pdf``, ``.dot`` or ``.html``.
            fold: ``layers`` draws every layer, ``branches`` a box for each run of layers,
                ``network`` one for each block, which is what is done above 60 layers.
            only: the path of a block, head, branch or layer, or a group, to draw alone.
            direction: ``TB`` draws downwards, ``LR`` to the right.
            theme: ``light`` (the default), ``dark`` or ``print``; a page follows its reader's
                system unless told.
            color_by: ``kind`` of operator, or a heat map of ``macs``, ``params``, ``memory``
                or of some values by path.
            collapse_repeats: draw blocks once that are alike and follow each other.
            engine: ``pure`` for the engine from PyPI, ``system`` for an installed
                Graphviz, ``auto`` for the first of the two that is there.

        Raises:
            SpecError: no diagram engine is installed, the file cannot be written, there is
                no such part, or the values belong to another network.
        """
        from inceptionspec.analysis.layer_values import LayerValues, check_layer_values
        from inceptionspec.drawing.diagram import (
            ByCost,
            ByKind,
            ByValues,
            Coloring,
            Options,
            draw,
            draw_file,
        )
        from inceptionspec.drawing.diagram.engine import PAGE

        coloring: Coloring
        if isinstance(color_by, LayerValues):
            check_layer_values(color_by, self.loaded)
            coloring = ByValues(color_by)
        else:
            coloring = ByKind() if color_by == "kind" else ByCost(color_by)
        options = Options(fold, only, direction, theme or "light", coloring, collapse_repeats)
        if file is None:
            return draw(self.graph, options, engine=engine)
        if file.lower().endswith(PAGE):
            from inceptionspec.drawing.page import draw_page

            draw_page(self.loaded, file, options, engine=engine, theme=theme)
        else:
            draw_file(self.graph, file, options, engine=engine)
        return None

    def to_keras(
        self,
        outputs: str | Sequence[str] | None = None,
        weights: str | None = None,
        *,
        average: bool = False,
    ) -> keras.Model:
        """A Keras functional model made of stock layers.

        Args:
            outputs: an end point or several; the logits of every head by default. One
                name gives a tensor, several a dictionary by name.
            weights: a TF-Slim checkpoint to start from.
            average: read the moving averages of the checkpoint instead of its variables, those
                of moving statistics included.

        A checkpoint that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point does not exist, TensorFlow is not installed, or the
                checkpoint does not fit.
        """
        from inceptionspec.backends.keras import build

        model = build(self.graph, outputs)
        if weights is not None:
            from inceptionspec.weights import load_checkpoint

            loaded = load_checkpoint(model, self.graph, weights, average=average)
            for warning in loaded.warnings:
                warnings.warn(warning.message, stacklevel=2)
        return model

    def to_inference(
        self,
        weights: str | keras.Model | None = None,
        *,
        outputs: str | Sequence[str] | None = None,
        batch: int | None = None,
        engine: str = "optimized",
        average: bool = False,
    ) -> Inference:
        """One TensorFlow function for inference, float32, to be called or saved.

        Args:
            weights: a TF-Slim checkpoint, a model that `to_keras` built, or None for the
                values that a new model starts from.
            outputs: an end point or several; the logits of every head by default. One
                name gives a tensor, several a dictionary by name.
            batch: the number of images; open unless given.
            engine: ``optimized`` rewrites the graph first, ``graph`` runs it as it is,
                ``xla`` compiles the rewritten one, ``keras`` runs the Keras model.
            average: read the moving averages of the checkpoint instead of its variables, those
                of moving statistics included.

        A checkpoint that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point or the engine does not exist, TensorFlow is not
                installed, or the weights do not fit.
        """
        from inceptionspec.backends.tensorflow import Inference, Values, values_for

        if isinstance(weights, str):
            from inceptionspec.weights import checkpoint_values

            nodes = ancestors(self.graph.nodes, resolve_outputs(self.graph, outputs).values())
            loaded = checkpoint_values(self.graph, weights, nodes, average=average)
            for warning in loaded.warnings:
                warnings.warn(warning.message, stacklevel=2)
            values: Values = loaded.arrays
        else:
            values = values_for(self.graph, outputs, weights)
        return Inference(self.graph, values, outputs, batch=batch, engine=engine)

    @cached_property
    def _picture(self) -> str | None:
        """The diagram at the fold level of its size; None where no engine draws it."""
        try:
            return self.render()
        except SpecError:
            return None

    def _repr_svg_(self) -> str | None:
        return self._picture

    def _repr_html_(self) -> str:
        from inceptionspec.drawing.notebook import html_view
        from inceptionspec.reports.summary.html import html_table

        return html_view(self._picture, html_table(self.summary()), self.name)

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self.graph.nodes)} layers>"


def load(
    reference: str,
    *,
    input: str | int | tuple[int, int] | None = None,
    width: float | None = None,
    min_filters: int | None = None,
    head: str | Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    **args: Any,
) -> Network:
    """Read a spec: a built-in name, a path, or the text itself.

    Args:
        reference: ``inception_v3``, ``variants/mine.yaml``, or a text of several lines.
        input: height x width in pixels, as ``"224x224"``, ``224`` or ``(224, 224)``;
            ``"any"`` leaves both open.
        width: the width multiplier of all convolutions that are not fixed.
        min_filters: the least number of filters below width 1; 16 unless given.
        head: one head or several, to leave out the others and what only they need.
        limits: the sizes beyond which a spec is refused.
        args: the spec's own arguments, such as ``classes=10``.

    Raises:
        SpecError: with every finding, each at its place.
    """
    source = Source("<text>", reference) if "\n" in reference else open_spec(reference, limits)
    given = {name: (value, _called(f"{name}={value!r}")) for name, value in args.items()}
    size = None if input is None else (_size_text(input), _called(f"input={input!r}"))
    factor = None
    if width is not None or min_filters is not None:
        factor = checked_width(width, min_filters, _called(f"width={width!r}"))
    heads = (head,) if isinstance(head, str) else tuple(head)
    return Network(load_spec(source, Settings(given, size, factor, heads), limits))


def _size_text(size: str | int | tuple[int, int]) -> str:
    if isinstance(size, int):
        return f"{size}x{size}"
    return size if isinstance(size, str) else "x".join(str(side) for side in size)


def _called(text: str) -> Span:
    """The place of a value that was given from Python."""
    return external(text)
