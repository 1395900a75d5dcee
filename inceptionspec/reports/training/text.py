"""A run in words: before it begins, while it goes on, and at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.training.strategies.cluster import address_text

if TYPE_CHECKING:
    from pathlib import Path

    from inceptionspec.training.forecast import Forecast
    from inceptionspec.training.loop import Moment
    from inceptionspec.training.run import Run
    from inceptionspec.training.strategies.devices import Devices
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


def devices_text(devices: Devices, folder: Path) -> list[str]:
    """What computes, in lines; none where it is this process on one device."""
    if devices.cluster is not None:
        cluster = devices.cluster
        role = "the chief" if cluster.is_chief else "which shares each batch with the chief"
        return [
            f"worker {cluster.rank} of {cluster.count}, {role}",
            f"waiting for the others at {address_text(*cluster.addresses[0])} ...",
        ]
    if devices.workers > 1:
        log = sanitize(short_path(str(folder / "workers")))
        return [f"{devices.workers} workers on this machine; their messages are in {log}"]
    return ["all devices of this machine"] if devices.mirrored else []


def forecast_text(found: Forecast) -> str:
    """How long the steps that are left will take."""
    steps = "1 step" if found.steps == 1 else f"{found.steps:,} steps"
    return (
        f"{steps} of {found.seconds_per_step:.2g} s, as measured: about "
        f"{_duration(found.seconds)}, validation apart"
    )


def moment_text(moment: Moment, columns: int = 80) -> str:
    """Where a run is, in a line: epoch, loss of each head, accuracy, rate, pace, time left.

    What does not fit is left out: the rate, then the pace, then the heads of the loss.
    """
    for left_out in ((), ("rate",), ("rate", "pace"), ("rate", "pace", "heads")):
        text = "  ".join(_moment_parts(moment, left_out))
        if len(text) <= columns:
            break
    return text[:columns]


def _moment_parts(moment: Moment, left_out: Collection[str]) -> Iterator[str]:
    losses = [moment.loss] if "heads" in left_out else moment.heads.values()
    yield f"{moment.epoch}/{moment.epochs}"
    yield f"loss {' + '.join(f'{value:.3f}' for value in losses)}"
    if moment.top_1 is not None:
        yield f"top-1 {moment.top_1:.1%}"
    if "rate" not in left_out:
        yield f"rate {moment.rate:.2g}"
    if moment.images_per_second is not None and "pace" not in left_out:
        yield f"{moment.images_per_second:.0f} images/s"
    if moment.seconds_left is not None:
        yield f"{_duration(moment.seconds_left)} left"


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
