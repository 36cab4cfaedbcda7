"""The command line's entrance: reads the arguments, then opens the window or runs one command.

It must be cheap to import: the first paint waits for it. So what a command or the window needs (SQLAlchemy, psycopg,
Alembic, Qt) is imported inside the functions that need it, and only here.
"""

from __future__ import annotations

import argparse
import gc
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nexus_studio.cli_arguments import parse
from nexus_studio.core.profiles import Environment
from nexus_studio.services.qtplatform import advice_on_import

Run = Callable[[argparse.Namespace, Any], Any]
"""A command: arguments and `TaskContext` in, a `cli_output.Result` out."""

WINDOWED = frozenset({"open", "demo"})
_HEALTH = frozenset(
    {"vacuum", "analyze", "reindex", "cluster", "growth", "advice", "activity", "slow-queries", "explain"}
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code (see `cli_arguments.EXIT_CODES`).

    Args:
        argv: The arguments without the program's name; those of the process when None.
    """
    _write_every_sign()
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as left:  # argparse has said why
        return left.code if isinstance(left.code, int) else 2
    if _wants_window(arguments):
        return _open_window(arguments)
    gc.disable()  # imports leave no garbage, and looking for some takes a sixth of their time
    from nexus_studio.cli_run import run  # noqa: PLC0415 - the services and their libraries

    runs = _runs(arguments)
    gc.freeze()
    gc.enable()
    return run(arguments, runs)


def _write_every_sign() -> None:
    """Answer files and other programs in UTF-8, and no terminal with a crash for a sign that it does not know.

    Windows has another encoding for what is redirected, and a scheduler may have ASCII.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _runs(arguments: argparse.Namespace) -> Mapping[str, Run]:
    """Import the functions of the command's subject: each subject brings libraries that another can do without."""
    if arguments.command in {"doctor", "ci"}:
        from nexus_studio.cli_doctor import RUNS as CHECKING  # noqa: PLC0415 - what the checks need

        return CHECKING
    if arguments.command in {"reset", "recreate", "empty", "shelf"} or arguments.action == "reset":
        from nexus_studio.cli_reset import RUNS as RESETTING  # noqa: PLC0415 - migrations and seeds too

        return RESETTING
    if arguments.command in _HEALTH:
        from nexus_studio.cli_health import RUNS as TENDING  # noqa: PLC0415 - what maintenance needs

        return TENDING
    if arguments.command == "backup":
        from nexus_studio.cli_backup import RUNS as BACKING_UP  # noqa: PLC0415 - backups and migrations

        return BACKING_UP
    if arguments.command == "history":
        from nexus_studio.cli_history import RUNS as REMEMBERING  # noqa: PLC0415 - every service

        return REMEMBERING
    if arguments.command != "migrate":
        from nexus_studio.cli_commands import RUNS as OTHERS  # noqa: PLC0415 - every service

        return OTHERS
    if arguments.action == "status":
        from nexus_studio.cli_migrate_status import RUNS as LOOKING  # noqa: PLC0415 - no Alembic, so that it is quick

        return LOOKING
    from nexus_studio.cli_migrate import RUNS as MIGRATING  # noqa: PLC0415 - all that migrating needs

    return MIGRATING


def _wants_window(arguments: argparse.Namespace) -> bool:
    if arguments.command == "demo":
        return not (arguments.no_window or arguments.prepare)
    return arguments.command in WINDOWED


def _open_window(arguments: argparse.Namespace) -> int:
    try:
        from nexus_studio.app import Start, run  # noqa: PLC0415 - Qt, which no other command needs
    except ImportError as error:
        if (trouble := advice_on_import(error)) is None:
            raise
        sys.stderr.write(f"{trouble.text}\n")
        return 1

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
