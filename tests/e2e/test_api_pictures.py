"""Pictures from Python: the engine that draws them is a process."""

from __future__ import annotations

from pathlib import Path

from tags import Tags

import inceptionspec


def test_svg_and_files(tmp_path: Path) -> None:
    network = inceptionspec.load("inception_v3")
    svg = network.to_svg(only="Mixed_7b")
    network.save_diagram(str(tmp_path / "b.svg"), only="Mixed_7b")
    assert (tmp_path / "b.svg").read_text() == svg == network.render(only="Mixed_7b")
    network.save_diagram(str(tmp_path / "b.html"))
    assert "<!doctype html>" in (tmp_path / "b.html").read_text()[:200].lower()


def test_a_notebook_shows_a_picture_and_a_table_to_fold_out() -> None:
    shown = inceptionspec.load("inception_resnet_v2")._repr_html_()
    assert {"picture", "img", "details", "table"} <= Tags.of(shown)
    picture, table = shown.split("<details>")
    assert '<img alt="Diagram of InceptionResnetV2"' in picture
    assert "color" not in table
