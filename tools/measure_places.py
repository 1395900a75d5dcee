"""Measure how often a finding points at the line that was changed.

    python tools/measure_places.py [--mutations N] [--seed N] [--show]

Takes Inception V3, changes one value, and reads the result, contracts off. Of the changes
under ``network``, ``blocks`` and ``heads`` that end in findings it prints the share with a
primary place on the changed line, and whether the others name that line in another place,
a note or a help; of changes elsewhere, whether the changed line is among the places of the
first finding. The seed is fixed, so that the figures can be repeated.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, SpecError
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.load import load_spec
from inceptionspec.frontend.reading.document import Map, Seq
from inceptionspec.frontend.reading.spec_files import open_spec
from inceptionspec.frontend.reading.yaml_reader import read

SPEC = "inception_v3"
SECTIONS = ("network", "blocks", "heads")
#: What a value is changed to, by what it was.
NUMBERS = ("0", "-1", "1", "2", "3", "7", "40", "1000", "100000", "2.5", "x", "true", "[]", "{}")
WORDS = ("0", "7", "2.5", "same", "valid", "3x3", "1x7", "40x40", "map", "none", "relu", "conv",
         "max_pool", "flatten", "dense", "inception_b", "Mixed_5b", "Logits", "Branch_1", "input",
         "$classes", "$nothing", "true", "[]", "{}")  # fmt: skip


class Place(NamedTuple):
    """A scalar of the file: the section that it is in, where it stands, and its value."""

    section: str
    span: Span
    value: Any


def scalars(value: Any, section: str) -> Iterator[Place]:
    """Every scalar below a collection, one that fills one line."""
    if isinstance(value, Map):
        parts: Any = [(part, value.value_spans[key]) for key, part in value.items()]
    elif isinstance(value, Seq):
        parts = zip(value, value.item_spans, strict=True)
    else:
        return
    for part, span in parts:
        if isinstance(part, (Map, Seq)):
            yield from scalars(part, section)
        elif span.line == span.end_line:
            yield Place(section, span, part)


def misspelled(word: str, chance: random.Random) -> str:
    """A word with two neighboring letters swapped, or one left out."""
    at = chance.randrange(max(len(word) - 1, 1))
    if chance.random() < 0.5:
        return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
    return word[:at] + word[at + 1 :]


def mutated(text: str, place: Place, chance: random.Random) -> tuple[str, str] | None:
    """The text with one value changed, and the new value; None where nothing changes."""
    lines = text.split("\n")
    line = lines[place.span.line - 1]
    old = line[place.span.column - 1 : place.span.end_column - 1]
    pool = NUMBERS if isinstance(place.value, (int, float)) else WORDS
    new = chance.choice(pool)
    if isinstance(place.value, str) and chance.random() < 0.4:
        new = misspelled(old, chance)
    if new == old or not new:
        return None
    lines[place.span.line - 1] = (
        line[: place.span.column - 1] + new + line[place.span.end_column - 1 :]
    )
    return "\n".join(lines), new


def name_of_layer(text: str, line: int) -> list[str]:
    """The name of the layer that a line belongs to, which may stand some lines above."""
    for above in reversed(text.split("\n")[:line]):
        found = re.findall(r"name: (\w+)", above)
        if found or above.strip().startswith("-"):
            return found
    return []


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with a text; contracts are not looked at."""
    try:
        load_spec(Source("mutated.yaml", text))
    except SpecError as error:
        return error.findings
    return ()


def judged(found: tuple[Diagnostic, ...], line: int, names: list[str]) -> str:
    """Where the findings name a line, or at least what is there."""
    if found[0].primary.span.line == line:
        return "first primary"
    if any(finding.primary.span.line == line for finding in found):
        return "primary"
    if any(label.span.line == line for finding in found for label in finding.labels):
        return "second"
    texts = [text for finding in found for text in (*finding.notes, *finding.helps)]
    return (
        "note or help" if any(f"{one}`" in text for one in names for text in texts) else "nowhere"
    )


def among_the_first(found: tuple[Diagnostic, ...], line: int, names: list[str]) -> str:
    """Whether the first finding names a line in any of its places."""
    places = (found[0].primary, *found[0].labels)
    return "named" if any(label.span.line == line for label in places) else "nowhere"


def main() -> int:
    """Measure and print; 1 where the share is below what the docs promise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=2015)
    parser.add_argument("--show", action="store_true", help="print those that are not named")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    source = open_spec(SPEC)
    text = source.text or ""
    root = read(source)
    places = [place for key in root if key != "expect" for place in scalars(root[key], key)]
    inside = [place for place in places if place.section in SECTIONS]
    outside = [place for place in places if place.section not in SECTIONS]
    outside += [Place(key, root.value_spans[key], root[key]) for key in ("name", "main", "spec")]
    share, unnamed = measure(text, inside, arguments.mutations, chance, judged, arguments.show)
    print_counts(f"under {', '.join(SECTIONS)}", share)
    other, missed = measure(
        text, outside, arguments.mutations // 10, chance, among_the_first, arguments.show
    )
    print_counts("elsewhere", other)
    wrong = sum(share.values()) - share["network"]
    primary = (share["primary"] + share["first primary"]) / wrong
    print(f"primary place on the changed line: {primary:.1%} of {wrong} with findings")
    return int(primary < 0.9 or bool(unnamed) or bool(missed))


def measure(
    text: str, places: list[Place], count: int, chance: random.Random, judge: Any, show: bool
) -> tuple[Counter[str], int]:
    """Counts of verdicts over some mutations, and how many never named the line."""
    counts: Counter[str] = Counter()
    while sum(counts.values()) < count:
        place = chance.choice(places)
        changed = mutated(text, place, chance)
        if changed is None:
            continue
        changed_text, value = changed
        found = findings(changed_text)
        names = [value, *name_of_layer(changed_text, place.span.line)]
        verdict = judge(found, place.span.line, names) if found else "network"
        counts[verdict] += 1
        if show and verdict in ("nowhere", "second"):
            line = changed_text.split("\n")[place.span.line - 1].strip()
            print(f"{verdict}: line {place.span.line}: {line}")
            first = found[0]
            print(f"    {first.code} at {first.primary.span.line}: {first.message}")
    return counts, counts["nowhere"]


def print_counts(what: str, counts: Counter[str]) -> None:
    """One line for each verdict."""
    print(f"mutations {what}: {sum(counts.values())}")
    for verdict, count in counts.most_common():
        print(f"  {verdict:<14}{count:>6}")


if __name__ == "__main__":
    sys.exit(main())
