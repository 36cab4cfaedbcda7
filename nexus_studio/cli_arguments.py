"""The command line's words: every command with its arguments, declared once. Light: only argparse is needed."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from nexus_studio import __version__
from nexus_studio.cli_backup_arguments import BACKUP_ACTIONS
from nexus_studio.cli_condition_arguments import add_conditions
from nexus_studio.cli_doctor_arguments import doctor, recipe
from nexus_studio.cli_drafts_arguments import DRAFT_ACTIONS
from nexus_studio.cli_health_arguments import (
    ACTIVITY_ACTIONS,
    activity,
    advice,
    analyze,
    cluster,
    explain,
    growth,
    reindex,
    slow_queries,
    vacuum,
)
from nexus_studio.cli_history_arguments import HISTORY_ACTIONS, add_reason
from nexus_studio.cli_migrate_arguments import ACTIONS as MIGRATE_ACTIONS
from nexus_studio.cli_migrate_arguments import prisma_version
from nexus_studio.cli_numbers import positive
from nexus_studio.cli_reset_arguments import SHELF_ACTIONS, empty, recreate, reset
from nexus_studio.cli_server_arguments import ENV_ACTIONS, SERVER_ACTIONS
from nexus_studio.cli_sure import add_sure
from nexus_studio.cli_transfer_arguments import export, import_file
from nexus_studio.core.admin.sizes import SIZE_ORDERS
from nexus_studio.core.profiles import Environment

EXIT_CODES = """exit codes:
  0    done
  1    refused or failed; nothing was changed unless the message says so; of
       `migrate status`: something is pending; of `doctor`: ready, with warnings
  2    the command line itself is wrong; of `migrate status`: somebody must decide;
       of `doctor`: not ready
  3    no connection to the database, or it was lost; of `backup`: a backup is not
       proven, or damaged (no connection is 1 there)
  130  cancelled (Ctrl+C; running statements are cancelled on the server)

Without --url or --profile the database is DATABASE_URL of the environment, else of
a .env file in this folder or above. Details: docs/cli.md
"""

_VALUED = ("--url", "--profile", "--environment", "--unlock")
"""Options of every command that take a value: what follows them is no command."""

_PASSWORD = re.compile(r"(?<=://)([^\s:/@]*):\S*@")
"""A URL's password, which argparse would say again where the URL stands in a wrong place."""

