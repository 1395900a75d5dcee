"""The models of ``keras.applications``, known without Keras."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error
from inceptionspec.diagnostics.suggest import did_you_mean

#: The models that classify images. A name from a command line is looked up here first; Keras
#: is never asked for any other name.
APPLICATIONS = frozenset(
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


def check_application(name: str, place: str) -> None:
    """Check before anything starts that there is such a model.

    Args:
        name: its name.
        place: what findings show, such as ``--compare keras:InceptionV3``.

    Raises:
        SpecError: the name is not in the table (E0806).
    """
    if name not in APPLICATIONS:
        raise unknown_application(name, place)


def unknown_application(name: str, place: str) -> SpecError:
    """The error of a name that is not in the table, or not in the installed Keras."""
    usual = f"as in `{place.removesuffix(name)}InceptionV3`"
    return spec_error(
        "E0806",
        f"`keras.applications` has no model `{name}` that classifies pictures",
        place,
        *(did_you_mean(name, APPLICATIONS) or (usual,)),
    )
