"""`specbuild evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, refuse_spec_files, spec_options
from inceptionspec.cli.parameters import Choice, Whole, format_option
from inceptionspec.cli.precision_options import precision_options, read_precision
from inceptionspec.cli.showing import freeze_weights, tell, write
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external

if TYPE_CHECKING:
    from inceptionspec.frontend.load import LoadedSpec
    from inceptionspec.training.evaluation.results import Evaluation

_MOST_BATCH = 4096
_DETAILS = {
    "Networks": (
        ("RUN", "the folder of a run of `specbuild train`; that of members is their ensemble"),
        ("FILE", "an exported file: .onnx, .tflite, .keras, or the folder of a SavedModel"),
        ("SPEC", "a spec, whose weights are those of --weights"),
    ),
    "Data": (
        ("a folder", "a folder of pictures per class, or these under train/ and validation/"),
        ("a folder", "TFRecords in the layout of ImageNet"),
        ("a file", "FILE.npz with x_test and y_test, or images and labels"),
    ),
}


@click.command(
    "evaluate",
    cls=Command,
    examples=(
        "specbuild evaluate run1",
        "specbuild evaluate inception_v3 --weights v3.ckpt --data imagenet/validation",
        "specbuild evaluate v3.onnx --data flowers/ --confusion confusion.svg",
        "specbuild evaluate run1 run2 run3 --data flowers/ --crops 10 --format json",
    ),
    details=_DETAILS,
    exits={
        EXIT_FINDINGS: "a picture was skipped, classes or weights do not fit, the spec has errors",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[pictures,tensorflow]'",
    },
)
@click.argument(
    "networks", nargs=-1, required=True, metavar="NETWORK...", shell_complete=completers.specs
)
@click.option(
    "--weights",
    multiple=True,
    metavar="FILE",
    shell_complete=completers.files,
    help="The weights of a SPEC, or a run that has them; given again, those of the next SPEC, or "
    "one more network of the only one.",
)
@click.option(
    "--data",
    metavar="PATH",
    shell_complete=completers.files,
    help="The pictures: the part that validates, or all where there is no such part.  "
    "[default: what the run was validated with]",
)
@click.option(
    "--labels",
    metavar="FILE",
    shell_complete=completers.files,
    help="Names of the network's classes, one a line, as the folders of the data are called.",
)
@click.option(
    "--crops",
    type=Choice(("1", "10", "144")),
    help="How many parts of each picture count, mirror images among them.  [default: as the recipe "
    "of a run says, else 1]",
)
@click.option(
    "--batch",
    type=Whole(1, _MOST_BATCH),
    default=32,
    show_default=True,
    metavar="N",
    help="How many inputs are computed at once, at most.",
)
@click.option(
    "--confusion",
    multiple=True,
    metavar="FILE",
    help="Write the confusion matrix: FILE.csv, FILE.svg or FILE.png.",
)
@precision_options
@format_option("text", "json", "csv")
@click.option("-o", "--output", metavar="FILE", help="Where to write what is printed otherwise.")
@weight_options
@spec_options
def command(
    networks: tuple[str, ...],
    weights: tuple[str, ...],
    data: str | None,
    labels: str | None,
    crops: str | None,
    batch: int,
    confusion: tuple[str, ...],
    precision: str,
    calibrate: str | None,
    keep_float: tuple[str, ...],
    any_deviation: bool,
    form: str,
    output: str | None,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
    **options: Any,
) -> int:
    """Say how good networks are on labeled pictures.

    Pictures are shown as `specbuild predict` shows them. Several networks are an ensemble: the
    mean of their probabilities counts, and the figures of each alone are told, too.
    """
    chosen = read_options(**options)
    weighed = read_weight_options(weights_average, fresh, drop_background, without)
    lowering = read_precision(precision, calibrate, keep_float, any_deviation)
    place = external(f"specbuild evaluate {networks[0]}")
    outputs = [("--confusion", file) for file in confusion]
    outputs += [("-o", output)] if output is not None else []
    _refuse_unwritable(outputs)
    _refuse_read(outputs, (*networks, *weights, data, labels))
    names = None
    if labels is not None:
        from inceptionspec.export.labels import read_labels

        names = read_labels(labels, external(f"--labels {labels}"))
    from inceptionspec.cli.progress import progress_bar
    from inceptionspec.training.evaluation.evaluate import evaluate
    from inceptionspec.training.evaluation.finished import stated_crops
    from inceptionspec.training.evaluation.labeled_data import open_labeled_data
    from inceptionspec.training.evaluation.networks import open_networks

    def load(spec: str) -> LoadedSpec:
        loaded = chosen.load(spec)
        for option, file in outputs:
            refuse_spec_files(file, option, loaded)
        return loaded

    opened, runs = open_networks(networks, weights, load, weighed, place, tell, lowering)
    _refuse_read(outputs, [str(file) for run in runs for file in run.files])
    if data is None and not runs:
        raise usage_error("`--data` is missing", "write `--data PATH`, with labeled pictures")
    where = data if data is not None else runs[0].data
    pictures = open_labeled_data(where, runs, external(f"--data {where}"))
    freeze_weights()
    with progress_bar() as progress:
        found = evaluate(
            opened,
            pictures,
            place if labels is None else external(f"--labels {labels}"),
            labels=names,
            labels_file=labels or "",
            count=int(crops) if crops is not None else stated_crops(runs),
            batch=batch,
            progress=progress,
        )
    if confusion:
        from inceptionspec.reports.evaluation.confusion import write_confusion

        for file in confusion:
            write_confusion(found, file, external(f"--confusion {file}"))
            echo(f"wrote {sanitize(file)}", err=True)
    write(_FORMATS[form](found), output)
    if found.skipped:
        show_findings(found.skipped)
    return EXIT_FINDINGS if found.skipped else EXIT_CLEAN


def _refuse_unwritable(outputs: Sequence[tuple[str, str]]) -> None:
    """Check before any work that outputs can be written, each by its option."""
    for option, file in outputs:
        place = external(f"{option} {file}")
        if option == "-o":
            from inceptionspec.utils.atomic_write import check_writable

            check_writable(file, place)
            continue
        from inceptionspec.reports.evaluation.confusion import refuse_confusion

        refuse_confusion(file, place)


def _refuse_read(outputs: Sequence[tuple[str, str]], read: Sequence[str | None]) -> None:
    """Check that no output replaces what is read."""
    from inceptionspec.utils.atomic_write import refuse_inputs

    for option, file in outputs:
        refuse_inputs(file, read, external(f"{option} {file}"))


def _as_text(found: Evaluation) -> str:
    from inceptionspec.reports.evaluation.text import to_text

    return to_text(found)


def _as_json(found: Evaluation) -> str:
    from inceptionspec.reports.evaluation.json import to_json

    return to_json(found)


def _as_csv(found: Evaluation) -> str:
    from inceptionspec.reports.evaluation.csv import to_csv

    return to_csv(found)


_FORMATS: Mapping[str, Callable[[Evaluation], str]] = {
    "text": _as_text,
    "json": _as_json,
    "csv": _as_csv,
}
