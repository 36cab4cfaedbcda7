"""Each fault planted alone in a production where nothing is wrong: it is found, and nothing else is reported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from nexus_studio.core.admin import readinessrules
from nexus_studio.core.admin.backupfiles import SUFFIX
from nexus_studio.core.admin.backups import Difference, Proof, TableDifference
from nexus_studio.core.admin.readiness import CHECKS, READY, Verdict
from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Scheduler
from nexus_studio.core.names import RelationName
from nexus_studio.services.backupfiles import read_record, write_record
from nexus_studio.services.backups.backupsettings import BackupSettings, KnownSchedule
from nexus_studio.services.backups.localtime import LOCAL_ZONE
from nexus_studio.services.backups.runs import record_run
from nexus_studio.services.readiness import connection_checks
from tests.support.readiness_bench import ROLE, Production

MakeProduction = Callable[..., Production]

Plant = Callable[[Production], object]


def fault(reason: str, verdict: str, plant: Plant) -> object:
    return pytest.param(reason, verdict, plant, id=reason)


def _rename(production: Production) -> None:
    name = f"{production.database}_staging"
    production.site.run(f"ALTER DATABASE {production.database} RENAME TO {name}")
    production.change(database=name)
    production.write_env()
    production.backup()


def _on_this_machine(production: Production) -> None:
    production.change(host="localhost")
    production.write_env()
    production.backup()


def _past_the_proxy(production: Production) -> None:
    production.change(port=production.site.plain_port)
    production.set_libpq(sslmode="prefer")
    production.write_env()
    production.backup()


def _settings_of_database(name: str, value: str) -> Plant:
    return lambda production: production.site.run(f"ALTER DATABASE {production.database} SET {name} = '{value}'")


def _in_database(statement: str) -> Plant:
    return lambda production: production.run(statement)


def _of_database(assignment: str) -> Plant:
    return lambda production: production.site.run(
        f"UPDATE pg_catalog.pg_database SET {assignment} WHERE datname = %s", production.database
    )


def _aged(oldest: str) -> Plant:
    """Have the database's oldest row seem so old: transaction numbers are compared in a circle of 2³²."""

    def plant(production: Production) -> None:
        site, name = production.site, production.database
        statement = "UPDATE pg_catalog.pg_database SET datfrozenxid = CAST(CAST(%s AS text) AS xid) WHERE datname = %s"
        before = site.run("SELECT datfrozenxid::text FROM pg_catalog.pg_database WHERE datname = %s", name)[0][0]
        site.run(statement, oldest, name)
        production.undo.append(lambda: site.run(statement, before, name))

    return plant


def _one_more_revision(production: Production) -> None:
    folder = production.folder / "versions"
    folder.mkdir()
    head = production.project.version_locations[0]
    (revision,) = (file.name.split("_")[1] for file in head.glob("*_*.py"))
    (folder / "one_more.py").write_text(f'revision = "0nemore"\ndown_revision = "{revision}"\n')
    production.project = replace(production.project, version_locations=(head, folder))


def _many_connections(production: Production) -> None:
    production.site.run(f"ALTER DATABASE {production.database} CONNECTION LIMIT 20")
    others = ExitStack()
    admin = production.site.admin
    for _ in range(16):
        connection = psycopg.connect(
            host=admin.host, port=admin.port, user=admin.user, dbname=production.database, autocommit=True
        )
        others.enter_context(connection)
    production.undo.append(others.close)


def _committed_once(production: Production) -> None:
    production.git("add", "--force", ".env")
    production.git("commit", "--quiet", "-m", "Oh")
    production.git("rm", "--quiet", "--cached", ".env")
    production.git("commit", "--quiet", "-m", "Take it back")


def _published_once(production: Production) -> None:
    production.set_password("Was-published-41-then-taken-out")
    example = production.folder / ".env.example"
    before = example.read_text()
    example.write_text(before + "DATABASE_PASSWORD=Was-published-41-then-taken-out\n")
    production.git("commit", "--quiet", "-am", "Say what it is")
    example.write_text(before)
    production.git("commit", "--quiet", "-am", "Better not")
    production.write_env()


def _password(secret: str) -> Plant:
    def plant(production: Production) -> None:
        production.set_password(secret)
        production.write_env()

    return plant


def _application(status: int, body: bytes = b"", **headers: str) -> Plant:
    def plant(production: Production) -> None:
        application = production.site.application
        application.status, application.body, application.headers = status, body, headers

    return plant


def _refuted(production: Production) -> None:
    file = production.backup(hours=1)
    record = read_record(file.with_name(file.name + SUFFIX))
    assert record is not None
    lost = TableDifference(RelationName("public", "users"), Difference.ROWS, 7, 6)
    proof = Proof(production.now, "embedded", "18.4", 1.0, 3, differences=(lost,))
    write_record(replace(record, proof=proof, proven_at=None), file.parent)


