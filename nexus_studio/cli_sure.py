"""Whether whoever calls a command may do what it does, and is sure: what an act's rail asks for on the command line."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.errors import ForbiddenHere, UserError
from nexus_studio.core.profiles import Environment

if TYPE_CHECKING:  # `cli_arguments` reads the options here, and must stay light
    from nexus_studio.services.session import Session

_YES = frozenset({"y", "yes"})

UNLOCK_MINUTES = 60
"""How long a command's session stays unlocked. What was begun by then is ended."""


def add_sure(parser: argparse.ArgumentParser, *, yes: bool = True) -> None:
    """Add the options that say that somebody is sure."""
    if yes:
        parser.add_argument("--yes", action="store_true", help="do not ask whether you are sure")
    parser.add_argument(
        "--confirm", metavar="NAME", help="where the database's name is wanted: that name, as a sign that you know"
    )


def require_rail(arguments: argparse.Namespace, session: Session, name: str, *, loses: bool = True) -> None:
    """Go on only where the rail of an act lets this caller pass. Call it before the first thing is changed.

    On a terminal they are asked; a script says it by --unlock, --confirm and --yes.

    Args:
        arguments: What was said: unlock, json, and those of `add_sure`.
        session: The database.
        name: The act's id.
        loses: Whether something is lost this time; without, a rail that only asks does not.

    Raises:
        ForbiddenHere: "forbidden.environment", "forbidden.read_only", "forbidden.locked" (--unlock is missing).
        UserError: "cli.confirm" (facts database, word: how a shell takes it, environment), "cli.yes".
    """
    declared, environment, database = act(name), session.profile.environment, session.server.database
    is_asking = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.json
    found = rail(declared, environment)
    if found.is_locked and is_asking and session.can_unlock and session.unlocked_until is None:
        reason = _asked("This is production, and locked. Say why you unlock it: ")
        if reason.strip():
            session.unlock(reason, UNLOCK_MINUTES)
    session.require(declared.capability)
    if found.is_named:
        typed = arguments.confirm
        if typed is None and is_asking:
            typed = _asked(f"This is {environment.value}. Type the database's name ({database}) to go on: ")
        if typed != database:
            word = shlex.quote(database)
            raise UserError("cli.confirm", database=database, word=word, environment=environment.value)
    elif found is Rail.ASKED and loses and not arguments.yes and not (is_asking and _says_yes()):
        raise UserError("cli.yes")


def require_rail_of(arguments: argparse.Namespace, name: str, environment: Environment) -> None:
    """Do the same for an act that needs no database to be open, such as stopping its server.

    Args:
        arguments: What was said: json and yes.
        name: The act's id; its rails are free, asked or refused.
        environment: What the database is for.

    Raises:
        ForbiddenHere: "forbidden.environment".
        UserError: "cli.yes".
    """
    found = rail(act(name), environment)
    if found not in {Rail.FREE, Rail.ASKED}:
        raise ForbiddenHere("forbidden.environment", environment=environment.value)
    is_asking = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.json
    if found is Rail.ASKED and not arguments.yes and not (is_asking and _says_yes()):
        raise UserError("cli.yes")


def require_trust(arguments: argparse.Namespace, file: str) -> None:
    """Go on with a file of unknown origin, whose code is going to run on this machine, only where somebody vouches.

    On a terminal they are asked; a script says it by --trust.

    Args:
        arguments: What was said: json and trust.
        file: Its name.

    Raises:
        UserError: "cli.trust" (fact file).
    """
    is_asking = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.json
    if is_asking and not arguments.trust:
        sys.stderr.write(
            f"Nexus Studio has not made {file}. What is in it runs on a scratch server of this machine, and may reach "
            "this machine's files and programs.\n"
        )
    question = "Do you know where it is from? [y/N] "
    if not arguments.trust and not (is_asking and _asked(question).strip().lower() in _YES):
        raise UserError("cli.trust", file=file)


def _says_yes() -> bool:
    return _asked("Go on? [y/N] ").strip().lower() in _YES


def _asked(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().rstrip("\n")
