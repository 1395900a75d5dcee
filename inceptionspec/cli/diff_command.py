"""`specbuild diff`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from inceptionspec.analysis.diff.bounds import passed_bounds, read_bounds
from inceptionspec.analysis.diff.compare import compare
from inceptionspec.analysis.diff.difference import Difference
from inceptionspec.cli import completers
from inceptionspec.cli.command import Command, usage_error
from inceptionspec.cli.options import read_options, spec_options
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo, paint_for
from inceptionspec.diagnostics.codes import EXIT_CLEAN, EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.frontend.reading.spec_files import STDIN


@click.command(
    "diff",
    cls=Command,
    examples=(
        "specbuild diff inception_v3 mine.yaml",
        "specbuild diff inception_v1 inception_v2 --all",
        "specbuild diff old.yaml new.yaml --exit-code --format markdown",
        "specbuild diff inception_v3 mine.yaml --fail-on 'macs>+2%' --format github",
    ),
    exits={EXIT_FINDINGS: "a spec has errors; a --fail-on holds; or under --exit-code they differ"},
)
@click.argument("old", shell_complete=completers.specs)
@click.argument("new", shell_complete=completers.specs)
@click.option("--all", "every", is_flag=True, help="Show every layer, and all costs of each part.")
@click.option("--exit-code", is_flag=True, help="End with 1 if the networks differ.")
@click.option(
    "--fail-on",
    "fail_on",
    multiple=True,
    metavar="CONDITION",
    help="End with 1 if this holds of the difference, as 'macs > +2%'; can be repeated.",
)
@format_option("text", "markdown", "json", "github")
@spec_options
def command(
    old: str,
    new: str,
    every: bool,
    exit_code: bool,
    fail_on: tuple[str, ...],
    form: str,
    **options: Any,
) -> int:
    """Show what differs between the specs OLD and NEW, layer by layer.

    Prints the layers that were added, removed, renamed or changed, the heads and shapes
    that differ, and the difference in parameters, MACs, FLOPs and memory. Options apply to
    both specs. Networks that differ only in names count as the same. Works without
    TensorFlow.

    A CONDITION compares the difference of params, trainable_params, macs, flops or memory with
    a percentage of the old (+2%) or an amount (+10M, -2MiB), by <, <=, >, >=, == or !=. Several
    are joined by `and`.
    """
    if old == new == STDIN:
        raise usage_error("standard input holds one spec", "name a file for the other")
    wanted = read_options(**options)
    bounds = read_bounds(fail_on)
    before, after = wanted.load(old), wanted.load(new)
    found = compare(before, after)
    passed = passed_bounds(bounds, found, after)
    echo(_FORMATS[form](found, passed, every), nl=False)
    return EXIT_FINDINGS if passed or (exit_code and not found.same) else EXIT_CLEAN


def _as_text(found: Difference, passed: Sequence[Diagnostic], every: bool) -> str:
    from inceptionspec.reports.diff.text import to_text
    from inceptionspec.reports.findings.full import full

    text = to_text(found, every)
    return f"{text}\n{full(passed, (), paint_for(sys.stdout))}" if passed else text


def _as_markdown(found: Difference, passed: Sequence[Diagnostic], every: bool) -> str:
    from inceptionspec.reports.diff.markdown import to_markdown

    return to_markdown(found, every, passed)


def _as_json(found: Difference, passed: Sequence[Diagnostic], every: bool) -> str:
    from inceptionspec.reports.diff.json import to_json

    return to_json(found, passed)


def _as_github(found: Difference, passed: Sequence[Diagnostic], every: bool) -> str:
    from inceptionspec.reports.diff.github import to_github

    return to_github(found, passed)


_FORMATS: Mapping[str, Callable[[Difference, Sequence[Diagnostic], bool], str]] = {
    "text": _as_text,
    "markdown": _as_markdown,
    "json": _as_json,
    "github": _as_github,
}
