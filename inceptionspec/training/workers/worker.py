"""A worker that ``local_workers`` starts: it opens the run and trains its share of every batch.

It reads one line of JSON from its parent and ends when the parent does. It writes lines of JSON:
the ``forecast`` and each ``moment`` of the chief, then ``done`` with what it found, ``failed``
with findings, or ``ended`` by a signal. Whatever else it or TensorFlow prints goes to its log.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import traceback
from typing import Any, NoReturn

from inceptionspec.bench.machine.child import lines_from_parent
from inceptionspec.bench.workers.protocol import finding_data
from inceptionspec.diagnostics.codes import EXIT_BUG, EXIT_CLEAN
from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.training.forecast import Forecast
from inceptionspec.training.loop import Saving
from inceptionspec.training.run import open_run
from inceptionspec.training.strategies.devices import choose_devices
from inceptionspec.training.train import train
from inceptionspec.utils import interrupts

FORECAST, MOMENT, DONE, FAILED, ENDED = "forecast", "moment", "done", "failed", "ended"


def main() -> None:
    """Train, and tell the parent."""
    lines = lines_from_parent()
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(kind: str, **values: Any) -> None:
        with lock:
            output.write(f"{json.dumps({'is': kind, **values})}\n")
            output.flush()

    def fail(error: SpecError) -> NoReturn:
        tell(FAILED, findings=[finding_data(found) for found in error.findings])
        _end(error.exit_code)

    def foretell(found: Forecast) -> None:
        tell(FORECAST, forecast=dataclasses.asdict(found))

    interrupts.end_cleanly()
    try:
        request = json.loads(next(lines))
        devices = choose_devices(None, None, os.environ)
        print(f"worker {devices.rank} of {devices.processes}, process {os.getpid()}", flush=True)
        run = open_run(request["folder"], devices=devices)
        found = train(
            run,
            saving=Saving(**request["saving"]),
            watch=lambda moment: tell(MOMENT, moment=dataclasses.asdict(moment)),
            foretell=foretell if request["foretells"] else None,
            devices=devices,
            on_lost=fail,
        )
    except SpecError as error:
        fail(error)
    except (KeyboardInterrupt, SystemExit):
        tell(ENDED)
        _end(EXIT_CLEAN)
    except Exception:
        traceback.print_exc()
        _end(EXIT_BUG)
    tell(
        DONE,
        steps=found.steps,
        validation=found.validation,
        best=found.best,
        bad_pictures=found.bad_pictures,
        weights=str(found.weights),
    )
    _end(EXIT_CLEAN)


def _end(code: int) -> NoReturn:
    """End without the minutes that TensorFlow may wait for other workers."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
