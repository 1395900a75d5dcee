"""`specbuild import`."""

from __future__ import annotations

import os

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS, EXIT_MISSING
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.utils.atomic_write import check_writable, refuse_inputs

_SPEC, _WEIGHTS = (".yaml", ".yml"), (".safetensors",)


@click.command(
    "import",
    cls=Command,
    examples=(
        "specbuild import model.keras -o mine.yaml --weights mine.safetensors",
        "specbuild import model.onnx -o mine.yaml --json",
        "specbuild import keras:ResNet50 -o resnet.yaml --name MyResNet",
    ),
    exits={
        EXIT_FINDINGS: "the model cannot be read, or a spec has no words for it",
        EXIT_MISSING: "a package is missing: pip install 'inceptionspec[weights]'",
    },
)
@click.argument("source", metavar="SOURCE", shell_complete=completers.files)
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    metavar="SPEC.yaml",
    shell_complete=completers.files,
    help="Where the spec goes.",
)
@click.option(
    "--weights",
    metavar="FILE.safetensors",
    shell_complete=completers.files,
    help="Where the model's weights go, by the paths of the spec.",
)
@click.option("--name", metavar="NAME", help="What to call the network.  [default: its own name]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the name of every layer.")
def command(source: str, file: str, weights: str | None, name: str | None, as_json: bool) -> None:
    """Write the spec of a model from elsewhere, trained or not.

    SOURCE is a Keras model (.keras, a whole model in .h5, the text of to_json), a layers model
    of TensorFlow.js, an ONNX file, or keras:NAME for one of keras.applications. A file is read
    as data: nothing in it is run. What a spec has no words for is refused by name, all at once.
    Parts that repeat become blocks. What is a built-in network, or one with another head,
    extends it.
    """
    place = external(source)
    _check(file, f"-o {file}", _SPEC, source)
    if weights is not None:
        _check(weights, f"--weights {weights}", _WEIGHTS, source)
    from inceptionspec.importers.importing import import_source
    from inceptionspec.importers.writing import write_imported
    from inceptionspec.reports.imports.json import to_json
    from inceptionspec.reports.imports.text import imported_text

    found = import_source(source, place, name or "")
    written = write_imported(found, file, weights, place)
    shown = os.path.basename(source) if os.path.exists(source) else source
    echo((to_json if as_json else imported_text)(found, shown, written), nl=False)


def _check(file: str, option: str, suffixes: tuple[str, ...], source: str) -> None:
    """Say before anything is read that a file cannot be written."""
    place: Span = external(option)
    check_writable(file, place)
    refuse_inputs(file, [source], place)
    if not file.endswith(suffixes):
        wanted = " or ".join(f"`{suffix}`" for suffix in suffixes)
        help_ = f"write `{os.path.splitext(file)[0]}{suffixes[0]}`"
        raise spec_error("E0804", f"the file must end in {wanted}", place, help_)
