"""A spec and everything it extends to one spec: sections merged, knobs applied.

Overrides by path wait in `Spec.overrides` until the tree of layers is there: see `overrides`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.frontend.expansion.chain import read_chain
from inceptionspec.frontend.expansion.sections import merge_sections
from inceptionspec.frontend.expansion.spec import Spec
from inceptionspec.frontend.language import forms as language
from inceptionspec.frontend.language.arguments import Argument, wrong_type
from inceptionspec.frontend.language.checker import check
from inceptionspec.frontend.language.value_check import admits
from inceptionspec.frontend.reading.document import Map


def inherit(source: Source, limits: Limits = DEFAULT_LIMITS) -> Spec:
    """Read a spec and everything it extends.

    Raises:
        SpecError: a file cannot be read, breaks the form of the language, extends itself,
            or overrides a section that is not there.
    """
    return inherit_chain(read_chain(source, limits, check), limits)


def inherit_chain(chain: Sequence[Map], limits: Limits = DEFAULT_LIMITS) -> Spec:
    """The same for files that were read and checked, the one that was asked for first.

    The files stay as they are: a variant of a base that was read before costs what it says itself.

    Raises:
        SpecError: a file overrides a section that is not there.
    """
    spec = _base(chain, limits)
    findings = Findings(limits)
    for document in reversed(chain[:-1]):
        from inceptionspec.frontend.expansion.override_sections import overridden

        merged = merge_sections(spec, document)
        findings += merged.findings
        findings += overridden(spec, document, merged)
    if findings:
        raise SpecError(findings)
    return spec


def _base(chain: Sequence[Map], limits: Limits) -> Spec:
    root = chain[-1]
    spec = Spec(
        files=tuple(chain),
        input=Map(root["input"].span),
        width=Map(root.span),
        args={},
        defaults={},
        blocks={},
        network=root["network"],
        heads={},
        end_points=Map(root.span),
        budget=Map(root.span),
        main=None,
        checkpoint_scope="",
        limits=limits,
    )
    findings = merge_sections(spec, root).findings
    if findings:
        raise SpecError(findings)
    return spec


def given_arguments(
    spec: Spec, given: Mapping[str, tuple[Any, Span]]
) -> tuple[dict[str, Argument], list[Diagnostic]]:
    """The spec's arguments with the values that a user gives, and what is wrong with those."""
    args, findings = dict(spec.args), []
    for name, (value, span) in given.items():
        if name not in args or name in spec.deleted_args:
            known = tuple(arg for arg in args if arg not in spec.deleted_args)
            helps = did_you_mean(name, known)
            note = f"its arguments are {listed(known)}" if known else "it has no arguments"
            findings.append(
                Diagnostic(
                    "E0806",
                    f"`{spec.name}` has no argument `{shortened(name)}`",
                    Label(span),
                    helps=helps,
                    notes=(note,),
                )
            )
            continue
        if args[name].type == "string" and not isinstance(value, str):
            value = str(value)
        if isinstance(value, float):
            value += 0.0  # -0.0 becomes 0.0, as in the reader
        if admits(language.SCALAR, value):
            findings += wrong_type(name, args[name], value, span, "E0805")
        else:
            findings.append(
                Diagnostic("E0805", f"the argument `{name}` must be finite", Label(span))
            )
        args[name] = Argument(args[name].type, value, span, args[name].doc)
    return args, findings
