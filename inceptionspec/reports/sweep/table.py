"""The variants of a sweep as a table, sorted and cut as asked, and what the rest came to."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from inceptionspec.reports.table import Column, Row, Table, digits
from inceptionspec.sweep.records import Base, Counts, Figures, Swept, Variant
from inceptionspec.sweep.run import OPEN_INPUT

_FRONT = "*"
_WIDTH = 80
_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
_MOST_REFUSALS = 3
"""The codes of refused variants of which an example is shown."""


def sweep_table(swept: Swept) -> Table:
    """The table: a row for each variant that is shown, the front marked."""
    times = [name for name in ("predicted", "measured") if _has(swept, name)]
    columns = (
        Column("", True),
        *(Column(knob.name, True) for knob in swept.knobs),
        *(Column(title, True) for title in ("params", "MACs", "memory", "field")),
        *(Column(title, True) for title in times),
        Column("front"),
    )
    on_front = swept.on_front
    rows = tuple(
        (
            f"{variant.number:,}",
            *variant.values.values(),
            *_figures(variant.figures),
            *(_milliseconds(variant.figure(name)) for name in times),
            _FRONT if variant.number in on_front else "",
        )
        for variant in swept.shown
    )
    return Table(_title(swept), columns, rows, tuple(_foot(swept)))


def _has(swept: Swept, name: str) -> bool:
    return any(variant.figure(name) is not None for variant in swept.shown)


def _title(swept: Swept) -> str:
    base = swept.bases[0]
    more = f" and {len(swept.bases) - 1} more" if len(swept.bases) > 1 else ""
    return f"{base.name}{more}: {how(swept)}"


def how(swept: Swept) -> str:
    """How variants were chosen, and how many: ``a sample of 1,000 of 2,016 variants, seed 1``."""
    tried, space = f"{swept.counts.tried:,}", f"{swept.counts.space:,}"
    if swept.method == "grid":
        return "the only variant" if swept.counts.tried == 1 else f"all {tried} variants"
    word = "a sample" if swept.method == "sample" else "an evolution"
    return f"{word} of {tried} of {space} variants, seed {swept.seed}"


def _figures(figures: Figures | None) -> Row:
    if figures is None:
        return ("", "", "", "")
    field = "" if figures.field is None else str(max(figures.field))
    return (_short(figures.params), _short(figures.macs), _short(figures.memory), field)


def _short(count: int | None) -> str:
    """A large number in four digits: ``5.719G``."""
    if count is None:
        return "?"
    size, unit = next(((size, unit) for size, unit in _UNITS if count >= size), (1, ""))
    return f"{digits(count / size)}{unit}" if unit else str(count)


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:,.2f} ms"


def _foot(swept: Swept) -> Iterator[str]:
    counts = swept.counts
    more = counts.rows - len(swept.shown)
    if more:
        yield f"{more:,} more rows: `--top all` shows them"
    yield f"{counts.tried:,} tried: {', '.join(_kinds(counts, swept.where))}"
    yield from _refusals(swept)
    objectives = ", ".join(
        f"{'most' if one.most else 'least'} {one.figure}" for one in swept.objectives
    )
    yield f"front ({_FRONT}): {len(swept.front):,} that no other beats in {objectives}"
    if any(one.figures is not None and one.figures.macs is None for one in swept.shown):
        yield OPEN_INPUT
    for base in swept.bases:
        yield _base(base)
    yield "params, MACs, memory, field: as `specbuild summary` counts them, all heads"


def _kinds(counts: Counts, where: str) -> Iterator[str]:
    yield f"{counts.rows:,} {'row' if counts.rows == 1 else 'rows'}"
    if counts.repeated:
        yield f"{counts.repeated:,} that compute what an earlier one does"
    if counts.excluded:
        yield f"{counts.excluded:,} without {where}"
    if counts.refused:
        yield f"{counts.refused:,} that do not link"


def _refusals(swept: Swept) -> Iterator[str]:
    """An example of each code, the most frequent first."""
    codes = sorted(swept.counts.codes.items(), key=lambda pair: (-pair[1], pair[0]))
    waiting = dict(codes[:_MOST_REFUSALS])
    if not waiting:
        return
    lines: dict[str, tuple[str, ...]] = {}
    for variant in swept.variants:
        refusal = variant.refusal
        if refusal is not None and refusal.code in waiting:
            count = waiting.pop(refusal.code)
            example = f"{variant.number:,} at {refusal.place}:"
            said = wrap(refusal.message, _WIDTH - 4)
            lines[refusal.code] = (
                f"  {refusal.code} x {count:,}, as {example}",
                *(f"    {line}" for line in said),
            )
            if not waiting:
                break
    for code, _ in codes:
        yield from lines.get(code, ())


def _base(base: Base) -> str:
    params, macs, memory, field = _figures(base.figures)
    return f"{base.spec} itself: params {params}, MACs {macs}, memory {memory}, field {field}"


def refused_line(variant: Variant) -> str:
    """A refused variant on one line."""
    refusal = variant.refusal
    assert refusal is not None
    return f"{refusal.place}: {refusal.code}: {refusal.message}"
