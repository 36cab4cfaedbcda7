"""What the server is: its version and settings, what it watches, how full it is, and what saves the data."""

from __future__ import annotations

from psycopg import sql

from nexus_studio.core.admin.readiness import Cure, Finding, Remedy, Value, failed, not_applicable, ok, warning
from nexus_studio.core.admin.readinessrules import (
    ConnectionLimits,
    backup_finding,
    connections_finding,
    pool_finding,
    time_zone_finding,
    version_finding,
    wraparound_finding,
)
from nexus_studio.core.admin.retention import Standing
from nexus_studio.services.backupfiles import backup_root
from nexus_studio.services.backups import library, runs
from nexus_studio.services.backups.localtime import LOCAL_ZONE
from nexus_studio.services.readiness.scene import Scene
from nexus_studio.services.readiness.serverfacts import COLLATION, COLLATION_15, OLDEST_ROWS

_HAS_COLLATION_VERSIONS = 150000
_SILENT = frozenset({None, "none", ""})
_SHOWN = 12
_NOT_WHOLE = frozenset({Standing.ALTERED, Standing.GONE})


def version(scene: Scene) -> Finding:
    """The server's version is supported."""
    server = scene.server
    today = scene.around.now.date()
    return version_finding(server.version_num, server.version, today, is_serious=scene.is_serious)


def encoding(scene: Scene) -> Finding:
    """The database is encoded as UTF8."""
    found = scene.server.encoding
    return ok("encoding.utf8") if found == "UTF8" else failed("encoding.other", {"encoding": found})


def time_zone(scene: Scene) -> Finding:
    """The time zone is one that everybody means the same by."""
    return time_zone_finding(scene.server.time_zone)


def collation(scene: Scene) -> Finding:
    """Texts sort as they did when the indexes were built."""
    is_known = scene.server.version_num >= _HAS_COLLATION_VERSIONS
    with scene.session.read(scene.ctx) as connection:
        row = connection.execute(COLLATION_15 if is_known else COLLATION).mappings().one()
    seen: dict[str, Value] = {"collation": row["collation"], "version": row["version"], "actual": row["actual"]}
    cure = sql.SQL("REINDEX DATABASE CONCURRENTLY {0};\nALTER DATABASE {0} REFRESH COLLATION VERSION;").format(
        sql.Identifier(scene.session.server.database)
    )
    if row["version"] and row["actual"] and row["version"] != row["actual"]:
        return warning("collation.moved", seen, Remedy(Cure.COPY, cure.as_string()))
    return ok("collation.same", seen)


def wraparound(scene: Scene) -> Finding:
    """No danger of running out of transaction numbers, in any database of the server."""
    with scene.session.read(scene.ctx) as connection:
        row = connection.execute(OLDEST_ROWS).mappings().one()
    return wraparound_finding(
        row["database"], row["age"], row["multixact_age"], freeze_max_age=scene.server.freeze_max_age
    )


def backup(scene: Scene) -> Finding:
    """A recent backup exists, was proven restorable, and its schedule is kept."""
    if not scene.is_serious:
        return not_applicable("backup.environment")
    whole, broken = [], []
    for each in library.entries(scene.paths, None, scene.ctx, scene.profile):
        if each.record is None or each.is_foreign:
            continue
        if each.standing in _NOT_WHOLE:
            broken.append(each.record.file)
        else:
            whole.append(each.record)
    now = scene.around.now
    troubles = runs.outstanding(scene.paths, now.astimezone(LOCAL_ZONE), scene.profile.name)
    return backup_finding(whole, sorted(broken)[:_SHOWN], now, str(backup_root(scene.paths)), troubles)


def statements(scene: Scene) -> Finding:
    """pg_stat_statements watches which statements cost."""
    if not scene.is_serious:
        return not_applicable("statements.environment")
    server = scene.server
    seen: dict[str, Value] = {"extension": server.has_statements, "track": server.statements_tracked}
    if server.statements_tracked in _SILENT:
        return warning("statements.off", seen)
    if not server.has_statements:
        return warning("statements.no_extension", seen, Remedy(Cure.COPY, "CREATE EXTENSION pg_stat_statements;"))
    return ok("statements.on", seen)


def slow_log(scene: Scene) -> Finding:
    """Slow statements are logged, and not all statements."""
    if not scene.is_serious:
        return not_applicable("slow_log.environment")
    server = scene.server
    seen: dict[str, Value] = {
        "log_min_duration_ms": server.slow_log_ms if server.slow_log_ms >= 0 else None,
        "auto_explain_ms": server.auto_explain_ms,
    }
    limits = [each for each in (server.slow_log_ms, server.auto_explain_ms) if each is not None and each >= 0]
    if not limits:
        return warning("slow_log.off", seen, Remedy(Cure.COPY, "ALTER SYSTEM SET log_min_duration_statement = '1s';"))
    return warning("slow_log.everything", seen) if min(limits) == 0 else ok("slow_log.on", seen)


def connections(scene: Scene) -> Finding:
    """There is room for more connections."""
    return connections_finding(_limits(scene))


def pool(scene: Scene) -> Finding:
    """The pool's limit is set, and within what the server allows."""
    profile = scene.profile
    return pool_finding(profile.pool_size, _limits(scene), has_pooler=profile.pooler, is_serious=scene.is_serious)


def _limits(scene: Scene) -> ConnectionLimits:
    server = scene.server
    return ConnectionLimits(
        most=server.most_connections,
        used=server.connections,
        database_most=server.database_limit if server.database_limit >= 0 else None,
        database_used=server.database_connections,
        role_most=server.role_limit if server.role_limit >= 0 else None,
        role_used=server.role_connections,
    )