def _scheduled(*, ok: bool | None) -> Plant:
    """Have a schedule whose last run failed, or whose runs did not begin."""

    def plant(production: Production) -> None:
        since = production.now - timedelta(hours=30)
        schedule = Schedule(production.profile.name, since.astimezone(LOCAL_ZONE).time(), since=since)
        BackupSettings(production.paths).keep(KnownSchedule(schedule, Scheduler.CRON))
        good = ScheduledRun(production.profile.name, since + timedelta(minutes=1), since + timedelta(hours=1), ok=True)
        record_run(production.paths, good)
        if ok is False:
            begun = since + timedelta(hours=24)
            record_run(production.paths, ScheduledRun(good.profile, begun, begun, ok=False, code="backup.failed"))

    return plant


def _backups(*arguments: dict[str, float | int | None]) -> Plant:
    def plant(production: Production) -> None:
        for file in sorted(production.paths.data.rglob("*"), reverse=True):
            if file.is_file():
                file.unlink()
        for each in arguments:
            production.backup(**each)  # type: ignore[arg-type]

    return plant


def _environment_elsewhere(production: Production) -> None:
    url = "postgresql://postgres:postgres@localhost:5434/nexus_dev"
    production.environ["DATABASE_URL"] = url
    production.write_env(DATABASE_URL=url)  # so that file and environment agree


def _without_env(production: Production) -> None:
    (production.folder / ".env").unlink()


_TRACK = ("SET \"pg_stat_statements.track\" = 'none'", "SET \"pg_stat_statements.track\" = 'top'")
IN_THE_DATABASE = {
    "url.rehearsal_name",
    "migrations.failed",
    "migrations.ahead",
    "migrations.versions_lost",
    "migrations.edited",
    "models.differ",
    "sequences.ending",
    "sequences.near",
    "indexes.invalid",
    "indexes.invalid_unique",
    "wraparound.late",
    "wraparound.danger",
    "statements.no_extension",
    "slow_log.off",
    "slow_log.everything",
    "connections.many",
    "encoding.other",
    "time_zone.odd",
    "collation.moved",
}
"""What is planted there needs a database of its own."""

