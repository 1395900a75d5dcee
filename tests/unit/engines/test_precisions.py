"""Which engine computes in which precision on which processor, and what is said otherwise."""

from __future__ import annotations

import pytest

from inceptionspec import SpecError
from inceptionspec.backends.engines import ENGINES, FLOAT32, PRECISIONS, PROCESSOR_FOR
from inceptionspec.engines import available
from inceptionspec.engines.order import preferred
from inceptionspec.engines.precision_cost import NOISE, PrecisionCost, cost_of


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """All packages, on a processor that computes in bfloat16."""
    monkeypatch.setattr(available, "installed", lambda name: True)
    features = frozenset(("sse4_2", "avx", "avx512f", "avx512_bf16"))
    monkeypatch.setattr(available, "processor_features", lambda: features)


def finding_of(name: str, precision: str) -> tuple[str, str, tuple[str, ...]]:
    with pytest.raises(SpecError) as caught:
        available.check_available(name, "--engine x", precision)
    [finding] = caught.value.findings
    return finding.code, finding.message, finding.helps


def test_every_engine_computes_in_float32_and_every_precision_has_an_engine() -> None:
    assert all(FLOAT32 in engine.precisions for engine in ENGINES.values())
    computed = {name for engine in ENGINES.values() for name in engine.precisions}
    assert computed == set(PRECISIONS)
    assert set(PROCESSOR_FOR) <= computed - {FLOAT32}


@pytest.mark.usefixtures("everything")
def test_engines_of_a_precision() -> None:
    assert available.available("int8") == ("onnxruntime", "openvino")
    assert available.available("bfloat16") == ("keras", "graph", "optimized", "openvino")
    assert preferred(1, "bfloat16").engines[0] == "openvino"
    assert preferred(None, "int8").engines[0] == "openvino"
    code, message, helps = finding_of("litert", "int8")
    assert (code, message) == ("E0823", "the engine `litert` does not compute in int8")
    assert helps == ("engines that compute in int8 here: `onnxruntime` and `openvino`",)
    code, message, helps = finding_of("openvino", "int9")
    assert (code, helps) == ("E0805", ("did you mean `int8`?",))


def test_a_processor_that_lacks_a_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "installed", lambda name: True)
    monkeypatch.setattr(available, "processor_features", lambda: frozenset(("sse4_2", "avx")))
    assert available.available("bfloat16") == ()
    assert available.available("int8") == ("onnxruntime", "openvino")
    code, message, helps = finding_of("openvino", "bfloat16")
    assert code == "E0823"
    assert message == (
        "this processor does not compute in bfloat16: it has neither `avx512_bf16` nor `amx_bf16`"
    )
    assert helps == ("choose `float32` or `int8`",)
    monkeypatch.setattr(available, "processor_features", lambda: None)  # not known
    assert "openvino" in available.available("bfloat16")


def test_no_engine_of_a_precision_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "installed", lambda name: name in ("tensorflow", "keras"))
    monkeypatch.setattr(available, "processor_features", lambda: None)
    with pytest.raises(SpecError) as caught:
        available.check_any_available("int8", "--precision int8")
    [finding] = caught.value.findings
    assert finding.code == "E0823"
    assert finding.message == "no engine is installed that computes in int8"
    assert finding.helps[0].endswith("pip install 'inceptionspec[onnxruntime]'")


COST = PrecisionCost(
    "int8", "openvino", "photos", 20, 0.0123, 0.004, 0.95,
    {"a/b": 0.5, "c": 0.25}, tuple("abcdefg"), True,
)  # fmt: skip


def test_a_cost_in_words_and_as_data() -> None:
    assert cost_of(COST.data()) == COST
    assert repr(COST) == "<PrecisionCost openvino in int8: at most 1.2e-02, 95% agree>"
    rows = dict(COST.rows())
    assert rows["deviation"] == (
        "at most 1.2e-02 of the largest logit, 4.0e-03 in the mean; the likeliest class stays for "
        "95% of 20 pictures of photos (openvino, int8 against float32)"
    )
    assert rows["error from"] == "a/b 50%, c 25% of what all layers add"
    assert rows["in float32"] == "a, b, c, d, e and 2 more"
    assert "doubt" not in rows


def test_what_makes_a_cost_doubtful() -> None:
    doubtful = cost_of({**COST.data(), "folder": "", "trained": False})
    assert [text for name, text in doubtful.rows() if name == "doubt"] == [
        NOISE, "the weights are random: trained ones deviate by another amount"
    ]  # fmt: skip
    assert "20 pictures of noise" in doubtful.line
