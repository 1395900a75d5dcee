"""A file of weights and its match with a network as text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.reports.table import Column, Table, number, plain
from inceptionspec.reports.wrapped import WIDTH, wrapped
from inceptionspec.weights.fits import Content, Fit
from inceptionspec.weights.report import MatchReport

#: At most so many groups of names, and names of one kind, are listed.
_MOST_GROUPS, _MOST_NAMES = 12, 5
#: The width of the columns of numbers in the table of blocks, and the least for names.
_NUMBERS, _LEAST_NAME = len("  matched  converted  fresh  "), 20


def content_text(file: str, content: Content, found: Sequence[Fit]) -> str:
    """What a file holds, and which built-in specs it fits, the best first."""
    lines = [*_content(file, content), ""]
    if not found:
        lines.append("It fits no built-in spec.")
        return _text(lines)
    lines += [line for fit in _aligned(found) for line in fit]
    lines += ["", *_advice(found[0])]
    for note in found[0].caveats:
        lines += wrapped(f"note: {note}", "", "  ")
    return _text(lines)


def _aligned(found: Sequence[Fit]) -> Iterator[Iterator[str]]:
    """A few lines for each fit: the spec, how many weights it gets, how it fits."""
    counts = [f"{fit.found:,} of {fit.needed:,}" for fit in found]
    names, numbers = max(len(fit.spec) for fit in found), max(map(len, counts))
    for fit, count in zip(found, counts, strict=True):
        first = f"{fit.spec.ljust(names)}  {count.rjust(numbers)}  "
        text = f"{', '.join(fit.words)} ({fit.scheme})"
        yield wrapped(text, first, " " * len(first))


def _content(file: str, content: Content) -> Iterator[str]:
    yield f"{file}: {content.format}"
    types = ", ".join(f"{count:,} {kind}" for kind, count in content.types.items())
    yield f"{content.arrays:,} arrays ({types}), {number(content.params)} numbers"
    if content.averages:
        yield f"{content.averages:,} of them are moving averages: `--weights-average` reads those"
    groups = [f"{name} {count:,}" for name, count in content.groups.items()]
    more = len(groups) - _MOST_GROUPS
    shown = ", ".join(groups[:_MOST_GROUPS]) + (f" and {more:,} more" if more > 0 else "")
    yield from wrapped(f"names start with: {shown}", "", "  ")


def _advice(best: Fit) -> tuple[str, ...]:
    if not best.fits:
        return ("No built-in spec gets all of its weights from it.",)
    options = "".join(f" {option}" for option in best.options)
    return (f"specbuild build {best.spec} -o model.keras --weights FILE{options}",)


def summary_lines(report: MatchReport) -> tuple[str, ...]:
    """A match in a few lines."""
    fresh = f", {len(report.fresh):,} start fresh" if report.fresh else ""
    whose = "names of " if report.doc else "by "
    lines = [
        f"{len(report.matched):,} weights of {report.network} from {report.format}, {whose}"
        f"{report.scheme}{fresh}"
    ]
    conversions = [f"{what} ({count:,})" for what, count in report.conversions.items()]
    lines += [f"converted: {', '.join(conversions)}"] if conversions else []
    lines += [f"fresh: {', '.join(_parts(report))}"] if report.fresh else []
    lines += [f"note: {note}" for note in report.notes]
    return tuple(line for text in lines for line in wrapped(text, "", "  "))


def report_text(report: MatchReport) -> str:
    """A match in full: by block, what was converted, what is fresh, what is left over."""
    lines = [*summary_lines(report)]
    lines += ["", *_table_lines(report), ""]
    lines += [line for note in report.caveats for line in wrapped(f"note: {note}", "", "  ")]
    for kind, names in report.left_over.items():
        shown = ", ".join(names[:_MOST_NAMES])
        more = len(names) - _MOST_NAMES
        text = f"left over, {kind}: {shown}" + (f" and {more:,} more" if more > 0 else "")
        lines += wrapped(text, "", "  ")
    if not report.left_over:
        lines.append("left over: nothing")
    return _text(lines)


def _table_lines(report: MatchReport) -> Iterator[str]:
    """A row for each block, with the first name that its weights are from."""
    blocks: dict[str, list[tuple[str, int]]] = {}
    for match in report.matched:
        names = blocks.setdefault(match.path.partition("/")[0], [])
        names.append((match.sources[0] if match.sources else "", len(match.conversions)))
    fresh: dict[str, int] = {}
    for one in report.fresh:
        block = one.path.partition("/")[0]
        fresh[block] = fresh.get(block, 0) + 1
        blocks.setdefault(block, [])
    room = max(_LEAST_NAME, WIDTH - _NUMBERS - max(map(len, blocks), default=0))
    rows = tuple(
        (
            block,
            number(len(names)),
            number(sum(bool(count) for _, count in names)),
            number(fresh.get(block, 0)),
            shortened(next((name for name, _ in names if name), ""), room),
        )
        for block, names in blocks.items()
    )
    columns = (
        Column("block"),
        Column("matched", numeric=True),
        Column("converted", numeric=True),
        Column("fresh", numeric=True),
        Column("from"),
    )
    return iter(plain(Table("", columns, rows, ())).rstrip("\n").split("\n"))


def _parts(report: MatchReport) -> Iterator[str]:
    """What starts fresh, by block and reason."""
    counts: dict[tuple[str, str], int] = {}
    for one in report.fresh:
        key = one.path.partition("/")[0], one.why
        counts[key] = counts.get(key, 0) + 1
    for (block, why), count in counts.items():
        yield f"{block} ({count:,}{f', {why}' if why else ''})"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(sanitize(line) for line in lines) + "\n"
