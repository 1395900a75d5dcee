"""Every finding has a page whose examples do what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support import ROOT

from inceptionspec.cli.examples import findings_of
from inceptionspec.diagnostics.codes import CODES
from inceptionspec.explain import FAMILIES, PAGES, family, page, parse
from inceptionspec.explain.text import list_json, list_text, page_json, page_text
from inceptionspec.reports.findings.full import full
from inceptionspec.utils.ansi import colored

#: Codes that a spec alone, or a command that leaves nothing, cannot have everywhere.
NOT_RUN = {
    *(code for code in CODES if code.startswith("E07")),
    "E0911", "E0912", "E0913", "E0914", "E0915",
    "E0101", "E0109", "E0807", "E0808", "E0809", "E0811", "E0812", "W0109", "W0201",
    "E0820", "E0821", "E0822", "E0823", "E0824", "E0825", "E0826", "E0827", "E0832",
    "E0916", "E0917", "E0920", "E0921", "E0922", "E0923", "E0924", "E0945",
    "E0934", "E0935", "E0936", "E0937", "E0940", "E0941",
}  # fmt: skip


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.name for path in PAGES.iterdir()} == {f"{code}.md" for code in CODES}


def test_every_code_is_of_a_family() -> None:
    assert {code[:3] for code in CODES} == set(FAMILIES)
    assert family("E0402") == "shapes"


@pytest.mark.parametrize("code", CODES)
def test_a_page_tells_what_it_means_and_shows_two_examples(code: str) -> None:
    shown = page(code)
    sentences = re.findall(r"[.!?](?:\s|$)", " ".join(shown.paragraphs))
    assert 2 <= len(sentences) <= 8
    assert shown.bad.runs == (code not in NOT_RUN)
    if code not in NOT_RUN:
        assert shown.good is not None
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:])/(work|home|tmp|root|usr)\b|https?://", text)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("code", [code for code in CODES if code not in NOT_RUN])
def test_the_bad_example_has_the_code_and_no_other(code: str) -> None:
    assert [one.code for one in findings_of(page(code).bad)] == [code]


@pytest.mark.parametrize("code", CODES)
def test_the_good_example_is_clean(code: str) -> None:
    good = page(code).good
    assert good is None or not findings_of(good)


@pytest.mark.parametrize("code", CODES)
def test_the_finding_is_made_when_the_page_is_shown(code: str) -> None:
    shown = page(code)
    found = full(findings_of(shown.bad))
    first = found.partition("\n")[0]
    assert first not in (PAGES / f"{code}.md").read_text(encoding="utf-8") or not first
    text = page_text(shown, findings_of(shown.bad))
    assert text.startswith(f"{code}: {CODES[code].title}\n\n")
    for line in found.splitlines():
        assert line in text
    assert f"[{code}]: " in text or code in NOT_RUN


def test_examples_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for code in CODES:
        findings_of(page(code).bad)
    assert not list(tmp_path.iterdir())


def test_a_page_is_prose_and_blocks() -> None:
    shown = parse("E0314", (
        "One\nparagraph.\n\n```yaml bad\na: 1\n```\n\nAnother.\n\n"
        "```yaml bad other.yaml\nb: 2\n```\n\n```console bad\n$ specbuild check x --width 2\n```\n"
    ))  # fmt: skip
    assert shown.paragraphs == ("One paragraph.", "Another.")
    assert shown.bad.files == {"E0314.yaml": "a: 1\n", "other.yaml": "b: 2\n"}
    assert shown.bad.command == "specbuild check x --width 2"
    assert shown.good is None


@pytest.mark.parametrize("text", ["No example.\n", "Text.\n\n```yaml ugly\na: 1\n```\n"])
def test_a_page_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the page of E0101"):
        parse("E0101", text)


def test_a_page_fits_a_terminal_but_for_its_examples() -> None:
    shown = page("E0402")
    text = page_text(shown, (), width=60)
    assert all(len(line) <= 60 for line in text.splitlines() if not line.startswith("    "))
    assert "\x1b[1m" in page_text(shown, findings_of(shown.bad), 80, colored)


def test_the_list_has_every_code_under_its_family() -> None:
    text = list_text()
    for code, row in CODES.items():
        assert f"  {code}  {row.title}\n" in text
    for start, about in FAMILIES.items():
        assert f"{start}  {about}\n" in text
    rows = json.loads(list_json())["codes"]
    assert [row["code"] for row in rows] == list(CODES)
    assert rows[0] == {
        "code": "E0101", "title": CODES["E0101"].title, "family": "text and YAML",
        "level": "error", "exit": 1,
    }  # fmt: skip


def test_json_of_a_page() -> None:
    shown = page("E0402")
    data = json.loads(page_json(shown, findings_of(shown.bad)))
    assert data["schema"] == "inceptionspec.explain/1"
    assert (data["code"], data["family"], data["exit"]) == ("E0402", "shapes", 1)
    assert data["bad"]["findings"][0]["code"] == "E0402"
    assert list(data["bad"]["files"]) == ["E0402.yaml"]
    assert data["good"]["command"] == "specbuild check E0402.yaml"


def test_the_page_of_all_findings_is_linked() -> None:
    assert "(docs/findings.md)" in (ROOT / "README.md").read_text()
    text = (ROOT / "docs" / "findings.md").read_text()
    assert all(f"### {code} " in text for code in CODES)
