"""Findings as data: what is wrong, where, and what to do. Text is made of them elsewhere."""

from __future__ import annotations

import difflib
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import NamedTuple, Self

from inceptionspec.limits import DEFAULT_LIMITS, Limits
from inceptionspec.source import Span

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_MISSING = 3
EXIT_BUG = 70
EXIT_INTERRUPTED = 130


class Code(NamedTuple):
    """One row of the table of codes: what it is about, and how a command that meets it ends."""

    title: str
    exit: int = EXIT_FINDINGS


CODES: Mapping[str, Code] = {
    # E01: text and YAML
    "E0101": Code("the file is not UTF-8 text"),
    "E0102": Code("the file is not valid YAML"),
    "E0103": Code("a key stands twice in one mapping"),
    "E0104": Code("anchors and aliases are not part of the language"),
    "E0105": Code("tags are not part of the language"),
    "E0106": Code("merge keys are not part of the language"),
    "E0107": Code("a file holds one document"),
    "E0108": Code("the file holds no spec"),
    "E0109": Code("a character that YAML does not allow"),
    "E0110": Code("a key is not a plain word"),
    # E02: the form of a spec
    "E0201": Code("a value has the wrong kind"),
    "E0202": Code("a key is unknown"),
    "E0203": Code("an operator has no such attribute"),
    "E0204": Code("a key is missing"),
    "E0205": Code("an attribute has a value it cannot take"),
    "E0206": Code("an operator is unknown"),
    "E0207": Code("the version of the language is unknown"),
    "E0208": Code("an entry must be one thing"),
    "E0209": Code("a name is malformed"),
    "E0210": Code("two attributes contradict each other"),
    # E03: names and references
    "E0301": Code("a name is given twice"),
    "E0302": Code("a block is unknown"),
    "E0303": Code("an argument is unknown where it is used"),
    "E0304": Code("a call lacks an argument"),
    "E0305": Code("an argument is unknown where it is given"),
    "E0306": Code("an argument has the wrong type"),
    "E0307": Code("a block calls itself"),
    "E0308": Code("a path names nothing"),
    "E0309": Code("a rename matches nothing"),
    "E0310": Code("an override matches nothing"),
    "E0311": Code("two overrides meet at one path"),
    "E0312": Code("a base cannot be found"),
    "E0313": Code("a base lies outside the folder of its variant"),
    "E0314": Code("specs extend each other in a circle"),
    "E0315": Code("an override does not fit what it names"),
    # E04: shapes
    "E0401": Code("a window is larger than its input"),
    "E0402": Code("branches cannot be concatenated"),
    "E0403": Code("branches cannot be added or multiplied"),
    "E0404": Code("a layer cannot read what comes in"),
    "E0405": Code("a map of more than one pixel cannot be squeezed"),
    "E0406": Code("the input is too small or too large for a head"),
    "E0407": Code("a weight needs a known input size"),
    "E0408": Code("channels do not divide into groups"),
    # E05: limits
    "E0501": Code("the text is too long"),
    "E0502": Code("the text has too many parts"),
    "E0503": Code("the nesting is too deep"),
    "E0504": Code("a scalar is too long"),
    "E0505": Code("the network has too many layers"),
    "E0506": Code("a dimension is too large"),
    "E0507": Code("a tensor is too large"),
    "E0508": Code("the network has too many parameters"),
    "E0509": Code("the chain of bases is too long"),
    # E06: contracts and budgets
    "E0601": Code("a shape differs from its contract"),
    "E0602": Code("a count differs from its contract"),
    "E0603": Code("a budget is exceeded"),
    # E07: backends and weights
    "E0701": Code("a checkpoint lacks a variable"),
    "E0702": Code("a variable of a checkpoint has another shape"),
    "E0703": Code("a checkpoint cannot be read"),
    "E0704": Code("a package is not installed", EXIT_MISSING),
    "E0705": Code("a diagram engine is not installed", EXIT_MISSING),
    "E0706": Code("a diagram engine failed"),
    "E0707": Code("a benchmark's process ended early"),
    "E0708": Code("a batch does not fit in memory"),
    "E0709": Code("the outputs of two sides differ"),
    # E08: files, records and output
    "E0801": Code("there is no such spec", EXIT_USAGE),
    "E0802": Code("a file cannot be read", EXIT_USAGE),
    "E0803": Code("a file cannot be written", EXIT_USAGE),
    "E0804": Code("the suffix of a file is unknown", EXIT_USAGE),
    "E0805": Code("an option has a value it cannot take", EXIT_USAGE),
    "E0806": Code("an option names nothing", EXIT_USAGE),
    "E0807": Code("formatting would change the meaning"),
    "E0808": Code("a file does not hold benchmark records", EXIT_USAGE),
    "E0809": Code("no benchmark record fits", EXIT_USAGE),
    "E0811": Code("a file of values is malformed", EXIT_USAGE),
    "E0812": Code("values belong to another network", EXIT_USAGE),
    # W01: advice
    "W0101": Code("an argument is never used", EXIT_CLEAN),
    "W0102": Code("a block is never called", EXIT_CLEAN),
    "W0103": Code("no head needs a layer", EXIT_CLEAN),
    "W0104": Code("a window leaves out rows or columns", EXIT_CLEAN),
    "W0105": Code("a branch is a copy of another", EXIT_CLEAN),
    "W0106": Code("a bias stands under a batch norm", EXIT_CLEAN),
    "W0107": Code("a head has no loss weight", EXIT_CLEAN),
    "W0108": Code("one layer has a large share of the cost", EXIT_CLEAN),
    "W0109": Code("a checkpoint holds more than the network", EXIT_CLEAN),
}
#: The codes that `allow` can name: warnings about a spec, which W0109 is not.
WARNINGS = tuple(code for code in CODES if code.startswith("W") and code != "W0109")


