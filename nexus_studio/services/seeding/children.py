"""Runs a seed of a project's Python file in the project's own interpreter: a child that makes its own connection."""

from __future__ import annotations

import uuid
from typing import Any, Final

from nexus_studio.core.admin.seeds import SeedSpec, TableCount, counted
from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.errors import ConnectionLost, MigrationBlocked, SeedRefused, ServerReport
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.migrations.conversation import Event
from nexus_studio.services.migrations.projectcode import ask_project, settings_of
from nexus_studio.services.seeding.blaming import SeedLog
from nexus_studio.services.seeding.counting import counts_from
from nexus_studio.services.seeding.places import SeedPlace
from nexus_studio.services.session import Session

_CANCELLED: Final = "57014"


def run_child(
    session: Session, place: SeedPlace, seed: SeedSpec, scale: int, *, dry_run: bool, log: SeedLog, ctx: TaskContext
) -> tuple[TableCount, ...]:
    """Run it in one transaction, committed unless it is a dry run; return what it wrote.

    Raises:
        SeedRefused: "seed.failed" (facts where, words; or with the server's report), "seed.transaction" (it tried to
            end the transaction), "seed.no_dry_run" (it takes no connection after all), "seed.child" (facts
            reason, python, words: it could not be run at all).
        Cancelled: nothing of it is left.
    """
    listener = _Listener(seed, log, ctx)
    name = f"nexus-studio seed {uuid.uuid4().hex[:12]}"
    roots = [str(each) for each in dict.fromkeys((*place.project.prepend_sys_path, place.project.folder, place.folder))]
    lock_ms = TIMEOUTS[session.profile.environment].lock_ms
    request: dict[str, Any] = {
        "do": "seed",
        "file": str(seed.path),
        "function": seed.function,
        "roots": roots,
        "scale": scale,
        "dry_run": dry_run,
        "settings": {
            **settings_of(session.profile, "", lock_ms),
            "application_name": name,
        },
    }
    try:
        ask_project(place.project, session.profile, session.secret, request, listener.hear, ctx)
    except MigrationBlocked as error:
        reason = str(error.facts.get("reason") or error.code.rpartition(".")[2])
        words = str(error.facts.get("words") or "")
        python = str(place.project.python or "")
        raise SeedRefused("seed.child", seed=seed.name, reason=reason, python=python, words=words) from error
    return listener.counts


class _Listener:
    """Hears a child's events, on the worker's thread."""

    def __init__(self, seed: SeedSpec, log: SeedLog, ctx: TaskContext) -> None:
        self.counts: tuple[TableCount, ...] = ()
        self._seed, self._log, self._ctx = seed, log, ctx

    def hear(self, event: Event) -> None:
        """Take one event.

        Raises:
            SeedRefused: as `run_child`.
            Cancelled: it was stopped.
        """
        match event["event"]:
            case "log":
                self._log(str(event["words"]))
            case "progress":
                self._progress(event)
            case "counted":
                self.counts = counted(counts_from(event["before"]), counts_from(event["after"]))
            case "failed":
                self._fail(event)
            case "stopped":
                self._ctx.token.raise_if_cancelled()

    def _progress(self, event: Event) -> None:
        total = event["total"]
        self._ctx.report(Progress("seed.rows", float(event["done"] or 0), float(total) if total else None, "rows"))

    def _fail(self, event: Event) -> None:
        told = dict(event["error"])
        where, is_lost = str(told.pop("where", "")), bool(told.pop("lost", False))
        if self._ctx.token.is_cancelled and (is_lost or told.get("sqlstate") == _CANCELLED):
            raise Cancelled
        if event["own"]:
            code, file = f"seed.{event['own']}", str(self._seed.path)
            raise SeedRefused(code, seed=self._seed.name, file=file, line=self._seed.line)
        report = ServerReport(**told)
        if is_lost:
            raise ConnectionLost(report=report)
        if report.sqlstate:
            raise SeedRefused("seed.failed", report=report, seed=self._seed.name)
        raise SeedRefused("seed.failed", seed=self._seed.name, where=where, words=report.message)
