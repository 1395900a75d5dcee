"""What Matplotlib says about fonts, which is no news to who asked for a picture or a model."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_word_of_fonts() -> Iterator[None]:
    """Neither that fonts are listed, the first time, nor that one is not installed."""
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
