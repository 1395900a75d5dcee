"""Train the small network of docs/predict.md, and write its checkpoint and some pictures.

    python tools/make_digits.py          # after: pip install scikit-learn

Reads the handwritten digits that come with scikit-learn (1,797 pictures of 8x8 pixels, of the
Optical Recognition of Handwritten Digits data set, UCI, CC BY 4.0). The pictures that are written
are of those that the network was not trained with.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "predict"
sys.path.insert(0, str(ROOT))

import inceptionspec  # noqa: E402
from inceptionspec.backends.keras.import_keras import import_tensorflow  # noqa: E402

TRAINED, EPOCHS, BATCH, ENLARGED = 1400, 30, 50, 8
SHOWN = (2, 5, 8)


def main() -> int:
    """Train, print the accuracy, write."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 2
    import_tensorflow()
    import keras
    import tensorflow as tf
    from PIL import Image
    from sklearn.datasets import load_digits

    from inceptionspec.backends.tensorflow import values_for
    from inceptionspec.ir.slim_names import stored_variables

    keras.utils.set_random_seed(1)
    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    inputs = pixels[..., None].astype(np.float32) / 255
    network = inceptionspec.load(str(FOLDER / "digits.yaml"))
    model = network.to_keras(outputs="Logits")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    train, test = slice(TRAINED), slice(TRAINED, None)
    model.fit(inputs[train], digits.target[train], BATCH, EPOCHS, verbose=0)
    _, accuracy = model.evaluate(inputs[test], digits.target[test], verbose=0)
    print(f"accuracy on {len(inputs) - TRAINED} others: {accuracy:.3f}")
    values = values_for(network.graph, "Logits", model)
    names = {
        variable.name: values[variable.node.path, variable.weight.name]
        for variable in stored_variables(network.graph)
    }
    tf.raw_ops.SaveV2(
        prefix=str(FOLDER / "digits.ckpt"),
        tensor_names=list(names),
        shape_and_slices=[""] * len(names),
        tensors=list(names.values()),
    )
    # All others, for the examples of evaluating in docs/training.md.
    np.savez_compressed(
        FOLDER / "digits_test.npz", images=pixels[test], labels=digits.target[test].astype(np.uint8)
    )
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for label in SHOWN:
        number = TRAINED + list(digits.target[test]).index(label)
        large = np.kron(pixels[number], np.ones((ENLARGED, ENLARGED), np.uint8))
        Image.fromarray(large).save(FOLDER / "digits" / f"{words[label]}.png")
    (FOLDER / "digits.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
