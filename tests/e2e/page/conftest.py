"""One browser for each file of tests of the page, and a watch on what every page does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium

import inceptionspec
from inceptionspec.api.network import Network
from inceptionspec.drawing.page import page_text, payload


@pytest.fixture(scope="module")  # its event loop must end with the tests that need it
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def open_file(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a file; at the end no page may have complained or asked for anything else."""
    contexts: list[Any] = []
    said: list[str] = []
    asked: list[str] = []

    def opened(file: Path, **settings: Any) -> Any:
        settings = {"viewport": {"width": 1280, "height": 800}, **settings}
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"),
                                          dialog.dismiss()))  # fmt: skip
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == len(contexts)


@pytest.fixture
def show(tmp_path: Path, open_file: Callable[..., Any]) -> Callable[..., Any]:
    """Open the page of a network, by reference, text or itself."""

    def shown(network: str | Network, start: dict[str, Any] | None = None, **settings: Any) -> Any:
        if isinstance(network, str):
            network = inceptionspec.load(network)
        data = payload(network.loaded)
        if start is not None:
            data["start"] = start
        file = tmp_path / "page.html"
        file.write_text(page_text(data), encoding="utf-8")
        return open_file(file, **settings)

    return shown
