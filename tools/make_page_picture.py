"""Write docs/page.png: the page of Inception V3 as a reader sees it.

    python tools/make_page_picture.py

It needs playwright and the system's Chromium. No test compares the picture, since it changes with
the fonts that are installed. Look at it before you commit it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import inceptionspec

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "page.png"
LAYER = "Mixed_6b/Branch_1/Conv2d_0b_1x7"


def main() -> int:
    """Open the page, unfold a block, mark a layer's path, and take the picture."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        print("chromium is not installed", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "v3.html"
        inceptionspec.load("inception_v3").render(str(page_file), only="Mixed_6b")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1240, "height": 760})
        page.goto(page_file.as_uri())
        page.click(f"g[data-key='{LAYER}']")
        page.mouse.move(5, 5)
        page.wait_for_timeout(300)
        page.screenshot(path=str(FILE))
        browser.close()
    print(f"wrote {FILE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
