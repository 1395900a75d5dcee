"""References and texts to networks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.api.arguments import several
from inceptionspec.api.network import Network
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.source import Source, external
from inceptionspec.frontend.load import load_spec
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.settings import Settings, checked_width


def load(
    reference: str | os.PathLike[str],
    *,
    input: str | int | tuple[int, int] | None = None,
    width: float | None = None,
    min_filters: int | None = None,
    head: str | Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    **args: Any,
) -> Network:
    """Read a spec: a built-in name or a path.

    Args:
        reference: ``inception_v3`` or ``variants/mine.yaml``; a text of several lines is
            read as ``loads`` reads it.
        input: height x width in pixels, as ``"224x224"``, ``224`` or ``(224, 224)``;
            ``"any"`` leaves both open.
        width: the width multiplier of all convolutions that are not fixed.
        min_filters: the least number of filters below width 1; 16 unless given.
        head: one head or several, to leave out the others and what only they need.
        limits: the sizes beyond which a spec is refused.
        args: the spec's own arguments, such as ``classes=10``.

    Raises:
        SpecError: with every finding, each at its place.

    >>> inceptionspec.load("inception_v3", classes=10, input="224x224", head="Logits")
    <Network InceptionV3: 128 layers>
    """
    reference = os.fspath(reference)
    source = Source("<text>", reference) if "\n" in reference else open_spec(reference, limits)
    settings = _settings(input, width, min_filters, head, args)
    return Network(load_spec(source, settings, limits))


def loads(
    text: str,
    *,
    input: str | int | tuple[int, int] | None = None,
    width: float | None = None,
    min_filters: int | None = None,
    head: str | Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    **args: Any,
) -> Network:
    """Read the text of a spec; the other arguments are those of ``load``.

    A text can extend a built-in spec, but no file.

    Raises:
        SpecError: with every finding, each at its place.

    >>> network = inceptionspec.loads('''
    ... spec: 1
    ... name: tiny
    ... input: {size: 32x32, channels: 3}
    ... network:
    ...   - {op: conv, name: conv1, kernel: 3x3, filters: 8, stride: 2}
    ...   - {op: global_avg_pool}
    ... ''')
    >>> network["conv1"].shape
    (16, 16, 8)
    """
    settings = _settings(input, width, min_filters, head, args)
    return Network(load_spec(Source("<text>", text), settings, limits))


def builtin_specs() -> tuple[str, ...]:
    """The names of the built-in specs, in alphabetical order.

    >>> "inception_v3" in inceptionspec.builtin_specs()
    True
    """
    return builtin_names()


def _settings(
    input: str | int | tuple[int, int] | None,
    width: float | None,
    min_filters: int | None,
    head: str | Sequence[str],
    args: Mapping[str, Any],
) -> Settings:
    given = {name: (value, external(f"{name}={value!r}")) for name, value in args.items()}
    size = None if input is None else (_size_text(input), external(f"input={input!r}"))
    factor = None
    if width is not None or min_filters is not None:
        factor = checked_width(width, min_filters, external(f"width={width!r}"))
    heads = several(head)
    return Settings(given, size, factor, heads)


def _size_text(size: str | int | tuple[int, int]) -> str:
    if isinstance(size, int):
        return f"{size}x{size}"
    return size if isinstance(size, str) else "x".join(str(side) for side in size)
