"""What each command does, by its name: one thin function a command, the work is the services'."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from nexus_studio import (
    cli_drafts,
    cli_duplicate,
    cli_import,
    cli_load,
    cli_rows,
    cli_seed,
    cli_server,
    cli_transfer,
)
from nexus_studio.cli_migrate_words import migrations_data, migrations_said
from nexus_studio.cli_output import Result, dumps, facts, table
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import opened, saved_profile
from nexus_studio.cli_wording import warning_words
from nexus_studio.core.admin.sizes import SIZE_ORDERS, RelationSize, SizeReport, chosen, human_bytes
from nexus_studio.core.errors import UserError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.url_parameters import SECRET_PARAMETERS
from nexus_studio.core.urls import ParsedUrl, looks_like_production, profile_from_url, url_of
from nexus_studio.services.declaring import declare as declare_environment
from nexus_studio.services.demo import Demo, default_data_dir, start_demo
from nexus_studio.services.health.sizing import SizingService
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.status import status_of

_NOT_OF_URLS: Final = frozenset({"name", "warnings", "libpq", "project", "python", "health_url"})

Run = Callable[[argparse.Namespace, TaskContext], Result]


def status(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what the database is."""
    with opened(arguments, ctx) as session:
        found = status_of(session, ctx)
    counted = {kind.name.lower(): number for kind, number in found.relations.items()}
    data = {
        "server_version": found.server_version,
        "server_version_num": found.version_num,
        "database": found.database,
        "user": found.user,
        "environment": found.environment,
        "read_only": found.read_only,
        "standby": found.standby,
        "tls": found.tls,
        "size_bytes": found.size_bytes,
        "relations": counted,
        "migrations": migrations_data(found.migrations) if found.migrations else None,
    }
    present = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in counted.items() if number)
    text = facts(
        (
            ("database", f"{found.database} ({human_bytes(found.size_bytes)})"),
            ("server", f"PostgreSQL {found.server_version}" + (" (standby)" if found.standby else "")),
            ("user", found.user),
            ("environment", found.environment.value),
            ("access", "read-only" if found.read_only else "read and write"),
            ("tls", "yes" if found.tls else "no"),
            ("relations", present or "none"),
            ("migrations", migrations_said(found.migrations) if found.migrations else "the project can't be read"),
        )
    )
    return Result(data, text)


