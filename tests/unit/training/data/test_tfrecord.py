"""Records as ImageNet's are written, without TensorFlow."""

import io

import numpy as np
import pytest
from PIL import Image
from table_writer import message

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.training.data.open import open_data
from inceptionspec.weights.files.crc32c import crc32c, masked

PLACE = external("--data records")


def encoded(color):
    written = io.BytesIO()
    Image.new("RGB", (3, 2), color).save(written, "PNG")
    return written.getvalue()


def example(picture, label):
    """A ``tf.train.Example`` with a picture and the number of its class."""
    features = {
        b"image/encoded": message((1, message((1, picture)))),
        b"image/class/label": message((3, message((1, bytes([label]))))),
    }
    entries = [(1, message((1, key), (2, value))) for key, value in features.items()]
    return message((1, message(*entries)))


def record(data):
    size = len(data).to_bytes(8, "little")
    seals = [masked(crc32c(part)).to_bytes(4, "little") for part in (size, data)]
    return size + seals[0] + data + seals[1]


@pytest.fixture
def folder(tmp_path):
    for number in range(2):
        content = b"".join(record(example(encoded((label, 0, 0)), label)) for label in (1, 2, 3))
        (tmp_path / f"train-{number:05d}-of-00002").write_bytes(content)
    last = record(example(encoded((9, 0, 0)), 3))
    (tmp_path / "validation-00000-of-00001").write_bytes(last)
    return tmp_path


def test_labels_count_from_one_as_imagenet_does(folder):
    data = open_data(str(folder), PLACE)
    assert data.train.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert data.validation.labels.tolist() == [2]
    assert data.classes == ("0", "1", "2")


def test_pictures_are_decoded(folder):
    data = open_data(str(folder), PLACE)
    picture = data.train.picture(4)
    assert picture.shape == (2, 3, 3)
    assert picture[0, 0].tolist() == [2, 0, 0]
    assert np.array_equal(data.validation.picture(0)[1, 2], [9, 0, 0])


def test_a_missing_shard_is_named(folder):
    (folder / "train-00001-of-00002").unlink()
    with pytest.raises(SpecError) as error:
        open_data(str(folder), PLACE)
    assert "`train-00001-of-00002`" in error.value.findings[0].message


@pytest.mark.parametrize("at", [0, 9, 40, -1])
def test_a_changed_byte_is_found(folder, at):
    file = folder / "train-00000-of-00002"
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    with pytest.raises(SpecError) as error:
        open_data(str(folder), PLACE)
    assert "train-00000-of-00002` cannot be read" in error.value.findings[0].message


def test_a_file_that_ends_early_is_found(folder):
    file = folder / "train-00000-of-00002"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(SpecError):
        open_data(str(folder), PLACE)


def test_a_record_of_something_else_is_found(folder):
    (folder / "train-00000-of-00002").write_bytes(record(message((1, b""))))
    with pytest.raises(SpecError) as error:
        open_data(str(folder), PLACE)
    assert "no feature `image/encoded`" in error.value.findings[0].notes[0]
