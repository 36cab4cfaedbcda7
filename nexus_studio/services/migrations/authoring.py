"""Writing a migration: a draft from the models, the draft checked again as a person edits it, its file, a merge."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nexus_studio.core.admin.drafts import MigrationDraft, Rename, SchemaDifference
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.asking import ask
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.migrations.revisionfiles import read_revision
from nexus_studio.services.session import Session

COMPARING = "migration.comparing"
"""The progress step while models and database are compared."""


def draft(
    session: Session,
    project: AlembicProject,
    message: str,
    ctx: TaskContext,
    *,
    renames: tuple[Rename, ...] = (),
    empty: bool = False,
) -> MigrationDraft:
    """Draft a migration. See `MigrationService.draft`.

    Raises:
        MigrationBlocked: "migration.diverged" (fact heads), "migration.behind" (fact current), "migration.ahead"
            (fact revisions), "migration.no_metadata", "migration.rename_unknown" (facts kind, table, old, new).
    """
    ctx.report(Progress(COMPARING, 0, None, "steps"))
    question = {"message": message, "empty": empty, "renames": [asdict(each) for each in renames]}
    answer = ask(session, project, "draft", question, ctx)
    return MigrationDraft(
        message=answer["message"],
        revision=answer["revision"],
        parents=tuple(answer["parents"]),
        upgrade=answer["upgrade"],
        downgrade=answer["downgrade"],
        imports=tuple(answer["imports"]),
        differences=listed(answer["differences"]),
        renames=tuple(Rename(**each) for each in answer["renames"]),
        sql=answer["sql"],
        sql_error=answer["sql_error"],
        path=answer["path"],
    )


def check_draft(session: Session, project: AlembicProject, edited: MigrationDraft, ctx: TaskContext) -> MigrationDraft:
    """Return an edited draft with its SQL anew; an error of Python's as "upgrade:3: SyntaxError: …" in `sql_error`."""
    answer = ask(session, project, "sql", {"draft": _told(edited)}, ctx)
    return replace(edited, sql=answer["sql"], sql_error=answer["sql_error"])


def write(session: Session, project: AlembicProject, finished: MigrationDraft, ctx: TaskContext) -> str:
    """Write a draft's file, whole or not at all, and return its path.

    Raises:
        MigrationBlocked: "migration.draft_broken" (facts part, line, words), "migration.file_exists" (path),
            "migration.file_unwritable" (path, words), "migration.draft_stale" (heads: the project's are others now).
    """
    return _readable(ask(session, project, "write", {"draft": _told(finished)}, ctx)["path"])


def merge(session: Session, project: AlembicProject, message: str, ctx: TaskContext) -> str:
    """Write a revision that joins all heads and return its path.

    Raises:
        MigrationBlocked: "migration.one_head", and as `write`.
    """
    return _readable(ask(session, project, "merge", {"message": message}, ctx)["path"])


def listed(differences: list[dict[str, Any]]) -> tuple[SchemaDifference, ...]:
    """Return differences as they were told as values."""
    return tuple(SchemaDifference(**each) for each in differences)


def _told(edited: MigrationDraft) -> dict[str, Any]:
    names = ("message", "revision", "parents", "upgrade", "downgrade", "imports", "path")
    return {name: getattr(edited, name) for name in names}


def _readable(path: str) -> str:
    """See that a file just written can be read as a revision without running it, as everything else here does.

    Raises:
        MigrationBlocked: "migration.file_unreadable" (fact path): the project's template writes others.
    """
    if read_revision(Path(path)) is None:
        raise MigrationBlocked("migration.file_unreadable", path=path)
    return path
