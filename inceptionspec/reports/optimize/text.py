"""The result of `specbuild optimize` as text of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ir.graph import Origin
from inceptionspec.ops.record import shape_text
from inceptionspec.reports.table import Column, line_of, number
from inceptionspec.rewrites import Rewritten
from inceptionspec.rewrites.savings import GraphCost, PassReport, savings

WIDTH = 80
CONVENTION_LINES = (
    "left: looked at and not rewritten; `--explain` says why. layers: the input and",
    "slices count. params: all weights. MACs: convolutions and dense layers. FLOPs:",
    "2 x MACs, norms, biases, activations, pools, sums. peak: bytes of tensors that",
    "live at one time, float32, batch 1, in the order of the layers; slices copy.",
)
_PASSES = (
    Column("pass"), Column("done", True), Column("left", True), Column("layers", True),
    Column("params", True), Column("FLOPs", True), Column("peak bytes", True),
)  # fmt: skip
_TOTALS = (Column(""), Column("before", True), Column("after", True), Column("change", True))
_TITLES: Mapping[str, str] = {
    "layers": "layers",
    "params": "params",
    "macs": "MACs",
    "flops": "FLOPs",
    "peak_activation_bytes": "peak bytes",
}


def to_text(found: Rewritten, source: str, *, explain: bool = False) -> str:
    """Each pass with what it did and saved, then the whole network before and after.

    Args:
        found: the rewritten graph.
        source: where the spec was read from.
        explain: list every rewrite and what was left, with lines of the spec.
    """
    counted, graph = savings(found), found.original
    title = f"{graph.name}  input {shape_text(graph.nodes[0].shape)}  ({source})"
    asked = ", ".join(name or "the last layer" for name in found.outputs)
    lines = [title, *_wrapped(f"asked for: {asked}", "")]
    if explain:
        for report in counted.passes:
            lines += ["", *_explained(report, source)]
    lines += ["", *_table(_PASSES, [_pass_row(report) for report in counted.passes])]
    lines += ["", *_table(_TOTALS, list(_total_rows(counted.before, counted.after)))]
    return "\n".join(sanitize(line) for line in (*lines, "", *CONVENTION_LINES)) + "\n"


def _explained(report: PassReport, source: str) -> Iterator[str]:
    yield from _wrapped(f"{report.name}: {report.doc}", "")
    if not report.steps and not report.skipped:
        yield "  nothing to do"
    together: dict[str, list[tuple[tuple[str, ...], Origin]]] = {}
    for step in report.steps:
        together.setdefault(step.what, []).append((step.paths, step.origin))
    for left in report.skipped:
        together.setdefault(f"left: {left.why}", []).append((left.paths, left.origin))
    for words, places in together.items():
        yield from _wrapped(words, "  ")
        for paths, origin in places:
            yield from _wrapped(f"{', '.join(paths)} ({_place(origin, source)})", "    ")


def _place(origin: Origin, source: str) -> str:
    """The line where a layer was written, with its file where that is a base of the spec."""
    name, line = origin.span.source.name, origin.span.line
    return f"line {line}" if name == source else f"{name.rpartition('/')[2]}:{line}"


def _pass_row(report: PassReport) -> tuple[str, ...]:
    before, after = report.before, report.after
    return (
        report.name,
        number(len(report.steps)),
        number(len(report.skipped)),
        _change(before.layers, after.layers),
        _change(before.params, after.params),
        _change(before.flops, after.flops),
        _change(before.peak_activation_bytes, after.peak_activation_bytes),
    )


def _total_rows(before: GraphCost, after: GraphCost) -> Iterator[tuple[str, ...]]:
    for field, title in _TITLES.items():
        old, new = getattr(before, field), getattr(after, field)
        yield title, number(old), number(new), _percent(old, new)


def _change(old: int | None, new: int | None) -> str:
    return "?" if old is None or new is None else f"{new - old:+,}" if new != old else "0"


def _percent(old: int | None, new: int | None) -> str:
    if old is None or new is None:
        return "?"
    return f"{100 * (new - old) / old:+.2f} %" if old != new and old else "0"


def _table(columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    titles = tuple(column.title for column in columns)
    widths = [max(map(len, cells)) for cells in zip(titles, *rows, strict=True)]
    yield line_of(titles, widths, columns)
    yield "-" * (sum(widths) + 2 * len(widths) - 2)
    for row in rows:
        yield line_of(row, widths, columns)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
