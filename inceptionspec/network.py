"""The whole way from a reference to a network that answers: the Python API."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.diagnostics import Diagnostic, Label, SpecError
from inceptionspec.document import Map
from inceptionspec.expand import expand
from inceptionspec.files import open_spec
from inceptionspec.limits import DEFAULT_LIMITS, Limits
from inceptionspec.link import link
from inceptionspec.plan import Plan
from inceptionspec.resolve import Width, resolve
from inceptionspec.source import Source, Span
from inceptionspec.tree import Scope
from inceptionspec.variants import Spec, extended_here, given_arguments, load_spec

if TYPE_CHECKING:
    import keras

    from inceptionspec.backends.diagram import Direction, Fold, ThemeName
    from inceptionspec.backends.diagram.options import Measure
    from inceptionspec.backends.keras.inference import Inference
    from inceptionspec.comparison.difference import Difference
    from inceptionspec.graph import Graph
    from inceptionspec.report import Report
    from inceptionspec.rewrites import Rewritten
    from inceptionspec.values import Values


@dataclasses.dataclass(frozen=True, slots=True)
class Knobs:
    """What a user sets from outside, each with the place that findings show.

    ``args`` holds values by argument name, ``size`` a text such as ``224x224`` or
    ``any``, ``heads`` the heads to keep (all if empty).
    """

    args: Mapping[str, tuple[Any, Span]] = dataclasses.field(default_factory=dict)
    size: tuple[str, Span] | None = None
    width: Width | None = None
    heads: tuple[str, ...] = ()

    @property
    def turned(self) -> tuple[str, ...]:
        """The knobs that change what contracts were stated for, as a user wrote them."""
        places = [span.source.name for _, span in self.args.values()]
        if self.size is not None:
            places.append(self.size[1].source.name)
        if self.width is not None:
            places.append(f"--width {self.width.factor:g}")
        return tuple(places)


class Network:
    """A network that was read from a spec: its graph, its figures, its picture, its model.

    Attributes:
        source: the text that was asked for.
        spec: the spec after its bases.
        graph: the linked graph.
        knobs: what was set from outside.
        limits: the sizes beyond which it would have been refused.
    """

    def __init__(
        self,
        source: Source,
        spec: Spec,
        tree: Scope,
        plan: Plan,
        graph: Graph,
        knobs: Knobs,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.source = source
        self.spec = spec
        self.tree = tree
        self.plan = plan
        self.graph = graph
        self.knobs = knobs
        self.limits = limits

    @property
    def name(self) -> str:
        """What the network calls itself."""
        return self.spec.name

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of what is computed (``network``) and of the whole text (``document``)."""
        from inceptionspec.digest import document_digest, network_digest

        return {"network": network_digest(self.graph), "document": document_digest(self)}

    def summary(self) -> Report:
        """Shapes, parameters, MACs, FLOPs, memory and receptive fields of every layer."""
        from inceptionspec.report import report

        return report(self)

    def diff(self, other: Network) -> Difference:
        """What is different in another network, layer by layer, and what that costs."""
        from inceptionspec.comparison.compare import compare

        return compare(self, other)

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

        default = self.knobs.heads or (self.graph.main or None)
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
        color_by: Literal["kind"] | Measure | Values = "kind",
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
        from inceptionspec.backends.diagram import (
            ByCost,
            ByKind,
            ByValues,
            Colouring,
            Options,
            draw,
            draw_file,
        )
        from inceptionspec.backends.diagram.engine import PAGE
        from inceptionspec.values import Values, check_values

        colouring: Colouring
        if isinstance(color_by, Values):
            check_values(color_by, self)
            colouring = ByValues(color_by)
        else:
            colouring = ByKind() if color_by == "kind" else ByCost(color_by)
        options = Options(fold, only, direction, theme or "light", colouring, collapse_repeats)
        if file is None:
            return draw(self.graph, options, engine=engine)
        if file.lower().endswith(PAGE):
            from inceptionspec.backends.page import draw_page

            draw_page(self, file, options, engine=engine, theme=theme)
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
            average: read the moving averages of the checkpoint instead of its variables.

        A checkpoint that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point does not exist, TensorFlow is not installed, or the
                checkpoint does not fit.
        """
        from inceptionspec.backends.keras import build, load_checkpoint

        model = build(self.graph, outputs)
        if weights is not None:
            for warning in load_checkpoint(model, self.graph, weights, average=average):
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
            average: read the moving averages of the checkpoint instead of its variables.

        A checkpoint that holds more than the network gives a Python warning.

        Raises:
            SpecError: an end point or the engine does not exist, TensorFlow is not
                installed, or the weights do not fit.
        """
        from inceptionspec.backends.keras.inference import Inference, values_for

        values = values_for(self.graph, outputs, weights, average=average)
        return Inference(self.graph, values, outputs, batch=batch, engine=engine)

    def _repr_svg_(self) -> str | None:
        return self.render()

    def _repr_html_(self) -> str:
        from inceptionspec.outputs.markdown import html_table

        return html_table(self.summary())

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
    return load_source(source, Knobs(given, size, factor, heads), limits)


