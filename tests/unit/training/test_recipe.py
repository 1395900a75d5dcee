"""The tree of a recipe: how it scales with the batch, and its digest."""

from __future__ import annotations

import dataclasses
import json

import pytest
from recipes import recipe

from inceptionspec.training.recipe import as_data
from inceptionspec.training.recipes.load import load_recipe


def test_the_rate_scales_with_the_batch_by_the_recipes_rule() -> None:
    v3 = load_recipe("inception_v3_2015")
    small = v3.at_batch(32)
    assert small.batch == 32
    assert small.phases[0].schedule.rate == pytest.approx(0.045 / 50)
    assert small.phases[0].optimizer == v3.phases[0].optimizer
    quick = load_recipe("quick")
    assert quick.at_batch(128).phases[0].schedule.rate == pytest.approx(2e-3)
    same = recipe("scaling: {rate: none}")
    assert same.at_batch(512).phases[0].schedule.rate == same.phases[0].schedule.rate
    assert v3.at_batch(1600) == v3


def test_an_average_spans_as_many_images_at_any_batch() -> None:
    v3 = load_recipe("inception_v3_2015")
    small = v3.at_batch(160)
    assert v3.averaging is not None
    assert small.averaging is not None
    # Ten updates of a tenth of the batch keep as much as one.
    assert small.averaging.decay**10 == pytest.approx(v3.averaging.decay)
    kept = recipe("scaling: {averaging: none}", extends="inception_v3_2015").at_batch(160)
    assert kept.averaging == v3.averaging


def test_a_phase_of_its_own_scales_too() -> None:
    read = load_recipe("fine_tune").at_batch(128)
    assert [phase.schedule.rate for phase in read.phases] == pytest.approx([2e-3, 2e-5])


def test_the_digest_is_of_what_is_trained_not_of_words() -> None:
    one, other = recipe("doc: some words"), recipe("doc: other words\nsources: [a]")
    assert one.digest == other.digest == recipe("# a comment").digest
    assert one.digest != recipe("seed: 1").digest
    assert one.digest != recipe("optimizer: {beta_1: 0.8}").digest
    assert one.digest != one.at_batch(64).digest
    assert len(one.digest) == 64


def test_a_recipe_is_plain_data_and_cannot_be_changed() -> None:
    read = load_recipe("fine_tune")
    data = json.loads(json.dumps(as_data(read)))
    assert data["phases"][0]["freeze"]["part"] == "body"
    assert "doc" not in data
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.batch = 3  # type: ignore[misc]
    assert hash(read) == hash(load_recipe("fine_tune"))
    assert repr(read) == "<Recipe Fine-tuning: 2 phases, 20 epochs>"
