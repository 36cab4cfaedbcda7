"""Where a database stands among its migrations. The graph, the ledger and the plan come to stand beside this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class MigrationStanding(Enum):
    """What the ledger in the database says, compared with the project's revisions."""

    UP_TO_DATE = "up_to_date"
    BEHIND = "behind"
    UNKNOWN_REVISION = (
        "unknown"  # the ledger names a revision that the project doesn't have: another one or a newer one
    )
    NONE = "none"  # an empty database: nothing was applied yet
    NOT_MANAGED = "not_managed"  # it has tables but no ledger
    PRISMA = "prisma"  # Prisma keeps its ledger here (_prisma_migrations)


@dataclass(frozen=True, slots=True)
class MigrationState:
    """The standing, the revisions the ledger names, the project's newest ones, and how many are still to be applied.

    `pending` is None where the database is not the project's, so that counting would mean nothing.
    """

    standing: MigrationStanding
    current: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    pending: int | None = None
