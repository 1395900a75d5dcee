"""Budgets in a file of their own, for specs by name, path or pattern; checked as a spec is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Any

from inceptionspec.checks.check import Checked
from inceptionspec.checks.contracts import exceeded, open_totals
from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import closest, listed
from inceptionspec.frontend.language.form import Field, Form
from inceptionspec.frontend.language.form_checker import FormChecker
from inceptionspec.frontend.language.forms import BUDGET
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import SUFFIX
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.ops.attribute_types import Kind

KEY = "budgets"
"""The first key of a file of budgets, as `spec` is that of a spec."""
VERSION = 1
_FILE = Form("a file of budgets", {
    KEY: Field(Kind(f"`{VERSION}`", {"const": VERSION}), "Version of the language.", required=True),
    "specs": Field("specs", "A budget for each spec: by name, path or pattern.", required=True),
})  # fmt: skip


@dataclass(slots=True)
class Budgets:
    """What a file of budgets says.

    Attributes:
        source: the file.
        specs: from patterns to bounds, with their places.
        matched: the patterns that matched a network which was checked.
    """

    source: Source
    specs: Map
    matched: set[str] = field(default_factory=set)

    def check(self, loaded: LoadedSpec) -> Checked:
        """Test the totals of one network against every budget whose pattern matches it.

        A network that no pattern matches is a finding (E0947): a misspelled name would
        otherwise bound nothing. Exceeded bounds are findings too (E0603).
        """
        names = names_of(loaded)
        matched = [pattern for pattern in self.specs if _matches(pattern, names)]
        if not matched:
            return Checked((self._without_budget(loaded, names),))
        self.matched.update(matched)
        found: list[Diagnostic] = []
        undecided: dict[str, None] = {}
        for pattern in matched:
            found += exceeded(self.specs[pattern], loaded.graph, f"`{shortened(loaded.name)}`")
            undecided |= dict.fromkeys(open_totals(self.specs[pattern], loaded.graph))
        if not undecided:
            return Checked(tuple(found))
        what = f"the budget of {listed(list(undecided))} for `{loaded.name}`"
        return Checked(tuple(found), (f"{what} is not tested while height and width are open",))

    def unmatched(self) -> tuple[str, ...]:
        """The note on budgets that matched no network which was checked; none if all did."""
        idle = [pattern for pattern in self.specs if pattern not in self.matched]
        return (f"{self.source.name} has budgets for other specs: {listed(idle)}",) if idle else ()

    def _without_budget(self, loaded: LoadedSpec, names: Sequence[str]) -> Diagnostic:
        known = [pattern for pattern in self.specs if pattern not in self.matched]
        near = next(filter(None, (closest(name, known) for name in names)), "")
        helps = [f'write `{names[0]}: {{macs: <= 5e9}}`, or `"*"` for every spec']
        if near:
            helps.insert(0, f"did you mean `{names[0]}` where it says `{shortened(near)}`?")
        return finding(
            "E0947",
            f"there is no budget for `{shortened(names[0])}`",
            self.specs.key_spans[near] if near else self.specs.span,
            *helps,
            label=f"not a name of `{shortened(loaded.name)}`"
            if near
            else "none of these is for it",
        )


def read_budgets(source: Source, limits: Limits = DEFAULT_LIMITS) -> Budgets:
    """Budgets from their text.

    Raises:
        SpecError: with every finding, each at its place: YAML (E01), keys and values (E02).
    """
    root = read(source, limits, KEY, "a file of budgets")
    check = _Check(limits)
    if check.version(root, KEY, VERSION, "a file of budgets"):
        check.form(root, _FILE)
    if check.findings:
        raise SpecError(check.findings)
    return Budgets(source, root["specs"])


def names_of(loaded: LoadedSpec) -> tuple[str, ...]:
    """What a pattern may match: the name of the file, its path, and the network's name."""
    path = PurePath(loaded.source.name)
    names = (path.name.removesuffix(SUFFIX), str(path), path.name, loaded.name)
    return tuple(dict.fromkeys(names))


def _matches(pattern: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


class _Check(FormChecker):
    """One check of a file of budgets."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.named = {"specs": self._specs}

    def _specs(self, value: Any, span: Span, what: str) -> None:
        section = self.section(BUDGET)
        if not isinstance(value, Map):
            self.wrong_kind(value, span, "a mapping from specs to budgets", what)
            return
        if not value:
            self.add("E0205", f"{what} is empty", span, "at least one budget is needed")
        for pattern in value:
            place, budget = value.value_spans[pattern], value[pattern]
            section(budget, place, f"the budget of `{shortened(pattern)}`")
            if isinstance(budget, Map) and not budget:
                message = f"the budget of `{shortened(pattern)}` is empty"
                self.add("E0205", message, place, "at least one bound is needed")
