"""What `reset`, `recreate`, `empty` and `shelf` do: say what would be lost, have it confirmed, call the service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from nexus_studio.cli_migrate_target import project_of
from nexus_studio.cli_output import OK, Result, counted, facts, table
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import opened
from nexus_studio.cli_wording_resets import PHASES
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.prismatexts import was_reset
from nexus_studio.core.admin.resets import LossReport, Others, ResetKind, ResetScope, phases_of
from nexus_studio.core.admin.shelves import Shelf
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import ResetRefused, UserError
from nexus_studio.core.names import RelationName, parse_relation_name
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.resetting.service import (
    ResetResult,
    ResetService,
    Unfinished,
    applied_revisions,
)
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.session import Session
from nexus_studio.services.shelves import ShelfService

Run = Callable[[argparse.Namespace, TaskContext], Result]


@contextmanager
def _service(arguments: argparse.Namespace, ctx: TaskContext) -> Iterator[tuple[Session, ResetService]]:
    paths = Paths.default()
    with opened(arguments, ctx) as session:

        def migrations_on(one: Session) -> MigrationService:
            project = project_of(arguments, session.profile) if hasattr(arguments, "project") else None
            return _migrations(one, paths) if project is None else MigrationService(one, project, paths)

        yield session, ResetService(session, paths, migrations_on, SeedService)


def _migrations(session: Session, paths: Paths) -> MigrationService:
    bare = argparse.Namespace(project=None, python=None, section="alembic")
    return MigrationService(session, project_of(bare, session.profile), paths)


def reset(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Drop, migrate, seed; or go on with that."""
    with _service(arguments, ctx) as (session, resets):
        if arguments.status:
            return _status(resets.unfinished(ctx))
        if arguments.resume:
            return _resumed(arguments, session, resets, ctx)
        if arguments.give_up:
            require_rail(arguments, session, "reset.reset")
            left = resets.forget(ctx)
            text = f"Given up. These databases stay: {', '.join(left)}." if left else "Given up."
            return Result({"given_up": True, "left": left}, text)
        schemas = resets.schemas(ctx) if arguments.all_schemas else tuple(arguments.schema)
        scope = ResetScope(
            ResetKind.RESET, schemas=schemas or (session.profile.schema or "public",), **_chosen(arguments, session)
        )
        return _done(arguments, session, resets, scope, "reset.reset", ctx)


