"""An Alembic project on disk: where its configuration, its scripts and its interpreter are. Nothing is imported."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.bundled_folder import project_folder
from nexus_studio.services.migrations.configuration import Configuration, has_configuration, read_configuration
from nexus_studio.services.migrations.environmentfile import VERSION_TABLE, read_environment
from nexus_studio.services.migrations.interpreters import find_python, package_folder

DEFAULT_SECTION = "alembic"


@dataclass(frozen=True, slots=True)
class AlembicProject:
    """One project. All paths are absolute.

    `folder` is what the configuration's relative paths start from, and the working folder when its code runs.
    `config_file` is its alembic.ini, `toml_file` its pyproject.toml with [tool.alembic]: a project has either or both
    (the .ini's options win), the bundled one neither. `section` is the .ini's section, as `alembic -n` says it.
    `python` is its own interpreter, None: it runs in this process, which only the bundled project does; `python_from`
    says where that was found: "given", "found" (in an environment beside the project), "active" (the environment that
    this program was called in) or "own" (none was found, so the program's own serves).
    `version_table` and `version_table_schema` are what env.py says by literals; the schema None: where an unqualified
    name leads. `knows_version_table` is False where env.py computes either.
    """

    name: str
    folder: Path
    script_location: Path
    version_locations: tuple[Path, ...]
    config_file: Path | None = None
    toml_file: Path | None = None
    section: str = DEFAULT_SECTION
    python: Path | None = None
    python_from: str = ""
    version_table: str = VERSION_TABLE
    version_table_schema: str | None = None
    knows_version_table: bool = True
    prepend_sys_path: tuple[Path, ...] = ()
    is_recursive: bool = False
    is_sourceless: bool = False
    is_bundled: bool = False

    @property
    def place(self) -> str:
        """What a person would open to see its configuration: a file, or the folder of its scripts."""
        return str(self.config_file or self.toml_file or self.script_location)


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


def find_project(folder: Path, *, python: Path | None = None, section: str = DEFAULT_SECTION) -> AlembicProject:
    """Read a project's configuration: two small files and env.py.

    Args:
        folder: Where alembic.ini or pyproject.toml stands; or an .ini file itself, whatever its name.
        python: The project's interpreter; None: look for its environment.
        section: The section of the .ini that counts.

    Raises:
        MigrationBlocked: "migration.project_missing" (fact folder: no configuration there), "migration.project_broken"
            with facts file and reason: "syntax" (line), "unreadable", "value" (option), "section" (section: there is
            none of that name), "script_location" (not set, or folder: it is not there), "package" (package: not found
            on disk).
    """
    configuration = read_configuration(folder.expanduser().absolute(), section)
    found, origin = _python(configuration.folder, python)
    scripts = _located(configuration, configuration.script_location, found)
    if not scripts.is_dir():
        raise MigrationBlocked(
            "migration.project_broken", reason="script_location", file=str(configuration.file), folder=str(scripts)
        )
    if _is_bundled(scripts) and python is None:
        return bundled()
    locations = tuple(_located(configuration, each, found) for each in configuration.version_locations)
    environment = read_environment(scripts / "env.py")
    return AlembicProject(
        name=configuration.folder.name,
        folder=configuration.folder,
        script_location=scripts,
        version_locations=locations or (scripts / "versions",),
        config_file=configuration.ini,
        toml_file=configuration.toml,
        section=section,
        python=found,
        python_from=origin,
        version_table=environment.version_table,
        version_table_schema=environment.version_table_schema,
        knows_version_table=environment.is_literal,
        prepend_sys_path=_roots(configuration),
        is_recursive=configuration.is_recursive,
        is_sourceless=configuration.is_sourceless,
    )


def project_for(profile: ConnectionProfile) -> AlembicProject:
    """Return the project that a connection names, the bundled one when it names none or one without migrations.

    Raises:
        MigrationBlocked: as `find_project` does; "migration.project_missing" only where the named folder is gone.
    """
    folder = profile.project.expanduser().absolute() if profile.project else None
    if folder is None or (folder.exists() and not has_configuration(folder)):
        return bundled()
    return find_project(folder, python=profile.python)


def nearest_project(start: Path) -> Path | None:
    """Return the nearest folder from `start` upward with an Alembic configuration, up to the top of the repository."""
    start = start.expanduser().absolute()
    for folder in (start, *start.parents):
        if has_configuration(folder):
            return folder
        if (folder / ".git").exists():
            return None
    return None


def with_python(project: AlembicProject, python: Path) -> AlembicProject:
    """Return the project run by another interpreter."""
    return replace(project, python=python, python_from="given")


def _python(folder: Path, given: Path | None) -> tuple[Path, str]:
    if given is not None:
        return folder / given.expanduser(), "given"
    found, origin = find_python(folder)
    return (found, origin) if found is not None else (Path(sys.executable), "own")


def _roots(configuration: Configuration) -> tuple[Path, ...]:
    return tuple((configuration.folder / each).absolute() for each in configuration.prepend_sys_path)


def _located(configuration: Configuration, said: str, python: Path) -> Path:
    """Return the folder that an option names: a path, or "package:path" found on disk.

    Raises:
        MigrationBlocked: "migration.project_broken", reason "package".
    """
    package, colon, rest = said.partition(":")
    if Path(said).is_absolute() or not colon:
        return configuration.folder / said
    folder = package_folder(package, (*_roots(configuration), configuration.folder), python)
    if folder is None:
        raise MigrationBlocked(
            "migration.project_broken", reason="package", file=str(configuration.file), package=package
        )
    return folder.joinpath(*rest.split(":"))


def _is_bundled(scripts: Path) -> bool:
    try:
        return scripts.resolve() == project_folder().resolve()
    except MigrationBlocked:
        return False
