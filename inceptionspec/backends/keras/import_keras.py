"""Import TensorFlow without its startup notices, and with a finding where it is missing."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from inceptionspec.diagnostics.optional_packages import packages

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
    with needed, _without_chatter():
        import keras  # noqa: F401
        import tensorflow

        tensorflow.config.list_physical_devices()  # the second source of notices


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Hold back standard error, that of native code included, and pass on other lines."""
    try:
        kept = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            rest = b"".join(line for line in held if not _CHATTER.match(line))
            if rest:
                os.write(2, rest)
