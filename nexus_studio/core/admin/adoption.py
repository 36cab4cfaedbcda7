"""Taking a database over from Prisma: what is shown beforehand, what comes of it, and which tables stay out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nexus_studio.core.admin.ledgerentries import LedgerPlace

RECORDS: Final = ("_prisma_migrations", "_nexus_migrations", "_nexus_history", "alembic_version")
"""Tables that tools keep for themselves: neither in the baseline nor in the models."""

MODELS: Final = "models.py"
INI: Final = "alembic.ini"
SCRIPTS: Final = "alembic"
ENVIRONMENT: Final = f"{SCRIPTS}/env.py"
TEMPLATE: Final = f"{SCRIPTS}/script.py.mako"
VERSIONS: Final = f"{SCRIPTS}/versions"

STEPS: Final = ("models", "baseline", "prove", "compare", "write", "stamp")
"""What is done, in this order; before "write" nothing is written, neither to the folder nor to the database."""


@dataclass(frozen=True, slots=True)
class AdoptionPlan:
    """What taking over would do. Nothing is done yet.

    `files` are what will be written, as paths below `folder` ("…" stands for the revision). `migrations` is how many
    of Prisma's are applied. `notes` say what to know beforehand: ("edited", name), ("missing", name).
    """

    folder: str
    schema: str
    files: tuple[str, ...]
    migrations: int
    tables: int
    views: int
    ledger: LedgerPlace
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Adopted:
    """A database taken over.

    `statements` is how many the baseline has, `where` the throwaway database lay that proved it ("server",
    "embedded"). `notes`: as of the plan, and ("client_key", "table.column"): Prisma's client made its values;
    ("client_time", "table.column"): Prisma's client kept it; ("left_out", name): an index or a constraint that the
    models can't say as it is, so that Alembic does not compare it; ("grants", ""): privileges are not in the baseline.
    """

    folder: str
    files: tuple[str, ...]
    revision: str
    statements: int
    tables: int
    views: int
    where: str
    notes: tuple[tuple[str, str], ...] = ()
