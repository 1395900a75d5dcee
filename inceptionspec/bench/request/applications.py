"""The models of ``keras.applications`` that a benchmark can run."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError, finding
from inceptionspec.diagnostics.suggest import did_you_mean


def refuse_name(name: str) -> None:
    """Say before anything is started that there is no such model.

    Raises:
        SpecError: the name is not in the table (E0806).
    """
    if name not in FUNCTIONS:
        raise SpecError([no_model(name)])


def no_model(name: str) -> Diagnostic:
    """There is no such model."""
    return finding(
        "E0806",
        f"`keras.applications` has no model `{name}` that a benchmark can run",
        f"--compare keras:{name}",
        *(did_you_mean(name, FUNCTIONS) or ("as in `--compare keras:InceptionV3`",)),
    )


#: The models that classify images, by name. A name from a command line is looked up here
#: before anything of Keras is called by it.
FUNCTIONS = frozenset(
    (
        "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
        "DenseNet121", "DenseNet169", "DenseNet201",
        "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3",
        "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7",
        "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
        "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S",
        "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2",
        "MobileNetV3Large", "MobileNetV3Small", "NASNetLarge", "NASNetMobile",
        "ResNet101", "ResNet101V2", "ResNet152", "ResNet152V2", "ResNet50", "ResNet50V2",
        "VGG16", "VGG19", "Xception",
    )
)  # fmt: skip
