"""A production where nothing is wrong, to plant one fault in: server, role, line, repository, backups, application."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import sqlalchemy as sa
from psycopg import sql as pgsql

import models.seeds
from nexus_studio.core.admin.backupfiles import BackupRecord, server_of
from nexus_studio.core.admin.drafts import SchemaDifference
from nexus_studio.core.admin.readiness import ReadinessReport
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import backup_folder, write_record
from nexus_studio.services.embedded import EmbeddedServer
from nexus_studio.services.migrations.project import AlembicProject, bundled
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.migrations.upgrade import upgrade
from nexus_studio.services.paths import Paths
from nexus_studio.services.readiness.scene import Surroundings
from nexus_studio.services.readiness.service import ReadinessService
from nexus_studio.services.session import Session
from tests.support.tlsproxy import HealthServer, health_server, tls_proxy, write_certificate

ROLE = "shop_app"
PASSWORD = "Vq7-tMz2_kR9wXe4.pL8"
HOST = "db.nexus-reussite.tn"
EXAMPLE = """\
# The database
DATABASE_URL=postgresql://postgres:In-the-example-8152@localhost:5434/nexus_dev
# What signs the sessions
SESSION_SECRET=
"""

# What pg_stat_statements would be: the bundled server comes without it. Its view is never asked for rows.
_EXTENSION = """
INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
SELECT 99999, 'pg_stat_statements', 10, 2200, true, '1.11'
"""
_HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@dataclass
class Site:
    """What all tests share: a server with the template of a ready database, a line with TLS, an application."""

    admin: ConnectionProfile
    data: Path
    plain_port: int
    tls_port: int
    certificate: Path
    repository: Path
    application: HealthServer
    template: str = "ready"
    differences: tuple[SchemaDifference, ...] | None = None
    shared: str = ""

    def run(self, statement: str, *values: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as the superuser."""
        with psycopg.connect(
            host=self.admin.host, port=self.admin.port, user=self.admin.user, dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def clone(self) -> str:
        """Make a ready database."""
        name = f"shop_{uuid.uuid4().hex[:8]}"
        made = pgsql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
            pgsql.Identifier(name), pgsql.Identifier(self.template), pgsql.Identifier(ROLE)
        )
        self.run(made.as_string())
        return name


@dataclass(frozen=True)
class Remembering(MigrationService):
    """Compares models and database once for all: of databases whose schema is the template's."""

    site: Site

    def check(self, ctx: TaskContext) -> tuple[SchemaDifference, ...]:
        if self.site.differences is None:
            self.site.differences = super().check(ctx)
        return self.site.differences


@contextmanager
def ready_site(room: Path) -> Iterator[Site]:
    """Make a server that is ready for production, and everything around it. Some seconds."""
    certificate, key = write_certificate(room, HOST, "localhost")
    port = _free_port()
    server = EmbeddedServer.start(room / "site", TaskContext.for_test())
    try:
        with psycopg.connect(_dsn(server.profile("postgres")), autocommit=True) as connection:
            for name, value in (
                ("listen_addresses", "0.0.0.0"),
                ("port", str(port)),
                ("log_min_duration_statement", "1000"),
                ("fsync", "off"),
            ):
                connection.execute(
                    pgsql.SQL("ALTER SYSTEM SET {} = {}").format(pgsql.Identifier(name), pgsql.Literal(value))
                )
        (room / "site/postgres/data/pg_hba.conf").write_text(_HBA)
        server.stop()
        server = EmbeddedServer.start(room / "site", TaskContext.for_test())
        admin = replace(server.profile("postgres"), environment=Environment.DEVELOPMENT)
        repository = _repository(room / "repository")
        with tls_proxy(certificate, key, port) as tls_port, health_server() as application:
            site = Site(admin, room / "site/postgres/data", port, tls_port, certificate, repository, application)
            _make_template(site)
            yield site
            postmaster = psutil.Process(read_pid(site.data))
            postmaster.send_signal(signal.SIGQUIT)  # nothing of it is worth a checkpoint
            postmaster.wait(20)
    finally:
        server.stop()


