"""`specbuild rewrite`."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, refuse_spec_files
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import external
from inceptionspec.moves.draft import Step
from inceptionspec.moves.reference import base_reference
from inceptionspec.moves.table import MOVES
from inceptionspec.moves.variant import Variant, rewrite
from inceptionspec.utils.atomic_write import check_writable, write_file


@click.command(
    "rewrite",
    cls=Command,
    examples=(
        "specbuild rewrite --list",
        "specbuild rewrite inception_v3 --move separable --at 'Mixed_6*/*/*' -o v.yaml",
        "specbuild rewrite inception_v4 --move residual --at 'blocks.*' -o r.yaml",
        "specbuild rewrite inception_v3 --move halve-input -o small.yaml",
    ),
    exits={EXIT_FINDINGS: "the spec has errors, or nothing qualifies for a move"},
)
@click.argument("spec", required=False, shell_complete=completers.specs)
@click.option(
    "--move",
    "moves",
    multiple=True,
    metavar="MOVE",
    shell_complete=completers.moves,
    help="What to do; can be repeated.",
)
@click.option(
    "--at",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    shell_complete=completers.paths,
    help="Where, by path, as a key of `override`; one for each move.  [default: everywhere]",
)
@click.option(
    "-o",
    "--output",
    "file",
    metavar="VARIANT.yaml",
    shell_complete=completers.files,
    help="Where the variant goes.",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--list", "listing", is_flag=True, help="Explain every move, and stop.")
@format_option("text", "json")
def command(
    spec: str | None,
    moves: tuple[str, ...],
    patterns: tuple[str, ...],
    file: str | None,
    force: bool,
    listing: bool,
    form: str,
) -> None:
    """Write a variant of SPEC by changes that papers describe.

    The variant extends SPEC in a few lines. Prints what each move changed, what its pattern
    matches and it left and why, and what the network costs before and after. A move that is
    given no `--at` changes all that qualifies.
    """
    if listing:
        from inceptionspec.reports.moves.json import list_json
        from inceptionspec.reports.moves.text import list_text

        listed = list_json if form == "json" else list_text
        echo(listed(MOVES.values()), nl=False)
        return
    if spec is None or not moves or file is None:
        lacks = "SPEC" if spec is None else "--move" if not moves else "-o"
        example = "specbuild rewrite SPEC --move MOVE --at PATTERN -o VARIANT.yaml"
        raise usage_error(f"`{lacks}` is missing", f"write `{example}`, or `--list` to see moves")
    if patterns and len(patterns) != len(moves):
        have = "move has" if len(moves) == 1 else "moves have"
        noun = "pattern" if len(patterns) == 1 else "patterns"
        message = f"{len(moves)} {have} {len(patterns)} {noun}"
        raise usage_error(message, "write one `--at` for each `--move`, in the same order")
    found = _rewritten(spec, moves, patterns, file, force)
    if form == "json":
        from inceptionspec.reports.moves.json import to_json

        echo(to_json(found), nl=False)
        return
    from inceptionspec.reports.moves.text import to_text

    echo(to_text(found), nl=False)
    shown = sanitize(file)
    echo(f"\nwrote {shown}; look at it, then `specbuild check {shlex.quote(shown)}`")


def _rewritten(
    spec: str, moves: tuple[str, ...], patterns: tuple[str, ...], file: str, force: bool
) -> Variant:
    """The variant, written to its file."""
    place = external(shortened(f"-o {file}", 200))
    if not file.endswith((".yaml", ".yml")):
        stem = os.path.splitext(file)[0] if file not in ("", "-") else "variant"
        help_ = f"write `{short_path(stem)}.yaml`"
        raise spec_error("E0804", "the file must end in `.yaml` or `.yml`", place, help_)
    if os.path.exists(file) and not force:
        message = f"`{short_path(file)}` exists already"
        raise spec_error("E0803", message, place, "choose another name, or add `--force`")
    check_writable(file, place)
    loaded = read_options().load(spec)
    refuse_spec_files(file, "-o", loaded)
    extends = base_reference(loaded.source, file, place)
    name = re.sub(r"[^A-Za-z0-9_]", "_", Path(file).stem)[:100]
    ats = patterns or ("",) * len(moves)
    steps = [Step(move, at) for move, at in zip(moves, ats, strict=True)]
    found = rewrite(loaded, steps, name=name, extends=extends, file=Path(file))
    write_file(file, found.text.encode(), place, new=not force)
    return found
