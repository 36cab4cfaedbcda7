"""The words of `migrate`: its actions and their arguments. Light: only argparse is needed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from nexus_studio.cli_reset_arguments import reset
from nexus_studio.cli_sure import add_sure
from nexus_studio.core.admin.prisma import read_version
from nexus_studio.core.admin.prismatexts import BOTH_OPTIONS, NO_OPTION

Arguments = Callable[[argparse.ArgumentParser], None]

_DAY_S = 86_400
_UNITS = {"": 1, "ms": 1, "s": 1000, "min": 60_000}


def _of_all(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which migrations")
    group.add_argument(
        "--project",
        type=Path,
        metavar="FOLDER",
        help="folder with alembic.ini or pyproject.toml, or an .ini file; or with prisma/schema.prisma or "
        "prisma/migrations (default: the connection's, else the nearest from here, else the bundled project)",
    )
    group.add_argument("--python", type=Path, metavar="PATH", help="the project's interpreter (default: its .venv)")
    group.add_argument("--section", default="alembic", metavar="NAME", help="section of the .ini (default: alembic)")
    group.add_argument(
        "--prisma-version",
        type=prisma_version,
        metavar="VERSION",
        help="whose ways to follow in a Prisma project (default: the one it has)",
    )


def _ledger(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ledger",
        choices=("database", "local"),
        help="where to keep the ledger of a database that has none: in it, or on this machine",
    )


def _run(parser: argparse.ArgumentParser) -> None:
    _ledger(parser)
    parser.add_argument(
        "--lock-timeout",
        type=_milliseconds,
        metavar="TIME",
        help="longest wait for a lock, such as 5s or 500ms (default: none; in staging and production 5s)",
    )
    add_sure(parser)


def _status(parser: argparse.ArgumentParser) -> None:
    _of_all(parser)


def _plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default=None, metavar="TARGET", help="an id, a label, heads, +1 (default: heads)")
    parser.add_argument("--down", action="store_true", help="the way back; --to is what stays (default: -1)")
    _of_all(parser)


def _deploy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default="heads", metavar="TARGET", help="an id, a label, +1 (default: heads)")
    parser.add_argument(
        "--backup",
        action="store_true",
        help="make a backup of the database first; without one nothing is applied",
    )
    parser.set_defaults(makes_database=True)
    _run(parser)
    _of_all(parser)


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--message", "--name", default="", metavar="NAME", help="what the migration does")
    parser.add_argument("--empty", action="store_true", help="compare nothing: a migration to be filled by hand")
    parser.add_argument("--rename", action="append", default=[], metavar="OLD=NEW", help="as for dev")
    parser.set_defaults(create_only=True)
    _of_all(parser)


def _reset(parser: argparse.ArgumentParser) -> None:
    reset(parser)
    parser.add_argument("--force", action="store_true", help="taken, and changes nothing: see --confirm")
    parser.add_argument(
        "--prisma-version",
        type=prisma_version,
        metavar="VERSION",
        help="whose ways to follow in a Prisma project (default: the one it has)",
    )


def _dev(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--message", required=True, metavar="NAME", help="what the migration does")
    parser.add_argument("--create-only", action="store_true", help="write the file and apply nothing")
    parser.add_argument("--empty", action="store_true", help="compare nothing: a migration to be filled by hand")
    parser.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="a drop and an add that are one rename: table=table or table.column=column; may be repeated",
    )
    _run(parser)
    _of_all(parser)


def _push(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show the SQL and change nothing")
    add_sure(parser)
    _of_all(parser)


def _downgrade(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="the id that stays, -1, or base")
    _ledger(parser)
    add_sure(parser)
    _of_all(parser)


def _stamp(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REV", help="an id, heads, or base")
    _ledger(parser)
    add_sure(parser)
    _of_all(parser)


def _merge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--message", required=True, metavar="NAME", help="the message of the merge")
    _of_all(parser)


def _generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", help="write them there (default: standard output)")
    parser.add_argument("--schema", metavar="NAME", help="of this schema (default: the connection's)")
    _of_all(parser)


def _test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default="heads", metavar="TARGET", help="an id, a label, +1 (default: heads)")
    _of_all(parser)


def _resolve(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group(required=True)
    for option, text in (
        ("--applied", "everything of it is there: record it as applied"),
        ("--rolled-back", "nothing of it is there: record that, and run nothing now"),
        ("--run-again", "nothing of it is there: record that and run it again"),
        ("--clean-up", "remove what is there of it, then run it again"),
        ("--finish", "run only what is missing"),
        ("--retry", "the reason has passed: just run it again"),
        ("--show", "say what is there, and which way out is right; change nothing"),
    ):
        way.add_argument(option, metavar="NAME", type=_given, help=text)
    parser.add_argument(
        "--replay-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="longest that a statement may take on the throwaway database that is compared with (default: 20)",
    )
    _ledger(parser)
    _say_as_prisma(parser)
    add_sure(parser)
    _of_all(parser)


def _given(name: str) -> str | None:
    """Return a name; an empty one counts as none given, as with Prisma: what a script has not set is no choice."""
    return name or None


def _say_as_prisma(parser: argparse.ArgumentParser) -> None:
    """Add Prisma's words to what argparse says of --applied and --rolled-back: whose project it is is not known yet."""
    own = parser.error

    def error(message: str) -> NoReturn:
        is_both = "--applied" in message and "--rolled-back" in message and "not allowed" in message
        is_none = "is required" in message and "--applied" in message
        own(message + (f"\n{BOTH_OPTIONS}" if is_both else f"\n{NO_OPTION}" if is_none else ""))

    parser.error = error  # type: ignore[method-assign]


