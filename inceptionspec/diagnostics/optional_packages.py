"""Packages that only some commands need: a missing one is a finding that says how to get it."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from inceptionspec.diagnostics.diagnostic import SpecError, spec_error

#: The extra of the project that installs each package.
EXTRAS: Mapping[str, str] = MappingProxyType(
    {
        "PIL": "pictures",
        "ai_edge_litert": "litert",
        "dask": "dask",
        "distributed": "dask",
        "flatbuffers": "litert",
        "h5py": "weights",
        "keras": "tensorflow",
        "matplotlib": "plot",
        "numpy": "weights",
        "onnx": "onnxruntime",
        "onnxruntime": "onnxruntime",
        "openvino": "openvino",
        "safetensors": "weights",
        "tensorflow": "tensorflow",
    }
)
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


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
        missing = _package(error)
        if missing not in names:
            raise
        raise _missing(missing, extra, use) from None


def installed(package: str) -> bool:
    """Whether a package can be imported; what blocks its import counts as not."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def missing_package(error: ModuleNotFoundError) -> SpecError | None:
    """A missing package as a finding (E0704); None for a module that is no optional package."""
    missing = _package(error)
    return _missing(missing, EXTRAS[missing], "this needs it") if missing in EXTRAS else None


def needs_packages(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """A function that says which package is missing, wherever it is imported meanwhile."""

    @functools.wraps(function)
    def called(*args: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
        try:
            return function(*args, **options)
        except ModuleNotFoundError as error:
            raise missing_package(error) or error from None

    return called


def _package(error: ModuleNotFoundError) -> str:
    return (error.name or "").partition(".")[0]


def _missing(package: str, extra: str, use: str) -> SpecError:
    return spec_error(
        "E0704",
        f"the package `{package}` is not installed",
        package,
        f"pip install 'inceptionspec[{extra}]'",
        label=use,
    )
