"""What Prisma's own `migrate status` says of a database, which is less than is known, and sometimes not so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.prisma import PROVIDER, PrismaFolder, PrismaRow, PrismaVersion, pending_folders


class PrismaSaying(Enum):
    """What kind of thing it says."""

    UP_TO_DATE = "up_to_date"
    PENDING = "pending"
    DIVERGED = "diverged"  # some are not applied, and others in the database have no folder
    NOT_MANAGED = "not_managed"
    FAILED = "failed"
    ERROR = "error"  # it ends with an error code before it has looked


@dataclass(frozen=True, slots=True)
class PrismaVerdict:
    """Prisma's account. `text` is what it prints, `code` its error code, if any, `exit_code` 0 or 1.

    `names` are the migrations that it names. `untold` are those that it keeps silent about, with the reason: "failed",
    "running", "edited", "missing" (no folder), "rolled_back" (a deploy would run it), "interrupted". `others` are
    schemas that schema.prisma names beside the one that is worked in: what of them is not covered has to be said.
    """

    saying: PrismaSaying
    version: PrismaVersion
    text: str
    exit_code: int
    code: str = ""
    names: tuple[str, ...] = ()
    untold: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()

    @property
    def is_misleading(self) -> bool:
        """Whether it says that all is well, and it is not."""
        return self.saying is PrismaSaying.UP_TO_DATE and bool(self.untold)


def verdict_of(
    folders: Sequence[PrismaFolder],
    rows: Sequence[PrismaRow] | None,
    version: PrismaVersion,
    *,
    provider: str = PROVIDER,
) -> PrismaVerdict:
    """Say what `prisma migrate status` would.

    Args:
        folders: In their order.
        rows: Of the ledger by `started_at`; None: there is no such table.
        version: Whose words.
        provider: What migration_lock.toml says.
    """
    if provider != PROVIDER:
        return PrismaVerdict(PrismaSaying.ERROR, version, texts.p3019(provider), 1, "P3019")
    counting = [row for row in rows or () if row.rolled_back_at is None or not version.forgets_rolled_back]
    counted = {row.migration_name for row in counting}
    if lost := tuple(each.name for each in folders if each.name in counted and not each.has_script):
        return PrismaVerdict(PrismaSaying.ERROR, version, texts.P3015, 1, "P3015", lost)
    unapplied = tuple(each.name for each in folders if each.name not in counted)
    known = {each.name for each in folders}
    unpersisted = tuple(row.migration_name for row in counting if row.migration_name not in known)
    failed = tuple(row.migration_name for row in rows or () if row.is_failed)
    verdict = _said(folders, unapplied, unpersisted, failed, version, has_ledger=rows is not None)
    return _with_untold(verdict, folders, rows or ())


def _said(
    folders: Sequence[PrismaFolder],
    unapplied: tuple[str, ...],
    unpersisted: tuple[str, ...],
    failed: tuple[str, ...],
    version: PrismaVersion,
    *,
    has_ledger: bool,
) -> PrismaVerdict:
    head = texts.found(len(folders))
    if unapplied and not unpersisted:
        said = f"{head}\n{_not_applied(unapplied)}"
        return PrismaVerdict(PrismaSaying.PENDING, version, said, 1, names=unapplied)
    if unapplied:
        said = f"{head}\n{_diverged(folders, unapplied, unpersisted)}"
        return PrismaVerdict(PrismaSaying.DIVERGED, version, said, 1, names=(*unapplied, *unpersisted))
    if not has_ledger:
        return PrismaVerdict(PrismaSaying.NOT_MANAGED, version, f"{head}\n\n{texts.NOT_MANAGED}", 1)
    if failed:
        return PrismaVerdict(PrismaSaying.FAILED, version, f"{head}\n{_failed(failed)}", 1, names=failed)
    return PrismaVerdict(PrismaSaying.UP_TO_DATE, version, f"{head}\n\n{texts.UP_TO_DATE}", 0)


def _not_applied(names: tuple[str, ...]) -> str:
    return (
        f"Following migration{'s' if len(names) > 1 else ''} have not yet been applied:\n{texts.listed(names)}\n\n"
        "To apply migrations in development run prisma migrate dev.\n"
        "To apply migrations in production run prisma migrate deploy."
    )


def _diverged(folders: Sequence[PrismaFolder], unapplied: tuple[str, ...], unpersisted: tuple[str, ...]) -> str:
    names = [each.name for each in folders]
    first = names.index(unapplied[0])
    common = names[first - 1] if first else "null"
    return (
        "Your local migration history and the migrations table from your database are different:\n\n"
        f"The last common migration is: {common}\n\n"
        f"The migration{'s' if len(unapplied) > 1 else ''} have not yet been applied:\n{texts.listed(unapplied)}\n\n"
        f"The migration{'s' if len(unpersisted) > 1 else ''} from the database are not found locally in "
        f"prisma/migrations:\n{texts.listed(unpersisted)}"
    )


def _failed(names: tuple[str, ...]) -> str:
    first = names[0]
    return (
        f"Following migration{'s' if len(names) > 1 else ''} have failed:\n{texts.listed(names)}\n\n"
        "During development if the failed migration(s) have not been deployed to a production database you can then "
        "fix the migration(s) and run prisma migrate dev.\n\n"
        "The failed migration(s) can be marked as rolled back or applied:\n\n"
        "- If you rolled back the migration(s) manually:\n"
        f'prisma migrate resolve --rolled-back "{first}"\n\n'
        "- If you fixed the database manually (hotfix):\n"
        f'prisma migrate resolve --applied "{first}"\n\n'
        "Read more about how to resolve migration issues in a production database:\n"
        "https://pris.ly/d/migrate-resolve"
    )


def _with_untold(verdict: PrismaVerdict, folders: Sequence[PrismaFolder], rows: Sequence[PrismaRow]) -> PrismaVerdict:
    """Add what the verdict keeps silent about."""
    named = set(verdict.names)
    untold: dict[str, str] = {}
    for row in rows:
        if row.is_failed:
            untold.setdefault(row.migration_name, "failed")
    known = {each.name for each in folders}
    in_effect = {row.migration_name for row in rows if row.rolled_back_at is None}
    for name in sorted(in_effect - known):
        untold.setdefault(name, "missing")
    for each in folders:
        stored = [row for row in rows if row.migration_name == each.name and row.rolled_back_at is None]
        if stored and each.has_script and stored[-1].checksum not in each.fits:
            untold.setdefault(each.name, "edited")
    for each in pending_folders(folders, rows):
        untold.setdefault(each.name, "rolled_back")
    silent = tuple((name, why) for name, why in untold.items() if name not in named)
    return PrismaVerdict(
        verdict.saying, verdict.version, verdict.text, verdict.exit_code, verdict.code, verdict.names, silent
    )
