"""`specbuild format` writes nothing that would say something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from inceptionspec.cli import format_command
from inceptionspec.cli.program import specbuild
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.frontend.formatting import canonical


@pytest.mark.parametrize("wrong", ["spec: 1\nname: u\n", "spec: 1\nname: t\n", "spec: [\n"])
def test_what_would_change_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    (tmp_path / "a.yaml").write_text("name: t # said\nspec: 1\n")
    monkeypatch.setattr(canonical, "write", lambda text: wrong)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        canonical.formatted(format_command.open_spec("a.yaml"))
    assert [one.code for one in caught.value.findings] == ["E0807"]
    result = CliRunner().invoke(specbuild, ["format", "a.yaml"], standalone_mode=False)
    assert result.return_value == 1
    assert "formatting would change the meaning of this file" in result.stderr
    assert (tmp_path / "a.yaml").read_text() == "name: t # said\nspec: 1\n"
