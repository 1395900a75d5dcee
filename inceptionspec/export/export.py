"""A network with its weights to a file of another program, verified and with a receipt."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.backends.byte_input import byte_input, unfolded_input
from inceptionspec.backends.engines import INT8
from inceptionspec.backends.weight_exprs import evaluate
from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.sanitize import short_path
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.engines.available import available, check_available
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.export.files.handlers import HANDLERS
from inceptionspec.export.formats import (
    BATCH,
    FORMATS,
    INSIDE,
    OPTIMIZED,
    OUTPUTS,
    PRECISION,
    companions,
    format_of,
)
from inceptionspec.export.labels import fitted_labels, read_labels
from inceptionspec.export.program import Program, Values, weights_digest
from inceptionspec.export.receipt import VERSION, Receipt, sealed, versions
from inceptionspec.export.reference import SEED, fingerprint, sample
from inceptionspec.export.results import Exported
from inceptionspec.export.verification import Verification, compare
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.writing.expanded_text import expanded_text
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs
from inceptionspec.quantization.lowering import IN_FLOAT32, PASSES_FOR_INTEGERS, Lowering
from inceptionspec.rewrites import rewrite
from inceptionspec.rewrites.rewrite import chosen_passes
from inceptionspec.utils.atomic_write import atomic_folder, atomic_write_all, check_writable

#: Called with the stage, the steps done and the steps in all.
Progress = Callable[[str, int, int], None]


class ExportOptions(NamedTuple):
    """How a network is exported.

    Attributes:
        form: the name of the format; None for the one of the file's suffix.
        outputs: what the model yields; the logits of every head by default.
        batch: the number of images; open unless given.
        optimized: whether the graph is rewritten for inference first.
        preprocessing_inside: whether the model reads bytes and preprocesses them itself.
        labels: a file with a name for each class, a line each.
        lowering: what the model computes in: float32, or int8.
    """

    form: str | None = None
    outputs: str | Sequence[str] | None = None
    batch: int | None = None
    optimized: bool = False
    preprocessing_inside: bool = False
    labels: str | None = None
    lowering: Lowering = IN_FLOAT32


DEFAULT_EXPORT_OPTIONS = ExportOptions()


def check_export(loaded: LoadedSpec, file: str, options: ExportOptions, place: Span) -> str:
    """Check all that can be checked before weights are read.

    Returns:
        the name of the format.

    Raises:
        SpecError: the file cannot be written (E0803), its suffix is unknown (E0804), the format
            takes no such option (E0718), or an option makes no sense (E0805, E0806).
    """
    form = format_of(file, options.form, place)
    _check_target(file, form, place)
    row = FORMATS[form]
    given = {
        OUTPUTS: options.outputs is not None,
        BATCH: options.batch is not None,
        OPTIMIZED: options.optimized,
        INSIDE: options.preprocessing_inside,
        PRECISION: options.lowering.lowers,
    }
    for option, is_given in given.items():
        if is_given and option not in row.takes:
            others = [one.suffix for one in FORMATS.values() if option in one.takes]
            why = "it holds weights alone" if not row.takes else "it is to be trained"
            if form == "module":
                why = "it is the network as the spec has it"
            if form == "tflite":
                why = "it computes in float32"
            raise spec_error(
                "E0718",
                f"`{option}` does not go with `{row.suffix}`",
                place,
                f"leave it out, or export to {listed(others, 'or')}",
                label=why,
            )
    if options.lowering.lowers:
        if options.optimized:
            message, why = f"`{OPTIMIZED}` does not go with `{PRECISION}`", "it rewrites by itself"
            raise spec_error("E0718", message, place, "leave one of them out", label=why)
        if not available(INT8):
            check_available("onnxruntime", PRECISION, INT8)
    if options.batch is not None and options.batch < 1:
        raise spec_error(
            "E0805", f"the batch must be at least 1, not {options.batch}", f"batch={options.batch}"
        )
    if options.preprocessing_inside and loaded.graph.preprocessing is None:
        raise spec_error(
            "E0718",
            f"the spec of `{loaded.name}` states no preprocessing",
            place,
            "write it in the spec: `input: {preprocessing: ...}`",
        )
    resolve_outputs(loaded.graph, options.outputs)
    return form


def export(
    loaded: LoadedSpec,
    file: str,
    values: Values,
    options: ExportOptions = DEFAULT_EXPORT_OPTIONS,
    *,
    weights: str | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Exported:
    """Write a file that computes what the network computes, after comparing the two.

    Args:
        loaded: the network.
        file: where it goes; its suffix chooses the format unless the options do.
        values: the weights that are needed, by a layer's path and a weight's name.
        options: how it is written.
        weights: where the weights are from, for the receipt.
        progress: is told each stage.

    Raises:
        SpecError: as ``check_export``; a package is missing (E0704); or the file computes
            something else than the network (E0713), and nothing was written.
    """
    place = external(f"-o {file}")
    form = check_export(loaded, file, options, place)
    labels = None if options.labels is None else _labels(loaded.graph, options.labels)
    program = _program(loaded, values, options)
    cost = None
    if options.lowering.lowers:
        progress("calibrating", 0, 1)
        program, cost = _in_integers(program, options, trained=weights is not None)
    handler, row = HANDLERS[form], FORMATS[form]
    with _staged(file, form, place) as target, _disk_errors(file, place):
        progress(f"writing {row.suffix}", 0, 1)
        handler.write(program, target)
        progress("comparing with the source", 0, 1)
        found = compare(program, form, target, place)
        progress("writing the receipt", 0, 1)
        content = handler.content(target, program.paths)
        receipt = _receipt(program, form, found, content, labels, weights, cost)
        handler.put_receipt(program, target, receipt.to_json())
        if handler.content(target, program.paths) != content:
            raise AssertionError("the receipt changed what the file holds")
    return Exported(file, companions(file, form), receipt, cost)


@contextmanager
def _staged(file: str, form: str, place: Span) -> Iterator[Path]:
    """Where the file is written before it is moved to its place, with all that belongs to it."""
    if FORMATS[form].folder:
        with atomic_folder(file.rstrip(os.sep), place) as folder:
            yield folder
        return
    real = os.path.realpath(file)  # what belongs to it is called after it
    with atomic_write_all(companions(real, form), place) as paths:
        yield paths[0].with_name(os.path.basename(real))


def needed_nodes(loaded: LoadedSpec, form: str, outputs: str | Sequence[str] | None) -> list[int]:
    """The numbers of the nodes whose weights an export needs."""
    graph = loaded.graph
    if OUTPUTS not in FORMATS[form].takes:
        return list(range(len(graph.nodes)))
    return ancestors(graph.nodes, resolve_outputs(graph, outputs).values())


def initial_values(loaded: LoadedSpec, nodes: Iterable[int]) -> Values:
    """The weights that a new model starts from: the same at every call."""
    from inceptionspec.weights.initial import initial_value

    return {
        (node.path, weight.name): initial_value(node, weight)
        for node in (loaded.graph.nodes[index] for index in nodes)
        for weight in node.weights
    }


def _program(loaded: LoadedSpec, values: Values, options: ExportOptions) -> Program:
    graph = loaded.graph
    inside = graph.preprocessing if options.preprocessing_inside else None
    values = {key: np.asarray(array, np.float32) for key, array in values.items()}
    if not options.optimized and not options.lowering.lowers:
        ends = resolve_outputs(graph, options.outputs)
        return Program(loaded, graph, values, values, options.outputs, ends, options.batch, inside)
    passes = chosen_passes(None if options.optimized else PASSES_FOR_INTEGERS)
    found = rewrite(graph, options.outputs, passes)
    return Program(
        loaded,
        found.graph,
        evaluate(found.weights, values),
        values,
        options.outputs,
        found.outputs,
        options.batch,
        inside,
    )


def _in_integers(
    program: Program, options: ExportOptions, *, trained: bool
) -> tuple[Program, PrecisionCost]:
    """The program in int8, with what that costs on the pictures that calibrate it."""
    from inceptionspec.quantization.lowered import Lowered

    shown = options.lowering.calibrate
    place = external(f"{PRECISION} --calibrate {shown}" if isinstance(shown, str) else PRECISION)
    lowered = Lowered(program.loaded, program.source, program.asked, options.lowering, place)
    cost = lowered.cost(available(INT8)[0], trained=trained)
    return replace(program, integers=lowered.exported(program.batch)), cost


def _labels(graph: Graph, file: str) -> tuple[str, ...]:
    """The labels of a file, as many as the main head has classes."""
    place = external(f"--labels {file}")
    if not graph.main:
        raise spec_error("E0716", "labels need a head, and the network has none", place)
    classes = graph.nodes[graph.head(graph.main).output].shape[-1]
    assert classes is not None
    return fitted_labels(read_labels(file, place), classes, file, place)


def _check_target(file: str, form: str, place: Span) -> None:
    """Refuse what cannot be written, and folders that are no export of ours."""
    path = file.rstrip(os.sep)
    if not FORMATS[form].folder:
        written = companions(file, form)
        for one in written:
            check_writable(one, place)
        there = [one for one in written if os.path.exists(one)]
        if there and len(there) < len(written):  # of an earlier export all are there
            name = short_path(os.path.basename(there[0]))
            message = f"`{name}` exists, and is of no such export"
            raise spec_error("E0803", message, place, "choose another name, or delete it")
    elif os.path.isfile(path):
        message = f"`{short_path(path)}` is a file, and `{form}` is written as a folder"
        raise spec_error("E0803", message, place, "choose another name, or delete it")
    elif not os.path.isdir(path):
        check_writable(path, place)
    elif os.listdir(path) and HANDLERS[form].get_receipt(Path(path)) is None:
        message = f"the folder `{short_path(path)}` holds something else than an export"
        raise spec_error("E0803", message, place, "name a new folder")


@contextmanager
def _disk_errors(file: str, place: Span) -> Iterator[None]:
    """Report a full disk as what it is, with the name that was asked for and not a temporary one.

    Libraries raise errors of their own for it.
    """
    try:
        yield
    except SpecError as error:
        if error.findings[0].code != "E0803":
            raise
        reason = error.findings[0].message.rpartition("` cannot be written: ")[2]
        message = f"`{short_path(file)}` cannot be written: {reason}"
        raise spec_error("E0803", message, place) from None
    except Exception as error:
        text = str(error)
        full = "No space left on device" in text or "Disk quota exceeded" in text
        if not full or isinstance(error, OSError):
            raise
        message = f"`{short_path(file)}` cannot be written: no space left on device"
        raise spec_error("E0803", message, place, "make room on the disk") from None


def _notes(program: Program, form: str) -> tuple[str, ...]:
    """What became of a preprocessing inside the model, a sentence each."""
    if program.inside is None:
        return ()
    if program.integers is not None:
        return unfolded_input(program.graph, program.inside).notes
    if form in ("onnx", "tflite"):
        return byte_input(program.graph, program.values, program.ends, program.inside).notes
    return ("scale, mean and the order of channels are layers of their own: nothing is folded",)


def _receipt(
    program: Program,
    form: str,
    found: Verification,
    content: Mapping[str, str],
    labels: Sequence[str] | None,
    weights: str | None,
    cost: PrecisionCost | None,
) -> Receipt:
    loaded = program.loaded
    expanded = loaded.expanded()
    reference: dict[str, Any] = {"seed": SEED, "shape": list(found.shape)}
    outputs, layers = found.answers or ({}, {})
    reference["outputs"] = {name: sample(array) for name, array in outputs.items()}
    reference["layers"] = {path: fingerprint(array[:1]) for path, array in layers.items()}
    data = {
        "receipt": VERSION,
        "format": form,
        "name": loaded.name,
        "spec": {
            "reference": os.path.basename(loaded.source.name),
            "settings": list(loaded.settings.overridden),
            "text": expanded_text(expanded, loaded.tree, loaded.limits),
        },
        "digests": {**loaded.digests, "weights": weights_digest(program.source)},
        "weights": {
            "file": None if weights is None else os.path.basename(weights.rstrip(os.sep)),
            "parameters": int(sum(np.size(array) for array in program.source.values())),
        },
        "outputs": list(program.names),
        "batch": program.batch,
        "optimized": program.optimized,
        "preprocessing": expanded["input"].get("preprocessing"),
        "preprocessing_inside": program.inside is not None,
        "preprocessing_notes": list(_notes(program, form)),
        "labels": None if labels is None else list(labels),
        "precision_cost": None if cost is None else cost.data(),
        "content": dict(content),
        "reference": reference,
        "verification": {
            "verified": found.verified,
            "runtime": found.runtime,
            "source": found.source,
            "deviation": None if found.deviation is None else float(f"{found.deviation:.3g}"),
            "bound": found.bound,
        },
        "versions": versions(
            "numpy",
            "tensorflow",
            "keras",
            "onnx",
            "onnxruntime",
            "ai-edge-litert",
            "safetensors",
            "h5py",
        ),
    }
    return sealed(data)
