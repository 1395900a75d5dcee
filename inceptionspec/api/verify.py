"""Exported files against their receipts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from inceptionspec.diagnostics.optional_packages import needs_packages

if TYPE_CHECKING:
    from inceptionspec.reports.results import VerifiedFile


@needs_packages
def verify(file: str | os.PathLike[str], weights: str | None = None) -> VerifiedFile:
    """Check that a file still is what `Network.export` wrote, by its receipt.

    Args:
        file: an exported file, a folder, or a checkpoint's prefix.
        weights: the file of weights that it was exported from, to compare.

    Raises:
        SpecError: the file cannot be read, or it has no receipt or one that was changed.

    >>> network = inceptionspec.load("inception_v1", width=0.1)
    >>> exported = network.export("mixed_3b.onnx", outputs="Mixed_3b")
    >>> inceptionspec.verify("mixed_3b.onnx").ok
    True
    """
    from inceptionspec.export.verify import verify as found
    from inceptionspec.reports.results import VerifiedFile

    return VerifiedFile.of(found(os.fspath(file), weights))
