"""Memory of training, predicted from the graph."""

from __future__ import annotations

import pytest
from recipes import fitted

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.memory import memory_of_training, refuse_large_batch
from inceptionspec.training.strategies.cluster import local_cluster
from inceptionspec.training.strategies.devices import Devices


def test_what_an_optimizer_and_averages_keep_is_counted() -> None:
    adam = memory_of_training(fitted())
    sgd = memory_of_training(fitted("optimizer: {kind: sgd}"))
    averaged = memory_of_training(fitted("averaging: {kind: exponential, decay: 0.9}"))
    assert sgd.fixed < adam.fixed < averaged.fixed
    assert sgd.per_image == adam.per_image > 8 * 8 * 3 * 4


def test_the_finding_names_the_largest_batch_that_fits() -> None:
    one = fitted("batch: 100000")
    needed = memory_of_training(one)
    refuse_large_batch(one, needed.of(100_000))
    with pytest.raises(SpecError) as caught:
        refuse_large_batch(one, needed.of(5_000))
    assert caught.value.findings[0].code == "E0708"
    assert "`--batch 5000`" in caught.value.findings[0].helps[0]
    with pytest.raises(SpecError, match="not even one image fits"):
        refuse_large_batch(one, 1000)


def test_workers_share_the_images_and_each_needs_tensorflow() -> None:
    one = fitted()
    needed = memory_of_training(one)
    batch = one.recipe.batch
    refuse_large_batch(one, 2 * needed.fixed + batch * needed.per_image, Devices(workers=2))
    with pytest.raises(SpecError):
        refuse_large_batch(one, 2 * needed.fixed, Devices(workers=2))
    elsewhere = Devices(cluster=local_cluster([1, 2]))
    refuse_large_batch(one, needed.fixed + batch * needed.per_image // 2 + batch, elsewhere)
