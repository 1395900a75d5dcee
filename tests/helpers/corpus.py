"""Specs and recipes that are bad in one way each: what `check` says, and what it should say."""

from __future__ import annotations

import shlex
from functools import cache
from pathlib import Path

from support import CORPUS

from inceptionspec.cli.check_command import checked
from inceptionspec.cli.check_command import command as check
from inceptionspec.cli.options import read_options
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, in_file_order
from inceptionspec.reports.findings.full import full

#: Next to each spec is the text of its finding, under the same name with the suffix `.txt`.
FOLDER = CORPUS / "bad"
SPECS = tuple(sorted(FOLDER.glob("*.yaml")))
#: In a first line that is a comment, a recipe names the network that it should fit.
RECIPES = tuple(sorted((CORPUS / "bad_recipes").glob("*.yaml")))
#: A first line that starts so holds the options that `check` is given.
_OPTIONS = b"# --"


@cache
def findings(spec: Path) -> tuple[Diagnostic, ...]:
    """What `specbuild check` finds in a spec, run in the folder of the spec."""
    first = spec.read_bytes().partition(b"\n")[0]
    if spec in RECIPES and first.startswith(b"# "):
        fitted = checked(first.removeprefix(b"# ").decode(), read_options(), spec.name)
        return in_file_order(fitted.findings)
    options = first.removeprefix(b"# ").decode() if first.startswith(_OPTIONS) else ""
    context = check.make_context("check", [spec.name, *shlex.split(options)])
    given = {
        key: context.params[key]
        for key in context.params.keys() - {"specs", "recipe", "budget", "strict", "form"}
    }
    try:
        wanted = read_options(**given)
        return in_file_order(checked(spec.name, wanted, context.params["recipe"]).findings)
    except SpecError as error:
        return error.findings


def shown(spec: Path) -> str:
    """The same as text."""
    return full(findings(spec))


def expected(spec: Path) -> Path:
    """The file with the text that `check` should print for a spec."""
    return spec.with_suffix(".txt")
