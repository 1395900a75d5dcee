"""stub"""

from __future__ import annotations

from typing import Any


def refuse_batch(network: Any, plan: Any, beside: Any = None) -> None: ...
