"""The figures of variants as plots and pages show them, each with its unit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from inceptionspec.drawing.plot.quantities import Quantity
from inceptionspec.sweep.records import Base, Objective, Swept, Variant

QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "params": Quantity("parameters", "count"),
        "trainable_params": Quantity("trainable parameters", "count"),
        "macs": Quantity("MACs", "count"),
        "flops": Quantity("FLOPs", "count"),
        "memory": Quantity("peak activation memory", "bytes"),
        "field": Quantity("receptive field", "pixels", most=True),
        "predicted": Quantity("predicted time of an image", "seconds"),
        "measured": Quantity("measured time of an image", "seconds"),
    }
)
_SECONDS = ("predicted", "measured")


def quantity_of(figure: str, objectives: tuple[Objective, ...] = ()) -> Quantity:
    """A figure by its name in ``FIGURES``; an objective says itself whether more is better."""
    for objective in objectives:
        if objective.figure == figure:
            return QUANTITIES[figure]._replace(most=objective.most)
    return QUANTITIES[figure]


def base_figure(base: Base, figure: str) -> float | None:
    """A figure of a base, which was neither predicted nor measured."""
    return None if figure in _SECONDS else base.figures.figure(figure)


def shown_figures(swept: Swept) -> tuple[str, str, str | None]:
    """The figures across, upward and in color: the objectives, or what goes with a lone one."""
    names = [objective.figure for objective in swept.objectives]
    if len(names) < 2:
        names.append("params" if names[0] != "params" else "macs")
    return names[0], names[1], names[2] if len(names) > 2 else None


def varied(swept: Swept) -> tuple[str, ...]:
    """The knobs with more than one value, which tell variants apart; all, if there are none."""
    names = tuple(knob.name for knob in swept.knobs if len(knob.values) > 1)
    return names or tuple(knob.name for knob in swept.knobs)


def figures_text(variant: Variant) -> str:
    """The main figures of a variant, all heads counted, on one line."""
    found = variant.figures
    if found is None:
        return ""
    parts = [] if found.macs is None else [f"{found.macs:,} MACs"]
    parts.append(f"{found.params:,} parameters")
    if found.memory is not None:
        parts.append(f"peak memory {found.memory:,} bytes")
    return f"{', '.join(parts)}; all heads counted"


def headline(swept: Swept) -> str:
    """How many variants there are, and of what."""
    names = " and ".join(dict.fromkeys(base.name for base in swept.bases))
    rows = swept.counts.rows
    return f"{names}: {rows:,} variant{'' if rows == 1 else 's'}"


def subtitles(swept: Swept) -> tuple[str, ...]:
    """What was varied and how, and what came of it."""
    counts = swept.counts
    how = {"grid": "all combinations", "sample": "a sample", "evolution": "an evolution"}
    knobs = ", ".join(knob.name for knob in swept.knobs)
    drawn = f", seed {swept.seed}" if swept.seed is not None and swept.method != "grid" else ""
    varied = f"varied: {knobs} ({how[swept.method]} of {counts.space:,}{drawn})"
    where = f", where {swept.where}" if swept.where else ""
    left = [
        f"{count:,} {word}"
        for count, word in (
            (counts.repeated, "the same as another"),
            (counts.excluded, "left out"),
            (counts.refused, "do not fit together"),
        )
        if count
    ]
    rows = f"{counts.rows:,} row{'' if counts.rows == 1 else 's'}"
    tried = f"{counts.tried:,} tried{where}: {', '.join((rows, *left))}"
    objectives = ", ".join(
        f"{'most' if one.most else 'least'} {QUANTITIES[one.figure].title}"
        for one in swept.objectives
    )
    front = f"front of {len(swept.front):,}: {objectives}"
    return varied, tried, front
