"""What holds for all tests: none depends on the machine, or on how the tests are started."""

import re
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# In the background a shell has SIGINT ignored, and what tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

WIDE = [
    line
    for line in Path(__file__).with_name("wide.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
ANY = re.compile("|".join(WIDE))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of `wide.txt`, and refuse a line of it that names none of all tests."""
    found: set[str] = set()
    for item in items:
        if ANY.search(item.nodeid):
            item.add_marker(pytest.mark.wide)
            found |= {pattern for pattern in WIDE if re.search(pattern, item.nodeid)}
    whole = config.args == config.getini("testpaths") and not config.option.ignore
    if whole and len(found) < len(WIDE):
        lost = "\n".join(pattern for pattern in WIDE if pattern not in found)
        raise pytest.UsageError(f"tests/wide.txt names no test by:\n{lost}")
