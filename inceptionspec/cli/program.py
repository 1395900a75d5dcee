"""The group of commands, and how every one of them ends."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from inceptionspec._version import __version__
from inceptionspec.cli.terminal import echo, show_findings
from inceptionspec.diagnostics.codes import EXIT_BUG, EXIT_INTERRUPTED, EXIT_USAGE
from inceptionspec.utils import interrupts

#: Commands and what `--help` says of each. A command's module is imported when it runs.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "check": "Say what is wrong with specs, and where.",
        "summary": "Show shapes, parameters, MACs, FLOPs, memory and receptive fields.",
        "diff": "Show what differs between two specs, layer by layer.",
        "show": "Print the text of a spec, as written or with everything expanded.",
        "new": "Write a commented variant of a spec to start from.",
        "rewrite": "Write a variant of a spec by changes that papers describe.",
        "import": "Write the spec of a Keras or ONNX model, and its weights.",
        "format": "Write specs in the canonical layout, comments and all.",
        "render": "Draw a network as SVG, PNG, PDF or DOT.",
        "watch": "Serve the interactive page of a spec, redrawn on each save.",
        "build": "Build the TensorFlow model and save it as a .keras file.",
        "export": "Write a network as ONNX, LiteRT, Keras, SavedModel or another file.",
        "verify": "Check that an exported file is what its receipt says.",
        "weights": "Say what is in a file of weights, and which specs it fits.",
        "bench": "Time forward passes of the TensorFlow model.",
        "train": "Train a network by a recipe, and resume where a run ended.",
        "predict": "Say what pictures show, by a network and its weights.",
        "evaluate": "Say how good networks are on labeled pictures.",
        "sweep": "Try many variants of a network, and show which are on the front.",
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
standard input. `specbuild COMMAND --help` shows examples of each command.

\b
Exit codes:
  0    clean, or done
  1    a spec has errors
  2    wrong usage, or a file that cannot be read or written
  3    a program or package is missing
  70   a bug in specbuild
  129, 130, 143   ended by SIGHUP, Ctrl-C or SIGTERM
"""
COMPLETION = "_SPECBUILD_COMPLETE"


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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            echo(ctx.get_help(), err=True)
            ctx.exit(EXIT_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from inceptionspec.cli.command import no_such_command

            raise no_such_command(name, COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
)
@click.version_option(__version__, message="specbuild %(version)s")
def specbuild() -> None:
    """Convolutional networks from one YAML file: check, cost, draw, build, benchmark."""


def run(arguments: list[str] | None = None) -> int:
    """Run a command line; the exit code. No spec ends in a traceback."""
    # Specs and graphs are large and hold no circles: looking for some takes a fifth of the
    # time of a large one.
    gc.set_threshold(100_000, 50, 100)
    try:
        if COMPLETION in os.environ:
            from inceptionspec.cli import bash_completion  # noqa: F401 - registers the script
        code: Any = specbuild.main(
            arguments, prog_name="specbuild", complete_var=COMPLETION, standalone_mode=False
        )
        sys.stdout.flush()
        interrupts.raise_if_ended()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort as error:
        if isinstance(error.__cause__, EOFError):  # click takes it for the end of a dialog
            return _bug(error.__cause__)
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        return _refused(error)
    return code if isinstance(code, int) else 0


def _refused(error: Exception) -> int:
    """Show findings, or that there is a bug where a traceback would stand."""
    # Not imported before: `specbuild --help` needs none of it.
    from inceptionspec.cli.command import in_our_words
    from inceptionspec.diagnostics.diagnostic import SpecError

    found: Exception | None = error
    if isinstance(error, click.ClickException):
        found = in_our_words(error)
    elif isinstance(error, ModuleNotFoundError):
        from inceptionspec.diagnostics.optional_packages import missing_package

        found = missing_package(error)
    if not isinstance(found, SpecError):
        interrupts.raise_if_ended()
        return _interrupted() if _caused_by_ctrl_c(error) else _bug(error)
    show_findings(found.findings)
    return found.exit_code


def _caused_by_ctrl_c(error: BaseException | None) -> bool:
    """Whether Python made another error of a KeyboardInterrupt, as while a class is created."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _interrupted() -> int:
    echo("interrupted", err=True)
    return EXIT_INTERRUPTED


def _bug(error: BaseException) -> int:
    from inceptionspec.diagnostics.sanitize import sanitize

    if "SPECBUILD_TRACEBACK" in os.environ:
        import traceback

        traceback.print_exception(error)
    echo(
        f"specbuild has a bug: {type(error).__name__}: {sanitize(str(error))}\n"
        "Please report it with the spec and the command line; "
        "SPECBUILD_TRACEBACK=1 shows where it happened.",
        err=True,
    )
    return EXIT_BUG
