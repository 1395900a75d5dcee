"""Import TensorFlow without its startup notices, and with a finding where it is missing."""

from __future__ import annotations

import os
import re

from inceptionspec.diagnostics.optional_packages import packages
from inceptionspec.utils.matplotlib_fonts import without_word_of_fonts
from inceptionspec.utils.native_output import without_chatter

# What the native code prints before its log level applies: absl's notice, and lines of level
# information or warning.
_CHATTER = re.compile(rb"WARNING: All log messages before absl::|[IW]\d{4} \d\d:\d\d:")


def import_tensorflow() -> None:
    """Import TensorFlow and Keras.

    Raises:
        SpecError: one of them is not installed (E0704).
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    needed = packages("tensorflow", "keras", extra="tensorflow", use="models and weights need it")
    with needed, without_chatter(_CHATTER), without_word_of_fonts():
        import keras  # noqa: F401
        import tensorflow

        tensorflow.config.list_physical_devices()  # the second source of notices
