from __future__ import annotations

from collections.abc import Mapping

ENGINES = ("keras", "graph", "optimized", "xla")
PLAIN = "keras"
TRAINERS = ("keras", "xla")
TUNED = ("graph", "optimized", "xla")


def engine_environment(engine: str) -> Mapping[str, str]:
    """Stub"""
    return {}
