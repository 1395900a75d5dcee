"""Measure the time from a save to the redrawn page of `specbuild watch`, against a bound.

    python tools/bench_watch.py [--saves N] [SPEC]

The installed command serves a copy of the spec, a headless Chromium shows its page, and
the copy is saved again and again, in place and by renaming, as editors do. The time of a
save runs from the end of writing to the second frame after the page took in the new version,
by the clock that both programs share.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from inceptionspec.frontend.reading.spec_files import open_spec

BOUND = 500
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
# Two frames after a version was taken in, it is on the screen.
CLOCK = """() => {
  window.drawn = [];
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(
    () => drawn.push(Date.now())))).observe(document.documentElement,
    { attributes: true, attributeFilter: ["data-version"] });
}"""


def main() -> int:
    """Measure; 1 if a save took longer than the bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spec", nargs="?", default="inception_v3")
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--fold", choices=("network", "branches", "layers"), default="network")
    arguments = parser.parse_args()
    took = measured(open_spec(arguments.spec).text or "", arguments.saves, arguments.fold)
    print(f"save to redrawn page of {arguments.spec}, {len(took)} saves, --fold {arguments.fold}")
    print(f"  median  {statistics.median(took):6.0f} ms")
    print(f"  maximum {max(took):6.0f} ms  at most {BOUND}  {verdict(max(took))}")
    return int(max(took) > BOUND)


def verdict(longest: float) -> str:
    """Whether the bound is kept."""
    return "ok" if longest <= BOUND else "short"


def measured(text: str, saves: int, fold: str) -> list[float]:
    """The milliseconds of each save."""
    program = Path(sysconfig.get_path("scripts")) / "specbuild"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "spec.yaml")
        file.write_text(text, encoding="utf-8")
        command = [str(program), "watch", "spec.yaml", "--port", "0"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+", server.stdout.readline())
                assert found is not None
                return in_browser(found[0], file, text, saves, fold)
            finally:
                server.terminate()


def in_browser(address: str, file: Path, text: str, saves: int, fold: str) -> list[float]:
    """Open the page, save as often as asked, and read the page's clock each time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.wait_for_selector("html[data-version]", state="attached")
        page.click(f"[data-fold='{fold}']")
        page.evaluate(CLOCK)
        took = [one_save(page, file, text, number) for number in range(saves)]
        browser.close()
    return took


def one_save(page: Any, file: Path, text: str, number: int) -> float:
    """Save once, with the first number of filters one more each time."""
    changed = re.sub(
        r"filters: (\d+)", lambda match: f"filters: {int(match[1]) + number + 1}", text, count=1
    )
    beside = file.with_name(".spec.yaml.new")
    (beside if number % 2 else file).write_text(changed, encoding="utf-8")
    if number % 2:
        os.replace(beside, file)
    saved = time.time()
    while len(drawn := page.evaluate("drawn")) <= number:
        time.sleep(0.02)
        if time.time() - saved > 30:
            raise SystemExit("the page does not follow")
    time.sleep(0.3)
    return float(drawn[number]) - 1000 * saved


if __name__ == "__main__":
    sys.exit(main())
