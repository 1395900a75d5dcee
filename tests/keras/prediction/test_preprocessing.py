"""Our preprocessing against that of the frameworks whose conventions it follows."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import inceptionspec
from inceptionspec.pictures.crops import crops
from inceptionspec.pictures.preprocess import Box, resized, scaled

DRAW = np.random.default_rng(5)
SIZES = [(75, 100), (100, 75), (331, 500), (40, 31), (299, 299)]


def noise(height, width):
    """A picture with large and small structures."""
    coarse = DRAW.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    large = np.kron(coarse, np.ones((8, 8, 1)))[:height, :width]
    return np.clip(large + DRAW.normal(0, 20, large.shape), 0, 255).astype(np.uint8)


def whole(pixels):
    return Box(0, 0, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("size", SIZES)
def test_bilinear_tf1_is_that_of_tensorflow_1(size):
    pixels = noise(*size)
    found = resized(Image.fromarray(pixels), whole(pixels), (64, 80), "bilinear_tf1")
    theirs = tf.compat.v1.image.resize_bilinear(pixels[None].astype("float32"), (64, 80))
    np.testing.assert_allclose(found, theirs[0], atol=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_bilinear_tf2_is_that_of_tensorflow_2_and_keras(size):
    pixels = noise(*size)
    found = resized(Image.fromarray(pixels), whole(pixels), (64, 80), "bilinear_tf2")
    theirs = tf.image.resize(pixels, (64, 80))
    np.testing.assert_allclose(found, theirs, atol=1e-3)
    layer = keras.layers.Resizing(64, 80)(pixels[None].astype("float32"))
    np.testing.assert_allclose(found, np.asarray(layer)[0], atol=1e-3)


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_bilinear_and_bicubic_are_tensorflows_with_antialiasing_but_for_rounding(method):
    """Pillow rounds to bytes, and cuts them off, after each of two directions."""
    pixels = noise(331, 500) // 2 + 64  # nothing is cut off
    found = resized(Image.fromarray(pixels), whole(pixels), (64, 80), method)
    theirs = tf.image.resize(pixels, (64, 80), method, antialias=True)
    assert np.abs(found - theirs).max() <= 1.01


def inputs(network, pixels):
    """What the spec's preprocessing makes of a picture."""
    graph = network.graph
    chosen, (height, width, _) = graph.preprocessing, graph.nodes[0].shape
    picture = Image.fromarray(pixels)
    (crop,) = crops(1, picture.width, picture.height, chosen, (height, width))
    return scaled(resized(picture, crop.box, (height, width), chosen.resize), chosen)


@pytest.mark.parametrize("name", ["inception_v1", "inception_v3", "inception_resnet_v2"])
@pytest.mark.parametrize("size", SIZES)
def test_tf_slims_evaluation(name, size):
    """The steps of `preprocess_for_eval`, each by TensorFlow."""
    network = inceptionspec.load(name)
    pixels = noise(*size)
    image = tf.image.convert_image_dtype(pixels, tf.float32)
    image = tf.image.central_crop(image, 0.875)
    image = tf.compat.v1.image.resize_bilinear(image[None], network.graph.nodes[0].shape[:2])
    theirs = (image[0] - 0.5) * 2.0
    np.testing.assert_allclose(inputs(network, pixels), theirs, atol=1e-5)


APPLICATIONS = {
    "inception_v3_keras": keras.applications.inception_v3,
    "inception_resnet_v2_keras": keras.applications.inception_resnet_v2,
    "xception": keras.applications.xception,
    "mobilenet_v2": keras.applications.mobilenet_v2,
    "resnet50": keras.applications.resnet50,
    "vgg16": keras.applications.vgg16,
}


@pytest.mark.parametrize("name", APPLICATIONS)
def test_values_are_those_of_keras_applications(name):
    """Every byte in every channel: equal, but for one rounding of float32."""
    chosen = inceptionspec.load(name).graph.preprocessing
    pixels = np.stack(np.meshgrid(np.arange(256), np.arange(256)), -1)[..., [0, 1, 0]]
    theirs = APPLICATIONS[name].preprocess_input(pixels.astype("float32"))
    found = scaled(pixels.astype("uint8"), chosen)
    np.testing.assert_allclose(found, theirs, rtol=0, atol=np.abs(theirs).max() * 2**-23)


@pytest.mark.parametrize("name", ["inception_v3_keras", "vgg16"])
def test_a_whole_picture_as_keras_reads_a_folder(name, tmp_path):
    """`image_dataset_from_directory` resizes, `preprocess_input` scales."""
    pixels = noise(150, 201)
    (tmp_path / "class").mkdir()
    Image.fromarray(pixels).save(tmp_path / "class" / "a.png")
    network = inceptionspec.load(name)
    size = network.graph.nodes[0].shape[:2]
    data = keras.utils.image_dataset_from_directory(
        tmp_path, labels=None, image_size=size, batch_size=1, verbose=False
    )
    (batch,) = [np.asarray(one) for one in data]
    theirs = APPLICATIONS[name].preprocess_input(batch.copy())
    np.testing.assert_allclose(inputs(network, pixels), theirs[0], atol=1e-3)


def test_the_graph_of_2015():
    """Its first nodes, on the whole picture: ResizeBilinear, Sub 128, Mul 0.0078125."""
    pixels = noise(200, 150)
    theirs = tf.compat.v1.image.resize_bilinear(pixels[None].astype("float32"), (299, 299))
    theirs = (theirs[0] - 128) * 0.0078125
    found = inputs(inceptionspec.load("inception_v3_fid"), pixels)
    np.testing.assert_allclose(found, theirs, atol=1e-5)


def test_torchvisions_two_steps_are_one():
    """Mean and std of ImageNet, then `transform_input`, which leads back from them to -1..1."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    values = np.repeat(np.arange(256.0)[:, None], 3, 1)[None]
    normal = (values / 255 - mean) / std
    transformed = normal * (std / 0.5) + (mean - 0.5) / 0.5
    chosen = inceptionspec.load("inception_v3_torchvision").graph.preprocessing
    np.testing.assert_allclose(scaled(values.astype("uint8"), chosen), transformed, atol=1e-7)


def test_torchvisions_crop_is_299_of_342_pixels():
    """Its `Resize(342)` and `CenterCrop(299)`, of a picture whose shorter side is 342."""
    chosen = inceptionspec.load("inception_v3_torchvision").graph.preprocessing
    (crop,) = crops(1, 500, 342, chosen, (299, 299))
    np.testing.assert_allclose(crop.box, (100.5, 21.5, 399.5, 320.5), atol=0.01)
