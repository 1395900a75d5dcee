"""The gallery shows the built-in networks as they are drawn now."""

from __future__ import annotations

import re
import subprocess
import sys

from support import ROOT

GALLERY = ROOT / "docs" / "gallery.md"
FOLDER = ROOT / "docs" / "gallery"


def test_the_gallery_is_what_would_be_drawn_now() -> None:
    result = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_gallery.py", "--check"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_network_has_its_section_and_its_pictures() -> None:
    text = GALLERY.read_text()
    for spec in (ROOT / "specs").glob("*.yaml"):
        name = spec.stem
        assert f"\n## {name}\n" in text
        assert f"specbuild render {name} -o" in text
        for file in (f"{name}.svg", f"{name}_costs.svg"):
            assert f'<img src="gallery/{file}"' in text
    shown = set(re.findall(r'src="gallery/([^"]+)"', text))
    assert shown == {path.name for path in FOLDER.iterdir()}


def test_it_stays_light() -> None:
    sizes = [path.stat().st_size for path in (ROOT / "docs").rglob("*") if path.is_file()]
    assert sum(sizes) < 5_000_000
    assert max(path.stat().st_size for path in FOLDER.iterdir()) < 250_000
