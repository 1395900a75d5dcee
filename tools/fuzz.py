"""Try random specs, command lines, side files, weights and models, and see that nothing breaks.

    python tools/fuzz.py --seconds 600 --seed 1
    python tools/fuzz.py --kind commands --count 50000
    python tools/fuzz.py --kind files --seconds 60
    python tools/fuzz.py --kind weights --seconds 60

Specs are good and bad ones that are changed at random, and end in a network or in findings.
What ends otherwise, or takes longer than ten seconds of the processor, is written to
tests/corpus/crashes/ and makes the exit code 1; tests/unit/test_crashes.py reads the specs among
those files from then on. The same seed makes the same inputs in the same order.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import importlib
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from inceptionspec import load
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.reading.yaml_reader import decode, read
from inceptionspec.frontend.writing.yaml_writer import spec_text

ROOT = Path(__file__).resolve().parent.parent
CRASHES = ROOT / "tests" / "corpus" / "crashes"
SEEDS = ("specs/*.yaml", "tests/corpus/bad/*.yaml", "tests/corpus/crashes/*.yaml",
         "tests/corpus/hostile/*/*.yaml", "docs/examples/*.yaml")  # fmt: skip
SLOW = 10
"""A spec that takes more seconds of processor time than this counts as a crash."""
KEPT = 20
"""Crashes that are written at most; a fault is mostly found many times."""

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 7, 1000, 65_536, 70_000, 10**12, 1 << 53, 10**400, 0.5, 2.5,
    -0.0, 1e-320, 1e300, "", "x", "$classes", "$nope", "$", "$pool", "3x3", "0x0", "1x7",
    "999999999x1", "map", "input", "same", "valid", "auto", "any", "none", "batch_norm", "relu",
    "softmax", "add", "multiply", "concat", "delete", "total", "input", "Mixed_5b", "Logits",
    "Predictions", "inception_a", "inception_v3", "a.yaml", "*", "**/*", "Mixed_*/*", "a/b",
    "blocks.inception_a", "defaults.conv", "args.classes", "<= 5", "<= 1e999", "35x35x256",
    "W0101", "\u202e<b>", "\0", "\x7f", "\U0001f600", "1e3", "'", '"', "# a", ": ", "a: b", "- a",
    [], {}, [[]], [[], []], [None], {"x": None}, {"op": "conv"}, {"op": "dense", "units": 3},
    {"block": "inception_a"}, {"layers": []}, {"branches": [[], []]}, {"set": {}},
    {"set": {"kernel": 1}}, {"set": {"with": {}}}, {"set": {"op": "flatten"}},
    {"replace": []}, {"after": []}, {"before": [{"op": "flatten"}]}, [{"op": "flatten"}],
    {"type": "int"}, {"type": "string", "default": "x"}, {"op": "batch_norm"},
    "6 * input", "min(filters // 3, 8)", "input // 0", "2 * $classes", "$nope + 1", "((1", "1 / 2",
    "input - 70000", "filters", {"round_to": 8}, {"at_least": "input"}, {"delete": True},
    "$deep", "not $deep", "not $classes", "/Mixed_5b", ["input", "Mixed_5b"], "layer",
    {"type": "layer", "default": "input"}, {"op": "add", "from": ["input", "input"]},
    {"variance_scaling": {"scale": 1}}, {"top": 1, "bottom": 0, "left": 0, "right": 3},
)  # fmt: skip
KEYS = (
    "op", "name", "block", "layers", "branches", "merge", "residual", "with", "rename", "repeat",
    "group", "args", "blocks", "network", "heads", "main", "from", "override", "extends", "expect",
    "budget", "end_points", "defaults", "input", "doc", "allow", "set", "after", "total", "filters",
    "kernel", "stride", "padding", "norm", "units", "predictions", "width", "round_to", "at_least",
    "groups", "depth_multiplier", "when", "next", "x", "",
)  # fmt: skip
SCRAPS = (
    "[", "]", "{", "}", ": ", ", ", "- ", "? ", "| ", "> ", "|+\n", ">-\n", "&a ", "*a", "!!str ",
    "!", "%YAML 1.2\n", "---\n", "...\n", "# ", "\t", "\r", "\n", "\n\n", "  ", "'", '"', "\\",
    "\ufeff", "\u2028", "\x85", "\u202e", "\0", "<<: ", "~", "0o17", "1e400", "-.inf", ".nan",
    "$", "$classes", "*", "9" * 5000, "a" * 5000, "[" * 40, "\U0001f600",
)  # fmt: skip

Place = tuple[Any, ...]


class Seed(NamedTuple):
    """A spec to start from: its text, what it says if it can be read, whether it is good."""

    text: str
    data: dict[str, Any] | None
    good: bool = False


class Kind(Protocol):
    """A kind of input: how one is made, what it ends in, and what is kept of a crash."""

    def make(self, chance: random.Random) -> Any:
        """One random input."""

    def run(self, case: Any) -> str:
        """What an input ends in, in a word; any exception is a crash."""

    def text(self, case: Any) -> tuple[bytes, str]:
        """The content and the suffix of a file that keeps a crash."""


class Specs:
    """Changed specs."""

    def __init__(self) -> None:
        self._seeds = list(read_seeds())
        self._outcome: Callable[[bytes], str] = importlib.import_module("oracle").outcome

    def make(self, chance: random.Random) -> bytes:
        """One changed spec."""
        return mutant(self._seeds, chance)

    def run(self, case: bytes) -> str:
        """Whether it is a network, or has findings."""
        return self._outcome(case)

    def text(self, case: bytes) -> tuple[bytes, str]:
        """The spec itself."""
        return case, ".yaml"


def kind_of(name: str) -> Kind:
    """A kind of input by its name; each is a file of its own but for specs."""
    for folder in ("tests/helpers", "tools"):
        if str(ROOT / folder) not in sys.path:
            sys.path.insert(0, str(ROOT / folder))
    if name == "specs":
        return Specs()
    made: Kind = importlib.import_module(f"fuzz_{name}").KIND()
    return made


def main() -> int:
    """Fuzz for a time; 1 if something crashed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--kind", choices=["specs", "commands", "files", "weights", "models"], default="specs"
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long (%(default)s)")
    parser.add_argument("--count", type=int, help="how many, instead of how long")
    parser.add_argument("--seed", type=int, default=0, help="of the random choices (%(default)s)")
    options = parser.parse_args()
    kind = kind_of(options.kind)
    chance = random.Random(options.seed)
    ends: Counter[str] = Counter()
    slowest = 0.0
    kept: set[str] = set()
    begin = time.monotonic()
    for number in count(1):
        case = kind.make(chance)
        start = time.process_time()
        try:
            with _Alarm(SLOW):
                end = kind.run(case)
        except Exception as error:  # whatever it is, it is what is looked for
            end = type(error).__name__
            place = _place(error)
            if place not in kept and len(kept) < KEPT:
                kept.add(place)
                name = _keep(*kind.text(case), end)
                print(f"{name}: {end} at {place}: {str(error)[:300]}", flush=True)
        ends[end] += 1
        slowest = max(slowest, time.process_time() - start)
        spent = time.monotonic() - begin
        if number >= options.count if options.count else spent >= options.seconds:
            break
    counts = ", ".join(f"{count:,} {end}" for end, count in ends.most_common())
    print(
        f"{options.kind}, seed {options.seed}: {sum(ends.values()):,} in {spent:,.0f} s: {counts}; "
        f"the slowest took {slowest:.1f} s"
    )
    return 1 if kept else 0