FAULTS = (
    fault("url.elsewhere", "failed", _environment_elsewhere),
    fault("url.file_elsewhere", "warning", lambda p: p.write_env(DATABASE_URL=p.url(database="other"))),
    fault("url.rehearsal_name", "warning", _rename),
    fault("url.local", "warning", _on_this_machine),
    fault("tls.plain", "failed", _past_the_proxy),
    fault("tls.unverified", "warning", lambda p: p.set_libpq(sslmode="require", sslrootcert="")),
    fault("tls.host_unverified", "warning", lambda p: p.set_libpq(sslmode="verify-ca")),
    fault("exposure.open", "failed", lambda p: p.add_hba("host all all 0.0.0.0/0 scram-sha-256")),
    fault("exposure.trust", "failed", lambda p: p.add_hba("host all all all trust")),
    fault("health.no_url", "warning", lambda p: p.change(health_url="")),
    fault("health.bad_url", "failed", lambda p: p.change(health_url="file:///etc/passwd")),
    fault("health.silent", "failed", lambda p: p.change(health_url="http://127.0.0.1:1/health")),
    fault("health.unwell", "failed", _application(503, b"no database")),
    fault("health.says_unwell", "failed", _application(200, b'{"status": "degraded"}')),
    fault("health.redirected", "warning", _application(307, Location="/login")),
    fault("password.default", "failed", _password("postgres123")),
    fault("password.name", "failed", _password(ROLE)),
    fault("password.weak", "failed", _password("aaaaaaaaaaaaaaaaaaaa")),
    fault("password.short", "warning", _password("Kq8-vT2mZ_r4")),
    fault("password.published", "failed", _published_once),
    fault("password.not_asked", "failed", lambda p: p.add_hba("host all all 127.0.0.1/32 trust", reload=True)),
    fault("role.superuser", "failed", lambda p: p.alter_role("SUPERUSER", "NOSUPERUSER")),
    fault("role.mighty", "warning", lambda p: p.alter_role("CREATEDB BYPASSRLS", "NOCREATEDB NOBYPASSRLS")),
    fault("env_file.tracked", "failed", lambda p: p.git("add", "--force", ".env")),
    fault("env_file.was_committed", "warning", _committed_once),
    fault("env_file.not_ignored", "failed", lambda p: (p.folder / ".gitignore").unlink()),
    fault("variables.wrong", "failed", lambda p: p.write_env(SMTP_PORT="25o")),
    fault("variables.odd", "warning", lambda p: p.write_env(COLOUR="green")),
    fault("variables.missing", "failed", _without_env),
    fault("migrations.pending", "failed", _one_more_revision),
    fault(
        "migrations.failed",
        "failed",
        _in_database(
            "INSERT INTO _nexus_migrations (id, checksum, migration_name, direction, message, sqlstate, failed_number)"
            " SELECT 'planted', checksum, migration_name, 'down', 'no', '22012', 1 FROM _nexus_migrations"
            " ORDER BY started_at DESC LIMIT 1"
        ),
    ),
    fault("migrations.ahead", "failed", _in_database("UPDATE alembic_version SET version_num = 'fffff'")),
    fault("migrations.versions_lost", "failed", _in_database("DELETE FROM alembic_version")),
    fault("migrations.edited", "warning", _in_database("UPDATE _nexus_migrations SET checksum = repeat('0', 64)")),
    fault("models.differ", "failed", _in_database("ALTER TABLE users DROP COLUMN phone CASCADE")),
    fault("sequences.ending", "failed", _in_database("SELECT setval('login_events_id_seq', 9100000000000000000)")),
    fault("sequences.near", "warning", _in_database("SELECT setval('login_events_id_seq', 8000000000000000000)")),
    fault(
        "indexes.invalid",
        "warning",
        _in_database("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_users_role'::regclass"),
    ),
    fault(
        "indexes.invalid_unique",
        "failed",
        _in_database("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'pk_badges'::regclass"),
    ),
    fault("backup.none", "failed", _backups()),
    fault("backup.old", "failed", _backups({"hours": 200})),
    fault("backup.not_fresh", "warning", _backups({"hours": 30})),
    fault("backup.unproven", "warning", _backups({"proven_hours": None})),
    fault("backup.damaged", "failed", _backups({"size": 7})),
    fault("backup.refuted", "failed", _refuted),
    fault("backup.runs_failed", "warning", _scheduled(ok=False)),
    fault("backup.runs_missed", "warning", _scheduled(ok=None)),
    fault("backup.some_damaged", "warning", _backups({}, {"hours": 9, "size": 7})),
    fault("wraparound.late", "warning", _aged("3200000000")),
    fault("wraparound.danger", "failed", _aged("2300000000")),
    fault("statements.off", "warning", lambda p: p.alter_role(*_TRACK)),
    fault("statements.no_extension", "warning", _in_database("DELETE FROM pg_extension WHERE oid = 99999")),
    fault("slow_log.off", "warning", _settings_of_database("log_min_duration_statement", "-1")),
    fault("slow_log.everything", "warning", _settings_of_database("log_min_duration_statement", "0")),
    fault("connections.many", "warning", _many_connections),
    fault("pool.unlimited", "warning", lambda p: p.change(pool_size=None)),
    fault("pool.beyond", "failed", lambda p: p.change(pool_size=500)),
    fault("encoding.other", "failed", _of_database("encoding = 8, datlocprovider = 'c', datlocale = NULL")),
    fault("time_zone.odd", "warning", _settings_of_database("timezone", "<+03>-03")),
    fault("collation.moved", "warning", _of_database("datcollversion = '0'")),
)


def test_nothing_is_wrong_where_nothing_was_planted(production: Production) -> None:
    production.compares = True
    report = production.report()
    assert {each.reason: each.evidence for each in report.faults} == {}
    assert [each.check for each in report.findings] == [each.id for each in CHECKS]
    assert {each.verdict for each in report.findings} == {Verdict.OK}
    assert report.exit_code == READY


@pytest.mark.parametrize(("reason", "verdict", "plant"), FAULTS)
def test_a_planted_fault_is_found_and_nothing_else(
    make_production: MakeProduction, reason: str, verdict: str, plant: Plant
) -> None:
    production = make_production(is_shared=reason not in IN_THE_DATABASE)
    production.compares = reason in {"models.differ", "indexes.invalid"}
    plant(production)
    report = production.report()
    assert {each.reason: each.verdict.value for each in report.faults} == {reason: verdict}
    assert report.exit_code == {"warning": 1, "failed": 2}[verdict]
    told = repr(report)
    assert production.secret == ROLE or production.secret not in told
    assert "b1946ac92492d2347c6235b4d2611184" not in told


def test_a_version_without_fixes_is_found(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readinessrules, "END_OF_LIFE", dict.fromkeys((16, 18), date(2020, 1, 1)))
    assert production.faults() == {"version.ended": "failed"}


def test_a_slow_application_is_found(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_checks, "SLOW_HEALTH_MS", 0)
    assert production.faults() == {"health.slow": "warning"}
