"""SeedService: puts the models' demo data into a database, in one transaction, where the environment permits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.seeds import SEEDS
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability, Environment
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.session import Session

DEFAULT_SEED = "demo"
PROGRESS_STEP = "seed.rows"  # one code for all tables: the numbers tell more than a name that flits by


@dataclass(frozen=True, slots=True)
class SeedSpec:
    """A seed on offer: name, an English sentence, where it may run, whether running it twice changes nothing."""

    name: str
    description: str
    environments: frozenset[Environment]
    idempotent: bool


class SeedService:
    """Lists and runs the seeds that travel with the models. Any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def available(self) -> tuple[SeedSpec, ...]:
        """List the seeds, in the order they were registered."""
        return tuple(
            SeedSpec(
                found.name,
                found.description,
                frozenset(Environment(name) for name in found.environments),
                found.idempotent,
            )
            for found in SEEDS.values()
        )

    def run(self, name: str, scale: int, ctx: TaskContext) -> tuple[Effects, Mapping[str, int]]:
        """Run a seed in one transaction; return what changed and the rows added, by table.

        Args:
            name: One of `available`.
            scale: How many times the history is laid down; 1 or more.
            ctx: Told `PROGRESS_STEP` in rows; a cancel leaves nothing behind.

        Raises:
            SeedRefused: "seed.unknown", "seed.scale", "seed.environment" before anything is touched.
            ForbiddenHere: when the profile is read-only or its environment allows no seeds at all.
        """
        environment = self._session.profile.environment
        if name not in SEEDS:
            raise SeedRefused("seed.unknown", seed=name)
        if scale < 1:
            raise SeedRefused("seed.scale", seed=name, scale=scale)
        if environment.value not in SEEDS[name].environments:
            raise SeedRefused("seed.environment", seed=name, environment=environment.value)

        def report(_table: str, done: int, total: int) -> None:
            ctx.report(Progress(PROGRESS_STEP, done, total, "rows"))

        with self._session.write(ctx, needs=Capability.SEED) as connection:
            added = SEEDS[name].run(connection, scale, report)
            ctx.token.raise_if_cancelled()
        changed = frozenset(RelationName("public", table) for table, rows in added.items() if rows)
        return Effects(Kind.ROWS | Kind.SIZES if changed else Kind.NOTHING, changed), added
