"""An export and a check of one as text of 80 columns."""

from __future__ import annotations

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.export.results import Exported, Verified
from inceptionspec.reports.wrapped import named_rows

_WORDS = {True: "holds", False: "FAILS", None: "not checked"}


def exported_text(found: Exported) -> str:
    """What was written, and how it was verified."""
    receipt = found.receipt
    facts = receipt.data["verification"]
    rows = [("wrote", ", ".join(found.files))]
    rows.append(("network", f"{receipt.name}, {receipt.data['digests']['network'][:12]}"))
    parameters = f"{receipt.data['weights']['parameters']:,} numbers"
    source = receipt.data["weights"]["file"] or "no file: those that a new model starts from"
    rows.append(("weights", f"{source}, {parameters}, {receipt.data['digests']['weights'][:12]}"))
    rows.append(("outputs", ", ".join(receipt.outputs)))
    rows += [("inside", note) for note in receipt.preprocessing_notes]
    if not receipt.verified:
        missing = "its runtime" if facts["runtime"] is None else "what to compare with"
        rows.append(("verified", f"not verified: {missing} is not installed"))
    elif facts["source"] == "the weights themselves":
        rows.append(("verified", f"{facts['runtime']} reads every number as it was"))
    else:
        rows.append(
            (
                "verified",
                f"{facts['runtime']} deviates by {facts['deviation']:.1e} of the largest output "
                f"from {facts['source']}",
            )
        )
    if found.cost is not None:
        rows.append(("precision", found.cost.precision))
        rows += found.cost.rows()
    return named_rows(rows)


def verified_text(found: Verified) -> str:
    """What was checked of an exported file, a row each."""
    rows = [(check.name, f"{_WORDS[check.holds]}: {check.text}") for check in found.checks]
    return f"{sanitize(found.file)}\n{named_rows(rows)}"
