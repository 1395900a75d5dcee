"""The findings of the examples on pages of codes, from the commands themselves."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inceptionspec.checks.budget_file import read_budgets
from inceptionspec.cli.check_command import checked
from inceptionspec.cli.check_command import command as check
from inceptionspec.cli.options import SpecOptions, read_options
from inceptionspec.cli.program import specbuild
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, in_file_order
from inceptionspec.diagnostics.source import Source
from inceptionspec.explain import PAGES, Example
from inceptionspec.frontend.reading.yaml_reader import decode


def findings_of(example: Example) -> tuple[Diagnostic, ...]:
    """The findings that the command of an example prints; none where it is not run."""
    if not example.runs:
        return ()
    _, name, *arguments = shlex.split(example.command)
    try:
        if name == check.name:
            return _check(arguments, example)
        specbuild.main([name, *arguments], prog_name="specbuild", standalone_mode=False)
    except SpecError as error:
        return error.findings
    return ()


def _check(arguments: list[str], example: Example) -> tuple[Diagnostic, ...]:
    given: dict[str, Any] = dict(check.make_context("check", arguments).params)
    names = ("specs", "recipe", "budget", "strict", "form")
    specs, recipe, budget, _, _ = (given.pop(name) for name in names)
    wanted = read_options(**given)
    found: list[Diagnostic] = []
    with _folder(example) as folder:
        fitted = None if recipe is None else _opened(recipe, example, folder, wanted)
        bounds = None
        if budget is not None:
            source = _opened(budget, example, folder, wanted)
            assert isinstance(source, Source)  # a page brings its own
            bounds = read_budgets(source, wanted.limits)
        for name in specs:
            spec = _opened(name, example, folder, wanted)
            found += checked(spec, wanted, fitted, bounds).findings
    return in_file_order(found)


def _opened(name: str, example: Example, folder: Path, wanted: SpecOptions) -> str | Source:
    """The text of a file of an example; any other name stays what it is."""
    file = example.files.get(name)
    if file is None:
        return name
    return decode(file.encode(), name, folder / name, wanted.limits)


@contextmanager
def _folder(example: Example) -> Iterator[Path]:
    """A folder with the files of an example, or none if there is only one file."""
    if len(example.files) < 2:
        yield PAGES
        return
    with tempfile.TemporaryDirectory(prefix="specbuild-") as name:
        for file, text in example.files.items():
            Path(name, file).write_text(text, encoding="utf-8")
        yield Path(name)
