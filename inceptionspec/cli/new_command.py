"""`specbuild new`."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import click

from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.options import read_options, refuse_spec_files
from inceptionspec.cli.terminal import echo
from inceptionspec.diagnostics.codes import EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.sanitize import sanitize, short_path
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.formatting.write import COMMENT_COLUMN
from inceptionspec.frontend.language.json_schema import SCHEMA_FILE
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.spec_files import base_path, is_builtin_name
from inceptionspec.frontend.writing.yaml_writer import value_text
from inceptionspec.utils.atomic_write import check_writable, write_file


@click.command(
    "new",
    cls=Command,
    examples=(
        "specbuild new mine.yaml --extends inception_v3",
        "specbuild new smaller.yaml --extends mine.yaml --force",
    ),
    exits={EXIT_FINDINGS: "the base has errors"},
)
@click.argument("file", type=click.Path(path_type=Path), shell_complete=completers.files)
@click.option(
    "--extends",
    "base",
    required=True,
    metavar="SPEC",
    shell_complete=completers.specs,
    help="The spec to vary: a built-in name, or a file next to the new one.",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def command(file: Path, base: str, force: bool) -> None:
    """Write a commented variant of a spec to FILE, to start from.

    The file extends the base, changes one thing, and shows in comments what else can be
    changed. It passes `specbuild check` as it is.
    """
    place = external(str(file))
    if os.path.exists(file) and not force:
        message = f"`{short_path(str(file))}` exists already"
        raise spec_error("E0803", message, place, "choose another name, or add `--force`")
    check_writable(str(file), place)
    reference = base
    if not is_builtin_name(base):
        base_path(base, Source(f"--extends {base}", path=file).whole())
        reference = str(file.parent / base)
    loaded = read_options().load(reference)
    refuse_spec_files(str(file), "", loaded)
    write_file(str(file), _variant(file, base, loaded).encode(), place, new=not force)
    # Without a suffix, `foo` alone would name a built-in spec.
    shown = sanitize(f"./{file}" if is_builtin_name(str(file)) else str(file))
    echo(f"wrote {shown}; edit it, then `specbuild check {shlex.quote(shown)}`")


def _variant(file: Path, base: str, loaded: LoadedSpec) -> str:
    name = re.sub(r"[^A-Za-z0-9_]", "_", file.stem)[:100]
    section, changes = _section(loaded), _changes(loaded)
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_FILE.as_posix()}",
        "spec: 1",
        f"extends: {value_text(base)}",
        f"name: {value_text(name)}",
        "doc: What differs from the base, and why.",
        _with_comment(*section),
        "# override:",
        *(_with_comment(f"#   {key}: {value}", why) for key, value, why in changes),
    ]
    return "\n".join(lines) + "\n"


def _with_comment(text: str, why: str) -> str:
    """A line as `specbuild format` leaves it."""
    return f"{text:<{COMMENT_COLUMN - 2}}  # {why}"


def _section(loaded: LoadedSpec) -> tuple[str, str]:
    """A section that fits the base, and what it is for."""
    for name, argument in loaded.spec.args.items():
        value = 10 if name == "classes" else value_text(argument.value)
        return f"args: {{{name}: {value}}}", "an argument of the base"
    return "input: {size: 224x224}", "another input size"


def _changes(loaded: LoadedSpec) -> list[tuple[str, str, str]]:
    """Overrides that fit the base, to be uncommented: a key, a change, and what it is for."""
    graph = loaded.graph
    examples = []
    convolution = next((node for node in graph.nodes if node.op == "conv" and node.branch), None)
    if convolution is not None:
        examples.append((convolution.path, "{kernel: 3x3}", "change one layer"))
    examples.append(("defaults.conv", "{activation: relu6}", "change all convolutions"))
    examples += [
        (head.name, "delete", "leave a head out") for head in graph.heads if head.name != graph.main
    ][:1]
    return examples
