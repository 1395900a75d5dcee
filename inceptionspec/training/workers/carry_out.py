"""A run carried out on what was chosen: here, or by workers that are started for it."""

from __future__ import annotations

from collections.abc import Callable

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.training.forecast import Forecast
from inceptionspec.training.loop import DEFAULT_SAVING, Moment, Saving
from inceptionspec.training.run import Run
from inceptionspec.training.strategies.devices import Devices
from inceptionspec.training.strategies.peers import OnLost, end_process
from inceptionspec.training.train import TrainingResult, train
from inceptionspec.training.workers.local_workers import train_with_workers


def carry_out(
    run: Run,
    devices: Devices,
    *,
    saving: Saving = DEFAULT_SAVING,
    watch: Callable[[Moment], None] = lambda moment: None,
    foretell: Callable[[Forecast], None] | None = None,
    on_lost: OnLost = end_process,
    tell: Callable[[str], None] = lambda text: None,
) -> TrainingResult:
    """Carry out a run; see ``train`` and ``train_with_workers``.

    Raises:
        SpecError: as these do; XLA cannot compile the step on several devices (E0810).
    """
    if run.settings.jit and (devices.mirrored or devices.processes > 1):
        raise spec_error(
            "E0810",
            "this run is compiled by XLA, which is for one device",
            run.place,
            "go on without `--strategy` and `--workers`",
        )
    if devices.workers > 1:
        return train_with_workers(
            run, devices.workers, saving=saving, watch=watch, foretell=foretell
        )
    return train(
        run,
        saving=saving,
        watch=watch,
        foretell=foretell,
        devices=devices,
        on_lost=on_lost,
        tell=tell,
    )
