"""Options of every command that reads weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import usage_error

if TYPE_CHECKING:
    from inceptionspec.weights.load import WeightOptions

_Command = TypeVar("_Command", bound=Callable[..., Any])


def weight_options(command: _Command) -> _Command:
    """Add the options that say how weights are read, which ``read_weight_options`` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_weight_options(
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
) -> WeightOptions:
    """The options as data. NumPy is imported here, not before."""
    from inceptionspec.weights.load import WeightOptions

    return WeightOptions(weights_average, fresh, drop_background, without)


def need_weights(
    weights: str | None,
    weights_average: bool,
    fresh: tuple[str, ...],
    drop_background: bool,
    without: tuple[str, ...],
) -> None:
    """Refuse these options where no file of weights is given.

    Raises:
        SpecError: one is given alone (E0810).
    """
    given = {
        "--weights-average": weights_average,
        "--fresh": fresh,
        "--drop-background": drop_background,
        "--without": without,
    }
    for option, value in given.items():
        if value and weights is None:
            raise usage_error(f"`{option}` needs `--weights`", "name a file of weights")


_OPTIONS = (
    click.option(
        "--weights-average",
        is_flag=True,
        help="Read a checkpoint's moving averages instead of its variables.",
    ),
    click.option(
        "--fresh",
        multiple=True,
        metavar="PATH",
        shell_complete=completers.heads,
        help="Start this part of the network fresh, as `--fresh Logits`; can be repeated.",
    ),
    click.option(
        "--drop-background",
        is_flag=True,
        help="Leave out the file's first class, which TF-Slim's networks keep for background.",
    ),
    click.option(
        "--without",
        multiple=True,
        metavar="PATH",
        shell_complete=completers.heads,
        help="Do not ask the file for this part, as `--without AuxLogits`; can be repeated.",
    ),
)
