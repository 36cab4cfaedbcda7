"""The words of `backup`: its actions and their arguments. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

from nexus_studio.cli_history_arguments import add_reason
from nexus_studio.cli_numbers import positive
from nexus_studio.cli_sure import add_sure

Arguments = Callable[[argparse.ArgumentParser], None]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCHEDULERS = ("systemd", "launchd", "tasks", "cron")
PLACES = ("embedded", "server")
ROWS_LIMIT = 20


def _create(parser: argparse.ArgumentParser) -> None:
    _spec(parser)
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="where (default: below the data folder)")
    parser.add_argument("--name", default="", metavar="NAME", help="the file's name (default: one with the date)")
    parser.add_argument("--verify", action="store_true", help="prove it at once; ends with 3 where it is not proven")
    parser.add_argument("--copy-to", default="", metavar="PLACE", help="copy it to a folder or a URL such as s3://…")
    add_sure(parser)


def _spec(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what")
    _choice(what)
    half = what.add_mutually_exclusive_group()
    half.add_argument("--schema-only", action="store_true", help="the structure without rows")
    half.add_argument("--data-only", action="store_true", help="the rows without the structure")
    what.add_argument("--globals", action="store_true", help="roles and tablespaces too, in a file beside it")
    what.add_argument("--passwords", action="store_true", help="with --globals: the roles' password hashes too")
    what.add_argument("--no-counts", action="store_true", help="note no rows and checksums: less can be proven later")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--format", choices=("custom", "directory", "plain"), default="custom", help="as pg_dump's (default: custom)"
    )
    how.add_argument("--compress", choices=("gzip", "zstd", "none"), default="gzip", help="(default: gzip)")
    how.add_argument("--jobs", type=positive, default=1, metavar="N", help="tables at once, of --format directory")
    how.add_argument("--for-version", type=positive, metavar="MAJOR", help="the server it may be restored on")
    how.add_argument(
        "--encrypt-for", action="append", default=[], metavar="RECIPIENT", help="an age recipient, or a GnuPG key"
    )


def _choice(group: Any) -> None:
    group.add_argument("--schema", action="append", default=[], metavar="NAME", help="only this; may be repeated")
    group.add_argument("--table", action="append", default=[], metavar="TABLE", help="only this; may be repeated")


def _verify(parser: argparse.ArgumentParser) -> None:
    _run_file(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    parser.add_argument("--items", action="store_true", help="everything in its table of contents")
    parser.add_argument("--no-check", action="store_true", help="do not read the whole file to see if it was altered")


def _restore(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    into = parser.add_mutually_exclusive_group()
    into.add_argument("--as", dest="new", metavar="NAME", help="into a new database of that name, which stays beside")
    into.add_argument("--empty", action="store_true", help="into the connection's database, which must be empty")
    what = parser.add_argument_group("what")
    _choice(what)
    what.add_argument("--no-owner", action="store_true", help="everything belongs to whoever restores")
    what.add_argument("--no-privileges", action="store_true", help="leave out what was granted")
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="several at once, where the format allows"
    )
    parser.add_argument("--end-others", action="store_true", help="end the connections of others")
    parser.add_argument("--dry-run", action="store_true", help="say what it holds and what would be done")
    add_sure(parser, yes=False)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", action="append", default=[], type=Path, metavar="FOLDER", help="look here too")


def _folders(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--add", type=Path, metavar="FOLDER", help="look there from now on")
    which.add_argument("--remove", type=Path, metavar="FOLDER", help="look there no more; what is there stays")


def _prune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", action="append", default=[], type=Path, metavar="FOLDER", help="this folder too")
    _rule(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
    add_sure(parser)


def _schedule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", type=_time, default=time(2, 30), metavar="HH:MM", help="local time (default: 02:30)")
    parser.add_argument("--days", type=_days, default=(), metavar="DAYS", help="such as mon,thu (default: every day)")
    parser.add_argument("--verify", action="store_true", help="prove each backup")
    parser.add_argument("--prune", action="store_true", help="delete old ones afterwards, by the rule")
    _rule(parser)
    _spec(parser)
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="where (default: below the data folder)")
    parser.add_argument("--copy-to", default="", metavar="PLACE", help="copy it to a folder or a URL such as s3://…")
    parser.add_argument("--scheduler", choices=SCHEDULERS, help="(default: the system's own)")
    parser.add_argument("--show", action="store_true", help="only print what would be written")


def _unschedule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scheduler", choices=SCHEDULERS, help="(default: whichever has it)")


def _compare(parser: argparse.ArgumentParser) -> None:
    _run_file(parser)
    parser.add_argument("table", metavar="TABLE", help="the table to compare with today's")
    parser.add_argument(
        "--limit",
        type=positive,
        default=ROWS_LIMIT,
        metavar="N",
        help=f"keys to print of each kind (default: {ROWS_LIMIT})",
    )


def _bring_back(parser: argparse.ArgumentParser) -> None:
    _run_file(parser)
    parser.add_argument("table", metavar="TABLE", help="the table whose rows are wanted")
    parser.add_argument(
        "--key",
        action="append",
        nargs="+",
        required=True,
        metavar="COLUMN=VALUE",
        help="a row: all columns of its key; may be repeated for more rows",
    )
    parser.add_argument("--yes", action="store_true", help="write them; without, the SQL is only shown")
    parser.add_argument("--confirm", metavar="NAME", help="the same, with the database's name where that is wanted")
    add_reason(parser)


def _open(parser: argparse.ArgumentParser) -> None:
    _run_file(parser)


def _dismiss(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="DATABASE", help="the old database, as `backup kept` lists it")
    add_sure(parser)


def _copy(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    parser.add_argument("to", metavar="PLACE", help="a folder, or a URL such as s3://bucket/folder")


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup: a file, or the folder of --format directory")


def _run_file(parser: argparse.ArgumentParser) -> None:
    """Add a backup that is restored to be looked at, and where."""
    _file(parser)
    parser.add_argument(
        "--on", choices=PLACES, help="where it is restored for that: Studio's own server (default), or the database's"
    )
    parser.add_argument("--trust", action="store_true", help="you know where a file is from that Studio has not made")


def _rule(parser: argparse.ArgumentParser) -> None:
    rule = parser.add_argument_group("what is kept")
    rule.add_argument("--daily", type=_count, default=7, metavar="N", help="the newest of each of N days (default: 7)")
    rule.add_argument("--weekly", type=_count, default=4, metavar="N", help="and of N weeks (default: 4)")
    rule.add_argument("--monthly", type=_count, default=12, metavar="N", help="and of N months (default: 12)")
    rule.add_argument("--at-least", type=_count, default=3, metavar="N", help="never fewer than N (default: 3)")


def _count(text: str) -> int:
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write HH:MM") from error
    return found.replace(second=0, microsecond=0, tzinfo=None)


def _days(text: str) -> tuple[int, ...]:
    names = [each.strip().lower()[:3] for each in text.split(",") if each.strip()]
    if unknown := [each for each in names if each not in DAYS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is no day; write {','.join(DAYS)}")
    return tuple(sorted({DAYS.index(each) for each in names}))


def _quiet(arguments: Arguments | None) -> Arguments:
    def add(parser: argparse.ArgumentParser) -> None:
        if arguments is not None:
            arguments(parser)
        parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails, and then one line")

    return add


BACKUP_ACTIONS: tuple[tuple[str, str, Arguments | None], ...] = (
    ("create", "write a backup of the database", _quiet(_create)),
    ("verify", "prove it: restore it into a scratch database and compare", _quiet(_verify)),
    ("show", "say what a file holds, and whether it is whole", _quiet(_show)),
    ("restore", "put it into a new database, then exchange the two", _quiet(_restore)),
    ("list", "list backups: age, size, revision, proven or not", _quiet(_list)),
    ("folders", "where backups are looked for", _quiet(_folders)),
    ("prune", "delete old backups by a rule", _quiet(_prune)),
    ("schedule", "have the system make backups regularly", _quiet(_schedule)),
    ("unschedule", "end that", _quiet(_unschedule)),
    ("run", "make the scheduled backup of a saved connection now; what the system calls", _quiet(None)),
    ("runs", "say what is scheduled, how it went, what was missed", _quiet(None)),
    ("compare", "say what a table has lost, gained and changed since", _quiet(_compare)),
    ("bring-back", "write chosen rows of a backup into the database", _quiet(_bring_back)),
    ("open", "restore it to a server of Studio's own, print its URL, run until Ctrl+C", _quiet(_open)),
    ("kept", "list the old databases that restores have kept", _quiet(None)),
    ("dismiss", "drop an old database that a restore has kept", _quiet(_dismiss)),
    ("copy", "copy a backup to another folder or store, and compare it there", _quiet(_copy)),
)
"""Name, a line for --help, arguments."""