ROWS_LIMIT = 50
FORMATS = ("table", "csv", "tsv", "json", "markdown", "insert")


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, a line for --help, and what it takes besides the options of all commands.

    `actions` are the words that must follow it (`migrate status`), each with a line for --help and its arguments; or
    may, where it says something without one (`activity`).
    """

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None] | None = None
    actions: tuple[Command, ...] = ()
    needs_action: bool = True


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", nargs="?", metavar="URL", help="database URL (libpq, SQLAlchemy or Prisma form)")
    parser.add_argument("--exit-after-paint", action="store_true", help=argparse.SUPPRESS)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="FOLDER", help="where the server keeps its data")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--no-window", action="store_true", help="run the server until Ctrl+C, without a window")
    how.add_argument("--prepare", action="store_true", help="make everything ready, then stop the server")
    parser.add_argument("--exit-after-paint", action="store_true", help=argparse.SUPPRESS)


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="which seed (default: demo, or the only one there is)")
    parser.add_argument("--scale", type=int, default=1, metavar="N", help="lay the history down N-fold (default: 1)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the seeds instead")
    what.add_argument("--dry-run", action="store_true", help="say what it would add, and take all of it back")
    parser.add_argument("--project", type=Path, metavar="FOLDER", help="the project whose seeds count")
    parser.add_argument("--python", type=Path, metavar="PATH", help="that project's interpreter (default: its .venv)")


def _sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sort", choices=SIZE_ORDERS, default="total", help="most first (default: total)")
    parser.add_argument("--match", metavar="TEXT", help="only those with that in their name or schema")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N")


def _rows(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("relation", metavar="TABLE", help='table or view, such as users or other."Mixed Case"')
    add_conditions(parser)
    parser.add_argument("--limit", type=positive, default=ROWS_LIMIT, metavar="N", help=f"(default: {ROWS_LIMIT})")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--row", type=positive, default=1, metavar="N", help="begin at that row, the first is 1")
    start.add_argument("--at", type=_percent, metavar="PERCENT", help="begin about there, such as 60%%")
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="(default: table)")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--count", action="store_true", help="only count the rows, exactly")
    instead.add_argument("--explain", action="store_true", help="only say what reading the first rows costs")


def _set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("relation", metavar="TABLE", help="table whose row is to change")
    parser.add_argument("assignments", nargs="*", metavar="COLUMN=VALUE", help="what the columns shall hold")
    parser.add_argument(
        "--key", action="append", default=[], required=True, metavar="COLUMN=VALUE", help="which row: its key's columns"
    )
    parser.add_argument("--null", action="append", default=[], metavar="COLUMN", help="set the column to NULL")
    parser.add_argument("--default", action="append", default=[], metavar="COLUMN", help="set it to its default")
    parser.add_argument("--dry-run", action="store_true", help="show the SQL and change nothing")
    add_reason(parser)
    add_sure(parser, yes=False)


def _duplicate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("relation", metavar="TABLE", help="table whose row is to be there twice")
    parser.add_argument(
        "--key", action="append", default=[], required=True, metavar="COLUMN=VALUE", help="which row: its key's columns"
    )
    parser.add_argument(
        "--with",
        dest="along",
        action="append",
        default=[],
        metavar="TABLE[/TABLE…]",
        help="copy its rows that point to the row, too, and so on downwards; a foreign key's name will do",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="COLUMN=VALUE", help="what the copy of the row shall hold instead"
    )
    parser.add_argument("--null", action="append", default=[], metavar="COLUMN", help="set the copy's column to NULL")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written and write nothing")
    add_reason(parser)
    add_sure(parser, yes=False)


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a SQLite database; it is only read")
    parser.add_argument("--dry-run", action="store_true", help="try every row, list all that is refused, write nothing")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="A=B",
        help="where a table or table.column goes that is called otherwise; A= leaves it out; may be repeated",
    )
    parser.add_argument(
        "--moments",
        action="append",
        default=[],
        metavar="TABLE.COLUMN=FORM",
        help="how numbers are read: seconds, milliseconds, microseconds or julian (default: by their size)",
    )
    parser.add_argument("--append", action="store_true", help="add to tables that hold rows already")
    add_sure(parser, yes=False)


def _profile_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="what to call the connection")
    parser.add_argument("target", metavar="URL", help="its URL; a password in it goes to the keyring, not to the file")
    parser.add_argument("--role", help="role to take on after connecting (SET ROLE)")
    parser.add_argument("--masking", action="store_true", help="hide what the models call sensitive")
    parser.add_argument("--requires-reason", action="store_true", help="whoever saves rows has to say why")
    parser.add_argument("--project", type=Path, metavar="FOLDER", help="the project whose migrations it gets")
    parser.add_argument("--python", type=Path, metavar="PATH", help="that project's interpreter (default: its .venv)")
    parser.add_argument(
        "--prisma-version",
        type=prisma_version,  # argparse reads a default that is text too: there is none
        metavar="VERSION",
        help="whose ways to follow in a Prisma project",
    )
    parser.add_argument(
        "--fills-updated-at", action="store_true", help="set updatedAt to now when a row is edited, where nothing does"
    )
    parser.add_argument("--health-url", default="", metavar="URL", help="where the application says that it is well")


def _profile_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the connection's name")


def _declare(parser: argparse.ArgumentParser) -> None:
    kinds = [each.value for each in Environment]
    parser.add_argument("kind", choices=[*kinds, "nothing"], help="what it is for from now on; nothing: unsaid")
    add_sure(parser)


def _url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="URL", help="the URL to read; nothing is connected to")


COMMANDS = (
    Command("open", "open the window (also without the word: nexus-studio [URL])", _open),
    Command("demo", "start the demo database, made on first use, and open the window on it", _demo),
    Command("status", "say what the database is: server, rights, relations, migrations, size"),
    Command("relations", "list tables and views with their estimated rows"),
    Command("rows", "read rows of a table or view: filtered, searched, sorted", _rows),
    Command("set", "change cells of one row, in one transaction", _set),
    Command("duplicate", "write a row a second time, with chosen rows that point to it", _duplicate),
    Command(
        "history",
        "what was saved, by whom and why; take a saved change set back",
        actions=tuple(Command(*each) for each in HISTORY_ACTIONS),
    ),
    Command(
        "drafts",
        "staged edits that are kept on this machine after a crash",
        actions=tuple(Command(*each) for each in DRAFT_ACTIONS),
    ),
    Command("sizes", "say how big the database and its tables are", _sizes),
    Command("growth", "say how it grew, and when a size is reached", growth),
    Command("advice", "say what is to be done about tables, indexes and upkeep, with evidence and SQL", advice),
    Command("vacuum", "VACUUM tables; --full writes them anew", vacuum),
    Command("analyze", "give the planner fresh statistics of tables", analyze),
    Command("reindex", "build the indexes of tables anew, keeping nobody waiting", reindex),
    Command("cluster", "write tables anew in the order of an index", cluster),
    Command(
        "activity",
        "who is connected and does what, who waits for whom; stop or end a session",
        activity,
        actions=tuple(Command(*each) for each in ACTIVITY_ACTIONS),
        needs_action=False,
    ),
    Command("explain", "how the server would run a statement, for any values or some; --run measures it", explain),
    Command("slow-queries", "which queries take the server's time, without the values in them", slow_queries),
    Command("export", "write rows of a table or view to a file: CSV, TSV, JSON, SQL, Excel, Parquet", export),
    Command("import", "bring rows of a CSV, TSV, JSON Lines or Excel file into a table", import_file),
    Command("import-sqlite", "bring the rows of a SQLite file into the database's own tables", _import),
    Command("seed", "put example rows into a development database", _seed),
    Command("reset", "drop everything, apply the migrations, run a seed; or go on with that", reset),
    Command("recreate", "make the database anew: empty, migrated and seeded", recreate),
    Command("empty", "empty tables, and those whose rows can't be without", empty),
    Command("shelf", "named states of the database", actions=tuple(Command(*each) for each in SHELF_ACTIONS)),
    Command(
        "backup",
        "backups: write, prove, restore, look inside, keep, schedule",
        actions=tuple(Command(*each) for each in BACKUP_ACTIONS),
    ),
    Command(
        "migrate",
        "a project's migrations: where the database stands, deploy, write, resolve",
        actions=tuple(Command(*each) for each in MIGRATE_ACTIONS),
    ),
    Command(
        "profiles",
        "saved connections",
        actions=(
            Command("list", "list them"),
            Command("add", "save one", _profile_add),
            Command("remove", "forget one and its password", _profile_name),
        ),
    ),
    Command("declare", "have the database itself say what it is for", _declare),
    Command(
        "server",
        "the project's own database server: docker compose's, else the embedded one",
        actions=tuple(Command(*each) for each in SERVER_ACTIONS),
    ),
    Command("doctor", "say whether the database is ready: the deployment checklist, looked at live", doctor),
    Command("ci", "print a GitHub Actions job that tries migrations and looks at the database", recipe),
    Command("env", "the project's .env file", actions=tuple(Command(*each) for each in ENV_ACTIONS)),
    Command("urls", "database URLs", actions=(Command("explain", "say how a URL is understood", _url),)),
)


class _Misused(Exception):
    """A command line that is wrong: what is wrong, and how it is used."""

    def __init__(self, parser: argparse.ArgumentParser, words: str) -> None:
        super().__init__(words)
        self.parser = parser
        self.words = words


class _Parser(argparse.ArgumentParser):
    """Takes options and words in any order, as people write them; leaves it to `parse` to say what is wrong."""

    _is_mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Let the words of a command stand apart: `set users --key id=7 role=COACH`."""
        if self._is_mixing or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixing = False

    def error(self, message: str) -> NoReturn:
        raise _Misused(self, _PASSWORD.sub(r"\1:•••@", message))


