"""Pickles read without running them: plain data, and what a closed table makes of names.

A pickle is a program that can call anything that Python can import. This reader imports nothing
and calls nothing but what it is given; any other name is an error that quotes it. Opcodes:
https://github.com/python/cpython/blob/main/Lib/pickletools.py
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from inceptionspec.weights.files.located_tensor import quoted
from inceptionspec.weights.files.wire import CorruptFileError

_MOST_OPCODES = 1 << 21
_LONGEST_NAME = 1 << 10
_LONGEST_NUMBER = 16
_NEWEST_PROTOCOL = 5
_MARK = object()
"""What the opcode MARK puts on the stack."""


class Global(NamedTuple):
    """A name that a pickle asks for: nothing but the name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


Maker = Callable[..., Any]


class Unpickler:
    """Reads pickles that follow one another in some bytes."""

    def __init__(
        self,
        data: bytes,
        makers: Mapping[str, Maker],
        plain: Callable[[Global], Any],
        persistent: Callable[[Any], Any],
    ) -> None:
        """Read nothing yet.

        Args:
            data: the bytes.
            makers: what a call of a name yields, by the name with its module.
            plain: what a name stands for that is not called; raises where it is unknown.
            persistent: what stands for a thing outside the pickle, by how it is named there.
        """
        self._data = data
        self._makers = makers
        self._plain = plain
        self._persistent = persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._opcodes = 0
        self.at = 0

    def load(self) -> Any:
        """The next pickle's value.

        Raises:
            CorruptFileError: it is damaged, too long, or asks for what no table has.
        """
        self._stack, self._memo = [], {}
        while (opcode := self._bytes(1)) != b".":
            self._opcodes += 1
            if self._opcodes > _MOST_OPCODES:
                raise CorruptFileError(f"its pickle has more than {_MOST_OPCODES:,} steps")
            step = STEPS.get(opcode)
            if step is None:
                raise CorruptFileError(
                    f"its pickle has the opcode 0x{opcode[0]:02x}, which files of arrays lack"
                )
            step(self)
        value = self._pop()
        if self._stack:
            raise _damaged()
        return value

    def _bytes(self, size: int) -> bytes:
        part = self._data[self.at : self.at + size]
        if len(part) != size:
            raise CorruptFileError("its pickle ends too early")
        self.at += size
        return part

    def _number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self._bytes(size), "little", signed=signed)

    def _line(self) -> str:
        end = self._data.find(b"\n", self.at, self.at + _LONGEST_NAME)
        if end < 0:
            raise CorruptFileError("its pickle ends too early")
        return _text(self._bytes(end + 1 - self.at)[:-1])

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _pop(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise _damaged()
        return self._stack.pop()

    def _top(self, kind: type) -> Any:
        if not self._stack or type(self._stack[-1]) is not kind:
            raise _damaged()
        return self._stack[-1]

    def _popped_to_mark(self) -> list[Any]:
        values: list[Any] = []
        while self._stack:
            value = self._stack.pop()
            if value is _MARK:
                return values[::-1]
            values.append(value)
        raise _damaged()

    def _drop_to_mark(self) -> None:
        self._popped_to_mark()

    def _skip_frame(self) -> None:
        self._bytes(8)

    def _protocol(self) -> None:
        if self._number(1) > _NEWEST_PROTOCOL:
            raise CorruptFileError("its pickle is of a protocol that is not read")

    def _drop(self) -> None:
        if not self._stack:
            raise _damaged()
        self._stack.pop()

    def _duplicate(self) -> None:
        value = self._pop()
        self._stack += value, value

    def _whole(self, size: int) -> None:
        if size > _LONGEST_NUMBER:
            raise CorruptFileError(f"its pickle has a number of {size:,} bytes")
        self._push(self._number(size, signed=True))

    def _tuple(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        self._push(tuple(reversed(values)))

    def _append(self, values: Sequence[Any]) -> None:
        self._top(list).extend(values)

    def _set(self, pairs: Sequence[Any]) -> None:
        mapping = self._top(dict)
        if len(pairs) % 2:
            raise _damaged()
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not isinstance(key, (str, int)):
                raise CorruptFileError("its pickle has a key that is neither text nor a number")
            mapping[key] = value

    def _remember(self, number: int) -> None:
        value = self._pop()
        self._push(value)
        self._memo[number] = value

    def _recall(self, number: int) -> None:
        if number not in self._memo:
            raise _damaged()
        self._push(self._memo[number])

    def _global(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise _damaged()
        asked = Global(module, name)
        self._push(asked if str(asked) in self._makers else self._plain(asked))

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        self._global(module, name)

    def _call(self) -> None:
        arguments, called = self._pop(), self._pop()
        if not isinstance(called, Global) or not isinstance(arguments, tuple):
            raise _damaged()
        try:
            self._push(self._makers[str(called)](*arguments))
        except TypeError:
            raise CorruptFileError(
                f"its pickle calls {quoted(str(called))} with what it does not take"
            ) from None

    def _build(self) -> None:
        self._pop()  # attributes of a dictionary or a tensor, which are not read
        self._push(self._pop())

    def _outside(self) -> None:
        self._push(self._persistent(self._pop()))


def _damaged() -> CorruptFileError:
    return CorruptFileError("its pickle is damaged")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise CorruptFileError("its pickle has text that is not UTF-8") from None


#: What each opcode does. Those that make instances of classes are not here.
STEPS: Mapping[bytes, Callable[[Unpickler], None]] = MappingProxyType(
    {
        b"\x80": Unpickler._protocol,
        b"\x95": Unpickler._skip_frame,
        b"(": lambda u: u._push(_MARK),
        b"0": Unpickler._drop,
        b"1": Unpickler._drop_to_mark,
        b"2": Unpickler._duplicate,
        b"N": lambda u: u._push(None),
        b"\x88": lambda u: u._push(True),
        b"\x89": lambda u: u._push(False),
        b"J": lambda u: u._whole(4),
        b"K": lambda u: u._push(u._number(1)),
        b"M": lambda u: u._push(u._number(2)),
        b"\x8a": lambda u: u._whole(u._number(1)),
        b"\x8b": lambda u: u._whole(u._number(4)),
        b"G": lambda u: u._push(struct.unpack(">d", u._bytes(8))[0]),
        b"X": lambda u: u._push(_text(u._bytes(u._number(4)))),
        b"\x8c": lambda u: u._push(_text(u._bytes(u._number(1)))),
        b"\x8d": lambda u: u._push(_text(u._bytes(u._number(8)))),
        b"U": lambda u: u._push(_text(u._bytes(u._number(1)))),
        b"T": lambda u: u._push(_text(u._bytes(u._number(4)))),
        b"C": lambda u: u._push(u._bytes(u._number(1))),
        b"B": lambda u: u._push(u._bytes(u._number(4))),
        b"\x8e": lambda u: u._push(u._bytes(u._number(8))),
        b")": lambda u: u._tuple(0),
        b"\x85": lambda u: u._tuple(1),
        b"\x86": lambda u: u._tuple(2),
        b"\x87": lambda u: u._tuple(3),
        b"t": lambda u: u._push(tuple(u._popped_to_mark())),
        b"]": lambda u: u._push([]),
        b"l": lambda u: u._push(u._popped_to_mark()),
        b"a": lambda u: u._append([u._pop()]),
        b"e": lambda u: u._append(u._popped_to_mark()),
        b"}": lambda u: u._push({}),
        b"s": lambda u: u._set([u._pop(), u._pop()][::-1]),
        b"u": lambda u: u._set(u._popped_to_mark()),
        b"q": lambda u: u._remember(u._number(1)),
        b"r": lambda u: u._remember(u._number(4)),
        b"\x94": lambda u: u._remember(len(u._memo)),
        b"h": lambda u: u._recall(u._number(1)),
        b"j": lambda u: u._recall(u._number(4)),
        b"c": lambda u: u._global(u._line(), u._line()),
        b"\x93": Unpickler._stack_global,
        b"R": Unpickler._call,
        b"b": Unpickler._build,
        b"Q": Unpickler._outside,
    }
)
