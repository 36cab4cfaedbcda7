"""What `drafts` does: say which staged edits are kept on this machine, and forget some. No database is connected to."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any, Final

from nexus_studio.cli_output import Result, counted, table
from nexus_studio.cli_relations import shown
from nexus_studio.cli_sure import require_rail_of
from nexus_studio.core.data.cells import Default, StagedCell
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftjournal import with_typing
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.errors import UserError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.drafts import KeptDraft, all_drafts, discard_draft
from nexus_studio.services.paths import Paths


def list_drafts(_arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List the drafts of every database."""
    found = all_drafts(Paths.default(), ctx)
    lines = [
        (
            each.id,
            each.relation or "?",
            each.journal.head.place if each.journal else each.file.parent.name,
            each.journal.head.profile if each.journal else "",
            *(str(number) for number in (each.counts.edited, each.counts.inserted, each.counts.deleted)),
            each.journal.at if each.journal else "",
            _standing(each),
        )
        for each in found
    ]
    headers = ("id", "relation", "database", "connection", "edited", "new", "deleted", "at", "")
    text = table(headers, lines, right=(4, 5, 6)) if lines else "No staged edits are kept."
    return Result({"drafts": [_draft(each) for each in found]}, text)


def show(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what one draft holds; values only when they are asked for."""
    draft = _named(arguments.draft, ctx)
    if draft.journal is None:
        raise UserError(draft.problem, file=str(draft.file), format=draft.format)
    key, rows = draft.journal.head.key, with_typing(draft.journal)
    data = {**_draft(draft), "rows": [_row(each, key, with_values=arguments.values) for each in rows]}
    lines = [line for each in rows for line in _lines(each, key, with_values=arguments.values)]
    headers = ("row", "column", "was", "becomes") if arguments.values else ("row", "columns")
    return Result(data, table(headers, lines))


def discard(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Forget drafts for good, all of them or, where one is not there or in use, none."""
    chosen = [_named(each, ctx) for each in dict.fromkeys(arguments.drafts)]
    if any(each.is_owned for each in chosen):
        raise UserError("draft.owned")
    require_rail_of(arguments, "drafts.discard", Environment.DEVELOPMENT)  # its rails are the same everywhere
    for each in chosen:
        discard_draft(each)
    said = f"Discarded {counted(len(chosen), 'draft')}."
    return Result({"discarded": [_draft(each) for each in chosen]}, said)


def _named(name: str, ctx: TaskContext) -> KeptDraft:
    for each in all_drafts(Paths.default(), ctx):
        if each.id == name:
            return each
    raise UserError("draft.unknown", draft=name)


def _standing(draft: KeptDraft) -> str:
    if draft.is_owned:
        return "open in a Nexus Studio that runs"
    if draft.journal is None:
        return "of a newer Nexus Studio" if draft.problem == "draft.newer" else "damaged"
    return "its end is damaged" if draft.journal.is_damaged else ""


def _draft(draft: KeptDraft) -> dict[str, Any]:
    journal = draft.journal
    return {
        "id": draft.id,
        "file": draft.file,
        "relation": draft.relation,
        "database": journal.head.place if journal else None,
        "connection": journal.head.profile if journal else None,
        "user": journal.head.user if journal else None,
        "edited": draft.counts.edited,
        "inserted": draft.counts.inserted,
        "deleted": draft.counts.deleted,
        "typing": journal is not None and journal.typing is not None,
        "at": journal.at if journal else None,
        "saving": journal is not None and journal.saving,
        "in_use": draft.is_owned,
        "damaged": draft.problem == "draft.unreadable" or (journal is not None and journal.is_damaged),
        "problem": draft.problem or None,
    }


def _row(row: StagedRow, key: tuple[str, ...], *, with_values: bool) -> dict[str, Any]:
    columns = list(row.base if row.kind is ChangeKind.DELETE else row.values)
    if not with_values:
        return {"kind": row.kind.value, "columns": columns}
    named = ("ctid",) if row.key is not None and row.key.by_place else key
    return {
        "kind": row.kind.value,
        "key": dict(zip(named, row.key.cells, strict=False)) if row.key is not None else None,
        "was": {name: row.base[name] for name in columns if name in row.base},
        "becomes": {name: _said(cell) for name, cell in row.values.items()}
        if row.kind is not ChangeKind.DELETE
        else {},
    }


def _lines(row: StagedRow, key: tuple[str, ...], *, with_values: bool) -> list[tuple[str, ...]]:
    data = _row(row, key, with_values=with_values)
    if not with_values:
        return [(row.kind.value, ", ".join(data["columns"]))]
    named = ", ".join(f"{name}={shown(cell)}" for name, cell in (data["key"] or {}).items())
    title = f"{row.kind.value} {named}".strip()
    names = list(dict.fromkeys((*data["was"], *data["becomes"])))
    lines: list[tuple[str, ...]] = [
        (
            title if number == 0 else "",
            name,
            shown(data["was"][name]) if name in data["was"] else "",
            _text(row.values[name]) if name in data["becomes"] else "",
        )
        for number, name in enumerate(names)
    ]
    return lines or [(title, "", "", "")]


def _said(cell: StagedCell) -> object:
    return {"default": True} if isinstance(cell, Default) else cell


def _text(cell: StagedCell) -> str:
    return "DEFAULT" if isinstance(cell, Default) else shown(cell)


RUNS: Final[Mapping[str, Callable[[argparse.Namespace, TaskContext], Result]]] = {
    "drafts list": list_drafts,
    "drafts show": show,
    "drafts discard": discard,
}
