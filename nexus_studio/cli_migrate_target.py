"""Which project's migrations a command means, and whether whoever calls it is sure."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nexus_studio.core.errors import UserError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.migrations.project import (
    AlembicProject,
    bundled,
    find_project,
    nearest_project,
    project_for,
    with_python,
)


def project_of(arguments: argparse.Namespace, profile: ConnectionProfile) -> AlembicProject:
    """Return the project: --project, else the saved connection's, else the nearest from here, else the bundled one.

    Raises:
        MigrationBlocked: "migration.project_missing", "migration.project_broken".
    """
    given: Path | None = arguments.project
    if given is None and profile.project is not None:
        project = project_for(profile)
        return with_python(project, arguments.python.absolute()) if arguments.python else project
    folder = given or nearest_project(Path.cwd())
    if folder is None:
        return bundled()
    # what is said on the command line is relative to where it is said
    python = arguments.python.absolute() if arguments.python else None
    return find_project(folder, python=python, section=arguments.section)


def require_sure(arguments: argparse.Namespace, profile: ConnectionProfile, database: str, *, loses: bool) -> None:
    """Have whoever calls confirm: in production by the database's name, elsewhere by a yes where something is lost.

    On a terminal they are asked; a script says it by --confirm and --yes.

    Raises:
        UserError: "cli.confirm" (facts database, environment), "cli.yes".
    """
    is_asking = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.json
    if profile.environment is Environment.PRODUCTION:
        name = arguments.confirm
        if name is None and is_asking:
            name = _asked(f"This is production. Type the database's name ({database}) to go on: ")
        if name != database:
            raise UserError("cli.confirm", database=database, environment=profile.environment.value)
    elif loses and not arguments.yes and not (is_asking and _asked("Go on? [y/N] ").strip().lower() in {"y", "yes"}):
        raise UserError("cli.yes")


def _asked(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().rstrip("\n")
