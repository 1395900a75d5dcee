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
from inceptionspec.export.labels import IMAGENET, fitted_labels
from inceptionspec.ops.record import size_text
from inceptionspec.prediction.crops import crops
from inceptionspec.prediction.ensemble import Mean, likeliest, probabilities
from inceptionspec.prediction.model import Model, Network
from inceptionspec.prediction.pictures import (
    PictureRef,
    find_pictures,
    import_pillow,
    read_picture,
    unreadable,
)
from inceptionspec.prediction.preprocess import as_bytes, resized, scaled
from inceptionspec.prediction.results import Prediction, Predictions, Row

#: Called with the stage, the pictures done and the pictures in all.
Progress = Callable[[str, int, int], None]
#: A picture's inputs for one way of seeing: rows of height x width x channels.
_Rows = Mapping[tuple[Any, ...], list[Any]]
STAGE = "pictures"
BATCH = 32
_FEWEST_THREADS = 2


def predict(
    networks: Sequence[Network],
    pictures: Iterable[Any],
    place: Span,
    *,
    top: int = 5,
    labels: Sequence[str] | None = None,
    labels_file: str = "labels",
    count: int = 1,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Predictions:
    """The likeliest classes of pictures: the mean over crops and networks.

    Args:
        networks: that are shown the pictures; they have the same classes.
        pictures: paths of files and folders, Pillow's images, arrays of bytes.
        place: what findings about networks and labels show.
        top: how many classes are told of each picture.
        labels: names of classes; those of the first network that has some by default.
        labels_file: what findings call the labels.
        count: how many crops of each picture are shown, one of ``crops.CROPS``.
        batch: how many inputs are computed at once, at most.
        progress: is told of each picture.

    Raises:
        SpecError: labels do not fit (E0716), the networks have other classes than each other
            (E0805), Pillow is not installed (E0704), or weights cannot be read.
    """
    import_pillow()
    names = _names(networks, labels, labels_file, place)
    if count > 1:
        _refuse_open(networks, count, place)
    found, unread = find_pictures(pictures)
    inputs = len(found) * count
    models = [network.model(_batch_of(network, batch, inputs)) for network in networks if found]
    skipped: dict[int, Diagnostic] = {}
    rows: dict[int, tuple[Row, ...]] = {}
    mean = Mean(count * len(models))
    streams = _streams(models)
    show = progress or (lambda stage, done, total: None)

    def take(results: Iterable[tuple[int, Any]]) -> None:
        for index, row in results:
            whole = mean.add(index, row)
            if whole is not None:
                rows[index] = _rows(whole, names, top)
        show(STAGE, len(rows) + len(skipped), len(found))

    with closing(_prepared(models, found, count, batch)) as prepared:
        for index, ready in prepared:
            if isinstance(ready, Diagnostic):
                skipped[index] = ready
                continue
            for stream in streams:
                for row in ready[stream.sees]:
                    take(stream.add(index, row))
    for stream in streams:
        take(stream.flush())
    return Predictions(
        tuple(Prediction(found[index].name, rows[index]) for index in sorted(rows)),
        (*(skipped[index] for index in sorted(skipped)), *unread),
        tuple(model.member for model in models),
        count,
    )


def _batch_of(network: Network, batch: int, inputs: int) -> int:
    """How many inputs a network takes at once.

    One size for all batches, so that nothing is traced twice, and such that the last one is
    nearly full: 100 inputs are 4 batches of 25, not of 32.
    """
    if None in network.size:
        return 1
    return network.batch or -(-inputs // -(-inputs // batch))


def _refuse_open(networks: Sequence[Network], count: int, place: Span) -> None:
    for network in networks:
        if None in network.size:
            message = f"{count} crops need a size, and that of `{network.name}` is open"
            raise spec_error("E0805", message, place, "set it, as with `--input 224x224`")


def _names(
    networks: Sequence[Network], labels: Sequence[str] | None, file: str, place: Span
) -> Sequence[str]:
    """A label for each class, empty where none are known."""
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
    if labels is not None:
        return fitted_labels(labels, first.classes, file, place)
    own = next((network.labels for network in networks if network.labels), None)
    return own or [""] * first.classes


def _rows(values: Any, names: Sequence[str], top: int) -> tuple[Row, ...]:
    return tuple(
        Row(number, names[number], float(values[number])) for number in likeliest(values, top)
    )


# Preparing


def _prepared(
    models: Sequence[Model], found: Sequence[PictureRef], count: int, batch: int
) -> Generator[tuple[int, _Rows | Diagnostic], None, None]:
    """Pictures in order as inputs, read ahead in threads, or what is wrong with them.

    At most two batches are ahead, so that memory stays bounded whatever is in a folder.
    """
    sights = {model.sees: model for model in models}
    threads = max(_FEWEST_THREADS, os.cpu_count() or 1)
    ahead = max(threads, 2 * batch // count)
    executor = ThreadPoolExecutor(threads, "picture")
    try:
        numbers = iter(range(len(found)))
        waiting: deque[tuple[int, Future[_Rows]]] = deque()
        while True:
            for index in islice(numbers, ahead - len(waiting)):
                waiting.append((index, executor.submit(_inputs, found[index], sights, count)))
            if not waiting:
                return
            index, future = waiting.popleft()
            try:
                yield index, future.result()
            except SpecError as error:
                yield index, error.findings[0]
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _inputs(picture: PictureRef, sights: Mapping[tuple[Any, ...], Model], count: int) -> _Rows:
    """The inputs that a picture becomes, for each way of seeing it."""
    channels = {model.channels for model in sights.values()}
    read = {number: read_picture(picture, number) for number in channels}
    return {
        sees: list(_crops_of(read[model.channels], picture.name, model, count))
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

    def __init__(self, models: Sequence[Model]) -> None:
        self.models = models
        self.sees = models[0].sees
        self.batch = models[0].batch
        self._owners: list[int] = []
        self._held: Any = None

    def add(self, picture: int, row: Any) -> Iterator[tuple[int, Any]]:
        """Take in an input; what is computed if it was the last of a batch."""
        if self._held is None or self.batch == 1:
            self._held = np.zeros((self.batch, *row.shape), row.dtype)
        self._held[len(self._owners)] = row
        self._owners.append(picture)
        return self.flush() if len(self._owners) == self.batch else iter(())

    def flush(self) -> Iterator[tuple[int, Any]]:
        """Compute what is there; what is left of a batch keeps earlier inputs, and is dropped."""
        owners, self._owners = self._owners, []
        if not owners:
            return
        for model in self.models:
            values = probabilities(model.run(self._held), model.function)
            yield from zip(owners, values, strict=False)


def _streams(models: Sequence[Model]) -> list[_Stream]:
    alike: dict[tuple[Any, ...], list[Model]] = {}
    for model in models:
        alike.setdefault(model.sees, []).append(model)
    return [_Stream(group) for group in alike.values()]
