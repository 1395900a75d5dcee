"""The promises about what a spec cannot do; docs/robustness.md says which test holds which."""

from __future__ import annotations

import ast
import csv
import html.parser
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import CORPUS, ROOT

from inceptionspec import load
from inceptionspec.cli.main import _run
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.ops import OPS
from inceptionspec.reports.findings.formats import DATA, TEXTS

HOSTILE = CORPUS / "hostile"
WATCHED = ROOT / "tests" / "helpers" / "watched.py"
INERT = sorted((HOSTILE / "inert").glob("*.yaml"))
#: What acts on a terminal or hides: controls, marks of direction, marks that are not seen.
ACTS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)

# 1 and 2: executes nothing, opens and writes nothing else


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict]:
    """What an audit hook saw in each of three commands over the whole corpus."""
    running = {}
    for command in ("check", "summary", "render"):
        folder = tmp_path_factory.mktemp(command)
        line = [
            sys.executable,
            str(ROOT / "tests" / "helpers" / "watched.py"),
            command,
            str(folder),
        ]
        running[command] = subprocess.Popen(line, stdout=subprocess.PIPE, cwd=folder)
    return {command: json.loads(one.communicate()[0]) for command, one in running.items()}


@pytest.mark.parametrize("command", ["check", "summary", "render"])
def test_a_spec_executes_opens_and_writes_nothing(command: str, watched: dict) -> None:
    seen = watched[command]
    assert seen["wrong"] == []
    assert len(seen["codes"]) >= 100
    assert set(seen["codes"].values()) <= {0, 1, 2}
    assert seen["seen"]["open"] >= 100
    # What is forbidden would have been noticed.
    bait = " ".join(seen["bait"])
    for word in ("compile: <string>", "exec: <string>", "written: ", "os.system"):
        assert word in bait


def test_the_engine_is_the_only_process(watched: dict) -> None:
    assert "subprocess.Popen" not in {**watched["check"]["seen"], **watched["summary"]["seen"]}
    assert watched["render"]["seen"]["subprocess.Popen"] >= len(INERT)


