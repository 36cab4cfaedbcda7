"""The command line: reads the arguments, runs one command, answers in text or JSON with an exit code.

This module opens the window too and must be cheap to import: the first paint waits for it. So what a command or the
window needs (SQLAlchemy, psycopg, Alembic, Qt) is imported inside the functions that need it, and only here.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from nexus_studio.cli_arguments import parse
from nexus_studio.cli_output import OK, ProgressLine, Result, dumps, failure
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import CancelToken, TaskContext

WINDOWED = frozenset({"open", "demo"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code (see `cli_arguments.EXIT_CODES`).

    Args:
        argv: The arguments without the program's name; those of the process when None.
    """
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as left:  # argparse has said why
        return left.code if isinstance(left.code, int) else 2
    if _wants_window(arguments):
        return _open_window(arguments)
    return _run(arguments)


def _wants_window(arguments: argparse.Namespace) -> bool:
    if arguments.command == "demo":
        return not (arguments.no_window or arguments.prepare)
    return arguments.command in WINDOWED


def _open_window(arguments: argparse.Namespace) -> int:
    from nexus_studio.app import Start, run  # noqa: PLC0415 - Qt, which no other command needs

    is_demo = arguments.command == "demo"
    start = Start(
        url=None if is_demo else arguments.target or arguments.url,
        profile=None if is_demo else arguments.profile,
        is_demo=is_demo,
        demo_data_dir=arguments.data_dir if is_demo else None,
        exit_after_paint=arguments.exit_after_paint,
        read_only=arguments.read_only,
        environment=Environment(arguments.environment) if arguments.environment else None,
    )
    return run(start)


def _run(arguments: argparse.Namespace) -> int:
    from nexus_studio.cli_commands import RUNS  # noqa: PLC0415 - every service and its libraries

    command = arguments.command if arguments.action is None else f"{arguments.command} {arguments.action}"
    line = ProgressLine(sys.stderr)
    token = CancelToken()
    with _cancelled_by_signals(token):
        try:
            result = RUNS[command](arguments, TaskContext(token, line.show))
        except BrokenPipeError:  # the reader of a running answer has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        except (Exception, KeyboardInterrupt) as error:  # the one place where a command's failure ends
            line.clear()
            return failure(error, is_json=arguments.json, out=sys.stdout, err=sys.stderr)
    line.clear()
    return _answer(result, is_json=arguments.json)


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