def make_parser(commands: Sequence[Command] = COMMANDS) -> argparse.ArgumentParser:
    """Build the parser of all commands, or of some."""
    parser = _Parser(
        prog="nexus-studio",
        description="A desktop window on one PostgreSQL database, and the same from the command line.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_common()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"nexus-studio {__version__}")
    _add(parser, commands, dest="command")
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments. Exits with 2 when they are wrong, which --json says in JSON, with 0 for --help and --version.

    The namespace always has command, action (None for most), url, profile, environment, read_only, unlock, json,
    no_password.
    """
    words = _with_command(list(argv))
    # the window's own command goes without the parsers of all others: the first paint waits for it
    window = [command for command in COMMANDS if words[:1] == [command.name] == ["open"]]
    is_asking = bool({"-h", "--help"} & set(words))
    try:
        found = make_parser(COMMANDS if is_asking or not window else window).parse_args(words)
    except _Misused as wrong:
        _complain(wrong, in_json="--json" in words)
        raise SystemExit(2) from None
    for name, default in _COMMON_DEFAULTS.items():
        if not hasattr(found, name):
            setattr(found, name, default)
    return found


def _complain(wrong: _Misused, *, in_json: bool) -> None:
    wrong.parser.print_usage(sys.stderr)
    sys.stderr.write(f"{wrong.parser.prog}: error: {wrong.words}\n")
    if in_json:
        import json  # noqa: PLC0415 - the first paint would wait for it

        following = f"See `{wrong.parser.prog} --help`."
        answer = {"error": {"code": "cli.usage", "message": wrong.words, "next": following}}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")


def _with_command(argv: list[str]) -> list[str]:
    """Say "open" where nobody says a command, in front: what follows may be any of its options."""
    place = 0
    while place < len(argv):
        word = argv[place]
        if word in {"-h", "--help", "--version"}:
            return argv
        if not word.startswith("-"):
            return ["open", *argv] if "://" in word or "=" in word else argv
        place += 2 if word in _VALUED else 1
    return ["open", *argv]


_COMMON_DEFAULTS = {
    "url": None,
    "profile": None,
    "environment": None,
    "read_only": False,
    "json": False,
    "no_password": False,
    "unlock": None,
    "action": None,
}


def _common() -> argparse.ArgumentParser:
    """Make the options of every command. They may stand before or after it, so neither place sets a default."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = common.add_argument_group("which database, and how to answer")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--url", metavar="URL", help="database URL (libpq, SQLAlchemy or Prisma form)")
    which.add_argument("--profile", metavar="NAME", help="a saved connection")
    group.add_argument(
        "--environment", choices=[each.value for each in Environment], help="what the database is for: sets the rails"
    )
    group.add_argument("--read-only", action="store_true", help="let nothing be changed, on the server itself")
    group.add_argument(
        "--unlock", metavar="REASON", help="let a production database be written to; the reason is written down"
    )
    group.add_argument("--no-password", action="store_true", help="never ask for a password")
    group.add_argument("--json", action="store_true", help="answer in JSON, errors too")
    return common


def _add(parser: argparse.ArgumentParser, commands: Sequence[Command], dest: str, *, is_needed: bool = True) -> None:
    places = parser.add_subparsers(dest=dest, required=is_needed, title="commands", metavar=dest.upper())
    for command in commands:
        place = places.add_parser(
            command.name, help=command.help, description=command.help, parents=[_common()], allow_abbrev=False
        )
        if command.arguments is not None:
            command.arguments(place)
        if command.actions:
            _add(place, command.actions, dest="action", is_needed=command.needs_action)


def _percent(text: str) -> float:
    share = float(text.strip().removesuffix("%"))
    if not 0 <= share <= 100:  # noqa: PLR2004 - it is a percentage
        raise argparse.ArgumentTypeError("must be between 0% and 100%")
    return share
