"""Runs a project's revisions and tells of each step and statement as it happens; waits for an answer each time.

A run tells, in this order: "connected"; for each revision "step", then for each statement "statement", "committed"
(when all up to a number is durable although the revision goes on) and "statement_done", then "step_done"; and at last
one of "finished", "stopped", "failed" (with what the server or Python said) and "broken" (the project can't be run).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.util.exc import CommandError
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from .connections import apply_settings, notice_absence, rows_of
from .environment import NoDriver, configuration, offer_database, scripts_of
from .failures import database_error, described, place, words
from .watching import Kept, StatementWatch, Stopped, Tell, raw_connection

# A server that was copied file by file has the identifier of the other; it has not started at the same moment.
_WHERE = """
    SELECT pg_catalog.current_database(), pg_catalog.pg_backend_pid(),
           CAST(CAST(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) * 1000000 AS bigint) AS text)
"""


class Broken(Exception):
    """The project can't be run. `reason` is a code."""

    def __init__(self, reason: str, said: str = "", where: str = "") -> None:
        super().__init__(reason)
        self.reason, self.said, self.where = reason, said, where


def run(request: dict[str, Any], tell: Tell, connection: Any | None = None) -> None:
    """Run revisions.

    Args:
        request: `project` (config_file, toml_file, section, script_location, folder), `target`, `direction` ("up" or
            "down"), `parameters` (libpq's), `settings` (the server's, by name), `database`, `system` and `started`
            (what the connection must lead to), `autocommit` (each statement commits by itself), `kept` (statements of
            the first revision that are there and not run), `following` (which one must come next), `probe` (a query
            whose one text each "statement_done" brings), `pooler`.
        tell: Gets each event.
        connection: An open connection to run on, in this process; None: env.py makes one by the parameters.
    """
    Run(request, tell, connection).go()


