"""A network as a module of Python that builds it with Keras: readable, and enough by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count
from typing import Any

from inceptionspec.backends.keras_source.call import Call, Code
from inceptionspec.backends.keras_source.helpers import TEXTS
from inceptionspec.backends.keras_source.layout import (
    INDENT,
    call_lines,
    called,
    docstring,
    name_text,
)
from inceptionspec.backends.keras_source.steps import (
    Function,
    Step,
    Steps,
    Use,
    Value,
    steps_of,
)
from inceptionspec.backends.names import layer_name, model_name
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.frontend.expansion.tree import Scope, walk
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.traversal import resolve_outputs

_LEAST_LOOP = 3
"""Calls of one function that become a loop."""


def keras_module(loaded: LoadedSpec, weights: str = "") -> str:
    """The text of the module; its function ``build`` returns what `backends.keras.build` does.

    Layers have the same names and the same order, so that weights fit both.

    Args:
        loaded: the network.
        weights: the file of weights next to the module, for its docstring.

    Raises:
        SpecError: a layer needs a known size (E0407).
    """
    graph = loaded.graph
    ends = resolve_outputs(graph)
    taken = ("build", *TEXTS)
    steps = steps_of(graph, ends.values(), _given(loaded), taken)
    body = [*_functions(loaded, steps), *_build(loaded, steps, ends)]
    text = "\n".join(body)
    modules = ["initializers", "layers", "ops", "regularizers"]
    used = [name for name in modules if f"{name}." in text]
    imports = [f"from keras import {', '.join(used)}"] if used else []
    standard = ["import math"] if "math." in text else []
    numpy = ["import numpy as np"] if "np." in text else []
    head = docstring(_about(loaded, weights), 0)
    blank = [""]
    lines = [*head, "", *standard, *(blank if standard else ()), "import keras", *numpy, *imports]
    return "\n".join([*lines, *body]) + "\n"


def _about(loaded: LoadedSpec, weights: str) -> list[str]:
    name = sanitize(loaded.name)
    found = [f"{name} with Keras."]
    doc = loaded.spec.document.get("doc")
    if isinstance(doc, str):
        found.append(doc.strip())
    shape = " x ".join("any" if side is None else str(side) for side in loaded.graph.nodes[0].shape)
    reads = f"It reads images of {shape} (height x width x channels)"
    if loaded.graph.value_range is not None:
        low, high = loaded.graph.value_range
        reads += f", from {low:g} to {high:g}"
    found.append(f"{reads}.")
    if weights:
        found.append(f'{INDENT}model = build()\n{INDENT}model.load_weights("{weights}")')
    source = sanitize(loaded.source.name.rpartition("/")[2])
    settings = sanitize(", ".join(loaded.settings.overridden))
    origin = f"{source} ({settings})" if settings else source
    found.append(
        f"Written by inceptionspec from the spec {origin};"
        f"\nnetwork digest {loaded.digests['network']}."
    )
    return found


def _given(loaded: LoadedSpec) -> Mapping[str, Mapping[str, Any]]:
    """The arguments of each call of a block, by path and name."""
    return {
        path: {str(name): value for name, value in node.item.get("with", {}).items()}
        for path, node, _ in walk(loaded.tree)
        if isinstance(node, Scope) and node.block
    }


def _functions(loaded: LoadedSpec, steps: Steps) -> list[str]:
    lines: list[str] = []
    used = {step.call.function for step in _all_steps(steps)}
    for name, text in TEXTS.items():
        if name in used:
            lines += ["", "", *text.strip("\n").split("\n")]
    for helper in steps.helpers.values():
        lines += ["", "", *helper.lines]
    docs: dict[str, Any] = {
        node.block: None if node.definition is None else node.definition.get("doc")
        for _, node, _ in walk(loaded.tree)
        if isinstance(node, Scope) and node.block
    }
    for function in steps.functions:
        lines += ["", "", *_function(loaded, function, docs.get(function.definition))]
    return lines


def _all_steps(steps: Steps) -> list[Step]:
    found = list(steps.steps)
    for function in steps.functions:
        found += function.example.steps
    return found


def _function(loaded: LoadedSpec, function: Function, doc: Any) -> list[str]:
    use = function.example
    variables = ["x", *(f"x_{number}" for number in range(2, len(use.sources) + 1))]
    required = dict.fromkeys(
        argument for argument in function.arguments.values() if argument not in function.defaults
    )
    signature = [*variables, *required]
    signature += [f'{argument}="{value}"' for argument, value in function.defaults.items()]
    lines = called("def ", function.name, [*signature, "name=None"], ":", 0)
    shape = loaded.graph.nodes[use.output].shape
    size = "x".join("?" if side is None else str(side) for side in shape)
    title = f"Block `{function.definition}`, as `{use.block.path}`: to {size}."
    lines += docstring([doc.strip() if isinstance(doc, str) else title], 1)
    body = _Body(use.steps, dict(zip([(s, -1) for s in use.sources], variables, strict=True)))
    return lines + body.lines("name", use.prefix, function.arguments, (use.output, -1))


def _build(loaded: LoadedSpec, steps: Steps, ends: Mapping[str, int]) -> list[str]:
    graph = loaded.graph
    node = graph.nodes[0]
    args = {"shape": Code(repr(node.shape))}
    call = Call("keras.Input", "", args)
    lines = ["", "", "def build():"]
    lines += docstring([f"{sanitize(loaded.name)} as a Keras model."], 1)
    lines += call_lines("images = ", call, [], f'"{layer_name(node)}"', 1)
    kept = [(index, -1) for index in ends.values()]
    body = _Body(steps.steps, {(0, -1): "images"}, kept)
    lines += body.lines("", "", {}, None)
    named = {name: body.held[index, -1] for name, index in ends.items()}
    if "" in named:
        outputs = named[""]
    else:
        outputs = "{" + ", ".join(f'"{name}": {variable}' for name, variable in named.items()) + "}"
    name = f'name="{model_name(graph)}"'
    return lines + called("return ", "keras.Model", ["images", outputs, name], "", 1)


class _Body:
    """The lines of a body: each step gets a variable that nobody needs any more.

    Attributes:
        held: the variable that holds each value that is still needed.
    """

    def __init__(
        self, steps: Sequence[Step], held: Mapping[Value, str], kept: Sequence[Value] = ()
    ) -> None:
        self.steps = steps
        self.held = dict(held)
        self.last: dict[Value, int] = {}
        for number, step in enumerate(steps):
            for value in step.reads:
                self.last[value] = number
        for value in kept:
            self.last[value] = len(steps)

    def lines(
        self,
        prefix: str,
        before: str,
        arguments: Mapping[tuple[int, str], str],
        output: Value | None,
    ) -> list[str]:
        """All lines.

        Args:
            prefix: the variable that names start with; empty in `build`.
            before: what names start with in the example that the steps are of.
            arguments: of the function, by place.
            output: the value that is returned; None where the caller returns.
        """
        found: list[str] = []
        number, returned = 0, False
        while number < len(self.steps):
            length = self._repeats(number) if not arguments else 1
            if length >= _LEAST_LOOP:
                found += self._loop(number, length, prefix, before)
                number += length
                continue
            step = self.steps[number]
            returned = number == len(self.steps) - 1 and step.yields == output
            found += self._step(number, prefix, before, arguments, returned)
            number += 1
        if output is not None and not returned:
            found.append(f"{INDENT}return {self.held[output]}")
        return found

    def _step(
        self,
        number: int,
        prefix: str,
        before: str,
        arguments: Mapping[tuple[int, str], str],
        returned: bool,
    ) -> list[str]:
        step = self.steps[number]
        inputs = [self.held[value] for value in step.reads]
        target = "return " if returned else f"{self._target(number)} = "
        given = {key: argument for (place, key), argument in arguments.items() if place == number}
        call = _call(step, {key: one for key, one in given.items() if key != "name"})
        parts = step.name.removeprefix(before).split(".")
        where = len(parts) - 1 - (step.use is None and bool(step.call.part))
        variables = {}
        if "name" in given:
            variables = {parts[where]: given["name"]}
        return call_lines(target, call, inputs, name_text(prefix, parts, variables), 1)

    def _target(self, number: int) -> str:
        """The variable for the result of a step."""
        step = self.steps[number]
        for value in [value for value in self.held if self.last.get(value, -1) <= number]:
            if self.last.get(value, -1) < len(self.steps):
                del self.held[value]
        taken = set(self.held.values())
        others = ("y", "z") if step.prefer == "x" else ()
        numbered = (f"{step.prefer}_{number}" for number in count(2))
        free = chain((step.prefer, *others), numbered)
        variable: str = next(name for name in free if name not in taken)
        self.held[step.yields] = variable
        return variable

    def _repeats(self, number: int) -> int:
        """How many steps from one on call the same function, each on what the last one yields."""
        first = self.steps[number]
        if first.use is None or len(first.reads) != 1:
            return 1
        stem, _, start = first.name.rpartition("_")
        if not start.isdecimal() or str(int(start)) != start:
            return 1
        length = 1
        while number + length < len(self.steps):
            step, last = self.steps[number + length], self.steps[number + length - 1]
            if (
                step.use is None
                or step.use.function is not first.use.function
                or step.use.given != first.use.given
                or step.reads != (last.yields,)
                or self.last.get(last.yields) != number + length
                or step.name != f"{stem}_{int(start) + length}"
            ):
                break
            length += 1
        return length

    def _loop(self, number: int, length: int, prefix: str, before: str) -> list[str]:
        """A loop over calls of one function."""
        first, last = self.steps[number], self.steps[number + length - 1]
        source = self.held[first.reads[0]]
        self.last[first.reads[0]] = self.last.get(first.reads[0], number)
        stem, _, start = first.name.removeprefix(before).rpartition("_")
        lines = []
        self.held[last.yields] = source
        needed_later = self.last[first.reads[0]] > number
        if needed_later or source == "images":
            del self.held[last.yields]
            variable = self._target(number)
            self.held[last.yields] = self.held.pop(first.yields)
            lines.append(f"{INDENT}{variable} = {source}")
            source = variable
        else:
            self.held = {
                value: name
                for value, name in self.held.items()
                if value == last.yields or self.last.get(value, -1) > number
            }
        whole = f"{{{prefix}}}.{stem}" if prefix else stem
        end = int(start) + length
        lines.append(f"{INDENT}for number in range({start}, {end}):")
        name = f'f"{whole}_{{number}}"'
        return lines + call_lines(f"{source} = ", _call(first, {}), [source], name, 2)


def _call(step: Step, given: Mapping[str, str]) -> Call:
    """The call of a step, with the arguments of the function around it for what differs."""
    call = step.call
    if step.use is not None:
        call = _of_function(step.use)
    args = {key: Code(given[key]) if key in given else value for key, value in call.args.items()}
    return Call(call.function, call.part, args, call.inputs, call.defaults, call.positional)


def _of_function(use: Use) -> Call:
    function = use.function
    assert function is not None
    return Call(function.name, "", use.given, None, function.defaults, ())
