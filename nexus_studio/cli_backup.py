"""What `backup create`, `verify` and `show` do: thin, the work is the services'; and all actions by their names."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from nexus_studio import cli_backup_inside, cli_backup_keeping, cli_backup_restore, cli_backup_scheduling
from nexus_studio.cli_backup_output import (
    created_data,
    created_text,
    preview_data,
    preview_text,
    proof_text,
    record_data,
)
from nexus_studio.cli_backup_spec import (
    backup_file,
    folder_of,
    maybe_opened,
    models_of,
    place_of,
    services,
    spec_of,
    trusted_file,
)
from nexus_studio.cli_output import NOT_PROVEN, OK, Result
from nexus_studio.cli_sure import require_rail
from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import read_record
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.copying import copy, require_place
from nexus_studio.services.backups.encrypting import encrypt, require_encryption
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.paths import Paths

Run = Callable[[argparse.Namespace, TaskContext], Result]


def create(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Write a backup; prove, encrypt and copy it where that is wanted, in this order."""
    spec = spec_of(arguments)
    require_encryption(spec)
    require_place(arguments.copy_to, is_due=True)  # not after an hour of dumping
    with services(arguments, ctx) as (session, backups):
        require_rail(arguments, session, "backup.create", loses=False)
        tool = chosen_dump(session.server.version_num, spec)
        first = replace(spec, encrypt_for=()) if arguments.verify else spec  # who encrypts need not be able to decrypt
        file, record = backups.create(first, ctx, folder=folder_of(arguments), name=arguments.name)
        if arguments.verify:
            record = prove(session, Paths.default(), file, ctx, migrations=models_of(session))
    if spec.encrypt_for and arguments.verify:
        file, record = _encrypted(file, record, spec.encrypt_for, ctx)
    if arguments.copy_to:
        record = copy(file, arguments.copy_to, ctx).record or record
    data, text = created_data(file, record, tool), created_text(file, record, tool)
    if not arguments.verify:
        return Result(data, text)
    verdict, code = proof_text(file, record), _code(record)
    said = f"{text}\n{verdict}" if code == OK else f"{verdict}\n{text}"  # quiet callers hear the first line
    return Result(data, said, code)


def verify(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Prove a backup; 3 where it is not what it should be."""
    file = trusted_file(arguments, ctx)
    with maybe_opened(arguments, ctx) as session:
        record = prove(session, Paths.default(), file, ctx, migrations=models_of(session), prefer=place_of(arguments))
    return Result({"file": file, "backup": record_data(record)}, proof_text(file, record), _code(record))


def show(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what a file holds, and, of a database that is named, what is missing there."""
    with maybe_opened(arguments, ctx) as session:
        preview = look(backup_file(arguments), ctx, session=session, verifies=not arguments.no_check)
    return Result(preview_data(preview), preview_text(preview, items=arguments.items))


def _encrypted(
    file: Path, record: BackupRecord, recipients: Sequence[str], ctx: TaskContext
) -> tuple[Path, BackupRecord]:
    """Encrypt a backup that was proven. Where that fails the plain one does not stay either: nobody wanted it."""
    try:
        target = encrypt(file, recipients, ctx)
    except BaseException:
        for name in filter(None, (record.file, record.file + SUFFIX, record.globals_file)):
            file.with_name(name).unlink(missing_ok=True)
        raise
    return target, read_record(target.with_name(target.name + SUFFIX)) or record


def _code(record: BackupRecord) -> int:
    return OK if record.proof is not None and record.proof.is_good else NOT_PROVEN


RUNS: Final[Mapping[str, Run]] = {
    "backup create": create,
    "backup verify": verify,
    "backup show": show,
    **cli_backup_restore.RUNS,
    **cli_backup_keeping.RUNS,
    **cli_backup_scheduling.RUNS,
    **cli_backup_inside.RUNS,
}
"""By "command action"."""
