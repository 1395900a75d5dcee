"""`specbuild predict`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.backends.engines import ENGINES
from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, refuse_spec_files, spec_argument, spec_options
from inceptionspec.cli.parameters import Choice, Whole, format_option
from inceptionspec.cli.precision_options import precision_options, read_precision
from inceptionspec.cli.showing import freeze_weights, tell, write
from inceptionspec.cli.terminal import show_findings
from inceptionspec.cli.weight_options import read_weight_options, weight_options
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.source import external

if TYPE_CHECKING:
    from inceptionspec.cli.options import SpecOptions
    from inceptionspec.prediction.model import Network
    from inceptionspec.prediction.results import Predictions
    from inceptionspec.quantization.lowering import Lowering
    from inceptionspec.weights.load import WeightOptions

_MOST_BATCH = 4096


@click.command(
    "predict",
    cls=Command,
    examples=(
        "specbuild predict inception_v3 cat.jpg --weights inception_v3.ckpt",
        "specbuild predict mine.yaml photos/ --weights mine.keras --labels labels.txt",
        "specbuild predict inception_v1 cat.jpg --weights a.ckpt --weights b.ckpt",
        "specbuild predict v3.onnx photos/ --format csv -o photos.csv",
    ),
    exits={
        EXIT_FINDINGS: "a picture was skipped, the spec has errors, or the weights do not fit",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[pictures,tensorflow]'",
    },
)
@spec_argument
@click.argument(
    "pictures", nargs=-1, required=True, metavar="PICTURE...", shell_complete=completers.files
)
@click.option(
    "--weights",
    multiple=True,
    metavar="FILE",
    shell_complete=completers.files,
    help="The weights of SPEC; given again, one more network of an ensemble.",
)
@click.option(
    "--with",
    "others",
    multiple=True,
    metavar="SPEC=FILE",
    shell_complete=completers.specs,
    help="One more network of an ensemble, with its weights, or an exported file; can be repeated.",
)
@click.option(
    "--labels",
    metavar="FILE",
    shell_complete=completers.files,
    help="Names of the classes, one a line.",
)
@click.option(
    "--top",
    type=Whole(1),
    default=5,
    show_default=True,
    metavar="N",
    help="How many classes to print of each picture.",
)
@click.option(
    "--crops",
    type=Choice(("1", "10", "144")),
    default="1",
    show_default=True,
    help="How many parts of each picture count, mirror images among them: 144 are those of the "
    "GoogLeNet paper.",
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
    "--engine",
    type=Choice((*ENGINES, "auto")),
    default="auto",
    show_default=True,
    help="What computes SPEC; `auto` is what `specbuild bench --tune` found, else the first of "
    "the network's order.",
)
@precision_options
@format_option("text", "json", "csv")
@click.option("-o", "--output", metavar="FILE", help="Where to write what is printed otherwise.")
@weight_options
@spec_options
def command(
    spec: str,
    pictures: tuple[str, ...],
    weights: tuple[str, ...],
    others: tuple[str, ...],
    labels: str | None,
    top: int,
    crops: str,
    batch: int,
    engine: str,
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
    """Say what pictures show, by SPEC with its weights or by an exported file.

    A PICTURE is a file (JPEG, PNG, WebP, GIF, BMP, TIFF) or a folder. Each becomes an input as
    `preprocessing` in the spec says. Several networks answer with the mean of their
    probabilities. Options of the spec and of weights hold for all of them.
    """
    chosen = read_options(**options)
    weighed = (weights_average, fresh, drop_background, without)
    lowering = read_precision(precision, calibrate, keep_float, any_deviation)
    place = external(f"specbuild predict {spec}")
    if output is not None:
        _refuse_output(output, (*weights, *pictures, labels))
    names = None
    if labels is not None:
        from inceptionspec.export.labels import read_labels

        names = read_labels(labels, external(f"--labels {labels}"))
    freeze_weights()
    read = read_weight_options(*weighed)
    networks = _networks(spec, weights, others, chosen, read, engine, lowering, output)
    from inceptionspec.cli.progress import progress_bar
    from inceptionspec.prediction.predict import predict

    with progress_bar() as progress:
        found = predict(
            networks,
            pictures,
            place if labels is None else external(f"--labels {labels}"),
            top=top,
            labels=names,
            labels_file=labels or "",
            count=int(crops),
            batch=batch,
            progress=progress,
        )
    write(_FORMATS[form](found), output)
    if found.skipped:
        show_findings(found.skipped)
    return EXIT_FINDINGS if found.skipped else EXIT_CLEAN


def _networks(
    spec: str,
    weights: Sequence[str],
    others: Sequence[str],
    chosen: SpecOptions,
    weighed: WeightOptions,
    engine: str,
    lowering: Lowering,
    output: str | None,
) -> list[Network]:
    """The networks that the command line names, checked as far as that takes no time."""
    from inceptionspec.prediction.exported import exported_format, exported_network

    if exported_format(spec):
        if weights:
            raise usage_error(f"`{spec}` has its weights inside", "leave out `--weights`")
        pairs = [(spec, "")]
    elif not weights:
        help_ = f"write `--weights FILE`, with a file of weights of `{spec}`"
        raise usage_error("a network without its weights predicts nothing", help_)
    else:
        pairs = [(spec, file) for file in weights]
    for other in others:
        reference, _, file = other.rpartition("=")
        if not reference and not exported_format(other):
            name = other.strip("=") or "SPEC"
            raise usage_error(f"`--with {other}` names no weights", f"write `--with {name}=FILE`")
        pairs.append((reference or file, file if reference else ""))
    networks: list[Network] = []
    for reference, file in pairs:
        place = external(f"specbuild predict {reference}")
        if not file:
            if lowering.lowers:
                raise usage_error(
                    f"`{reference}` computes as it was exported", "leave out `--precision`"
                )
            networks.append(exported_network(reference, place, tell))
            continue
        from inceptionspec.prediction.from_spec import SpecNetwork

        loaded = chosen.load(reference)
        if output is not None:
            refuse_spec_files(output, "-o", loaded)
        networks.append(
            SpecNetwork(loaded, file, place, weighed, tell=tell, engine=engine, lowering=lowering)
        )
    return networks


def _refuse_output(output: str, read: Sequence[str | None]) -> None:
    from inceptionspec.utils.atomic_write import check_writable, refuse_inputs

    place = external(f"-o {output}")
    check_writable(output, place)
    refuse_inputs(output, read, place)


def _as_text(found: Predictions) -> str:
    from inceptionspec.reports.predictions.text import to_text

    return to_text(found)


def _as_json(found: Predictions) -> str:
    from inceptionspec.reports.predictions.json import to_json

    return to_json(found)


def _as_csv(found: Predictions) -> str:
    from inceptionspec.reports.predictions.csv import to_csv

    return to_csv(found)


_FORMATS: Mapping[str, Callable[[Predictions], str]] = {
    "text": _as_text,
    "json": _as_json,
    "csv": _as_csv,
}
