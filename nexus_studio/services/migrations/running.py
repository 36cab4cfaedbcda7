"""One way to run a project's revisions, wherever its code runs, and how that ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.errors import MigrationBlocked, ServerReport
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.migrations.conversation import Event, Observer
from nexus_studio.services.migrations.ledgerchanges import new_run
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.projectcode import ask_project, settings_of


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run.

    `run` ends the connection's application_name; a new one is made where it is empty. `autocommit`: every statement
    commits by itself, so that another connection can look after each (never on a database that matters). `kept`:
    statements of the first revision that are there and left out, `following`: the one that must come next ("": any);
    where another comes, the revision fails before anything of it was run. `lock_timeout_ms` 0: the server's own.
    `probe`: a query of one text, asked on the migrating connection after each statement; "statement_done" has its
    answer as "probe".
    """

    target: str = "heads"
    direction: Direction = Direction.UP
    run: str = ""
    autocommit: bool = False
    kept: tuple[str, ...] = ()
    following: str = ""
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
    in the middle of `stopped_in` (empty: between revisions); `is_untouched`: before anything of that one was run.
    """

    done: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    failed: RunFailure | None = None
    stopped: bool = False
    stopped_in: str = ""
    is_untouched: bool = False


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
        "kept": list(request.kept),
        "following": request.following,
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
    is_untouched: bool = False
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
                self.is_untouched = event["untouched"]
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
            self.is_untouched,
        )
