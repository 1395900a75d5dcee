"""Runs of training: begun, and gone on with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from inceptionspec.api.arguments import refuse_other
from inceptionspec.api.load import load
from inceptionspec.api.network import Network
from inceptionspec.diagnostics.optional_packages import needs_packages

if TYPE_CHECKING:
    from inceptionspec.training.train import TrainingResult


@needs_packages
def train(
    network: Network | str,
    *,
    recipe: str,
    data: Any,
    out: str,
    weights: Mapping[tuple[str, str], Any] | None = None,
    batch: int | None = None,
    seed: int | None = None,
    validation: float = 0.1,
    save_steps: int = 0,
    strategy: Literal["mirrored", "multiworker"] | None = None,
    workers: int | None = None,
    precision: Literal["float32", "bfloat16", "float16"] | None = None,
    jit: bool = False,
) -> TrainingResult:
    """Train a network as ``specbuild train`` does, and keep the run in a folder.

    Args:
        network: what is trained, or what ``load`` takes.
        recipe: a built-in recipe, or the path of one.
        data: a path as ``--data`` takes it; a pair of arrays of pictures (uint8, pictures x
            height x width x channels) and labels; or a ``tf.data.Dataset`` of pairs of a picture
            and a label, without batches. The last is read once and kept in memory, so that a run
            can be resumed at any step.
        out: the folder of the run: a new one.
        weights: arrays to start from, by a layer's path and a weight's name; by default those of
            the file that the recipe names, if it names one.
        batch: images in an update; the recipe's by default.
        seed: what all that is drawn follows from; the recipe's by default.
        validation: the share of the pictures that validates, where the data does not say.
        save_steps: save after so many steps, and not only after each epoch and each 10 minutes.
        strategy: ``mirrored`` for all GPUs of this machine, ``multiworker`` for the workers that
            the variable ``TF_CONFIG`` names, which is the default where it names several.
        workers: processes to be started on this machine; the data must be in files then.
        precision: of computation; the recipe's by default.
        jit: whether XLA compiles the step, on one device.

    Raises:
        SpecError: something does not fit, a number became infinite or undefined (E0914), or a
            worker is gone (E0920).

    >>> import numpy
    >>> pictures = numpy.zeros((64, 32, 32, 3), "uint8")
    >>> pictures[32:] = 255
    >>> text = '''
    ... spec: 1
    ... name: Tiny
    ... input: {size: 32x32, channels: 3, preprocessing: {scale: 1/127.5, mean: 1}}
    ... network:
    ...   - {op: conv, name: First, kernel: 3x3, filters: 4, activation: relu}
    ... heads:
    ...   Logits: {from: First, layers: [{op: global_avg_pool}, {op: dense, units: 2}]}
    ... '''
    >>> found = inceptionspec.train(
    ...     inceptionspec.loads(text),
    ...     recipe="quick",
    ...     batch=16,
    ...     out="run",
    ...     data=(pictures, [0] * 32 + [1] * 32),
    ... )
    >>> found.steps, sorted(found.validation)
    (30, ['loss', 'top_1', 'top_5'])
    """
    from inceptionspec.training.initial_weights import initial_file, initial_weights
    from inceptionspec.training.loop import Saving
    from inceptionspec.training.recipe import PRECISIONS
    from inceptionspec.training.recipes.load import load_recipe, open_recipe
    from inceptionspec.training.run import Settings as RunSettings
    from inceptionspec.training.run import new_run
    from inceptionspec.training.strategies.devices import choose_devices
    from inceptionspec.training.workers.carry_out import carry_out

    loaded = (network if isinstance(network, Network) else load(network)).loaded
    is_path = isinstance(data, (str, os.PathLike))
    refuse_other("precision", precision, (None, *PRECISIONS))
    devices = choose_devices(strategy, workers, os.environ, jit=jit)
    source = open_recipe(recipe)
    chosen = load_recipe(source)
    start = initial_file(chosen) if weights is None else ""
    if start:
        weights = initial_weights(chosen, loaded, start).arrays
    settings = RunSettings(
        os.fspath(data) if is_path else "", batch, seed, validation, precision=precision, jit=jit
    )
    given = None if is_path else data
    run = new_run(loaded, source, settings, out, given, weights, devices)
    return carry_out(run, devices, saving=Saving(save_steps))


@needs_packages
def resume(
    out: str,
    data: Any = None,
    *,
    save_steps: int = 0,
    data_changed: bool = False,
    strategy: Literal["mirrored", "multiworker"] | None = None,
    workers: int | None = None,
) -> TrainingResult:
    """Go on with a run from its last checkpoint, as if nothing had happened.

    Args:
        out: the folder of the run.
        data: the data, where it is not where it was: must be given if Python code gave it.
        save_steps: as for ``train``.
        data_changed: whether to go on with other data.
        strategy: as for ``train``, and not what it was before.
        workers: as for ``train``: as many as before, or others.

    Raises:
        SpecError: it is no run (E0802), or something of it has changed (E0915).

    >>> try:
    ...     inceptionspec.resume("nowhere")
    ... except inceptionspec.SpecError as error:
    ...     print(error.findings[0].message)
    `nowhere` is not the folder of a run
    """
    from inceptionspec.training.loop import Saving
    from inceptionspec.training.run import open_run
    from inceptionspec.training.strategies.devices import choose_devices
    from inceptionspec.training.workers.carry_out import carry_out

    given = os.fspath(data) if isinstance(data, os.PathLike) else data
    devices = choose_devices(strategy, workers, os.environ)
    run = open_run(out, given, data_changed=data_changed, devices=devices)
    return carry_out(run, devices, saving=Saving(save_steps))
