"""A Prisma project on disk: where its schema and its migrations are, and which version of Prisma it has.

A few small files are read; nothing of the project is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nexus_studio.core.admin.prisma import (
    LEDGER,
    NEWEST,
    PROVIDER,
    SCRIPT,
    PrismaVersion,
    lock_file_provider,
    read_version,
)
from nexus_studio.core.errors import MigrationBlocked

SCHEMA: Final = "schema.prisma"
MIGRATIONS: Final = "migrations"
LOCK_FILE: Final = "migration_lock.toml"

_FOLDER = "prisma"
_CONFIGURATIONS = (
    "prisma.config.ts",
    "prisma.config.mts",
    "prisma.config.js",
    "prisma.config.mjs",
    "prisma.config.cjs",
)
_LONGEST = 50_000_000  # bytes of a lock file that is still read
_PACKAGES = ("prisma", "@prisma/client")

# What other package managers write, without reading YAML: `prisma@^6.0.0:` with a line `version "6.19.3"` below it
# (yarn), `prisma@6.19.3:`, `/prisma@5.0.0:` or `/prisma/4.1.0:` (pnpm), `"prisma": ["prisma@6.19.3"` (bun).
_OTHER_LOCKS = {
    "yarn.lock": r'^"?{package}@[^\n]*:[ \t]*\r?\n[ \t]+version:?[ \t]+"?(?P<version>\d[^"\s]*)',
    "pnpm-lock.yaml": r"""^[ \t]+['"]?/?{package}[@/](?P<version>\d[^\s:'"(_]*)""",
    "bun.lock": r'^[ \t]*"{package}":[ \t]*\[[ \t]*"{package}@(?P<version>\d[^"]*)"',
}

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_CONFIGURED_SCHEMA = re.compile(r"""\bschema\s*:\s*(?:path\.join\(\s*)?(["'`])(?P<path>[^"'`$]+)\1""")
_CONFIGURED_MIGRATIONS = re.compile(r"""\bmigrations\s*:\s*\{[^{}]*?\bpath\s*:\s*(["'`])(?P<path>[^"'`$]+)\1""")
_DATASOURCE = re.compile(r"^[ \t]*datasource\s+\w+\s*\{(?P<body>.*?)^[ \t]*\}", re.MULTILINE | re.DOTALL)
_PROVIDER = re.compile(r'^[ \t]*provider\s*=\s*"(?P<name>[^"]*)"', re.MULTILINE)
_SCHEMAS = re.compile(r"^[ \t]*schemas\s*=\s*\[(?P<names>[^\]]*)\]", re.MULTILINE)
_NAME = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class PrismaProject:
    """One project. All paths are absolute.

    `folder` is the project's top, `migrations` the folder of its migrations (it may not be there yet), `schema` its
    schema file or the folder of several, None where there is none. `version` is whose ways are followed. `schemas` are
    those that the datasource names, () where it names none.
    """

    name: str
    folder: Path
    migrations: Path
    schema: Path | None = None
    version: PrismaVersion = NEWEST
    schemas: tuple[str, ...] = ()
    provider: str = PROVIDER
    # What is asked of every project, of whatever kind.
    python: None = None
    python_from: str = ""
    version_table: str = LEDGER
    is_bundled: bool = False

    @property
    def place(self) -> str:
        """What a person would open to see what it is."""
        return str(self.schema or self.migrations)

    @property
    def lock_file(self) -> Path:
        """The file that says which kind of database the migrations are for."""
        return self.migrations / LOCK_FILE

    @property
    def locked_provider(self) -> str:
        """What that file says; what is right where there is none."""
        text = _text(self.lock_file, "utf-8")  # a byte order mark hides the line from Prisma too
        return PROVIDER if text is None else lock_file_provider(text)


def has_prisma(place: Path) -> bool:
    """Tell whether a folder (or a .prisma file) is a Prisma project's. What can't be read counts as none."""
    try:
        if place.is_file():
            return place.suffix == ".prisma"
        return _place_of(place) is not None
    except OSError:
        return False


def find_prisma(place: Path, *, version: str = "") -> PrismaProject | None:
    """Read what says how a project is laid out; None where the folder is no Prisma project.

    Args:
        place: The project's folder, its `prisma` folder, the folder of its migrations, or its schema file.
        version: The version of Prisma whose ways to follow; "": the one it has.

    Raises:
        MigrationBlocked: "migration.provider" (facts provider, file): its database is no PostgreSQL.
    """
    place = place.expanduser().absolute()
    found = _place_of(place)
    if found is None:
        return None
    folder, schema, migrations = found
    given = read_version(version, "given") if version else None
    project = PrismaProject(folder.name, folder, migrations, schema, given or _version(folder))
    return _with_datasource(project)


def _with_datasource(project: PrismaProject) -> PrismaProject:
    source = _datasource(project.schema)
    if source is None:
        return project
    file, body = source
    provider = match["name"] if (match := _PROVIDER.search(body)) else PROVIDER
    if provider not in {PROVIDER, "postgres"}:
        raise MigrationBlocked("migration.provider", provider=provider, file=str(file))
    names = match["names"] if (match := _SCHEMAS.search(body)) else ""
    return replace(project, schemas=tuple(_NAME.findall(names)))


# Where things are


def _place_of(place: Path) -> tuple[Path, Path | None, Path] | None:
    """Return the project's folder, its schema and the folder of its migrations."""
    if place.is_file():
        return _of_schema(_top(place.parent), place) if place.suffix == ".prisma" else None
    if not place.is_dir():
        return None
    if _is_migrations(place):
        schema = place.parent / SCHEMA
        return _top(place.parent), schema if schema.is_file() else None, place
    return _configured(place) or _conventional(place)


