"""What `backup restore`, `kept` and `dismiss` do: say what a backup holds, have it confirmed, call the service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from nexus_studio.cli_backup_output import age_of, preview_data, preview_text
from nexus_studio.cli_backup_spec import backup_file, relations, services
from nexus_studio.cli_output import Result, facts, table
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_wording_backups import archive_warning
from nexus_studio.core.admin.archives import KeptDatabase, RestoreInto, RestoreResult, RestoreTarget, Selection
from nexus_studio.core.admin.resets import Others
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session

Run = Callable[[argparse.Namespace, TaskContext], Result]


def restore(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Put a backup into a database; with --dry-run only say what it holds and what would be done."""
    file = backup_file(arguments)
    with services(arguments, ctx) as (session, backups):
        if arguments.end_others and not arguments.dry_run:
            require_rail(arguments, session, "sessions.end")
        target = _target(arguments, session)
        preview = backups.preview(file, ctx, is_brief=target.takes_all and not arguments.dry_run)
        said = f"{preview_text(preview)}\n{_said(target, session)}"
        if arguments.dry_run:
            return Result({"would_restore": preview_data(preview), "target": _target_data(target)}, said)
        if not arguments.quiet:
            sys.stderr.write(said + "\n")
        require_rail(arguments, session, "backup.restore")
        result, _ = backups.restore(file, target, ctx, looked=preview)
    return Result(_result_data(result), _result_text(result))


def kept(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List the databases that restores have replaced."""
    with services(arguments, ctx) as (_, backups):
        found = backups.kept(ctx)
    lines = [(each.name, each.of, age_of(each.kept_at), human_bytes(each.size_bytes)) for each in found]
    text = table(("database", "was", "age", "size"), lines, right=(3,)) if lines else "No database is kept."
    return Result({"kept": [_kept_data(each) for each in found]}, text)


def dismiss(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Drop a database that a restore has replaced."""
    with services(arguments, ctx) as (session, backups):
        require_rail(arguments, session, "backup.dismiss")
        backups.dismiss(arguments.name, ctx)
    return Result({"dismissed": arguments.name}, f"{arguments.name} is dropped.")


def _target(arguments: argparse.Namespace, session: Session) -> RestoreTarget:
    into = RestoreInto.NEW if arguments.new else RestoreInto.EMPTY if arguments.empty else RestoreInto.SWAP
    return RestoreTarget(
        into,
        arguments.new or session.server.database,
        Selection(tuple(arguments.schema), relations(arguments.table)),
        owners=not arguments.no_owner,
        privileges=not arguments.no_privileges,
        jobs=arguments.jobs,
        others=Others.END if arguments.end_others else Others.REFUSE,
    )


def _said(target: RestoreTarget, session: Session) -> str:
    """Say what would become of the databases."""
    name = session.server.database
    if target.into is RestoreInto.NEW:
        return f"It is restored as {target.database}; {name} stays as it is."
    if target.into is RestoreInto.EMPTY:
        return f"It is restored into {name}, which must be empty."
    return f"It takes the place of {name}, which is kept under another name."


def _target_data(target: RestoreTarget) -> dict[str, Any]:
    return {
        "into": target.into,
        "database": target.database,
        "schemas": target.selection.schemas,
        "tables": target.selection.tables,
        "owners": target.owners,
        "privileges": target.privileges,
        "jobs": target.jobs,
    }


def _result_data(result: RestoreResult) -> dict[str, Any]:
    return {
        "database": result.database,
        "kept_as": result.kept_as or None,
        "tables": result.tables,
        "duration_s": result.duration_s,
        "warnings": result.warnings,
    }


def _result_text(result: RestoreResult) -> str:
    pairs: list[tuple[str, object]] = [
        ("restored", f"{result.database}, {result.tables} tables, in {result.duration_s:.1f} s")
    ]
    if result.kept_as:
        pairs.append(("kept", f"{result.kept_as}; drop it with `nexus-studio backup dismiss`"))
    pairs += [("note", archive_warning(each)) for each in result.warnings]
    return facts(pairs)


def _kept_data(found: KeptDatabase) -> dict[str, Any]:
    return {"name": found.name, "of": found.of, "kept_at": found.kept_at, "size_bytes": found.size_bytes}


RUNS: Final[Mapping[str, Run]] = {
    "backup restore": restore,
    "backup kept": kept,
    "backup dismiss": dismiss,
}
"""By "command action"."""
