"""The Alembic project that travels with the program: where it is, and Alembic's view of it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from nexus_studio.core.errors import MigrationBlocked

_FOLDER = "alembic"


def project_folder() -> Path:
    """Find the folder with env.py and versions/: inside the package when installed, beside it in the repository.

    Raises:
        MigrationBlocked: code "migration.project_missing" when it is in neither place.
    """
    package = Path(str(resources.files("nexus_studio")))
    for folder in (package / _FOLDER, package.parent / _FOLDER):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationBlocked("migration.project_missing")


def alembic_config(connection: Connection | None = None) -> Config:
    """Make Alembic's configuration of the bundled project, to run on `connection` (see alembic/env.py)."""
    config = Config()
    # The option goes through configparser, to which "%" means interpolation.
    config.set_main_option("script_location", str(project_folder()).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def script_directory() -> ScriptDirectory:
    """Return the project's revisions as Alembic reads them: the graph."""
    return ScriptDirectory.from_config(alembic_config())
