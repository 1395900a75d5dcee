"""What any text must lead to: a network that answers everything, or findings."""

from __future__ import annotations

from inceptionspec.api.network import Network
from inceptionspec.checks.contracts import broken_contracts, exceeded_budgets
from inceptionspec.checks.warnings import advice
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.drawing.diagram import Options, dot_text
from inceptionspec.drawing.page import page_text, payload
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.load import load_spec
from inceptionspec.frontend.reading.yaml_reader import decode
from inceptionspec.frontend.writing.expanded_text import expanded_text
from inceptionspec.reports.diff.text import to_text
from inceptionspec.reports.findings.formats import DATA, TEXTS
from inceptionspec.reports.markdown import to_markdown
from inceptionspec.reports.optimize import text as optimize_text
from inceptionspec.reports.summary import csv as summary_csv
from inceptionspec.reports.summary import json as summary_json
from inceptionspec.reports.summary.html import html_table
from inceptionspec.reports.summary.rows import layer_table
from inceptionspec.reports.table import plain as plain_table
from inceptionspec.utils.ansi import plain

NETWORK, FINDINGS = "network", "findings"


def outcome(data: bytes, name: str = "spec.yaml") -> str:
    """``network`` or ``findings``. Any other exception goes through: it is a bug."""
    try:
        source = decode(data, name)
        network = Network(load_spec(source))
    except SpecError as error:
        assert error.findings
        show(error.findings)
        return FINDINGS
    use(network)
    same_in_the_layout(source)
    return NETWORK


def show(findings) -> None:
    """Print findings in every format."""
    for write in TEXTS.values():
        write(findings, (), plain)
    for write in DATA.values():
        write(findings, ())


def use(network: Network) -> None:
    """Ask a network for all that needs neither TensorFlow nor a diagram engine."""
    show(
        [
            *broken_contracts(network.loaded),
            *exceeded_budgets(network.loaded),
            *advice(network.loaded),
        ]
    )
    report = network.summary()
    for depth in (1, None):
        table = layer_table(report, depth)
        plain_table(table)
        to_markdown(table)
    summary_json.to_json([report])
    summary_csv.to_csv([report, report])
    html_table(report)
    for fold in ("layers", "branches", "network"):
        dot_text(network.graph, Options(fold))
        dot_text(network.graph, Options(fold, direction="LR", collapse_repeats=True))
    page_text(payload(network.loaded))
    optimize_text.to_text(network.optimize(), network.source.name, explain=True)
    try:
        text = expanded_text(network.loaded.expanded(), network.loaded.tree, network.loaded.limits)
    except SpecError as error:
        # Calls may nest deeper, and repeat more, than one text may: that is said, not written.
        assert {one.code for one in error.findings} <= {"E0501", "E0502", "E0503"}
        show(error.findings)
        return
    again = Network(load_spec(Source("expanded", text)))
    assert again.digests == network.digests, "the expanded spec is another one"
    assert network.diff(again).same
    to_text(network.diff(again), True)


def same_in_the_layout(source: Source) -> None:
    """Format a spec: what it says stays the same, and formatting it again changes nothing."""
    text = formatted(source)
    assert formatted(Source("formatted", text)) == text, "the layout is not canonical"
