"""What Prisma refuses, as errors of the house that carry its code and its words."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.prisma import PROVIDER, PrismaRow
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.services.prisma.project import PrismaProject


def refuse_provider(project: PrismaProject) -> None:
    """Refuse migrations for another kind of database.

    Raises:
        MigrationBlocked: "migration.provider" (P3019; facts provider, file).
    """
    found = project.locked_provider
    if found != PROVIDER:
        raise MigrationBlocked(
            "migration.provider",
            provider=found,
            file=str(project.lock_file),
            prisma="P3019",
            prisma_text=texts.p3019(found),
        )


def not_empty() -> MigrationBlocked:
    """Tables and no ledger."""
    return MigrationBlocked("migration.not_managed", revisions=(), prisma="P3005", prisma_text=texts.P3005)


def unresolved(rows: Sequence[PrismaRow]) -> MigrationBlocked:
    """Failed rows: the first is the one to decide on."""
    return MigrationBlocked(
        "migration.unresolved",
        revision=rows[0].migration_name,
        started=rows[0].started_at.isoformat(sep=" ", timespec="seconds"),
        prisma="P3009",
        prisma_text=texts.p3009(rows),
    )


def no_script(name: str, path: str) -> MigrationBlocked:
    """A folder to be run without its file."""
    return MigrationBlocked("migration.no_script", revision=name, path=path, prisma="P3015", prisma_text=texts.P3015)


def already_applied(name: str) -> MigrationBlocked:
    """A row of that name is finished."""
    return MigrationBlocked("migration.already_applied", revision=name, prisma="P3008", prisma_text=texts.p3008(name))


def unknown_folder(name: str) -> MigrationBlocked:
    """No folder of that name, or none with a file."""
    return MigrationBlocked("migration.unknown", revision=name, prisma="P3017", prisma_text=texts.p3017(name))


def never_applied(name: str) -> MigrationBlocked:
    """No row of that name."""
    return MigrationBlocked("migration.unknown", revision=name, prisma="P3011", prisma_text=texts.p3011(name))


def not_failed(name: str) -> MigrationBlocked:
    """All rows of that name are finished."""
    return MigrationBlocked("migration.not_failed", revision=name, prisma="P3012", prisma_text=texts.p3012(name))


def no_ledger() -> MigrationBlocked:
    """There is no ledger to write into; Prisma has no code for that."""
    return MigrationBlocked("migration.no_ledger", prisma="", prisma_text=texts.NO_LEDGER)
