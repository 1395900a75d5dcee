"""`specbuild check`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from inceptionspec.checks.check import Checked, check, stopped
from inceptionspec.cli import completers
from inceptionspec.cli.command import Command
from inceptionspec.cli.options import SpecOptions, read_options, spec_options, specs_argument
from inceptionspec.cli.parameters import format_option
from inceptionspec.cli.terminal import echo, paint_for
from inceptionspec.diagnostics.codes import CODES, EXIT_CLEAN, EXIT_FINDINGS
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, in_file_order
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.reading.spec_files import open_any, open_file
from inceptionspec.frontend.reading.yaml_reader import first_key
from inceptionspec.reports.findings.formats import DATA, FORMATS, TEXTS
from inceptionspec.reports.findings.wording import count_line

if TYPE_CHECKING:
    from inceptionspec.checks.budget_file import Budgets


@click.command(
    "check",
    cls=Command,
    examples=(
        "specbuild check mine.yaml",
        "specbuild check specs/*.yaml --strict --format github",
        "specbuild check inception_v3 --input 224x224 --width 0.5",
        "specbuild check inception_v3 --recipe mine.yaml",
        "specbuild check nets/*.yaml --budget budgets.yaml",
    ),
    exits={EXIT_CLEAN: "no errors", EXIT_FINDINGS: "errors; warnings too under --strict"},
)
@specs_argument
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option(
    "--recipe",
    metavar="RECIPE",
    shell_complete=completers.recipes,
    help="Test too whether this recipe fits each spec.",
)
@click.option(
    "--budget",
    metavar="FILE",
    shell_complete=completers.files,
    help="Test too whether each spec keeps to its budget in this file.",
)
@format_option(*FORMATS)
@spec_options
def command(
    specs: tuple[str, ...],
    strict: bool,
    recipe: str | None,
    budget: str | None,
    form: str,
    **options: Any,
) -> int:
    """Say what is wrong with each SPEC, and where.

    Reads each spec with its bases, expands its blocks, infers all shapes, and tests
    contracts and budgets. Prints each finding with the line it is about and what to do;
    `concise` is a line each, `json` is for programs, `github` makes annotations. A file whose
    first key is `recipe` is checked as a training recipe, one whose first key is `naming` as a
    naming scheme of weights, one whose first key is `budgets` as a file of budgets, one
    whose first key is `sweep` as a sweep.
    """
    wanted = read_options(**options)
    bounds = None if budget is None else _bounds(budget, wanted.limits)
    findings: list[Diagnostic] = []
    notes: list[str] = []
    clean: list[str] = []
    complete = True
    for reference in specs:
        its = checked(reference, wanted, recipe, bounds)
        findings += its.findings
        notes += its.notes
        clean += [its.clean] if its.clean else []
        complete = complete and its.complete
    if bounds is not None and len(specs) > 1:
        notes += bounds.unmatched()
    # The findings of one spec are in order; a second sort of very many takes a fifth of a second.
    ordered = in_file_order(findings) if len(specs) > 1 else tuple(findings)
    if form in DATA:
        echo(DATA[form](ordered, notes, complete), nl=False)
    else:
        echo(TEXTS[form](ordered, notes, paint_for(sys.stdout)), nl=False)
        for line in clean:
            echo(line)
        if ordered:
            echo(count_line(ordered))
            if sys.stdout.isatty():
                echo(f"`specbuild explain {ordered[0].code}` tells more")
    return _exit_code(ordered, strict)


def checked(
    spec: str | Source,
    wanted: SpecOptions,
    recipe: str | Source | None = None,
    bounds: Budgets | None = None,
) -> Checked:
    """Check one spec, recipe, naming scheme or file of budgets, which is named or was read.

    Args:
        spec: what to check.
        wanted: settings and limits.
        recipe: what a spec must fit.
        bounds: what a spec may cost.
    """
    try:
        source = open_any(spec, wanted.limits) if isinstance(spec, str) else spec
        other = _OTHER_LANGUAGES.get(first_key(source))
        if other is not None:
            return other(source, wanted.limits)
        loaded = wanted.load(source)
        if recipe is not None:
            from inceptionspec.training.fitting import fit
            from inceptionspec.training.recipes.load import load_recipe

            fit(load_recipe(recipe, wanted.limits), loaded.graph)
    except SpecError as error:
        notes = stopped(error.complete, wanted.limits)
        return Checked(error.findings, notes, complete=error.complete)
    its = check(loaded)
    return its if bounds is None else its.joined(bounds.check(loaded))


def _checked_recipe(source: Source, limits: Limits) -> Checked:
    from inceptionspec.training.recipes.load import load_recipe

    recipe = load_recipe(source, limits)
    return Checked((), clean=sanitize(f"{source.name}: ok ({recipe.name})"))


def _checked_budgets(source: Source, limits: Limits) -> Checked:
    from inceptionspec.checks.budget_file import read_budgets

    budgets = read_budgets(source, limits)
    count = len(budgets.specs)
    return Checked((), clean=sanitize(f"{source.name}: ok ({count} budget{'s' * (count > 1)})"))


def _bounds(reference: str, limits: Limits) -> Budgets:
    from inceptionspec.checks.budget_file import read_budgets

    return read_budgets(open_file(reference, limits, "budget"), limits)


def _checked_scheme(source: Source, limits: Limits) -> Checked:
    from inceptionspec.weights.naming import read_scheme

    scheme = read_scheme(source, limits)
    return Checked((), clean=sanitize(f"{source.name}: ok ({scheme.name}, a naming scheme)"))


def _checked_sweep(source: Source, limits: Limits) -> Checked:
    from inceptionspec.sweep.request import check_file

    knobs = len(check_file(source).settings)
    return Checked((), clean=sanitize(f"{source.name}: ok ({knobs} knob{'s' * (knobs > 1)})"))


#: What checks a file that is no spec, by its first key.
_OTHER_LANGUAGES: Mapping[str, Callable[[Source, Limits], Checked]] = {
    "recipe": _checked_recipe,
    "naming": _checked_scheme,
    "budgets": _checked_budgets,
    "sweep": _checked_sweep,
}


def _exit_code(findings: tuple[Diagnostic, ...], strict: bool) -> int:
    code = max((CODES[finding.code].exit for finding in findings), default=EXIT_CLEAN)
    return EXIT_FINDINGS if strict and findings and code == EXIT_CLEAN else code
