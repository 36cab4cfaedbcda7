"""Where the Alembic project is that travels with the program. Imports no Alembic: looking must not wait for it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

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
