"""Writes revisions, and what leads to them: comparing models and database, drafting, the SQL of code, pushing, merging.

Each task tells events as `runs` does ("connected", "broken", "failed" …); what it has found is told as "result", and a
refusal as "refused" with the house's code and facts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext

from alembic import op, util

from . import enums, renames, sources
from .compares import Refused, compared, differences, new_script, rendered
from .failures import database_error, words
from .runs import Broken, Run, load
from .sqltext import _Writer as SqlWriter
from .watching import Tell

Answer = dict[str, Any]
"""Of JSON's kinds."""


def perform(request: dict[str, Any], tell: Tell, connection: Any | None = None) -> None:
    """Do a task: `task` is "draft", "check", "push" (they need the database), "sql", "write" or "merge" (they don't).

    Args:
        request: `project`, `parameters` and so on as for a run, and what the task needs, see there.
        tell: Gets each event.
        connection: An open connection, in this process; None: env.py makes one.
    """
    with tempfile.TemporaryDirectory(prefix="nexus-studio-") as scratch:
        try:
            config, scripts = load(request, own_process=not request["project"].get("is_bundled"))
            config.attributes["scratch"] = scratch
            answer = _TASKS[request["task"]](_Desk(request, tell, connection, config, scripts))
            tell({"event": "result", **answer})
            tell({"event": "finished"})
        except Refused as refusal:
            tell({"event": "refused", "code": refusal.code, "facts": refusal.facts})
            tell({"event": "finished"})
        except Broken as broken:
            tell({"event": "broken", "reason": broken.reason, "words": broken.said, "where": broken.where})
        except _Told:
            pass
        except util.CommandError as error:
            tell({"event": "broken", "reason": "scripts", "words": words(error), "where": ""})


class _Told(Exception):
    """Why it failed has been told already."""


class _Desk:
    """What a task works with."""

    def __init__(self, request: Any, tell: Tell, connection: Any, config: Any, scripts: Any) -> None:
        self.request, self.tell, self.connection = request, tell, connection
        self.config, self.scripts = config, scripts

    def with_database(self, work: Callable[[Any, Any], Answer]) -> Answer:
        """Run env.py against the database and call `work` with what it has configured and with the look itself.

        Raises:
            Refused: as `work` does.
            _Told: something failed; it has been told.
        """
        look = _Look(self.request, self.tell, self.connection, work)
        look.go()
        if look.refusal is not None:
            raise look.refusal
        if look.answer is None:
            raise _Told
        return look.answer

    def sql(self, migration: Callable[..., None], revision: str) -> tuple[list[str], str]:
        """Return the statements that a migration would run, and why they can't be told ("": they can)."""
        config, scripts = load(self.request, own_process=not self.request["project"].get("is_bundled"))
        config.attributes.update(self.config.attributes)
        step = SimpleNamespace(
            migration_fn=migration, revision=SimpleNamespace(revision=revision, doc=""), is_upgrade=True
        )
        (told,) = SqlWriter(config, scripts, self.request["project"]["folder"]).sql_of([step])
        is_known = told["reason"] not in {"failed", "reads_database"}
        return [each["sql"] for each in told["statements"]], "" if is_known else told["words"]


class _Look(Run):
    """A run of env.py that applies no revision: in its stead it does a piece of work."""

    def __init__(self, request: Any, tell: Tell, connection: Any, work: Callable[[Any, Any], Answer]) -> None:
        super().__init__({"target": "heads", "direction": "up", **request}, tell, connection)
        self.work = work
        self.answer: Answer | None = None
        self.refusal: Refused | None = None
        self.was_open = False

    def _configured(self, connection: Any | None = None, **options: Any) -> None:
        self.was_open = connection is not None and connection.in_transaction()
        # else Alembic would make the version table where there is none, and looking would write
        super()._configured(connection, **{**options, "dont_mutate": True})

    def _steps(self, _revision: Any, context: Any) -> Any:
        try:
            self.answer = self.work(context, self)
        except Refused as refusal:
            self.refusal = refusal
        return iter(())

    def _tell_end(self) -> None:
        if not self.is_connected:
            super()._tell_end()

    def _tell_failed(self, error: BaseException) -> None:
        self.answer = None
        if self.refusal is None:
            if self.is_connected and database_error(error) is None:
                self.tell({"event": "broken", "reason": "comparison", "words": words(error), "where": ""})
            else:
                super()._tell_failed(error)


