"""Unit tests start no process and import no framework; one that does fails here."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder
from importlib.util import spec_from_loader

import pytest

FRAMEWORKS = frozenset({"keras", "onnx", "onnxruntime", "playwright", "tensorflow"})
PROCESSES = ("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen")

_guarded = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if _guarded and event.startswith(PROCESSES):
        pytest.fail(f"a unit test starts a process ({event}); such tests belong in tests/e2e")


class _Frameworks(MetaPathFinder, Loader):
    """Finds the frameworks where they are, and fails what loads them."""

    def find_spec(self, name, path, target=None):
        if not _guarded or name not in FRAMEWORKS or PathFinder.find_spec(name, path) is None:
            return None
        return spec_from_loader(name, self)

    def create_module(self, spec):
        pytest.fail(f"a unit test imports `{spec.name}`; such tests belong in tests/keras")

    def exec_module(self, module):
        pass


platform.platform()  # asks the program `uname` once in a process, and keeps the answer
with suppress(ImportError):
    import matplotlib.font_manager  # asks for the fonts in a process, once on a machine  # noqa: F401
sys.addaudithook(_audit)
sys.meta_path.insert(0, _Frameworks())


@contextmanager
def guard() -> Iterator[None]:
    """Fail what starts a process or imports a framework, though another test imported it."""
    global _guarded
    hidden = {name: sys.modules.pop(name) for name in FRAMEWORKS & sys.modules.keys()}
    _guarded = True
    try:
        yield
    finally:
        _guarded = False
        sys.modules.update(hidden)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[object]:
    with guard():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[object]:
    with guard():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[object]:
    with guard():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[object]:
    with guard():
        return (yield)
