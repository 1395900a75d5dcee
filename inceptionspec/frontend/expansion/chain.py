"""A file to the chain of files that it extends, whatever their language."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError, spec_error
from inceptionspec.diagnostics.limits import Limits
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.reading.document import Map
from inceptionspec.frontend.reading.spec_files import SPECS, Catalog, open_base
from inceptionspec.frontend.reading.yaml_reader import read_one


def read_chain(
    source: Source,
    limits: Limits,
    check: Callable[[Map, Limits], Findings],
    catalog: Catalog = SPECS,
) -> list[Map]:
    """The documents of a chain, the file that was asked for first.

    Args:
        source: its text.
        limits: bounds on all files together.
        check: what must hold in each file before its base is opened.
        catalog: the built-in files that a base may name.

    Raises:
        SpecError: a file cannot be read, fails the check, or extends itself.
    """
    chain: list[Map] = []
    seen: dict[str, Source] = {}
    length = events = 0
    while True:
        length += len(source.text or "")
        if chain and length > limits.text:
            span = chain[-1].value_spans["extends"]
            message = f"the text and its bases are longer than {limits.text:,} characters"
            help_ = "a larger one can be allowed with `--limit text=N`"
            raise spec_error("E0501", message, span, help_)
        document, events = read_one(source, limits, events)
        findings = check(document, limits)
        if findings:
            raise SpecError(
                [with_bases(finding, (*chain, document)) for finding in findings],
                complete=not findings.full,
            )
        chain.append(document)
        seen[_identity(source)] = source
        if "extends" not in document:
            return chain
        span = document.value_spans["extends"]
        if len(chain) > limits.extends:
            raise spec_error(
                "E0509",
                f"the chain of bases is longer than {limits.extends}",
                span,
                f"extend a {catalog.noun} nearer to the root",
                "a longer chain can be allowed with `--limit extends=N`",
                label="one more is extended here",
            )
        source = open_base(document["extends"], span, limits, catalog)
        if _identity(source) in seen:
            raise spec_error(
                "E0314",
                f"`{source.name}` extends itself",
                span,
                f"extend a {catalog.noun} that extends none of these",
                label="the circle closes here",
                labels=tuple(
                    Label(file.value_spans["extends"], "extended here") for file in chain[:-1]
                ),
            )


def _identity(source: Source) -> str:
    return os.path.realpath(source.path) if source.path else source.name


def extended_here(span: Span, files: tuple[Map, ...]) -> tuple[Label, ...]:
    """Where the file of a place is extended; empty for the file that was asked for."""
    for variant, base in pairwise(files):
        if base.span.source is span.source:
            return (Label(variant.value_spans["extends"], "extended here"),)
    return ()


def with_bases(finding: Diagnostic, files: tuple[Map, ...]) -> Diagnostic:
    """A finding with the place where the file that it blames is extended."""
    labels = extended_here(finding.primary.span, files)
    return replace(finding, labels=finding.labels + labels) if labels else finding
