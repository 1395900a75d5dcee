"""An imported model as files: its spec, and its weights by path."""

from __future__ import annotations

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.importers.importing import Imported
from inceptionspec.utils.atomic_write import atomic_write
from inceptionspec.weights.writers.safetensors import write_safetensors


def write_imported(found: Imported, spec: str, weights: str | None, place: Span) -> tuple[str, ...]:
    """Write a spec and its weights, both whole or neither; what was written, in words.

    Args:
        found: what to write.
        spec: where the spec goes.
        weights: where its weights go, as safetensors; None writes none.
        place: the source, where findings about it point.

    Raises:
        SpecError: a file cannot be written (E0803), or the source has no weights (E0724).
    """
    if weights is None:
        with atomic_write(spec, external(f"-o {spec}")) as unfinished:
            unfinished.write_text(found.text, encoding="utf-8")
        return (spec,)
    if not found.weights:
        message = "the source has no weights to write"
        raise spec_error("E0724", message, place, "leave out `--weights`")
    arrays = found.arrays()
    with atomic_write(spec, external(f"-o {spec}")) as unfinished:
        unfinished.write_text(found.text, encoding="utf-8")
        write_safetensors(weights, arrays)
    numbers = sum(array.size for array in arrays.values())
    return (spec, f"{weights} ({len(arrays):,} arrays, {numbers:,} parameters)")
