"""The loop over pictures: order, batches, crops, ensembles, what is skipped, and labels."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from predicting import FakeNetwork, steps

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.prediction import predict as predict_module
from inceptionspec.prediction.predict import predict
from inceptionspec.prediction.results import Predictions

Image = pytest.importorskip("PIL.Image")
PLACE = external("predict")


def flat(value: int) -> Any:
    """A picture of one value."""
    return np.full((12, 16, 3), value, np.uint8)


def reds(images: Any) -> Any:
    """Two classes: the mean of red, over 255, and what is left."""
    red = images[..., 0].mean((1, 2)) / 255
    return np.stack([red, 1 - red], 1)


def run(*networks: FakeNetwork, pictures: Any, **options: Any) -> Predictions:
    return predict(networks, pictures, PLACE, **options)


@pytest.mark.parametrize("batch", [1, 3, 4, 5, 32])
def test_every_picture_has_its_answer_in_order(batch: int) -> None:
    values = [0, 51, 255, 102, 204, 153, 10]
    network = FakeNetwork(reds, 2)
    found = run(network, pictures=[flat(value) for value in values], batch=batch, top=2)
    assert [one.picture for one in found.pictures] == [f"#{number}" for number in range(7)]
    for one, value in zip(found.pictures, values, strict=True):
        by_number = {row.number: row.probability for row in one.rows}
        assert by_number == pytest.approx({0: value / 255, 1: 1 - value / 255})
        assert [row.probability for row in one.rows] == sorted(by_number.values(), reverse=True)
    # Batches are of one size, so that nothing is traced twice, and as few as can be.
    sizes = {1: [1] * 7, 3: [3] * 3, 4: [4] * 2, 5: [4] * 2, 32: [7]}
    assert [len(one) for one in network.batches] == sizes[batch]


def test_answers_do_not_depend_on_the_batch() -> None:
    draw = np.random.default_rng(0)
    pictures = [draw.integers(0, 256, (20, 30, 3), dtype=np.uint8) for _ in range(9)]
    answers = [
        run(FakeNetwork(reds, 2), pictures=pictures, batch=batch, count=10).pictures
        for batch in (1, 7, 32)
    ]
    for other in answers[1:]:
        for one, another in zip(answers[0], other, strict=True):
            assert [row.number for row in one.rows] == [row.number for row in another.rows]
            assert one.rows[0].probability == pytest.approx(another.rows[0].probability)


def test_bad_pictures_are_skipped_and_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    (tmp_path / "empty").mkdir()
    given = [flat(0), str(tmp_path / "bad.jpg"), flat(255), "nowhere.png", tmp_path / "empty"]
    found = run(FakeNetwork(reds, 2), pictures=given, batch=2)
    assert [one.picture for one in found.pictures] == ["#0", "#2"]
    assert [one.code for one in found.skipped] == ["E0715"] * 3
    assert [one.primary.span.source.name for one in found.skipped] == [
        str(tmp_path / "bad.jpg"), "nowhere.png", str(tmp_path / "empty")
    ]  # fmt: skip


def test_where_no_picture_is_there_nothing_is_computed(tmp_path: Path) -> None:
    network = FakeNetwork(reds, 2)
    network.model = lambda batch: pytest.fail("it is made ready")  # type: ignore[method-assign]
    found = run(network, pictures=[tmp_path])
    assert (found.pictures, len(found.skipped)) == ((), 1)


def test_an_ensemble_is_the_mean_by_hand() -> None:
    draw = np.random.default_rng(3)
    logits = [draw.normal(size=(4, 5)) for _ in range(3)]
    numbers = iter(range(100))

    def member(values: Any) -> FakeNetwork:
        return FakeNetwork(lambda images: values[images[:, 0, 0, 0].astype(int)], 5,
                           function="softmax", batch=next(numbers) + 1)  # fmt: skip

    networks = [member(values) for values in logits]
    found = run(*networks, pictures=[flat(number) for number in range(4)], top=5)
    shares = [np.exp(values) / np.exp(values).sum(1, keepdims=True) for values in logits]
    expected = np.mean(shares, 0)
    for number, one in enumerate(found.pictures):
        by_number = {row.number: row.probability for row in one.rows}
        assert by_number == pytest.approx(dict(enumerate(expected[number])))
    assert len(found.members) == 3


@pytest.mark.parametrize("count", [10, 144])
def test_crops_are_the_mean_by_hand(count: int) -> None:
    """Red grows from left to right, and crops with their mirror images cancel that out."""
    ramp = np.zeros((64, 64, 3), np.uint8)
    ramp[..., 0] = np.arange(64) * 4
    network = FakeNetwork(lambda images: reds(images[:, :, :1]), 2)
    found = run(network, pictures=[ramp], count=count, top=2)
    rows = {row.number: row.probability for row in found.pictures[0].rows}
    seen = np.concatenate(network.batches)[:count]
    assert len(seen) == count
    assert rows[0] == pytest.approx(seen[:, :, 0, 0].mean() / 255, rel=1e-6)
    np.testing.assert_array_equal(seen[1::2], seen[::2, :, ::-1])


def test_each_network_sees_pictures_in_its_own_way() -> None:
    small = FakeNetwork(reds, 2, size=(4, 4), seen_as=steps(channel_order="BGR"))
    large = FakeNetwork(reds, 2, size=(9, 5), seen_as=steps(scale=1 / 255))
    same = FakeNetwork(reds, 2, size=(9, 5), seen_as=steps(scale=1 / 255))
    picture = flat(255)
    picture[..., 0] = 51
    run(small, large, same, pictures=[picture])
    assert small.batches[0].shape == (1, 4, 4, 3)
    np.testing.assert_array_equal(small.batches[0][0, 0, 0], [255, 255, 51])
    assert large.batches[0].shape == (1, 9, 5, 3)
    np.testing.assert_allclose(large.batches[0][0, 0, 0], [0.2, 1, 1])
    np.testing.assert_array_equal(large.batches[0], same.batches[0])


def test_a_model_that_scales_itself_gets_bytes_in_the_order_rgb() -> None:
    chosen = steps(channel_order="BGR", mean=(1.0, 2.0, 3.0), resize="bilinear_tf2")
    network = FakeNetwork(reds, 2, seen_as=chosen, inside=True)
    picture = flat(7)
    picture[..., 0] = 200
    run(network, pictures=[picture])
    assert network.batches[0].dtype == np.uint8
    np.testing.assert_array_equal(network.batches[0][0, 0, 0], [200, 7, 7])


def test_a_grey_network_reads_grey() -> None:
    network = FakeNetwork(lambda images: np.ones((len(images), 2)) / 2, 2,
                          seen_as=steps(mean=(0.0,), std=(1.0,)))  # fmt: skip
    run(network, pictures=[flat(90)])
    assert network.batches[0].shape == (1, 8, 8, 1)
    assert network.batches[0].max() == 90


def test_open_sides_keep_the_size_of_the_crop() -> None:
    network = FakeNetwork(reds, 2, size=(None, None), seen_as=steps(crop=0.5))
    run(network, pictures=[flat(1), np.zeros((40, 80, 3), np.uint8)])
    assert [one.shape for one in network.batches] == [(1, 6, 8, 3), (1, 20, 40, 3)]
    with pytest.raises(SpecError, match="open"):
        run(network, pictures=[flat(1)], count=10)


def test_a_picture_below_the_smallest_input_is_skipped() -> None:
    network = FakeNetwork(reds, 2, size=(None, None), smallest=(10, 12))
    found = run(network, pictures=[flat(1), np.zeros((40, 11, 3), np.uint8)])
    assert [one.picture for one in found.pictures] == ["#0"]
    (finding,) = found.skipped
    assert finding.code == "E0715"
    assert "its crop is 40x11, and `Fake` needs at least 10x12" in finding.message


def test_labels_come_from_a_list_from_a_network_or_not_at_all() -> None:
    def label(*networks: FakeNetwork, labels: Any = None) -> str:
        found = run(*networks, pictures=[flat(255)], labels=labels, top=1)
        return found.pictures[0].rows[0].label

    plain, named = FakeNetwork(reds, 2), FakeNetwork(reds, 2, labels=("red", "other"))
    assert label(plain) == ""
    assert label(plain, named) == "red"
    assert label(named, labels=["rot", "sonst"]) == "rot"
    with pytest.raises(SpecError) as caught:
        label(plain, labels=["one"])
    assert caught.value.findings[0].code == "E0716"


def test_networks_of_other_classes_make_no_ensemble() -> None:
    with pytest.raises(SpecError) as caught:
        run(FakeNetwork(reds, 2), FakeNetwork(reds, 3), pictures=[flat(1)])
    assert caught.value.findings[0].code == "E0805"
    assert "has 2, `Fake` 3" in caught.value.findings[0].message


def test_equal_classes_come_in_their_order() -> None:
    network = FakeNetwork(lambda images: np.full((len(images), 6), 1 / 6), 6)
    (one,) = run(network, pictures=[flat(1)], top=4).pictures
    assert [row.number for row in one.rows] == [0, 1, 2, 3]


def test_progress_ends_at_the_number_of_pictures() -> None:
    told: list[tuple[str, int, int]] = []
    run(FakeNetwork(reds, 2), pictures=[flat(1), "nowhere.jpg", flat(2)],
        progress=lambda *step: told.append(step))  # fmt: skip
    assert told[-1] == ("pictures", 3, 3)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_no_more_than_two_batches_are_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    original = predict_module.read_picture

    def counted(picture: Any, channels: int) -> Any:
        read.append(picture)
        return original(picture, channels)

    monkeypatch.setattr(predict_module, "read_picture", counted)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    seen: list[int] = []

    def compute(images: Any) -> Any:
        seen.append(len(read))
        return reds(images)

    run(FakeNetwork(compute, 2), pictures=[flat(1)] * 40, batch=4)
    assert len(read) == 40
    for batches, count in enumerate(seen, start=1):
        assert 4 * batches <= count <= 4 * batches + 8


def test_an_interrupted_run_leaves_no_work_behind() -> None:
    def interrupt(images: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(FakeNetwork(interrupt, 2), pictures=[flat(1)] * 50, batch=2)
    for thread in threading.enumerate():
        if thread.name.startswith("picture"):
            thread.join(10)
            assert not thread.is_alive()
