"""Pictures of every kind become the pixels that a viewer shows, or a finding with their name."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.pictures.reading import (
    MOST_PIXELS,
    PictureRef,
    find_pictures,
    read_picture,
)

Image = pytest.importorskip("PIL.Image")

#: Four colors, one in each corner: what is turned or mirrored shows it.
CORNERS = np.zeros((20, 30, 3), np.uint8)
CORNERS[:10, :15], CORNERS[:10, 15:] = (200, 30, 30), (30, 200, 30)
CORNERS[10:, :15], CORNERS[10:, 15:] = (30, 30, 200), (220, 220, 30)


def pixels(content: Any, channels: int = 3) -> Any:
    return np.asarray(read_picture(PictureRef("one", content), channels))


def refusal(content: Any) -> str:
    with pytest.raises(SpecError) as caught:
        read_picture(PictureRef("one", content), 3)
    (finding,) = caught.value.findings
    assert (finding.code, finding.primary.span.source.name) == ("E0715", "one")
    assert finding.message.startswith("`one` cannot be read: ")
    return finding.message.removeprefix("`one` cannot be read: ")


@pytest.fixture
def save(tmp_path: Path) -> Any:
    def save(picture: Any, name: str, **options: Any) -> str:
        picture.save(tmp_path / name, **options)
        return str(tmp_path / name)

    return save


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp", "a.gif"])
def test_a_format_that_loses_nothing_is_read_as_it_was(save: Any, name: str) -> None:
    file = save(Image.fromarray(CORNERS), name, **({"lossless": True} if "webp" in name else {}))
    np.testing.assert_array_equal(pixels(file), CORNERS)


def test_a_jpeg_and_the_name_of_another_format(save: Any, tmp_path: Path) -> None:
    file = save(Image.fromarray(CORNERS), "a.jpg", quality=95, subsampling=0)
    assert np.abs(pixels(file).astype(int) - CORNERS).max() < 30
    renamed = tmp_path / "really_a_jpeg.png"
    renamed.write_bytes(Path(file).read_bytes())
    np.testing.assert_array_equal(pixels(str(renamed)), pixels(file))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_honored(save: Any, orientation: int) -> None:
    """The stored picture is the upright one, turned so that the tag turns it back."""
    stored = {
        1: CORNERS, 2: CORNERS[:, ::-1], 3: CORNERS[::-1, ::-1], 4: CORNERS[::-1],
        5: CORNERS.transpose(1, 0, 2), 6: np.rot90(CORNERS, 1),
        7: CORNERS[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(CORNERS, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.fromarray(np.ascontiguousarray(stored[orientation]))
    np.testing.assert_array_equal(pixels(save(picture, "a.png", exif=exif)), CORNERS)
    loose = pixels(save(picture, "a.jpg", exif=exif, quality=95, subsampling=0)).astype(int)
    assert loose.shape == CORNERS.shape
    assert np.abs(loose - CORNERS).max() < 30


def test_what_is_transparent_lies_on_white(save: Any) -> None:
    alpha = np.full((*CORNERS.shape[:2], 1), 255, np.uint8)
    alpha[:10, :15], alpha[10:, 15:] = 0, 128
    found = pixels(save(Image.fromarray(np.concatenate([CORNERS, alpha], 2)), "a.png"))
    assert tuple(found[0, 0]) == (255, 255, 255)
    assert tuple(found[0, 29]) == (30, 200, 30)
    assert np.abs(found[19, 29].astype(int) - (237, 237, 142)).max() <= 1


def test_a_palette_with_a_transparent_color(save: Any) -> None:
    picture = Image.fromarray(CORNERS).convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    number = picture.getpixel((0, 0))
    for name in ("a.png", "a.gif"):
        found = pixels(save(picture, name, transparency=number))
        assert tuple(found[0, 0]) == (255, 255, 255)
        assert np.abs(found[0, 29].astype(int) - (30, 200, 30)).max() <= 2
    np.testing.assert_allclose(pixels(save(picture, "b.png")), CORNERS, atol=2)


def test_grey_with_and_without_alpha(save: Any) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    file = save(Image.fromarray(grey), "a.png")
    np.testing.assert_array_equal(pixels(file), np.repeat(grey[..., None], 3, 2))
    np.testing.assert_array_equal(pixels(file, 1), grey)
    both = Image.merge("LA", [Image.fromarray(grey), Image.new("L", (16, 16), 0)])
    assert pixels(save(both, "b.png")).min() == 255
    bits = Image.fromarray(grey > 100)
    assert set(np.unique(pixels(save(bits, "c.png")))) == {0, 255}


def test_color_becomes_grey_by_luma(save: Any) -> None:
    found = pixels(save(Image.fromarray(CORNERS), "a.png"), 1)
    luma = CORNERS @ np.array([0.299, 0.587, 0.114])
    assert np.abs(found - luma).max() <= 1


def test_sixteen_bits_lose_the_lower_eight(save: Any) -> None:
    values = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    picture = Image.fromarray(values)
    for name in ("a.png", "a.tiff"):
        np.testing.assert_array_equal(pixels(save(picture, name), 1), (values >> 8))


def test_cmyk(save: Any) -> None:
    cmyk = Image.fromarray(CORNERS).convert("CMYK")
    found = pixels(save(cmyk, "a.jpg", quality=98, subsampling=0)).astype(int)
    assert np.abs(found - CORNERS).max() < 30
    np.testing.assert_array_equal(pixels(save(cmyk, "a.tiff")), CORNERS)


def test_an_animation_is_its_first_frame(save: Any) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue", "green")]
    for name, options in (("a.gif", {}), ("a.webp", {"lossless": True}), ("a.png", {})):
        file = save(frames[0], name, save_all=True, append_images=frames[1:], **options)
        assert tuple(pixels(file)[0, 0]) == (255, 0, 0)


def test_objects_in_memory() -> None:
    np.testing.assert_array_equal(pixels(CORNERS), CORNERS)
    np.testing.assert_array_equal(pixels(CORNERS[:, ::-1]), CORNERS[:, ::-1])
    picture = Image.fromarray(CORNERS)
    np.testing.assert_array_equal(pixels(picture), CORNERS)
    assert picture.getpixel((0, 0)) == (200, 30, 30)  # it can still be used
    assert pixels(CORNERS[..., :1], 1).shape == (20, 30)
    assert pixels(CORNERS[..., 0]).shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (CORNERS.astype(np.float32), "float32, 20x30x3"),
        (CORNERS[None], "uint8, 1x20x30x3"),
        (CORNERS[..., :2], "uint8, 20x30x2"),
        (np.zeros((0, 5, 3), np.uint8), ""),
        (7, "int64, a number"),
        (None, "object, a number"),
    ],
)
def test_other_arrays_are_refused(array: Any, words: str) -> None:
    assert words in refusal(array)


# Bad files


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(10_000, 8_001), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, size: tuple[int, int]) -> None:
    """At 80 million pixels by ours, at 90 million by a warning of Pillow's, then by its error."""
    assert size[0] * size[1] > MOST_PIXELS
    (tmp_path / "bomb.png").write_bytes(png(*size))
    assert "more than 80,000,000" in refusal(str(tmp_path / "bomb.png"))


