"""What pages show now, sent to each open page as a stream of events."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

_HEARTBEAT = 15.0
"""Seconds of silence after which a stream sends a comment."""
_RETRY = 500
"""Milliseconds after which a page that lost its stream connects again."""


class Hub:
    """The current version of a page, and the streams that wait for the next one.

    A page that is one version behind gets only the change, any other page gets everything.
    The hub waits for no page: one that falls behind continues with the current version.
    """

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)  # versions of another run are unknown here
        self._number = 0
        self._change = self._whole = "{}"
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def version(self) -> str:
        """The name of the current version."""
        return f"{self._run}-{self._number}"

    @property
    def payload(self) -> dict[str, Any]:
        """What a page shows if it is opened now."""
        shown: dict[str, Any] = json.loads(self._whole)
        return shown

    def publish(self, change: str, whole: str) -> None:
        """Make a new version current, and wake every stream."""
        self._change, self._whole = change, whole
        self._number += 1
        self._wake()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def stream(self, seen: str) -> AsyncIterator[str]:
        """Server-sent events: each version after ``seen``, and comments in between."""
        yield f"retry: {_RETRY}\n\n"
        # Compared as text: what a request holds may be a number of any length.
        recent = {f"{self._run}-{number}": number for number in (self._number - 1, self._number)}
        shown = recent.get(seen, -1)
        while not self._closed:
            if shown != self._number:
                text = self._change if shown == self._number - 1 else self._whole
                shown = self._number
                yield f"id: {self.version}\ndata: {text}\n\n"
                continue
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), _HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