def _conventional(place: Path) -> tuple[Path, Path | None, Path] | None:
    """Look where Prisma looks by itself, and where its migrations are alone."""
    for schema in (place / _FOLDER / SCHEMA, place / SCHEMA, place / "db" / SCHEMA):
        if schema.is_file():
            return _of_schema(_top(schema.parent), schema)
    split = place / _FOLDER / "schema"
    if split.is_dir() and any(split.glob("*.prisma")):
        return _of_schema(place, split)
    if (place / _FOLDER / MIGRATIONS).is_dir():
        return place, None, place / _FOLDER / MIGRATIONS
    if place.name == _FOLDER and (place / MIGRATIONS).is_dir():
        return place.parent, None, place / MIGRATIONS
    return None


def _is_migrations(place: Path) -> bool:
    """Tell whether a folder is one of migrations itself."""
    if place.name != MIGRATIONS:
        return False
    return (place / LOCK_FILE).is_file() or place.parent.name == _FOLDER or any(place.glob(f"*/{SCRIPT}"))


def _top(folder: Path) -> Path:
    """Return the project's folder of the one that its schema lies in."""
    while folder.name in {_FOLDER, "db"} and folder.parent != folder and not (folder / "package.json").is_file():
        folder = folder.parent
    return folder


def _of_schema(folder: Path, schema: Path) -> tuple[Path, Path, Path]:
    beside = _datasource(schema)
    home = beside[0].parent if beside is not None and schema.is_dir() else schema.parent
    migrations = home / MIGRATIONS
    if schema.is_dir() and not migrations.is_dir() and (schema.parent / MIGRATIONS).is_dir():
        migrations = schema.parent / MIGRATIONS
    return folder, schema, migrations


def _configured(place: Path) -> tuple[Path, Path | None, Path] | None:
    """Return what prisma.config.ts or package.json say, as far as they say it by literals."""
    said = next((text for name in _CONFIGURATIONS if (text := _text(place / name)) is not None), None)
    schema, migrations = "", ""
    if said is not None:
        plain = _COMMENT.sub("", said)
        schema = match["path"] if (match := _CONFIGURED_SCHEMA.search(plain)) else ""
        migrations = match["path"] if (match := _CONFIGURED_MIGRATIONS.search(plain)) else ""
    if not schema:
        section = _json(place / "package.json").get("prisma")
        schema = str(section.get("schema") or "") if isinstance(section, Mapping) else ""
    if not schema and not migrations:
        return None
    file = (place / schema) if schema else place / _FOLDER / SCHEMA
    found = _of_schema(place, file) if file.exists() else (place, None, place / _FOLDER / MIGRATIONS)
    return found if not migrations else (place, found[1], place / migrations)


def _datasource(schema: Path | None) -> tuple[Path, str] | None:
    """Return the file with the datasource and what stands in it."""
    if schema is None:
        return None
    for file in sorted(schema.rglob("*.prisma")) if schema.is_dir() else (schema,):
        text = _text(file)
        if text is not None and (found := _DATASOURCE.search(_COMMENT.sub("", _without_urls(text)))):
            return file, found["body"]
    return None


def _without_urls(text: str) -> str:
    return text.replace("://", "")  # no comment begins there


# Which version


def _version(folder: Path) -> PrismaVersion:
    return next(_versions(folder), NEWEST)


def _versions(folder: Path) -> Iterator[PrismaVersion]:
    """Yield what says the version, the surest first: what is installed, locked, declared; here or above."""
    above = list(_up(folder))
    for each in above:
        for package in _PACKAGES:
            said = _json(each / "node_modules" / package / "package.json").get("version")
            if isinstance(said, str) and (found := read_version(said, "installed")):
                yield found
    for each in above:
        yield from _locked(each)
    for each in above:
        package_file = _json(each / "package.json")
        for section in ("devDependencies", "dependencies"):
            wanted = package_file.get(section)
            for package in _PACKAGES:
                said = wanted.get(package) if isinstance(wanted, Mapping) else None
                if isinstance(said, str) and (found := read_version(said, "declared")):
                    yield found


def _locked(folder: Path) -> Iterator[PrismaVersion]:
    """Yield what the lock files of a folder say."""
    file = folder / "package-lock.json"
    lock = _json(file) if _is_readable(file) else {}
    for section, before in (("packages", "node_modules/"), ("dependencies", "")):  # the second: before npm 7
        packages = lock.get(section)
        for package in _PACKAGES:
            said = packages.get(f"{before}{package}") if isinstance(packages, Mapping) else None
            version = said.get("version") if isinstance(said, Mapping) else None
            if isinstance(version, str) and (found := read_version(version, "locked")):
                yield found
    for name, pattern in _OTHER_LOCKS.items():
        text = _text(folder / name) if _is_readable(folder / name) else None
        for package in _PACKAGES:
            match = re.search(pattern.format(package=re.escape(package)), text or "", re.MULTILINE)
            if match is not None and (found := read_version(match["version"], "locked")):
                yield found


def _is_readable(file: Path) -> bool:
    try:
        return file.stat().st_size <= _LONGEST
    except OSError:
        return False


def _up(folder: Path) -> Iterator[Path]:
    """Yield the folder and those above it, up to the top of the repository: a workspace's packages may be there."""
    for each in (folder, *folder.parents):
        yield each
        if (each / ".git").exists():
            return


def _json(file: Path) -> Mapping[str, Any]:
    text = _text(file)
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _text(file: Path, encoding: str = "utf-8-sig") -> str | None:
    try:
        return file.read_bytes().decode(encoding, "replace")
    except OSError:
        return None
