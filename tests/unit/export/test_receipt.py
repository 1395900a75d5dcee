"""Receipts: what they must hold, and that a change of any of it is found."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from support import loaded

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.source import external
from inceptionspec.export.receipt import parse_receipt, receipt_digest, sealed
from inceptionspec.frontend.writing.expanded_text import expanded_text

PLACE = external("t.onnx")


def data() -> dict[str, Any]:
    network = loaded("inception_v1", width=0.1, head="Logits")
    text = expanded_text(network.expanded(), network.tree, network.limits)
    return {
        "receipt": 1,
        "format": "onnx",
        "name": "InceptionV1",
        "spec": {"reference": "inception_v1.yaml", "settings": ["--width 0.1"], "text": text},
        "digests": {**network.digests, "weights": "0" * 64},
        "weights": {"file": None, "parameters": 3},
        "outputs": ["Logits"],
        "batch": None,
        "optimized": False,
        "preprocessing": None,
        "preprocessing_inside": False,
        "preprocessing_notes": [],
        "labels": ["cat", "dog"],
        "content": {"": "00"},
        "reference": {"seed": "s", "shape": [2, 8, 8, 3], "outputs": {}, "layers": {}},
        "verification": {
            "verified": True, "runtime": "r 1", "source": "s 1", "deviation": 1e-7, "bound": 1e-5,
        },
        "versions": {"inceptionspec": "1"},
    }  # fmt: skip


def parsed(text: str) -> Any:
    return parse_receipt(text, "t.onnx", PLACE)


def test_a_receipt_is_read_as_it_was_written() -> None:
    receipt = sealed(data())
    assert parsed(receipt.to_json()) == receipt
    assert receipt.labels == ("cat", "dog")
    assert receipt.load().name == "InceptionV1"
    assert receipt.load().digests["network"] == receipt.data["digests"]["network"]
    assert str(receipt).startswith("InceptionV1 as onnx\n")


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    given = data()
    assert receipt_digest(dict(reversed(given.items()))) == receipt_digest(given)


def changed(path: str, value: Any) -> str:
    whole = copy.deepcopy(dict(sealed(data()).data))
    *keys, last = path.split(".")
    part: Any = whole
    for key in keys:
        part = part[key]
    part[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Other"),
        ("digests.weights", "1" * 64),
        ("labels", ["dog", "cat"]),
        ("verification.deviation", 0.0),
        ("reference.shape", [2, 8, 8, 4]),
        ("preprocessing_inside", True),
    ],
)
def test_an_edited_receipt_is_found(path: str, value: Any) -> None:
    with pytest.raises(SpecError) as caught:
        parsed(changed(path, value))
    (finding,) = caught.value.findings
    assert finding.code == "E0714"
    assert "was changed after it was written" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"receipt": 2}',
        "[" * 100_000,
        changed("receipt", True),
        changed("outputs", [1]),
        changed("labels", "cat"),
        changed("preprocessing_notes", [1]),
        changed("reference.shape", [1, 2]),
        changed("reference.shape", [10**9, 10**9, 1, 1]),
        changed("digests.network", "\x1b[2J"),
        changed("verification", None),
        '{"receipt": NaN}',
    ],
    ids=range(16),
)
def test_what_is_no_receipt_is_a_finding(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        parsed(text)
    assert [finding.code for finding in caught.value.findings] == ["E0714"]


def test_a_receipt_of_any_size_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(SpecError) as caught:
        parsed(" " * 17_000_000)
    assert "more than 16,000,000 bytes" in caught.value.findings[0].message
