"""Alembic's view of the project that travels with the program; where that is says `bundled_folder`."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from nexus_studio.services.bundled_folder import project_folder

__all__ = ["alembic_config", "project_folder", "script_directory"]


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
