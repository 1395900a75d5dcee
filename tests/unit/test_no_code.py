"""No spec can make the program run code: no module holds a way to, and no operator is one."""

from __future__ import annotations

import ast

import pytest
from support import ROOT

from inceptionspec import load
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.ops import OPS


def test_no_module_holds_a_way_to_run_code() -> None:
    """Neither by what builtins offer nor by modules that can."""
    for path in sorted((ROOT / "inceptionspec").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__"), path
            if isinstance(node, ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
                # Watching serves this machine; workers that train together ask each other.
                if path.parent.name in ("watch", "strategies"):
                    names -= {"socket"}
                assert names.isdisjoint({"pickle", "marshal", "shelve", "socket", "urllib"}), path


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
