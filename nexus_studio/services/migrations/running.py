"""One way to run a project's code, wherever it runs: the bundled project's here, any other's in a child process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine

from nexus_studio.core.admin.migrations import Direction
from nexus_studio.core.errors import BugError, MigrationBlocked, ServerReport
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


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run.

    `run` ends the connection's application_name; a new one is made where it is empty. `autocommit`: every statement
    commits by itself, so that another connection can look after each (never on a database that matters). `skip`: so
    many statements of the first revision are taken as done. `lock_timeout_ms` 0: the server's own. `probe`: a query of
    one text, asked on the migrating connection after each statement; "statement_done" has its answer as "probe".
    """

    target: str = "heads"
    direction: Direction = Direction.UP
    run: str = ""
    autocommit: bool = False
    skip: int = 0
    lock_timeout_ms: int = 0
    probe: str = ""


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run ended early.

    `revision` is empty when none was begun. `number` and `sql` are of the failed statement; None and "" for an error
    of the revision's Python (`where` is its file and line) or at the commit. `is_lost`: the connection or the process
    broke, and whether the revision was committed must be looked up.
    """

    revision: str
    direction: Direction
    report: ServerReport
    number: int | None = None
    sql: str = ""
    where: str = ""
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended.

    `done` are the revisions that are committed, in order; `undecided` those that ran in one transaction around all
    (as some env.py will have it): they are committed if the run ended well, and gone otherwise. `stopped`: on request,
    in the middle of `stopped_in` (empty: between revisions).
    """

    done: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    failed: RunFailure | None = None
    stopped: bool = False
    stopped_in: str = ""


def run_on(
    project: AlembicProject,
    profile: ConnectionProfile,
    secret: str | None,
    request: RunRequest,
    observer: Observer,
    ctx: TaskContext,
) -> RunOutcome:
    """Run a project's revisions on a database and return how that ended. Takes no lock and writes no ledger.

    A failing revision is told by the outcome. The observer hears, as dictionaries and on this thread while the run
    waits: {"event": "connected", "pid", "database"}; {"event": "step", "revision", "direction" ("up", "down"),
    "message", "number", "total"}; {"event": "statement", "number" (from 1), "sql", "in_transaction", "has_parameters",
    "skipped"}; {"event": "committed", "count"} (the first `count` statements of the revision are durable although it
    goes on); {"event": "statement_done", "number", "ms"}; {"event": "step_done", "revision", "ms", "durable"}; and at
    last one of "finished", "stopped", "failed", "broken". What it raises stops the run and is raised from here. It
    must not start another run of the bundled project.

    Args:
        project: Whose revisions.
        profile: Which database.
        secret: Its password.
        request: What to run, and how.
        observer: Hears each event.
        ctx: Cancelling stops between statements and in a statement; told by the outcome.

    Raises:
        MigrationBlocked: "migration.project_broken" (facts reason: "scripts", "environment", "connection",
            "other_database", "other_server", "driver_missing", "alembic_missing", "interpreter"; words, where),
            "migration.target_unknown" (target, words), "migration.worker_died" (status, words).
        ConnectionFailed: the database can't be reached.
    """
    listener = _Listener(observer)
    run = request.run or new_run()
    asked = {
        "do": "run",
        "target": request.target,
        "direction": request.direction.value,
        "autocommit": request.autocommit,
        "skip": request.skip,
        "probe": request.probe,
        "settings": settings_of(profile, run, request.lock_timeout_ms),
    }
    try:
        ask_project(project, profile, secret, asked, listener.hear, ctx)
    except Cancelled:
        if not listener.revision and not listener.done:
            raise
        return listener.outcome(stopped=True)
    except MigrationBlocked as error:
        if error.code == "migration.target_unknown":
            error.facts["target"] = request.target
        if error.code != "migration.worker_died" or not listener.revision:
            raise
        return listener.outcome(failed=listener.died(error))
    return listener.outcome()


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
        canceller = BackendCanceller(profile, secret, lambda: None)
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
        canceller = BackendCanceller(profile, secret, child.kill)
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


_FOREIGN = "nexus_studio.services.migrations.foreign"
_OFFLINE = frozenset({"sql"})  # tasks that need no server


@dataclass(slots=True)
class _Listener:
    """Keeps what a run told, for its outcome."""

    observer: Observer
    revision: str = ""
    direction: Direction = Direction.UP
    done: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    failed: RunFailure | None = None
    stopped: bool = False
    statement: tuple[int, str] | None = None

    def hear(self, event: Event) -> None:
        """Take one event."""
        match event["event"]:
            case "step":
                self.revision, self.direction = event["revision"], Direction(event["direction"])
                self.statement = None
            case "statement":
                self.statement = (event["number"], event["sql"])
            case "statement_done":
                self.statement = None
            case "step_done":
                (self.done if event["durable"] else self.undecided).append(event["revision"])
                self.revision = ""
            case "finished":
                self.done += self.undecided
                self.undecided = []
            case "stopped":
                self.stopped, self.revision = True, event["revision"]
            case "failed":
                self.failed = self._failure(event)
        self.observer(event)

    def _failure(self, event: Event) -> RunFailure:
        error = dict(event["error"])
        is_lost, where = bool(error.pop("lost", False)), error.pop("where", "")
        report = ServerReport(**error)
        return RunFailure(
            event["revision"], self.direction, report, event["number"], event["sql"], where, is_lost=is_lost
        )

    def died(self, error: MigrationBlocked) -> RunFailure:
        """Say that the process that ran the revision is gone."""
        number, sql = self.statement or (None, "")
        said = str(error.facts.get("words") or f"exit {error.facts.get('status')}")
        return RunFailure(self.revision, self.direction, ServerReport(message=said), number, sql, is_lost=True)

    def outcome(self, *, stopped: bool = False, failed: RunFailure | None = None) -> RunOutcome:
        """Return how it ended."""
        stopped = stopped or self.stopped
        return RunOutcome(
            tuple(self.done),
            tuple(self.undecided),
            failed or self.failed,
            stopped,
            self.revision if stopped else "",
        )


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

    def creator() -> Any:
        driver = connect(profile, secret, ctx.token)
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
_WHERE = "SELECT pg_catalog.current_database(), pg_catalog.has_function_privilege('pg_control_system()', 'EXECUTE')"
_SYSTEM = "SELECT system_identifier FROM pg_catalog.pg_control_system()"


def _identity(profile: ConnectionProfile, secret: str | None, ctx: TaskContext) -> dict[str, str]:
    """Ask the server who it is, so that the child can see that it came to the same."""
    with translated(ctx.token), connect(profile, secret, ctx.token) as driver:
        found = driver.execute(_WHERE).fetchone()
        if found is None or not found[1]:
            return {"database": str(found[0]) if found else "", "system": ""}
        system = driver.execute(_SYSTEM).fetchone()
        return {"database": str(found[0]), "system": str(system[0]) if system else ""}


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
