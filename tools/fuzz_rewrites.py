"""Compare every rewrite of random small networks with the plain network, in float64.

    python tools/fuzz_rewrites.py --count 20000 --seed 1

Each network is rewritten by each pass alone and by all of them, and computed with NumPy;
`tests/keras/rewrites/test_random_networks.py` compares that computation with Keras. The exit code
is 1 where an output deviates by more than 1e-10 of its magnitude; the network is then printed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HELPERS = str(ROOT / "tests" / "helpers")
REPORT_EVERY = 1000


def main() -> int:
    """Run, and print what was done."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=1000, help="networks  [default: 1000]")
    parser.add_argument("--seed", type=int, default=1, help="of the draw  [default: 1]")
    given = parser.parse_args()
    sys.path.insert(0, HELPERS)
    drawn = importlib.import_module("random_networks")
    worst: dict[str, float] = {}
    rewritten: Counter[str] = Counter()
    wrong = 0
    for number, network in enumerate(drawn.networks(given.seed, given.count), start=1):
        for name, found in drawn.deviations(network, network.plain()):
            rewritten[name] += 1
            worst[name] = max(worst.get(name, 0.0), found)
            if found > drawn.TOLERANCE:
                wrong += 1
                print(f"{name}: {found:.1e}, outputs {network.outputs}\n{network.text}", flush=True)
        if number % REPORT_EVERY == 0 or number == given.count:
            print(f"{number:,} networks, {wrong} deviations above {drawn.TOLERANCE}", flush=True)
    for name, count in sorted(rewritten.items()):
        print(f"  {name:<26}{count:>8,} networks rewritten, largest deviation {worst[name]:.1e}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