def _draft(desk: _Desk) -> Answer:
    """Draft a migration: `message`, `renames` (kind, table, old, new), `empty`."""
    request, scripts = desk.request, desk.scripts
    parents = sorted(scripts.get_heads())
    if len(parents) > 1:
        raise Refused("migration.diverged", heads=parents)
    message = sources.cleaned(request["message"])
    draft: Answer = {"message": message, "revision": util.rev_id(), "parents": parents}
    empty = bool(request.get("empty"))
    asks_environment = desk.config.get_main_option("revision_environment", "") or ""
    if empty and asks_environment.lower() not in {"true", "1", "yes"}:
        draft.update(upgrade="pass", downgrade="pass", imports=[], differences=[], renames=[])
    else:
        draft.update(desk.with_database(lambda context, _look: _compared(desk, context, draft, empty=empty)))
    draft["path"] = sources.planned_path(scripts, draft["revision"], draft["parents"], draft["message"])
    return {**draft, **_sql_of(desk, draft)}


def _compared(desk: _Desk, context: Any, draft: Answer, *, empty: bool) -> Answer:
    if not empty:
        _require_current(desk.scripts, context)
    script = new_script(draft["revision"], draft["message"], "head")
    script = compared(context, script, compare=not empty)
    if script is None:
        return {"upgrade": "pass", "downgrade": "pass", "imports": [], "differences": [], "renames": []}
    found = renames.likely(script.upgrade_ops, context.dialect)
    chosen = desk.request.get("renames") or []
    if chosen:
        renames.apply(context, script.upgrade_ops, chosen)
        script.downgrade_ops.ops[:] = _reversed(script.upgrade_ops)
    if not empty:
        _complete(desk, context, script)
    return {
        **rendered(context, script, enums.render_item),
        "revision": str(script.rev_id or draft["revision"]),
        "message": sources.cleaned(str(script.message or draft["message"])),
        "differences": differences(script.upgrade_ops.ops, context.dialect),
        "renames": found,
    }


def _complete(desk: _Desk, context: Any, script: Any) -> None:
    """Add what Alembic leaves out of enum types; the bundled project's env.py does so, and more, by itself."""
    if not desk.request["project"].get("is_bundled"):
        enums.complete(context, script)


def _require_current(scripts: Any, context: Any) -> None:
    """See that the database has all revisions: else a comparison would find again what they do.

    Raises:
        Refused: "migration.behind" (fact current), "migration.ahead" (fact revisions).
    """
    current = context.get_current_heads()
    try:
        found = set(scripts.get_revisions(current))
    except util.CommandError as error:
        raise Refused("migration.ahead", revisions=sorted(current)) from error
    if found != set(scripts.get_revisions("heads")):
        raise Refused("migration.behind", current=sorted(current))


def _reversed(container: Any) -> list[Any]:
    """Return the ways back, in order; what has none (a project's own operation) is left out."""
    found = []
    for each in reversed(container.ops):
        try:
            found.append(each.reverse())
        except NotImplementedError:
            continue
    return found


def _sql(desk: _Desk) -> Answer:
    """Say the SQL of an edited `draft`."""
    return _sql_of(desk, desk.request["draft"])


def _sql_of(desk: _Desk, draft: Answer) -> Answer:
    wrong = sources.check(draft)
    if wrong is not None:
        part, line, said = wrong
        return {"sql": "", "sql_error": f"{part}:{line}: {said}"}
    try:
        text = sources.source(desk.config, desk.scripts, draft)
        module = ModuleType(f"revision_{draft['revision']}")
        module.__file__ = draft.get("path") or ""
        exec(sources.compile_file(text, module.__file__), vars(module))  # noqa: S102 - the person's own migration
        statements, error = desk.sql(module.upgrade, draft["revision"])
    except Refused as refusal:
        return {"sql": "", "sql_error": str(refusal.facts.get("words") or refusal.code)}
    except (Exception, SystemExit) as error:  # whatever the code does when it is loaded
        return {"sql": "", "sql_error": words(error)}
    return {"sql": "" if error else _joined(statements), "sql_error": error}


