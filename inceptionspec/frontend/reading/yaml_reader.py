"""Text to a document: YAML events to plain values that know their places.

PyYAML's loaders are not used: they build the objects that tags ask for, keep duplicate keys
silently, follow aliases into exponential growth and crash on deep nesting. Here its C parser
only yields events. An explicit stack builds dictionaries, lists and YAML 1.2 scalars, and
refuses each feature that is not part of the language with its own message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from inceptionspec.diagnostics.diagnostic import Diagnostic, Findings, Label, SpecError, spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from inceptionspec.diagnostics.sanitize import shortened
from inceptionspec.diagnostics.source import Source, Span, external
from inceptionspec.frontend.reading.document import Map, Seq, kind_of, scalar_value

#: libyaml where PyYAML was built with it; the pure parser is twenty times slower.
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_YAML_TAG = "tag:yaml.org,2002:"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# The parser compares each directive with all before it.
_MOST_DIRECTIVES = 100
# The starts of the stream, the document and the mapping.
_MOST_EVENTS_BEFORE = 4
#: What ends a line to the parser; a carriage return and a line feed are one end.
_LINE_BREAKS = ("\n", "\r", "\x85", "\u2028", "\u2029")


def decode(
    data: bytes, name: str, path: Path | None = None, limits: Limits = DEFAULT_LIMITS
) -> Source:
    """Bytes of a file to a Source.

    Raises:
        SpecError: the text is too long, is not UTF-8, or holds a character that a terminal
            could act on.
    """
    here = external(name)
    if len(data) > limits.text:
        message = f"the text is longer than {limits.text:,} bytes"
        raise spec_error("E0501", message, here, *_raise("text"))
    if data.startswith(_UTF16_OR_32):
        message = "the file is in UTF-16 or UTF-32, not in UTF-8"
        help_ = "save it again as UTF-8"
        raise spec_error("E0101", message, here, help_)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} in line {line} is not UTF-8"
        help_ = "save the file again as UTF-8; a spec is a text file"
        raise spec_error("E0101", message, here, help_) from None
    source = Source(name, text, path)
    _refuse_forbidden_characters(source)
    return source


def read(
    source: Source, limits: Limits = DEFAULT_LIMITS, key: str = "spec", noun: str = "a spec"
) -> Map:
    """Text to the mapping at the root of its one document.

    Args:
        source: the text.
        limits: on its size.
        key: the first key of the language.
        noun: what a file in it is called.

    Raises:
        SpecError: the text is not YAML, uses what the language leaves out, or is larger
            than the limits. All findings are reported at once, as far as possible.
    """
    return read_one(source, limits, 0, key, noun)[0]


def read_one(
    source: Source, limits: Limits, before: int, key: str = "spec", noun: str = "a spec"
) -> tuple[Map, int]:
    """The same for one file of a chain.

    Args:
        before: the number of events in the other files, which the limit includes.

    Returns:
        The mapping, and the number of events so far.
    """
    _refuse_forbidden_characters(source)
    _refuse_directives(source)
    reader = _Reader(source, limits, before)
    root = reader.run()
    if reader.findings:
        raise SpecError(reader.findings)
    if root is None:
        message = (
            f"the file is empty, and not {noun}" if key != "spec" else "the file holds no spec"
        )
        help_ = f"start it with `{key}: 1`"
        if key == "spec":
            help_ += "; `specbuild new FILE --extends SPEC` writes one to start from"
        raise spec_error("E0108", message, source.whole(), help_)
    if not isinstance(root[0], Map):
        message = f"{noun} is a mapping, this is {kind_of(root[0])}"
        label = Label(root[1], f"expected `{key}: 1` and further keys")
        raise spec_error("E0201", message, label)
    return root[0], reader.count


def first_key(source: Source) -> str:
    """The first key of a file, which tells its language; empty where it has none."""
    try:
        _refuse_directives(source)  # thousands of them take seconds to parse
        parser = PARSER(source.text or "")
        for _ in range(_MOST_EVENTS_BEFORE):
            event = parser.get_event()
            if isinstance(event, ScalarEvent):
                return str(event.value)
    except (yaml.YAMLError, SpecError):
        pass
    return ""


def _raise(limit: str) -> tuple[str, ...]:
    return (f"a larger one can be allowed with `--limit {limit}=N`",)


def _refuse_forbidden_characters(source: Source) -> None:
    found = _FORBIDDEN.search(source.text or "")
    if found is None:
        return
    before = (source.text or "")[: found.start()]
    line = before.count("\n") + 1
    column = found.start() - before.rfind("\n")
    message = f"character U+{ord(found.group()):04X} is not allowed in a spec"
    label = Label(Span(source, line, column, line, column + 1), "remove it")
    raise spec_error("E0109", message, label)


def _refuse_directives(source: Source) -> None:
    text = source.text or ""
    if sum(text.count(f"{line_break}%") for line_break in _LINE_BREAKS) <= _MOST_DIRECTIVES:
        return
    message = f"the text has more than {_MOST_DIRECTIVES} lines that start with `%`"
    help_ = "leave directives out: a spec needs none"
    raise spec_error("E0502", message, source.whole(), help_)


class _Reader:
    """One pass over the events of a text, with the open collections on a stack."""

    def __init__(self, source: Source, limits: Limits, before: int) -> None:
        self.source = source
        self.limits = limits
        self.count = before
        self.documents = 0
        self.findings = Findings(limits)

    def run(self) -> tuple[Any, Span] | None:
        """The root value and its place; None if the stream is empty."""
        try:
            root = self._root(PARSER(self.source.text or ""))
        except yaml.MarkedYAMLError as error:
            raise SpecError([*self.findings, self._syntax(error)]) from None
        except yaml.YAMLError as error:  # the reader's own: characters that slipped through
            message = f"this is not valid YAML: {error}"
            raise spec_error("E0102", message, self.source.whole()) from None
        return None if root is None or root[0] is None else root

    def _root(self, parser: Any) -> tuple[Any, Span] | None:
        """The loop over every event of a text, of which there may be 200,000.

        It tests exact types, the most frequent first, and does the frequent work inline.
        """
        root: tuple[Any, Span] | None = None
        stack: list[Map | Seq] = []
        keys: list[tuple[str, Span] | None] = []
        most, longest = self.limits.events, self.limits.scalar
        next_event = parser.get_event
        while (event := next_event()) is not None:
            self.count += 1
            if self.count > most:
                message = f"the text has more than {most:,} parts"
                self._fail("E0502", message, self._span(event), _raise("events")[0])
            kind = type(event)
            if kind is ScalarEvent:
                span = self._span(event)
                if event.anchor is not None or event.tag is not None:
                    self._refuse_decoration(event, span)
                value: Any = event.value
                key = keys[-1] if keys else None
                if len(value) > longest and (key is None or key[0] != "doc"):
                    message = f"a scalar is longer than {longest:,} characters"
                    self._fail("E0504", message, span, _raise("scalar")[0])
                if key is None and keys and type(stack[-1]) is Map:
                    if value == "<<" and not event.style:
                        self._merge_key(span)
                    keys[-1] = (value, span)
                    continue
                if not event.style:
                    value = scalar_value(value)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event, stack, keys)
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = stack.pop()
                keys.pop()
                span = value.span = self._closed(value, event.end_mark)
            elif kind is AliasEvent:
                span, value = self._alias(event), None
                if stack and isinstance(stack[-1], Map) and keys[-1] is None:
                    keys[-1] = (f"*{shortened(str(event.anchor))}", span)
                    continue
            elif kind is DocumentStartEvent:
                self._refuse_second_document(event)
                continue
            else:
                continue
            if not stack:
                root = (value, span)
                continue
            top = stack[-1]
            if isinstance(top, Seq):
                top.append(value)
                top.item_spans.append(span)
                continue
            key = keys[-1]
            keys[-1] = None
            if key is None:  # a collection in the place of a key, which was reported
                continue
            name, key_span = key
            if name in top:
                self._twice(name, top.key_spans[name], key_span)
            else:
                top[name] = value
                top.key_spans[name] = key_span
                top.value_spans[name] = span
        return root

    def _refuse_second_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fail(
                "E0107",
                "a second document starts here",
                self._span(event),
                "a file holds one spec: move this one to a file of its own",
            )

    def _alias(self, event: Any) -> Span:
        span = self._span(event)
        self._report(
            "E0104",
            f"the alias `*{shortened(str(event.anchor))}` is not allowed",
            span,
            "name a block and call it, or use `extends`",
        )
        return span

    def _syntax(self, error: yaml.MarkedYAMLError) -> Diagnostic:
        """A syntax error as a finding, with its own words if it is a frequent one."""
        mark, start = error.problem_mark or error.context_mark, error.context_mark
        line = mark.line + 1 if mark else 1
        fault = _fault(error.problem or "it cannot be parsed", self.source.line(line))
        blamed = start if fault.at_start and start else mark
        labels = (Label(self._at(start), fault.start),) if fault.start and start else ()
        return Diagnostic(
            "E0102",
            "this is not valid YAML",
            Label(self._at(blamed), fault.label),
            labels,
            helps=(fault.help,) if fault.help else (),
        )

    def _at(self, mark: Any) -> Span:
        """One character, where the parser put a mark."""
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Span(self.source, line, column, line, column + 1)

    def _open(
        self, event: Any, stack: list[Map | Seq], keys: list[tuple[str, Span] | None]
    ) -> None:
        span = self._span(event)
        if event.anchor is not None or event.tag is not None:
            self._refuse_decoration(event, span)
        if len(stack) >= self.limits.depth:
            self._fail(
                "E0503",
                f"collections are nested more than {self.limits.depth} deep",
                span,
                _raise("depth")[0],
            )
        if stack and isinstance(stack[-1], Map) and keys[-1] is None:
            self._fail(
                "E0110",
                "a key must be a plain word, not a collection",
                span,
                "quote it if it starts with a bracket; an argument is written `$name`",
            )
        stack.append(Map(span) if isinstance(event, MappingStartEvent) else Seq(span))
        keys.append(None)

    def _closed(self, value: Map | Seq, end: Any) -> Span:
        """From the start to the last child: the parser ends a block collection lines later."""
        start = value.span
        if self.source.line(start.line)[start.column - 1 : start.column] in ("{", "["):
            return Span(self.source, start.line, start.column, end.line + 1, end.column + 1)
        children = value.value_spans.values() if isinstance(value, Map) else value.item_spans
        last = next(reversed(children), None)
        if last is None:
            return start
        return Span(self.source, start.line, start.column, last.end_line, last.end_column)

    def _twice(self, name: str, first: Span, second: Span) -> None:
        self.findings.append(
            Diagnostic(
                "E0103",
                f"the key `{shortened(name)}` is given twice",
                Label(second, "given again here"),
                (Label(first, "first given here"),),
                helps=("remove one of the two",),
            )
        )

    def _merge_key(self, span: Span) -> None:
        self._report(
            "E0106",
            "merge keys are not allowed",
            span,
            "name a block and call it, or use `extends`",
        )

    def _refuse_decoration(self, event: Any, span: Span) -> None:
        if event.anchor is not None:
            self._report(
                "E0104",
                f"the anchor `&{shortened(str(event.anchor))}` is not allowed",
                span,
                "name a block and call it, or use `extends`",
            )
        if event.tag is not None:
            tag = event.tag.replace(_YAML_TAG, "!!", 1)
            # YAML reads the exclusion `!Mixed_5a: delete` as a tag, colon and all.
            quoted = tag.endswith(":") or (type(event) is ScalarEvent and not event.value)
            path = tag.removesuffix(":")
            self._report(
                "E0105",
                f"the tag `{shortened(tag)}` is not allowed",
                span,
                f'quote a pattern that starts with `!`: `"{shortened(path)}"`'
                if quoted and not tag.startswith("!!")
                else "write the plain value: a spec holds text, numbers, lists and mappings",
            )

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        place = (self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        return tuple.__new__(Span, place)  # as `Span(...)` does, in half the time

    def _report(self, code: str, message: str, span: Span, help_: str) -> None:
        self.findings.append(Diagnostic(code, message, Label(span), helps=(help_,)))

    def _fail(self, code: str, message: str, span: Span, help_: str) -> None:
        self._report(code, message, span, help_)
        raise SpecError(self.findings)


class _Fault(NamedTuple):
    """How the parser words a fault, and how a finding does.

    ``start`` labels the place where the broken part starts. If ``at_start`` is true, that is
    the place to blame, since the parser stops at a later one.
    """

    problem: str
    label: str
    help: str
    start: str = ""
    at_start: bool = False


_NEIGHBORS = "indent this line like its neighbors, or close what is open before it"
_FAULTS = (
    _Fault("cannot start any token", "cannot start a text",
           "quote a text that starts with `@`, a backtick or `%`"),
    _Fault("did not find expected alphabetic or numeric character",
           "`*` and `&` start an alias or an anchor",
           "quote a pattern that starts with `*`, as in `\"*/Branch_0\": delete`"),
    _Fault("mapping values are not allowed", "no key can stand before this colon",
           "quote a text that holds `: `, or indent the line like its neighbors"),
    _Fault("expected ','", "expected a comma or the closing bracket",
           "close the bracket, or write a comma between the parts", "opened here"),
    _Fault("expected '-' indicator", "expected `- ` or the end of the list", _NEIGHBORS,
           "the list starts here"),
    _Fault("expected key", "expected a key or the end of the mapping", _NEIGHBORS,
           "the mapping starts here"),
    _Fault("could not find expected ':'", "no colon follows this", "write `: ` after a key",
           at_start=True),
    _Fault("unexpected end of stream", "this quote is never closed", "close the quote",
           at_start=True),
)  # fmt: skip


def _fault(problem: str, line: str) -> _Fault:
    """The words for a problem that the parser names."""
    if "\t" in line and "cannot start any token" in problem:
        return _Fault(problem, "a tab", "indent with spaces: YAML does not allow tabs there")
    return next(
        (fault for fault in _FAULTS if fault.problem in problem), _Fault(problem, problem, "")
    )
