"""The variants on the front as specs of a few lines, in a folder with what they extend."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.limits import DEFAULT_LIMITS
from inceptionspec.diagnostics.sanitize import sanitize, short_path, shortened
from inceptionspec.diagnostics.source import Source, Span
from inceptionspec.frontend.expansion.patterns import matching
from inceptionspec.frontend.expansion.tree import walk
from inceptionspec.frontend.formatting.canonical import formatted
from inceptionspec.frontend.load import LoadedSpec, load_spec
from inceptionspec.frontend.reading.spec_files import SUFFIX, builtin_names, is_builtin_name
from inceptionspec.frontend.reading.yaml_reader import read
from inceptionspec.sweep.bases import BaseTexts
from inceptionspec.sweep.evaluate import Evaluator, Task
from inceptionspec.sweep.records import Variant
from inceptionspec.sweep.variant_text import Turned, VariantText, variant_text
from inceptionspec.utils.atomic_write import atomic_folder, refuse_no_name

#: The folder of bases that are files, in that of the specs.
BASES = "base"
_KNOWN = "# On the front of a sweep of "
"""The first line of every file, by which a folder of them is known again."""


_HEAD = 3
"""The lines that every variant starts with: `spec`, `extends` and `name`."""


class FrontSpec(NamedTuple):
    """A variant on the front as a spec.

    Attributes:
        variant: it.
        file: the name of its file.
        text: what the file holds, in the canonical layout.
        alone: whether it extends a built-in network, and needs no file of a base.
    """

    variant: Variant
    file: str
    text: str
    alone: bool


@dataclass(frozen=True)
class FrontSpecs:
    """The specs of a front, and the files of their bases, by path in the same folder."""

    specs: tuple[FrontSpec, ...]
    bases: Mapping[str, str]

    @property
    def files(self) -> Mapping[str, str]:
        """The text of every file, by path."""
        return {**self.bases, **{one.file: one.text for one in self.specs}}


class FrontWriter:
    """Writes variants of a sweep as specs."""

    def __init__(self, task: Task, remark: Callable[[Variant], str]) -> None:
        """Take what the sweep varied.

        Args:
            task: the networks and the knobs.
            remark: the figures of a variant as one line, for a comment.
        """
        self.task = task
        self._evaluator = Evaluator(task._replace(where="", documents=False))
        self._remark = remark
        self._extends, self._files = _layout(task.bases)
        self._override_keys: dict[int, dict[str, tuple[str, ...]]] = {}

    def specs(self, variants: Sequence[Variant]) -> FrontSpecs:
        """The specs of some variants."""
        last = max((variant.number for variant in variants), default=0)
        specs = tuple(self._spec(variant, len(str(last))) for variant in variants)
        bases: dict[str, str] = {}
        for number in sorted({self.base_of(one.variant) for one in specs if not one.alone}):
            bases |= self._files[number]
        return FrontSpecs(specs, bases)

    def load(self, spec: FrontSpec) -> LoadedSpec:
        """The network of a spec."""
        base = self.base_of(spec.variant)
        if spec.alone and self.task.bases[base].move:
            return load_spec(Source("variant", spec.text))
        return self._evaluator.load(base, VariantText(spec.text, {}))

    def base_of(self, variant: Variant) -> int:
        """The number of the base that a variant starts from."""
        return self.task.base_of([variant.values[knob.name] for knob, _ in self.task.knobs])

    def _keys(self, base: int) -> dict[str, tuple[str, ...]]:
        """The keys under `override` that each knob changes: its pattern, or else every path.

        A pattern stands for its paths where it matches no others, and no other knob changes them.
        """
        if base not in self._override_keys:
            known = self._paths(base)
            changed = Counter(path for _, paths in self.task.knobs for path in paths[base])
            self._override_keys[base] = {
                knob.name: (knob.path,)
                if paths[base]
                and set(matching(knob.path, known)) == set(paths[base])
                and all(changed[path] == 1 for path in paths[base])
                else paths[base]
                for knob, paths in self.task.knobs
            }
        return self._override_keys[base]

    def _paths(self, base: int) -> list[str]:
        """Every path of a base that an override can name."""
        same = VariantText("spec: 1\nextends: base\nname: same\n", {})
        return [path for path, _, _ in walk(self._evaluator.load(base, same).tree)]

    def _spec(self, variant: Variant, digits: int) -> FrontSpec:
        base = self.base_of(variant)
        texts = self.task.bases[base]
        keys = self._keys(base)
        turned = [
            Turned(knob, variant.values[knob.name], keys[knob.name]) for knob, _ in self.task.knobs
        ]
        name = f"{_word(texts.name)}_{variant.number}"
        written = _with_move(texts, variant_text(texts.spec, name, turned).text)
        alone = written is not None
        if written is None:
            written = variant_text(self._extends[base], name, turned).text
        remarks = (
            f"{_KNOWN}{_line(texts.name)}: variant {variant.number}.\n# {self._remark(variant)}\n"
        )
        source = Source(name, remarks + written)
        file = f"{_word(texts.name).lower()}_{variant.number:0{digits}}{SUFFIX}"
        return FrontSpec(variant, file, formatted(source), alone)


def _with_move(base: BaseTexts, variant: str) -> str | None:
    """A variant of a built-in network with what a move of that writes, as one text.

    None for a file, and where both say something under one key: the variant is then read after
    the move, and extends its file.
    """
    if base.spec not in builtin_names():  # standard input has a bare name, too
        return None
    if not base.move:
        return variant
    _, moved = base.files[0]
    sections = [read(Source("a spec", text), DEFAULT_LIMITS).keys() for text in (moved, variant)]
    if len(sections[0] & sections[1]) > _HEAD:
        return None
    own, lines = moved.splitlines(), variant.splitlines()
    return "\n".join([*lines[:_HEAD], *own[_HEAD:], *lines[_HEAD:]]) + "\n"


def write_front(front: FrontSpecs, folder: str, place: Span) -> None:
    """Write the specs of a front to a folder, which takes the place of one that was written before.

    Raises:
        SpecError: something else is in the folder (E0941), or it cannot be written (E0803).
    """
    refuse_other_folder(folder, place)
    with atomic_folder(folder, place) as fresh:
        fresh.mkdir()
        for file, text in front.files.items():
            target = fresh / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def refuse_other_folder(folder: str, place: Span, read: Iterable[Path] = ()) -> None:
    """Refuse a folder that holds anything but the specs of a front, before any work is done.

    Args:
        folder: the folder.
        place: what findings show.
        read: files that are read, and would be lost with the folder.

    Raises:
        SpecError: it does (E0941), or it has no name (E0803).
    """
    refuse_no_name(folder, place)
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"`{short_path(folder)}` cannot be used: {reason}"
        raise spec_error("E0941", message, place, "name a folder that is not there yet") from None
    inside = Path(os.path.realpath(folder))
    for path in read:
        if Path(os.path.realpath(path)).is_relative_to(inside):
            message = f"`{short_path(folder)}` holds `{short_path(path.name)}`, which is varied"
            raise spec_error("E0941", message, place, "name another folder")
    ours = {
        name for name in names if name.endswith(SUFFIX) and _is_ours(os.path.join(folder, name))
    }
    if ours and os.path.isdir(os.path.join(folder, BASES)):
        ours.add(BASES)
    for name in names:
        if name in ours:
            continue
        message = f"`{short_path(folder)}` holds `{short_path(name)}`, which would be lost"
        help_ = "name a folder that is empty or not there yet"
        raise spec_error("E0941", message, place, help_)


def _is_ours(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(_KNOWN)) == _KNOWN.encode()
    except OSError:
        return False


def _line(text: str) -> str:
    """A text that a comment can hold."""
    return shortened(sanitize(" ".join(text.split())), 60)


def _word(name: str) -> str:
    """A name as part of another one."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:80]