class Run:
    """One run. Use `run`."""

    def __init__(self, request: dict[str, Any], tell: Tell, connection: Any | None) -> None:
        self.request = request
        self.tell = tell
        self.connection = connection
        self.folder = request["project"]["folder"]
        self.watch = StatementWatch(tell)
        self.watch.autocommits = bool(request.get("autocommit"))
        self.watch.probe = request.get("probe", "")
        self.step: Any = None
        self.is_connected = False
        self.is_stopped = False
        self.scripts: Any = None
        self._configure: Any = None
        self._checked: Any = None  # the driver's connection that was looked at

    def go(self) -> None:
        """Run, and tell how it ended."""
        target = Engine if self.connection is None else self.connection.engine
        self.watch.listen(target)
        if self.connection is None:
            event.listen(Pool, "connect", self._on_connect)
        try:
            self._run_environment()
        except Stopped:
            self._tell_stopped()
        except Broken as broken:
            self.tell({"event": "broken", "reason": broken.reason, "words": broken.said, "where": broken.where})
        except BaseException as error:  # also SystemExit: an env.py may leave by it
            self._tell_failed(error)
        else:
            self._tell_end()
        finally:
            self.watch.forget()
            if self.connection is None:
                event.remove(Pool, "connect", self._on_connect)

    def _run_environment(self) -> None:
        config, self.scripts = load(self.request, own_process=self.connection is None)
        config.attributes["recorded"] = True
        if self.connection is not None:
            config.attributes["connection"] = self.connection
        environment = EnvironmentContext(
            config, self.scripts, fn=self._steps, as_sql=False, destination_rev=self.request["target"]
        )
        self._configure = environment.configure
        vars(environment)["configure"] = self._configured  # the module that env.py imports takes the instance's
        self._environment = environment
        with environment:
            self.scripts.run_env()

    def _configured(self, connection: Any | None = None, **options: Any) -> None:
        """Stand in for `context.configure`: env.py decides about names and types, the run about transactions."""
        if connection is None:
            raise Broken("environment", "context.configure: connection")
        if self.watch.autocommits:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        self.watch.follow(connection)
        if raw_connection(connection) is not self._checked:
            self._check(raw_connection(connection))
        options["transaction_per_migration"] = True
        self._configure(connection=connection, **options)
        self.watch.watch_blocks(self._environment.get_context())

    def _check(self, raw: Any) -> None:
        """See that the connection leads to where it should: an env.py may go by something else than what is offered.

        Each one is looked at that it configures: there may be several, to several databases.
        """
        was_idle = self.watch.is_idle()
        (found,) = rows_of(raw, _WHERE)
        system = ""
        if self.request.get("system"):
            may = "SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
            if rows_of(raw, may)[0][0]:
                system = str(rows_of(raw, "SELECT system_identifier FROM pg_catalog.pg_control_system()")[0][0])
        if was_idle and not self.watch.autocommits:
            raw.rollback()
        asked = self.request.get("database")
        if asked and found[0] != asked:
            raise Broken("other_database", str(found[0]))
        started = self.request.get("started")
        if (system and system != self.request["system"]) or (started and found[2] != started):
            raise Broken("other_server", str(found[0]))
        self.is_connected, self._checked = True, raw
        self.tell({"event": "connected", "database": found[0], "pid": found[1]})

    def _steps(self, revision: Any, _context: Any) -> Iterator[Any]:
        """Give Alembic one revision after another. What stands behind `yield` happens after its commit."""
        steps = list(steps_to(self.scripts, self.request["direction"], self.request["target"], revision))
        for number, step in enumerate(steps, start=1):
            self.step = step
            if self.tell(self._announced(step, number, len(steps))).get("stop"):
                self.is_stopped = True  # `step` says before which
                return
            begun = time.monotonic()
            step.migration_fn = self._watched(step.migration_fn, is_first=number == 1)
            yield step
            ms = (time.monotonic() - begun) * 1000
            self.step = None
            told = {"event": "step_done", "revision": step.revision.revision, "ms": ms, "durable": self.watch.is_idle()}
            if self.tell(told).get("stop"):
                self.is_stopped = True
                return

    def _announced(self, step: Any, number: int, total: int) -> dict[str, Any]:
        return {
            "event": "step",
            "revision": step.revision.revision,
            "direction": "up" if step.is_upgrade else "down",
            "message": step.revision.doc or "",
            "number": number,
            "total": total,
        }

    def _watched(self, migration: Any, *, is_first: bool) -> Any:
        kept = Kept(list(self.request.get("kept", ())) if is_first else [], self.request.get("following", ""))

        def run_watched(**arguments: Any) -> None:
            with self.watch.revision(kept):
                if self.request.get("pooler"):
                    apply_settings(self.watch.raw, self.request["settings"], local=True)
                    pid = rows_of(self.watch.raw, "SELECT pg_backend_pid()")[0][0]
                    self.tell({"event": "backend", "pid": pid})
                migration(**arguments)

        return run_watched

    def _on_connect(self, raw: Any, _record: Any) -> None:
        """Set up a new connection of the project's before its first use."""
        if self.request.get("pooler"):
            if hasattr(raw, "prepare_threshold"):
                raw.prepare_threshold = None  # a pooler may hand the next transaction to another backend
            return
        apply_settings(raw, self.request.get("settings") or {}, local=False)
        notice_absence(raw)
        if not getattr(raw, "autocommit", False):
            raw.commit()

    def _tell_end(self) -> None:
        if not self.is_connected:
            self.tell({"event": "broken", "reason": "environment", "words": "context.configure", "where": ""})
        elif self.is_stopped:
            self._tell_stopped()
        else:
            self.tell({"event": "finished"})

    def _tell_stopped(self) -> None:
        revision = self.step.revision.revision if self.step else ""
        untouched = bool(revision) and self.is_stopped
        self.tell({"event": "stopped", "revision": revision, "number": self.watch.number, "untouched": untouched})

    def _tell_failed(self, error: BaseException) -> None:
        if self.step is None and not self.is_connected:
            reason = "connection" if database_error(error) is not None else "environment"
            said = described(error, self.folder)
            self.tell({"event": "broken", "reason": reason, "words": said["message"], "where": said.get("where", "")})
            return
        failed = self.watch.failed
        is_statement = bool(self.watch.sql) and failed is not None and database_error(error) is not None
        self.tell(
            {
                "event": "failed",
                "revision": self.step.revision.revision if self.step else "",
                "error": described(error, self.folder, failed),
                "number": self.watch.number if is_statement else None,
                "sql": self.watch.sql if is_statement else "",
            }
        )


def load(request: dict[str, Any], *, own_process: bool) -> Any:
    """Return configuration and scripts of a request's project, with the database offered.

    Raises:
        Broken: reasons "driver_missing", "scripts" (Alembic can't read them; words and place).
    """
    folder = request["project"]["folder"]
    try:
        config = configuration(request)
        scripts = scripts_of(config)
        if request.get("parameters") is not None and own_process:
            offer_database(config, scripts, request["parameters"], own_process=True)
    except NoDriver as error:
        raise Broken("driver_missing") from error
    except (Exception, SystemExit) as error:
        raise Broken("scripts", words(error), place(error, folder)) from error
    return config, scripts


def steps_to(scripts: Any, direction: str, target: str, current: Any) -> Iterable[Any]:
    """Return the revisions between where a database is and a target, in the order in which they would run.

    Raises:
        Broken: "target_unknown".
    """
    try:
        plan = scripts._upgrade_revs if direction == "up" else scripts._downgrade_revs  # noqa: SLF001 - as its commands
        return list(plan(target, current))
    except CommandError as error:
        raise Broken("target_unknown", str(error)) from error
