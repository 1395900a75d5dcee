"""Crops lie where the papers put them."""

from __future__ import annotations

import pytest
from predicting import steps

from inceptionspec.pictures.crops import Crop, crops
from inceptionspec.pictures.preprocess import Box

STEPS = steps(crop=0.875, aspect="keep")


def test_one_crop_is_that_of_the_preprocessing() -> None:
    assert crops(1, 400, 256, STEPS, (224, 224)) == [Crop(Box(88, 16, 312, 240))]


def test_ten_crops_of_256_pixels() -> None:
    """A picture whose shorter side is 256 needs no resizing: the crops are whole pixels."""
    found = crops(10, 356, 256, STEPS, (224, 224))
    corners = [(50, 0), (82, 0), (50, 32), (82, 32), (66, 16)]
    assert [(one.box.left, one.box.top) for one in found[::2]] == corners
    assert {(one.box.right - one.box.left, one.box.bottom - one.box.top) for one in found} == {
        (224, 224)
    }
    assert [one.mirrored for one in found] == [False, True] * 5
    assert [one.box for one in found[::2]] == [one.box for one in found[1::2]]


@pytest.mark.parametrize(("width", "height"), [(512, 256), (256, 512)])
def test_144_crops(width: int, height: int) -> None:
    found = crops(144, width, height, STEPS, (224, 224))
    # A whole square is the same part of the picture at each of the four sizes.
    assert (len(found), len(set(found))) == (144, 144 - 3 * 3 * 2)
    whole = [one.box for one in found if one.box.right - one.box.left == 256 and not one.mirrored]
    assert len(whole) == 12  # three squares at each of four sizes
    along = [(box.left, box.top)[width < height] for box in whole]
    assert along == [0, 128, 256] * 4
    sides = sorted({round(one.box.right - one.box.left, 3) for one in found})
    assert sides == [round(224 * 256 / side, 3) for side in (352, 320, 288, 256)] + [256]
    for one in found:
        box = one.box
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height


def test_a_square_picture_has_the_same_square_three_times() -> None:
    found = crops(144, 300, 300, STEPS, (299, 299))
    assert len(found) == 144
    assert len(set(found)) == (144 - 3 * 3 * 2) // 3


def test_a_larger_input_sees_the_same_parts() -> None:
    assert crops(144, 500, 400, STEPS, (224, 224)) == crops(144, 500, 400, STEPS, (299, 299))


def test_a_wide_input_is_cut_in_its_proportions() -> None:
    for count in (1, 10, 144):
        for one in crops(count, 700, 300, STEPS, (100, 200)):
            box = one.box
            assert (box.right - box.left) / (box.bottom - box.top) == pytest.approx(2)
