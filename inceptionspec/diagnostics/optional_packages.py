"""Packages that only some commands need: their lack as a finding that says how to get them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inceptionspec.diagnostics.diagnostic import spec_error


@contextmanager
def packages(*names: str, extra: str, use: str) -> Iterator[None]:
    """Where imports of packages stand that an extra of the project installs.

    Args:
        names: the packages as Python imports them.
        extra: the name in ``pip install 'inceptionspec[extra]'``.
        use: what needs them, such as ``models and weights need it``.

    Raises:
        SpecError: one of them is not installed (E0704). The lack of any other goes on.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in names:
            raise
        raise spec_error(
            "E0704",
            f"the package `{missing}` is not installed",
            missing,
            f"pip install 'inceptionspec[{extra}]'",
            label=use,
        ) from None
