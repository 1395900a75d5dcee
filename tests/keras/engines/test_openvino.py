"""OpenVINO's package, as it is imported here."""

from __future__ import annotations

import subprocess
import sys

from support import do_without

from inceptionspec.backends.engines import ENGINES
from inceptionspec.engines.available import lacking

WATCHED = """
import sys
from inceptionspec.backends.import_openvino import import_openvino

seen = []
sys.addaudithook(lambda event, _: seen.append(event) if "fork" in event else None)
assert import_openvino() is sys.modules["openvino"]
print(seen, "openvino_telemetry" in sys.modules)
"""


def test_its_import_forks_nothing_and_reports_to_nobody() -> None:
    if lacking(ENGINES["openvino"]):
        do_without("openvino")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[] False\n", "")


INTERRUPTED = """
import faulthandler, gc, signal
import numpy as np
import inceptionspec

faulthandler.enable()  # gives the main thread a stack for its handlers
text = "spec: 1\\nname: n\\ninput: {size: 8x8}\\nnetwork: [{op: conv, kernel: 3, filters: 2}]\\n"
images = np.zeros((1, 8, 8, 3), np.float32)
kept = None
for _ in range(4):  # each outlives the one before
    network = inceptionspec.loads(text).to_inference(engine="openvino")
    network(images)
    kept = network
    gc.collect()
del kept, network
gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_a_signal_is_handled_after_several_networks() -> None:
    if lacking(ENGINES["openvino"]):
        do_without("openvino")
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
