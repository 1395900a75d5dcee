"""Pictures and labels in arrays."""

import numpy as np
import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.training.data.arrays import checked_arrays, load_arrays
from inceptionspec.training.data.open import open_data

PLACE = external("--data x.npz")
PICTURES = np.arange(6 * 4 * 5 * 3, dtype=np.uint8).reshape(6, 4, 5, 3)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def saved(tmp_path, **arrays):
    np.savez(tmp_path / "x.npz", **arrays)
    return str(tmp_path / "x.npz")


def message(error):
    return error.value.findings[0].message


def test_train_and_test_arrays_are_found(tmp_path):
    file = saved(tmp_path, x_train=PICTURES, y_train=LABELS, x_test=PICTURES[:2], y_test=LABELS[:2])
    train, validation = load_arrays(file, PLACE)
    assert np.array_equal(train.picture(3), PICTURES[3])
    assert train.labels.tolist() == LABELS.tolist()
    assert validation.labels.tolist() == [0, 1]


def test_numbers_up_to_one_become_bytes():
    found = checked_arrays("x", np.array([[[0.0, 1.0], [0.5, 0.2]]]), [0], PLACE)
    assert found.picture(0)[..., 0].tolist() == [[0, 255], [128, 51]]


def test_grey_pictures_get_an_axis_of_channels():
    assert checked_arrays("x", PICTURES[..., 0], LABELS, PLACE).picture(0).shape == (4, 5, 1)


def test_one_hot_labels_become_numbers():
    assert checked_arrays("x", PICTURES, np.eye(3)[LABELS], PLACE).labels.tolist() == [*LABELS]


@pytest.mark.parametrize(
    ("pictures", "labels", "said"),
    [
        (PICTURES[0, 0], LABELS, "an array of 5x3"),
        (PICTURES[..., :2], LABELS, "an array of 6x4x5x2"),
        (PICTURES, LABELS[:5], "6 pictures and labels of 5"),
        (PICTURES, LABELS - 1, "not whole numbers from 0"),
        (PICTURES, LABELS + 0.5, "not whole numbers from 0"),
        (PICTURES.astype("float32") - 9, LABELS, "values from -9 to 246"),
        (PICTURES * np.nan, LABELS, "values from nan to nan"),
    ],
)
def test_what_is_no_data_is_a_finding(pictures, labels, said):
    with pytest.raises(SpecError) as error:
        checked_arrays("x.npz", pictures, labels, PLACE)
    assert said in message(error)
    assert error.value.findings[0].code == "E0911"


def test_other_names_are_told(tmp_path):
    with pytest.raises(SpecError) as error:
        load_arrays(saved(tmp_path, pics=PICTURES), PLACE)
    assert "it has `pics`" in message(error)
    assert "`x_train` and `y_train`" in error.value.findings[0].helps[0]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"])
def test_a_damaged_file_is_a_finding(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(SpecError) as error:
        load_arrays(str(tmp_path / "x.npz"), PLACE)
    assert "cannot be read" in message(error)


def test_objects_are_not_unpickled(tmp_path):
    objects = np.array([{}, {}], dtype=object)
    with pytest.raises(SpecError) as error:
        load_arrays(saved(tmp_path, x_train=objects, y_train=LABELS[:2]), PLACE)
    assert "cannot be read" in message(error)


def test_without_test_arrays_a_share_validates(tmp_path):
    labels = np.repeat([0, 1], 30)
    pictures = np.zeros((60, 2, 2, 3), np.uint8)
    data = open_data(saved(tmp_path, images=pictures, labels=labels), PLACE, share=0.1)
    assert len(data.train.labels) == 54
    assert np.bincount(data.validation.labels).tolist() == [3, 3]
    assert data.notes == ("6 of 60 pictures validate, chosen by seed 0",)


def test_a_changed_pixel_changes_the_digest(tmp_path):
    digests = set()
    for value in (0, 1):
        pictures = PICTURES.copy()
        pictures[5, 3, 4, 2] = value
        digests.add(open_data(saved(tmp_path, images=pictures, labels=LABELS), PLACE).digest)
    assert len(digests) == 2


def test_one_class_is_a_finding(tmp_path):
    with pytest.raises(SpecError) as error:
        open_data(saved(tmp_path, images=PICTURES, labels=LABELS * 0), PLACE)
    assert "has one class" in message(error)
