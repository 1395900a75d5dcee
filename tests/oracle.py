"""What any text must come to: a network that answers everything, or findings."""

from __future__ import annotations

from inceptionspec.advice import advice
from inceptionspec.backends.diagram import Options, dot_text
from inceptionspec.backends.page import page_text, payload
from inceptionspec.contracts import broken_contracts, exceeded_budgets
from inceptionspec.diagnostics import SpecError
from inceptionspec.layout.canonical import formatted
from inceptionspec.network import Network, load_source
from inceptionspec.outputs import optimize_text, summary_csv, summary_json, summary_table
from inceptionspec.outputs.diff_text import to_text
from inceptionspec.outputs.findings import DATA, TEXTS
from inceptionspec.outputs.markdown import html_table, to_markdown
from inceptionspec.outputs.paint import plain
from inceptionspec.outputs.rows import layer_table
from inceptionspec.readable import readable_text
from inceptionspec.reader import decode
from inceptionspec.source import Source

NETWORK, FINDINGS = "network", "findings"


def outcome(data: bytes, name: str = "spec.yaml") -> str:
    """``network`` or ``findings``. Any other exception goes through: it is a bug."""
    try:
        source = decode(data, name)
        network = load_source(source)
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
    show([*broken_contracts(network), *exceeded_budgets(network), *advice(network)])
    report = network.summary()
    for depth in (1, None):
        table = layer_table(report, depth)
        summary_table.plain(table)
        to_markdown(table)
    summary_json.to_json([report])
    summary_csv.to_csv([report, report])
    html_table(report)
    for fold in ("layers", "branches", "network"):
        dot_text(network.graph, Options(fold))
        dot_text(network.graph, Options(fold, direction="LR", collapse_repeats=True))
    page_text(payload(network))
    optimize_text.to_text(network.optimize(), network.source.name, explain=True)
    try:
        text = readable_text(network)
    except SpecError as error:
        # Calls may nest deeper, and repeat more, than one text may: that is said, not written.
        assert {one.code for one in error.findings} <= {"E0501", "E0502", "E0503"}
        show(error.findings)
        return
    again = load_source(Source("expanded", text))
    assert again.digests == network.digests, "the expanded spec is another one"
    assert network.diff(again).same
    to_text(network.diff(again), True)


def same_in_the_layout(source: Source) -> None:
    """Format a spec: what it says stays the same, and formatting it again changes nothing."""
    text = formatted(source)
    assert formatted(Source("formatted", text)) == text, "the layout is not canonical"
