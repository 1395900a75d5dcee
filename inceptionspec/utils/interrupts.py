"""How SIGINT, SIGTERM and SIGHUP end a command: cleanly, whenever they come.

While a command runs, a signal raises an exception in the main thread, so that what is open is
closed and what is unfinished is removed. After that the process ends anyway, and signals are
ignored. Only a program that owns its process calls ``end_cleanly``; a library leaves signals
alone, and may hold them back for a moment.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # `signal` imports enums first
import _thread
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_ALL = (signal.SIGINT, *_ENDING)


class _State:
    """What the handlers know.

    Attributes:
        ended_by: the signal that ends the command, once it has come; Ctrl-C does not count,
            which a benchmark may answer with the steps that it has.
        raised: the signals that have raised an exception.
        holds: how many parts of the program may not be interrupted now.
        held: the signal that came in the meantime.
        hook: reports other dropped exceptions.
    """

    def __init__(self) -> None:
        self.ended_by: int | None = None
        self.raised: list[int] = []
        self.holds = 0
        self.held: int | None = None
        self.hook: Callable[[sys.UnraisableHookArgs], Any] = sys.unraisablehook


_state = _State()


def exit_code(number: int) -> int:
    """The code of a command that a signal ended, as shells have it: 130, 143, 129."""
    return 128 + number


def end_cleanly() -> None:
    """From now on a signal raises an exception in the main thread.

    SIGINT raises ``KeyboardInterrupt``, SIGTERM and SIGHUP ``SystemExit`` with their exit code.
    """
    if sys.unraisablehook is not _raise_again:
        _state.hook = sys.unraisablehook
        sys.unraisablehook = _raise_again
    _handle(_raise)


def ignore() -> None:
    """From now on signals change nothing: the process is about to end."""
    _handle(_nothing)


def raise_if_ended() -> None:
    """Raise the exception of SIGTERM or SIGHUP again if a library has caught it."""
    if _state.ended_by is not None:
        _raise_exception(_state.ended_by)


@contextmanager
def not_swallowed() -> Iterator[None]:
    """Raise the exception of any signal again that a library has caught in the meantime."""
    before = len(_state.raised)
    yield
    if len(_state.raised) > before:
        _raise_exception(_state.raised[-1])


@contextmanager
def held() -> Iterator[None]:
    """Hold signals back while something short is done that must not stop halfway."""
    if threading.current_thread() is not threading.main_thread():  # never interrupted
        yield
        return
    _state.holds += 1
    try:
        yield
    finally:
        _state.holds -= 1
        if not _state.holds and _state.held is not None:
            number, _state.held = _state.held, None
            _raise(number, None)


@contextmanager
def left_to_the_system() -> Iterator[None]:
    """Let signals end the process at once while native code waits and holds Python's lock.

    Nothing may be unfinished then. Afterwards they are Python's again, also those that a library
    took for itself: TensorFlow's workers take SIGTERM, which then changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A handler of None is native code's own.
    handlers = {
        number: handler
        for number in _ALL
        if (handler := signal.getsignal(number)) not in (None, signal.SIG_IGN)
    }
    for number in handlers:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def is_held_back() -> bool:
    """Whether a signal has come that ``held`` holds back."""
    return _state.held is not None


def _handle(handler: Any) -> None:
    for number in _ALL:
        # What is ignored from the start stays so: `nohup`, and Ctrl-C in the background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _nothing(number: int, frame: FrameType | None) -> None:
    """Not ``SIG_IGN``: Python warns of a signal that came before the change."""


def _raise(number: int, frame: FrameType | None) -> None:
    if number in _ENDING:
        _state.ended_by = number
        ignore()  # a closed terminal sends several
    if _state.holds:
        _state.held = number
    else:
        _state.raised.append(number)
        _raise_exception(number)


def _raise_exception(number: int) -> NoReturn:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(exit_code(number))


def _raise_again(lost: sys.UnraisableHookArgs) -> None:
    """Send the signal anew whose exception came where Python drops exceptions.

    It comes from a thread, when this function has ended: here it would be dropped, too.
    """
    number: int | None = None
    if issubclass(lost.exc_type, KeyboardInterrupt):
        number = signal.SIGINT
    elif _state.ended_by is not None and issubclass(lost.exc_type, SystemExit):
        number = _state.ended_by
        signal.signal(number, _raise)
    if number is None:
        _state.hook(lost)
    else:
        threading.Thread(target=_interrupt_outside, args=(number,)).start()


def _interrupt_outside(number: Any) -> None:
    """Send a signal to the main thread as soon as it is out of ``_raise_again``."""
    main = threading.main_thread().ident
    while _is_in_hook(sys._current_frames().get(main or 0)):
        time.sleep(0.001)
    _thread.interrupt_main(number)


def _is_in_hook(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not _raise_again.__code__:
        frame = frame.f_back
    return frame is not None
