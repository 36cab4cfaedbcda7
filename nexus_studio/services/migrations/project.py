"""An Alembic project on disk: where its configuration, its scripts and its interpreter are. Nothing of it is imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nexus_studio.services.bundled_project import project_folder

VERSION_TABLE = "alembic_version"
"""Alembic's own name for it, where a project says no other."""


@dataclass(frozen=True, slots=True)
class AlembicProject:
    """One project. All paths are absolute.

    `folder` is what the configuration's relative paths start from, and the working folder when its code runs.
    `config_file` is its alembic.ini and `toml_file` its pyproject.toml with [tool.alembic]; a project may have either or
    both (the .ini's options win), the bundled one neither. `section` is the .ini's section, as `alembic -n` says it.
    `python` is its own interpreter; None: it runs in this process, which only the bundled project does.
    `version_table` and `version_table_schema` are what env.py says by literals; None: where an unqualified name leads.
    """

    name: str
    folder: Path
    script_location: Path
    version_locations: tuple[Path, ...]
    config_file: Path | None = None
    toml_file: Path | None = None
    section: str = "alembic"
    python: Path | None = None
    version_table: str = VERSION_TABLE
    version_table_schema: str | None = None
    prepend_sys_path: tuple[Path, ...] = ()
    is_recursive: bool = False
    is_sourceless: bool = False
    is_bundled: bool = False


def bundled() -> AlembicProject:
    """Return the project that travels with the program; it runs in this process.

    Raises:
        MigrationBlocked: code "migration.project_missing".
    """
    scripts = project_folder()
    return AlembicProject(
        name="nexus-studio",
        folder=scripts.parent,
        script_location=scripts,
        version_locations=(scripts / "versions",),
        is_bundled=True,
    )