@dataclass
class Production:
    """One ready database, and what is around it. A test changes one thing, then asks for a report."""

    site: Site
    profile: ConnectionProfile
    folder: Path
    paths: Paths
    secret: str = PASSWORD
    environ: dict[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    undo: list[Callable[[], object]] = field(default_factory=list)
    project: AlembicProject = field(default_factory=bundled)
    compares: bool = False  # else what the template's comparing found serves: it takes a second, and no fault's matter

    @property
    def database(self) -> str:
        return self.profile.database

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement in the database as the superuser."""
        return self.site.run(statement, *values, database=self.database)

    def change(self, **changes: Any) -> None:
        """Change the connection."""
        self.profile = replace(self.profile, **changes)

    def set_libpq(self, **changes: str) -> None:
        """Change parameters of the connection."""
        self.change(libpq=tuple({**dict(self.profile.libpq), **changes}.items()))

    def set_password(self, password: str) -> None:
        """Give the role another password."""
        self.secret = password
        _set_password(self.site, password)
        self.undo.append(lambda: _set_password(self.site, PASSWORD))

    def alter_role(self, words: str, back: str) -> None:
        """Change the role's attributes."""
        self.site.run(f"ALTER ROLE {ROLE} {words}")
        self.undo.append(lambda: self.site.run(f"ALTER ROLE {ROLE} {back}"))

    def add_hba(self, line: str, *, reload: bool = False) -> None:
        """Put a line before all others of pg_hba.conf."""
        file = self.site.data / "pg_hba.conf"
        file.write_text(f"{line}\n{_HBA}")
        self.undo.append(lambda: self._restore_hba(reload))
        if reload:
            self._reload()

    def git(self, *words: str) -> None:
        """Run git in the project's folder."""
        _git(self.folder, *words)

    def url(self, **changes: Any) -> str:
        """Write DATABASE_URL of the connection, or of another that is nearly the same."""
        profile = replace(self.profile, **changes)
        return (
            f"postgresql://{profile.user}:{self.secret}@{profile.host}:{profile.port}/{profile.database}"
            "?sslmode=verify-full&connection_limit=10"
        )

    def write_env(self, **values: str) -> None:
        """Write the project's .env."""
        lines = {"DATABASE_URL": self.url(), "SESSION_SECRET": "b1946ac92492d2347c6235b4d2611184", **values}
        file = self.folder / ".env"
        file.write_text("".join(f"{name}='{value}'\n" for name, value in lines.items()))
        file.chmod(0o600)

    def backup(self, *, hours: float = 3, proven_hours: float | None = 2, size: int | None = None) -> Path:
        """Lay a backup down."""
        folder = backup_folder(self.paths, self.profile)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.database}-{hours:g}.dump"
        file.write_bytes(b"PGDMP" + b"\0" * 200)
        write_record(
            BackupRecord(
                file=file.name,
                server=server_of(self.profile),
                database=self.database,
                made_at=self.now - timedelta(hours=hours),
                size_bytes=file.stat().st_size if size is None else size,
                sha256="0" * 64,
                tool="pg_dump 18.4",
                proven_at=None if proven_hours is None else self.now - timedelta(hours=proven_hours),
            ),
            folder,
        )
        return file

    def report(self, *only: str) -> ReadinessReport:
        """Connect, look, and leave."""
        session = Session.open(self.profile, self.secret, TaskContext.for_test())
        try:
            migrations = MigrationService(session, self.project, self.paths)
            if not self.compares:
                migrations = Remembering(session, self.project, self.paths, self.site)
            service = ReadinessService(session, migrations, self.paths)
            around = Surroundings(self.folder, self.environ, self.now)
            return service.report(TaskContext.for_test(), only, around=around)
        finally:
            session.close()

    def faults(self, *only: str) -> dict[str, str]:
        """Return what is reported: reasons and verdicts."""
        return {each.reason: each.verdict.value for each in self.report(*only).faults}

    def close(self) -> None:
        """Undo what others would see."""
        for undo in reversed(self.undo):
            undo()

    def _restore_hba(self, reload: bool) -> None:
        (self.site.data / "pg_hba.conf").write_text(_HBA)
        if reload:
            self._reload()

    def _reload(self) -> None:
        self.site.run("SELECT pg_reload_conf()")
        for _ in range(100):  # each is a new connection: the postmaster has read it when one of them sees it
            if self.site.run("SELECT pg_conf_load_time() > now() - interval '10 s'")[0][0]:
                return


def production_on(site: Site, room: Path, *, is_shared: bool = False) -> Production:
    """Make a ready production with a copy of the repository, and a database of its own unless that stays as it is."""
    if is_shared and not site.shared:
        site.shared = site.clone()
    name = site.shared if is_shared else site.clone()
    folder = room / "project"
    shutil.copytree(site.repository, folder, symlinks=True)
    site.application.status, site.application.body, site.application.headers = 200, b'{"status": "ok"}', {}
    profile = ConnectionProfile(
        "shop",
        host=HOST,
        port=site.tls_port,
        database=name,
        user=ROLE,
        environment=Environment.PRODUCTION,
        pool_size=10,
        health_url=site.application.url,
        libpq=(("hostaddr", "127.0.0.1"), ("sslmode", "verify-full"), ("sslrootcert", str(site.certificate))),
    )
    made = Production(site, profile, folder, Paths.below(room / "home"))
    made.write_env()
    made.backup()
    return made


def _make_template(site: Site) -> None:
    site.run(f"CREATE ROLE {ROLE} LOGIN")
    _set_password(site, PASSWORD)
    site.run(f"ALTER ROLE {ROLE} SET \"pg_stat_statements.track\" = 'top'")
    site.run(f"CREATE DATABASE {site.template} OWNER {ROLE}")
    session = Session.open(replace(site.admin, database=site.template, user=ROLE), None, TaskContext.for_test())
    try:
        upgrade(session, TaskContext.for_test())
    finally:
        session.close()
    engine = sa.create_engine(
        sa.URL.create(
            "postgresql+psycopg",
            ROLE,
            database=site.template,
            query={"host": site.admin.host, "port": str(site.admin.port)},
        )
    )
    with engine.begin() as connection:
        models.seeds.demo(connection, 1, lambda _table, _done, _total: None)
    engine.dispose()
    for statement in (_EXTENSION, f"GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO {ROLE}"):
        site.run(statement, database=site.template)
    site.run(f"GRANT SELECT ON pg_hba_file_rules TO {ROLE}", database=site.template)


def _set_password(site: Site, password: str) -> None:
    statement = pgsql.SQL("ALTER ROLE {} PASSWORD {}").format(pgsql.Identifier(ROLE), pgsql.Literal(password))
    site.run(statement.as_string())


def _repository(folder: Path) -> Path:
    folder.mkdir()
    (folder / ".gitignore").write_text(".env\n")
    (folder / ".env.example").write_text(EXAMPLE)
    _git(folder, "init", "--quiet")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "-m", "Begin")
    return folder


def _git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(("git", "-C", str(folder), *who, *words), check=True, capture_output=True)


def read_pid(data: Path) -> int:
    """Return the postmaster's process."""
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _dsn(profile: ConnectionProfile) -> str:
    return f"host={profile.host} port={profile.port} user={profile.user} dbname={profile.database}"