def _layout(bases: Sequence[BaseTexts]) -> tuple[list[str], list[dict[str, str]]]:
    """What variants of each base extend, and the texts of the files that it needs, by path."""
    extends: list[str] = []
    files: list[dict[str, str]] = []
    builtin = builtin_names()
    for number, base in enumerate(bases):
        if base.spec in builtin and not base.move:
            extends.append(base.spec)
            files.append({})
            continue
        folder = BASES if len(bases) == 1 else f"{BASES}/{number + 1}"
        extends.append(f"{folder}/{_file_name(base)}")
        files.append({f"{folder}/{path}": text for path, text in _chain(base)})
    return extends, files


def _chain(base: BaseTexts) -> Iterator[tuple[str, str]]:
    """The files of a base with their paths from the folder of the first, down to a built-in one."""
    path = _file_name(base)
    for name, text in base.files:
        yield path, text
        document = read(Source(name, text), DEFAULT_LIMITS)
        reference = document.get("extends", "")
        if not isinstance(reference, str) or not reference or is_builtin_name(reference):
            return
        path = os.path.normpath(os.path.join(os.path.dirname(path), reference))


def _file_name(base: BaseTexts) -> str:
    """The name of the file of a base; standard input and moves have none."""
    if base.move:
        move = re.sub("_+", "_", _word(base.move)).strip("_")
        taken = {os.path.basename(file) for file, _ in base.files[1:]}
        file = f"{_word(base.name)}.{move}{SUFFIX}"
        return f"moved.{file}" if file in taken else file
    name = os.path.basename(base.spec)
    return name if name.endswith((".yaml", ".yml")) else f"{_word(base.name)}{SUFFIX}"