class Label(NamedTuple):
    """A place and what is to be said there, in a few words."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``message`` stands alone, in lower case and without a full stop; ``primary`` is the
    smallest place that is to blame; ``labels`` are the other places that belong to it;
    ``notes`` give context and ``helps`` say what to do.
    """

    code: str
    message: str
    primary: Label
    labels: tuple[Label, ...] = ()
    helps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """``error`` or ``warning``, by the first letter of the code."""
        return "warning" if self.code.startswith("W") else "error"


class SpecError(Exception):
    """The only exception that a spec can cause: it carries every finding, in file order.

    It is ``complete`` unless the stage that found so much stopped before its end.
    """

    def __init__(self, findings: Iterable[Diagnostic], complete: bool = True) -> None:
        self.complete = complete and not (isinstance(findings, Findings) and findings.full)
        self.findings = in_file_order(findings)
        super().__init__("; ".join(f"{f.code}: {f.message}" for f in self.findings[:3]))

    @property
    def exit_code(self) -> int:
        """How a command that stops at these findings ends: the gravest code decides."""
        return max(CODES[finding.code].exit for finding in self.findings)


class Findings(list[Diagnostic]):
    """What a stage finds wrong; it ends the stage with a SpecError when it is ``full``."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__()
        self.most = limits.findings

    @property
    def full(self) -> bool:
        """Whether it holds as many as a stage may collect."""
        return len(self) >= self.most

    def append(self, finding: Diagnostic) -> None:
        """Add one."""
        super().append(finding)
        self._stop_if_full()

    def extend(self, findings: Iterable[Diagnostic]) -> None:
        """Add several."""
        super().extend(findings)
        self._stop_if_full()

    def __iadd__(self, findings: Iterable[Diagnostic]) -> Self:  # type: ignore[override, misc]
        self.extend(findings)
        return self

    def _stop_if_full(self) -> None:
        if self.full:
            raise SpecError(self)


def in_file_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings without repetitions, file by file in the order of first mention, then by place.

    What is wrong inside a block is wrong in each of its calls, and is said once.
    """
    unique: dict[tuple[str, str, Label], Diagnostic] = {}
    for one in findings:
        unique.setdefault((one.code, one.message, one.primary), one)
    rank: dict[str, int] = {}
    for finding in unique.values():
        rank.setdefault(finding.primary.span.source.name, len(rank))
    return tuple(
        sorted(
            unique.values(),
            key=lambda f: (
                rank[f.primary.span.source.name],
                f.primary.span.line,
                f.primary.span.column,
                f.code,
                f.message,
            ),
        )
    )


# A word is held against every name of a short list; a search in a long one takes
# milliseconds, so that it is made around the word's place in the order alone, and for
# the findings alone that text formats show.
_LONGEST_WORD = 200
_SHORT_LIST = 60
_MOST_LETTERS = 5_000
_MOST_SEARCHES = 20


def did_you_mean(word: str, known: Iterable[str], said: Sized = ()) -> tuple[str, ...]:
    """The help that suggests the nearest known word, or nothing if none is near.

    Args:
        said: the findings so far, where a file may name very much that is not there.
    """
    if len(word) > _LONGEST_WORD:
        return ()
    names = list(known)
    if len(names) > _SHORT_LIST and len(said) >= _MOST_SEARCHES:
        return ()
    names.sort()
    most = _MOST_LETTERS // (len(word) + 10)
    if len(names) > most:
        place = bisect(names, word)
        names = names[max(0, place - most // 2) : place + most // 2]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if not near:  # capitals may be all that keeps them apart
        same = {name.lower(): name for name in names}
        near = [same[one] for one in difflib.get_close_matches(word.lower(), same, n=1, cutoff=0.6)]
    return (f"did you mean `{near[0]}`?",) if near else ()


MOST_BESIDE = 24
"""So many names are listed at most where one is not found."""


def suggested(
    path: str, known: Iterable[str], said: Sized = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The helps and the notes for a path that names nothing.

    They are the nearest path, and those that stand beside it. ``said`` is as for
    ``did_you_mean``.
    """
    if len(said) >= _MOST_SEARCHES:
        return (), ()
    known = tuple(known)
    parent = path.rpartition("/")[0]
    beside = [one for one in known if one.rpartition("/")[0] == parent][:MOST_BESIDE]
    return did_you_mean(path, known), (f"there are {listed(beside)}",) if beside else ()


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """Names in backticks as a sentence lists them: ```a`, `b` and `c```; the rest is counted."""
    quoted = [f"`{word}`" for word in words[:MOST_BESIDE]]
    if len(words) > MOST_BESIDE:
        return f"{', '.join(quoted)} {conjunction} {len(words) - MOST_BESIDE:,} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"
