"""What a run wrote down as it went: a line per record, as CSV and as JSON, and for TensorBoard."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.source import Span
from inceptionspec.utils.atomic_write import write_file

LINES = "journal.jsonl"
TABLE = "journal.csv"
EVENTS = "events"


class Journal:
    """The records of a run, in order of steps. Each has a ``kind`` and a ``step``."""

    def __init__(self, run: Path, place: Span) -> None:
        """Read what is there.

        Args:
            run: the run's folder.
            place: where findings point.
        """
        self._run = run
        self._place = place
        self.records: list[dict[str, Any]] = []
        self._events: Any = None
        file = run / LINES
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                try:
                    self.records.append(json.loads(line))
                except ValueError:
                    break  # the process ended while it wrote this line

    def rewind(self, step: int) -> None:
        """Forget the records after a step, which will be made again."""
        self.records = [record for record in self.records if record["step"] <= step]
        text = "".join(f"{json.dumps(record)}\n" for record in self.records)
        write_file(str(self._run / LINES), text.encode(), self._place)

    def add(self, kind: str, step: int, values: Mapping[str, Any]) -> None:
        """Write a record: floating-point numbers go to TensorBoard, too."""
        record = {"kind": kind, "step": step, **values}
        self.records.append(record)
        with open(self._run / LINES, "a", encoding="utf-8") as file:
            file.write(f"{json.dumps(record)}\n")
        self._write_event(kind, step, values)

    def _write_event(self, kind: str, step: int, values: Mapping[str, Any]) -> None:
        """Write what TensorBoard shows. ``tf.summary`` itself needs TensorBoard to be installed."""
        import tensorflow as tf

        event = tf.compat.v1.Event
        if self._events is None:
            (self._run / EVENTS).mkdir(exist_ok=True)
            file = self._run / EVENTS / f"events.out.tfevents.{time.time_ns()}"
            self._events = tf.io.TFRecordWriter(str(file))
            first = event(wall_time=time.time(), file_version="brain.Event:2")
            self._events.write(first.SerializeToString())
        scalars = [
            tf.compat.v1.Summary.Value(tag=f"{kind}/{name}", simple_value=value)
            for name, value in values.items()
            if isinstance(value, float)
        ]
        summary = tf.compat.v1.Summary(value=scalars)
        written = event(wall_time=time.time(), step=step, summary=summary)
        self._events.write(written.SerializeToString())

    def close(self) -> None:
        """Write the table and what TensorBoard reads to disk."""
        write_file(str(self._run / TABLE), _table(self.records).encode(), self._place)
        if self._events is not None:
            self._events.close()
            self._events = None

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The records of a kind."""
        return [record for record in self.records if record["kind"] == kind]


def _table(records: Sequence[Mapping[str, Any]]) -> str:
    """Records as CSV, a column for each value that any has."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(records)
    return text.getvalue()