def sizes(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say how big everything is, biggest first, or most of what is asked for."""
    with opened(arguments, ctx) as session:
        report = SizingService(session).sizes(ctx)
    shown = chosen(report.relations, order=arguments.sort, match=arguments.match or "")[: arguments.limit]
    data = {
        "database": report.database,
        "database_bytes": report.database_bytes,
        "other_bytes": report.other_bytes,
        "counted_since": report.counted_since,
        "standby": report.is_standby,
        "may_not_see": report.may_not_see,
        "distributed": report.is_distributed,
        "distributed_unknown": report.distributed_unknown,
        "schemas": [
            {
                "schema": each.name,
                "relations": each.relations,
                "total_bytes": each.total_bytes,
                "table_bytes": each.table_bytes,
                "index_bytes": each.index_bytes,
                "toast_bytes": each.toast_bytes,
            }
            for each in report.schemas
        ],
        "relations": [_size_data(each) for each in shown],
    }
    lines = [(each.name, *(_size_said(name, each) for name in SIZE_ORDERS)) for each in shown]
    total = f"{report.database}: {human_bytes(report.database_bytes)}\n\n"
    shown_text = total + table(("relation", *SIZE_ORDERS), lines, right=range(1, len(SIZE_ORDERS) + 1))
    return Result(data, "\n\n".join(filter(None, (shown_text, "\n".join(_size_notes(report, shown))))))


def _size_notes(report: SizeReport, shown: Sequence[RelationSize]) -> Iterator[str]:
    """Say where a size is not the whole truth."""
    if report.is_standby:
        yield "This is a standby: what is counted is its own."
    yield from (
        f"{each.name} is locked just now: its size is what the catalog last knew." for each in shown if each.is_locked
    )
    yield from (
        f"{each} is distributed, and its nodes could not be asked: it is bigger." for each in report.distributed_unknown
    )


def _size_said(name: str, size: RelationSize) -> str:
    """Write one figure of a relation; "?" where nobody knows it."""
    value = SIZE_ORDERS[name](size)
    if value is None:
        return "?"
    return str(value) if name in {"rows", "dead", "scans"} else human_bytes(value)


def _size_data(size: RelationSize) -> dict[str, Any]:
    return {
        "relation": size.name,
        "kind": size.kind.name.lower(),
        "partition_of": size.parent,
        "total_bytes": size.total_bytes,
        "table_bytes": size.table_bytes,
        "index_bytes": size.index_bytes,
        "toast_bytes": size.toast_bytes,
        "bloat_bytes_estimated": size.bloat_bytes,
        "rows_estimated": size.rows,
        "dead_rows": size.dead_rows,
        "last_vacuum": size.last_vacuum,
        "last_vacuum_by_auto": size.is_vacuumed_by_auto,
        "last_analyze": size.last_analyze,
        "last_analyze_by_auto": size.is_analyzed_by_auto,
        "seq_scans": size.seq_scans,
        "index_scans": size.index_scans,
        "cache_hit": size.cache_hit,
        "locked": size.is_locked,
        "distributed": size.is_distributed,
        "indexes": [
            {
                "index": each.name,
                "bytes": each.bytes,
                "scans": each.scans,
                "valid": each.is_valid,
                "primary": each.is_primary,
                "unique": each.is_unique,
            }
            for each in size.indexes
        ],
    }


def demo(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Start the demo's server: until a signal comes, or (--prepare) only until all is ready."""
    folder = (arguments.data_dir or default_data_dir()).expanduser().resolve()
    running = start_demo(folder, ctx)
    try:
        answer = _demo_answer(running)
        if arguments.prepare:
            return answer
        # The answer is wanted while the server runs, not after: scripts read the URL off the first lines.
        sys.stdout.write((dumps(answer.data) if arguments.json else answer.text) + "\n")
        sys.stdout.flush()
        stopped = threading.Event()
        with ctx.token.calling(stopped.set):  # Ctrl+C cancels the token
            stopped.wait()
    finally:
        running.stop()
    return Result()


def profiles_list(_arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List the saved connections; they hold no passwords."""
    ctx.token.raise_if_cancelled()
    saved = ProfileStore(Paths.default()).load()
    data = [_profile(profile) for profile in saved]
    lines = [
        (each["name"], each["environment"], "read-only" if each["read_only"] else "", each["url"]) for each in data
    ]
    text = table(("name", "environment", "access", "url"), lines) if lines else "No connection is saved."
    return Result({"profiles": data}, text)


def profiles_add(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Save a connection; its password goes to the keyring, where there is one."""
    ctx.token.raise_if_cancelled()
    parsed = profile_from_url(arguments.target, name=arguments.name)
    looks = Environment.PRODUCTION if looks_like_production(parsed.profile) else Environment.DEVELOPMENT
    environment = Environment(arguments.environment) if arguments.environment else looks
    profile = replace(
        parsed.profile,
        environment=environment,
        read_only=arguments.read_only,
        role=arguments.role,
        masking=arguments.masking,
        requires_reason=arguments.requires_reason,
        fills_updated_at=arguments.fills_updated_at,
        project=arguments.project.expanduser().absolute() if arguments.project else None,
        python=arguments.python.expanduser().absolute() if arguments.python else None,
        health_url=arguments.health_url,
        prisma_version=arguments.prisma_version or "",
    )
    store = ProfileStore(Paths.default())
    saved = store.load()
    if any(each.name == profile.name for each in saved):
        raise UserError("profile.exists", name=profile.name)
    store.save((*saved, profile))
    kept = bool(parsed.secret) and bool(store.remember(profile, parsed.secret or ""))
    data = {"profile": _profile(profile), "password_kept": kept, "warnings": _warnings(parsed)}
    asked = "" if kept or not parsed.secret else " No keyring keeps the password: it will be asked for."
    return Result(data, f"Saved {profile.name} ({environment.value}).{asked}")


def profiles_remove(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Forget a saved connection and its password."""
    ctx.token.raise_if_cancelled()
    store = ProfileStore(Paths.default())
    profile = saved_profile(store, arguments.name)
    store.forget(profile)
    store.save(tuple(each for each in store.load() if each.name != profile.name))
    return Result({"removed": profile.name}, f"Removed {profile.name}.")


def declare(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Have the database say what it is for."""
    wanted = None if arguments.kind == "nothing" else Environment(arguments.kind)
    with opened(arguments, ctx) as session:
        before = session.server.declared
        if wanted is not before:
            require_rail(arguments, session, "database.declare", loses=before is not None)
        place = declare_environment(session, wanted, ctx)
        database = session.server.database
    data = {"database": database, "declared": wanted, "before": before, "place": place}
    said = f"{database} says from now on that it is for {wanted.value}." if wanted else f"{database} says nothing now."
    return Result(data, said)


def urls_explain(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say how a URL is understood; nothing is connected to."""
    ctx.token.raise_if_cancelled()
    parsed = profile_from_url(arguments.target)
    profile = parsed.profile
    data = {
        **_profile(profile),
        "has_password": parsed.secret is not None,
        "looks_like_production": looks_like_production(profile),
        "warnings": _warnings(parsed),
    }
    shown = [(name, value) for name, value in data.items() if name not in _NOT_OF_URLS]
    shown += [("libpq " + name, value) for name, value in _public_libpq(profile).items()]
    shown += [("warning", warning_words(warning.code, warning.parameter)) for warning in parsed.warnings]
    return Result(data, facts(shown))


def _demo_answer(running: Demo) -> Result:
    profile = running.profile
    data = {"url": url_of(profile), "database": profile.database, "data_dir": running.server.data_dir}
    return Result(data, facts(data.items()))


def _profile(profile: ConnectionProfile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "url": url_of(profile),
        "host": profile.host,
        "port": profile.port,
        "database": profile.database,
        "user": profile.user,
        "schema": profile.schema,
        "environment": profile.environment.value,
        "read_only": profile.read_only,
        "role": profile.role,
        "masking": profile.masking,
        "requires_reason": profile.requires_reason,
        "project": profile.project,
        "python": profile.python,
        "health_url": profile.health_url,
        "prisma_version": profile.prisma_version,
        "fills_updated_at": profile.fills_updated_at,
        "libpq": _public_libpq(profile),
    }


def _public_libpq(profile: ConnectionProfile) -> dict[str, str]:
    return {name: value for name, value in profile.libpq if name not in SECRET_PARAMETERS}


def _warnings(parsed: ParsedUrl) -> list[dict[str, str]]:
    return [{"code": warning.code, "parameter": warning.parameter} for warning in parsed.warnings]


RUNS: Final[Mapping[str, Run]] = {
    **cli_rows.RUNS,
    **cli_duplicate.RUNS,
    **cli_drafts.RUNS,
    **cli_seed.RUNS,
    **cli_import.RUNS,
    **cli_transfer.RUNS,
    **cli_load.RUNS,
    **cli_server.RUNS,
    "status": status,
    "sizes": sizes,
    "demo": demo,
    "profiles list": profiles_list,
    "profiles add": profiles_add,
    "profiles remove": profiles_remove,
    "declare": declare,
    "urls explain": urls_explain,
}
"""Every command that opens no window, `migrate` aside, as "command" or "command action"."""
