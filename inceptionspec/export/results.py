"""What exporting and verifying answer with. Nothing here needs NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic
from inceptionspec.engines.precision_cost import PrecisionCost
from inceptionspec.export.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written.

    Attributes:
        file: where; a checkpoint's prefix.
        files: all files that were written.
        receipt: what the file says of itself.
        cost: what its precision costs; None in float32.
    """

    file: str
    files: tuple[str, ...]
    receipt: Receipt
    cost: PrecisionCost | None = None


class Check(NamedTuple):
    """One thing that was checked.

    Fields:
        name: what, in a word.
        holds: whether it does; None where it was not checked.
        text: what was found, or why nothing was.
    """

    name: str
    holds: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of an exported file.

    Attributes:
        file: its name.
        receipt: what it says of itself.
        checks: what was checked, in order.
        findings: what does not hold.
    """

    file: str
    receipt: Receipt
    checks: tuple[Check, ...]
    findings: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether all that was checked holds."""
        return not self.findings
