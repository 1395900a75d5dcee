"""The README shows what the tool prints."""

from __future__ import annotations

import subprocess
import sys

from support import ROOT


def test_every_output_in_the_readme_is_what_the_command_prints() -> None:
    result = subprocess.run([sys.executable, ROOT / "tools" / "fill_readme.py", "--check"])
    assert result.returncode == 0, "run `python tools/fill_readme.py` and look at the change"
