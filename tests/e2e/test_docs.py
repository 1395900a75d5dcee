"""The documentation: every example is run, every link leads somewhere, no key is left out."""

from __future__ import annotations

import dataclasses
import doctest
import hashlib
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from support import ROOT, script

import inceptionspec
from inceptionspec import SpecError
from inceptionspec.checks.budget_file import read_budgets
from inceptionspec.checks.contracts import broken_contracts, exceeded_budgets
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Source
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.form import Form
from inceptionspec.frontend.reading.spec_files import builtin_names
from inceptionspec.ops import LAYER_OPS, MERGE_OPS, OPS
from inceptionspec.ops.attribute_types import INITIALIZERS
from inceptionspec.ops.functions import ACTIVATIONS
from inceptionspec.reports.findings.json import to_json as findings_json
from inceptionspec.reports.summary.json import to_json
from inceptionspec.sweep.sweep_file import read_sweep
from inceptionspec.training.recipes.load import load_recipe

DOCS = ROOT / "docs"
PAGES = [page for page in (*sorted(DOCS.glob("*.md")), ROOT / "README.md") if page.exists()]
GENERATED = ("api.md", "findings.md", "operators.md", "provenance.md")

_FENCE = re.compile(
    r"((?:^<!-- \w+: [^\n]* -->\n)*)^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_FOLDER = re.compile(r"^<!-- folder: (\S+) -->$", re.MULTILINE)
_NOTE = re.compile(r"<!-- (\w+): (.*) -->")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


class Example(NamedTuple):
    """A fenced block: its language, its text, and the notes in comments before it."""

    page: Path
    line: int
    language: str
    text: str
    notes: dict[str, str]


def examples_of(page):
    text = page.read_text(encoding="utf-8")
    return [
        Example(
            page,
            text.count("\n", 0, match.start(2)) + 1,
            match[2],
            match[3],
            dict(_NOTE.findall(match[1])),
        )
        for match in _FENCE.finditer(text)
    ]


#: Its commands change a file again and again: `test_readme.py` runs them in order.
TUTORIAL = DOCS / "tutorial.md"

# What is on the page of findings is run by `test_explain.py`, from where it is made of.
EXAMPLES = [
    example for page in PAGES if page.name != "findings.md" for example in examples_of(page)
]


def those_in(*languages):
    chosen = [
        example
        for example in EXAMPLES
        if example.language in languages
        and not (example.language == "console" and example.page == TUTORIAL)
        and "script" not in example.notes  # of another program
    ]
    return pytest.mark.parametrize(
        "example", chosen, ids=[f"{one.page.name}:{one.line}" for one in chosen]
    )


def codes_of(reference):
    """The codes of what is wrong with a spec, contracts and budgets included, or another file."""
    try:
        if reference.startswith("budgets: "):
            read_budgets(Source("budgets.yaml", reference))
            return []
        if reference.startswith("sweep: "):
            read_sweep(Source("sweep.yaml", reference))
            return []
        if reference.startswith("recipe: "):
            load_recipe(Source("recipe.yaml", reference))
            return []
        network = inceptionspec.load(reference)
    except SpecError as error:
        return [finding.code for finding in error.findings]
    return [
        one.code for one in (*broken_contracts(network.loaded), *exceeded_budgets(network.loaded))
    ]


@cache
def folder_of(page, root):
    """Where a page's commands run: a folder with those of its examples that have a file's name.

    The README speaks of files of the checkout.
    """
    if page.parent == ROOT:
        return ROOT
    folder = root / page.stem
    folder.mkdir()
    for name in _FOLDER.findall(page.read_text(encoding="utf-8")):
        shutil.copytree(page.parent / name, folder, dirs_exist_ok=True)
    for example in examples_of(page):
        if "file" in example.notes:
            (folder / example.notes["file"]).write_text(example.text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("docs")


def test_there_is_something_to_test():
    assert {"language.md", "formats.md", "tensorflow.md", *GENERATED} <= {
        page.name for page in PAGES
    }
    assert len(EXAMPLES) > 50


@those_in("yaml")
def test_every_spec_is_whole_and_does_what_is_said(example, root):
    assert re.match(r"(#.*\n)*(spec|recipe|budgets|sweep): ", example.text)
    wanted = example.notes.get("bad")
    reference = example.text
    if "file" in example.notes and re.search(r"^extends: \S+\.yaml$", reference, re.MULTILINE):
        reference = str(folder_of(example.page, root) / example.notes["file"])
    found = codes_of(reference)
    assert found[:1] == ([wanted] if wanted else []), found


@cache
def run(command, folder):
    """What a command prints, as it would in a checkout's own folder; each is run once."""
    program, *arguments = shlex.split(command)
    assert program == "specbuild"
    done = subprocess.run(
        [sys.executable, "-m", "inceptionspec", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    return done.stdout.replace(f"{ROOT}/", "")


def sessions(text):
    """Pairs of a command and what is printed after it."""
    places = [match.start() for match in re.finditer(r"^\$ ", text, re.MULTILINE)]
    for start, end in pairwise([*places, len(text)]):
        command, _, output = text[start:end].partition("\n")
        yield command.removeprefix("$ "), output


def fits(printed, shown):
    """Whether an output is the one that is shown, in which `...` alone stands for any lines."""
    pieces = re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE)
    if len(pieces) == 1:
        return printed == shown
    if not (printed.startswith(pieces[0]) and printed.endswith(pieces[-1])):
        return False
    place = 0
    for piece in pieces:
        place = printed.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def written_before(example):
    """Commands further up on a page that write specs, which those of the example may read."""
    for earlier in examples_of(example.page):
        if earlier.language == "console" and earlier.line < example.line:
            for command, _ in sessions(earlier.text):
                if command.startswith(("specbuild rewrite", "specbuild sweep")):
                    yield command


@those_in("console")
def test_every_output_was_printed(example, root):
    folder = folder_of(example.page, root)
    for command in written_before(example):
        run(command, folder)
    for command, shown in sessions(example.text):
        if command.startswith("specbuild bench"):  # what it prints is never the same twice
            continue
        if command.startswith(("specbuild build", "specbuild predict")):
            pytest.importorskip("tensorflow")
        printed = run(command, folder)
        assert fits(printed, shown), printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_python_does_what_is_shown(page, root, monkeypatch):
    parts = [example for example in examples_of(page) if example.language == "pycon"]
    if not parts:
        return
    pytest.importorskip("tensorflow")
    importlib.import_module("inceptionspec.backends.keras")  # it silences TensorFlow
    folder = folder_of(page, root)
    for example in examples_of(page):
        for command, _ in sessions(example.text) if example.language == "console" else ():
            if command.startswith("specbuild build"):  # it makes what the next lines load
                run(command, folder)
    monkeypatch.chdir(folder)
    names = {}
    said = []
    for part in parts:
        test = doctest.DocTestParser().get_doctest(
            part.text, names, page.name, str(page), part.line
        )
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
        runner.run(test, out=said.append, clear_globs=False)
        names = test.globs
    assert not said, "".join(said)


@those_in("json")
def test_json_is_json_and_digests_are_of_it(example, root):
    data = json.loads(example.text)
    folder = folder_of(example.page, root)
    for digest in ("network", "document"):
        if digest in example.notes:
            text = (folder / example.notes[digest]).read_text(encoding="utf-8")
            document = example.text.strip()
            assert (
                hashlib.sha256(document.encode()).hexdigest()
                == (inceptionspec.load(text).digests[digest])
            )
            again = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert again == document


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in _LINK.findall(re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"),
                                       flags=re.MULTILINE | re.DOTALL)):  # fmt: skip
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        aim = (page.parent / file).resolve() if file else page
        assert aim.is_relative_to(ROOT), target
        assert aim.exists(), target
        if anchor and aim.suffix == ".md":
            assert anchor in anchors(aim), target


@cache
def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower().replace("\\", ""))
        found.add(plain.strip().replace(" ", "-"))
    return found


def test_generated_pages_are_fresh():
    done = subprocess.run(
        [sys.executable, "tools/make_docs.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_public_name_is_on_the_page_of_the_api():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    names = [name for name in dir(inceptionspec) if name != "__version__"]
    assert [name for name in names if f"\n### {name}\n" not in page] == []


FORMS = {
    name: form for name, form in vars(language).items() if isinstance(form, Form)
} | {op.name: language.layer_form(op) for op in LAYER_OPS.values()} | {
    op.name: language.merge_form(op) for op in MERGE_OPS.values()
}  # fmt: skip


@cache
def reference():
    return "".join(
        (DOCS / name).read_text(encoding="utf-8") for name in ("language.md", "operators.md")
    )


@pytest.mark.parametrize("name", FORMS)
def test_every_key_is_described(name):
    missing = [key for key in FORMS[name].fields if f"`{key}`" not in reference()]
    assert not missing


#: Operators that a spec can have; what rewrites alone make is none.
SPOKEN = tuple(name for name, op in OPS.items() if op.role != "rewrite")


def test_every_operator_is_described():
    page = (DOCS / "operators.md").read_text(encoding="utf-8")
    assert [name for name in SPOKEN if f"\n### {name}\n" not in page] == []


def test_every_word_for_a_value_is_described():
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    words = (*ACTIVATIONS, *language.ARGUMENT_TYPES, *language.PREDICTIONS)
    assert [word for word in words if f"`{word}`" not in page] == []
    assert [word for word in INITIALIZERS if word not in page] == []


def test_limits_are_those_of_the_code():
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    for field in dataclasses.fields(Limits):
        assert f"| `{field.name}` | {field.default:,} |" in page


def load_excerpts():
    """The excerpts of variants on the page of built-in specs, by the name of the spec."""
    page = (DOCS / "provenance.md").read_text(encoding="utf-8")
    sections = re.split(r"^## (\w+)$", page, flags=re.MULTILINE)[1:]
    for name, section in zip(sections[::2], sections[1::2], strict=True):
        for match in re.finditer(r"^(`{3,})yaml\n(.*?)^\1$", section, re.MULTILINE | re.DOTALL):
            yield name, match[2]


EXCERPTS = dict(load_excerpts()) if (DOCS / "provenance.md").exists() else {}


@pytest.mark.parametrize("name", EXCERPTS)
def test_an_excerpt_of_a_variant_is_the_whole_of_it(name):
    network = inceptionspec.load(name)
    assert inceptionspec.load(EXCERPTS[name]).digests["network"] == network.digests["network"]


def test_every_built_in_spec_has_a_section_and_every_variant_an_excerpt():
    page = (DOCS / "provenance.md").read_text(encoding="utf-8")
    variants = set()
    for name in builtin_names():
        assert f"\n## {name}\n" in page
        if "extends" in inceptionspec.load(name).spec.document:
            variants.add(name)
    assert set(EXCERPTS) == variants


# What may stand before a line so that it has something to read: a map, a map of 1x1, a vector.
BEFORE = ("", "  - {op: global_avg_pool, keep_dims: true}\n", "  - {op: global_avg_pool}\n")


@pytest.mark.parametrize("name", SPOKEN)
def test_the_line_that_shows_an_operator_can_be_read(name):
    page = (DOCS / "operators.md").read_text(encoding="utf-8")
    line = re.search(rf"^### {name}\n.*?^```text\n(.*?)\n```$", page, re.M | re.S)[1]
    size, lines = "input: {size: 32x32, channels: 96}", f"  - {line}"
    if name == "input":
        size, lines = line, "  - {op: softmax}"
    elif name in MERGE_OPS:
        lines = f"  - branches: [[], []]\n    {line}"
    tries = [codes_of(f"spec: 1\nname: t\n{size}\nnetwork:\n{one}{lines}\n") for one in BEFORE]
    assert [] in tries, tries


TWO_OF_ALL = """
spec: 1
name: T
input: {size: 8x8}
blocks: {pair: {branches: [[{op: conv, kernel: 1x1, filters: 2}], []]}}
network: [{block: pair}]
heads: {Logits: {from: pair, layers: [{op: global_avg_pool}]}}
"""


def documents():
    """A document of each form, with everything in it that can be."""
    network = inceptionspec.load(TWO_OF_ALL)
    label = Label(Source("f", "text").whole(), "here")
    finding = Diagnostic("E0401", "m", label, (label,), ("h",), ("n",))
    return {
        "summary": json.loads(to_json([network.summary()])),
        "summaries": json.loads(to_json([network.summary(), network.summary()])),
        "findings": json.loads(findings_json([finding], ["note"])),
        "list": json.loads(run("specbuild list --format json", ROOT)),
        "optimize": json.loads(run("specbuild optimize inception_v3 --format json", ROOT)),
        "weights": weights_document(),
        "diff": json.loads(
            run("specbuild diff inception_v3 inception_v3_keras --format json", ROOT)
        ),
    }


def weights_document():
    """Both kinds of the document of weights in one."""
    checkpoint = "tests/corpus/reference/slim_v3_tiny/slim_v3_tiny.ckpt"
    document = json.loads(run(f"specbuild weights {checkpoint} --json", ROOT))
    small = "inception_v3 --width 0.125 --min-filters 8 --set classes=11 --fresh Logits"
    match = json.loads(run(f"specbuild weights {checkpoint} {small} --json", ROOT))
    # What is counted by a type, a word or a kind has no name of its own.
    return document | match | {"types": {}, "groups": {}}


def keys_of(data):
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            if not (key == "attributes" and isinstance(value, dict)):  # these are an operator's
                yield from keys_of(value)
    elif isinstance(data, list):
        for part in data:
            yield from keys_of(part)


def section_of(form):
    page = (DOCS / "formats.md").read_text(encoding="utf-8")
    return re.search(rf"^## inceptionspec.{form}/\d$(.*?)(?=^## |\Z)", page, re.M | re.S)[1]


@pytest.mark.parametrize(
    "form", ["summary", "summaries", "findings", "list", "diff", "optimize", "weights"]
)
def test_every_field_of_a_form_is_described(form):
    data = documents()[form]
    assert data["schema"] == f"inceptionspec.{form}/1"
    described = section_of("summary") + section_of(form)
    names = {"Logits", *INITIALIZERS}  # heads are keyed by name; values of attributes
    assert [key for key in set(keys_of(data)) - names if f"`{key}`" not in described] == []


def test_every_field_of_a_benchmark_is_described():
    pytest.importorskip("tensorflow")
    from datetime import UTC, datetime

    from inceptionspec.bench.compare import Comparison
    from inceptionspec.bench.machine.environment import environment
    from inceptionspec.bench.measure.agreement import Agreement
    from inceptionspec.bench.measure.bootstrap import Ratio
    from inceptionspec.bench.measure.run import Run, Times
    from inceptionspec.bench.records.history import PastRun, Verdict, verdict_record
    from inceptionspec.bench.records.record import comparison_record, tuning_record
    from inceptionspec.bench.request.identity import RunIdentity
    from inceptionspec.bench.tune import Candidate, Trial, Tuned

    now = datetime.now(UTC)
    identity = RunIdentity("name", "path", "network", "document")
    done = Run(
        identity, "spec", "forward", "keras", None, 1, None, 0, (1.0,), Times(1.0, 1.0, 1.0),
        1, 1, 1, now, now, environment(), {},
    )  # fmt: skip
    ratio = Ratio(1.0, 1.0, 1.0)
    data = comparison_record(Comparison(done, done, (1.0,), ratio, Agreement(0.0, True), False))
    assert data["schema"] == "inceptionspec.bench/2"
    past = PastRun(1, {"started": "then"}, {})
    data["against"] = verdict_record(Verdict(past, ratio, 0.05, ()))
    graph = Candidate("graph", True)
    tuned = Tuned(identity, "", {}, (), graph, (Trial(graph, True, 1.0, ratio, 1),), 1.0)
    data["tuning"] = tuning_record(tuned)["tuning"]
    described = section_of("summary") + section_of("bench")
    assert [key for key in set(keys_of(data)) if f"`{key}`" not in described] == []


def test_every_field_of_a_profile_is_described():
    from profiles import TWO_HEADS, profile_of

    from inceptionspec import load
    from inceptionspec.bench.records.profile_record import record

    data = record(profile_of(load(TWO_HEADS), {}))
    described = section_of("summary") + section_of("bench") + section_of("profile")
    assert [key for key in set(keys_of(data)) if f"`{key}`" not in described] == []


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a | b", r"a \| b"),
        ("<b>[x](y)</b> ![z](w)", r"\<b\>\[x\](y)\</b\> !\[z\](w)"),
        ("set `a_b*` here", "set `a_b*` here"),
        ("set `a|b` here", r"set \`a\|b\` here"),
        ("Conv2d_1a is _one_ *two*", r"Conv2d_1a is \_one\_ \*two\*"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("12. no list", r"12\. no list"),
        ("0.5 and -1", "0.5 and -1"),
        ("two\n\nlines\x1b", r"two lines\\u001b"),
    ],
)
def test_what_a_spec_says_is_no_markup(text, escaped):
    assert script("docs_markdown").prose(text) == escaped
