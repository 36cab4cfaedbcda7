"""Having a project's own code write or compare: one question, one answer; what it refuses becomes the house's error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nexus_studio.core.errors import (
    ConnectionLost,
    MigrationBlocked,
    PermissionDenied,
    ServerFailed,
    ServerReport,
    StudioError,
    TimedOut,
)
from nexus_studio.core.tasks import Cancelled, TaskContext
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.projectcode import ask_project
from nexus_studio.services.session import Session

_BY_STATE: dict[str, type[StudioError]] = {"42501": PermissionDenied, "25006": PermissionDenied}
_LATE = {"57014": "timeout.statement", "55P03": "timeout.lock"}


def ask(session: Session, project: AlembicProject, task: str, question: Mapping[str, Any], ctx: TaskContext) -> Any:
    """Have `foreign/writes.py` do a task and return its answer, a dictionary of JSON's kinds.

    Raises:
        MigrationBlocked: what it refused, with its code and facts; and as `running.ask_project`.
        StudioError: the server's refusal; ConnectionLost among them.
        Cancelled: it was stopped.
    """
    heard: dict[str, Event] = {}

    def hear(event: Event) -> None:
        heard[event["event"]] = event

    ask_project(project, session.looking_profile, session.secret, {"do": "author", "task": task, **question}, hear, ctx)
    if "stopped" in heard:
        raise Cancelled
    if "failed" in heard:
        raise _failure(heard["failed"]["error"], ctx)
    if "refused" in heard:
        raise _refusal(heard["refused"])
    return heard["result"]


def _refusal(event: Event) -> MigrationBlocked:
    error = MigrationBlocked(event["code"])
    error.facts.update({name: tuple(each) if isinstance(each, list) else each for name, each in event["facts"].items()})
    return error


def _failure(error: Mapping[str, Any], ctx: TaskContext) -> StudioError | Cancelled:
    fields = {name: words for name, words in error.items() if name not in {"lost", "where"}}
    report = ServerReport(**fields)
    if ctx.token.is_cancelled and (error.get("lost") or report.sqlstate == "57014"):
        return Cancelled()
    if error.get("lost"):
        return ConnectionLost(report=report)
    if report.sqlstate in _LATE:
        return TimedOut(_LATE[report.sqlstate], report=report)
    return _BY_STATE.get(report.sqlstate, ServerFailed)(report=report)