def test_no_module_holds_a_way_to_run_code() -> None:
    """Neither by what builtins offer nor by modules that can."""
    for path in sorted((ROOT / "inceptionspec").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__"), path
            if isinstance(node, ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
                if path.parent.name == "watch":  # it serves this machine, and asks no other
                    names -= {"socket"}
                assert names.isdisjoint({"pickle", "marshal", "shelve", "socket", "urllib"}), path


# 5: same input, same output


COMMANDS = (
    *(["summary", "inception_v3", "--format", form] for form in ("table", "csv", "markdown")),
    ["summary", "inception_v3", "inception_resnet_v2", "--format", "json"],
    *(["check", "BAD", "inception_v3", "--format", form] for form in (*TEXTS, *DATA)),
    ["show", "--expanded", "inception_v3"],
    ["show", "--path", "Mixed_5b", "inception_v3"],
    ["schema"],
    ["list", "--format", "json"],
    ["render", "inception_v3", "-o", "OUT/a.dot"],
    ["render", "inception_v3", "--fold", "branches", "-o", "OUT/a.svg"],
    ["render", "inception_v3", "-o", "OUT/a.html"],
    *(
        ["diff", "inception_v3", "inception_v4", "--format", form]
        for form in ("text", "markdown", "json")
    ),
)

ALL = """
import contextlib, hashlib, io, json, pathlib, sys
from inceptionspec.cli.main import _run
bad, out, commands = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
for words in commands:
    words = [word.replace("BAD", bad).replace("OUT", out) for word in words]
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = _run(words)
    file = pathlib.Path(words[-1])
    written = file.read_bytes() if words[0] == "render" else b""
    said = text.getvalue().replace(out, "OUT").encode()
    print(" ".join(words[:2]), code, hashlib.sha256(said + written).hexdigest())
"""


def test_the_same_bytes_under_ten_hash_seeds(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "spec: 1\nname: b\ninput: {size: 9x9}\nblocks: {b: {args: {x: int, y: int}, layers: []}}\n"
        "network:\n  - {op: cnov}\n  - {op: conv, kernal: 3, stide: 2, kernel: x}\n"
        "  - {block: b}\n  - {block: c}\n  - {opp: conv}\nmian: x\n"
    )
    outputs = []
    for first in range(0, 10, 2):  # two at a time
        running = []
        for seed in (first, first + 1):
            folder = tmp_path / str(seed)
            folder.mkdir()
            line = [sys.executable, "-c", ALL, str(bad), str(folder), json.dumps(COMMANDS)]
            env = {**os.environ, "PYTHONHASHSEED": str(seed)}
            running.append(subprocess.Popen(line, stdout=subprocess.PIPE, env=env, cwd=tmp_path))
        outputs += [one.communicate()[0].decode() for one in running]
    assert len(outputs[0].splitlines()) == len(COMMANDS)
    assert len(set(outputs)) == 1


# 6: output is inert


@pytest.fixture(params=INERT, ids=lambda path: path.stem)
def hostile(request: pytest.FixtureRequest) -> Path:
    return request.param


def printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Both streams of a command."""
    assert _run(words) in (0, 1, 2)
    said = capsys.readouterr()
    return said.out + said.err


def test_inert_files_are_networks(hostile: Path) -> None:
    assert load(str(hostile)).graph.nodes


@pytest.mark.parametrize(
    "words",
    [
        ["summary"],
        ["summary", "--format", "csv"],
        ["summary", "--format", "markdown"],
        ["summary", "--format", "json"],
        ["summary", "inception_v3"],
        ["summary", "inception_v3", "--format", "csv"],
        ["summary", "inception_v3", "--format", "markdown"],
        ["show", "--expanded"],
        ["check", "--set", "nothing=1"],
        ["diff", "inception_v3"],
        ["diff", "inception_v3", "--format", "markdown"],
        ["diff", "inception_v3", "--format", "json"],
        *(["check", "--format", form] for form in (*TEXTS, *DATA)),
    ],
    ids=" ".join,
)
def test_no_text_acts_on_a_terminal(
    hostile: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not ACTS.search(printed([*words, str(hostile)], capsys))


def test_no_file_name_acts_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (HOSTILE / "inert" / "quotes.yaml").read_text()
    for name in FILE_NAMES:
        Path(name).write_text(text)
        Path(f"bad{name}").write_text(text.replace("conv", "cnov"))
        for words in (["summary", name], ["check", name], ["check", f"bad{name}"],
                      ["check", "--format", "concise", f"bad{name}"],
                      ["diff", name, "vgg16"], ["summary", name, "vgg16", "--format", "markdown"],
                      ["render", name, "-o", f"{name}.dot"]):  # fmt: skip
            assert not ACTS.search(printed(words, capsys))


FILE_NAMES = (
    "\x1b[31m.yaml", "a\u202egpj.yaml", "=1+1.yaml", "<script>alert(1)<.yaml", "[x](y).yaml",
    "a,b:c%0A::error::x.yaml", "a\nb.yaml", "'; touch pwned; '.yaml",
)  # fmt: skip


def test_no_cell_is_a_formula(
    hostile: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("=1+1.yaml").write_bytes(hostile.read_bytes())
    for words in ([str(hostile)], [str(hostile), "=1+1.yaml"], ["=1+1.yaml"]):
        rows = list(
            csv.reader(io.StringIO(printed(["summary", "--format", "csv", *words], capsys)))
        )
        assert len(rows) >= 2
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


class Tags(html.parser.HTMLParser):
    """Collects elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def test_notebooks_get_an_image_and_a_table_and_nothing_else(hostile: Path) -> None:
    found = Tags()
    found.feed(load(str(hostile))._repr_html_())
    assert found.tags <= {"p", "table", "thead", "tbody", "tr", "th", "td", "br",
                          "img", "details", "summary"}  # fmt: skip
    # The diagram is an image, in which nothing could run, from no other place.
    (source,) = (value for name, value in found.attributes if name == "src")
    assert source.startswith("data:image/svg+xml;base64,")
    assert {name for name, _ in found.attributes} == {"alt", "src", "style"}
    (style,) = (value for name, value in found.attributes if name == "style")
    assert style == "max-width: 100%; height: auto"


def elements(svg: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for element in ElementTree.fromstring(svg).iter():
        yield str(element.tag).rpartition("}")[2], element.attrib


def test_drawings_hold_no_script_no_handler_and_no_link(hostile: Path) -> None:
    svg = load(str(hostile)).render()
    for tag, attributes in elements(svg):
        assert tag in ("svg", "g", "title", "polygon", "path", "text", "ellipse", "polyline")
        for name, value in attributes.items():
            short = name.rpartition("}")[2].lower()
            assert not short.startswith("on")
            assert short not in ("href", "src", "style", "action")
            assert "javascript" not in value
    assert "<!ENTITY" not in svg
    assert "<?xml-stylesheet" not in svg
    assert not ACTS.search(svg.replace("\n", ""))


def test_the_name_is_drawn_as_it_stands(hostile: Path) -> None:
    """Letter for letter, but for white space, what cannot be seen, and what is cut short."""
    network = load(str(hostile))
    root = ElementTree.fromstring(network.render())
    drawn = {"".join(text.itertext()).replace("\xa0", " ").strip() for text in root.iter()}
    shown = "".join(
        one if one.isprintable() else "\ufffd" for one in " ".join(network.name.split())
    )
    beginning = shown[:60].strip()
    assert any(text.startswith(beginning) for text in drawn), (beginning, drawn)


def test_dot_text_is_one_graph(hostile: Path, tmp_path: Path) -> None:
    load(str(hostile)).render(str(tmp_path / "a.dot"))
    text = (tmp_path / "a.dot").read_text()
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
    outside = quoted.sub("", text)
    assert "URL" not in outside
    assert "evil" not in outside
    assert outside.count("digraph") == 1
    assert outside.count("{") == outside.count("}")
    assert "<" not in outside  # no label is HTML


def test_a_page_is_the_same_but_for_its_data(hostile: Path, tmp_path: Path) -> None:
    """What a user wrote is in the title and in the JSON, and neither holds a tag."""
    parts = re.compile('(<title>)(.*?)(</title>)|(application/json">)(.*?)(</script>)', re.DOTALL)
    frames = set()
    for spec in (str(hostile), "vgg16"):
        load(spec).render(str(tmp_path / "a.html"))
        text = (tmp_path / "a.html").read_text(encoding="utf-8")
        title, data = (found[2] or found[5] for found in parts.finditer(text))
        assert "<" not in title + data
        assert not ACTS.search(text)
        frames.add(parts.sub("", text))
    assert len(frames) == 1


def test_markdown_holds_no_markup_of_a_user(
    hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["summary"], ["summary", "vgg16"], ["diff", "vgg16"]):
        text = printed([*words, str(hostile), "--format", "markdown"], capsys)
        bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text) if words[0] == "diff" else text
        bare = re.sub(r"\\.", "", bare)
        assert not re.search(r"[<>\[\]`]|://|\bwww\.", bare), bare


def test_annotations_are_commands_of_one_line_each(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a,b:c%0A::error::x.yaml", "a\nb.yaml"):
        Path(name).write_bytes((HOSTILE / "refused" / "names_are_markup.yaml").read_bytes())
        lines = printed(["check", "--format", "github", name], capsys).splitlines()
        assert len(lines) >= 6
        for line in lines:
            command, _, message = line.removeprefix("::").partition("::")
            assert re.match(r"(error|warning) file=[^,:\n]*,line=\d+,col=\d+", command), line
            assert not re.search(r"%(?!25|0A|0D|3A|2C)", line)
            assert "%0A::" not in message
    for path in INERT:
        for line in printed(["check", "--format", "github", str(path)], capsys).splitlines():
            assert line.startswith(("::error ", "::warning ", "::notice::"))


def test_json_is_ascii_and_reads_back(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["summary", "--format", "json"], ["check", "--format", "json"]):
        text = printed([*words, str(hostile)], capsys)
        assert text.isascii()
        json.loads(text)
    name = json.loads(printed(["summary", "--format", "json", str(hostile)], capsys))["spec"][
        "name"
    ]
    assert name == load(str(hostile)).name


def test_a_variant_of_a_hostile_base_says_what_it_should(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "base.yaml"
    base.write_bytes((HOSTILE / "inert" / "quotes.yaml").read_bytes())
    mine = tmp_path / "name: [x] # y.yaml"
    printed(["new", str(mine), "--extends", "base.yaml"], capsys)
    assert set(load(str(mine)).spec.document) == {"spec", "extends", "name", "doc", "override"}


def test_inert_text_shows_what_it_left_out() -> None:
    assert sanitize("a\x1b[0m\u202eb\U000e0041") == "a\\u001b[0m\\u202eb\\U000e0041"


# 7: there is no escape hatch


def test_no_operator_runs_what_a_spec_says() -> None:
    words = {"lambda", "custom", "python", "code", "eval", "exec", "function", "call", "module",
             "class", "import", "script", "shell", "plugin", "external"}  # fmt: skip
    for name, op in OPS.items():
        assert words.isdisjoint(name.split("_"))
        for field in ("shape", "resolve", "weights", "macs", "other_flops", "window"):
            assert getattr(op, field).__module__.startswith("inceptionspec.ops.")
    with pytest.raises(TypeError):
        OPS["python"] = OPS["conv"]  # type: ignore[index]


@pytest.mark.parametrize(
    "word", ["lambda", "custom", "python", "Conv2D", "__class__", "tf.nn.relu"]
)
def test_what_is_no_operator_is_refused(word: str) -> None:
    text = f"spec: 1\nname: t\ninput: {{size: 8x8}}\nnetwork:\n  - {{op: {word}}}\n"
    with pytest.raises(SpecError) as caught:
        load(text)
    assert [one.code for one in caught.value.findings] == ["E0206"]
