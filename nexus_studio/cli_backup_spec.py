"""What every command on backups needs: what is to be backed up, which tables were named, where a backup is tried."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nexus_studio.cli_migrate_target import project_of
from nexus_studio.cli_sure import require_trust
from nexus_studio.cli_target import opened
from nexus_studio.core.admin.archives import REFUSED
from nexus_studio.core.admin.backupfiles import SUFFIX
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.errors import UserError
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import read_record
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.migrations.projects import Project
from nexus_studio.services.migrations.scratch import Where
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session


def spec_of(arguments: argparse.Namespace, *, reason: str = "backup") -> BackupSpec:
    """Return what is to be backed up and how.

    Raises:
        UserError: "cli.backup_options" (fact reason): options that do not go together.
    """
    wanted = BackupFormat(arguments.format)
    if arguments.jobs > 1 and wanted is not BackupFormat.DIRECTORY:
        raise UserError("cli.backup_options", reason="jobs")
    if arguments.passwords and not arguments.globals:
        raise UserError("cli.backup_options", reason="passwords")
    contents = Contents.SCHEMA if arguments.schema_only else Contents.DATA if arguments.data_only else Contents.ALL
    return BackupSpec(
        format=wanted,
        compression=Compression(arguments.compress),
        contents=contents,
        schemas=tuple(arguments.schema),
        tables=relations(arguments.table),
        jobs=arguments.jobs,
        target_version=arguments.for_version,
        counts=not arguments.no_counts,
        globals=arguments.globals,
        passwords=arguments.passwords,
        encrypt_for=tuple(arguments.encrypt_for),
        reason=reason,
    )


def relations(texts: Sequence[str]) -> tuple[RelationName, ...]:
    """Read names of tables as typed.

    Raises:
        UserError: "relation.unknown" (fact relation): it is no name.
    """
    found = []
    for text in texts:
        try:
            found.append(parse_relation_name(text))
        except ValueError as error:
            raise UserError("relation.unknown", relation=text) from error
    return tuple(found)


def backup_file(arguments: argparse.Namespace) -> Path:
    """Return the backup that was named, by its whole path."""
    file: Path = arguments.file
    return file.expanduser().absolute()


def trusted_file(arguments: argparse.Namespace, ctx: TaskContext) -> Path:
    """Return the backup that was named, whose code is going to run: Studio's own, or one that somebody vouches for.

    One that is damaged or refused anyway is said to be that, not asked for.

    Raises:
        UserError: "cli.trust" (fact file).
        BackupDamaged, BackupFailed: as `archives.look`.
    """
    file = backup_file(arguments)
    record = read_record(file.with_name(file.name + SUFFIX))
    if not arguments.trust and (record is None or record.file != file.name):
        preview = look(file, ctx)
        if not any(each in REFUSED for each in preview.warnings):
            require_trust(arguments, file.name)
    return file


def folder_of(arguments: argparse.Namespace) -> Path | None:
    """Return the folder that was named."""
    return arguments.folder.expanduser().absolute() if arguments.folder else None


def names_database(arguments: argparse.Namespace) -> bool:
    """Tell whether somebody said which database, on the command line itself."""
    return bool(arguments.url or arguments.profile)


@contextmanager
def services(arguments: argparse.Namespace, ctx: TaskContext) -> Iterator[tuple[Session, BackupService]]:
    """Connect, and give what can be done about that database's backups."""
    with opened(arguments, ctx) as session:
        yield session, BackupService(session, Paths.default(), migrations_on)


@contextmanager
def maybe_opened(arguments: argparse.Namespace, ctx: TaskContext) -> Iterator[Session | None]:
    """Connect where a database was named or its server is wanted; else a backup is looked at by itself."""
    if names_database(arguments) or getattr(arguments, "on", None) == "server":
        with opened(arguments, ctx) as session:
            yield session
    else:
        yield None


def place_of(arguments: argparse.Namespace) -> Where | None:
    """Return where a backup should rather be restored to be looked at."""
    place: Where | None = arguments.on
    return place


def migrations_on(session: Session) -> MigrationService:
    """Return the migrations of a connection's project, as `migrate` finds it."""
    return MigrationService(session, partial(_project, session.profile), Paths.default())


def models_of(session: Session | None) -> Callable[[Session], MigrationService]:
    """Return what compares a scratch database with models: those of the connection's project, else the nearest's."""
    profile = session.profile if session is not None else ConnectionProfile("")
    return lambda scratch: MigrationService(scratch, partial(_project, profile), Paths.default())


def _project(profile: ConnectionProfile) -> Project:
    return project_of(argparse.Namespace(project=None, python=None, section="alembic"), profile)
