"""The loop over pictures: read and prepared in threads while networks compute, batch by batch."""

from __future__ import annotations

import operator
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any

import numpy as np

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, spec_error
from inceptionspec.diagnostics.source import Span
from inceptionspec.export.labels import IMAGENET
from inceptionspec.ops.record import size_text
from inceptionspec.pictures.crops import crops
from inceptionspec.pictures.preprocess import as_bytes, resized, scaled
from inceptionspec.pictures.reading import import_pillow, unreadable
from inceptionspec.prediction.ensemble import Mean, probabilities
from inceptionspec.prediction.model import Model, Network

#: Called with the stage, the pictures done and the pictures in all.
Progress = Callable[[str, int, int], None]
#: From the number of a picture and 3 or 1 channels to its pixels, a Pillow image; raises a
#: SpecError where it cannot be read. It is called in threads.
Read = Callable[[int, int], Any]
#: A picture's inputs for one way of seeing: rows of height x width x channels.
_Rows = Mapping[tuple[Any, ...], list[Any]]
STAGE = "pictures"
BATCH = 32
_FEWEST_THREADS = 2


def refuse_misfits(networks: Sequence[Network], place: Span, count: int) -> None:
    """Check, before weights are read, that networks can be shown the same crops.

    Raises:
        SpecError: they have other classes than each other, or an input of open size for several
            crops (E0805); or Pillow is not installed (E0704).
    """
    import_pillow()
    first = networks[0]
    for network in networks[1:]:
        if network.classes != first.classes:
            message = (
                f"the networks of an ensemble must have the same classes: `{first.name}` has "
                f"{first.classes:,}, `{network.name}` {network.classes:,}"
            )
            background = {first.classes, network.classes} == {IMAGENET, IMAGENET + 1}
            help_ = "`--drop-background --set classes=1000` leaves out the first class of 1001"
            raise spec_error("E0805", message, place, *([help_] if background else []))
    for network in networks:
        if count > 1 and None in network.size:
            message = f"{count} crops need a size, and that of `{network.name}` is open"
            raise spec_error("E0805", message, place, "set it, as with `--input 224x224`")


def ready_models(networks: Sequence[Network], pictures: int, count: int, batch: int) -> list[Model]:
    """Networks made ready to be shown some pictures.

    Args:
        networks: that have passed ``refuse_misfits``.
        pictures: how many there are.
        count: how many crops of each are shown.
        batch: how many inputs are computed at once, at most.

    Raises:
        SpecError: weights cannot be read.
    """
    return [network.model(_batch_of(network, batch, pictures * count)) for network in networks]


