"""Writes the SQL of revisions without running them: Alembic's offline mode, revision by revision.

What one revision can't say without a server does not hide what the others say.
"""

from __future__ import annotations

from typing import Any

from alembic.runtime.environment import EnvironmentContext
from sqlalchemy.exc import NoInspectionAvailable

from .failures import place, words
from .runs import Broken, load, steps_to
from .watching import Tell


class AsksServer(Exception):
    """A revision wanted an answer of the server."""


def write(request: dict[str, Any], tell: Tell, _connection: Any = None) -> None:
    """Tell "step" for each revision, with its statements, and "finished"; or "broken".

    Args:
        request: `project`, `parameters` as for a run; and either `target`, `direction` and `current` (what the version
            table names), or `revision`: that one up and down.
        tell: Gets each event.
        _connection: Not needed.
    """
    try:
        config, scripts = load(request, own_process=not request["project"].get("is_bundled"))
        steps = _steps(scripts, request)
    except Broken as broken:
        tell({"event": "broken", "reason": broken.reason, "words": broken.said, "where": broken.where})
        return
    writer = _Writer(config, scripts, request["project"]["folder"])
    for told in writer.sql_of(steps) if steps else ():
        tell(told)
    tell({"event": "finished"})


def _steps(scripts: Any, request: dict[str, Any]) -> list[Any]:
    name = request.get("revision")
    if name is None:
        return list(steps_to(scripts, request["direction"], request["target"], tuple(request["current"])))
    from alembic.runtime.migration import MigrationStep  # noqa: PLC0415

    try:
        script = scripts.get_revision(name)
    except Exception as error:
        raise Broken("target_unknown", str(error)) from error
    make = (MigrationStep.upgrade_from_script, MigrationStep.downgrade_from_script)
    return [each(scripts.revision_map, script) for each in make]


class _Writer:
    """Collects what revisions write. It is the output buffer that Alembic writes to: one write, one statement."""

    def __init__(self, config: Any, scripts: Any, folder: str) -> None:
        self._scripts = scripts
        self._folder = folder
        self._statements: list[dict[str, Any]] = []
        self._in_transaction = True
        self._told: list[dict[str, Any]] = []
        self._server: _NoServer | None = None
        self._arguments: dict[str, Any] = {}
        self._steps: list[Any] = []
        self._environment = EnvironmentContext(config, scripts, fn=self._run, as_sql=True, destination_rev="heads")
        self._configure = self._environment.configure
        self._run_migrations = self._environment.run_migrations
        # The module that env.py imports takes the instance's.
        vars(self._environment).update(configure=self._configured, run_migrations=self._with_arguments)

    def sql_of(self, steps: list[Any]) -> list[dict[str, Any]]:
        """Return an event for each step. Where env.py fails, the revisions are read without it, and each says so."""
        self._steps = steps
        with self._environment:
            try:
                self._scripts.run_env()
                reason, said = ("", "") if self._told else ("environment", "context.run_migrations")
            except (Exception, SystemExit) as error:
                where = place(error, self._folder)
                reason, said = "environment", f"{words(error)} ({where})" if where else words(error)
            if not self._told:
                self._without_environment()
        for told in self._told if reason else ():
            told["reason"], told["words"] = reason, said
        return self._told

    def _without_environment(self) -> None:
        self._configured(dialect_name="postgresql")
        with self._environment.begin_transaction():
            self._run_migrations()

    def _configured(self, *_connection: Any, **options: Any) -> None:
        options.pop("connection", None)
        options.update(literal_binds=True, output_buffer=self)
        options["dialect_opts"] = {**(options.get("dialect_opts") or {}), "paramstyle": "named"}
        if not options.get("url") and not options.get("dialect_name"):
            options["dialect_name"] = "postgresql"
        self._configure(**options)
        context = self._environment.get_context()
        self._server = _NoServer(context.connection)
        vars(context)["connection"] = vars(context.impl)["connection"] = self._server
        vars(context.impl).update(emit_begin=lambda: self._set_in(True), emit_commit=lambda: self._set_in(False))

    def _with_arguments(self, **arguments: Any) -> None:
        self._arguments = arguments
        self._run_migrations(**arguments)

    def _run(self, _revision: Any, _context: Any) -> list[Any]:
        """Stand in for the list of revisions to run: run them here, so that one's failure is its own."""
        for step in self._steps:
            self._told.append(self._one(step))
        return []

    def _one(self, step: Any) -> dict[str, Any]:
        self._statements, self._in_transaction = [], True
        reason = said = ""
        if self._server is not None:
            self._server.was_asked = False
        try:
            step.migration_fn(**self._arguments)
        except (Exception, SystemExit) as error:
            asked = self._server is not None and self._server.was_asked
            is_reading = asked or isinstance(error, (AsksServer, NoInspectionAvailable))
            reason = "reads_database" if is_reading else "failed"
            where = place(error, self._folder)
            said = f"{words(error)} ({where})" if where else words(error)
        statements, self._statements = self._statements, []  # what Alembic itself writes belongs to no revision
        return {
            "event": "step",
            "revision": step.revision.revision,
            "direction": "up" if step.is_upgrade else "down",
            "message": step.revision.doc or "",
            "statements": statements,
            "reason": reason,
            "words": said,
        }

    def _set_in(self, is_in: bool) -> None:
        self._in_transaction = is_in

    def write(self, text: str) -> None:
        """Take one statement."""
        sql = text.strip()
        if sql and not sql.startswith("-- Running "):
            self._statements.append({"sql": sql.rstrip(";").rstrip(), "in_transaction": self._in_transaction})

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""


class _NoServer:
    """Stands where a revision expects the connection: statements are written down, answers can't be given."""

    def __init__(self, offline: Any) -> None:
        self._offline = offline
        self.was_asked = False

    def __getattr__(self, name: str) -> Any:
        self.was_asked = self.was_asked or name not in {"dialect", "engine"}
        return getattr(self._offline, name)

    def execute(self, statement: Any, *parameters: Any, **more: Any) -> Any:
        """Write a statement down, unless it asks for rows.

        Raises:
            AsksServer: when it does.
        """
        if getattr(statement, "is_select", False) or str(statement).lstrip(" \n\t(").lower().startswith("select"):
            self.was_asked = True
            raise AsksServer("SELECT")
        return self._offline.execute(statement, *parameters, **more)
