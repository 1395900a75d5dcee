"""The loop over labeled pictures: what is shown, what is skipped, ensembles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from predicting import FakeNetwork, steps

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.prediction.predict import predict
from inceptionspec.training.evaluation.evaluate import evaluate
from inceptionspec.training.evaluation.labeled_data import (
    LabeledData,
    labeled_arrays,
    open_labeled_data,
)
from inceptionspec.training.evaluation.results import Evaluation

Image = pytest.importorskip("PIL.Image")
PLACE = external("evaluate")


def reds(images: Any) -> Any:
    """Two classes: the mean of red, over 255, and what is left."""
    red = images[..., 0].mean((1, 2)) / 255
    return np.stack([red, 1 - red], 1)


def shades(*values: int) -> Any:
    """Pictures of one value each."""
    return np.stack([np.full((12, 16, 3), value, np.uint8) for value in values])


def arrays(values: list[int], labels: list[int]) -> LabeledData:
    return labeled_arrays(shades(*values), labels, PLACE)


def run(*networks: FakeNetwork, data: LabeledData, **options: Any) -> Evaluation:
    return evaluate(networks, data, PLACE, **options)


@pytest.mark.parametrize("batch", [1, 2, 32])
def test_figures_by_hand(batch: int) -> None:
    found = run(FakeNetwork(reds, 2), data=arrays([255, 204, 51, 153], [0, 0, 1, 1]), batch=batch)
    assert found.pictures == 4
    assert found.figures.top_1.value == 0.75
    assert found.figures.loss.value == pytest.approx(-np.log([1, 0.8, 0.8, 0.4]).mean())
    assert found.confusion == ((2, 0), (1, 1))
    assert [one.member.name for one in found.members] == ["Fake"]
    assert found.disagreement is None


def test_pictures_are_shown_as_predict_shows_them() -> None:
    draw = np.random.default_rng(0)
    pictures = draw.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    given = {"seen_as": steps(crop=0.8, resize="bilinear_tf1", mean=(9.0, 8.0, 7.0))}
    ours, theirs = FakeNetwork(reds, 2, **given), FakeNetwork(reds, 2, **given)
    run(ours, data=labeled_arrays(pictures, [0, 1, 0], PLACE), count=10)
    predict([theirs], list(pictures), PLACE, count=10)
    np.testing.assert_array_equal(np.concatenate(ours.batches), np.concatenate(theirs.batches))


def test_an_ensemble_is_the_mean_and_tells_each() -> None:
    def other(images: Any) -> Any:
        return 1 - reds(images)

    data = arrays([255, 204], [0, 0])
    found = run(FakeNetwork(reds, 2), FakeNetwork(other, 2, size=(4, 4)), data=data)
    assert [one.figures.top_1.value for one in found.members] == [1, 0]
    assert found.figures.loss.value == pytest.approx(np.log(2))
    assert found.disagreement is not None
    assert found.disagreement.any == found.disagreement.pairs == 1


def test_a_bad_picture_is_named_and_skipped(tmp_path: Path) -> None:
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.fromarray(shades(255)[0]).save(tmp_path / name / f"{number}.png")
    (tmp_path / "bee" / "0.png").write_bytes(b"no picture")
    data = open_labeled_data(str(tmp_path), [], PLACE)
    found = run(FakeNetwork(reds, 2, labels=("bee", "ant")), data=data)
    assert found.pictures == 3
    (one,) = found.skipped
    assert one.code == "E0715"
    assert one.message.startswith("`bee/0.png` cannot be read: it is none of JPEG")
    assert one.primary.span.source.name == "bee/0.png"
    assert found.classes[0][:4] == (0, "bee", 1, 1)
    assert found.classes[1][:4] == (1, "ant", 2, 0)
    assert found.data == f"all of {tmp_path}"


def test_where_no_picture_can_be_read_they_are_the_findings(tmp_path: Path) -> None:
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.png").write_bytes(b"no picture")
    with pytest.raises(SpecError) as caught:
        run(FakeNetwork(reds, 2), data=open_labeled_data(str(tmp_path), [], PLACE))
    assert [one.code for one in caught.value.findings] == ["E0715"] * 2


def test_a_probability_that_is_not_a_number() -> None:
    broken = FakeNetwork(lambda images: reds(images) * np.nan, 2)
    with pytest.raises(SpecError, match="is not a number") as caught:
        run(broken, data=arrays([1, 2], [0, 1]))
    assert caught.value.findings[0].code == "E0914"


def test_networks_with_other_classes_are_refused_before_they_are_read() -> None:
    first, second = FakeNetwork(reds, 2), FakeNetwork(reds, 3)
    first.model = lambda batch: pytest.fail("it is made ready")  # type: ignore[method-assign]
    with pytest.raises(SpecError, match="must have the same classes"):
        run(first, second, data=arrays([1, 2], [0, 1]))


def test_given_labels_name_the_classes() -> None:
    found = run(FakeNetwork(reds, 2), data=arrays([1, 2], [0, 1]), labels=["red", "rest"])
    assert [one.label for one in found.classes] == ["red", "rest"]
    with pytest.raises(SpecError, match="has 3 labels"):
        run(FakeNetwork(reds, 2), data=arrays([1, 2], [0, 1]), labels=["a", "b", "c"])


def test_progress_reaches_the_end() -> None:
    told: list[tuple[str, int, int]] = []
    run(
        FakeNetwork(reds, 2),
        data=arrays([1, 2, 3], [0, 1, 1]),
        progress=lambda *one: told.append(one),
    )
    assert told[-1] == ("pictures", 3, 3)
