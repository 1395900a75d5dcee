"""A real browser for tests: the system's Chromium, headless, driven by playwright."""

from __future__ import annotations

import gc
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support import do_without

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; skips the test without one, or fails where none may be skipped."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        do_without("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        do_without("playwright")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
            try:
                yield browser
            finally:
                browser.close()
    finally:
        # Playwright may leave sockets to the garbage collector. They must not warn in a test
        # that comes later and has nothing to do with them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
