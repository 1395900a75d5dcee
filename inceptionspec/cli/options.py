"""Options of every command that reads a spec, and the settings that they become."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from inceptionspec.cli import completers
from inceptionspec.cli.parameters import Number, Whole
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError, spec_error
from inceptionspec.diagnostics.limits import DEEPEST, DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.document import scalar_value
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.frontend.settings import Settings, checked_width

_LONGEST_SHOWN = 200
_Command = TypeVar("_Command", bound=Callable[..., Any])


def spec_options(command: _Command) -> _Command:
    """Add the options that set a spec's settings, which ``read_options`` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def spec_argument(command: _Command) -> _Command:
    """Add the argument SPEC, which a shell completes with built-in names and files."""
    return click.argument("spec", shell_complete=completers.specs)(command)


def specs_argument(command: _Command) -> _Command:
    """Add one or more arguments SPEC."""
    argument = click.argument(
        "specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=completers.specs
    )
    return argument(command)


_OPTIONS = (
    click.option(
        "--set",
        "arguments",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=completers.arguments,
        help="Set an argument of the spec, as `--set classes=10`.",
    ),
    click.option(
        "--input",
        "size",
        metavar="HxW",
        help="Set the input size, as `224x224`; `any` leaves it open.",
    ),
    click.option(
        "--width",
        type=Number(),
        metavar="FACTOR",
        help="Scale the filters of every convolution that is not fixed, as 0.5.",
    ),
    click.option(
        "--min-filters",
        type=Whole(),
        metavar="N",
        help="The least number of filters under a width below 1.  [default: 16]",
    ),
    click.option(
        "--head",
        "heads",
        multiple=True,
        metavar="NAME",
        shell_complete=completers.heads,
        help="Keep only this head and what it needs; can be repeated.",
    ),
    click.option(
        "--limit",
        "limits",
        multiple=True,
        metavar="NAME=N",
        help="Raise a limit on the size of specs, as `--limit layers=50000`.",
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class SpecOptions:
    """Settings and limits as the command line gives them."""

    settings: Settings
    limits: Limits

    def load(self, spec: str | Source) -> LoadedSpec:
        """Read a spec, by its reference or its text, under these settings."""
        source = open_spec(spec, self.limits) if isinstance(spec, str) else spec
        return load_spec(source, self.settings, self.limits)


def refuse_spec_files(file: str, option: str, *loaded: LoadedSpec) -> None:
    """Refuse an output that would replace a spec that the command reads, or one of its bases.

    Args:
        file: where the output goes.
        option: the option that names it; empty if an argument does.
        loaded: the specs.

    Raises:
        SpecError: it would (E0803).
    """
    from inceptionspec.utils.atomic_write import refuse_inputs

    read = [part.span.source.path for one in loaded for part in one.spec.files]
    refuse_inputs(file, read, external(f"{option} {file}".strip()))


def read_options(
    arguments: tuple[str, ...] = (),
    size: str | None = None,
    width: float | None = None,
    min_filters: int | None = None,
    heads: tuple[str, ...] = (),
    limits: tuple[str, ...] = (),
) -> SpecOptions:
    """The settings that the options stand for, each with its place.

    Raises:
        SpecError: an option has a value that it cannot take (E0805).
    """
    factor = None
    if width is not None or min_filters is not None:
        text = f"--width {width:g}" if width is not None else f"--min-filters {min_filters}"
        factor = checked_width(width, min_filters, _place(text))
    settings = Settings(
        args=_arguments(arguments),
        size=None if size is None else (size, _place(f"--input {size}")),
        width=factor,
        heads=heads,
    )
    return SpecOptions(settings, _limits(limits))


def levels(depth: str) -> int | None:
    """The levels of paths to show; None for ``all``.

    Raises:
        SpecError: it is neither (E0805).
    """
    if depth == "all":
        return None
    if re.fullmatch("0*[1-9][0-9]{0,8}", depth):
        return int(depth)
    shown = shortened(depth, 80)
    message = f"`--depth` must be a number of at least 1 or `all`, not `{shown}`"
    raise spec_error("E0805", message, f"--depth {shown}")


def _arguments(given: tuple[str, ...]) -> dict[str, tuple[Any, Span]]:
    result: dict[str, tuple[Any, Span]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        place = _place(f"--set {text}")
        if not equals or not name or not value:
            raise SpecError(
                [
                    _unusable(
                        place, "`--set` needs a name and a value", "write it as `--set classes=10`"
                    )
                ]
            )
        if name in result:
            raise SpecError([_unusable(place, f"`{name}` is set twice", "keep one of the two")])
        result[name] = (scalar_value(value), place)
    return result


def _limits(given: tuple[str, ...]) -> Limits:
    names = [field.name for field in dataclasses.fields(Limits)]
    changed: dict[str, int] = {}
    for text in given:
        name, _, value = text.partition("=")
        place = _place(f"--limit {text}")
        if name not in names:
            helps = did_you_mean(name, names) or (f"limits are {listed(names)}",)
            raise SpecError([_unusable(place, f"there is no limit `{name}`", *helps)])
        if not re.fullmatch("0*[1-9][0-9]{0,14}", value):
            raise SpecError(
                [
                    _unusable(
                        place,
                        f"the limit `{name}` must be a whole number of at most 15 digits",
                        f"write it as `--limit {name}=50000`",
                    )
                ]
            )
        changed[name] = int(value)
        if name == "depth" and changed[name] > DEEPEST:
            message = f"the limit `depth` must be at most {DEEPEST}"
            raise SpecError([_unusable(place, message, "call blocks one after the other")])
    return dataclasses.replace(DEFAULT_LIMITS, **changed)


def _unusable(place: Span, message: str, *helps: str) -> Diagnostic:
    return Diagnostic("E0805", message, Label(place), helps=helps)


def _place(text: str) -> Span:
    return external(shortened(text, _LONGEST_SHOWN))