def recreate(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Make the database anew."""
    with _service(arguments, ctx) as (session, resets):
        arguments.no_migrate = arguments.no_migrate or arguments.empty
        scope = ResetScope(ResetKind.RECREATE, kept_schemas=tuple(arguments.keep_schema), **_chosen(arguments, session))
        return _done(arguments, session, resets, scope, "reset.recreate", ctx)


def empty(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Empty tables."""
    with _service(arguments, ctx) as (session, resets):
        if not arguments.dry_run:
            session.require(Capability.RESET)
        tables = resets.tables(ctx) if arguments.all else tuple(_table(each) for each in arguments.tables)
        loss = resets.emptying(tables, ctx)
        data, text = _loss_data(loss), _loss_text(loss)
        if arguments.dry_run:
            return Result({"would_lose": data}, text)
        sys.stderr.write(text + "\n")
        _require_alone(arguments, loss)
        require_rail(arguments, session, "reset.empty")
        done, _ = resets.empty(tables, loss, ctx, backs_up=not arguments.no_backup, others=_others(arguments))
        lines = [f"{counted(len(loss.tables), 'table')} emptied." + (f" Backup: {done.backup}" if done.backup else "")]
        lines += _written(done.written)
        return Result({"lost": data, "backup": done.backup, "written_meanwhile": done.written}, "\n".join(lines))


def shelf_list(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List the shelves."""
    with opened(arguments, ctx) as session:
        found = _shelves(session).shelves(ctx)
    lines = [
        (each.name, _age(each.made_at), human_bytes(each.size_bytes), each.revision, _kind(each)) for each in found
    ]
    headers = ("name", "age", "size", "revision", "kept as")
    text = table(headers, lines, right=(2,)) if lines else "No state of this database is on a shelf."
    return Result({"shelves": [_shelf(each) for each in found]}, text)


def shelf_take(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Keep the state."""
    with opened(arguments, ctx) as session:
        require_rail(arguments, session, _ending(arguments) or "shelf.take")
        taken = _shelves(session).take(arguments.name, ctx, others=_others(arguments), as_dump=arguments.dump)
    return Result({"shelf": _shelf(taken)}, f"Kept as “{taken.name}” ({human_bytes(taken.size_bytes)}).")


def shelf_put_back(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Put a state back."""
    with opened(arguments, ctx) as session:
        _require_shelf(session, arguments.name, ctx)
        if not arguments.keep_as:
            sys.stderr.write(f"What is in {session.server.database} now is replaced by “{arguments.name}”.\n")
        require_rail(arguments, session, _ending(arguments) or "shelf.put_back", loses=not arguments.keep_as)
        shelf, _ = _shelves(session).put_back(arguments.name, ctx, keep_as=arguments.keep_as, others=_others(arguments))
    return Result({"shelf": _shelf(shelf), "kept_as": arguments.keep_as or None}, f"“{shelf.name}” is put back.")


def shelf_drop(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Take a shelf away."""
    with opened(arguments, ctx) as session:
        _require_shelf(session, arguments.name, ctx)
        require_rail(arguments, session, "shelf.drop")
        shelf = _shelves(session).drop(arguments.name, ctx)
    return Result({"dropped": _shelf(shelf)}, f"“{shelf.name}” is dropped.")


def _done(
    arguments: argparse.Namespace,
    session: Session,
    resets: ResetService,
    scope: ResetScope,
    act: str,
    ctx: TaskContext,
) -> Result:
    if not arguments.dry_run:
        session.require(Capability.RESET)
    if (former := resets.unfinished(ctx)) is not None and not arguments.dry_run:
        started = former.journal.started_at.isoformat(sep=" ", timespec="seconds")
        raise ResetRefused("reset.unfinished", started=started, backup=former.journal.backup)
    loss = resets.loss(scope, ctx)
    data, text = _loss_data(loss), _loss_text(loss)
    if arguments.dry_run:
        return Result({"would_lose": data, "phases": _phases(scope)}, text)
    sys.stderr.write(text + "\n")
    if scope.others is Others.REFUSE:
        _require_alone(arguments, loss)
    require_rail(arguments, session, act)
    ledger = LedgerPlace(arguments.ledger) if arguments.ledger else None
    result, _ = resets.reset(scope, loss, ctx, ledger=ledger)
    text = _result_text(result)
    if scope.migrates and resets.is_prismas:
        text = f"{was_reset(result.revisions)}\n\n{text}"
    return Result({"lost": data, **_result(result)}, text)


def _resumed(arguments: argparse.Namespace, session: Session, resets: ResetService, ctx: TaskContext) -> Result:
    session.require(Capability.RESET)
    found = resets.unfinished(ctx)
    if found is None:
        raise ResetRefused("reset.nothing_to_resume")
    sys.stderr.write(_status(found).text + "\n")
    act = "reset.reset" if found.journal.scope.kind is ResetKind.RESET else "reset.recreate"
    require_rail(arguments, session, act)
    others = _others(arguments)
    result, _ = resets.resume(ctx, others=None if others is Others.REFUSE else others)
    return Result(_result(result), _result_text(result))


def _status(found: Unfinished | None) -> Result:
    if found is None:
        return Result({"unfinished": None}, "No reset of this database waits to be gone on with.", OK)
    journal = found.journal
    data = {
        "started_at": journal.started_at,
        "who": journal.who,
        "kind": journal.scope.kind,
        "phase": journal.phase,
        "done": journal.done,
        "left": found.left,
        "old_state_gone": found.has_lost,
        "is_running": found.is_running,
        "failure": journal.failure or None,
        "backup": journal.backup or None,
    }
    old = {True: "gone", False: "as it was", None: "can't be told"}[found.has_lost]
    text = facts(
        (
            ("reset", f"{journal.scope.kind.value}, begun {journal.started_at:%Y-%m-%d %H:%M:%S %Z} by {journal.who}"),
            ("stands at", PHASES[journal.phase] if journal.phase else "nothing was begun"),
            ("because", "it runs" if found.is_running else journal.failure or "the program was ended"),
            ("old state", f"{old} ({counted(journal.tables, 'table')}, {counted(journal.rows, 'row')})"),
            ("done", ", ".join(PHASES[each] for each in journal.done) or "nothing"),
            ("left", ", ".join(PHASES[each] for each in found.left)),
            ("backup", journal.backup or "none"),
        )
    )
    return Result({"unfinished": data}, text)


def _chosen(arguments: argparse.Namespace, session: Session) -> dict[str, Any]:
    return {
        "extensions": not arguments.drop_extensions,
        "privileges": not arguments.drop_privileges,
        "migrates": not arguments.no_migrate,
        "seed": _seed(arguments, session),
        "scale": arguments.scale,
        "backs_up": not arguments.no_backup,
        "others": _others(arguments),
    }


def _seed(arguments: argparse.Namespace, session: Session) -> str:
    if arguments.no_seed or arguments.no_migrate:
        return ""
    if arguments.seed:
        return str(arguments.seed)
    if isinstance(project_of(arguments, session.profile), PrismaProject):
        return ""  # its seeds are Prisma's own: npx prisma db seed
    on_offer = SeedService(session).available()
    environment = session.profile.environment
    fits = [each.name for each in on_offer if environment in each.environments]
    return DEFAULT_SEED if DEFAULT_SEED in fits else ""


def _others(arguments: argparse.Namespace) -> Others:
    if arguments.end_others:
        return Others.END
    return Others.LEAVE if getattr(arguments, "beside_others", False) else Others.REFUSE


def _require_alone(arguments: argparse.Namespace, loss: LossReport) -> None:
    """Refuse before anybody is asked for a name: whoever is connected stands in what was just said."""
    if loss.others and _others(arguments) is Others.REFUSE:
        names = tuple(f"{each.pid} {each.user} {each.application}".strip() for each in loss.others[:10])
        raise ResetRefused("reset.connected", count=len(loss.others), names=names)


def _ending(arguments: argparse.Namespace) -> str:
    """Return the act that ends others where that was asked for: its rail is the stricter one."""
    return "sessions.end" if arguments.end_others else ""


def _table(text: str) -> RelationName:
    try:
        return parse_relation_name(text)
    except ValueError as error:
        raise UserError("relation.unknown", relation=text) from error


def _phases(scope: ResetScope) -> list[str]:
    return [each.value for each in phases_of(scope)]


def _loss_data(loss: LossReport) -> dict[str, Any]:
    return {
        "database": loss.database,
        "server": loss.server,
        "rows": loss.rows,
        "bytes": loss.bytes,
        "is_estimate": loss.is_estimate,
        "tables": [
            {
                "table": each.name,
                "rows": each.rows,
                "bytes": each.bytes,
                "is_estimate": each.is_estimate,
                "because_of": each.cause,
            }
            for each in loss.tables
        ],
        "objects": dict(loss.counts),
        "elsewhere": [f"{each.kind} {each.name}" for each in loss.elsewhere],
        "connected": [
            {"pid": each.pid, "user": each.user, "application": each.application, "state": each.state}
            for each in loss.others
        ],
    }


def _loss_text(loss: LossReport) -> str:
    about = "about " if loss.is_estimate else ""
    size = human_bytes(loss.bytes)
    tables, rows = counted(len(loss.tables), "table"), counted(loss.rows, "row")
    head = f"Lost in {loss.database} on {loss.server}: {tables}, {about}{rows}, {size}."
    lines = [head]
    if loss.tables:
        lines_of_tables = [
            (each.name, f"{'~' if each.is_estimate else ''}{each.rows:,}", human_bytes(each.bytes), each.cause or "")
            for each in loss.tables
        ]
        lines.append(table(("table", "rows", "size", "on account of"), lines_of_tables, right=(1, 2)))
    if loss.counts:
        lines.append("and: " + ", ".join(counted(number, kind) for kind, number in sorted(loss.counts.items())))
    lines += [f"elsewhere: {each.kind} {each.name}" for each in loss.elsewhere]
    lines += [f"connected: {each.pid} {each.user} {each.application} {each.client}".rstrip() for each in loss.others]
    return "\n".join(lines)


def _result(result: ResetResult) -> dict[str, Any]:
    return {
        "revisions": result.revisions,
        "rows_added": dict(result.rows_seeded or {}),
        "backup": result.backup,
        "not_given": result.not_given,
        "seed_in_doubt": result.is_seed_in_doubt,
        "left": result.left,
        "written_meanwhile": result.written,
    }


def _result_text(result: ResetResult) -> str:
    lines = ["Done."]
    if result.revisions:
        lines.append(f"applied    {', '.join(result.revisions)}")
    if result.rows_seeded:
        lines.append(f"seeded     {sum(result.rows_seeded.values()):,} rows")
    if result.is_seed_in_doubt:
        lines.append("not seeded: rows were there already, which an earlier attempt may have written")
    if result.not_given:
        lines.append(f"owner or privileges not given again: {', '.join(result.not_given)}")
    if result.left:
        lines.append(f"these databases stay: {', '.join(result.left)}")
    lines += _written(result.written)
    if result.backup:
        lines.append(f"backup     {result.backup}")
    return "\n".join(lines)


def _written(tables: Sequence[str]) -> list[str]:
    """Say to which tables others wrote meanwhile."""
    return [f"others wrote to these meanwhile, which is gone and in no backup: {', '.join(tables)}"] if tables else []


def _shelves(session: Session) -> ShelfService:
    paths = Paths.default()
    return ShelfService(session, paths, applied_revisions(lambda one: _migrations(one, paths)))


def _require_shelf(session: Session, name: str, ctx: TaskContext) -> None:
    """Refuse what is not there before anybody is asked whether they are sure."""
    session.require(Capability.RESET)
    if all(each.name != name for each in _shelves(session).shelves(ctx)):
        raise ResetRefused("shelf.unknown", name=name)


def _shelf(shelf: Shelf) -> dict[str, Any]:
    return {
        "name": shelf.name,
        "of": shelf.of,
        "made_at": shelf.made_at,
        "size_bytes": shelf.size_bytes,
        "revision": shelf.revision,
        "who": shelf.who,
        "place": shelf.place,
        "is_dump": shelf.is_dump,
        "is_left_over": shelf.is_left_over,
    }


def _kind(shelf: Shelf) -> str:
    return "left over" if shelf.is_left_over else "dump" if shelf.is_dump else "copy"


def _age(moment: datetime) -> str:
    """Say how long ago, in the largest unit."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


RUNS: Final[Mapping[str, Run]] = {
    "reset": reset,
    "migrate reset": reset,
    "recreate": recreate,
    "empty": empty,
    "shelf list": shelf_list,
    "shelf take": shelf_take,
    "shelf put-back": shelf_put_back,
    "shelf drop": shelf_drop,
}
"""By "command" or "command action"."""
