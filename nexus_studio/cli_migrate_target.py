"""Which project's migrations a command means."""

from __future__ import annotations

import argparse
from pathlib import Path

from nexus_studio.core.profiles import ConnectionProfile
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
