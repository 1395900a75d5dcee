"""What a run wrote down as it went: a line per record, as CSV and as JSON, and for TensorBoard."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inceptionspec.diagnostics.diagnostic import SpecError
from inceptionspec.diagnostics.sanitize import sanitize, shortened
from inceptionspec.diagnostics.source import Span
from inceptionspec.utils.atomic_write import unwritable, write_file

LINES = "journal.jsonl"
TABLE = "journal.csv"
EVENTS = "events"


class Journal:
    """The records of a run, in order of steps. Each has a ``kind`` and a ``step``."""

    def __init__(self, run: Path, place: Span, *, writes: bool = True) -> None:
        """Read what is there.

        Args:
            run: the run's folder.
            place: where findings point.
            writes: whether records are written; else they are only kept.
        """
        self._writes = writes
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
        if not self._writes:
            return
        text = "".join(f"{json.dumps(record)}\n" for record in self.records)
        write_file(str(self._run / LINES), text.encode(), self._place)

    def add(self, kind: str, step: int, values: Mapping[str, Any]) -> None:
        """Write a record: floating-point numbers go to TensorBoard, too."""
        record = {"kind": kind, "step": step, **values}
        self.records.append(record)
        if not self._writes:
            return
        try:
            with open(self._run / LINES, "a", encoding="utf-8") as file:
                file.write(f"{json.dumps(record)}\n")
        except OSError as error:
            raise unwritable(str(self._run / LINES), self._place, error) from None
        self._write_event(kind, step, values)

    def _write_event(self, kind: str, step: int, values: Mapping[str, Any]) -> None:
        """Write what TensorBoard shows. ``tf.summary`` itself needs TensorBoard to be installed."""
        import tensorflow as tf

        proto = tf.compat.v1
        written = [
            proto.Event(
                wall_time=time.time(),
                step=step,
                summary=proto.Summary(
                    value=[
                        proto.Summary.Value(tag=f"{kind}/{name}", simple_value=value)
                        for name, value in values.items()
                        if isinstance(value, float)
                    ]
                ),
            )
        ]
        try:
            if self._events is None:
                (self._run / EVENTS).mkdir(exist_ok=True)
                file = self._run / EVENTS / f"events.out.tfevents.{time.time_ns()}"
                self._events = tf.io.TFRecordWriter(str(file))
                # A start makes TensorBoard forget what an earlier process wrote of later steps.
                start = proto.SessionLog(status=proto.SessionLog.START)
                written[:0] = [
                    proto.Event(wall_time=time.time(), file_version="brain.Event:2"),
                    proto.Event(wall_time=time.time(), step=step, session_log=start),
                ]
            for event in written:
                self._events.write(event.SerializeToString())
            if kind == "validation":
                self._events.flush()
        except (OSError, tf.errors.OpError) as error:
            raise self._unwritable_events(error) from None

    def close(self) -> None:
        """Write the table and what TensorBoard reads to disk."""
        if not self._writes:
            return
        write_file(str(self._run / TABLE), _table(self.records).encode(), self._place)
        events, self._events = self._events, None
        if events is not None:
            import tensorflow as tf

            try:
                events.close()
            except tf.errors.OpError as error:
                raise self._unwritable_events(error) from None

    def _unwritable_events(self, error: Exception) -> SpecError:
        reason = ValueError(sanitize(shortened(getattr(error, "message", str(error)), 120)))
        return unwritable(str(self._run / EVENTS), self._place, reason)

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
