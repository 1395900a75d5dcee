"""What a benchmark and its worker processes say to each other: JSON, one line per message.

The parent writes requests to the worker's standard input, one at a time, and reads answers
from its standard output until one ends the request.

    request                                          answers
    {"do": "prepare", "job": {...}}                  ready
    {"do": "first"}                                  durations, done
    {"do": "warm", "steps": N or null}               durations, done
    {"do": "run", "steps": N, "seconds": S}          durations, done
    {"do": "pair"}                                   done
    {"do": "product"}                                done
    {"do": "quantize", "job": {...}, "file": F}      done
    {"do": "cost", "job": {...}}                     done
    {"do": "outputs", "file": F, "against": bool}    done
    {"do": "peak"}                                   done
    {"do": "turns", "parts": [...], "engine": E,     durations, done
     "rounds": N, "threads": T}
    the end of standard input                        the worker ends

    {"is": "ready", ...}       facts, environment, times of preparation
    {"is": "durations", "seconds": [...]}   of steps since the last such message
    {"is": "done", ...}        ends a request, with its result
    {"is": "failed", "findings": [...], "kind": ...}   ends a request; the worker ends, too
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, finding

Message = dict[str, Any]

READY = "ready"
DURATIONS = "durations"
DONE = "done"
FAILED = "failed"
WHILE: Mapping[str, str] = MappingProxyType(
    {
        "prepare": "while it prepared the step",
        "first": "in the first step",
        "warm": "in a burn-in step",
        "run": "in a counted step",
        "pair": "in a traced step",
        "product": "while it multiplied matrices",
        "quantize": "while it quantized the network",
        "cost": "while it measured what the precision costs",
        "outputs": "while it computed the outputs",
        "peak": "while it read its memory",
        "turns": "while it measured layers",
    }
)
"""What a worker does for each request, as findings say it."""
REPORT_SECONDS = 0.1
"""The least time between two messages of durations: a message costs time, though not in a step."""


def finding_data(finding: Diagnostic) -> Message:
    """A finding as plain data for JSON; its place is a name."""
    return {
        "code": finding.code,
        "message": finding.message,
        "place": finding.primary.span.source.name,
        "label": finding.primary.text,
        "helps": list(finding.helps),
        "notes": list(finding.notes),
    }


def finding_of(data: Mapping[str, Any]) -> Diagnostic:
    """The finding that another process made."""
    return finding(
        data["code"],
        data["message"],
        data["place"],
        *data["helps"],
        label=data["label"],
        notes=tuple(data["notes"]),
    )
