"""The scene: what the checks look at. Each thing is read when the first check asks for it, and once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import psycopg
from sqlalchemy import Connection

from nexus_studio.core.admin.migrations import MigrationStatus
from nexus_studio.core.admin.readiness import SERIOUS
from nexus_studio.core.errors import BugError, MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.project import project_folder
from nexus_studio.services.readiness.gitfiles import GitFiles, git_files
from nexus_studio.services.readiness.serverfacts import SERVER_FACTS, ServerFacts
from nexus_studio.services.session import Session


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around the database: the folder where `.env` and a repository are looked for, variables, the moment."""

    folder: Path | None
    environ: Mapping[str, str] = field(repr=False)
    now: datetime

    @classmethod
    def of(cls, profile: ConnectionProfile) -> Surroundings:
        """Return those of this process: the connection's project folder, else the nearest from here upward."""
        start = profile.project.expanduser().absolute() if profile.project else Path.cwd()
        if start.is_file():  # an .ini file may be named as well
            start = start.parent
        return cls(project_folder(start), os.environ, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What the client knows of its connection. `password` is the one that was asked for, None: none was."""

    is_socket: bool
    is_encrypted: bool
    address: str
    password: str | None = field(repr=False)


class Scene:
    """One look at one database. Not for several threads."""

    def __init__(
        self, session: Session, migrations: MigrationService, paths: Paths, around: Surroundings, ctx: TaskContext
    ) -> None:
        self.session = session
        self.profile = session.profile
        self.migrations = migrations
        self.paths = paths
        self.around = around
        self.ctx = ctx

    @property
    def is_serious(self) -> bool:
        """Whether everything is asked of this database."""
        return self.profile.environment in SERIOUS

    @cached_property
    def server(self) -> ServerFacts:
        """What the server says of itself, its database and its role; one query."""
        with self.session.read(self.ctx) as connection:
            return ServerFacts(**connection.execute(SERVER_FACTS).mappings().one())

    @cached_property
    def client(self) -> ClientFacts:
        """What libpq says of the connection."""
        with self.session.read(self.ctx) as connection:
            driver = _driver(connection)
            info, line = driver.info, driver.pgconn
            host = info.host
            return ClientFacts(
                is_socket=not host or host.startswith(("/", "@")),
                is_encrypted=bool(line.ssl_in_use),
                address="" if host.startswith(("/", "@")) else info.hostaddr,
                password=info.password if line.used_password else None,
            )

    @cached_property
    def git(self) -> GitFiles | None:
        """What git knows of the folder; None: there is no folder, no git, or no repository.

        Raises:
            ToolMissing: git can't be run.
        """
        return git_files(self.around.folder, self.ctx) if self.around.folder is not None else None

    @cached_property
    def status(self) -> MigrationStatus | MigrationBlocked:
        """Where the database stands among its migrations, or why that can't be known."""
        try:
            return self.migrations.status(self.ctx)
        except MigrationBlocked as error:
            return error


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    return driver
