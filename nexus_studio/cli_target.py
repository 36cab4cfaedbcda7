"""Which database a command works on, and how its password is found."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nexus_studio.cli_sure import UNLOCK_MINUTES
from nexus_studio.cli_wording import warning_words
from nexus_studio.core.errors import ConnectionFailed, UserError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import ParsedUrl, looks_like_production, profile_from_url
from nexus_studio.services.dotenv_file import find_database_url
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

if TYPE_CHECKING:
    from nexus_studio.services.profile_store import ProfileStore

_ASKABLE = frozenset({"connection.password_missing", "connection.password_wrong"})


@dataclass(frozen=True, slots=True)
class Target:
    """A profile and its password, None when none is known. `is_assumed`: nobody said what the database is for."""

    profile: ConnectionProfile
    secret: str | None
    is_assumed: bool = False

    def __repr__(self) -> str:
        return f"Target({self.profile.place})"


def find_target(arguments: argparse.Namespace) -> Target:
    """Find the database that the arguments name, else DATABASE_URL's of the environment or a .env file.

    A URL that looks like a production server's is taken for one unless --environment says otherwise: the command line
    has no red edge to warn with. What the database says of itself counts more than such a guess.

    Raises:
        UserError: "cli.no_database", "profile.unknown".
        InvalidUrl: for a URL that can't be read.
    """
    if arguments.profile:
        from nexus_studio.services.profile_store import ProfileStore  # noqa: PLC0415 - keyring, a tenth of a second

        store = ProfileStore(Paths.default())
        profile = saved_profile(store, arguments.profile)
        target = Target(profile, store.secret_for(profile))
    else:
        target = _of_url(_parsed(arguments.url), is_quiet=getattr(arguments, "quiet", False))
    changes: dict[str, object] = {}
    if arguments.environment:
        changes["environment"] = Environment(arguments.environment)
    if arguments.read_only:
        changes["read_only"] = True
    profile = replace(target.profile, **changes)  # type: ignore[arg-type]
    return replace(target, profile=profile, is_assumed=target.is_assumed and not arguments.environment)


def saved_profile(store: ProfileStore, name: str) -> ConnectionProfile:
    """Return the saved connection of that name.

    Raises:
        UserError: code "profile.unknown".
    """
    for profile in store.load():
        if profile.name == name:
            return profile
    raise UserError("profile.unknown", name=name)


def _parsed(url: str | None) -> ParsedUrl:
    if url is None:
        found = find_database_url(Path.cwd(), os.environ)
        if found is None:
            raise UserError("cli.no_database")
        url = found.url
    return profile_from_url(url)


def _of_url(parsed: ParsedUrl, *, is_quiet: bool) -> Target:
    for warning in () if is_quiet else parsed.warnings:
        sys.stderr.write(f"warning: {warning_words(warning.code, warning.parameter)}\n")
    profile = parsed.profile
    if looks_like_production(profile):
        profile = replace(profile, environment=Environment.PRODUCTION)
    return Target(profile, parsed.secret, is_assumed=True)


@contextmanager
def opened(arguments: argparse.Namespace, ctx: TaskContext) -> Iterator[Session]:
    """Connect, and ask for a password on the terminal where one is missing and may be asked for.

    With --unlock the session is unlocked where it is one on production.

    Raises:
        ConnectionFailed: with the cause as its code.
        UserError: "unlock.reason".
    """
    target = find_target(arguments)
    try:
        session = Session.open(target.profile, target.secret, ctx, is_assumed=target.is_assumed)
    except ConnectionFailed as error:
        if error.code not in _ASKABLE or arguments.no_password or not sys.stdin.isatty():
            raise
        secret = getpass.getpass(f"Password of {target.profile.user or getpass.getuser()}: ")
        session = Session.open(target.profile, secret, ctx, is_assumed=target.is_assumed)
    try:
        if arguments.unlock is not None:
            session.unlock(arguments.unlock, UNLOCK_MINUTES)
        yield session
    finally:
        session.close()
