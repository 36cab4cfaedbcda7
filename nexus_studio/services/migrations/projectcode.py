"""A project's code at work: here for the bundled project, in a child of its own interpreter for any other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine

from nexus_studio.core.errors import BugError, MigrationBlocked
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.connecting import connect, libpq_parameters
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.cancelling import BackendCanceller
from nexus_studio.services.migrations.conversation import Ear, Event, Observer
from nexus_studio.services.migrations.foreign.connections import notice_absence
from nexus_studio.services.migrations.foreign.worker import TASKS
from nexus_studio.services.migrations.ledgerchanges import application_name, new_run
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.workerprocess import WorkerProcess
from nexus_studio.services.session import search_path

_FOREIGN = "nexus_studio.services.migrations.foreign"
_OFFLINE = frozenset({"sql"})  # tasks that need no server


def ask_project(
    project: AlembicProject,
    profile: ConnectionProfile,
    secret: str | None,
    request: dict[str, Any],
    observer: Observer,
    ctx: TaskContext,
) -> None:
    """Have code of `foreign/` work with a project: `request["do"]` names it (see `foreign/worker.py`: TASKS).

    Its function is called with (request, tell, connection). In the bundled project's case that happens here, on a
    connection of its own; else in a child, where the connection is None and env.py makes one. Project, libpq's
    parameters and the database's identity are added to the request.

    Raises:
        MigrationBlocked: as `run_on`.
        Cancelled: it was stopped and could not say so.
    """
    ctx.token.raise_if_cancelled()
    settings = request.setdefault("settings", settings_of(profile, new_run()))
    request["project"] = _described(project)
    request["pooler"] = profile.pooler
    if project.is_bundled:
        canceller = BackendCanceller(profile, secret, settings["application_name"], lambda: None)
        ear = Ear(_raising_broken(_knowing_pid(observer, canceller)), ctx.token)
        connecting = nullcontext() if request["do"] in _OFFLINE else _connection(profile, secret, settings, ctx)
        with _alone(ctx), connecting as connection, _cancellable(canceller, ctx):
            module, function = TASKS[request["do"]]
            getattr(import_module(f"{_FOREIGN}.{module}"), function)(request, ear.hear, connection)
    else:
        request["parameters"] = _parameters(profile, secret, settings["application_name"])
        if request["do"] not in _OFFLINE:
            request.update(_identity(profile, secret, ctx))
        child = WorkerProcess(project, request)
        canceller = BackendCanceller(profile, secret, settings["application_name"], child.kill)
        ear = Ear(_raising_broken(_knowing_pid(observer, canceller)), ctx.token)
        # What needs no server has nothing to be cancelled there, and nothing to lose.
        at_once = ctx.token.calling(child.kill) if request["do"] in _OFFLINE else nullcontext()
        try:
            with _cancellable(canceller, ctx), at_once:
                child.listen(ear)
        except MigrationBlocked as error:
            if ear.raised is None and ctx.token.is_cancelled and error.code == "migration.worker_died":
                raise Cancelled from error
            if ear.raised is None:
                raise
        finally:
            child.close()
    if ear.raised is not None:
        raise ear.raised


def settings_of(profile: ConnectionProfile, run: str, lock_timeout_ms: int = 0) -> dict[str, str]:
    """Return what a migrating connection sets: little, since revisions expect the server's own ways."""
    settings = {"application_name": application_name(run)}
    if lock_timeout_ms:
        settings["lock_timeout"] = str(lock_timeout_ms)
    if path := search_path(profile):
        settings["search_path"] = path
    if profile.time_zone:
        settings["timezone"] = profile.time_zone
    if profile.role:
        settings["role"] = profile.role
    return settings


def _raising_broken(observer: Observer) -> Observer:
    def hear(event: Event) -> None:
        observer(event)
        if event["event"] == "broken":
            reason, words, where = event["reason"], event["words"], event.get("where", "")
            if reason == "target_unknown":
                raise MigrationBlocked("migration.target_unknown", words=words)
            raise MigrationBlocked("migration.project_broken", reason=reason, words=words, where=where)

    return hear


def _knowing_pid(observer: Observer, canceller: BackendCanceller) -> Observer:
    def hear(event: Event) -> None:
        if event["event"] in {"connected", "backend"}:
            canceller.pid = event["pid"]
        observer(event)

    return hear


@contextmanager
def _cancellable(canceller: BackendCanceller, ctx: TaskContext) -> Iterator[None]:
    try:
        with ctx.token.calling(canceller):
            yield
    finally:
        canceller.end()


# Alembic's `context` and `op` are the process's own: only one run at a time can have them.
_turn = threading.Lock()
_turn_of: list[int] = []


@contextmanager
def _alone(ctx: TaskContext) -> Iterator[None]:
    if threading.get_ident() in _turn_of:
        raise BugError("bug.nested_run")
    while not _turn.acquire(timeout=0.2):
        ctx.token.raise_if_cancelled()
    _turn_of.append(threading.get_ident())
    try:
        yield
    finally:
        _turn_of.clear()
        _turn.release()


@contextmanager
def _connection(
    profile: ConnectionProfile, secret: str | None, settings: dict[str, str], ctx: TaskContext
) -> Iterator[Connection]:
    """Open the connection that migrates in this process, on an engine of its own: that one is watched."""
    # Said when connecting, since behind a pooler only that stays with whatever server process is used.
    named = replace(profile, libpq=(*profile.libpq, ("application_name", settings["application_name"])))

    def creator() -> Any:
        driver = connect(named, secret, ctx.token)
        driver.prepare_threshold = None
        if not profile.pooler:
            names, values = list(settings), list(settings.values())
            driver.execute(_SET, (names, values))
            notice_absence(driver)
            driver.commit()
        return driver

    engine = create_engine(
        "postgresql+psycopg://", creator=creator, poolclass=NullPool, hide_parameters=True, use_native_hstore=False
    )
    try:
        with translated(ctx.token):
            connection = engine.connect()
        try:
            yield connection
        finally:
            connection.close()
    finally:
        engine.dispose()


_SET = """
    SELECT pg_catalog.set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s(name, value)
"""
_WHERE = """
    SELECT pg_catalog.current_database(), pg_catalog.has_function_privilege('pg_control_system()', 'EXECUTE'),
           CAST(CAST(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) * 1000000 AS bigint) AS text)
"""
_SYSTEM = "SELECT system_identifier FROM pg_catalog.pg_control_system()"


def _identity(profile: ConnectionProfile, secret: str | None, ctx: TaskContext) -> dict[str, str]:
    """Ask the server who it is, so that the child can see that it came to the same."""
    with translated(ctx.token), connect(profile, secret, ctx.token) as driver:
        database, may, started = driver.execute(_WHERE).fetchall()[0]
        system = driver.execute(_SYSTEM).fetchall()[0][0] if may else ""
        return {"database": database, "system": str(system), "started": started}


def _parameters(profile: ConnectionProfile, secret: str | None, name: str) -> dict[str, str]:
    parameters = {name: str(value) for name, value in libpq_parameters(profile, secret).items()}
    return {**parameters, "application_name": name}


def _described(project: AlembicProject) -> dict[str, Any]:
    is_bundled = project.is_bundled
    return {
        "folder": str(project.folder),
        "config_file": str(project.config_file) if project.config_file else None,
        "toml_file": str(project.toml_file) if project.toml_file else None,
        "section": project.section,
        "script_location": str(project.script_location) if is_bundled else None,
        "is_bundled": is_bundled,
    }
