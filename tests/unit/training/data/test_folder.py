"""A folder of pictures for each class."""

import numpy as np
import pytest
from PIL import Image

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.training.data.examples import BadPictureError
from inceptionspec.training.data.open import open_data

PLACE = external("--data pictures")


def draw(file, color=(1, 2, 3)):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 3), color).save(file)


@pytest.fixture
def folder(tmp_path):
    for part, count in (("train", 4), ("validation", 2)):
        for name in ("cat", "dog"):
            for number in range(count):
                draw(tmp_path / part / name / f"{number}.png", (number, 0, 0))
    return tmp_path


def refused(path):
    with pytest.raises(SpecError) as error:
        open_data(str(path), PLACE)
    assert error.value.findings[0].code == "E0911"
    return error.value.findings[0]


def test_classes_are_folders_in_alphabetical_order(folder):
    data = open_data(str(folder), PLACE)
    assert data.classes == ("cat", "dog")
    assert data.train.labels.tolist() == [0] * 4 + [1] * 4
    assert len(data.validation.labels) == 4
    assert data.train.name(5) == "dog/1.png"
    assert np.array_equal(data.train.picture(6)[0, 0], [2, 0, 0])


def test_a_folder_without_parts_is_split(folder):
    data = open_data(str(folder / "train"), PLACE, share=0.25)
    assert len(data.train.labels) == 6
    assert data.validation.labels.tolist() == [0, 1]


def test_what_is_no_picture_is_left_alone(folder):
    (folder / "train" / "cat" / "notes.txt").write_text("no picture")
    (folder / "train" / "cat" / ".hidden.png").write_text("no picture")
    assert len(open_data(str(folder), PLACE).train.labels) == 8


def test_a_picture_that_cannot_be_read_is_told_when_it_is_read(folder):
    (folder / "train" / "cat" / "0.png").write_bytes(b"\x89PNG broken")
    data = open_data(str(folder), PLACE)
    with pytest.raises(BadPictureError, match="it is none of JPEG"):
        data.train.picture(0)


def test_the_digest_follows_contents_and_names(folder):
    digests = [open_data(str(folder), PLACE).digest]
    draw(folder / "train" / "cat" / "0.png", (200, 0, 0))
    digests.append(open_data(str(folder), PLACE).digest)
    (folder / "train" / "cat" / "0.png").rename(folder / "train" / "cat" / "9.png")
    digests.append(open_data(str(folder), PLACE).digest)
    assert len(set(digests)) == 3


def test_an_empty_folder(tmp_path):
    assert "has no folders of classes" in refused(tmp_path).message


def test_one_class(tmp_path):
    draw(tmp_path / "cat" / "1.png")
    assert "has one class, `cat`" in refused(tmp_path).message


def test_a_class_without_pictures(folder):
    (folder / "train" / "fox").mkdir()
    assert "no pictures of `fox`" in refused(folder).message


def test_a_class_that_is_not_trained(folder):
    draw(folder / "validation" / "dogs" / "1.png")
    found = refused(folder)
    assert "`dogs`, which is not trained" in found.message
    assert "did you mean `dog`?" in found.helps


def test_nothing_there(tmp_path):
    assert "does not exist" in refused(tmp_path / "no").message