def load_source(source: Source, knobs: Knobs = Knobs(), limits: Limits = DEFAULT_LIMITS) -> Network:
    """Read, check, expand and link a spec under some knobs.

    Raises:
        SpecError: with every finding, each at its place.
    """
    spec = load_spec(source, limits)
    try:
        args, findings = given_arguments(spec, knobs.args)
        if findings:
            raise SpecError(findings)
        if knobs.size is not None:
            spec.input = _resized(spec.input, *knobs.size)
        tree = expand(spec, args, limits)
        plan = resolve(spec, tree, args, knobs.width or Width())
        graph = link(plan, knobs.heads, limits)
    except SpecError as error:
        raise SpecError(
            [
                dataclasses.replace(
                    one, labels=one.labels + extended_here(one.primary.span, spec.files)
                )
                for one in error.findings
            ],
            error.complete,
        ) from None
    return Network(source, spec, tree, plan, graph, knobs, limits)


def checked_width(factor: float | None, minimum: int | None, span: Span) -> Width:
    """A width multiplier above 0 with a minimum of at least 1.

    Raises:
        SpecError: either is 0 or below, or is no finite number.
    """
    width = Width(
        1.0 if factor is None else factor, Width().minimum if minimum is None else minimum
    )
    findings = []
    if not 0 < width.factor <= 1e6:  # also refuses NaN
        findings.append(
            Diagnostic(
                "E0805",
                f"the width must be above 0, not {width.factor:g}",
                Label(span),
                helps=("1 is the width of the spec, 0.5 halves every number of filters",),
            )
        )
    if width.minimum < 1:
        findings.append(
            Diagnostic(
                "E0805",
                f"the least number of filters must be at least 1, not {width.minimum}",
                Label(span),
                helps=("TF-Slim's is 16",),
            )
        )
    if findings:
        raise SpecError(findings)
    return width


def _resized(section: Map, size: str, span: Span) -> Map:
    from inceptionspec.language import SIZE
    from inceptionspec.validate import admits

    if not admits(SIZE, size):
        message = f"the input size must be {SIZE.expected}"
        square = f"{size}x{size}"
        helps = (f"write `{square}`",) if admits(SIZE, square) else ()
        raise SpecError([Diagnostic("E0805", message, Label(span), helps=helps)])
    given = Map(span)
    given.put("size", size, span, span)
    return section.merged(given)


def _size_text(size: str | int | tuple[int, int]) -> str:
    if isinstance(size, int):
        return f"{size}x{size}"
    return size if isinstance(size, str) else "x".join(str(side) for side in size)


def _called(text: str) -> Span:
    """The place of a value that was given from Python."""
    return Source(text).whole()
