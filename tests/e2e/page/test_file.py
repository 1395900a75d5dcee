"""The file: what asks for it, its size, its options, and that it is the same every time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import inceptionspec
from inceptionspec.analysis.layer_values import LayerValues, identity_of_spec, write_layer_values
from inceptionspec.drawing.diagram.options import ByValues, Options
from inceptionspec.drawing.diagram.view import whole
from inceptionspec.drawing.page.opening import opening


def written(file: Path) -> dict[str, Any]:
    """The payload of a file."""
    found = re.search(
        '<script id="payload" type="application/json">(.*?)</script>', file.read_text("utf-8")
    )
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_from_the_command_line(tmp_path: Path) -> None:
    network = inceptionspec.load("inception_v1")
    write_layer_values(
        LayerValues(identity_of_spec(network.loaded), "ms", {"Conv2d_1a_7x7": 2.0}),
        str(tmp_path / "v.json"),
    )

    def rendered(*options: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "inceptionspec", "render", "inception_v1", "-o", "a.html"]
        done = subprocess.run(
            [*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    # The values know the spec by what it computes, wherever it is read from.
    assert rendered("--values", "v.json") == (0, "wrote a.html\n", "")
    assert written(tmp_path / "a.html")["values"]["layers"] == {"Conv2d_1a_7x7": 2.0}
    code, _, said = rendered("--engine", "system", "--theme", "light")
    assert code == 0
    assert said == "note: a page lays itself out: `--engine system` has no effect\n"
    assert written(tmp_path / "a.html")["start"]["theme"] == "light"
    code, _, said = rendered("--theme", "print")
    assert code == 2
    assert "error[E0805]: a page has no theme `print`" in said
    code, _, said = rendered("--diff", "inception_v3")
    assert code == 2
    assert "a page cannot show both networks as one" in said


def test_values_are_summed_in_the_page(show: Any) -> None:
    network = inceptionspec.load("inception_v1")
    layers = {"Mixed_3b/Branch_0/Conv2d_0a_1x1": 2.0, "Mixed_3b/Branch_1/Conv2d_0a_1x1": 3.5}
    options = Options(
        coloring=ByValues(LayerValues(identity_of_spec(network.loaded), "ms", layers))
    )
    data = opening(whole(network.graph), options)
    page = show(network, data["start"])
    page.evaluate("([name, values]) => specPage.show({...JSON.parse("
                  "document.getElementById('payload').textContent), [name]: values})",
                  ["values", data["values"]])  # fmt: skip
    page.select_option("#color-by", "values")
    assert "5.5 ms" in page.inner_text("#legend")
