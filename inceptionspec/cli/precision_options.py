"""The options of commands that compute a network: in which precision, and what shows its cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from inceptionspec.backends.engines import FLOAT32, INT8, PRECISIONS
from inceptionspec.cli import completers
from inceptionspec.cli.command import usage_error
from inceptionspec.cli.parameters import Choice
from inceptionspec.diagnostics.source import external
from inceptionspec.diagnostics.suggest import listed
from inceptionspec.quantization.lowering import Lowering

FILE_PRECISIONS = (FLOAT32, INT8)
"""What a model in a file can compute in."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def precision_options(command: _Command) -> _Command:
    """The options of a command that computes a network in a precision."""
    return _with_options(tuple(PRECISIONS), "What an engine computes in", command)


def file_precision_options(command: _Command) -> _Command:
    """The options of a command that writes a model in a precision."""
    return _with_options(FILE_PRECISIONS, "What an ONNX model computes in", command)


def _with_options(precisions: Sequence[str], what: str, command: _Command) -> _Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.option(
        "--precision",
        type=Choice(precisions),
        default=FLOAT32,
        show_default=True,
        help=f"{what}; below float32 the deviation is printed.",
    )(command)


_OPTIONS = (
    click.option(
        "--calibrate",
        metavar="DIR",
        shell_complete=completers.files,
        help="Pictures that show ranges for int8, and deviations.  [default: noise]",
    ),
    click.option(
        "--keep-float",
        "keep_float",
        multiple=True,
        metavar="PATTERN|auto",
        help="With int8: a layer or part that stays in float32, `*` for any characters; can be "
        "repeated. `auto` finds those that deviate most.",
    ),
    click.option(
        "--any-deviation",
        "any_deviation",
        is_flag=True,
        help="Go on where most pictures get another class than in float32.",
    ),
)


def read_precision(
    precision: str,
    calibrate: str | None,
    keep_float: tuple[str, ...],
    any_deviation: bool,
    known: Sequence[str] = tuple(PRECISIONS),
) -> Lowering:
    """What the options say, of a command that knows these precisions.

    Raises:
        SpecError: one of them needs another precision (E0810).
    """
    given = {
        "--calibrate": calibrate is not None,
        "--keep-float": bool(keep_float),
        "--any-deviation": any_deviation,
    }
    for option, is_given in given.items():
        needed = [INT8] if option == "--keep-float" else known[1:]
        if is_given and precision not in needed:
            ways = listed([f"--precision {one}" for one in needed], "or")
            raise usage_error(f"`{option}` needs {ways}")
    if calibrate is not None:
        from inceptionspec.pictures.calibration import check_pictures

        check_pictures(calibrate, external(f"--calibrate {calibrate}"))
    return Lowering(precision, calibrate, keep_float, any_deviation)
