"""A run in words: before it begins, while it goes on, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inceptionspec.diagnostics.sanitize import sanitize, shortened

if TYPE_CHECKING:
    from inceptionspec.training.loop import Moment
    from inceptionspec.training.run import Run
    from inceptionspec.training.train import TrainingResult

_LISTED = 5


def opening_text(run: Run) -> str:
    """What is about to be trained, on what, and how."""
    data, recipe = run.data, run.recipe
    tested = f", {len(data.validation.labels):,} to validate" if data.validation else ""
    lines = [
        f"{run.loaded.name}, recipe {recipe.name}",
        f"{recipe.epochs:,} epochs, batch {recipe.batch:,}",
        f"{len(data.train.labels):,} pictures to train on{tested}, {len(data.classes):,} classes",
        *data.notes,
    ]
    return "\n".join(sanitize(line) for line in lines)


def moment_text(moment: Moment) -> str:
    """Where a run is, in a line: epoch, loss of each head, accuracy, rate, pace, time left."""
    losses = " + ".join(f"{value:.3f}" for value in moment.heads.values())
    parts = [f"{moment.epoch}/{moment.epochs}", f"loss {losses}"]
    if moment.top_1 is not None:
        parts.append(f"top-1 {moment.top_1:.1%}")
    parts.append(f"rate {moment.rate:.2g}")
    if moment.images_per_second is not None and moment.seconds_left is not None:
        parts += [
            f"{moment.images_per_second:.0f} images/s",
            f"{_duration(moment.seconds_left)} left",
        ]
    return "  ".join(parts)


def finished_text(found: TrainingResult) -> str:
    """What came out."""
    lines = []
    if found.validation:
        lines.append(f"validation: {_figures(found.validation)}")
    if found.best and found.best.get("top_1") != found.validation.get("top_1"):
        lines.append(f"best, after step {found.best['step']:,.0f}: {_figures(found.best)}")
    if found.bad_pictures:
        count = len(found.bad_pictures)
        lines.append(f"{count:,} {'picture' if count == 1 else 'pictures'} could not be used:")
        for name, reason in list(found.bad_pictures.items())[:_LISTED]:
            lines.append(f"  {shortened(name, 40)}: {shortened(reason, 80)}")
        if count > _LISTED:
            lines.append(f"  and {count - _LISTED:,} more")
    lines.append(f"wrote {found.weights}")
    return "\n".join(sanitize(line) for line in lines)


def _figures(found: dict[str, float]) -> str:
    return (
        f"top-1 {found['top_1']:.2%}, top-5 {found['top_5']:.2%}, "
        f"cross-entropy {found['loss']:.4f} nats"
    )


def _duration(seconds: float) -> str:
    """A time in hours and minutes, or in seconds where it is short."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
