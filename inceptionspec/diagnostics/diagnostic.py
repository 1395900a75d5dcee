"""Findings as data: what is wrong, where, and what to do. Text is made of them elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span, external


class Label(NamedTuple):
    """A place and a few words about it."""

    span: Span
    text: str = ""


class Edit(NamedTuple):
    """A change of the text: other text replaces what is at a place."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``message`` stands alone, in lower case and without a period; ``primary`` is the
    smallest place that is to blame; ``labels`` are the other places that belong to it;
    ``notes`` give context and ``helps`` say what to do. ``edits`` carry out the first help,
    where a program can.
    """

    code: str
    message: str
    primary: Label
    labels: tuple[Label, ...] = ()
    helps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def level(self) -> str:
        """``error`` or ``warning``, by the first letter of the code."""
        return "warning" if self.code.startswith("W") else "error"

    def __str__(self) -> str:
        return _in_words(self)


def finding(
    code: str,
    message: str,
    at: Label | Span | str,
    *helps: str,
    label: str = "",
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
) -> Diagnostic:
    """One finding in a line.

    Args:
        code: a row of ``CODES``.
        message: what is wrong.
        at: the place to blame; a text stands for what no file holds, as ``--head Logits``.
        helps: what to do.
        label: what to say at the place.
        labels: the other places that belong to it.
        notes: context.
    """
    if not isinstance(at, Label):
        at = Label(external(at) if isinstance(at, str) else at, label)
    return Diagnostic(code, message, at, labels, helps, notes)


class SpecError(Exception):
    """The error that all refusals raise. It carries every finding, in file order.

    It is ``complete`` unless the stage stopped because it found too many. Where all
    findings are of one family, the error is of that family's class (``FAMILIES``), as
    ``OSError`` makes a ``FileNotFoundError``: ``except ShapeError`` catches a spec whose
    shapes do not fit.

    Attributes:
        findings: all of them, in file order.
        complete: false if the stage stopped early because it found so much.
        exit_code: what a command ends with that stops at these findings.

    >>> try:
    ...     inceptionspec.load("inception_v33")
    ... except inceptionspec.SpecError as error:
    ...     print(error)
    inception_v33: E0801: there is no built-in spec `inception_v33`
      help: did you mean `inception_v3`?
      help: a file is named with its suffix, as `inception_v33.yaml`
    """

    def __new__(cls, findings: Collection[Diagnostic], complete: bool = True) -> SpecError:
        """The class of the family that all findings belong to, this class where they differ."""
        if cls is SpecError:
            kinds = {_family(diagnostic.code) for diagnostic in findings}
            if len(kinds) == 1:
                cls = kinds.pop()
        return super().__new__(cls)

    def __init__(self, findings: Collection[Diagnostic], complete: bool = True) -> None:
        self.complete = complete and not (isinstance(findings, Findings) and findings.full)
        self.findings = in_file_order(findings)
        super().__init__(self.findings)

    def __reduce__(self) -> tuple[Any, ...]:
        # Other picklers than Python's, as Dask's, know no other way to a constructor's arguments.
        return type(self), (self.findings, self.complete)

    def __str__(self) -> str:
        shown = [_in_words(diagnostic) for diagnostic in self.findings[:_MOST_IN_WORDS]]
        more = len(self.findings) - len(shown)
        return "\n".join([*shown, f"... and {more} more"] if more > 0 else shown)

    def __repr__(self) -> str:
        first, count = shortened(str(self.findings[0]), 200), len(self.findings)
        return f"<{type(self).__name__}: {count} finding{'s' * (count > 1)}, first {first!r}>"

    @property
    def exit_code(self) -> int:
        """The exit code of a command that stops at these findings: the highest of their codes.

        >>> try:
        ...     inceptionspec.load("inception_v33")
        ... except inceptionspec.SpecError as error:
        ...     print(error.exit_code)
        2
        """
        return max(CODES[finding.code].exit for finding in self.findings)


class SpecSyntaxError(SpecError):
    """The text is not a spec: encoding, YAML, the form of the language (E01, E02).

    >>> try:
    ...     inceptionspec.loads("a text")
    ... except inceptionspec.SpecSyntaxError as error:
    ...     print(error.findings[0].code)
    E0201
    """


class SpecReferenceError(SpecError):
    """A name, an argument, a path or a base does not exist or does not fit (E03).

    >>> text = "{spec: 1, extends: inception_v3, name: v, override: {Mixed_9: delete}}"
    >>> try:
    ...     inceptionspec.loads(text)
    ... except inceptionspec.SpecReferenceError as error:
    ...     print(error.findings[0].code)
    E0310
    """


class ShapeError(SpecError):
    """Layers do not fit each other or their input (E04).

    >>> try:
    ...     inceptionspec.load("inception_v3", input=32)
    ... except inceptionspec.ShapeError as error:
    ...     print(error.findings[0].code)
    E0401
    """


class LimitError(SpecError):
    """Something is larger than a limit allows (E05).

    >>> try:
    ...     inceptionspec.load("inception_v3", limits=inceptionspec.Limits(layers=10))
    ... except inceptionspec.LimitError as error:
    ...     print(error.findings[0].code)
    E0505
    """


class ContractError(SpecError):
    """A contract, a budget or a bound on a difference does not hold (E06, E0945, E0947).

    >>> text = "{spec: 1, extends: inception_v3, name: v, budget: {macs: '<= 5e9'}}"
    >>> try:
    ...     inceptionspec.loads(text).check().raise_errors()
    ... except inceptionspec.ContractError as error:
    ...     print(error.findings[0].code)
    E0603
    """


class WeightsError(SpecError):
    """Weights cannot be read or do not fit the network (E0701 to E0703, E0711, E0712).

    >>> try:
    ...     inceptionspec.load("inception_v3").to_keras(weights="nowhere.ckpt")
    ... except inceptionspec.WeightsError as error:
    ...     print(error.findings[0].code)
    E0703
    """


class MissingPackageError(SpecError, ImportError):
    """A package or a program is not installed (E0704, E0705, E0820).

    >>> issubclass(inceptionspec.MissingPackageError, ImportError)
    True
    """


class UsageError(SpecError):
    """An option, a file or a record cannot be used (E08, E0946).

    >>> try:
    ...     inceptionspec.load("inception_v3", head="Logit")
    ... except inceptionspec.UsageError as error:
    ...     print(error.findings[0].code)
    E0806
    """


#: The family of each code, by its longest prefix in this table; ``SpecError`` without one.
FAMILIES: Mapping[str, type[SpecError]] = MappingProxyType(
    {
        "E01": SpecSyntaxError,
        "E02": SpecSyntaxError,
        "E03": SpecReferenceError,
        "E04": ShapeError,
        "E05": LimitError,
        "E06": ContractError,
        "E0701": WeightsError,
        "E0702": WeightsError,
        "E0703": WeightsError,
        "E0704": MissingPackageError,
        "E0705": MissingPackageError,
        "E0711": WeightsError,
        "E0712": WeightsError,
        "E08": UsageError,
        "E0820": MissingPackageError,
        "E0945": ContractError,
        "E0946": UsageError,
        "E0947": ContractError,
    }
)
_MOST_IN_WORDS = 5


def spec_error(
    code: str,
    message: str,
    at: Label | Span | str,
    *helps: str,
    label: str = "",
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
) -> SpecError:
    """The error of one finding, to be raised. The arguments are those of ``finding``."""
    return SpecError([finding(code, message, at, *helps, label=label, labels=labels, notes=notes)])


def _family(code: str) -> type[SpecError]:
    return FAMILIES.get(code, FAMILIES.get(code[:3], SpecError))


def _in_words(diagnostic: Diagnostic) -> str:
    """A finding as `str` of an error shows it: place, code, message, label, helps."""
    span = diagnostic.primary.span
    place = span.source.name
    if span.source.text is not None:
        place = f"{place}:{span.line}:{span.column}"
    label = f" ({diagnostic.primary.text})" if diagnostic.primary.text else ""
    lines = [f"{place}: {diagnostic.code}: {diagnostic.message}{label}"]
    lines += [f"  help: {help_}" for help_ in diagnostic.helps]
    return "\n".join(map(sanitize, lines))


class Findings(list[Diagnostic]):
    """The findings of one stage. When it is ``full``, it ends the stage with a SpecError."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__()
        self.most = limits.findings

    @property
    def full(self) -> bool:
        """Whether it holds as many as a stage may collect."""
        return len(self) >= self.most

    def append(self, finding: Diagnostic) -> None:
        """Add one."""
        super().append(finding)
        self._stop_if_full()

    def extend(self, findings: Iterable[Diagnostic]) -> None:
        """Add several."""
        super().extend(findings)
        self._stop_if_full()

    def __iadd__(self, findings: Iterable[Diagnostic]) -> Self:  # type: ignore[override, misc]
        self.extend(findings)
        return self

    def _stop_if_full(self) -> None:
        if self.full:
            raise SpecError(self)


def in_file_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings without repetitions, file by file in the order of first mention, then by place.

    A fault inside a block is a fault in each of its calls, and is reported once.
    """
    unique: dict[tuple[str, str, Label], Diagnostic] = {}
    for diagnostic in findings:
        unique.setdefault((diagnostic.code, diagnostic.message, diagnostic.primary), diagnostic)
    rank: dict[str, int] = {}
    for finding in unique.values():
        rank.setdefault(finding.primary.span.source.name, len(rank))
    return tuple(
        sorted(
            unique.values(),
            key=lambda f: (
                rank[f.primary.span.source.name],
                f.primary.span.line,
                f.primary.span.column,
                f.code,
                f.message,
            ),
        )
    )
