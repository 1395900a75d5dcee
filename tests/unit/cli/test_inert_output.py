"""What a spec says stays text wherever it is printed; docs/robustness.md makes the promise."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hostile import ACTS, HERE, INERT

from inceptionspec import load
from inceptionspec.cli.program import run
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.reports.findings.formats import DATA, TEXTS


@pytest.fixture(params=INERT, ids=lambda path: path.stem)
def hostile(request: pytest.FixtureRequest) -> Path:
    return request.param


def printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Both streams of a command."""
    assert run(words) in (0, 1, 2)
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
    text = (HERE / "inert" / "quotes.yaml").read_text()
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
        Path(name).write_bytes((HERE / "refused" / "names_are_markup.yaml").read_bytes())
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
    base.write_bytes((HERE / "inert" / "quotes.yaml").read_bytes())
    mine = tmp_path / "name: [x] # y.yaml"
    printed(["new", str(mine), "--extends", "base.yaml"], capsys)
    assert set(load(str(mine)).spec.document) == {"spec", "extends", "name", "doc", "args"}


def test_inert_text_shows_what_it_left_out() -> None:
    assert sanitize("a\x1b[0m\u202eb\U000e0041") == "a\\u001b[0m\\u202eb\\U000e0041"
