"""What is installed on request alone: where it is missing, a finding says how to get it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from inceptionspec.diagnostics import Diagnostic, Label, SpecError
from inceptionspec.source import Source

#: The packages that each extra brings, and what needs them.
EXTRAS: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "plot": (("matplotlib",), "pictures of cost need it"),
        "watch": (("starlette", "uvicorn", "watchfiles"), "`specbuild watch` needs it"),
    }
)


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Import packages of an extra inside this, and one that is missing is a finding.

    Raises:
        SpecError: one of them is not installed (E0704).
    """
    packages, what = EXTRAS[extra]
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in packages:
            raise
        raise SpecError(
            [
                Diagnostic(
                    "E0704",
                    f"the package `{error.name}` is not installed",
                    Label(Source(error.name).whole(), what),
                    helps=(f"pip install 'inceptionspec[{extra}]'",),
                )
            ]
        ) from None
