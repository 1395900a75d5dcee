"""A file that was just written against the network that it was written from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.optional_packages import installed
from inceptionspec.diagnostics.sanitize import short_path
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.files import onnx_file
from inceptionspec.export.files.handlers import HANDLERS
from inceptionspec.export.program import Program
from inceptionspec.export.reference import picture_shape, pictures
from inceptionspec.export.running import (
    BOUND,
    Answers,
    Arrays,
    first_different,
    largest_deviation,
)
from inceptionspec.export.source import rebuilt_runner, source_runner


class Verification(NamedTuple):
    """What the comparison has found.

    Attributes:
        runtime: what loaded the file; None where its runtime is not installed.
        source: what it was compared with; None where nothing could be.
        deviation: the largest, over the largest output; None where nothing was compared.
        shape: of the pictures.
        answers: what the network yields for the pictures, layer by layer; None where nothing
            can run it.
        bound: how far the file may later be from what it yields now.
    """

    runtime: str | None
    source: str | None
    deviation: float | None
    shape: tuple[int, ...]
    answers: Answers | None
    bound: float = BOUND

    @property
    def verified(self) -> bool:
        """Whether the file was compared with its source."""
        return self.deviation is not None


def compare(program: Program, form: str, target: Path, place: Span) -> Verification:
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
    if program.integers is not None:
        return _compare_integers(program, target, shape, drawn, place)
    source = source_runner(program, form)
    if handler.reread is not None:
        expected = None if source is None else source(drawn, layers=True)
        if not installed(handler.runtime):
            return Verification(None, None, None, shape, expected)
        runtime = _compare_weights(program, handler.reread, target, place)
        return Verification(runtime, "the weights themselves", 0.0, shape, expected)
    assert handler.runner is not None
    if not installed(handler.runtime):
        known = source if not program.optimized else None
        expected = None if known is None else known(drawn, layers=True)
        return Verification(None, None, None, shape, expected)
    runner = handler.runner(program, target)
    if source is None:
        return Verification(runner.name, None, None, shape, runner(drawn, layers=True))
    found, expected = runner(drawn), source(drawn, layers=not program.optimized)
    apart = largest_deviation(found.outputs, expected.outputs)
    if not apart <= BOUND:
        layers = runner(drawn, layers=True).layers
        path = first_different(layers, _expected_layers(program, expected, drawn))
        raise _different(target, apart, source.name, path, place)
    layers = runner(drawn, layers=True).layers if program.optimized else expected.layers
    return Verification(runner.name, source.name, apart, shape, Answers(found.outputs, layers))


def _compare_integers(
    program: Program, target: Path, shape: tuple[int, ...], drawn: Any, place: Span
) -> Verification:
    """Compare a file in int8 with the network in float32, both in ONNX Runtime.

    How far they may be apart was decided before, on the pictures that calibrated it. Later the
    file may be as far from what it yields now.
    """
    if not installed("onnxruntime"):
        return Verification(None, None, None, shape, None)
    runner, source = onnx_file.runner(program, target), rebuilt_runner(program)
    assert source is not None
    found, expected = runner(drawn), source(drawn)
    apart = largest_deviation(found.outputs, expected.outputs)
    name = f"the network in float32 ({source.name})"
    if apart == float("inf"):
        raise _different(target, apart, name, None, place)
    bound = max(apart, BOUND)
    return Verification(runner.name, name, apart, shape, Answers(found.outputs, {}), bound)


def _expected_layers(program: Program, expected: Answers, drawn: Any) -> Arrays:
    """What the layers of the graph that was written must yield; nothing where that is unknown."""
    if program.optimized and installed("tensorflow"):
        from inceptionspec.export.files.keras_runner import rewritten_runner

        return rewritten_runner(program)(drawn, layers=True).layers
    return expected.layers


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
    name = short_path(target.name)
    far = ""
    if apart is not None:
        far = f": {apart:.1e} of the largest output, at most {BOUND:.0e}"
        if apart == float("inf"):
            far = ": other outputs, of other shapes, or numbers that are not finite"
    where = f"the first layer that differs is `{path}`" if path else "no single layer differs"
    return spec_error(
        "E0713",
        f"`{name}` computes something else than {source}{far}",
        place,
        "report it with the spec and the command line",
        label=where,
        notes=("nothing was written",),
    )
