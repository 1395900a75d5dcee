"""Packages that only some commands need: a missing one is a finding that says how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inceptionspec.diagnostics.diagnostic import spec_error


@contextmanager
def packages(*names: str, extra: str, use: str) -> Iterator[None]:
    """Put imports of packages that an extra of the project installs in this context.

    Args:
        names: the packages as Python imports them.
        extra: the name in ``pip install 'inceptionspec[extra]'``.
        use: what needs them, such as ``models and weights need it``.

    Raises:
        MissingPackageError: one of them is not installed (E0704). Any other missing module
            raises as usual.
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
