"""What became of each layer's weights on the way from a base to its variant, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.wrapped import wrapped
from inceptionspec.weights.transfer.result import KINDS, Kind, LayerTransfer, Step, Transferred

_TITLES: Mapping[Kind, str] = {
    "fresh": "fresh",
    "factorized": "factorized",
    "separated": "separated",
    "reshaped": "reshaped",
    "widened": "widened",
    "pruned": "pruned",
    "depth": "for pictures of another depth",
    "kernel": "with another kernel size",
    "norm": "with another norm or bias",
    "inputs": "with other input channels",
    "others": "with their weights, reading other channels",
    "moved": "with channels in another order",
}
#: A group lists this many of its layers before it counts the rest.
_LISTED = 6


def transfer_text(found: Transferred) -> str:
    """Layers by what was done to them, in at most 80 columns; the outputs that stay last."""
    kept = [layer for layer in found.layers if layer.status == "kept"]
    lines = [
        f"weights of the base {found.base}:",
        f"  kept {len(kept)} of {len(found.layers)} layers",
    ]
    moved = [layer for layer in kept if layer.base != layer.path]
    if moved:
        lines.append(f"  {_counted(moved)} of them under another path")
        lines += _listed(f"{layer.path}: {layer.base} in the base" for layer in moved)
    for kind in KINDS:
        layers = [layer for layer in found.layers if layer.status == kind]
        if layers:
            lines.append(f"  {_counted(layers)} {_TITLES[kind]}{_exactness(layers)}")
            lines += _listed(f"{layer.path}: {_words(layer)}" for layer in layers)
    if found.removed:
        lines.append(f"  {_counted(found.removed)} of the base left out")
        lines += _listed(found.removed)
    lines += _outputs(found)
    return "\n".join(sanitize(line) for line in lines)


def _counted(layers: Sequence[object]) -> str:
    return f"{len(layers)} layer{'s' * (len(layers) != 1)}"


def _exactness(layers: Sequence[LayerTransfer]) -> str:
    if layers[0].status == "fresh":
        return ""
    exact = sum(layer.exact for layer in layers)
    if exact == len(layers):
        return ", exact"
    return ", approximate" if not exact else f", {exact} of them exact"


def _words(layer: LayerTransfer) -> str:
    if layer.status == "fresh":
        return layer.words
    return "; ".join(map(_phrase, layer.steps))


def _phrase(step: Step) -> str:
    if step.error is not None:
        return f"{step.words} (relative error {step.error:.2g})"
    return step.words if step.exact else f"{step.words} (approximate)"


def _listed(texts: Iterable[str]) -> Iterator[str]:
    every = list(texts)
    shown = every if len(every) <= _LISTED + 1 else every[:_LISTED]
    for text in shown:
        yield from wrapped(text, "    ", "      ")
    if len(shown) < len(every):
        yield f"    and {len(every) - len(shown)} more"


def _outputs(found: Transferred) -> Iterator[str]:
    """Which outputs are the base's at inference."""
    same = [name or "the last tensor" for name, is_same in found.outputs.items() if is_same]
    if same:
        text = f"at inference the base's outputs for the same input: {', '.join(same)}"
        yield from wrapped(text, "  ", "    ")