def _batch_of(network: Network, batch: int, inputs: int) -> int:
    """How many inputs a network takes at once.

    One size for all batches, so that nothing is traced twice, and such that the last one is
    nearly full: 100 inputs are 4 batches of 25, not of 32.
    """
    if None in network.size:
        return 1
    return network.batch or -(-inputs // -(-inputs // batch))


def answers(
    models: Sequence[Model], pictures: Sequence[str], read: Read, *, count: int, batch: int
) -> Generator[tuple[int, Any | Diagnostic], None, None]:
    """What models say of pictures, each as soon as it is known.

    Args:
        models: of ``ready_models``.
        pictures: what they are called.
        read: reads one.
        count: how many crops of each are shown.
        batch: how many inputs are computed at once, at most.

    Yields:
        the number of a picture, and the probabilities, models x classes, as means over the
        crops; or what is wrong with the picture.
    """
    mean = Mean(count, len(models))
    streams = _streams(models)

    def known(results: Iterable[tuple[int, int, Any]]) -> Iterator[tuple[int, Any]]:
        for index, number, row in results:
            whole = mean.add(index, number, row)
            if whole is not None:
                yield index, whole

    with closing(_prepared(models, pictures, read, count, batch)) as prepared:
        for index, inputs in prepared:
            if isinstance(inputs, Diagnostic):
                yield index, inputs
                continue
            for stream in streams:
                for row in inputs[stream.sees]:
                    yield from known(stream.add(index, row))
    for stream in streams:
        yield from known(stream.flush())


# Preparing


def _prepared(
    models: Sequence[Model], pictures: Sequence[str], read: Read, count: int, batch: int
) -> Generator[tuple[int, _Rows | Diagnostic], None, None]:
    """Pictures in order as inputs, read ahead in threads, or what is wrong with them.

    At most two batches are ahead, so that memory stays bounded whatever is in a folder.
    """
    sights = {model.sees: model for model in models}
    threads = max(_FEWEST_THREADS, os.cpu_count() or 1)
    ahead = max(threads, 2 * batch // count)
    executor = ThreadPoolExecutor(threads, "picture")
    try:
        numbers = iter(range(len(pictures)))
        waiting: deque[tuple[int, Future[_Rows]]] = deque()
        while True:
            for index in islice(numbers, ahead - len(waiting)):
                future = executor.submit(_inputs, index, pictures[index], read, sights, count)
                waiting.append((index, future))
            if not waiting:
                return
            index, future = waiting.popleft()
            try:
                yield index, future.result()
            except SpecError as error:
                yield index, error.findings[0]
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _inputs(
    index: int, name: str, read: Read, sights: Mapping[tuple[Any, ...], Model], count: int
) -> _Rows:
    """The inputs that a picture becomes, for each way of seeing it."""
    pictures = {
        number: read(index, number) for number in {model.channels for model in sights.values()}
    }
    return {
        sees: list(_crops_of(pictures[model.channels], name, model, count))
        for sees, model in sights.items()
    }


def _crops_of(picture: Any, name: str, model: Model, count: int) -> Iterator[Any]:
    steps = model.steps
    height, width = model.size
    # An open side is as long as the crop: nothing is resized there.
    size = (
        height or _cropped(picture.height, steps.crop),
        width or _cropped(picture.width, steps.crop),
    )
    if any(map(operator.lt, size, model.smallest)):
        least = size_text(model.smallest)
        reason = f"its crop is {size_text(size)}, and `{model.member.name}` needs at least {least}"
        raise SpecError([unreadable(name, reason)])
    for crop in crops(count, picture.width, picture.height, steps, size):
        pixels = resized(picture, crop.box, size, steps.resize)
        if crop.mirrored:
            pixels = pixels[:, ::-1]
        yield as_bytes(pixels) if model.inside else scaled(pixels, steps)


def _cropped(side: int, share: float) -> int:
    return max(1, round(side * share))


# Computing


class _Stream:
    """Inputs of all pictures, gathered to batches of one size for the models that share them."""

    def __init__(self, models: Mapping[int, Model]) -> None:
        first = next(iter(models.values()))
        self.models = models
        self.sees = first.sees
        self.batch = first.batch
        self._owners: list[int] = []
        self._held: Any = None

    def add(self, picture: int, row: Any) -> Iterator[tuple[int, int, Any]]:
        """Take in an input; what is computed if it was the last of a batch."""
        if self._held is None or self.batch == 1:
            self._held = np.zeros((self.batch, *row.shape), row.dtype)
        self._held[len(self._owners)] = row
        self._owners.append(picture)
        return self.flush() if len(self._owners) == self.batch else iter(())

    def flush(self) -> Iterator[tuple[int, int, Any]]:
        """Compute what is there: picture, model and probabilities of each input.

        What is left of a batch keeps earlier inputs, and is dropped.
        """
        owners, self._owners = self._owners, []
        if not owners:
            return
        for number, model in self.models.items():
            for owner, row in zip(
                owners, probabilities(model.run(self._held), model.function), strict=False
            ):
                yield owner, number, row


def _streams(models: Sequence[Model]) -> list[_Stream]:
    alike: dict[tuple[Any, ...], dict[int, Model]] = {}
    for number, model in enumerate(models):
        alike.setdefault(model.sees, {})[number] = model
    return [_Stream(group) for group in alike.values()]