def mutant(seeds: Sequence[Seed], chance: random.Random) -> bytes:
    """One changed spec."""
    seed = chance.choice(seeds)
    while not seed.good and chance.random() < 0.7:  # a good one's changes lead further
        seed = chance.choice(seeds)
    if seed.data is None or chance.random() < 0.25:
        return changed_text(seed.text, chance).encode("utf-8", "surrogatepass")
    data = copy.deepcopy(seed.data)
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3, 6))):
        change_tree(data, chance.choice(seeds).data or data, chance)
    text = spec_text(data)
    if chance.random() < 0.1:
        text = changed_text(text, chance)
    return text.encode("utf-8", "surrogatepass")


# Changes of a tree


def change_tree(data: dict[str, Any], other: dict[str, Any], chance: random.Random) -> None:
    """Change one place of a tree, perhaps with a part of another one."""
    places = list(_places(data))
    if not places:
        data[chance.choice(KEYS)] = copy.deepcopy(chance.choice(VALUES))
        return
    *way, last = chance.choice(places)
    holder = _at(data, way)
    change = chance.choice(
        (_delete, _retype, _retype, _graft, _graft, _double, _swap, _rename, _wrap, _add)
    )
    change(holder, last, data, other, chance)


def _delete(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    del holder[last]


def _retype(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    holder[last] = copy.deepcopy(chance.choice(VALUES))


def _graft(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    """Put in a part of this spec or of another one, preferably from under the same key."""
    source = chance.choice((data, other))
    places = list(_places(source))
    alike = [place for place in places if place[-1] == last]
    chosen = chance.choice(alike if alike and chance.random() < 0.7 else places or [()])
    holder[last] = copy.deepcopy(_at(source, chosen))


def _double(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    if isinstance(holder, list):
        holder[last:last] = copy.deepcopy(holder[last : last + chance.choice((1, 1, 2, 5))])
    else:
        holder[f"{last}{chance.choice(('2', 's', '_', ''))}"] = copy.deepcopy(holder[last])


def _swap(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[last], holder[key] = holder[key], holder[last]


def _rename(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    if isinstance(holder, dict):
        value = holder.pop(last)
        holder[chance.choice((*KEYS, *(str(key) for key in holder)))] = value


def _wrap(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    value = holder[last]
    holder[last] = chance.choice(([value], {"layers": value}, {"branches": [value, []]}, [[value]]))


def _add(holder: Any, last: Any, data: Any, other: Any, chance: random.Random) -> None:
    if isinstance(holder, dict):
        holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(VALUES))
    else:
        holder.insert(last, copy.deepcopy(chance.choice(VALUES)))


def _places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Every place below a value, as the keys that lead there."""
    parts: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        parts = iter(value.items())
    elif isinstance(value, list):
        parts = iter(enumerate(value))
    for key, part in parts:
        yield (*before, key)
        yield from _places(part, (*before, key))


def _at(value: Any, way: Sequence[Any]) -> Any:
    for key in way:
        value = value[key]
    return value


# Changes of a text


def changed_text(text: str, chance: random.Random) -> str:
    """A text with some places cut, doubled, or interspersed with syntax."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 1, 3, 10, 80, 800)))
        piece = chance.choice(
            ("", chance.choice(SCRAPS), text[start:end] * 2, chr(chance.randrange(0xD7FF)))
        )
        text = text[:start] + piece + text[end:]
        if chance.random() < 0.3:
            lines = text.split("\n")
            one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            text = "\n".join(lines)
    return text


# Seeds and crashes


def read_seeds() -> Iterator[Seed]:
    """Every spec to start from."""
    for pattern in SEEDS:
        for path in sorted(ROOT.glob(pattern)):
            data = path.read_bytes()
            text = data.decode("utf-8", "replace")
            try:
                plain = _plain(read(decode(data, path.name)))
            except SpecError:
                yield Seed(text, None)
                continue
            yield Seed(text, plain, _is_good(path))


def _is_good(path: Path) -> bool:
    try:
        load(str(path))
    except SpecError:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


class _Alarm:
    """Raises TimeoutError in what takes too long, by the time of the processor."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, self._ring)
        signal.setitimer(signal.ITIMER_PROF, self.seconds)

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _ring(self, *signal: object) -> None:
        raise TimeoutError(f"more than {self.seconds} s")


def _place(error: Exception) -> str:
    """Where an exception came from: one fault is kept once."""
    if isinstance(error, AssertionError) and error.args:
        return str(error.args[0])[:100]
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _keep(data: bytes, suffix: str, end: str) -> str:
    CRASHES.mkdir(exist_ok=True)
    name = f"{end}_{hashlib.sha256(data).hexdigest()[:12]}{suffix}"
    (CRASHES / name).write_bytes(data)
    return name


if __name__ == "__main__":
    sys.exit(main())
