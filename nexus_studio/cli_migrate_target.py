"""Which project's migrations a command means."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from nexus_studio.core.admin.prisma import read_version
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.migrations.project import AlembicProject, bundled, with_python
from nexus_studio.services.migrations.projects import (
    Project,
    any_project_for,
    find_any_project,
    nearest_any_project,
)
from nexus_studio.services.prisma.project import PrismaProject


def project_of(arguments: argparse.Namespace, profile: ConnectionProfile) -> Project:
    """Return the project: --project, else the saved connection's, else the nearest from here, else the bundled one.

    Raises:
        MigrationBlocked: "migration.project_missing", "migration.project_broken", "migration.provider".
    """
    given: Path | None = arguments.project
    version = getattr(arguments, "prisma_version", None) or profile.prisma_version
    if given is None and profile.project is not None:
        project = any_project_for(profile)
        if isinstance(project, AlembicProject) and arguments.python:
            return with_python(project, arguments.python.absolute())
        if isinstance(project, PrismaProject) and version and (said := read_version(version, "given")):
            return replace(project, version=said)
        return project
    folder = given or nearest_any_project(Path.cwd())
    if folder is None:
        return bundled()
    # what is said on the command line is relative to where it is said
    python = arguments.python.absolute() if arguments.python else None
    return find_any_project(folder, python=python, section=arguments.section, prisma_version=version)


def say_project(arguments: argparse.Namespace, profile: ConnectionProfile, project: Project) -> None:
    """Say on stderr that the bundled project is meant because there is no other: nobody may have thought of it."""
    is_named = arguments.project is not None or profile.project is not None
    if arguments.json or is_named or not isinstance(project, AlembicProject) or not project.is_bundled:
        return
    if nearest_any_project(Path.cwd()) is None:
        where = f"{project.name}, bundled with Studio ({project.folder})"
        sys.stderr.write(f"project: {where}; there is none of your own here or above (--project FOLDER)\n")
