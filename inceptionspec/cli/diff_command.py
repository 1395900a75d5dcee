"""`specbuild diff`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.diff.difference import Difference
from inceptionspec.cli.options import read_options, spec_options
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS
from inceptionspec.frontend.reading.spec_files import STDIN


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--all", "every", is_flag=True, help="Every layer and path, and all figures of each part."
)
@click.option("--exit-code", is_flag=True, help="End with 1 if the networks differ.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
)
@spec_options
def command(old: str, new: str, every: bool, exit_code: bool, form: str, **options: Any) -> int:
    """Show what differs between the specs OLD and NEW, layer by layer.

    Shows layers that were added, removed, renamed or changed, heads, shapes, and the
    difference in parameters, MACs, FLOPs and memory. Options that set something set it in
    both. Names alone make no difference to a loaded. Works without TensorFlow.
    """
    if old == new == STDIN:
        raise click.UsageError("standard input holds one spec; name a file for the other")
    wanted = read_options(**options)
    found = compare(wanted.load(old), wanted.load(new))
    click.echo(_FORMATS[form](found, every), nl=False)
    return EXIT_FINDINGS if exit_code and not found.same else EXIT_CLEAN


def _as_text(found: Difference, every: bool) -> str:
    from inceptionspec.reports.diff.text import to_text

    return to_text(found, every)


def _as_markdown(found: Difference, every: bool) -> str:
    from inceptionspec.reports.diff.markdown import to_markdown

    return to_markdown(found, every)


def _as_json(found: Difference, every: bool) -> str:
    from inceptionspec.reports.diff.json import to_json

    return to_json(found)


_FORMATS: Mapping[str, Callable[[Difference, bool], str]] = {
    "text": _as_text,
    "markdown": _as_markdown,
    "json": _as_json,
}
