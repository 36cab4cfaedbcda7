"""What kind of project a folder holds, seen from the outside: no code of it is run or imported."""

from __future__ import annotations

import configparser
import tomllib
from dataclasses import dataclass
from pathlib import Path

from nexus_studio.services.compose import COMPOSE_FILES

_MARKS = ("alembic.ini", "pyproject.toml", "package.json", ".env", ".git")


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What stands in a project's folder; None where there is nothing.

    `alembic_config` is alembic.ini or a pyproject.toml with [tool.alembic], `prisma_schema` is schema.prisma.
    """

    folder: Path
    alembic_config: Path | None
    prisma_schema: Path | None
    env_file: Path | None
    compose_file: Path | None

    @property
    def is_project(self) -> bool:
        """Whether anything here speaks of a database."""
        return any((self.alembic_config, self.prisma_schema, self.env_file, self.compose_file))


def project_facts(folder: Path) -> ProjectFacts:
    """Look into a folder. Reads at most two small files; what can't be read counts as not there."""
    folder = folder.expanduser().absolute()
    return ProjectFacts(
        folder=folder,
        alembic_config=_alembic_config(folder),
        prisma_schema=_first(folder, ("prisma/schema.prisma", "schema.prisma", "db/schema.prisma")),
        env_file=_first(folder, (".env",)),
        compose_file=_first(folder, COMPOSE_FILES),
    )


def project_folder(start: Path) -> Path | None:
    """Return the nearest folder from `start` upward that looks like the top of a project."""
    start = start.expanduser().absolute()
    for folder in (start, *start.parents):
        if _first(folder, (*_MARKS, *COMPOSE_FILES)) is not None:
            return folder
    return None


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    for name in names:
        try:
            if (folder / name).exists():
                return folder / name
        except OSError:  # a folder we may not look into
            return None
    return None


def _alembic_config(folder: Path) -> Path | None:
    ini = folder / "alembic.ini"
    parser = configparser.ConfigParser(interpolation=None)
    try:
        if parser.read(ini, encoding="utf-8") and parser.has_section("alembic"):
            return ini
    except (configparser.Error, OSError, UnicodeDecodeError):
        pass
    file = folder / "pyproject.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return file if "alembic" in document.get("tool", {}) else None
