"""Findings as data: what is wrong, where, and what to do. Text is made of them elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from inceptionspec.diagnostics.codes import CODES
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Span


class Label(NamedTuple):
    """A place and what is to be said there, in a few words."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``message`` stands alone, in lower case and without a full stop; ``primary`` is the
    smallest place that is to blame; ``labels`` are the other places that belong to it;
    ``notes`` give context and ``helps`` say what to do.
    """

    code: str
    message: str
    primary: Label
    labels: tuple[Label, ...] = ()
    helps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """``error`` or ``warning``, by the first letter of the code."""
        return "warning" if self.code.startswith("W") else "error"


class SpecError(Exception):
    """The only exception that a spec can cause: it carries every finding, in file order.

    It is ``complete`` unless the stage that found so much stopped before its end.
    """

    def __init__(self, findings: Iterable[Diagnostic], complete: bool = True) -> None:
        self.complete = complete and not (isinstance(findings, Findings) and findings.full)
        self.findings = in_file_order(findings)
        super().__init__("; ".join(f"{f.code}: {f.message}" for f in self.findings[:3]))

    @property
    def exit_code(self) -> int:
        """How a command that stops at these findings ends: the gravest code decides."""
        return max(CODES[finding.code].exit for finding in self.findings)


class Findings(list[Diagnostic]):
    """What a stage finds wrong; it ends the stage with a SpecError when it is ``full``."""

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

    What is wrong inside a block is wrong in each of its calls, and is said once.
    """
    unique: dict[tuple[str, str, Label], Diagnostic] = {}
    for one in findings:
        unique.setdefault((one.code, one.message, one.primary), one)
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
