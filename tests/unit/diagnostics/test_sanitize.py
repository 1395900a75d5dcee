"""Texts of users inside messages."""

from __future__ import annotations

import pytest

from inceptionspec.diagnostics.sanitize import short_path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("nets/mine.yaml", "nets/mine.yaml"),
        ("a" * 80, "a" * 80),
        ("a" * 81, "..." + "a" * 77),
        (f"/{'long/' * 30}mine.yaml", f".../{'long/' * 13}mine.yaml"),
        (f"/{'x' * 90}/mine.yaml", ".../mine.yaml"),
    ],
)
def test_a_long_path_keeps_the_name_of_its_file(path: str, shown: str) -> None:
    assert short_path(path) == shown
    assert len(shown) <= 80
