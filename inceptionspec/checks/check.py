"""All that can be said of a network that links: contracts, budgets and warnings."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.checks.contracts import broken_contracts, exceeded_budgets
from inceptionspec.checks.notes import notes
from inceptionspec.checks.warnings import advice
from inceptionspec.diagnostics.diagnostic import Diagnostic, in_file_order
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.frontend.load import LoadedSpec


@dataclass(frozen=True, slots=True)
class Checked:
    """What `specbuild check` says of one spec.

    Attributes:
        findings: in file order.
        notes: what was not tested and why, which input sizes fit, and what patterns match.
        clean: the line that says that nothing was found; empty if something was.
        complete: false if the check stopped early because it found so much.
    """

    findings: tuple[Diagnostic, ...]
    notes: tuple[str, ...] = ()
    clean: str = ""
    complete: bool = True

    def joined(self, other: Checked) -> Checked:
        """The same with what another check says of the spec."""
        found = (*self.findings, *other.findings)
        notes = (*self.notes, *other.notes)
        clean = "" if found else self.clean or other.clean
        return Checked(in_file_order(found), notes, clean, self.complete and other.complete)


def check(loaded: LoadedSpec) -> Checked:
    """Test the contracts and budgets of a network, and look for what is probably not meant."""
    broken = broken_contracts(loaded)
    found = in_file_order([*broken, *exceeded_budgets(loaded), *advice(loaded)])
    layers = len(loaded.graph.nodes)
    return Checked(
        found,
        (*notes(loaded), *stopped(not broken.full, loaded.limits)),
        "" if found else sanitize(f"{loaded.source.name}: ok ({loaded.name}, {layers} layers)"),
        not broken.full,
    )


def stopped(complete: bool, limits: Limits) -> tuple[str, ...]:
    """The note that a check stopped before its end; none if it did not."""
    if complete:
        return ()
    most = limits.findings
    return (
        f"so much is wrong that the check stopped at {most:,} findings: there may be more; "
        f"`--limit findings={10 * most}` goes on",
    )
