"""`specbuild bench --profile`: what it prints, and which files it writes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from inceptionspec.cli import completers
from inceptionspec.cli.command import usage_error
from inceptionspec.cli.options import levels
from inceptionspec.cli.progress import progress_bar
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_INTERRUPTED
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.utils.atomic_write import check_writable, write_file

if TYPE_CHECKING:
    from inceptionspec.bench.request.request import BenchRequest
    from inceptionspec.bench.tracing.profile import Profile
    from inceptionspec.frontend.load import LoadedSpec

_Command = TypeVar("_Command", bound=Callable[..., Any])

STEPS = 10
"""The default number of steps to trace: enough for the median of each layer."""


class ProfileOutput(NamedTuple):
    """Where a profile goes, and in which form.

    Attributes:
        form: ``text``, ``json`` or ``csv``, for standard output.
        depth: how many levels of paths the text shows; None shows every layer.
        output: a file to write it to as well; its suffix chooses the form.
        values: a file to write the time of each layer to.
    """

    form: str
    depth: int | None
    output: str | None
    values: str | None


def profile_options(command: _Command) -> _Command:
    """Add the options that ask for peaks and profiles."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "--peak",
        is_flag=True,
        help="Show the share of the machine's matrix peak; takes a while longer.",
    ),
    click.option(
        "--profile", is_flag=True, help="Time each layer, and compare with a roofline model."
    ),
    click.option(
        "--depth",
        metavar="N|all",
        help="With --profile: levels of paths to show.  [default: 1]",
    ),
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        shell_complete=completers.files,
        help="With --profile: write it to .json (for `render --bench`) or .csv.",
    ),
    click.option(
        "--values",
        metavar="FILE.json",
        shell_complete=completers.files,
        help="With --profile: write the time of each layer, for `render --values`.",
    ),
)


def profile_output(
    form: str, depth: str | None, output: str | None, values: str | None, *, asked: bool
) -> ProfileOutput:
    """Where the options send a profile, checked before anything is measured.

    Args:
        asked: whether there is to be a profile.

    Raises:
        SpecError: a file cannot be written, or its suffix is unknown.
    """
    if not asked and (depth, output, values) != (None, None, None):
        raise usage_error("`--depth`, `--output` and `--values` need `--profile`")
    if values is not None:
        check_writable(values, external(f"--values {values}"))
    if output is not None:
        place = external(f"-o {output}")
        check_writable(output, place)
        if _suffix(output) not in _FILES:
            suffixes = listed(tuple(_FILES), "or")
            message = f"a profile is written to a file that ends in {suffixes}"
            raise spec_error("E0804", message, place)
    return ProfileOutput(form, levels(depth or "1"), output, values)


def refuse(*, mixed: bool, kept: bool, peak: bool, lowered: bool) -> None:
    """Refuse options that do not go with a profile.

    Raises:
        SpecError: there are several runs, records to keep, or another precision (E0810).
    """
    if lowered:
        raise usage_error("`--profile` computes in float32", "leave `--precision` out")
    if mixed:
        raise usage_error("`--profile` takes one run, without `--tune`, `--compare` or lists")
    if peak:
        raise usage_error("`--profile` shows the share of the peak without `--peak`")
    if kept:
        raise usage_error("`--profile` keeps no record", "`--output` writes it to a file")


def steps(given: int) -> int:
    """The steps to trace: the number given, or a default smaller than that of a benchmark."""
    source = click.get_current_context().get_parameter_source("steps")
    return STEPS if source is ParameterSource.DEFAULT else given


def run(loaded: LoadedSpec, request: BenchRequest, output: ProfileOutput) -> int:
    """Make a profile, print it and write it. Returns the exit code."""
    from inceptionspec.bench.profile import profile

    with progress_bar() as progress:
        found = profile(loaded, request, progress=progress)
    if output.form == "text" and sys.stdout.isatty():
        _print_rich(found, output.depth)
    else:
        _FORMS[output.form](found, output.depth)
    _write(found, output)
    return EXIT_INTERRUPTED if found.interrupted else EXIT_CLEAN


def _write(profile: Profile, output: ProfileOutput) -> None:
    if output.output is not None:
        text = _FILES[_suffix(output.output)](profile)
        write_file(output.output, text.encode("utf-8"), external(f"-o {output.output}"))
        echo(f"wrote {sanitize(output.output)}", err=True)
    if output.values is not None:
        from inceptionspec.analysis.layer_values import write_layer_values
        from inceptionspec.bench.records.profile_record import values_of

        write_layer_values(values_of(profile), output.values)
        echo(f"wrote {sanitize(output.values)}", err=True)


def _json(profile: Profile) -> str:
    from inceptionspec.bench.records.profile_record import record

    return json.dumps(record(profile), indent=2, sort_keys=True, allow_nan=False) + "\n"


def _csv(profile: Profile) -> str:
    from inceptionspec.reports.profile.csv import to_csv

    return to_csv(profile)


def _text(profile: Profile, depth: int | None) -> None:
    from inceptionspec.bench.records.profile_record import CONVENTIONS
    from inceptionspec.reports.profile.text import text

    echo(text(profile, CONVENTIONS, depth), nl=False)


def _print_rich(profile: Profile, depth: int | None) -> None:
    from inceptionspec.bench.records.profile_record import CONVENTIONS
    from inceptionspec.reports.profile.text import foot, tables, title
    from inceptionspec.reports.table import print_rich

    echo("\n".join([*title(profile), ""]))
    for table in tables(profile, depth):
        print_rich(table)
    echo("\n".join(foot(profile, CONVENTIONS)))


def _suffix(file: str) -> str:
    return os.path.splitext(file)[1].lower()


_FILES: Mapping[str, Callable[[Profile], str]] = MappingProxyType({".json": _json, ".csv": _csv})
_FORMS: Mapping[str, Callable[[Profile, int | None], None]] = MappingProxyType(
    {
        "text": _text,
        "json": lambda profile, depth: echo(_json(profile), nl=False),
        "csv": lambda profile, depth: echo(_csv(profile), nl=False),
    }
)
