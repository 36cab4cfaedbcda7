"""What `migrate deploy` says and makes before anything runs: what the statements tell by themselves, and a backup."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from nexus_studio.cli_backup_output import record_data
from nexus_studio.cli_backup_spec import migrations_on
from nexus_studio.cli_migrate_output import findings_text
from nexus_studio.cli_output import Result, counted
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import BackupSpec
from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import StudioError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths

Backup = tuple[Path, BackupRecord]

_REHEARSE: Final = "next: nexus-studio migrate safety, which rehearses it on a copy: locks, rewrites, what fails"
_RUNS: Final = frozenset({MigrationStanding.BEHIND, MigrationStanding.NONE, MigrationStanding.DIVERGED})
_CAREFUL: Final = frozenset({Environment.STAGING, Environment.PRODUCTION})


def say_before(arguments: argparse.Namespace, service: MigrationService, ctx: TaskContext) -> None:
    """Say on stderr, before anybody is asked, what a deploy would do by its statements, and whether a backup is made.

    Of --json nobody reads the findings: `migrate safety --json` has them. What can't be planned is not refused here:
    the deploy itself says why.
    """
    environment = service.session.profile.environment
    try:
        is_idle = not arguments.json and not _say_findings(arguments, service, ctx)
    except StudioError:
        is_idle = False
    if environment is Environment.PRODUCTION and not arguments.backup and not is_idle:
        sys.stderr.write("warning: no backup is made of this production database; --backup makes one first\n")


def backed_up(arguments: argparse.Namespace, service: MigrationService, ctx: TaskContext) -> Backup | None:
    """Make the backup that --backup asks for; None where nobody asked, or nothing would run.

    Raises:
        BackupFailed, ToolMissing: there is none; nothing was applied.
        MigrationBlocked: see `MigrationService.plan`: nothing can be applied.
    """
    if not arguments.backup:
        return None
    if not service.plan(ctx, arguments.to).steps:
        sys.stderr.write("Nothing is pending: no backup was made.\n")
        return None
    made = BackupService(service.session, Paths.default(), migrations_on).create(BackupSpec(reason="deploy"), ctx)
    file, record = made
    sys.stderr.write(f"Backup: {file} ({human_bytes(record.size_bytes)})\n")
    return made


def with_backup(ran: Result, backup: Backup | None) -> Result:
    """Add the backup to what a deploy answers."""
    if backup is None:
        return ran
    file, record = backup
    return replace(ran, data={**ran.data, "backup": {**record_data(record), "file": file}})


def _say_findings(arguments: argparse.Namespace, service: MigrationService, ctx: TaskContext) -> bool:
    """Say what the statements tell; return whether there is something to run."""
    if service.status(ctx).standing not in _RUNS:  # the deploy says why
        return False
    plan = service.plan(ctx, arguments.to)
    if not plan.steps:
        return False
    told = service.foretold(plan, ctx).findings
    if service.prisma is not None:  # it puts no transaction around any script: of each statement that is no news
        told = tuple(each for each in told if each.code != "not_in_transaction")
    findings = findings_text(told)
    is_careful = service.session.profile.environment in _CAREFUL
    hidden = sum(bool(each.reason) for each in plan.steps)
    if findings:
        sys.stderr.write(f"By the statements alone, of {counted(len(plan.steps), 'revision')}:\n{findings}\n")
    elif is_careful:
        sys.stderr.write(f"The statements of {counted(len(plan.steps), 'revision')} tell of no loss by themselves.\n")
    if hidden and (findings or is_careful):
        sys.stderr.write(f"The statements of {counted(hidden, 'revision')} can't be told without a run.\n")
    if findings or is_careful:
        sys.stderr.write(f"{_REHEARSE}\n")
    return True
