"""One command, run: its work cancelled by signals, its result or failure answered in text or JSON with an exit code.

`cli` imports this only when a command other than the window's is wanted: every service and its libraries come with it.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any, Final

from nexus_studio.cli_output import (
    FAILED,
    NOT_PROVEN,
    OK,
    UNREACHABLE,
    UNREADABLE,
    WRONG_LINE,
    ProgressLine,
    Result,
    dumps,
    failure,
)
from nexus_studio.core.errors import BackupDamaged, StudioError
from nexus_studio.core.tasks import CancelToken, TaskContext

Run = Callable[[argparse.Namespace, TaskContext], Result]

_CONTRADICTIONS: Final = frozenset({"cli.backup_options", "backup.both_chosen", "backup.encrypt_directory"})
"""Options of `backup` that do not go together: argparse can't tell, yet it is the command line that is wrong."""


def run(arguments: argparse.Namespace, runs: Mapping[str, Run]) -> int:
    """Run the command that the arguments name and return the exit code.

    Args:
        arguments: What was said.
        runs: Functions by "command" or "command action", this one among them.
    """
    command = arguments.command if arguments.action is None else f"{arguments.command} {arguments.action}"
    is_quiet = getattr(arguments, "quiet", False)
    line = ProgressLine(sys.stderr, is_quiet=is_quiet)
    token = CancelToken()
    with _cancelled_by_signals(token), _nothing_logged() if is_quiet else nullcontext():
        try:
            result = runs[command](arguments, TaskContext(token, line.show))
        except BrokenPipeError:  # the reader of a running answer has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        except (Exception, KeyboardInterrupt) as error:  # the one place where a command's failure ends
            line.clear()
            code = failure(error, is_json=arguments.json, out=sys.stdout, err=sys.stderr, is_quiet=is_quiet)
            return _failed(command, error, code)
    line.clear()
    if is_quiet and (result.code == OK or not arguments.json):
        return _quiet_answer(result)
    return _answer(result, is_json=arguments.json)


def _failed(command: str, error: BaseException, code: int) -> int:
    """Return the exit code of a failure: where 1 is an answer ("pending", "with warnings"), what failed says 2.

    Of `backup`, 3 says that a backup is not what it should be, and nothing else; 2 that options contradict one another.
    """
    if command.startswith("backup "):
        if isinstance(error, BackupDamaged):
            return NOT_PROVEN
        if isinstance(error, StudioError) and error.code in _CONTRADICTIONS:
            return WRONG_LINE
        return FAILED if code == UNREACHABLE else code
    return UNREADABLE if command in {"migrate status", "doctor"} and code == FAILED else code


@contextmanager
def _nothing_logged() -> Iterator[None]:
    """Have warnings not written to standard error, which is where they go as long as nobody takes them."""
    logger, taker = logging.getLogger("nexus_studio"), logging.NullHandler()
    logger.addHandler(taker)
    try:
        yield
    finally:
        logger.removeHandler(taker)


def _quiet_answer(result: Result) -> int:
    """Say nothing of a success, and of all else one line."""
    if result.code != OK:
        sys.stderr.write(result.text.partition("\n")[0] + "\n")
    return result.code


def _answer(result: Result, *, is_json: bool) -> int:
    text = (dumps(result.data) if result.data else "") if is_json else result.text
    try:
        if text:
            sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `| head`: nobody reads on, and the interpreter must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return result.code


@contextmanager
def _cancelled_by_signals(token: CancelToken) -> Iterator[None]:
    """Have Ctrl+C (and a polite kill) cancel the work on the server; the second one ends the process as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's; a test's worker has none
        return
    former: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, former[number])
        # Cancelling talks to the server: not inside a signal handler.
        threading.Thread(target=token.cancel, name="cancel", daemon=True).start()

    for number in former:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
