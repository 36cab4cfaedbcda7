"""The words of `history`: its actions and their arguments. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime

from nexus_studio.cli_sure import add_sure

LIST_LIMIT = 30


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", metavar="TABLE", help="only what was written to it")
    parser.add_argument("--person", default="", metavar="NAME", help="only what this account or role has saved")
    parser.add_argument("--search", default="", metavar="TEXT", help="text in reason, ticket or names; or a row's key")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="such as 2026-11-30 or 2026-11-30T14:00")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="up to then, that moment not among them")
    parser.add_argument("--all", action="store_true", help="of every database, not only of this one")
    parser.add_argument("--limit", type=_positive, default=LIST_LIMIT, metavar="N", help=f"(default: {LIST_LIMIT})")
    parser.add_argument("--before", metavar="ID", help="go on behind that one")
    _shared(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    _id(parser)
    parser.add_argument("--sql", action="store_true", help="the SQL that would take it back, too")


def _revert(parser: argparse.ArgumentParser) -> None:
    _id(parser)
    parser.add_argument("--dry-run", action="store_true", help="only show the SQL, wherever it is")
    add_reason(parser)
    add_sure(parser)


def _prune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=_natural, metavar="N", help="keep what is younger (default: as set; 0: all)")
    parser.add_argument("--megabytes", type=_natural, metavar="N", help="keep so much (default: as set; 0: no bound)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
    add_sure(parser)


def _share(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--for",
        dest="roles",
        action="append",
        default=[],
        metavar="ROLE",
        help="a role that may add to it and read it; may be repeated (default: its owner alone)",
    )
    add_sure(parser)


def add_reason(parser: argparse.ArgumentParser) -> None:
    """Add the options that say why rows are written, for the history."""
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; it is kept in the history")
    parser.add_argument("--ticket", default="", metavar="NUMBER", help="the ticket it belongs to; kept as well")
    parser.add_argument(
        "--without-history", action="store_true", help="write it although it can't be kept in the history"
    )


def _id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="which one: the beginning of its id is enough")
    _shared(parser)


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shared", action="store_true", help="of the history that a team shares in the database")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time; write 2026-11-30 or 2026-11-30T14:00") from None


def _positive(text: str) -> int:
    number = _natural(text)
    if not number:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is no number")
    return int(text)


HISTORY_ACTIONS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("list", "list what was saved: when, who, why, which tables", _list),
    ("show", "show its rows: what they were, and what they became", _show),
    ("revert", "show the SQL that takes it back; with --yes write it", _revert),
    ("prune", "delete old sets from this machine's history", _prune),
    ("share", "make the table of a history that a team shares in the database", _share),
)
"""Name, a line for --help, arguments."""