def test_a_large_picture_in_memory_is_refused() -> None:
    assert "more than 80,000,000" in refusal(np.broadcast_to(np.uint8(0), (9_000, 9_000)))


def test_a_cut_off_file_is_named(save: Any, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for name in ("a.jpg", "a.png", "a.gif", "a.webp", "a.bmp", "a.tiff"):
        whole = Path(save(Image.fromarray(noise), name)).read_bytes()
        for share in (0.02, 0.5, 0.95):
            (tmp_path / "cut").write_bytes(whole[: int(len(whole) * share)])
            assert refusal(str(tmp_path / "cut"))


def test_bytes_that_are_changed_end_in_a_finding_or_a_picture(save: Any, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    draw = np.random.default_rng(1)
    for name in ("a.jpg", "a.png", "a.gif", "a.webp", "a.bmp", "a.tiff"):
        whole = bytearray(Path(save(Image.fromarray(noise), name)).read_bytes())
        for _ in range(60):
            changed = bytearray(whole)
            for place in draw.integers(0, min(len(whole), 200), 4):
                changed[place] = draw.integers(0, 256)
            (tmp_path / "changed").write_bytes(changed)
            try:
                found = pixels(str(tmp_path / "changed"))
            except SpecError as error:
                assert error.findings[0].code == "E0715"
            else:
                assert found.dtype == np.uint8


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("a text")
    buffer = io.BytesIO()
    Image.fromarray(CORNERS).save(buffer, "PPM")
    (tmp_path / "other.jpg").write_bytes(buffer.getvalue())
    (tmp_path / "postscript.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    for name in ("empty.jpg", "text.jpg", "other.jpg", "postscript.jpg"):
        assert refusal(str(tmp_path / name)) == "it is none of JPEG, PNG, WEBP, GIF, BMP, TIFF"
    assert refusal(str(tmp_path / "nowhere.jpg")) == "there is no such file"
    assert refusal("/dev/zero") == "it is no regular file"
    assert "null" in refusal("a\0b.jpg")


def test_numbers_without_a_scale_are_refused(save: Any) -> None:
    floats = Image.fromarray(np.ones((4, 4), np.float32))
    whole = Image.fromarray(np.ones((4, 4), np.int32))
    for picture in (floats, whole):
        assert "no known scale" in refusal(save(picture, "a.tiff"))


# Finding them


def test_folders_are_walked_by_name(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "sub/c.webp", ".git/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    given = [str(tmp_path / "notes.txt"), tmp_path, CORNERS]
    found, findings = find_pictures(given)
    names = [one.name.removeprefix(f"{tmp_path}/") for one in found]
    assert names == ["notes.txt", "a.png", "b.JPG", "sub/c.webp", "#2"]
    assert findings == []


def test_a_folder_without_pictures_is_a_finding(tmp_path: Path) -> None:
    found, (finding,) = find_pictures([tmp_path])
    assert found == []
    assert (finding.code, "holds no picture" in finding.message) == ("E0715", True)
