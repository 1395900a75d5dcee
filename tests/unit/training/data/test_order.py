"""Order, augmentation's seeds and splits: functions of seeds alone."""

import numpy as np
import pytest

from inceptionspec.training.data.order import epoch_order, example_seeds, member_sample, split


def test_an_epoch_has_each_example_once():
    assert sorted(epoch_order(1000, 1, 0)) == list(range(1000))


def test_orders_differ_by_epoch_and_seed_and_by_nothing_else():
    order = epoch_order(1000, 1, 3)
    assert np.array_equal(order, epoch_order(1000, 1, 3))
    assert not np.array_equal(order, epoch_order(1000, 1, 4))
    assert not np.array_equal(order, epoch_order(1000, 2, 3))


def test_an_order_that_is_written_down_stays():
    # A run that is resumed with a later version must read the same pictures.
    assert epoch_order(10, 7, 2).tolist() == [8, 5, 0, 7, 9, 3, 1, 6, 2, 4]
    assert example_seeds(7, 2, np.arange(2)).tolist() == [
        [415680624, 787884216],
        [847483877, 922478988],
    ]


def test_without_shuffling_the_order_is_that_of_the_data():
    assert epoch_order(5, 1, 9, shuffled=False).tolist() == [0, 1, 2, 3, 4]


def test_seeds_belong_to_examples_wherever_these_stand():
    seeds = example_seeds(1, 2, np.arange(100))
    assert np.array_equal(example_seeds(1, 2, np.array([42, 7])), seeds[[42, 7]])
    assert len({tuple(seed) for seed in seeds.tolist()}) == 100
    assert seeds.dtype == np.int32
    assert seeds.min() >= 0


def test_seeds_of_neighbors_are_unlike():
    bits = example_seeds(0, 0, np.arange(4096))[:, 0]
    # Each bit is set in about half of them: 4 standard deviations of a fair coin are 0.03.
    for bit in range(30):
        assert abs(np.mean(bits >> bit & 1) - 0.5) < 0.04


def test_a_split_takes_the_same_share_of_each_class():
    labels = np.repeat([0, 1, 2], [100, 50, 10])
    train, validation = split(labels, 0.1, 3)
    assert sorted([*train, *validation]) == list(range(160))
    assert np.bincount(labels[validation]).tolist() == [10, 5, 1]


def test_a_split_leaves_each_class_something_to_train_on():
    train, validation = split(np.array([0, 0, 1, 1]), 0.9, 0)
    assert len(train) == len(validation) == 2


@pytest.mark.parametrize("member", [0, 1])
def test_a_member_draws_with_replacement(member):
    sample = member_sample(10_000, 5, member)
    assert 0.61 < len(set(sample.tolist())) / 10_000 < 0.65  # 1 - 1/e
    assert not np.array_equal(sample, member_sample(10_000, 5, member + 1))
