"""The words of `reset`, `recreate`, `empty` and `shelf`. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from nexus_studio.cli_sure import add_sure

Arguments = Callable[[argparse.ArgumentParser], None]


def reset(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `reset`."""
    parser.add_argument(
        "--schema", action="append", default=[], metavar="NAME", help="whose content goes (default: the connection's)"
    )
    parser.add_argument("--all-schemas", action="store_true", help="the content of all schemas goes")
    _following(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be lost, and change nothing")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--status", action="store_true", help="say whether a reset stopped, and where")
    instead.add_argument("--resume", action="store_true", help="go on with a reset that stopped")
    instead.add_argument("--give-up", action="store_true", help="forget a reset that stopped, and undo nothing")
    _others(parser, beside=True)
    _project(parser)
    add_sure(parser, yes=False)


def recreate(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `recreate`."""
    parser.add_argument(
        "--keep-schema", action="append", default=[], metavar="NAME", help="a schema to keep; may be repeated"
    )
    parser.add_argument("--empty", action="store_true", help="apply no migrations and run no seed")
    _following(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be lost, and change nothing")
    _others(parser, beside=False)
    _project(parser)
    add_sure(parser, yes=False)


def empty(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `empty`."""
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="tables to empty")
    parser.add_argument("--all", action="store_true", help="all tables but those that say how migrations stand")
    parser.add_argument("--no-backup", action="store_true", help="make no safety backup first")
    parser.add_argument("--dry-run", action="store_true", help="say what would be lost, and change nothing")
    _others(parser, beside=True)
    add_sure(parser, yes=False)


def _following(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-backup", action="store_true", help="make no safety backup first")
    parser.add_argument("--no-migrate", action="store_true", help="apply no migrations afterwards, and run no seed")
    parser.add_argument("--seed", metavar="NAME", help="the seed to run (default: demo where there is one)")
    parser.add_argument("--no-seed", action="store_true", help="run no seed afterwards")
    parser.add_argument("--scale", type=int, default=1, metavar="N", help="lay the seed's history down N-fold")
    parser.add_argument("--drop-extensions", action="store_true", help="extensions go too")
    parser.add_argument("--drop-privileges", action="store_true", help="do not give owners and privileges again")
    parser.add_argument("--ledger", choices=("database", "local"), help="where to keep the ledger of migrations")


def _others(parser: argparse.ArgumentParser, *, beside: bool) -> None:
    others = parser.add_mutually_exclusive_group()
    others.add_argument("--end-others", action="store_true", help="end the connections of others")
    if beside:
        others.add_argument("--beside-others", action="store_true", help="go on while others are connected")


def _project(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which migrations")
    group.add_argument("--project", type=Path, metavar="FOLDER", help="as for `migrate`")
    group.add_argument("--python", type=Path, metavar="PATH", help="the project's interpreter (default: its .venv)")
    group.add_argument("--section", default="alembic", metavar="NAME", help="section of the .ini (default: alembic)")


def _take(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what to call the state")
    parser.add_argument("--dump", action="store_true", help="write a dump on this machine: others may stay connected")
    _others(parser, beside=False)
    add_sure(parser)


def _put_back(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the shelf")
    parser.add_argument("--keep-as", default="", metavar="NAME", help="keep what is there now on another shelf")
    _others(parser, beside=False)
    add_sure(parser)


def _drop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the shelf")
    add_sure(parser)


SHELF_ACTIONS: tuple[tuple[str, str, Arguments | None], ...] = (
    ("list", "list the states that are kept: age, size, revision", None),
    ("take", "keep the database's state under a name", _take),
    ("put-back", "give the database the state of a shelf", _put_back),
    ("drop", "take a shelf away for good", _drop),
)
"""Name, a line for --help, arguments."""
