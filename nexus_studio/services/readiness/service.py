"""ReadinessService: looks at the lines of the deployment checklist, one after the other, and reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from nexus_studio import __version__
from nexus_studio.core.admin.readiness import Check, Finding, ReadinessReport, named, unknown
from nexus_studio.core.errors import (
    BugError,
    ConnectionFailed,
    ConnectionLost,
    PermissionDenied,
    StudioError,
    UserError,
)
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.readiness import connection_checks, schema_checks, secret_checks, server_checks
from nexus_studio.services.readiness.scene import Scene, Surroundings
from nexus_studio.services.session import Session

STEP: Final = "readiness.checking"
"""The progress step; in steps of one check."""

Look = Callable[[Scene], Finding]

LOOKS: Final[Mapping[str, Look]] = {
    "url": connection_checks.url,
    "tls": connection_checks.tls,
    "exposure": connection_checks.exposure,
    "health": connection_checks.health,
    "password": secret_checks.password,
    "role": secret_checks.role,
    "env_file": secret_checks.env_file,
    "variables": secret_checks.variables,
    "migrations": schema_checks.migrations,
    "models": schema_checks.models,
    "sequences": schema_checks.sequences,
    "indexes": schema_checks.indexes,
    "backup": server_checks.backup,
    "wraparound": server_checks.wraparound,
    "statements": server_checks.statements,
    "slow_log": server_checks.slow_log,
    "connections": server_checks.connections,
    "pool": server_checks.pool,
    "version": server_checks.version,
    "encoding": server_checks.encoding,
    "time_zone": server_checks.time_zone,
    "collation": server_checks.collation,
}
"""The function of each check of `core.admin.readiness.CHECKS`, by its id."""


@dataclass(frozen=True, slots=True)
class ReadinessService:
    """One database and what is around it. Any thread. Nothing is changed, whatever is found."""

    session: Session
    migrations: MigrationService
    paths: Paths

    def report(
        self,
        ctx: TaskContext,
        only: Iterable[str] = (),
        *,
        around: Surroundings | None = None,
        listener: Callable[[Finding], None] = lambda _finding: None,
    ) -> ReadinessReport:
        """Look at every line, or at some, and say how each stands.

        Comparing the models takes the project's interpreter a second or more; the rest is a handful of small queries.

        Args:
            ctx: Told `STEP`; a cancel ends it between checks, and a running statement on the server.
            only: Ids of checks; none: all.
            around: Folder, variables and moment; None: those of this process.
            listener: Hears each finding at once, on the thread that looks.

        Raises:
            UserError: "readiness.unknown_check" (fact check).
            ConnectionLost: the database is gone.
        """
        try:
            wanted = named(only)
        except KeyError as error:
            raise UserError("readiness.unknown_check", check=str(error.args[0])) from error
        around = around or Surroundings.of(self.session.profile)
        scene = Scene(self.session, self.migrations, self.paths, around, ctx)
        findings = []
        for number, check in enumerate(wanted):
            ctx.report(Progress(STEP, number, len(wanted)))
            findings.append(_look(check, scene))
            listener(findings[-1])
        ctx.report(Progress(STEP, len(wanted), len(wanted)))
        profile, server = self.session.profile, self.session.server
        return ReadinessReport(
            place=profile.place,
            database=server.database,
            environment=profile.environment,
            server_version=server.version,
            made_at=around.now,
            tool=f"nexus-studio {__version__}",
            findings=tuple(findings),
        )


def _look(check: Check, scene: Scene) -> Finding:
    """Look at one line; what keeps it from being seen is a finding too, unless the database is gone."""
    begun = time.monotonic()
    try:
        found = LOOKS[check.id](scene)
    except (ConnectionLost, ConnectionFailed, BugError):
        raise
    except PermissionDenied:
        found = unknown(f"{check.id}.permission")
    except StudioError as error:
        words = error.report.message if error.report is not None else ""
        found = unknown(f"{check.id}.error", {"error": error.code, "words": words or None})
    return replace(found, took_ms=(time.monotonic() - begun) * 1000)
