"""The group of commands, and how every one of them ends."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from inceptionspec._version import __version__
from inceptionspec.diagnostics.codes import EXIT_BUG, EXIT_INTERRUPTED
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.suggest import did_you_mean

#: Commands and what `--help` says of each. A command's module is imported when it runs.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "check": "Say what is wrong with specs, and where.",
        "summary": "Show shapes, parameters, MACs, FLOPs, memory and receptive fields.",
        "diff": "Show what differs between two specs, layer by layer.",
        "show": "Print the text of a spec, as written or with everything expanded.",
        "new": "Write a commented variant of a spec to start from.",
        "format": "Write specs in the canonical layout, comments and all.",
        "render": "Draw a network as SVG, PNG, PDF or DOT.",
        "watch": "Serve the interactive page of a spec, redrawn on each save.",
        "build": "Build the TensorFlow model and save it as a .keras file.",
        "bench": "Time forward passes of the TensorFlow model.",
        "optimize": "Show how a network is rewritten for inference, and what that saves.",
        "list": "List the built-in specs.",
        "explain": "Tell what a finding's code means, with examples.",
        "schema": "Print the JSON Schema of the language, for editors.",
        "completion": "Print the script that completes commands in a shell.",
    }
)

_EPILOG = """
\b
Start here:
  specbuild summary inception_v3
  specbuild render inception_v3 -o v3.svg
  specbuild new mine.yaml --extends inception_v3
  specbuild check mine.yaml

A SPEC is a built-in name (`specbuild list`), a path to a YAML file, or `-` for
standard input. Exit codes: 0 clean, 1 findings, 2 wrong usage, 3 a program or
package is missing, 70 a bug in specbuild, 130 interrupted.
"""


class _Commands(click.Group):
    """Finds commands in the table and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"inceptionspec.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            helps = did_you_mean(name, COMMANDS)
            hint = f" ({helps[0].replace('`', chr(39))})" if helps else ""
            raise click.UsageError(f"no such command '{name}'{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="specbuild %(version)s")
def specbuild() -> None:
    """Convolutional networks from one YAML file: check, cost, draw, build, benchmark."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and leave with its exit code: no spec ends in a traceback."""
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    # Specs and graphs are large and hold no circles: looking for some takes a fifth of the
    # time of a large one.
    gc.set_threshold(100_000, 50, 100)
    try:
        code: Any = specbuild.main(arguments, prog_name="specbuild", standalone_mode=False)
        sys.stdout.flush()
    except SpecError as error:
        from inceptionspec.cli.findings import show

        show(error.findings)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output (`head`) has gone: nothing is left to say, or to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # a bug: say so, in the place where a traceback would stand
        _report_bug(error)
        return EXIT_BUG
    return code if isinstance(code, int) else 0


def _report_bug(error: Exception) -> None:

    if "SPECBUILD_TRACEBACK" in os.environ:
        traceback.print_exception(error)
    click.echo(
        f"specbuild has a bug: {type(error).__name__}: {sanitize(str(error))}\n"
        "Please report it with the spec and the command line; "
        "SPECBUILD_TRACEBACK=1 shows where it happened.",
        err=True,
    )
