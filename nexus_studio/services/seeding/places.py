"""Where a connection's seeds are: the folder, the interpreter for its Python files, whether the models' own count."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nexus_studio.core.errors import MigrationBlocked, SeedRefused
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.migrations.configuration import has_configuration
from nexus_studio.services.migrations.interpreters import find_python
from nexus_studio.services.migrations.project import AlembicProject, project_for
from nexus_studio.services.paths import Paths

FOLDER: Final = "seeds"
SECTION: Final = "nexus-studio"


@dataclass(frozen=True, slots=True)
class SeedPlace:
    """Where seeds come from.

    `folder` need not be there. `has_models`: the bundled models' seeds are on offer too. `project` is what Python files
    run as: its folder is on their path and its interpreter runs them.
    """

    folder: Path
    has_models: bool
    project: AlembicProject


def place_of(profile: ConnectionProfile, paths: Paths) -> SeedPlace:
    """Find the seeds of a connection's project; without a project they are in the program's own data.

    Raises:
        SeedRefused: "seed.project_missing" (fact folder), "seed.config" (facts file, words).
    """
    root = profile.project.expanduser().absolute() if profile.project is not None else None
    if root is None:
        own = paths.data / FOLDER
        return SeedPlace(own, has_models=True, project=_as_project(own, profile))
    top = root.parent if root.is_file() else root
    if not top.is_dir():
        raise SeedRefused("seed.project_missing", folder=str(top))
    try:
        found = project_for(profile)
    except MigrationBlocked:  # its migrations can't be read; its seeds may well be
        found = _as_project(top, profile)
    is_bundled = found.is_bundled
    return SeedPlace(_folder(top), is_bundled, _as_project(top, profile) if is_bundled else found)


def nearest_top(start: Path) -> Path | None:
    """Return the nearest folder from `start` upward that has migrations or seeds, up to the top of the repository."""
    start = start.expanduser().absolute()
    for folder in (start, *start.parents):
        if has_configuration(folder) or (folder / FOLDER).is_dir() or _says_seeds(folder / "pyproject.toml"):
            return folder
        if (folder / ".git").exists():
            return None
    return None


def _says_seeds(file: Path) -> bool:
    try:
        return SECTION in tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def _folder(top: Path) -> Path:
    """Return the folder that pyproject.toml names, else `seeds`."""
    file = top / "pyproject.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return top / FOLDER
    except (OSError, UnicodeDecodeError) as error:
        raise SeedRefused("seed.config", file=str(file), words="") from error
    if SECTION not in text:  # parsing is the dear part
        return top / FOLDER
    try:
        said = tomllib.loads(text).get("tool", {}).get(SECTION, {}).get("seeds", FOLDER)
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        raise SeedRefused("seed.config", file=str(file), words=str(error)) from error
    if not isinstance(said, str) or not said.strip():
        raise SeedRefused("seed.config", file=str(file), words="seeds")
    return top / said


def _as_project(top: Path, profile: ConnectionProfile) -> AlembicProject:
    """Describe a folder as a project without migrations, whose code an interpreter beside it runs."""
    if profile.python is not None:
        python, origin = top / profile.python.expanduser(), "given"
    else:
        found, origin = find_python(top)
        python, origin = (found, origin) if found is not None else (Path(sys.executable), "own")
    return AlembicProject(
        name=top.name, folder=top, script_location=top, version_locations=(), python=python, python_from=origin
    )
