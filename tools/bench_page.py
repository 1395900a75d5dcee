"""Measure how large pages are and how long their script runs, against bounds.

Each run opens the file in a new context of one headless Chromium (the system's, driven by
playwright) and asks the browser for the time that it spent until two frames are drawn:
`Performance.getMetrics` of the DevTools protocol, before and after. The bound is on
`ScriptDuration`, which includes compiling, running and collecting JavaScript. `TaskDuration` is
printed, too; it includes style, layout and painting. Figures are medians; the file is in the
disk cache.

Run it on a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import inceptionspec

RUNS = 7
SCRIPTING = 100.0
"""Milliseconds of scripting that opening, folding and searching may each take."""
MIB = 1 << 20
SIZES = {"inception_v3": 1.0, "inception_resnet_v2": 2.0}
NETWORKS = ("inception_v1", "inception_v3", "inception_v4", "inception_resnet_v2")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip

DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FIRST_BLOCK = "page.state.made.trunk.find(one => one.items && one.kind !== 'group').key"


def _press(key: str) -> Callable[[Any], None]:
    return lambda page: page.keyboard.press(key)


def _click_block(page: Any) -> None:
    page.click(f"g[data-key='{page.evaluate(FIRST_BLOCK)}']")


def _click_header(page: Any) -> None:
    key = page.evaluate(FIRST_BLOCK)
    page.click(f"g.frame[data-key='{key}'] .header", position={"x": 30, "y": 8})


def _search(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("1x")


#: What a reader does, in this order, on one page.
STEPS: dict[str, Callable[[Any], None]] = {
    "unfold a block": _click_block,
    "fold it": _click_header,
    "unfold all": _press("u"),
    "see the whole": _press("0"),
    "search, two letters": _search,
    "go to a match": _press("Enter"),
    "color by MACs": lambda page: page.select_option("#color-by", "macs"),
    "fold all": lambda page: page.click("[data-fold='network']"),
}


class Spent(NamedTuple):
    """Milliseconds of JavaScript, and of all work on the main thread."""

    script: float
    task: float


def main() -> int:
    """Print a line for each figure; 1 if something falls short of its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, default=RUNS, help="runs of each (default: %(default)s)"
    )
    parser.add_argument("networks", nargs="*", default=NETWORKS, metavar="SPEC")
    options = parser.parse_args()
    program = shutil.which("chromium")
    if program is None:
        parser.error("chromium is not installed")
    from playwright.sync_api import sync_playwright

    short = False
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for name in options.networks:
            file = Path(folder) / f"{name}.html"
            inceptionspec.load(name).render(str(file))
            short |= _size(name, file)
            for step, spent in _measured(browser, file, options.runs):
                short |= _line(name, step, spent)
        browser.close()
    return int(short)


def _size(name: str, file: Path) -> bool:
    size = file.stat().st_size / MIB
    bound = SIZES.get(name)
    over = bound is not None and size > bound
    words = "" if bound is None else f"   at most {bound:g} MiB  {'short' if over else 'ok'}"
    print(f"{name:<22} {'size':<22} {size:8.2f} MiB{words}", flush=True)
    return over


def _line(name: str, step: str, spent: Spent) -> bool:
    over = spent.script > SCRIPTING
    print(
        f"{name:<22} {step:<22} {spent.script:8.1f} ms of scripting, at most {SCRIPTING:g}  "
        f"{'short' if over else 'ok'}; {spent.task:.1f} ms in all",
        flush=True,
    )
    return over


def _measured(browser: Any, file: Path, runs: int) -> Iterator[tuple[str, Spent]]:
    """The median of each step over some fresh pages."""
    found: dict[str, list[Spent]] = {"open": [], **{step: [] for step in STEPS}}
    for _ in range(runs):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        protocol = context.new_cdp_session(page)
        protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
        found["open"].append(_spent(page, protocol, lambda one: one.goto(file.as_uri())))
        for step, act in STEPS.items():
            found[step].append(_spent(page, protocol, act))
        context.close()
    for step, each in found.items():
        yield step, Spent(*(statistics.median(values) for values in zip(*each, strict=True)))


def _spent(page: Any, protocol: Any, act: Callable[[Any], None]) -> Spent:
    before = _metrics(protocol)
    act(page)
    page.evaluate(DRAWN)
    after = _metrics(protocol)
    return Spent(*(1e3 * (after[one] - before[one]) for one in ("ScriptDuration", "TaskDuration")))


def _metrics(protocol: Any) -> dict[str, float]:
    metrics = protocol.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in metrics}


if __name__ == "__main__":
    sys.exit(main())
