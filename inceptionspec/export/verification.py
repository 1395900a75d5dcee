"""A file that was just written against the network that it was written from."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.files import litert_file, onnx_file
from inceptionspec.export.files.handlers import HANDLERS
from inceptionspec.export.program import Program
from inceptionspec.export.reference import picture_shape, pictures
from inceptionspec.export.running import (
    BOUND,
    Answers,
    Runner,
    first_different,
    largest_deviation,
)


class Verification(NamedTuple):
    """What the comparison has found.

    Attributes:
        runtime: what loaded the file; None where its runtime is not installed.
        source: what it was compared with; None where nothing could be.
        deviation: the largest, over the largest output; None where nothing was compared.
        shape: of the pictures.
        answers: what the network yields for the pictures, layer by layer; None where nothing
            can run it.
    """

    runtime: str | None
    source: str | None
    deviation: float | None
    shape: tuple[int, ...]
    answers: Answers | None

    @property
    def verified(self) -> bool:
        """Whether the file was compared with its source."""
        return self.deviation is not None


def verify(program: Program, form: str, target: Path, place: Span) -> Verification:
    """Compare a file with its source.

    Args:
        program: what was written.
        form: the name of the format.
        target: the file.
        place: what findings show.

    Raises:
        SpecError: the file computes something else (E0713).
    """
    shape = picture_shape(program.loaded.graph, program.batch)
    drawn = pictures(shape)
    handler = HANDLERS[form]
    source = _source(program, form)
    if handler.reread is not None:
        expected = None if source is None else source(drawn, layers=True)
        if not _installed(handler.runtime):
            return Verification(None, None, None, shape, expected)
        runtime = _compare_weights(program, handler.reread, target, place)
        return Verification(runtime, "the weights themselves", 0.0, shape, expected)
    assert handler.runner is not None
    if not _installed(handler.runtime):
        return Verification(None, None, None, shape, None)
    runner = handler.runner(program, target)
    layered = runner(drawn, layers=True)
    if source is None:
        return Verification(runner.name, None, None, shape, layered)
    found, expected = runner(drawn), source(drawn)
    apart = largest_deviation(found.outputs, expected.outputs)
    if not apart <= BOUND:
        path = first_different(layered.layers, _expected_layers(program, source, drawn))
        raise _different(target, apart, source.name, path, place)
    answers = Answers(found.outputs, layered.layers)
    return Verification(runner.name, source.name, apart, shape, answers)


def _installed(package: str) -> bool:
    """Whether a package can be imported; what blocks its import counts as not."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _source(program: Program, form: str) -> Runner | None:
    """The network itself, in a runtime that is not the file's own: Keras, or else ours."""
    if _installed("tensorflow") and _installed("keras"):
        from inceptionspec.export.files.keras_runner import source_runner

        return source_runner(program)
    plain = _plain(program)
    if form != "onnx" and _installed("onnxruntime") and _installed("onnx"):
        model = onnx_file.model_bytes(plain)
        return onnx_file.OnnxRunner(model, plain.graph, plain.paths, inside=False)
    if form != "tflite" and _installed("ai_edge_litert"):
        model = litert_file.model_bytes(plain)
        return litert_file.LiteRtRunner(model, plain.graph, plain.paths, inside=False)
    return None


def _plain(program: Program) -> Program:
    """The same network, not rewritten, that reads images."""
    from inceptionspec.ir.traversal import resolve_outputs

    graph = program.loaded.graph
    ends = resolve_outputs(graph, program.asked)
    return Program(program.loaded, graph, program.source, program.source, program.asked, ends)


def _expected_layers(program: Program, source: Runner, drawn: Any) -> Any:
    """What the layers of the graph that was written must yield."""
    if program.optimized and _installed("tensorflow"):
        from inceptionspec.export.files.keras_runner import rewritten_runner

        return rewritten_runner(program)(drawn, layers=True).layers
    return source(drawn, layers=True).layers


def _compare_weights(
    program: Program, reread: Callable[..., Any], target: Path, place: Span
) -> str:
    """Compare the weights of a file, number by number; the name of what read them."""
    try:
        runtime, values = reread(program, target)
    except (KeyError, ValueError) as error:
        raise _different(target, float("inf"), "the weights", None, place) from error
    for key, array in program.values.items():
        if not np.array_equal(np.asarray(values[key]), array, equal_nan=True):
            raise _different(target, None, "the weights", key[0], place)
    return str(runtime)


def _different(
    target: Path, apart: float | None, source: str, path: str | None, place: Span
) -> SpecError:
    name = shortened(target.name, 80)
    far = "" if apart is None else f": {apart:.1e} of the largest output, at most {BOUND:.0e}"
    where = f"the first layer that differs is `{path}`" if path else "no single layer differs"
    return spec_error(
        "E0713",
        f"`{name}` computes something else than {source}{far}",
        place,
        "report it with the spec and the command line",
        label=where,
        notes=("nothing was written",),
    )
