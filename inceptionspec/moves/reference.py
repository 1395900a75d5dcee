"""How a variant names the base that it extends."""

from __future__ import annotations

import os
from pathlib import Path

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.reading.spec_files import builtin_name


def base_reference(base: Source, variant: str | None, place: Span) -> str:
    """What a variant writes under `extends`: a built-in name, or a path from its own folder.

    Args:
        base: the text of the base.
        variant: where the variant goes; None for next to its base.
        place: what the finding points at.

    Raises:
        SpecError: the base is no file, or lies outside the folder of the variant (E0313).
    """
    if base.path is None:
        message = f"`{base.name}` is no file, so that nothing can extend it"
        raise spec_error("E0313", message, place, "save it as a file first, and name that")
    if name := builtin_name(base):
        return name
    path = Path(os.path.realpath(base.path))
    if variant is None:
        return path.name
    folder = Path(os.path.realpath(Path(variant).parent))
    if not path.is_relative_to(folder):
        message = f"the base `{base.name}` lies outside the folder of its variant"
        raise spec_error("E0313", message, place, "write the variant next to its base, or above it")
    return path.relative_to(folder).as_posix()
