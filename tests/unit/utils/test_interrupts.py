"""Signals end a command at the next safe point, even when a library catches the exception."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from inceptionspec.utils import interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {one: signal.getsignal(one) for one in SIGNALS}
    hook = sys.unraisablehook
    # Where tests run in the background, Ctrl-C is ignored, and would stay so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    interrupts.end_cleanly()
    yield
    sys.unraisablehook = hook
    for one, handler in before.items():
        signal.signal(one, handler)
    interrupts._state.ended_by = interrupts._state.held = None


def test_the_exceptions_of_signals() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 143
    signal.raise_signal(signal.SIGHUP)  # a second one changes nothing: the first is at work
    signal.raise_signal(signal.SIGINT)


def test_a_hangup_has_its_own_code() -> None:
    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(signal.SIGHUP)
    assert ended.value.code == 129


def test_what_is_ignored_from_the_start_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts.end_cleanly()
    signal.raise_signal(signal.SIGHUP)
    interrupts.raise_if_ended()


def held_twice(done: list[str]) -> None:
    with interrupts.held():
        with interrupts.held():
            signal.raise_signal(signal.SIGINT)
            done.append("inner")
        done.append("outer")
    done.append("never")


def test_a_signal_waits_until_it_may_come() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        held_twice(done)
    assert done == ["inner", "outer"]


def test_a_library_that_catches_everything_does_not_stop_the_end() -> None:
    with contextlib.suppress(BaseException):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        interrupts.raise_if_ended()
    assert ended.value.code == 143


def swallowed(number: int) -> None:
    with interrupts.not_swallowed(), contextlib.suppress(BaseException):
        signal.raise_signal(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_must_not_be_caught_is_raised_again(number: int) -> None:
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        swallowed(number)


def test_what_was_answered_before_is_not_raised_again() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with interrupts.not_swallowed():
        pass


def drop(number: int) -> None:
    class Dropping:
        def __del__(self) -> None:
            signal.raise_signal(number)

    one = Dropping()
    del one
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(0.001)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_where_python_drops_exceptions_comes_again(number: int) -> None:
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        drop(number)


def test_it_comes_when_python_no_longer_drops_it_however_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The main thread is slow, as on a busy machine, and still where it drops exceptions."""
    start = threading.Thread.start

    def slowly(self: threading.Thread) -> None:
        start(self)
        time.sleep(0.1)

    monkeypatch.setattr(threading.Thread, "start", slowly)
    with pytest.raises(SystemExit):
        drop(signal.SIGTERM)


def test_other_dropped_exceptions_are_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ZeroDivisionError

    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))
    interrupts.end_cleanly()
    one = Broken()
    del one
    assert told == [ZeroDivisionError]


def test_a_signal_that_is_held_back_can_be_asked_for() -> None:
    assert not interrupts.is_held_back()
    with contextlib.suppress(KeyboardInterrupt), interrupts.held():
        signal.raise_signal(signal.SIGINT)
        assert interrupts.is_held_back()
    assert not interrupts.is_held_back()


def test_signals_that_native_code_takes_are_taken_back() -> None:
    """As TensorFlow's workers take SIGTERM: Python knows nothing of it."""
    libc = ctypes.CDLL(None)
    libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    interrupts.end_cleanly()
    with interrupts.left_to_the_system():
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        libc.signal(signal.SIGTERM, 1)  # SIG_IGN
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)
