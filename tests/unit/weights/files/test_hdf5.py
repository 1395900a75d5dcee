"""HDF5 without the HDF5 library: what h5py writes is read, what leads astray is refused."""

from __future__ import annotations

import zlib
from io import BytesIO

import h5py
import numpy as np
import pytest

from inceptionspec.weights.files.hdf5 import Hdf5
from inceptionspec.weights.files.wire import CorruptFileError

TYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64",
         "uint8", "uint16", "uint32", "uint64", "bool", ">f4", ">i2")  # fmt: skip


def written(fill, **options) -> bytes:
    data = BytesIO()
    with h5py.File(data, "w", **options) as file:
        fill(file)
    return data.getvalue()


def opened(data: bytes, start: int = 0) -> Hdf5:
    return Hdf5(BytesIO(data), start, len(data) - start)


def reason(data: bytes, name: str = "x") -> str:
    with pytest.raises(CorruptFileError) as raised:
        opened(data).root.dataset(name).read()
    return str(raised.value)


def test_every_type_and_shape_is_read_as_h5py_reads_it():
    draw = np.random.default_rng(1)
    arrays = {
        f"{kind}{len(shape)}": draw.integers(0, 2, shape).astype(kind)
        for kind in TYPES
        for shape in ((), (5,), (2, 0), (3, 2, 4))
    }

    def fill(file):
        for name, array in arrays.items():
            file[name] = array

    root = opened(written(fill)).root
    assert sorted(root.names()) == sorted(arrays)
    for name, array in arrays.items():
        dataset = root.dataset(name)
        assert dataset.stored.type == array.dtype.name
        assert dataset.stored.shape == array.shape
        np.testing.assert_array_equal(dataset.read(), array)
        assert dataset.read().dtype.isnative


def test_arrays_in_parts_are_read_as_h5py_reads_them():
    array = np.random.default_rng(1).normal(size=(30, 41)).astype("float32")

    def fill(file):
        file.create_dataset("plain", data=array, chunks=(7, 11))
        file.create_dataset("small", data=array, chunks=(7, 11), compression="gzip", shuffle=True)
        file.create_dataset(
            "grown", shape=(20, 20), maxshape=(None, None), dtype="f4", data=array[:20, :20]
        )
        file["grown"].resize((30, 11))
        file.create_dataset("many", data=array, chunks=(1, 1))

    data = written(fill)
    with h5py.File(BytesIO(data)) as theirs:
        for name in theirs:
            np.testing.assert_array_equal(opened(data).root.dataset(name).read(), theirs[name][()])


def test_bfloat16_is_read_as_keras_writes_it():
    """Two bytes that h5py cannot name, and a note beside them."""

    def fill(file):
        file["x"] = np.frombuffer(np.array([1.5, -2], "<f4").tobytes(), "V2")[1::2]
        file["x"].attrs["dtype"] = "bfloat16"

    dataset = opened(written(fill)).root.dataset("x")
    assert dataset.stored.type == "bfloat16"
    np.testing.assert_array_equal(dataset.read(), np.array([1.5, -2], "float32"))


def test_groups_and_texts():
    long = [f"name {number}" for number in range(500)]

    def fill(file):
        file.create_group("a/b/c")
        file.attrs["texts"] = long
        file.attrs["fixed"] = np.array([b"one", b"three"])
        file.attrs["one"] = "Grüße"
        file.attrs["bytes"] = np.bytes_("fixed")
        file.attrs["none"] = np.zeros(0)
        file.attrs["number"] = 3
        for number in range(200):
            file.create_group(f"many/{number}")

    root = opened(written(fill)).root
    assert root.group("a").group("b").names() == ["c"]
    assert root.group("x") is None
    assert root.dataset("a") is None
    assert root.dataset("a/b/x") is None
    assert root.texts("texts") == long
    assert root.texts("fixed") == ["one", "three"]
    assert root.text("one") == "Grüße"
    assert root.text("bytes") == "fixed"
    assert root.texts("none") == []
    assert root.texts("absent") is None
    assert len(root.group("many").names()) == 200
    with pytest.raises(CorruptFileError, match="is no text"):
        root.texts("number")


def test_a_file_in_a_file_is_read_in_place():
    data = written(lambda file: file.__setitem__("x", np.arange(3.0)))
    np.testing.assert_array_equal(opened(b"front" + data, 5).root.dataset("x").read(), [0, 1, 2])


def soft(file):
    file["there"] = np.zeros(3)
    file["x"] = h5py.SoftLink("/there")


def external_link(file):
    file["x"] = h5py.ExternalLink("/etc/passwd", "/")


def external_values(file):
    file.create_dataset("x", (12,), "u1", external=[("/etc/passwd", 0, 12)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "y", (4,))
    file.create_virtual_dataset("x", layout)


def huge(file):
    file.create_dataset("x", (1 << 20, 1 << 20), "f4", chunks=(1, 1))


def huge_part(file):
    file.create_dataset("x", (4,), "f4", chunks=(1 << 29,), maxshape=(None,))
    file["x"].id.write_direct_chunk((0,), b"short")


def bomb(file):
    """A part that grows to a thousand times what it declares."""
    file.create_dataset("x", (8,), "f4", chunks=(8,), compression="gzip")
    file["x"].id.write_direct_chunk((0,), zlib.compress(bytes(1 << 24)))


def unknown_filter(file):
    file.create_dataset("x", data=np.zeros(9), compression="lzf")


def nothing_stored(file):
    file.create_dataset("x", (9,), "f4")


def reference(file):
    file.create_dataset("x", (1,), h5py.ref_dtype)


def compound(file):
    file["x"] = np.zeros(2, [("a", "f4"), ("b", "i2")])


def text(file):
    file["x"] = "text"


@pytest.mark.parametrize(
    ("fill", "why"),
    [
        (soft, "`x` is a link to elsewhere, which is not followed"),
        (external_link, "newer layout"),
        (external_values, "the values of `x` are in another file"),
        (virtual, "newer layout"),
        (huge, "declares arrays of 4,398,046,511,104 bytes"),
        (huge_part, "declares arrays of 2,147,483,648 bytes"),
        (bomb, "another size than it declares"),
        (unknown_filter, "compressed in a way that is not read"),
        (nothing_stored, "declares `x` and does not hold its values"),
        (reference, "a type is none that weights have"),
        (compound, "a type is none that weights have"),
        (text, "`x` holds no numbers"),
    ],
)
def test_what_is_no_array_of_weights_is_refused(fill, why):
    assert why in reason(written(fill))


def test_files_of_a_newer_layout_say_what_to_do():
    for options in ({"libver": "latest"}, {"track_order": True}):
        data = written(lambda file: file.__setitem__("x", np.zeros(3)), **options)
        assert "h5repack OLD NEW" in reason(data)


def test_what_is_no_hdf5_or_ends_early_is_refused():
    data = written(lambda file: file.__setitem__("x", np.zeros(300)))
    assert reason(data[:-1]) == "it ends too early"
    assert reason(b"nothing" * 30) == "it is not HDF5"
    assert reason(b"") == "it is not HDF5"


def test_a_group_in_itself_does_not_go_on_forever():
    def fill(file):
        file["a/b"] = file["/"]

    root = opened(written(fill)).root
    assert root.group("a").group("b") is root
