"""The hostile corpus: files that try to break whoever reads them, made when a test asks.

Small ones lie in `tests/corpus/hostile`: those in ``refused/`` must end in findings, those in
``inert/`` are networks whose names and docs try to act wherever they are printed. Large
ones are made by the functions of ``LARGE`` and ``HEAVY``, so that no megabytes are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parents[1] / "corpus" / "hostile"
#: Networks whose names and docs try to act wherever they are printed.
INERT = sorted((HERE / "inert").glob("*.yaml"))
#: What acts on a terminal or hides: controls, marks of direction, marks that are not seen.
ACTS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
MIB = 1 << 20

HEAD = "spec: 1\nname: t\ninput: {size: 16x16, channels: 3}\n"
NETWORK = HEAD + "network:\n  - {op: conv, name: A, kernel: 1x1, filters: 4}\n"


class Hostile(NamedTuple):
    """One hostile file on disk, and whether it must be refused or may be a network."""

    name: str
    path: Path
    refused: bool


def write(folder: Path) -> list[Hostile]:
    """Write the whole corpus into a folder, each file with those that it extends."""
    return [
        *(_written(folder, name, make(), True) for name, make in LARGE.items()),
        *(_written(folder, name, files, True) for name, files in CHAINS.items()),
        *(_written(folder, name, make(), False) for name, make in HEAVY.items()),
        *_static(folder, "refused"),
        *_static(folder, "inert"),
    ]


def _written(
    folder: Path, name: str, made: bytes | str | Mapping[str, str], refused: bool
) -> Hostile:
    own = folder / name
    own.mkdir(parents=True)
    files = made if isinstance(made, Mapping) else {"a.yaml": made}
    for file, content in files.items():
        place = own / file
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return Hostile(name, own / "a.yaml", refused)


def _static(folder: Path, kind: str) -> Iterator[Hostile]:
    for path in sorted((HERE / kind).glob("*.yaml")):
        copy = folder / kind / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        yield Hostile(f"{kind}/{path.stem}", copy, kind == "refused")


# Text that is large, or deep, or no text


def _laughs() -> str:
    lines = ["l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 11)]
    return "\n".join(lines)


def _merge_keys() -> str:
    lines = ["m0: &m0 {a: 1}"]
    lines += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}" for n in range(1, 11)]
    return "\n".join(lines)


def _filled(lines: Iterator[str], size: int = MIB) -> str:
    """As many lines as fit into a number of bytes."""
    kept, length = [], 0
    for line in lines:
        length += len(line.encode()) + 1
        if length > size:
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _numbered(pattern: str) -> Iterator[str]:
    number = 0
    while True:
        yield pattern.replace("#", str(number))
        number += 1


def _many(head: str, pattern: str, size: int = 700_000) -> str:
    """A head, then lines that differ in a number, to fill the file."""
    return head + _filled(_numbered(pattern), size)


# Specs that are small and stand for much


def _nested_repeats() -> str:
    blocks = ["  b0: {layers: [{op: flatten}]}"]
    blocks += [f"  b{n}: {{layers: [{{block: b{n - 1}, repeat: 100}}]}}" for n in range(1, 10)]
    return HEAD + "blocks:\n" + "\n".join(blocks) + "\nnetwork:\n  - {block: b9}\n"


def _calls_in_calls(depth: int) -> str:
    """Parts nested as deep as a file may be, in blocks that call each other."""
    opened, closed = "{layers: [" * 13, "]}" * 13
    blocks = [f"  b{n}: {{layers: [{opened}{{block: b{n + 1}}}{closed}]}}" for n in range(depth)]
    last = f"  b{depth}: {{layers: [{{op: flatten}}]}}"
    body = "\n".join([*blocks, last])
    return f"{HEAD}blocks:\n{body}\nnetwork:\n  - {{block: b0}}\n"


def _empty_branches() -> str:
    branches = ", ".join(["[]"] * 60_000)
    return (
        f"{HEAD}blocks:\n  b:\n    branches: [{branches}]\n    merge: add\n"
        "network:\n  - {block: b, repeat: 9000}\n"
    )


def _arguments_again() -> str:
    args = ", ".join(f"a{n}: {{type: int, default: 1}}" for n in range(9_000))
    calls = "  - {block: b}\n" * 9_000
    return f"{HEAD}blocks:\n  b:\n    args: {{{args}}}\n    layers: []\nnetwork:\n{calls}"


def _unknown_blocks() -> str:
    blocks = "".join(f"  block_{n}: {{layers: []}}\n" for n in range(9_000))
    calls = "".join(f"  - {{block: black_{n}}}\n" for n in range(9_000))
    return f"{HEAD}blocks:\n{blocks}network:\n{calls}"


def _growing(attributes: str, times: int) -> str:
    line = f"  - {{op: depthwise_conv, kernel: 1x1, {attributes}}}\n"
    return HEAD + "network:\n" + line * times


def _late_misfits() -> str:
    trunk = "  - {op: flatten}\n" * 1_500
    branches = ", ".join(["[{op: conv, kernel: 3, filters: 1}]"] * 1_500)
    return HEAD + "network:\n" + trunk + f"  - branches: [{branches}]\n"


def _small_windows() -> str:
    trunk = "  - {op: conv, kernel: 1, filters: 1}\n" * 1_000
    line = "{op: conv, kernel: 99, filters: 1, padding: valid}"
    branches = ", ".join([f"[{line}]"] * 1_000)
    return HEAD + "network:\n" + trunk + f"  - branches: [{branches}]\n"


def _overridden(override: str) -> dict[str, str]:
    base = "".join(f"  - {{op: flatten, name: {'a' * 55}{n}}}\n" for n in range(2_000))
    return {
        "a.yaml": f"spec: 1\nname: t\nextends: b.yaml\noverride:\n{override}",
        "b.yaml": f"{HEAD}network:\n{base}",
    }


def _marked_line() -> str:
    """One line of right-to-left marks, and many findings in it."""
    marks = "\u202e" * 4_000
    line = ", ".join(f'{{oq: "{marks}"}}' for _ in range(70))
    return HEAD + f"network: [{line}]\n"


def _stars() -> dict[str, str]:
    return _overridden('  "' + "*a" * 30 + '*b": delete\n')


def _patterns() -> dict[str, str]:
    return _overridden(_filled(_numbered("  x#*: delete"), 300_000))


def _unmatched() -> dict[str, str]:
    return _overridden(_filled(_numbered(f"  {'a' * 50}x#: delete"), 600_000))


def _same_places() -> dict[str, str]:
    return _overridden("".join(f'  "{"*" * n}": {{set: {{doc: x}}}}\n' for n in range(1, 200)))


def _large_chain() -> dict[str, str]:
    texts = "sources: [" + "a," * 90_000 + "]\n"
    files = {
        f"{chr(97 + n)}.yaml": f"spec: 1\nname: t\nextends: {chr(98 + n)}.yaml\n{texts}"
        for n in range(8)
    }
    return {**files, "i.yaml": NETWORK}


LARGE: Mapping[str, Callable[[], bytes | str | Mapping[str, str]]] = {
    "brackets_1e3": lambda: "a: " + "[" * 10**3,
    "brackets_1e4": lambda: "a: " + "[" * 10**4,
    "brackets_1e5": lambda: "a: " + "[" * 10**5,
    "brackets_1e6": lambda: "a: " + "[" * 10**6,
    "brackets_closed": lambda: "a: " + "[" * 500_000 + "]" * 500_000,
    "braces_1e5": lambda: "{a: " * 10**5,
    "dashes_1e5": lambda: "- " * 10**5,
    "questions_1e5": lambda: "? " * 10**5,
    "alias_bomb": _laughs,
    "alias_of_itself": lambda: "a: &a [*a, *a]\n",
    "aliases_1e5": lambda: "a: [" + "*b," * 10**5 + "]\n",
    "merge_key_bomb": _merge_keys,
    "long_anchor": lambda: "a: &" + "b" * 900_000 + " 1\n",
    "long_tag": lambda: "a: !" + "b" * 900_000 + " 1\n",
    "long_key": lambda: "k" * 900_000 + ": 1\n",
    "long_scalar": lambda: "spec: 1\nname: " + "x" * 900_000 + "\n",
    "long_name_of_base": lambda: "spec: 1\nname: t\nextends: " + "x" * 4_000 + ".yaml\n",
    "one_line_1mib": lambda: "a: [" + "{b: 1}, " * 131_000 + "]",
    "line_without_end": lambda: "a" * MIB,
    "too_long": lambda: "#" * (MIB + 1),
    "far_too_long": lambda: "#" * (64 * MIB),
    "events_680000": lambda: "a: [" + "[]," * 349_000 + "]",
    "documents_260000": lambda: "---\n" * 262_000,
    "directives": lambda: _filled(_numbered("%TAG !a#! tag:a")) + "--- a\n",
    "directives_at_the_end": lambda: (
        "a: 1\n...\n" + _filled(_numbered("%TAG !a#! tag:a"), 900_000) + "--- a\n"
    ),
    "comments_1mib": lambda: "#\n" * (MIB // 2),
    "spaces_1mib": lambda: " " * MIB,
    "line_ends_1mib": lambda: "\r\n" * (MIB // 2),
    "nul": lambda: b"spec: 1\nname: \x00\n",
    "nul_1mib": lambda: b"\x00" * MIB,
    "escape_character": lambda: b"spec: 1\nname: \x1b]0;title\x07\n",
    "control_characters": lambda: "spec: 1\nname: a\x7f\x80\x9b31m\n",
    "utf_16": lambda: NETWORK.encode("utf-16"),
    "utf_16_without_mark": lambda: NETWORK.encode("utf-16-le"),
    "utf_32": lambda: NETWORK.encode("utf-32"),
    "lone_surrogates": lambda: b"spec: 1\nname: \xed\xa0\x80\xed\xb0\x80\n",
    "overlong_utf_8": lambda: b"spec: 1\nname: \xc0\xaf\xe0\x80\xaf\n",
    "beyond_unicode": lambda: b"spec: 1\nname: \xf7\xbf\xbf\xbf\n",
    "every_byte": lambda: bytes(range(256)) * 64,
    "an_executable": lambda: b"\x7fELF\x02\x01\x01\x00" + bytes(200),
    "an_archive": lambda: b"\x1f\x8b\x08\x00" + bytes(range(1, 200)),
    "nothing": lambda: b"",
    "only_a_mark": lambda: b"\xef\xbb\xbf",
    "tabs": lambda: NETWORK.replace("  -", "\t-"),
    "integer_of_4000_digits": lambda: NETWORK.replace("filters: 4", "filters: " + "9" * 4_000),
    "doc_of_10000_digits": lambda: NETWORK + "doc: " + "9" * 10_000 + "\n",
    "range_of_4000_digits": lambda: NETWORK.replace("3}", "3, range: [0, " + "9" * 4_000 + "]}"),
    "duplicates": lambda: _many("spec: 1\n", "spec: 1"),
    "unknown_keys": lambda: _many(NETWORK, "name#: 1"),
    "unknown_attributes": lambda: _many(HEAD + "network:\n", "  - {op: conv, filter#: 1}"),
    "unknown_operators": lambda: _many(HEAD + "network:\n", "  - {op: conv#}"),
    "unknown_entries": lambda: _many(HEAD + "network:\n  - opp: 1\n", "    k#: 1"),
    "unknown_arguments": lambda: _many(
        HEAD + "network:\n", "  - {op: conv, kernel: 1, filters: $n#}", 300_000
    ),
    "unknown_blocks": _unknown_blocks,
    "unknown_end_points": lambda: _many(NETWORK + "end_points:\n", "  e#: f#"),
    "unknown_contracts": lambda: _many(NETWORK + "expect:\n", "  e#: 1x1"),
    "wrong_values": lambda: _many(
        HEAD + "network:\n", "  - {op: conv, kernel: a#, filters: b#, stride: c#, init: d#}"
    ),
    "wrong_contracts": lambda: (
        HEAD
        + "network:\n"
        + "".join(f"  - {{op: flatten, name: f{n}}}\n" for n in range(2_000))
        + "expect:\n"
        + "".join(f"  f{n}: {{params: 1, macs: 1}}\n" for n in range(2_000))
    ),
    "marked_line": _marked_line,
    "nested_repeats": _nested_repeats,
    "repeat_1e15": lambda: (
        HEAD + "blocks: {b: {layers: []}}\nnetwork:\n  - {block: b, repeat: 1000000000000000}\n"
    ),
    "empty_branches": _empty_branches,
    "calls_33_deep": lambda: _calls_in_calls(33),
    "parts_in_calls": lambda: _calls_in_calls(30),
    "channels_without_end": lambda: _growing("depth_multiplier: 9007199254740992", 1_000),
    "pads_without_end": lambda: HEAD + "network:\n" + "  - {op: pad, padding: 65536}\n" * 2_000,
    "late_misfits": _late_misfits,
    "small_windows": _small_windows,
    "stars": _stars,
    "patterns": _patterns,
    "unmatched": _unmatched,
    "same_places": _same_places,
    "large_chain": _large_chain,
}
"""Refused, and too large to be kept."""

_VARIANT = "spec: 1\nname: t\nextends: {}\n"
CHAINS: Mapping[str, Mapping[str, str]] = {
    "extends_itself": {"a.yaml": _VARIANT.format("a.yaml")},
    "extends_in_a_circle": {
        "a.yaml": _VARIANT.format("b.yaml"),
        "b.yaml": _VARIANT.format("a.yaml"),
    },
    "extends_ten": {
        **{f"{chr(97 + n)}.yaml": _VARIANT.format(f"{chr(98 + n)}.yaml") for n in range(10)},
        "k.yaml": NETWORK,
    },
    "extends_upwards": {"a.yaml": _VARIANT.format("../refused/tag.yaml")},
    "extends_through_a_folder": {
        "a.yaml": _VARIANT.format("sub/../../refused/tag.yaml"),
        "sub/b.yaml": NETWORK,
    },
    "extends_from_the_root": {"a.yaml": _VARIANT.format("/etc/passwd")},
    "extends_a_device": {"a.yaml": _VARIANT.format("/dev/zero")},
    "extends_a_url": {"a.yaml": _VARIANT.format("https://example.org/a.yaml")},
    "extends_a_file_url": {"a.yaml": _VARIANT.format("file:///etc/passwd")},
    "extends_a_folder": {"a.yaml": _VARIANT.format("sub.d"), "sub.d/b.yaml": NETWORK},
    "extends_nul": {"a.yaml": _VARIANT.format('"b\\0.yaml"')},
    "extends_home": {"a.yaml": _VARIANT.format("~/.netrc")},
    "extends_a_variable": {"a.yaml": _VARIANT.format('"${HOME}/a.yaml"')},
}
"""Refused for what they extend."""

HEAVY: Mapping[str, Callable[[], bytes | str | Mapping[str, str]]] = {
    "arguments_again": _arguments_again,
    "strides_without_end": lambda: (
        HEAD + "network:\n" + "  - {op: max_pool, kernel: 1, stride: 999999999}\n" * 1_000
    ),
    "fields_without_end": lambda: (
        HEAD
        + "network:\n"
        + "  - {op: conv, kernel: 999999999x1, stride: 999999999, filters: 1}\n" * 5
    ),
    "long_doc": lambda: NETWORK + "doc: " + "x y " * 200_000 + "\n",
    "long_doc_of_marks": lambda: NETWORK + 'doc: "' + "\u202e" * 200_000 + '"\n',
}
"""Networks, and heavy ones."""