def _adopt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="where to write the Alembic project")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument(
        "--ledger",
        choices=("database", "local"),
        default="database",
        help="where to keep Studio's ledger: in the database (the default), or on this machine",
    )
    add_sure(parser)
    _of_all(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REV", help="an id, or the beginning of one")
    _of_all(parser)


ACTIONS: tuple[tuple[str, str, Arguments], ...] = (
    ("status", "say where the database stands: exit code 0 up to date, 1 pending, 2 a decision is needed", _status),
    ("plan", "show what would run, with its SQL", _plan),
    ("deploy", "apply what is pending, each revision in a transaction of its own", _deploy),
    ("create", "write a migration from the models, and apply nothing", _create),
    ("dev", "write a migration from the models, and apply it", _dev),
    ("push", "bring the database to the models without a migration (prototypes only)", _push),
    ("downgrade", "take revisions back, newest first", _downgrade),
    ("stamp", "record that a revision and all it needs are there; runs nothing", _stamp),
    ("merge", "write a revision that joins all heads", _merge),
    ("check", "compare models and database: exit code 0 they agree, 1 they differ", _of_all),
    ("generate", "write SQLAlchemy models of the database as it is", _generate),
    ("test", "try what is pending on a throwaway copy: up, down, up", _test),
    ("safety", "rehearse what is pending on a copy: locks, rewrites, losses", _test),
    ("resolve", "find the way out of a failed or interrupted migration, and go it", _resolve),
    ("show", "show a revision's SQL, up and down", _show),
    ("adopt", "take a database over from Prisma: an Alembic project with models and a baseline", _adopt),
    ("reset", "drop everything, migrate and seed: the same as `reset`", _reset),
    ("upgrade", "the same as deploy", _deploy),
)
"""Name, a line for --help, arguments."""


def prisma_version(text: str) -> str:
    """Return what --prisma-version says; a word without a number is refused."""
    if read_version(text, "given") is None:
        raise argparse.ArgumentTypeError("must be a version of Prisma, such as 7.4 or 6.19.3")
    return text


def _milliseconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)\s*(ms|s|min|)", text.strip())
    if found is None or not int(found[1]):
        raise argparse.ArgumentTypeError("must be a time such as 5s or 500ms")
    return int(found[1]) * _UNITS[found[2]]


def _seconds(text: str) -> int:
    """Return seconds as milliseconds."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _DAY_S:
        raise argparse.ArgumentTypeError("must be a number of seconds, at least 1 and at most a day")
    return int(text) * 1000