def _joined(statements: list[str]) -> str:
    return "\n\n".join(f"{each.rstrip().rstrip(';')};" for each in statements)


def _write(desk: _Desk) -> Answer:
    """Write a `draft`'s file."""
    draft = {**desk.request["draft"]}
    draft["message"] = sources.cleaned(draft["message"])
    wrong = sources.check(draft)
    if wrong is not None:
        raise Refused("migration.draft_broken", part=wrong[0], line=wrong[1], words=wrong[2])
    heads = sorted(desk.scripts.get_heads())
    taken = {each.revision: each.path for each in desk.scripts.walk_revisions()}
    if draft["revision"] in taken:
        raise Refused("migration.file_exists", path=str(taken[draft["revision"]]))
    if heads != sorted(draft["parents"]):
        raise Refused("migration.draft_stale", heads=heads)
    return {"path": sources.write(desk.config, desk.scripts, draft)}


def _merge(desk: _Desk) -> Answer:
    """Write a revision that joins all heads; `message`."""
    heads = sorted(desk.scripts.get_heads())
    if len(heads) < 2:  # noqa: PLR2004
        raise Refused("migration.one_head")
    message = sources.cleaned(desk.request["message"])
    draft = {"message": message, "revision": util.rev_id(), "parents": heads, "upgrade": "pass", "downgrade": "pass"}
    return {"path": sources.write(desk.config, desk.scripts, draft), "revision": draft["revision"]}


def _check(desk: _Desk) -> Answer:
    """List the differences between models and database."""

    def work(context: Any, _look: Any) -> Answer:
        script = compared(context)
        if script is not None:
            _complete(desk, context, script)
        return {"differences": [] if script is None else differences(script.upgrade_ops.ops, context.dialect)}

    return desk.with_database(work)


def _push(desk: _Desk) -> Answer:
    """Bring the database to the models; with `dry_run` only say the SQL."""

    def work(context: Any, look: Any) -> Answer:
        script = compared(context)
        if script is not None:
            _complete(desk, context, script)
        operations = [] if script is None else list(_flat(script.upgrade_ops))
        statements = _statements(operations)
        if not desk.request.get("dry_run") and operations:
            _invoke(context, operations, look)
        return {"statements": statements}

    return desk.with_database(work)


def _statements(operations: list[Any]) -> list[str]:
    """Return the SQL of operations.

    Raises:
        Refused: "migration.push_failed" (fact words): one of a project's own kinds can't say it without a server.
    """
    written: list[str] = []
    buffer = SimpleNamespace(write=written.append, flush=lambda: None)
    context = MigrationContext.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "literal_binds": True, "output_buffer": buffer},
    )
    operating = Operations(context)
    try:
        for each in operations:
            operating.invoke(each)
    except Exception as error:
        raise Refused("migration.push_failed", words=words(error)) from error
    return [each.strip().rstrip(";").rstrip() for each in written if each.strip()]


def _invoke(context: Any, operations: list[Any], look: Any) -> None:
    """Run operations in one transaction: that which was open when env.py handed its connection over, or their own."""
    connection = context.connection
    with nullcontext() if look.was_open else _own_transaction(connection), look.watch.revision():
        for each in operations:
            op.invoke(each)


@contextmanager
def _own_transaction(connection: Any) -> Iterator[None]:
    connection.rollback()  # comparing has begun one by itself
    with connection.begin():
        yield


def _flat(container: Any) -> Any:
    for each in container.ops:
        if isinstance(each, ops.OpContainer):
            yield from _flat(each)
        else:
            yield each


_TASKS: dict[str, Callable[[_Desk], Answer]] = {
    "draft": _draft,
    "sql": _sql,
    "write": _write,
    "merge": _merge,
    "check": _check,
    "push": _push,
}
