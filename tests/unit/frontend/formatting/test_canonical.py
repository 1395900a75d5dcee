"""The canonical layout: what it looks like, and that it changes nothing that a text says."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support import ROOT, spec

import inceptionspec
from inceptionspec import SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.formatting.sections import moved_sections
from inceptionspec.frontend.formatting.spelling import settled_data
from inceptionspec.frontend.reading.spec_files import builtin_names, open_spec
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.frontend.writing.yaml_writer import spec_text


def layout(text: str) -> str:
    """The text in the layout, which has to be one that stays as it is."""
    result = formatted(Source("t.yaml", text))
    assert formatted(Source("t.yaml", result)) == result
    return result


def data_of(text: str) -> str:
    """What a text says, types and the order of keys in branches and heads included.

    What can be spelled in several ways is in the canonical one.
    """
    return json.dumps(
        _pairs(moved_sections(settled_data(read(Source("t.yaml", text))))), sort_keys=True
    )


def _pairs(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        parts = {name: _pairs(part, name) for name, part in value.items()}
        return list(parts.items()) if key in ("branches", "heads") else parts
    return [_pairs(part) for part in value] if isinstance(value, list) else value


FILES = sorted(
    file for folder in ("specs", "specs/recipes", "specs/naming", "docs/examples")
    for file in (ROOT / folder).glob("*.yaml")
)  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_own_specs_are_in_the_layout(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert layout(text) == text, "run `specbuild format` on it"


LAYOUTS = {
    "keys in the order of the language": (
        "network: []\nname: t\nspec: 1\nallow: {W0101: so}\ninput: {range: [0, 1], size: 8x8}\n",
        "spec: 1\nname: t\nallow: {W0101: so}\ninput: {size: 8x8, range: [0, 1]}\n\nnetwork: []\n",
    ),
    "a variant's own order": (
        "override:\n  a: delete\nend_points: {b: c}\nname: t\nextends: x\nspec: 1\n",
        "spec: 1\nextends: x\nname: t\noverride:\n  a: delete\nend_points: {b: c}\n",
    ),
    "sections apart": (
        "spec: 1\nargs: {a: 1}\ndefaults: {conv: {stride: 1}}\nblocks: {a: {layers: []}, "
        "b: {layers: []}}\nmain: H\nheads: {H: {layers: [], from: a}}\nexpect: {a: 1}\n",
        "spec: 1\nargs: {a: 1}\n\ndefaults: {conv: {stride: 1}}\n\nblocks: {a: {layers: []}, "
        "b: {layers: []}}\n\nmain: H\nheads: {H: {from: a, layers: []}}\n\nexpect: {a: 1}\n",
    ),
    "sections that are written line by line": (
        "spec: 1\ndefaults:\n  conv: {stride: 1}\nblocks:\n  a:\n    layers: []\n  b: "
        "{layers: [{op: pad}]}\nheads:\n  H: {layers: [{op: pad}, {op: pad}], from: a}\n",
        "spec: 1\n\ndefaults:\n  conv: {stride: 1}\n\nblocks:\n  a:\n    layers: []\n\n  b: "
        "{layers: [{op: pad}]}\n\nheads:\n  H:\n    from: a\n    layers:\n      - {op: pad}\n"
        "      - {op: pad}\n",
    ),
    "an override after other sections": (
        "spec: 1\nextends: x\nname: t\noverride: {a: delete}\nheads: {}\n",
        "spec: 1\nextends: x\nname: t\n\nheads: {}\n\noverride: {a: delete}\n",
    ),
    "a layer in one line": (
        "network:\n- padding: same\n  filters: 8\n  name: c\n  kernel: 3\n  op: conv\n  group: g\n",
        "network:\n  - {op: conv, name: c, kernel: 3, filters: 8, padding: same, group: g}\n",
    ),
    "a layer over several": (
        f"network:\n- {{op: conv, name: {'c' * 50}, kernel: 3x3, filters: 8, activation: relu6}}\n",
        f"network:\n  - op: conv\n    name: {'c' * 50}\n    kernel: 3x3\n    filters: 8\n"
        "    activation: relu6\n",
    ),
    "parts and calls": (
        "network:\n- {layers: [{op: flatten}], residual: {}, name: p}\n"
        "- {with: {z: 1, a: 2}, name: n, block: b, repeat: 2}\n",
        "network:\n  - {name: p, residual: true, layers: [{op: flatten}]}\n"
        "  - {block: b, name: n, with: {z: 1, a: 2}, repeat: 2}\n",
    ),
    "branches": (
        "network:\n- {merge: add, branches: [[], [{op: flatten}], [{op: flatten}, {op: pad}]]}\n"
        "- {branches: {B: [{op: pad}], A: []}}\n",
        "network:\n  - branches:\n      - []\n      - [{op: flatten}]\n      - - {op: flatten}\n"
        "        - {op: pad}\n    merge: add\n  - {branches: {B: [{op: pad}], A: []}}\n",
    ),
    "overrides": (
        "extends: x\noverride: {a: {after: [{op: pad}]}, b: {before: [{op: pad}, {op: pad}]}, "
        "c: {set: {stride: 2, kernel: 1, layers: [{op: pad}]}}}\n",
        "extends: x\noverride:\n  a: {after: [{op: pad}]}\n  b:\n    before:\n      - {op: pad}\n"
        "      - {op: pad}\n  c: {stride: 2, kernel: 1, layers: [{op: pad}]}\n",
    ),
    "provenance comes last": (
        "spec: 1\nname: t\nprovenance: [{topic: a, here: b, others: {c: d}}]\nnetwork: []\n"
        "expect: {a: 1}\n",
        "spec: 1\nname: t\n\nnetwork: []\n\nexpect: {a: 1}\n\n"
        "provenance: [{topic: a, here: b, others: {c: d}}]\n",
    ),
    "one spelling of each": (
        "network:\n- {op: conv, kernel: [1, 3], stride: [2, 2], activation: null, norm: ~}\n"
        "- name: r\n  residual: {}\n  layers: [{op: max_pool, padding: [0, 1]}]\n"
        "defaults: {conv: {activation: null, bias: ~, l2: null, dilation: [1, 2]}}\n",
        "defaults: {conv: {dilation: 1x2, bias: false, activation: none, l2: 0}}\n\n"
        "network:\n  - {op: conv, kernel: 1x3, stride: 2x2, norm: none, activation: none}\n"
        '  - {name: r, residual: true, layers: [{op: max_pool, padding: "0x1"}]}\n',
    ),
    "what is no other spelling stays": (
        "network:\n- {op: conv, kernel: [1, 3, 1], stride: ['2', 2], init: null}\n"
        "- {block: b, with: {kernel: [1, 3], activation: null}}\n- {residual: {scale: 2}}\n",
        'network:\n  - {op: conv, kernel: [1, 3, 1], stride: ["2", 2], init: null}\n'
        "  - {block: b, with: {kernel: [1, 3], activation: null}}\n  - {residual: {scale: 2}}\n",
    ),
    "a mapping that is set needs no `set`": (
        "extends: x\noverride:\n  # above\n  a: {set: {kernel: [3, 3]}} # end\n"
        "  b:\n    # in\n    set: # set\n      filters: 8\n      # last\n"
        "  args.c: {set: 3}\n  d: {set: {stride: 2}, after: []}\n  e: {set: {after: 1}}\n"
        "  f: {set: {}}\n",
        "extends: x\noverride:\n  # above\n"
        "  a: {kernel: 3x3}                                 # end\n"
        "  # in\n  b:                                               # set\n    filters: 8\n"
        "    # last\n  args.c: {set: 3}\n  d: {set: {stride: 2}, after: []}\n"
        "  e: {set: {after: 1}}\n  f: {set: {}}\n",
    ),
    "what a variant says of the input and of defaults are sections": (
        "extends: x\noverride:\n  # size\n  input: {set: {size: 8x8}} # small\n  a: delete\n"
        "  defaults.conv: {activation: null}\n  defaults.lrn: {set: {}}\n",
        "extends: x\n# size\ninput: {size: 8x8}                                 # small\n\n"
        "defaults:\n  conv: {activation: none}\n\noverride:\n  a: delete\n"
        "  defaults.lrn: {set: {}}\n",
    ),
    "an override of which nothing is left": (
        "extends: x\ndefaults: {conv: {l2: 0}}\noverride: # why\n  defaults.lrn: {bias: 1}\n"
        "  # end\n",
        "extends: x\n\ndefaults: {conv: {l2: 0}, lrn: {bias: 1}}\n# why\n# end\n",
    ),
    "what is there already stays under the override": (
        "extends: x\ninput: {size: 8x8}\ndefaults: {conv: {l2: 0}}\noverride:\n"
        "  input: {channels: 1}\n  defaults.conv: {l2: 1}\n",
        "extends: x\ninput: {size: 8x8}\n\ndefaults: {conv: {l2: 0}}\n\noverride:\n"
        "  input: {channels: 1}\n  defaults.conv: {l2: 1}\n",
    ),
    "what is put around": (
        "extends: x\noverride:\n  a: {after: [], wrap: {layers: [inner, {op: pad}],"
        " residual: {}}}\n",
        "extends: x\noverride:\n  a:\n    wrap:\n      residual: true\n      layers:\n"
        "        - inner\n        - {op: pad}\n    after: []\n",
    ),
    "a naming scheme": (
        "layers: [{as: a, path: 'x/*'}, {path: y, as: [b, c]}]\nname: n\nnaming: 1\n"
        "weights:\n  kernel: w\ntables:\n  a: {b: c}\nnetworks: [v, w]\ndoc: d\n",
        "naming: 1\nname: n\ndoc: d\nnetworks: [v, w]\nweights:\n  kernel: w\n"
        "tables:\n  a: {b: c}\nlayers:\n  - {path: x/*, as: a}\n  - {path: y, as: [b, c]}\n",
    ),
    "a recipe that starts with another key": (
        "name: n\nbatch: 8\nrecipe: 1\nschedule: {rate: 1}\nepochs: 2\n",
        "recipe: 1\nname: n\nbatch: 8\nepochs: 2\nschedule: {rate: 1}\n",
    ),
    "texts": (
        "x: ['a b', \"5x5\", 'yes', no, 'a: b', it's, '', '- a', '<= 5', \"\\x41\\U0001F600\"]\n",
        'x: [a b, 5x5, "yes", "no", "a: b", it\'s, "", "- a", "<= 5", A\U0001f600]\n',
    ),
    "numbers and what looks like them": (
        "x: [1e-3, '1e-3', 010, 0x3, '010', True, ~, '1:30', 2001-01-01, .5, 1_000]\n",
        'x: [1e-3, "1e-3", 10, "0x3", "010", true, null, "1:30", "2001-01-01", .5, "1_000"]\n',
    ),
    "commas need quotes in brackets alone": (
        'a: "x, y"\nb: {c: "x, y"}\n',
        'a: x, y\nb: {c: "x, y"}\n',
    ),
    "long texts are folded": (
        f'doc: "{" ".join(["word"] * 30)}"\n',
        f"doc: >-\n  {' '.join(['word'] * 19)}\n  {' '.join(['word'] * 11)}\n",
    ),
    "block scalars keep their lines": (
        "doc: >\n     a\n     b\n\n     c\nname: |-\n  x\n    y\nspec: |+\n  z\n\n",
        'spec: "z\\n\\n"\nname: |-\n  x\n    y\ndoc: >\n  a\n  b\n\n  c\n',
    ),
    "empty lines": (
        "spec: 1\n\n\n\nname: t\nnetwork:\n\n  - {op: pad}\n\n\n  - {op: pad}\n\n\n",
        "spec: 1\n\nname: t\n\nnetwork:\n  - {op: pad}\n\n  - {op: pad}\n",
    ),
    "comments at the head and the end": (
        "# head\n\n# more\n\nname: t\nspec: 1\n# end\n",
        "# head\n\n# more\n\nspec: 1\nname: t\n# end\n",
    ),
    "comments go with what they speak of": (
        "name: t # two\n# above one\nspec: 1 # one\n",
        "# above one\nspec: 1                                            # one\n"
        "name: t                                            # two\n",
    ),
    "comments of a layer": (
        "network:\n- op: pad # all\n- # all\n  op: pad\n- {op: pad} # all\n"
        "- op: pad\n  # one\n  name: p # other\n  # end\n# next\n- {op: pad}\n",
        "network:\n"
        "  - {op: pad}                                      # all\n"
        "  - {op: pad}                                      # all\n"
        "  - {op: pad}                                      # all\n"
        "  - op: pad\n    # one\n"
        "    name: p                                        # other\n"
        "    # end\n  # next\n  - {op: pad}\n",
    ),
    "comments in brackets": (
        "network: [ # a\n  {op: pad, # b\n   # c\n   name: p # d\n   # e\n  }, # f\n"
        "] # g\nspec: 1\n",
        "spec: 1\n\n# g\n"
        "network:                                           # a\n"
        "  # f\n"
        "  - op: pad                                        # b\n"
        "    # c\n"
        "    name: p                                        # d\n"
        "    # e\n",
    ),
    "comments of a text": (
        "doc: >- # on texts\n  # is text\n  a\nx:\n  # why\n  1\ny: {} # e\nz: { # f\n  # g\n  }\n",
        "doc: >-                                            # on texts\n  # is text\n  a\n"
        "# why\nx: 1\ny: {}                                              # e\n"
        "# g\nz: {}                                              # f\n",
    ),
    "a running comment holds its lines": (
        "defaults:\n  conv:\n    l2: 1                # one sentence,\n"
        "    stride: 1            # over two lines\n",
        "defaults:\n  conv:\n"
        "    l2: 1                                          # one sentence,\n"
        "    stride: 1                                      # over two lines\n",
    ),
    "markers of documents go": ("--- # a\nspec: 1\n... # b\n", "# a\nspec: 1\n# b\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout(name: str) -> None:
    text, wanted = LAYOUTS[name]
    assert layout(text) == wanted


def test_lines_end_where_they_end() -> None:
    lines = layout("spec: 1   \nname: t  # c   \n\n\n").split("\n")
    assert lines == [line.rstrip() for line in lines]
    assert lines[-2:] == ["name: t                                            # c", ""]


def test_what_is_not_yaml_of_the_language_is_refused() -> None:
    for text in ("a: [", "a: &b 1", "a: 1\na: 2", "- a", ""):
        with pytest.raises(SpecError):
            formatted(Source("t.yaml", text))


@pytest.mark.parametrize("name", builtin_names())
def test_expanded_specs_say_the_same(name: str) -> None:
    network = inceptionspec.load(name)
    text = spec_text(network.loaded.expanded())
    result = layout(text)
    assert data_of(result) == data_of(text)
    assert inceptionspec.load(result).digests == network.digests


# Layers that read a map and give one, so that any of them may stand anywhere.
_SIDES = st.sampled_from([1, 3, "1x7", "3x3", "7x1"])
_LAYERS = st.one_of(
    st.fixed_dictionaries(
        {"op": st.just("conv"), "kernel": _SIDES, "filters": st.integers(1, 64)},
        optional={
            "stride": st.integers(1, 2),
            "norm": st.sampled_from(["none", "batch_norm"]),
            "activation": st.sampled_from(["relu", "none", "tanh"]),
            "init": st.sampled_from(["zeros", {"truncated_normal": 0.09}]),
            "l2": st.sampled_from([0, 2e-5, 0.001]),
            "doc": st.sampled_from(["yes", "a: b", "# no", "one, two", "two\nlines", "x" * 120]),
        },
    ),
    st.fixed_dictionaries({"op": st.just("max_pool"), "kernel": _SIDES}),
    st.fixed_dictionaries({"op": st.just("activation"), "function": st.just("relu")}),
)
_LISTS = st.recursive(
    st.lists(_LAYERS, max_size=3),
    lambda inner: st.lists(
        st.one_of(
            _LAYERS,
            st.builds(lambda layers: {"layers": layers or [{"op": "flatten"}]}, inner),
            st.builds(lambda one: {"branches": {"B": one, "A": one}}, inner),
            st.builds(lambda one: {"merge": "concat", "branches": [one, one]}, inner),
        ),
        max_size=3,
    ),
    max_leaves=6,
)


@settings(max_examples=60)
@given(_LISTS, st.sampled_from([None, True, False]), st.integers(20, 200), st.booleans())
def test_specs_as_others_write_them_say_the_same(
    layers: list[Any], flow: bool | None, width: int, ordered: bool
) -> None:
    data = {"network": layers, "name": "t", "input": {"size": "32x32"}, "spec": 1}
    data = json.loads(json.dumps(data))  # else PyYAML writes aliases of what is there twice
    text = yaml.safe_dump(data, default_flow_style=flow, width=width, sort_keys=ordered)
    result = layout(text)
    assert data_of(result) == data_of(text)
    try:
        before = inceptionspec.load(text).digests
    except SpecError:
        return
    assert inceptionspec.load(result).digests == before


TEXTS = [open_spec(name).text or "" for name in builtin_names()]
TEXTS += [LAYOUTS["comments in brackets"][0], spec("- {op: pad}\n- branches: [[], []]")]


@settings(max_examples=150)
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_no_comment_is_lost_wherever_it_stands(text: str, chance: random.Random) -> None:
    count = chance.randint(1, 12)
    for number in range(count):
        text = _remarked(text, f"#<{number}>", chance)
    try:
        before = data_of(text)
    except SpecError:  # a comment in the wrong place can break what stood there
        return
    result = layout(text)
    assert data_of(result) == before
    assert sorted(re.findall(r"#<\d+>", result)) == sorted(f"#<{one}>" for one in range(count))


def _remarked(text: str, comment: str, chance: random.Random) -> str:
    """A text with one comment more: on a line of its own, at the end of one, or in brackets."""
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    kind = chance.choice(["own", "own", "end", "end", "brackets"])
    if kind == "own":
        lines.insert(place, " " * chance.randrange(14) + comment)
    elif kind == "end":
        lines[place] += f" {comment}"
    else:
        places = [match.end() for match in re.finditer(r"[,{\[] ?", text)]
        at = chance.choice(places) if places else 0
        gap = chance.choice([" ", "\n" + " " * 12])
        return f"{text[:at]}{gap}{comment}\n{' ' * 16}{text[at:]}"
    return "\n".join(lines)


ENTRIES = st.lists(
    st.sampled_from(
        [
            "{op: conv, kernel: [1, 3], filters: 4, norm: null}",
            "{op: conv, kernel: 1x3, stride: [2, 1], filters: 4, activation: ~}",
            "{op: max_pool, kernel: [2, 2], padding: [1, 1]}",
            "{residual: {}, layers: [{op: conv, kernel: [3, 3], filters: input}]}",
            "{residual: false, layers: [{op: lrn}]}",
            "{group: g, layers: [{op: lrn}, {op: conv, kernel: 1, filters: 2, norm: null}]}",
            "{block: b, repeat: 2, with: {n: 4}}",
            "{branches: {A: [], B: [{op: avg_pool, kernel: [3, 3]}]}}",
        ]
    ),
    max_size=4,
    unique=True,
)
CHANGES = st.lists(
    st.sampled_from(
        [
            "args.m: {set: 3}",
            "input: {set: {size: 48x48}}",
            "defaults.conv: {set: {activation: null}}",
            "blocks.b: {set: {doc: x}, after: [{op: lrn}]}",
            "stem: {set: {kernel: [1, 1]}}",
            "b_/b_1/C: {filters: 2}",
            "b_: {set: {repeat: 1}, wrap: {layers: [inner, {op: lrn}]}}",
        ]
    ),
    unique_by=lambda text: text.partition(":")[0],
)


@settings(max_examples=20)
@given(ENTRIES, CHANGES, st.booleans())
def test_the_layout_keeps_both_digests(
    tmp_path_factory: pytest.TempPathFactory, entries: list[str], changes: list[str], block: bool
) -> None:
    first = "{op: conv, name: stem, kernel: 3, filters: $m}"
    repeat = "{block: b, name: b_, repeat: 2, with: {n: 4}}"
    lines = "".join(f"- {entry}\n" for entry in (first, repeat, *entries))
    rest = "args: {m: 4}\nblocks: {b: {args: {n: int}, layers: [{op: conv, name: C, kernel: [1, 1],"
    base = spec(lines.rstrip(), rest=f"{rest} filters: $n}}]}}}}\n")
    body = "".join(f"  {change}\n" for change in changes)
    override = f"override:\n{body}" if block else f"override: {{{', '.join(changes)}}}\n"
    variant = f"spec: 1\nextends: base.yaml\nname: v\n{override if changes else ''}"
    folder = tmp_path_factory.mktemp("layout")
    digests = []
    for settle in (str, layout):
        (folder / "base.yaml").write_text(settle(base))
        (folder / "v.yaml").write_text(settle(variant))
        digests.append(inceptionspec.load(str(folder / "v.yaml")).digests)
    assert digests[0] == digests[1]
