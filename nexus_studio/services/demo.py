"""The demo: an embedded server with the platform's schema and believable data, started as one thing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.profiles import Capability, ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.status import migration_state
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.paths import Paths
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session

DEMO_DATABASE = "nexus_dev"
_STEPS = 4

_ANALYZE = text("ANALYZE")  # so that the tree's row estimates are there at the first look
_HAS_USERS = text("SELECT EXISTS (SELECT FROM public.users)")


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: the handle on its server, and the profile that leads to its database."""

    server: EmbeddedServer
    profile: ConnectionProfile

    def stop(self) -> None:
        """Let go of the server; it stops when nobody else uses it."""
        self.server.stop()


def default_data_dir() -> Path:
    """Name the folder that the demo lives in unless told otherwise."""
    return Paths.default().data / "demo"


def start_demo(data_dir: Path, ctx: TaskContext) -> Demo:
    """Start the server, create the database, apply the migrations, seed it if it has no users.

    Each step looks first whether it is done already, so that a second start costs little more than the server's.
    Progress steps: "demo.server", "demo.database", "demo.migrations", "demo.seed" (and the seed's own).

    Raises:
        EmbeddedFailed: when the server can't be started; `stop` is not needed then, nor after any other failure.
        MigrationBlocked: when the database in the folder is not (any more) this project's.
    """
    ctx.report(Progress("demo.server", 0, _STEPS))
    server = EmbeddedServer.start(data_dir, ctx)
    try:
        ctx.report(Progress("demo.database", 1, _STEPS))
        server.create_database_if_missing(DEMO_DATABASE)
        profile = server.profile(DEMO_DATABASE)
        _prepare(profile, ctx)
    except BaseException:
        server.stop()
        raise
    return Demo(server, profile)


def _prepare(profile: ConnectionProfile, ctx: TaskContext) -> None:
    session = Session.open(profile, None, ctx)
    try:
        ctx.report(Progress("demo.migrations", 2, _STEPS))
        if migration_state(session, ctx).standing is not MigrationStanding.UP_TO_DATE:
            upgrade(session, ctx)
        ctx.report(Progress("demo.seed", 3, _STEPS))
        with session.read(ctx) as connection:
            is_seeded = bool(connection.scalar(_HAS_USERS))
        if not is_seeded:
            SeedService(session).run(DEFAULT_SEED, 1, ctx)
            with session.autocommit(ctx, needs=Capability.SEED) as connection:
                connection.execute(_ANALYZE)
    finally:
        session.close()
